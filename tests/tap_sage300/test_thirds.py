"""Third figures leave out what `start_date` has a first run leave out, and nothing else.

Method: the reader against the sandbox over HTTP; expectations straight from the sandbox's records.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tap_sage300 import ThirdFigures

from tests.tap_sage300.runs import Sandbox, read_all, switch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_sage300.thirds import ThirdFigure

    Read = Callable[[ThirdFigures], Iterator[ThirdFigure]]

DAYS = ("2025-09-01", "2026-03-17")


def read(sandbox: Sandbox, kind: Read, start: str | None = None) -> set[tuple[str, ...]]:
    """Return the documents that have a third figure."""
    settings = dict(sandbox.info["sage300"]) | ({"start_date": start} if start else {})
    with closing(ThirdFigures(settings)) as thirds:
        return {one.document for one in kind(thirds)}


@pytest.mark.parametrize("day", DAYS)
def test_posted_documents_of_final_batches_stamped_before_are_left_out(
    company: Sandbox, day: str
) -> None:
    everything = read(company, ThirdFigures.read_posted)

    found = read(company, ThirdFigures.read_posted, day)

    old = {
        (entry["VendorNumber"], entry["DocumentNumber"])
        for batch in read_all(company, "AP/APInvoiceBatches")
        if batch["BatchStatus"] == "Posted" and batch["DateLastEdited"][:10] < day
        for entry in batch["Invoices"]
        if not entry["ErrorBatch"]
    }
    assert found == everything - old
    assert found
    assert old & everything


@pytest.mark.parametrize("has_calendar", [True, False], ids=["calendar", "no-calendar"])
@pytest.mark.parametrize("day", DAYS)
def test_periods_that_begin_before_are_left_out(
    company: Sandbox, day: str, *, has_calendar: bool
) -> None:
    everything = read(company, ThirdFigures.read_balances)
    if not has_calendar:
        switch(company, not_installed=["CSFiscalCalendars"])

    found = read(company, ThirdFigures.read_balances, day)

    whole = {
        (one["FiscalYear"], str(period))
        for one in read_all(company, "CS/CSFiscalCalendars")
        for period in range(1, 13)
        if one[f"FiscalPeriod{period}StartDate"][:10] >= day
    }
    expected = {one for one in everything if one[1:] in whole}
    assert expected
    assert found == expected if has_calendar else found < expected
