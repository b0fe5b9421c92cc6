"""Documents that are there already: by number, by amount, by date (Sage sheet §5.6).

A number is unique per vendor among posted documents, because it is their key (§4.3); whether
open batches count too is unknown 18, the switch `ap_duplicates`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300.ap._book import ComparedEntry
from ml_connector_sandbox.sage300.ap._lookups import compared_entry, lookups_of
from ml_connector_sandbox.sage300.ap._money import decimal_of
from ml_connector_sandbox.sage300.writing._checks import field_invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._records import Table
    from ml_connector_sandbox.sage300.writing._session import Session


def check_duplicates(session: Session, entry: JsonObject, *, batch: JsonObject) -> None:
    """Refuse an entry whose document is there already.

    Raises:
        WebApiError: `FieldInvalid`; the number is taken, or amount or date are and the vendor's
            settings make that an error.
    """
    vendor, number = str(entry["VendorNumber"]), str(entry["DocumentNumber"])
    if is_posted(session, vendor, number) or _is_entered(session, entry, batch):
        message = (
            f"Document number '{number}' for vendor {vendor} already exists.\n"
            "Enter a document number that is unique for the vendor."
        )
        raise field_invalid(message)
    record = lookups_of(session).vendor(vendor) or {}
    for name, what in (("DuplicateAmountCode", "amount"), ("DuplicateDateCode", "date")):
        if record.get(name) == "Error":
            _check_alike(session, entry, batch, what=what)


def is_posted(session: Session, vendor: str, number: str) -> bool:
    """Tell whether a document with this number was posted for the vendor."""
    table = session.table("AP", "APPostedDocuments")
    return table.find((vendor, number)) is not None


def _is_entered(session: Session, entry: JsonObject, batch: JsonObject) -> bool:
    """Tell whether this batch or another one not posted yet has the number (unknown 18)."""
    if session.switches.text("ap_duplicates") == "posted":
        return False
    names = ("DocumentNumber", "VendorNumber")
    for other in batch["Invoices"]:
        if other["EntryNumber"] != entry["EntryNumber"] and all(
            other[name] == entry[name] for name in names
        ):
            return True
    key = (entry["VendorNumber"], entry["DocumentNumber"])
    places = lookups_of(session).open_numbers.get(key, set())
    return bool(places - {int(batch["BatchNumber"])})


def _check_alike(session: Session, entry: JsonObject, batch: JsonObject, *, what: str) -> None:
    """Refuse a second document of one amount or date.

    Raises:
        WebApiError: `FieldInvalid`.
    """
    mine = compared_entry(entry, int(batch["BatchNumber"]))
    for other in _others(session, batch, mine=mine):
        is_alike = other.amount == mine.amount if what == "amount" else other.date == mine.date
        if is_alike and other.place != mine.place:
            message = (
                f"A document with the same {what} as '{mine.number}' exists for vendor"
                f" {mine.vendor}."
            )
            raise field_invalid(message)


def _others(session: Session, batch: JsonObject, *, mine: ComparedEntry) -> Iterator[ComparedEntry]:
    """Yield the vendor's documents: posted ones, and those not posted yet if they count."""
    yield from _posted(session.table("AP", "APPostedDocuments"), mine.vendor)
    if session.switches.text("ap_duplicates") == "posted":
        return
    number = int(batch["BatchNumber"])
    for other in batch["Invoices"]:
        if other["VendorNumber"] == mine.vendor:
            yield compared_entry(other, number)
    for found in lookups_of(session).open_entries:
        if found.vendor == mine.vendor and found.place[0] != number:
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
