"""A large company: a million order lines start in seconds, and pages cost the same anywhere.

Measured from outside, on the process itself: the time until the ready line, the memory it holds,
and pages over one loopback connection that stays open.
"""

from __future__ import annotations

import http.client
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

import pytest

from tests.sandbox.web import Sage

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.sandbox import Sandbox

ORDERS = 530_000
"""So many have a million lines and a few thousand."""
START_S_MAX = 60
MEMORY_BYTES_MAX = 10**9
PAGE_MS_MAX = 15
FIRST_KEY = 10_020_001
ORDERS_PATH = "PO/POPurchaseOrders"
HEADER = "PurchaseOrderSequenceKey,PurchaseOrderNumber,Vendor,LastPostingDate,Completed,Total"


class Reader:
    """Reads pages of orders over one connection, and takes the time."""

    def __init__(self, sage: Sage) -> None:
        self._sage = sage
        self._connection = http.client.HTTPConnection(urlsplit(sage.base).netloc, timeout=60)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def read(self, **options: object) -> bytes:
        url = urlsplit(self._sage.url(ORDERS_PATH, **options))
        self._connection.request("GET", f"{url.path}?{url.query}", headers=self._sage.headers)
        answer = self._connection.getresponse()
        assert answer.status == 200
        return answer.read()

    def page_ms(self, after: int, **options: object) -> float:
        """The median of many, taken again when the machine had other things to do."""
        best = self._median_ms(after, **options)
        for _ in range(9):
            if best < PAGE_MS_MAX:
                break
            best = min(best, self._median_ms(after, **options))
        return best

    def _median_ms(self, after: int, **options: object) -> float:
        times, page = [], b""
        for _ in range(21):
            began = time.perf_counter()
            page = self.read(
                filter=f"PurchaseOrderSequenceKey gt {after}",
                orderby="PurchaseOrderSequenceKey",
                **options,
            )
            times.append((time.perf_counter() - began) * 1000)
        assert page.count(b'"PurchaseOrderNumber"') == 100
        return statistics.median(times)


def memory_bytes(process_id: int) -> int:
    """The memory a process has resident."""
    status = Path(f"/proc/{process_id}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_million_order_lines_start_quickly_in_little_memory_and_page_evenly(
    start_sandbox: Callable[..., Sandbox], record_property: Callable[[str, object], None]
) -> None:
    began = time.monotonic()
    sandbox = start_sandbox("--orders", str(ORDERS))
    start_s = time.monotonic() - began
    memory = memory_bytes(sandbox.process.pid)
    last = FIRST_KEY + ORDERS + ORDERS // 37 - 200

    with Reader(Sage(sandbox.info["sage300"])) as reader:
        pages_ms = {
            (after, select): reader.page_ms(after, **({"select": select} if select else {}))
            for after in (0, last)
            for select in ("", HEADER)
        }

    record_property("figures", f"{start_s:.1f} s, {memory / 2**20:.0f} MiB, {pages_ms}")
    assert start_s < START_S_MAX
    assert memory < MEMORY_BYTES_MAX
    assert max(pages_ms.values()) < PAGE_MS_MAX, pages_ms


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_the_books_of_a_large_company_are_bounded(start_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = start_sandbox("--orders", "200000")
    sage = Sage(sandbox.info["sage300"])

    counts = {
        name: sage.get(f"{name[:2]}/{name}", count="true", top=1).json["@odata.count"]
        for name in ("POGetReceipts", "APPostedDocuments", "GLPostedTransactions")
    }

    assert 0 < counts["POGetReceipts"] < 25_000
    assert 0 < counts["APPostedDocuments"] < 60_000
    assert 0 < counts["GLPostedTransactions"] < 250_000
    assert memory_bytes(sandbox.process.pid) < MEMORY_BYTES_MAX
