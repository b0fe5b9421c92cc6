"""Amounts in two currencies: the vendor's, and the company's own (functional)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import Enum

ZERO = Decimal(0)

# Wide enough for the products of any stored numbers: tests make amounts no database would hold.
_WIDE = Context(prec=1000, rounding=ROUND_HALF_UP)


class Operation(Enum):
    """What is done with a rate to come to functional currency (Sage sheet §4.4)."""

    MULTIPLY = "Multiply"
    DIVIDE = "Divide"


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency and the decimals its amounts have (`CSCurrencyCodes`)."""

    code: str
    decimals: int

    def rounded(self, amount: Decimal) -> Decimal:
        """Return `amount` to the currency's decimals, halves away from zero."""
        return amount.quantize(Decimal(1).scaleb(-self.decimals), context=_WIDE)


@dataclass(frozen=True, slots=True)
class Rate:
    """An exchange rate with its operation."""

    value: Decimal = Decimal(1)
    operation: Operation = Operation.MULTIPLY

    def to_functional(self, amount: Decimal, functional: Currency) -> Decimal:
        """Return what `amount` is in functional currency, rounded."""
        if self.operation is Operation.DIVIDE:
            return functional.rounded(_WIDE.divide(amount, self.value))
        return functional.rounded(_WIDE.multiply(amount, self.value))

    def from_functional(self, amount: Decimal, currency: Currency) -> Decimal:
        """Return what a functional `amount` is in `currency`, rounded."""
        if self.operation is Operation.DIVIDE:
            return currency.rounded(_WIDE.multiply(amount, self.value))
        return currency.rounded(_WIDE.divide(amount, self.value))


FUNCTIONAL = Rate()
"""The rate of functional currency to itself."""


def decimal_of(value: object) -> Decimal:
    """Return a stored number as `Decimal`; a blank is zero."""
    return Decimal(str(value)) if value else ZERO


def percent_of(amount: Decimal, percent: Decimal, currency: Currency) -> Decimal:
    """Return `percent` hundredths of `amount`, rounded."""
    return currency.rounded(_WIDE.divide(_WIDE.multiply(amount, percent), Decimal(100)))


def included_percent_of(
    amount: Decimal, percent: Decimal, all_percent: Decimal, currency: Currency
) -> Decimal:
    """Return the `percent` that `amount` contains among `all_percent` in it, rounded."""
    whole = _WIDE.add(Decimal(100), all_percent)
    return currency.rounded(_WIDE.divide(_WIDE.multiply(amount, percent), whole))


def share_of(amount: Decimal, part: Decimal, whole: Decimal, currency: Currency) -> Decimal:
    """Return `amount` times `part` / `whole`, rounded; all of it when the part is the whole."""
    if part == whole:
        return amount
    return currency.rounded(_WIDE.divide(_WIDE.multiply(amount, part), whole))
