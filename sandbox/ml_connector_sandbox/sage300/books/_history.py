"""The history of the generated company, week by week, until today.

History is bounded: documents are kept of the newest `NEWEST_ORDERS` orders. Of older ones, what
was received is booked by month, as paid; their documents were cleared, as they are in books
that have grown too large (Sage sheet §4.2). Everything agrees all the same.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._rates import multiplier_of, multiply
from ml_connector_sandbox.sage300.books import _chart
from ml_connector_sandbox.sage300.books._calendar import YEARS_BACK, Calendar
from ml_connector_sandbox.sage300.books._documents import Payable, PayableBatch, PurchaseDocument
from ml_connector_sandbox.sage300.books._expenses import Expenses
from ml_connector_sandbox.sage300.books._ledger import Ledger
from ml_connector_sandbox.sage300.books._payables import Payables
from ml_connector_sandbox.sage300.books._payments import Paymaster, thursdays
from ml_connector_sandbox.sage300.books._purchases import Purchases, payable_of, receipt_batches
from ml_connector_sandbox.sage300.books._trade import Trade, fridays
from ml_connector_sandbox.sage300.books._unposted import add_unposted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.books._generate_orders import OrderBook, VendorFacts

NEWEST_ORDERS = 25_000
"""Of so many orders the documents that followed are kept."""
_TYPED_MAX = 6_000
_TYPING_GROUPS = frozenset({"UTIL", "SVC", "OFFICE"})


@dataclass(frozen=True, kw_only=True)
class Past:
    """What history starts from."""

    book: OrderBook
    vendors: Sequence[JsonObject]
    today: dt.date
    seed: int
    fiscal_periods: int


class History:
    """Everything that happened, ready to be shown as records."""

    def __init__(self, past: Past) -> None:
        """Let it happen."""
        self.past = past
        self.calendar = Calendar(past.today, periods=past.fiscal_periods)
        self.dice = random.Random(f"books of {past.seed}")  # noqa: S311  # books, not secrets
        self.ledger = Ledger(self.calendar)
        self.payables = Payables(self.ledger)
        newest = NEWEST_ORDERS
        self.purchases = Purchases(past.book, self.dice, today=past.today, newest=newest)
        self.paymaster = Paymaster(
            self.payables,
            self.dice,
            rates=past.book.rates,
            held=frozenset(
                str(vendor["VendorNumber"])
                for vendor in past.vendors
                if vendor["OnHold"] == "OnHold"
            ),
            today=past.today,
        )
        self.expenses = Expenses(self._typing_vendors, self.dice, rates=past.book.rates)
        self._live()

    @cached_property
    def accounts(self) -> dict[str, _chart.Account]:
        """The chart of accounts."""
        return dict(_chart.account_index())

    @cached_property
    def _typing_vendors(self) -> Sequence[VendorFacts]:
        """Active vendors whose invoices come without an order."""
        groups = {str(one["VendorNumber"]): one for one in self.past.vendors}
        found = [
            facts
            for facts in self.past.book.vendors
            if groups[facts.number]["GroupCode"] in _TYPING_GROUPS
            and groups[facts.number]["Status"] == "Active"
            and groups[facts.number]["OnHold"] == "NotOnHold"
        ]
        return found or self.past.book.vendors

    def _live(self) -> None:
        self.purchases.follow()
        undocumented = self._undocumented()
        monthly = self._monthly_purchases(undocumented)
        trade = Trade(self.ledger, self.dice, monthly=monthly)
        trade.open_balances()
        for friday in fridays(self.calendar):
            trade.week(friday)
        for end in self.calendar.period_ends():
            trade.period_end(end, next_day=end + dt.timedelta(days=1))
        self._book_undocumented(trade, undocumented, monthly)
        for batch in receipt_batches(self.purchases, today=self.past.today):
            self.ledger.add(batch)
        self._buy()
        trade.remit_sales_tax()
        add_unposted(self)
        self.ledger.close(self.accounts)
        self.payables.number()

    def _undocumented(self) -> dict[dt.date, int]:
        """Sum what orders whose documents were cleared received, by first days of months."""
        book, found = self.past.book, defaultdict[dt.date, int](int)
        received, today = book.sums[4], self.past.today.toordinal()
        months: dict[int, dt.date] = {}
        for position in range(self.purchases.first):
            day = book.stamped[position]
            if not received[position] or day > today:
                continue
            month = months.get(day)
            if month is None:
                month = months[day] = dt.date.fromordinal(day).replace(day=1)
            currency = book.vendors[book.vendor[position]].currency
            rate = multiplier_of(currency, book.rates.find(currency, month))
            found[month] += multiply(received[position], rate)
        return found

    def _monthly_purchases(self, undocumented: Mapping[dt.date, int]) -> int:
        total = sum(receipt.functional for receipt in self.purchases.receipts)
        return (total + sum(undocumented.values())) // (12 * YEARS_BACK)

    def _book_undocumented(
        self, trade: Trade, undocumented: Mapping[dt.date, int], monthly: int
    ) -> None:
        """Book purchases of months without documents: before the first order, and cleared ones."""
        day = self.calendar.start_of(self.calendar.years[0])
        oldest = self.past.today - dt.timedelta(days=365 * YEARS_BACK)
        while day <= self.past.today:
            after = (day + dt.timedelta(days=32)).replace(day=1)
            bought = undocumented.get(day, 0) + (monthly if after <= oldest else 0)
            end = min(after - dt.timedelta(days=1), self.past.today)
            # One of sixteen things the company buys is no stock.
            trade.buy_undocumented(end, stock=bought * 15 // 16, services=bought // 16)
            day = after

    def _buy(self) -> None:
        """Post payables and pay them, week by week."""
        first = self.calendar.start_of(self.calendar.years[1])
        bought = _by_week(
            [
                *(payable_of(one, kind="Invoice") for one in self.purchases.invoices),
                *(
                    payable_of(one, kind="CreditNote", applies_to=_invoice_number(one))
                    for one in self.purchases.credit_notes
                ),
            ]
        )
        orders = len(self.past.book)
        count = min(_TYPED_MAX, max(60, orders // 4))
        typed = _by_week(self.expenses.between(first, self.past.today, count=count))
        self._prepay_at = set(self.dice.sample(range(20, 150), min(30, 4 + orders // 500)))
        for number, thursday in enumerate(thursdays(first, self.past.today)):
            self.paymaster.run(thursday)
            if number in self._prepay_at:
                vendor = self.dice.choice(self.past.book.vendors)
                cents = self.dice.randrange(50_000, 400_000)
                self.paymaster.prepay(vendor, thursday, cents=cents)
            friday = thursday + dt.timedelta(days=1)
            for source, documents in (("PO", bought), ("AP", typed)):
                self._post_week(friday, source, documents.pop(friday, []))
            self._adjust(thursday, number)
        # The week that is not over: its batches are still open.
        for source, documents in (("PO", bought), ("AP", typed)):
            for rest in documents.values():
                self.payables.add_batch(_weekly_batch(self.past.today, source, rest, "Open"))

    def _post_week(self, friday: dt.date, source: str, documents: list[Payable]) -> None:
        if not documents:
            return
        if friday > self.past.today - dt.timedelta(days=2):
            status = "ReadyToPost" if source == "PO" else "Open"
            day = min(friday, self.past.today)
            self.payables.add_batch(_weekly_batch(day, source, documents, status))
            return
        self.payables.post_batch(_weekly_batch(friday, source, documents, "Posted"))
        for document in documents:
            self.paymaster.set_off(document, friday)
            if document.open_cents:
                self.paymaster.schedule(document)

    def _adjust(self, day: dt.date, number: int) -> None:
        """Once a quarter, and last week, write a small difference off the newest open invoice."""
        is_last = day + dt.timedelta(days=7) > self.past.today
        if number % 13 != 5 and not is_last:  # noqa: PLR2004
            return
        for document in reversed(self.payables.documents):
            if document.kind == "Invoice" and document.open_cents > 5_000:  # noqa: PLR2004
                account = f"{_chart.SUPPLIES}100"
                self.paymaster.adjust(document, day, cents=1_234, account=account)
                return


def _weekly_batch(day: dt.date, source: str, documents: list[Payable], status: str) -> PayableBatch:
    name = "PO invoices" if source == "PO" else "Invoices"
    return PayableBatch(
        date=day,
        description=f"{name} {day.isoformat()}",
        documents=documents,
        batch_type="External" if source == "PO" else "Entered",
        source=source,
        status=status,
    )


def _by_week(documents: Iterable[Payable]) -> dict[dt.date, list[Payable]]:
    """Sort documents into weeks that end on Fridays."""
    weeks: dict[dt.date, list[Payable]] = defaultdict(list)
    for document in sorted(documents, key=lambda one: (one.date, one.number)):
        friday = document.date + dt.timedelta(days=(4 - document.date.weekday()) % 7)
        weeks[friday].append(document)
    return weeks


def _invoice_number(note: PurchaseDocument) -> str:
    """Return the number of the invoice a credit note goes back to, by way of the return."""
    invoice = note.origin.origin if note.origin is not None else None
    return invoice.number if invoice is not None else ""
