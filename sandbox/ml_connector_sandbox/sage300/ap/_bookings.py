"""From A/P documents to G/L amounts: pure accounting (Sage sheet §5.2, §5.3).

Debits are positive. Every function returns lines whose functional amounts add up to zero; what
rounding leaves goes to the account set's rounding account, what rates leave to its exchange
gain or loss account. Such lines carry no source amount, as they exist in functional currency
alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300.ap._documents import (
    AccountSet,
    Application,
    Bank,
    Distribution,
    Document,
    DocumentType,
    OpenItem,
)
from ml_connector_sandbox.sage300.ap._money import ZERO, Currency, Rate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Booking:
    """One G/L amount."""

    account: str
    functional: Decimal
    source: Decimal
    currency: Currency
    rate: Rate
    description: str = ""
    comment: str = ""
    reference: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Relief:
    """What an application takes off a document, and what it leaves in G/L."""

    amount: Decimal
    functional: Decimal


def book_document(document: Document, functional: Currency) -> list[Booking]:
    """Charge the distributions and recoverable taxes, credit payables (credit notes: reversed)."""
    sign = document.kind.sign
    make = _Maker(document.currency, document.rate, functional)
    lines = [
        make.line(
            charge.account,
            sign * charge.amount,
            description=charge.description,
            comment=charge.comment,
            reference=charge.reference,
        )
        for charge in document.distributions
    ]
    lines += [make.line(tax.account, sign * tax.amount) for tax in document.taxes if tax.amount]
    lines.append(make.line(document.account_set.payables, -sign * document.total))
    return [*lines, *make.rounding(lines, document.account_set)]


def relieve(application: Application, functional: Currency) -> Relief:
    """Compute what an application takes off its document, in both currencies.

    A document paid off is relieved of its whole functional amount due, whatever it was rounded to.
    """
    document = application.document
    amount = application.relief
    if amount == document.due:
        return Relief(amount=amount, functional=document.functional_due)
    return Relief(amount=amount, functional=document.rate.to_functional(amount, functional))


@dataclass(frozen=True, kw_only=True, slots=True)
class Money:
    """An amount that left a bank, in vendor currency, at the payment's rate."""

    bank: Bank
    amount: Decimal
    """In the vendor's currency."""
    bank_amount: Decimal
    """In the bank's."""
    currency: Currency
    rate: Rate


def book_payment(
    money: Money, applications: Sequence[Application], functional: Currency
) -> list[Booking]:
    """Debit payables at the documents' rates, credit bank and discounts at the payment's."""
    make = _Maker(money.currency, money.rate, functional)
    lines = _relief_lines(applications, functional)
    for application in applications:
        if application.discount:
            discounts = application.document.account_set.discounts
            lines.append(make.line(discounts, -application.discount))
    lines.append(_bank_line(money, functional))
    account_set = applications[0].document.account_set
    return [*lines, *make.difference(lines, account_set)]


def book_prepayment(money: Money, account_set: AccountSet, functional: Currency) -> list[Booking]:
    """Debit prepayments, credit the bank, both at the payment's rate."""
    make = _Maker(money.currency, money.rate, functional)
    lines = [make.line(account_set.prepayments, money.amount), _bank_line(money, functional)]
    return [*lines, *make.rounding(lines, account_set)]


def book_application(applications: Sequence[Application], functional: Currency) -> list[Booking]:
    """Set documents off against each other; only rates can leave a difference."""
    lines = _relief_lines(applications, functional)
    first = applications[0].document
    make = _Maker(first.currency, first.rate, functional)
    return [*lines, *make.difference(lines, first.account_set)]


def book_miscellaneous(
    money: Money, distributions: Iterable[Distribution], functional: Currency
) -> list[Booking]:
    """Debit the distributions, credit the bank; there is no vendor and no document."""
    make = _Maker(money.currency, money.rate, functional)
    lines = [_charge(make, item) for item in distributions]
    bank = _bank_line(money, functional)
    # A miscellaneous payment has no account set: the bank's amount is what its charges add up to.
    total = sum((line.functional for line in lines), ZERO)
    return [*lines, _replaced(bank, functional=-total)]


def book_adjustment(
    document: OpenItem, distributions: Sequence[Distribution], functional: Currency
) -> tuple[list[Booking], Relief]:
    """Charge `distributions` (debits positive) against a document, at the document's rate.

    Returns:
        The lines, and what the adjustment takes off the document: negative when it adds.
    """
    make = _Maker(document.currency, document.rate, functional)
    charges = [_charge(make, item) for item in distributions]
    total = sum((item.amount for item in distributions), ZERO)
    relief = relieve(Application(document=document, amount=-total), functional)
    control = Booking(
        account=control_account(document),
        source=relief.amount,
        functional=relief.functional,
        currency=document.currency,
        rate=document.rate,
    )
    lines = [*charges, control]
    return [*lines, *make.rounding(lines, document.account_set)], relief


def control_account(document: OpenItem) -> str:
    """Return the account that holds what is open of a document."""
    is_prepayment = document.kind is DocumentType.PREPAYMENT
    return document.account_set.prepayments if is_prepayment else document.account_set.payables


def _relief_lines(applications: Sequence[Application], functional: Currency) -> list[Booking]:
    lines = []
    for application in applications:
        relief = relieve(application, functional)
        lines.append(
            Booking(
                account=control_account(application.document),
                source=relief.amount,
                functional=relief.functional,
                currency=application.document.currency,
                rate=application.document.rate,
            )
        )
    return lines


def _bank_line(money: Money, functional: Currency) -> Booking:
    bank = money.bank
    amount = money.rate.to_functional(money.amount, functional)
    if bank.currency.code == functional.code:
        return Booking(
            account=bank.account,
            source=-money.bank_amount,
            functional=-money.bank_amount,
            currency=functional,
            rate=Rate(),
        )
    return Booking(
        account=bank.account,
        source=-money.bank_amount,
        functional=-amount,
        currency=bank.currency,
        rate=money.rate,
    )


def _charge(make: _Maker, item: Distribution) -> Booking:
    return make.line(
        item.account,
        item.amount,
        description=item.description,
        comment=item.comment,
        reference=item.reference,
    )


def _replaced(line: Booking, *, functional: Decimal) -> Booking:
    return Booking(
        account=line.account,
        functional=functional,
        source=line.source,
        currency=line.currency,
        rate=line.rate,
        description=line.description,
        comment=line.comment,
        reference=line.reference,
    )


class _Maker:
    """Makes lines in one currency at one rate."""

    def __init__(self, currency: Currency, rate: Rate, functional: Currency) -> None:
        self._currency = currency
        self._rate = rate
        self._functional = functional

    def line(
        self,
        account: str,
        amount: Decimal,
        *,
        description: str = "",
        comment: str = "",
        reference: str = "",
    ) -> Booking:
        return Booking(
            account=account,
            functional=self._rate.to_functional(amount, self._functional),
            source=amount,
            currency=self._currency,
            rate=self._rate,
            description=description,
            comment=comment,
            reference=reference,
        )

    def rounding(self, lines: Iterable[Booking], accounts: AccountSet) -> list[Booking]:
        left = -_sum(lines)
        return [self._functional_only(accounts.rounding, left)] if left else []

    def difference(self, lines: Iterable[Booking], accounts: AccountSet) -> list[Booking]:
        """A debit is a loss, a credit a gain."""
        left = -_sum(lines)
        account = accounts.loss if left > 0 else accounts.gain
        return [self._functional_only(account, left)] if left else []

    def _functional_only(self, account: str, amount: Decimal) -> Booking:
        return Booking(
            account=account,
            functional=amount,
            source=ZERO,
            currency=self._currency,
            rate=self._rate,
        )


def _sum(lines: Iterable[Booking]) -> Decimal:
    return sum((line.functional for line in lines), ZERO)
