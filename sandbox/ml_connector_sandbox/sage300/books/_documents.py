"""Documents of purchasing and payables as plain values; amounts in cents."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from ml_connector_sandbox.sage300.books._generate_lines import Item
    from ml_connector_sandbox.sage300.books._generate_orders import VendorFacts


class PurchaseLine(NamedTuple):
    """One line of a receipt, an invoice for it, or a return of it."""

    order_line: int
    """Position of the order's line, from 0."""
    order_line_number: int
    order_line_sequence: int
    item: Item
    quantity: int
    """In ten-thousandths."""
    cost: int
    """In millionths."""
    extended: int
    discount: int
    """The line's own discount and its share of the order's."""
    tax: int
    functional: int
    """`net` in functional currency."""

    @property
    def net(self) -> int:
        """What is left after discounts, before tax."""
        return self.extended - self.discount


@dataclass(kw_only=True, slots=True)
class PurchaseDocument:
    """A receipt, or what follows from one: invoice, return, credit note."""

    key: int
    number: str
    date: dt.date
    order_key: int
    order_number: str
    vendor: VendorFacts
    rate: int
    lines: list[PurchaseLine]
    origin: PurchaseDocument | None = None
    """The receipt of an invoice, the invoice of a return, the return of a credit note."""
    successor: PurchaseDocument | None = None
    """What followed: the invoice of a receipt, the credit note of a return."""
    payable: Payable | None = None
    """What A/P made of it."""

    @property
    def extended(self) -> int:
        """The sum of extended costs."""
        return sum(line.extended for line in self.lines)

    @property
    def discount(self) -> int:
        """All discounts."""
        return sum(line.discount for line in self.lines)

    @property
    def net(self) -> int:
        """What is left after discounts, before tax."""
        return self.extended - self.discount

    @property
    def tax(self) -> int:
        """All taxes."""
        return sum(line.tax for line in self.lines)

    @property
    def total(self) -> int:
        """What it comes to."""
        return self.net + self.tax

    @property
    def functional(self) -> int:
        """Net amounts in functional currency."""
        return sum(line.functional for line in self.lines)


class Charge(NamedTuple):
    """One distributed amount of an A/P document."""

    account: str
    cents: int
    functional: int
    description: str = ""
    code: str = ""
    """Distribution code."""
    comment: str = ""
    tax: int = 0


@dataclass(kw_only=True, slots=True)
class Payable:
    """An A/P document; amounts as printed, positive."""

    kind: str
    """As `APPostedDocuments.DocumentType` names it."""
    vendor: VendorFacts
    number: str
    date: dt.date
    due: dt.date
    rate: int
    charges: list[Charge]
    tax: int = 0
    functional_tax: int = 0
    order_number: str = ""
    po_number: str = ""
    description: str = ""
    applies_to: str = ""
    discount_until: dt.date | None = None
    batch: PayableBatch | None = None
    entry: int = 0
    open_cents: int = 0
    """What is due, signed: positive when the company owes it."""
    open_functional: int = 0
    last_activity: dt.date | None = None
    paid_on: dt.date | None = None
    check_number: str = ""
    error_batch: PayableBatch | None = None
    error_entry: int = 0

    @property
    def sign(self) -> int:
        """1 when the company owes it, -1 when it takes from what is owed."""
        return -1 if self.kind in {"CreditNote", "Prepayment"} else 1

    @property
    def net(self) -> int:
        """What is distributed."""
        return sum(charge.cents for charge in self.charges)

    @property
    def total(self) -> int:
        """What it comes to, tax included."""
        return self.net + self.tax

    @property
    def functional_total(self) -> int:
        """The same in functional currency."""
        return sum(charge.functional for charge in self.charges) + self.functional_tax

    def post(self) -> None:
        """Make all of it open."""
        self.open_cents = self.sign * self.total
        self.open_functional = self.sign * self.functional_total
        self.last_activity = self.date

    def relieve(self, cents: int, functional: int, *, day: dt.date) -> None:
        """Take from what is open."""
        self.open_cents -= cents
        self.open_functional -= functional
        self.last_activity = max(day, self.last_activity or day)
        if not self.open_cents:
            self.paid_on = day


@dataclass(kw_only=True, slots=True)
class PayableBatch:
    """A batch of A/P invoices."""

    date: dt.date
    description: str
    documents: list[Payable] = field(default_factory=list)
    batch_type: str = "Entered"
    source: str = "AP"
    status: str = "Posted"
    number: int = 0
    sequence: int = 0
    errors: int = 0

    @property
    def is_posted(self) -> bool:
        """Whether its documents are in the books."""
        return self.status == "Posted"


class Applied(NamedTuple):
    """What a payment or adjustment takes from one document."""

    document: Payable
    cents: int
    """Paid; with the sign of the document."""
    discount: int
    functional: int
    """What it takes off in functional currency, discount included."""
    account: str = ""
    """What an adjustment is charged to."""


@dataclass(kw_only=True, slots=True)
class Settlement:
    """One entry of a payment or adjustment batch."""

    kind: str
    """As `PaymentTransactionType` names it."""
    vendor: VendorFacts
    date: dt.date
    rate: int
    applied: list[Applied]
    amount: int
    """In vendor currency."""
    bank_amount: int
    """In the bank's currency, which is the functional one."""
    check_number: str = ""
    prepayment: Payable | None = None
    batch: SettlementBatch | None = None
    entry: int = 0

    @property
    def document_number(self) -> str:
        """The number the program gives it among the posted documents; blank for none."""
        if self.prepayment is not None:
            return self.prepayment.number
        return f"PY{int(self.check_number):010d}" if self.check_number else ""


@dataclass(kw_only=True, slots=True)
class SettlementBatch:
    """A batch of payments (`PY`) or adjustments (`AD`)."""

    selector: str
    date: dt.date
    description: str
    entries: list[Settlement] = field(default_factory=list)
    batch_type: str = "Entered"
    status: str = "Posted"
    number: int = 0
    sequence: int = 0


def total_of(documents: Iterable[Payable]) -> int:
    """Return what documents come to."""
    return sum(document.total for document in documents)
