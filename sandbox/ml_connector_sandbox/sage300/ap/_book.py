"""What Accounts Payable knows and does not show: its counters, and what waits to be done.

Kept with the company, so that a reset company starts over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

    from ml_connector_sandbox.sage300._records import Company, Row
    from ml_connector_sandbox.sage300.ap._journal import JournalEntry

INVOICES, PAYMENTS, ADJUSTMENTS = "IN", "PY", "AD"

_KEPT_AS = "ap"


@dataclass(frozen=True, kw_only=True, slots=True)
class ComparedEntry:
    """What of a document is compared with others, to find duplicates."""

    vendor: str
    number: str
    amount: Decimal
    date: object
    place: tuple[int, int]
    """Batch and entry; zeros for a posted document."""


class Book:
    """The unseen half of one company's Accounts Payable."""

    def __init__(self, company: Company) -> None:
        """Start where the company's records are."""
        self._company = company
        self._batches = _last_batches(company)
        self._sequences = _last_sequences(company)
        self._serial = _greatest(company, "APPostedPayments", "CheckSerialNumber")
        self._documents: dict[str, int] = {}
        self.locked_batches: dict[tuple[str, int], str] = {}
        """By kind and number: the user who keeps the batch open in a window."""
        self.open_entries: dict[int, tuple[Row, list[ComparedEntry]]] = {}
        """By batch that is not posted: the row its entries were read from, and they."""
        self.lookups: object = None
        """What the present session has looked up (`_lookups.py`)."""
        self.waiting: list[JournalEntry] = []
        """Entries for which G/L batches are made on request."""

    def take_batch_number(self, selector: str) -> int:
        """Return the next batch number of a kind; purged numbers are not used again."""
        self._batches[selector] += 1
        return self._batches[selector]

    def take_sequence(self, selector: str) -> int:
        """Return the next posting sequence of a kind."""
        self._sequences[selector] += 1
        return self._sequences[selector]

    def take_serial(self) -> int:
        """Return the next serial number of a check."""
        self._serial += 1
        return self._serial

    def take_document_number(self, prefix: str) -> str:
        """Return the next number of a payment or prepayment the program numbers."""
        if prefix not in self._documents:
            self._documents[prefix] = _last_document(self._company, prefix)
        self._documents[prefix] += 1
        return f"{prefix}{self._documents[prefix]:010}"


def book_of(company: Company) -> Book:
    """Return the company's book, the same one every time."""
    kept = company.unseen.get(_KEPT_AS)
    if not isinstance(kept, Book):
        kept = company.unseen[_KEPT_AS] = Book(company)
    return kept


def _last_batches(company: Company) -> dict[str, int]:
    return _last(company, field="BatchNumber")


def _last_sequences(company: Company) -> dict[str, int]:
    return _last(company, field="PostingSequenceNumber")


def _last(company: Company, *, field: str) -> dict[str, int]:
    """Return the greatest value of a field per kind of batch."""
    last = {INVOICES: _greatest(company, "APInvoiceBatches", field), PAYMENTS: 0, ADJUSTMENTS: 0}
    table = company.find_table("AP", "APPaymentAndAdjustmentBatches")
    if table is None:
        return last
    selector, value = table.resource.index["BatchSelector"], table.resource.index[field]
    for row in table.rows_between():
        kind = str(row[selector])
        last[kind] = max(last.get(kind, 0), int(str(row[value])))
    return last


def _greatest(company: Company, name: str, field: str) -> int:
    table = company.find_table("AP", name)
    if table is None or field not in table.resource.index:
        return 0
    index = table.resource.index[field]
    return max((int(str(row[index])) for row in table.rows_between()), default=0)


def _last_document(company: Company, prefix: str) -> int:
    """Return the greatest number in use of documents the program numbers."""
    table = company.find_table("AP", "APPostedDocuments")
    if table is None:
        return 0
    index = table.resource.index["DocumentNumber"]
    rests = (
        text.removeprefix(prefix)
        for row in table.rows_between()
        if (text := str(row[index])).startswith(prefix)
    )
    return max((int(rest) for rest in rests if rest.isdecimal()), default=0)
