"""Posting of payments and adjustments: from a stored entry to documents and G/L (§5.3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from typing_extensions import override

from ml_connector_sandbox.sage300.ap import _bookings as bookings
from ml_connector_sandbox.sage300.ap import _posted_documents as posted
from ml_connector_sandbox.sage300.ap._accounts import check_account
from ml_connector_sandbox.sage300.ap._book import ADJUSTMENTS, book_of
from ml_connector_sandbox.sage300.ap._checks import day_of, find_vendor
from ml_connector_sandbox.sage300.ap._documents import Application, Distribution, DocumentType
from ml_connector_sandbox.sage300.ap._invoice_fields import setup_of
from ml_connector_sandbox.sage300.ap._invoice_totals import rate_of
from ml_connector_sandbox.sage300.ap._journal import Origin, build_journal, read_integration
from ml_connector_sandbox.sage300.ap._lookups import lookups_of
from ml_connector_sandbox.sage300.ap._money import ZERO, decimal_of
from ml_connector_sandbox.sage300.ap._payment_batches import total_of
from ml_connector_sandbox.sage300.ap._payment_entry import (
    APPLIED,
    DISTRIBUTIONS,
    ENTRIES,
    check_entry,
    distributions_of,
)
from ml_connector_sandbox.sage300.ap._payments import (
    PostedPayment,
    describe_payment,
    describe_payment_document,
)
from ml_connector_sandbox.sage300.ap._posting import BatchPoster
from ml_connector_sandbox.sage300.ap._statistics import count_in
from ml_connector_sandbox.sage300.ap._vendors import VendorActivity, note_activity
from ml_connector_sandbox.sage300.writing._checks import field_invalid

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._records import Key
    from ml_connector_sandbox.sage300.ap._bookings import Booking, Money, Relief
    from ml_connector_sandbox.sage300.ap._documents import AccountSet, Bank, OpenItem
    from ml_connector_sandbox.sage300.ap._journal import JournalEntry

SOURCE_TYPES = {
    "Payment": "PY",
    "Prepayment": "PI",
    "ApplyDocument": "PY",
    "MiscPayment": "MC",
    "Adjustment": "AD",
}


@dataclass(frozen=True, slots=True)
class _Effect:
    """What an entry does to the books: worked out first, then done."""

    lines: list[Booking]
    reliefs: list[tuple[OpenItem, Relief]]


class PaymentPoster(BatchPoster):
    """Posts `APPaymentAndAdjustmentBatches` of one selector."""

    resource = "APPaymentAndAdjustmentBatches"
    entries = ENTRIES

    @override
    def total_of(self, entry: JsonObject) -> object:
        return total_of(entry)

    @override
    def key_of(self, number: int) -> Key:
        return (self.selector, number)

    @override
    def is_mine(self, key: Key) -> bool:
        return bool(key[0] == self.selector)

    @override
    def post_entry(self, batch: JsonObject, entry: JsonObject, sequence: int) -> list[JournalEntry]:
        self._setup = setup_of(self.session)
        self._opened: dict[Key, OpenItem] = {}
        self._check(entry)
        origin = _origin_of(batch, entry, sequence)
        effect = self._work_out(batch, entry)
        for document, relief in effect.reliefs:
            self._take_off(entry, document, relief)
            if self.selector == ADJUSTMENTS:
                self._count(origin, "Adjustment", -relief.amount, -relief.functional)
        self._store_payment(batch, entry, origin)
        if not effect.lines:
            return []
        integration = read_integration(self.session.switches)
        return [build_journal(origin, effect.lines, integration=integration)]

    def _check(self, entry: JsonObject) -> None:
        session = self.session
        if entry["VendorNumber"]:
            find_vendor(session, str(entry["VendorNumber"]))
        check_entry(session, entry)
        for line in distributions_of(entry):
            account, currency = str(line["DistributionGLAccount"]), str(entry["CurrencyCode"])
            check_account(session, account, currency=currency)

    def _work_out(self, batch: JsonObject, entry: JsonObject) -> _Effect:
        kind = entry["PaymentTransactionType"]
        functional = self._setup.functional
        if kind == "Adjustment":
            return self._adjustment(entry)
        if kind == "ApplyDocument":
            return self._application(entry)
        money = self._money(batch, entry)
        if kind == "MiscPayment":
            charges = [_distribution(line) for line in distributions_of(entry)]
            return _Effect(bookings.book_miscellaneous(money, charges, functional), [])
        if kind == "Prepayment":
            accounts = self._account_set(entry)
            return _Effect(bookings.book_prepayment(money, accounts, functional), [])
        applications = [self._applied(entry, line) for line in entry[APPLIED]]
        lines = bookings.book_payment(money, applications, functional)
        return _Effect(lines, self._reliefs(applications))

    def _adjustment(self, entry: JsonObject) -> _Effect:
        # Whether a positive amount is a debit is not documented (U), hence the switch.
        is_debit = self.session.switches.text("ap_adjustment_sign") == "debit"
        effect = _Effect([], [])
        for line in entry[APPLIED]:
            document = self._open_item(line)
            charges = [
                _distribution(below, sign=1 if is_debit else -1) for below in line[DISTRIBUTIONS]
            ]
            lines, relief = bookings.book_adjustment(document, charges, self._setup.functional)
            _check_relief(document, relief.amount)
            self._note(document, relief)
            effect.lines.extend(lines)
            effect.reliefs.append((document, relief))
        return effect

    def _application(self, entry: JsonObject) -> _Effect:
        """Set a credit note or prepayment off against other documents."""
        applications = [self._applied(entry, line) for line in entry[APPLIED]]
        total = sum((application.relief for application in applications), ZERO)
        credit = self._open_item(entry)
        _check_relief(credit, -total)
        applications.append(Application(document=credit, amount=-total))
        lines = bookings.book_application(applications, self._setup.functional)
        return _Effect(lines, self._reliefs(applications))

    def _applied(self, entry: JsonObject, line: JsonObject) -> Application:
        document = self._open_item(line)
        application = Application(
            document=document,
            amount=decimal_of(line["PaymentAmount"]),
            discount=decimal_of(line["DiscountAmountTaken"]),
        )
        if document.currency.code != entry["CurrencyCode"]:
            raise field_invalid(f"Document '{document.number}' is in another currency.")
        if application.relief * document.due < 0:
            raise field_invalid(f"Document '{document.number}': the amount's sign is not valid.")
        _check_relief(document, application.relief)
        self._note(document, bookings.relieve(application, self._setup.functional))
        return application

    def _note(self, document: OpenItem, relief: Relief) -> None:
        """Keep what a line leaves open, for later lines of the same entry."""
        self._opened[document.vendor, document.number] = replace(
            document,
            due=document.due - relief.amount,
            functional_due=document.functional_due - relief.functional,
        )

    def _reliefs(self, applications: Sequence[Application]) -> list[tuple[OpenItem, Relief]]:
        functional = self._setup.functional
        return [(item.document, bookings.relieve(item, functional)) for item in applications]

    def _open_item(self, line: JsonObject) -> OpenItem:
        key = (line["VendorNumber"], line["DocumentNumber"])
        if key in self._opened:
            return self._opened[key]
        record = self.session.find("AP", posted.NAME, key)
        item = None if record is None else posted.read_open_item(record, self._setup)
        if item is None:
            raise field_invalid(f"Document '{key[1]}' for vendor {key[0]} does not exist.")
        return item

    def _money(self, batch: JsonObject, entry: JsonObject) -> Money:
        return bookings.Money(
            bank=self._bank(batch),
            amount=decimal_of(entry["CheckAmountInVendorCurrency"]),
            bank_amount=decimal_of(entry["CheckAmountInBankCurrency"]),
            currency=self._setup.currency(str(entry["CurrencyCode"])),
            rate=rate_of(entry),
        )

    def _bank(self, batch: JsonObject) -> Bank:
        bank = self._setup.bank(str(batch["BankCode"]))
        if bank is None:
            raise field_invalid(f"Bank '{batch['BankCode']}' does not exist.")
        return bank

    def _account_set(self, entry: JsonObject) -> AccountSet:
        vendor = lookups_of(self.session).vendor(str(entry["VendorNumber"])) or {}
        found = self._setup.account_set(str(vendor.get("AccountSet", "")))
        if found is None:
            raise field_invalid(f"Account set '{vendor.get('AccountSet')}' does not exist.")
        return found

    def _take_off(self, entry: JsonObject, document: OpenItem, relief: Relief) -> None:
        session = self.session
        record = session.find("AP", posted.NAME, (document.vendor, document.number))
        if record is None:
            return
        day = str(entry["PaymentDateAdjustmentDate"])
        moves = session.switches.is_on("ap_payments_move_activity")
        posted.take_off(record, relief, day=day, moves_activity=moves)
        session.store("AP", posted.NAME, record)
        is_counted = document.kind is not DocumentType.PREPAYMENT
        is_adjusted = entry["PaymentTransactionType"] == "Adjustment"
        activity = VendorActivity(
            kind="Adjustment" if is_adjusted else "Payment",
            day=day,
            amount=-relief.amount,
            functional=-relief.functional,
            opened=-1 if is_counted and record["FullyPaid"] == "Yes" else 0,
        )
        note_activity(session.company, document.vendor, activity)

    def _count(self, origin: Origin, kind: str, amount: Decimal, functional: Decimal) -> None:
        count_in(self.session.company, origin, kind=kind, amount=amount, functional=functional)

    def _store_payment(self, batch: JsonObject, entry: JsonObject, origin: Origin) -> None:
        """Write the payment down, as check and as document; adjustments are neither."""
        kind = str(entry["PaymentTransactionType"])
        if self.selector == ADJUSTMENTS or kind == "ApplyDocument":
            return
        session = self.session
        payment = PostedPayment(
            kind=kind,
            bank=str(batch["BankCode"]),
            batch_date=str(batch["BatchDate"]),
            check_number=str(entry["CheckNumber"]),
            serial=book_of(session.company).take_serial(),
            amount=decimal_of(entry["CheckAmountInVendorCurrency"]),
            discount=_discount_of(entry),
            currency=str(entry["CurrencyCode"]),
            rate=rate_of(entry),
            rate_type=str(entry["RateType"]),
            payment_code=str(entry["PaymentCode"]),
            origin=origin,
        )
        session.store("AP", "APPostedPayments", describe_payment(payment))
        functional = payment.rate.to_functional(payment.amount, self._setup.functional)
        self._count(origin, kind, payment.amount, functional)
        if kind == "MiscPayment":
            return
        if kind == "Prepayment":
            day = str(entry["PaymentDateAdjustmentDate"])
            activity = VendorActivity(
                kind=kind, day=day, amount=-payment.amount, functional=-functional
            )
            note_activity(session.company, origin.vendor, activity)
        accounts = self._account_set(entry).code
        document = describe_payment_document(
            payment, account_set=accounts, functional=self._setup.functional
        )
        session.store("AP", posted.NAME, document)


def _check_relief(document: OpenItem, amount: Decimal) -> None:
    """Refuse what would turn a document round: more than is open of it.

    Raises:
        WebApiError: `FieldInvalid`, naming document and amounts.
    """
    left = document.due - amount
    if left * document.due < 0 or (amount and not document.due):
        message = (
            f"Document '{document.number}': {abs(amount)} exceeds the amount due of"
            f" {abs(document.due)}."
        )
        raise field_invalid(message)


def _distribution(line: JsonObject, *, sign: int = 1) -> Distribution:
    return Distribution(
        account=str(line["DistributionGLAccount"]),
        amount=sign * decimal_of(line["DistributionAmount"]),
        description=str(line["Description"]),
        reference=str(line["Reference"]),
    )


def _discount_of(entry: JsonObject) -> Decimal:
    return sum((decimal_of(line["DiscountAmountTaken"]) for line in entry[APPLIED]), ZERO)


def _origin_of(batch: JsonObject, entry: JsonObject, sequence: int) -> Origin:
    return Origin(
        source_type=SOURCE_TYPES[str(entry["PaymentTransactionType"])],
        vendor=str(entry["VendorNumber"]),
        vendor_name=str(entry["VendorPayeeName"]),
        document=str(entry["DocumentNumber"]),
        description=str(entry["EntryDescription"]),
        reference=str(entry["EntryReference"]),
        rate_type=str(entry["RateType"]),
        batch=int(batch["BatchNumber"]),
        entry=int(entry["EntryNumber"]),
        sequence=sequence,
        date=day_of(entry["PaymentDateAdjustmentDate"]),
        posting_date=day_of(entry["PostingDate"]),
        year=str(entry["FiscalYear"]),
        period=str(entry["FiscalPeriod"]),
    )
