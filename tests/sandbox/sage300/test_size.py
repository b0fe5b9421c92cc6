"""A large company: it starts in seconds, and a page by key costs the same at either end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.web import Sage

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.sandbox import Sandbox


@pytest.mark.slow
def test_a_hundred_thousand_orders_start_quickly_and_page_evenly(
    start_sandbox: Callable[..., Sandbox],
) -> None:
    started = time.monotonic()
    sandbox = start_sandbox("--orders", "100000")
    start_s = time.monotonic() - started
    sage = Sage(sandbox.info["sage300"])

    def page_s(after: int) -> float:
        began = time.perf_counter()
        condition = f"PurchaseOrderSequenceKey gt {after}"
        found = sage.values(
            "PO/POPurchaseOrders", filter=condition, orderby="PurchaseOrderSequenceKey"
        )
        assert len(found) == 100
        return time.perf_counter() - began

    first, last = (min(page_s(after) for _ in range(5)) for after in (0, 10_122_000))

    assert start_s < 60
    assert max(first, last) < 0.5
