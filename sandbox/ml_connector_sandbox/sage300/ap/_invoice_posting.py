"""Posting of invoice batches: from a stored entry to document, vendor and G/L (§5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from ml_connector_sandbox.sage300._values import date_text
from ml_connector_sandbox.sage300.ap import _posted_documents as posted
from ml_connector_sandbox.sage300.ap._accounts import check_account
from ml_connector_sandbox.sage300.ap._bookings import book_application, book_document, relieve
from ml_connector_sandbox.sage300.ap._checks import day_of, find_vendor
from ml_connector_sandbox.sage300.ap._documents import (
    Application,
    Distribution,
    Document,
    DocumentType,
    TaxAmount,
)
from ml_connector_sandbox.sage300.ap._duplicates import is_posted
from ml_connector_sandbox.sage300.ap._invoice_entry import (
    ENTRIES,
    check_content,
    undistributed_text,
)
from ml_connector_sandbox.sage300.ap._invoice_fields import setup_of
from ml_connector_sandbox.sage300.ap._invoice_totals import DETAILS, rate_of, undistributed
from ml_connector_sandbox.sage300.ap._journal import Origin, build_journal, read_integration
from ml_connector_sandbox.sage300.ap._money import ZERO, decimal_of
from ml_connector_sandbox.sage300.ap._posting import BatchPoster
from ml_connector_sandbox.sage300.ap._statistics import count_in
from ml_connector_sandbox.sage300.ap._taxes import AUTHORITIES_MAX
from ml_connector_sandbox.sage300.ap._vendors import VendorActivity, note_activity
from ml_connector_sandbox.sage300.writing._checks import field_invalid

if TYPE_CHECKING:
    from decimal import Decimal

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._records import Key
    from ml_connector_sandbox.sage300.ap._bookings import Booking
    from ml_connector_sandbox.sage300.ap._journal import JournalEntry
    from ml_connector_sandbox.sage300.ap._setup import Setup
    from ml_connector_sandbox.sage300.ap._taxes import TaxAuthority
    from ml_connector_sandbox.sage300.writing._session import Session

SOURCE_TYPES = {
    DocumentType.INVOICE: "IN",
    DocumentType.DEBIT_NOTE: "DB",
    DocumentType.CREDIT_NOTE: "CR",
    DocumentType.INTEREST: "IT",
}


class InvoicePoster(BatchPoster):
    """Posts `APInvoiceBatches`."""

    resource = "APInvoiceBatches"
    entries = ENTRIES

    @override
    def total_of(self, entry: JsonObject) -> object:
        return entry["DocumentTotalIncludingTax"]

    @override
    def key_of(self, number: int) -> Key:
        return number

    @override
    def post_entry(self, batch: JsonObject, entry: JsonObject, sequence: int) -> list[JournalEntry]:
        session = self.session
        _check_postable(session, entry)
        setup = setup_of(session)
        document = read_document(entry, setup)
        origin = origin_of(document, batch=batch, entry=entry, sequence=sequence)
        place = posted.Place(batch_type="IN", batch_date=str(batch["BatchDate"]), origin=origin)
        session.store(
            "AP", posted.NAME, posted.describe_document(document, place, setup.functional)
        )
        bookings = book_document(document, setup.functional)
        functional = note_document(session, document, bookings)
        count_in(
            session.company,
            origin,
            kind=document.kind.value,
            amount=document.total,
            functional=abs(functional),
        )
        if document.applies_to:
            bookings += self._apply(document, setup)
        return [build_journal(origin, bookings, integration=read_integration(session.switches))]

    def _apply(self, document: Document, setup: Setup) -> list[Booking]:
        """Set a credit note off against the document it names; what is too much stays open."""
        session = self.session
        credit = session.find("AP", posted.NAME, (document.vendor, document.number))
        target = session.find("AP", posted.NAME, (document.vendor, document.applies_to))
        if credit is None or target is None or document.kind is not DocumentType.CREDIT_NOTE:
            return []
        items = [posted.read_open_item(record, setup) for record in (credit, target)]
        if items[0] is None or items[1] is None:
            return []
        amount = min(-items[0].due, items[1].due)
        if amount <= 0:
            return []
        applications = [
            Application(document=items[0], amount=-amount),
            Application(document=items[1], amount=amount),
        ]
        for record, application in zip((credit, target), applications, strict=True):
            relief = relieve(application, setup.functional)
            posted.take_off(
                record,
                relief,
                day=date_text(document.date),
                moves_activity=session.switches.is_on("ap_payments_move_activity"),
            )
            session.store("AP", posted.NAME, record)
            activity = VendorActivity(
                kind=document.kind.value,
                day=date_text(document.date),
                amount=-relief.amount,
                functional=-relief.functional,
                opened=-1 if record["FullyPaid"] == "Yes" else 0,
            )
            note_activity(session.company, document.vendor, activity)
        return book_application(applications, setup.functional)


def read_document(entry: JsonObject, setup: Setup) -> Document:
    """Read a stored entry.

    Raises:
        WebApiError: Its account set is gone.
    """
    account_set = setup.account_set(str(entry["AccountSet"]))
    if account_set is None:
        raise field_invalid(f"Account set '{entry['AccountSet']}' does not exist.")
    authorities = setup.tax_group(str(entry["TaxGroup"])) or ()
    discount_until = entry["DiscountDate"]
    return Document(
        vendor=str(entry["VendorNumber"]),
        vendor_name=str(entry["VendorName"]),
        number=str(entry["DocumentNumber"]),
        kind=DocumentType(entry["DocumentType"]),
        date=day_of(entry["DocumentDate"]),
        posting_date=day_of(entry["PostingDate"]),
        due=day_of(entry["DueDate"]),
        discount_until=day_of(discount_until) if discount_until else None,
        discount=decimal_of(entry["DiscountAmountAvailable"]),
        currency=setup.currency(str(entry["CurrencyCode"])),
        rate=rate_of(entry),
        rate_type=str(entry["RateType"]),
        terms=str(entry["Terms"]),
        group=str(entry["VendorGroupCode"]),
        tax_group=str(entry["TaxGroup"]),
        account_set=account_set,
        description=str(entry["InvoiceDescription"]),
        order_number=str(entry["OrderNumber"]),
        po_number=str(entry["PONumber"]),
        distributions=tuple(_distribution(line, authorities) for line in entry[DETAILS]),
        taxes=_recoverable_taxes(entry, authorities),
        tax_total=decimal_of(entry["TaxTotal"]),
        authorities=tuple(
            str(entry[f"TaxAuthority{number}"])
            for number in range(1, AUTHORITIES_MAX + 1)
            if entry[f"TaxAuthority{number}"]
        ),
        applies_to=str(entry["ApplytoDocument"]),
        payments=int(entry["NumberOfScheduledPayments"]),
        on_hold=entry["OnHold"] == "Yes",
    )


def origin_of(document: Document, *, batch: JsonObject, entry: JsonObject, sequence: int) -> Origin:
    """Say where the G/L entry of a document comes from."""
    return Origin(
        source_type=SOURCE_TYPES[document.kind],
        vendor=document.vendor,
        vendor_name=document.vendor_name,
        document=document.number,
        order_number=document.order_number,
        po_number=document.po_number,
        description=document.description,
        rate_type=document.rate_type,
        batch=int(batch["BatchNumber"]),
        entry=int(entry["EntryNumber"]),
        sequence=sequence,
        date=document.date,
        posting_date=document.posting_date,
        year=str(entry["FiscalYear"]),
        period=str(entry["FiscalPeriod"]),
    )


def note_document(session: Session, document: Document, bookings: list[Booking]) -> Decimal:
    """Write a new document into its vendor's balances; return what it adds, in functional."""
    payables = document.account_set.payables
    functional = -sum(
        (line.functional for line in bookings if line.account == payables and line.source), ZERO
    )
    activity = VendorActivity(
        kind=document.kind.value,
        day=date_text(document.date),
        amount=document.kind.sign * document.total,
        functional=functional,
        opened=1,
    )
    note_activity(session.company, document.vendor, activity)
    return functional


def _check_postable(session: Session, entry: JsonObject) -> None:
    """Check an entry once more, as the books stand now.

    Raises:
        WebApiError: It cannot be posted.
    """
    find_vendor(session, str(entry["VendorNumber"]))
    check_content(session, entry)
    for line in entry[DETAILS]:
        check_account(session, str(line["GLAccount"]), currency=str(entry["CurrencyCode"]))
    if undistributed(entry):
        raise field_invalid(undistributed_text(entry))
    vendor, number = str(entry["VendorNumber"]), str(entry["DocumentNumber"])
    if is_posted(session, vendor, number):
        raise field_invalid(f"Document number '{number}' for vendor {vendor} already exists.")


def _distribution(line: JsonObject, authorities: tuple[TaxAuthority, ...]) -> Distribution:
    allocated = ZERO
    for number, authority in enumerate(authorities, start=1):
        if not authority.account:
            allocated += decimal_of(line[f"TaxAmount{number}"])
    return Distribution(
        account=str(line["GLAccount"]),
        amount=decimal_of(line["DistributedAmountBeforeTaxes"]) + allocated,
        description=str(line["DistributionDescription"]),
        comment=str(line["Comment"]),
    )


def _recoverable_taxes(
    entry: JsonObject, authorities: tuple[TaxAuthority, ...]
) -> tuple[TaxAmount, ...]:
    return tuple(
        TaxAmount(
            account=authority.account,
            amount=_tax_of(entry, number),
            authority=authority.code,
        )
        for number, authority in enumerate(authorities, start=1)
        if authority.account
    )


def _tax_of(entry: JsonObject, number: int) -> Decimal:
    return decimal_of(entry[f"TaxAmount{number}"])
