"""One entry of a payment or adjustment batch (Sage sheet §4.3, §5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from ml_connector_sandbox.sage300._values import plain_number
from ml_connector_sandbox.sage300.ap import _payment_fields as fields
from ml_connector_sandbox.sage300.ap._book import ADJUSTMENTS, book_of
from ml_connector_sandbox.sage300.ap._checks import check_period, fit_amounts
from ml_connector_sandbox.sage300.ap._entry_rules import EntryRules
from ml_connector_sandbox.sage300.ap._invoice_fields import put_posting_date, setup_of
from ml_connector_sandbox.sage300.ap._invoice_totals import rate_of
from ml_connector_sandbox.sage300.ap._money import ZERO, decimal_of
from ml_connector_sandbox.sage300.ap._posting import place_details
from ml_connector_sandbox.sage300.writing._checks import field_invalid
from ml_connector_sandbox.sage300.writing._session import blank_record

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._types import Property
    from ml_connector_sandbox.sage300.writing._session import Session

ENTRIES = "PaymentsAdjustments"
APPLIED = "AppliedPayments"
DISTRIBUTIONS = "AdjustmentGLDistributions"

ADJUSTMENT_LINE = 81
"""`TransactionType` of an adjustment's distribution (D S4)."""

_KEPT = frozenset(
    {"BatchNumber", "FiscalYear", "FiscalPeriod", "EnteredBy", "ErrorBatch", "ErrorEntry"}
)
_PREFIXES = {"Payment": "PY", "Prepayment": "PP", "MiscPayment": "MC", "Adjustment": "AD"}


class PaymentEntry(EntryRules):
    """The rules of one entry of a batch."""

    drivers = fields.DRIVERS
    detail_drivers = fields.DETAIL_DRIVERS
    kept = _KEPT
    entries = ENTRIES

    @override
    def template(self, session: Session) -> JsonObject:
        entry = blank_record(self._properties)
        is_adjustment = self._batch["BatchSelector"] == ADJUSTMENTS
        entry.update(
            BatchType=self._batch["BatchSelector"],
            BatchNumber=self._batch["BatchNumber"],
            PaymentTransactionType="Adjustment" if is_adjustment else "Payment",
            PaymentDateAdjustmentDate=self._batch["BatchDate"],
            PostingDate=self._batch["BatchDate"],
            CheckPrintRequired="No",
            EnteredBy=session.user,
        )
        fields.put_date(session, entry)
        put_posting_date(session, entry)
        return entry

    @override
    def detail_template(
        self, session: Session, record: JsonObject, collection: Property
    ) -> JsonObject:
        detail = super().detail_template(session, record, collection)
        detail["BatchType"] = record["BatchType"]
        if collection.name == APPLIED:
            detail["VendorNumber"] = record["VendorNumber"]
            detail["PaymentNumber"] = 1
            kind = record["PaymentTransactionType"]
            detail["PaymentType"] = kind if kind in {"Prepayment", "Adjustment"} else "Payment"
        else:
            detail["TransactionType"] = ADJUSTMENT_LINE
        return detail

    @override
    def put(self, session: Session, entry: JsonObject, given: JsonObject) -> None:
        self.put_header(session, entry, given)
        kind = str(entry["PaymentTransactionType"])
        _check_kind(entry, is_adjustment=self._batch["BatchSelector"] == ADJUSTMENTS)
        if kind == "MiscPayment":
            _take_bank_currency(session, entry, self._batch)
        self.put_details(session, entry, given)
        if not entry[APPLIED]:
            raise field_invalid(f"Entry {entry['EntryNumber']} has no details.")
        _settle(session, entry, given, batch=self._batch)
        check_entry(session, entry)
        if not entry["DocumentNumber"] and kind in _PREFIXES:
            book = book_of(session.company)
            entry["DocumentNumber"] = book.take_document_number(_PREFIXES[kind])
        place_details(entry, batch=entry["BatchNumber"], entry=entry["EntryNumber"])
        for line in entry[APPLIED]:
            for below in line[DISTRIBUTIONS]:
                below["LineNumber"] = line["LineNumber"]


def distributions_of(entry: JsonObject) -> list[JsonObject]:
    """Return the distributions below all lines of an entry."""
    return [below for line in entry[APPLIED] for below in line[DISTRIBUTIONS]]


def check_entry(session: Session, entry: JsonObject) -> None:
    """Check a whole entry (Sage sheet §5.6).

    Raises:
        WebApiError: `FieldInvalid`, naming the value.
    """
    kind = entry["PaymentTransactionType"]
    if kind != "MiscPayment" and not entry["VendorNumber"]:
        raise field_invalid("Vendor number cannot be blank.")
    if rate_of(entry).value <= 0:
        message = (
            f"No exchange rate for currency {entry['CurrencyCode']}, rate type"
            f" '{entry['RateType']}' on {str(entry['RateDate'])[:10]}."
        )
        raise field_invalid(message)
    check_period(session, entry["PaymentDateAdjustmentDate"], field="Payment Date")
    check_period(session, entry["PostingDate"], field="Posting Date")
    _check_lines(session, entry, kind=str(kind))


def _check_kind(entry: JsonObject, *, is_adjustment: bool) -> None:
    kind = entry["PaymentTransactionType"]
    if is_adjustment is not (kind == "Adjustment"):
        message = f"Transaction type '{kind}' does not fit a batch of type {entry['BatchType']}."
        raise field_invalid(message)


def _take_bank_currency(session: Session, entry: JsonObject, batch: JsonObject) -> None:
    entry["CurrencyCode"] = entry["CurrencyCode"] or batch["BankCurrencyCode"]
    entry["RateType"] = entry["RateType"] or setup_of(session).default_rate_type()
    if not entry["ExchangeRate"]:
        fields.put_rate_date(session, entry)


def _check_lines(session: Session, entry: JsonObject, *, kind: str) -> None:
    lines: list[JsonObject] = entry[APPLIED]
    if kind in {"Payment", "ApplyDocument", "Adjustment"}:
        for line in lines:
            _check_document(session, entry, line)
    if kind == "ApplyDocument":
        fields.find_open_document(session, str(entry["VendorNumber"]), str(entry["DocumentNumber"]))
    if kind in {"Adjustment", "MiscPayment"}:
        _check_distributions(entry)


def _check_distributions(entry: JsonObject) -> None:
    if not all(line[DISTRIBUTIONS] for line in entry[APPLIED]):
        raise field_invalid(f"Entry {entry['EntryNumber']} has a line without distributions.")
    for below in distributions_of(entry):
        if not below["DistributionGLAccount"]:
            raise field_invalid(f"Line {below['LineNumber']}: account cannot be blank.")
        if below["TransactionType"] != ADJUSTMENT_LINE:
            raise field_invalid(f"Transaction type {below['TransactionType']} is not valid.")


def _check_document(session: Session, entry: JsonObject, line: JsonObject) -> None:
    if not line["DocumentNumber"]:
        raise field_invalid(f"Line {line['LineNumber']}: document number cannot be blank.")
    if line["VendorNumber"] != entry["VendorNumber"]:
        message = f"Vendor {line['VendorNumber']} is not that of entry {entry['EntryNumber']}."
        raise field_invalid(message)
    fields.find_open_document(session, str(line["VendorNumber"]), str(line["DocumentNumber"]))


def _settle(session: Session, entry: JsonObject, given: JsonObject, *, batch: JsonObject) -> None:
    """Total the entry: adjustments by distributions, payments by what is applied."""
    kind = entry["PaymentTransactionType"]
    currency = setup_of(session).currency(str(entry["CurrencyCode"]))
    fit_amounts(session, entry, ["CheckAmountInVendorCurrency"], currency=currency)
    for line in entry[APPLIED]:
        fit_amounts(session, line, ["PaymentAmount", "DiscountAmountTaken"], currency=currency)
        for below in line[DISTRIBUTIONS]:
            fit_amounts(session, below, ["DistributionAmount"], currency=currency)
        if kind in {"Adjustment", "MiscPayment"}:
            amounts = (below["DistributionAmount"] for below in line[DISTRIBUTIONS])
            line["PaymentAmount"] = plain_number(_sum(amounts))
    total = _sum(line["PaymentAmount"] for line in entry[APPLIED])
    if kind in {"Adjustment", "ApplyDocument"}:
        return
    _settle_check(session, entry, given, total=total, batch=batch)


def _settle_check(
    session: Session, entry: JsonObject, given: JsonObject, *, total: Decimal, batch: JsonObject
) -> None:
    stated = "CheckAmountInVendorCurrency"
    amount = decimal_of(entry[stated]) if stated in given else total
    if amount != total or amount <= 0:
        message = (
            f"Entry {entry['EntryNumber']}: the check amount {amount} does not equal"
            f" the amount applied {total}, or is not greater than zero."
        )
        raise field_invalid(message)
    entry[stated] = plain_number(amount)
    if entry["PaymentTransactionType"] == "Prepayment":
        entry["TotalPrepayVendorCurrency"] = plain_number(amount)
    bank = str(batch["BankCurrencyCode"])
    if "CheckAmountInBankCurrency" in given:
        _check_bank_amount(entry, amount, bank=bank)
        return
    setup = setup_of(session)
    rate = rate_of(entry)
    if bank == entry["CurrencyCode"] or not rate.value:
        entry["CheckAmountInBankCurrency"] = plain_number(amount)
        return
    functional = rate.to_functional(amount, setup.functional)
    other = setup.rate(
        bank, rate_type=str(entry["RateType"]), day=str(entry["RateDate"] or session.day)
    )
    in_bank = other[0].from_functional(functional, setup.currency(bank)) if other else functional
    entry["CheckAmountInBankCurrency"] = plain_number(in_bank)


def _check_bank_amount(entry: JsonObject, amount: Decimal, *, bank: str) -> None:
    """Refuse two amounts in one currency; in two, the bank's may be what it charged."""
    in_bank = decimal_of(entry["CheckAmountInBankCurrency"])
    if bank == entry["CurrencyCode"] and in_bank != amount:
        message = (
            f"Entry {entry['EntryNumber']}: the check amount {in_bank} does not equal"
            f" the amount applied {amount}."
        )
        raise field_invalid(message)


def _sum(values: Iterable[object]) -> Decimal:
    return sum((decimal_of(value) for value in values), ZERO)
