"""What one session has looked up, so that the thousandth entry of a batch costs as the first."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._fiscal import FiscalCalendar, fiscal_calendar
from ml_connector_sandbox.sage300._values import details_of
from ml_connector_sandbox.sage300.ap._book import ComparedEntry, book_of
from ml_connector_sandbox.sage300.ap._money import decimal_of
from ml_connector_sandbox.sage300.ap._setup import Setup

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.writing._session import Session

_CLOSED = frozenset({"Posted", "Deleted"})


class Lookups:
    """Set-up, calendar, vendors and open documents, as they are during one request."""

    def __init__(self, session: Session) -> None:
        """Look around for `session`."""
        self.session = session
        self.setup = Setup(session.company, switches=session.switches)
        self._vendors: dict[str, JsonObject | None] = {}

    @cached_property
    def calendar(self) -> FiscalCalendar:
        """The fiscal calendar."""
        return fiscal_calendar(self.session.company)

    def vendor(self, number: str) -> JsonObject | None:
        """Return a vendor's record, if there is one; its statistics may be of before."""
        if number not in self._vendors:
            self._vendors[number] = self.session.find("AP", "APVendors", number)
        return self._vendors[number]

    @cached_property
    def open_numbers(self) -> Mapping[tuple[str, str], set[int]]:
        """The batches not posted yet that have a document, by vendor and number."""
        found: dict[tuple[str, str], set[int]] = {}
        for entry in self.open_entries:
            found.setdefault((entry.vendor, entry.number), set()).add(entry.place[0])
        return found

    @cached_property
    def open_entries(self) -> list[ComparedEntry]:
        """The entries of batches that are not posted yet.

        Entries are read out of a stored batch once, and kept as long as the very row stays.
        """
        table = self.session.table("AP", "APInvoiceBatches")
        index = table.resource.index
        number_at, status_at, entries_at = (
            index[name] for name in ("BatchNumber", "BatchStatus", "Invoices")
        )
        kept = book_of(self.session.company).open_entries
        found: list[ComparedEntry] = []
        for row in table.rows_between():
            number = int(str(row[number_at]))
            if row[status_at] in _CLOSED:
                kept.pop(number, None)
                continue
            known = kept.get(number)
            if known is None or known[0] is not row:
                entries = [compared_entry(entry, number) for entry in details_of(row[entries_at])]
                known = kept[number] = (row, entries)
            found += known[1]
        return found


def lookups_of(session: Session) -> Lookups:
    """Return what `session` has looked up so far."""
    book = book_of(session.company)
    known = book.lookups
    if not isinstance(known, Lookups) or known.session is not session:
        known = book.lookups = Lookups(session)
    return known


def look_again(session: Session) -> None:
    """Forget what was looked up: time has gone by."""
    book_of(session.company).lookups = None


def compared_entry(entry: JsonObject, batch: int) -> ComparedEntry:
    """Return what of an entry is compared with others."""
    return ComparedEntry(
        vendor=str(entry["VendorNumber"]),
        number=str(entry["DocumentNumber"]),
        amount=decimal_of(entry["DocumentTotalIncludingTax"]),
        date=entry["DocumentDate"],
        place=(batch, int(entry["EntryNumber"])),
    )
