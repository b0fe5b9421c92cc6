"""A model changed behind the link's back is noticed by the next run and repaired."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.support.pipeline import AnaplanReader, Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.sandbox import Sandbox

MODULE_BY_LIST = {
    "Vendor Groups": "SYS Vendor Groups",
    "Vendors": "SYS Vendors",
    "PO Lines": "DAT PO Lines",
}
MODULES = ("SYS Vendor Groups", "SYS Vendors", "DAT PO Lines", "CTL Loads")


def content(sandbox: Sandbox) -> dict[str, dict[str, dict[str, str]]]:
    """Everything the link loads."""
    model = AnaplanReader(sandbox)
    return {name: model.cells(name) for name in MODULES}


@pytest.mark.parametrize("name", ["Vendor Groups", "Vendors", "PO Lines"])
def test_items_deleted_by_hand_come_back(
    name: str, tmp_path: Path, start_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = start_sandbox("--orders", "60")
    pipeline = Pipeline(sandbox, tmp_path)
    pipeline.run_well()
    before = content(sandbox)
    items = sorted(AnaplanReader(sandbox).cells(MODULE_BY_LIST[name]))[:3]

    sandbox.anaplan("DELETE", f"lists/{quote(name)}", {"codes": items})
    assert content(sandbox) != before
    pipeline.run_well()

    assert content(sandbox) == before


def test_a_restored_model_is_brought_up_to_date(
    tmp_path: Path, start_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = start_sandbox("--orders", "60")
    pipeline = Pipeline(sandbox, tmp_path)
    pipeline.run_well()
    sandbox.anaplan("POST", "snapshot")
    order = sandbox.sage("GET", "records/PO/POPurchaseOrders")[0]
    key = order["PurchaseOrderSequenceKey"]
    sandbox.sage(
        "PATCH",
        f"records/PO/POPurchaseOrders/{key}",
        {"Vendor": order["Vendor"], "OnHold": not order["OnHold"]},
    )
    pipeline.run_well()
    after = content(sandbox)

    sandbox.anaplan("POST", "restore")
    assert content(sandbox) != after
    pipeline.run_well()

    assert content(sandbox) == after
