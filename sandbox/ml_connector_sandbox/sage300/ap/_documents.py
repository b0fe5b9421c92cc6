"""What A/P books, as plain values: documents, payments, adjustments; and the accounts they use.

Both ways into the books, posting a batch over HTTP and making a company's history, build
these values and nothing else, so that ledger and sub-ledger agree by construction.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300.ap._money import FUNCTIONAL, ZERO, Currency, Rate

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal


class DocumentType(Enum):
    """Types of posted documents (Sage sheet §4.3)."""

    INVOICE = "Invoice"
    DEBIT_NOTE = "DebitNote"
    CREDIT_NOTE = "CreditNote"
    INTEREST = "Interest"
    PREPAYMENT = "Prepayment"
    PAYMENT = "Payment"

    @property
    def sign(self) -> int:
        """1 when the company owes the document, -1 when it takes from what is owed."""
        return 1 if self in _OWED else -1


_OWED = frozenset({DocumentType.INVOICE, DocumentType.DEBIT_NOTE, DocumentType.INTEREST})


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountSet:
    """The accounts of a vendor's account set (`APAccountSets`)."""

    code: str
    payables: str
    discounts: str
    prepayments: str
    currency: str = ""
    """The currency of its vendors; blank in a set that does not say."""
    gain: str = ""
    loss: str = ""
    rounding: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Distribution:
    """One distributed amount: what is charged to a G/L account, in vendor currency."""

    account: str
    amount: Decimal
    """Net of recoverable tax."""
    description: str = ""
    comment: str = ""
    reference: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class TaxAmount:
    """Recoverable tax of one authority, and where it goes."""

    account: str
    amount: Decimal
    authority: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """An invoice, debit note, credit note or interest invoice; amounts as printed, positive."""

    vendor: str
    vendor_name: str = ""
    number: str
    kind: DocumentType = DocumentType.INVOICE
    date: dt.date
    posting_date: dt.date
    due: dt.date
    discount_until: dt.date | None = None
    discount: Decimal = ZERO
    currency: Currency
    rate: Rate = FUNCTIONAL
    rate_type: str = ""
    terms: str = ""
    group: str = ""
    tax_group: str = ""
    account_set: AccountSet
    description: str = ""
    order_number: str = ""
    po_number: str = ""
    distributions: tuple[Distribution, ...]
    taxes: tuple[TaxAmount, ...] = ()
    """Recoverable taxes."""
    tax_total: Decimal = ZERO
    """All taxes, those in `distributions` included."""
    authorities: tuple[str, ...] = ()
    applies_to: str = ""
    payments: int = 1
    on_hold: bool = False

    @property
    def total(self) -> Decimal:
        """What the document amounts to, tax included."""
        net = sum((line.amount for line in self.distributions), ZERO)
        return net + sum((tax.amount for tax in self.taxes), ZERO)


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenItem:
    """What of a posted document is open, signed: negative for what takes from what is owed."""

    vendor: str
    number: str
    kind: DocumentType
    due: Decimal
    functional_due: Decimal
    currency: Currency
    rate: Rate
    account_set: AccountSet


@dataclass(frozen=True, kw_only=True, slots=True)
class Application:
    """A part of a payment (or credit, or adjustment) that is set against one document."""

    document: OpenItem
    amount: Decimal
    """Paid, in vendor currency; the sign of the document."""
    discount: Decimal = ZERO

    @property
    def relief(self) -> Decimal:
        """What the document's amount due falls by."""
        return self.amount + self.discount


@dataclass(frozen=True, kw_only=True, slots=True)
class Bank:
    """A bank account (`BKBanks` is not among what the sandbox serves)."""

    code: str
    account: str
    currency: Currency
