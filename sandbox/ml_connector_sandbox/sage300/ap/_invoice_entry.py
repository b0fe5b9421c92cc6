"""One entry of an invoice batch: from what the body gives to a whole document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from ml_connector_sandbox.sage300.ap import _invoice_fields as fields
from ml_connector_sandbox.sage300.ap._checks import check_period
from ml_connector_sandbox.sage300.ap._duplicates import check_duplicates, is_posted
from ml_connector_sandbox.sage300.ap._entry_rules import EntryRules
from ml_connector_sandbox.sage300.ap._invoice_totals import (
    DETAILS,
    SCHEDULE,
    rate_of,
    settle_invoice,
    undistributed,
)
from ml_connector_sandbox.sage300.ap._lookups import lookups_of
from ml_connector_sandbox.sage300.ap._money import decimal_of
from ml_connector_sandbox.sage300.writing._checks import field_invalid
from ml_connector_sandbox.sage300.writing._session import blank_record

if TYPE_CHECKING:
    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._types import Property
    from ml_connector_sandbox.sage300.writing._session import Session

ENTRIES = "Invoices"

_KEPT = frozenset(
    {
        "BatchNumber",
        "TransactionType",
        "FiscalYear",
        "FiscalPeriod",
        "VendorGroupCode",
        "NumberOfScheduledPayments",
        "DistributedTotalBeforeTaxes",
        "DistributedTotalIncludingTax",
        "TaxTotal",
        "AmountDue",
        "EnteredBy",
        "ErrorBatch",
        "ErrorEntry",
        "SourceApplication",
        "NumberOfOptionalFields",
    }
)
"""What the server works out; a body's values are passed over."""
_RESCHEDULED_BY = frozenset({"DocumentTotalIncludingTax", "Terms", "DueDate", "DocumentDate"})


class InvoiceEntry(EntryRules):
    """The rules of one entry of a batch."""

    drivers = fields.DRIVERS
    detail_drivers = fields.DETAIL_DRIVERS
    kept = _KEPT
    entries = ENTRIES

    @override
    def template(self, session: Session) -> JsonObject:
        entry = blank_record(self._properties)
        entry.update(
            BatchNumber=self._batch["BatchNumber"],
            DocumentDate=session.day,
            PostingDate=self._posting_date(session),
            TaxAmountControl="Calculate",
            EnteredBy=session.user,
            SourceApplication="AP",
        )
        fields.put_document_type(session, entry)
        fields.put_document_date(session, entry)
        fields.put_posting_date(session, entry)
        return entry

    @override
    def detail_template(
        self, session: Session, record: JsonObject, collection: Property
    ) -> JsonObject:
        detail = super().detail_template(session, record, collection)
        if collection.name == DETAILS:
            for number in range(1, 6):
                detail[f"TaxClass{number}"] = record[f"TaxClass{number}"]
            detail["Discountable"] = "Yes"
            fields.put_vendors_distribution(session, record, detail)
        return detail

    @override
    def change(self, session: Session, entry: JsonObject, given: JsonObject) -> JsonObject:
        if _RESCHEDULED_BY & given.keys() and SCHEDULE not in given:
            entry = entry | {SCHEDULE: []}
        return super().change(session, entry, given)

    @override
    def put(self, session: Session, entry: JsonObject, given: JsonObject) -> None:
        self.put_header(session, entry, given)
        if not entry["VendorNumber"]:
            fields.put_vendor(session, entry)
        self.put_details(session, entry, given)
        settle_invoice(session, entry)
        check_entry(session, entry, batch=self._batch)
        _place_details(entry)

    def _posting_date(self, session: Session) -> object:
        is_batch_date = session.switches.text("ap_posting_date") == "batch_date"
        return self._batch["BatchDate"] if is_batch_date else session.day


def check_entry(session: Session, entry: JsonObject, *, batch: JsonObject) -> None:
    """Check a whole entry (Sage sheet §5.6).

    Raises:
        WebApiError: `FieldInvalid` or `RecordInvalid`, naming the value.
    """
    check_content(session, entry)
    check_duplicates(session, entry, batch=batch)
    left = undistributed(entry)
    if left and session.switches.text("ap_undistributed") == "refused":
        raise field_invalid(undistributed_text(entry))


def check_content(session: Session, entry: JsonObject) -> None:
    """Check what can be wrong with an entry whatever else there is.

    Raises:
        WebApiError: `FieldInvalid`, naming the value.
    """
    if not entry["DocumentNumber"]:
        raise field_invalid("Document number cannot be blank.")
    if decimal_of(entry["DocumentTotalIncludingTax"]) < 0:
        raise field_invalid("Document total cannot be negative.")
    if not entry[DETAILS]:
        raise field_invalid(f"Document '{entry['DocumentNumber']}' has no details.")
    for line in entry[DETAILS]:
        if not line["GLAccount"]:
            raise field_invalid(f"Line {line['LineNumber']}: account cannot be blank.")
    _check_rate(entry)
    _check_currency(session, entry)
    _check_applied(session, entry)
    check_period(session, entry["DocumentDate"], field="Document Date")
    check_period(session, entry["PostingDate"], field="Posting Date")
    fields.check_account_set(session, entry)


def undistributed_text(entry: JsonObject) -> str:
    """Say that a document's total is not what is distributed plus tax."""
    return (
        f"Document '{entry['DocumentNumber']}': the total"
        f" {entry['DocumentTotalIncludingTax']} does not equal the distributed amount plus tax"
        f" {entry['DistributedTotalIncludingTax']}."
    )


def _check_rate(entry: JsonObject) -> None:
    if rate_of(entry).value <= 0:
        message = (
            f"No exchange rate for currency {entry['CurrencyCode']}, rate type"
            f" '{entry['RateType']}' on {str(entry['RateDate'])[:10]}."
        )
        raise field_invalid(message)


def _check_currency(session: Session, entry: JsonObject) -> None:
    vendor = lookups_of(session).vendor(str(entry["VendorNumber"])) or {}
    if entry["CurrencyCode"] != vendor.get("CurrencyCode"):
        message = f"Currency {entry['CurrencyCode']} is not that of vendor {entry['VendorNumber']}."
        raise field_invalid(message)


def _check_applied(session: Session, entry: JsonObject) -> None:
    number, vendor = str(entry["ApplytoDocument"]), str(entry["VendorNumber"])
    if number and not is_posted(session, vendor, number):
        raise field_invalid(f"Document '{number}' for vendor {vendor} does not exist.")


def _place_details(entry: JsonObject) -> None:
    """Say on every detail which batch and entry it belongs to, where it has fields for that."""
    for collection in entry.values():
        if isinstance(collection, list):
            for detail in collection:
                for name in ("BatchNumber", "EntryNumber"):
                    if name in detail:
                        detail[name] = entry[name]
    if "NumberOfOptionalFields" in entry:
        entry["NumberOfOptionalFields"] = len(entry.get("InvoiceOptionalFields", []))
