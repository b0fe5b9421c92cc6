"""Documents that are there already: by number, by amount, by date (Sage sheet §5.6).

A number is unique per vendor among posted documents, because it is their key (§4.3); whether
open batches count too is unknown 18, the switch `ap_duplicates`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._values import details_of
from ml_connector_sandbox.sage300.ap._book import ComparedEntry, book_of
from ml_connector_sandbox.sage300.ap._checks import field_invalid
from ml_connector_sandbox.sage300.ap._money import decimal_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._records import Table
    from ml_connector_sandbox.sage300.writing._session import Session

_CLOSED = frozenset({"Posted", "Deleted"})


def check_duplicates(session: Session, entry: JsonObject, *, batch: JsonObject) -> None:
    """Refuse an entry whose document is there already.

    Raises:
        WebApiError: `FieldInvalid`; the number is taken, or amount or date are and the vendor's
            settings make that an error.
    """
    mine = _entry_of(entry, int(batch["BatchNumber"]))
    vendor = session.find("AP", "APVendors", mine.vendor) or {}
    others = [other for other in _others(session, batch, vendor=mine) if other.place != mine.place]
    if any(other.number == mine.number for other in others):
        message = (
            f"Document number '{mine.number}' for vendor {mine.vendor} already exists.\n"
            "Enter a document number that is unique for the vendor."
        )
        raise field_invalid(message)
    if vendor.get("DuplicateAmountCode") == "Error":
        _check_alike(mine, any(other.amount == mine.amount for other in others), "amount")
    if vendor.get("DuplicateDateCode") == "Error":
        _check_alike(mine, any(other.date == mine.date for other in others), "date")


def is_posted(session: Session, vendor: str, number: str) -> bool:
    """Tell whether a document with this number was posted for the vendor."""
    table = session.table("AP", "APPostedDocuments")
    return table.find((vendor, number)) is not None


def _check_alike(mine: ComparedEntry, is_alike: bool, what: str) -> None:  # noqa: FBT001  # a finding
    if is_alike:
        message = (
            f"A document with the same {what} as '{mine.number}' exists for vendor {mine.vendor}."
        )
        raise field_invalid(message)


def _others(
    session: Session, batch: JsonObject, *, vendor: ComparedEntry
) -> Iterator[ComparedEntry]:
    yield from _posted(session.table("AP", "APPostedDocuments"), vendor.vendor)
    if session.switches.text("ap_duplicates") == "posted":
        return
    number = int(batch["BatchNumber"])
    for other in batch["Invoices"]:
        found = _entry_of(other, number)
        if found.vendor == vendor.vendor:
            yield found
    for found in _open_entries(session, other_than=number):
        if found.vendor == vendor.vendor:
            yield found


def _posted(table: Table, vendor: str) -> Iterator[ComparedEntry]:
    index = table.resource.index
    for row in table.rows_between(from_=(vendor, "")):
        if row[index["VendorNumber"]] != vendor:
            return
        yield ComparedEntry(
            vendor=vendor,
            number=str(row[index["DocumentNumber"]]),
            amount=abs(decimal_of(row[index["VendorCurrencyInvoiceAmount"]])),
            date=row[index["DocumentDate"]],
            place=(0, 0),
        )


def _open_entries(session: Session, *, other_than: int) -> Iterator[ComparedEntry]:
    """Yield the entries of batches that are not posted yet.

    Entries are read out of a stored batch once, and kept as long as the very row stays.
    """
    table = session.table("AP", "APInvoiceBatches")
    index = table.resource.index
    number_at, status_at, entries_at = (
        index["BatchNumber"],
        index["BatchStatus"],
        index["Invoices"],
    )
    kept = book_of(session.company).open_entries
    for row in table.rows_between():
        number = int(str(row[number_at]))
        if row[status_at] in _CLOSED or number == other_than:
            kept.pop(number, None)
            continue
        known = kept.get(number)
        if known is None or known[0] is not row:
            entries = [_entry_of(entry, number) for entry in details_of(row[entries_at])]
            known = kept[number] = (row, entries)
        yield from known[1]


def _entry_of(entry: JsonObject, batch: int) -> ComparedEntry:
    return ComparedEntry(
        vendor=str(entry["VendorNumber"]),
        number=str(entry["DocumentNumber"]),
        amount=decimal_of(entry["DocumentTotalIncludingTax"]),
        date=entry["DocumentDate"],
        place=(batch, int(entry["EntryNumber"])),
    )
