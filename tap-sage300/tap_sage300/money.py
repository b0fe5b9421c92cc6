"""Amounts: exact arithmetic, functional twins, and what is outstanding.

Money is `Decimal` from the wire to the Singer message. Products are computed with 120 digits, more
than two numbers that `tap_sage300.values` lets in can need, so that the only rounding is the one
that is asked for.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

ZERO: Final = Decimal(0)
COST_DECIMALS: Final = 6
"""Sage keeps unit costs with six decimals; a computed cost is not rounded any shorter."""

_EXACT: Final = Context(prec=120, rounding=ROUND_HALF_UP)
_HUNDRED: Final = Decimal(100)

_DECIMALS_BY_CURRENCY: Final = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"), 0),
    **dict.fromkeys(("PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


class RateOperation(Enum):
    """How an exchange rate turns source currency into functional currency (Sage sheet §4.4)."""

    MULTIPLY = "Multiply"
    DIVIDE = "Divide"


class Rate:
    """The way from one document's currency to the functional currency."""

    __slots__ = ("_decimals", "_operation", "_value")

    def __init__(self, *, value: Decimal, operation: RateOperation, decimals: int) -> None:
        """Take Sage's rate (never zero), its operation and the functional currency's decimals."""
        self._value = value
        self._operation = operation
        self._decimals = decimals

    def convert(self, amount: Decimal) -> Decimal:
        """Return `amount` in functional currency, rounded half up to its decimals."""
        return round_to(self._exact(amount), decimals=self._decimals)

    def convert_lines(self, amounts: Sequence[Decimal]) -> list[Decimal]:
        """Convert lines so that they add up to the converted sum of the lines.

        Each line is at most one smallest unit away from its own exact value, and a line of zero
        stays zero.
        """
        exact = [self._exact(amount) for amount in amounts]
        rounded = [round_to(value, decimals=self._decimals) for value in exact]
        missing = _EXACT.subtract(self.convert(add(amounts)), add(rounded))
        unit = Decimal(1).scaleb(-self._decimals)
        steps = int(_EXACT.divide(missing, unit))
        return _spread(rounded, exact, steps=steps, unit=unit)

    def _exact(self, amount: Decimal) -> Decimal:
        if self._operation is RateOperation.MULTIPLY:
            return _EXACT.multiply(amount, self._value)
        return _EXACT.divide(amount, self._value)


def decimals_of_currency(currency: str) -> int:
    """Return the decimals ISO 4217 gives `currency`: two unless it is one of the few others."""
    return _DECIMALS_BY_CURRENCY.get(currency.upper(), 2)


def add(amounts: Sequence[Decimal]) -> Decimal:
    """Add exactly."""
    total = ZERO
    for amount in amounts:
        total = _EXACT.add(total, amount)
    return total


def round_to(amount: Decimal, *, decimals: int) -> Decimal:
    """Round half away from zero, as Sage does, to exactly `decimals` places."""
    return amount.quantize(Decimal(1).scaleb(-decimals), context=_EXACT)


def compute_outstanding(
    *, quantity: Decimal, unit_cost: Decimal, discount_share: Decimal = ZERO
) -> Decimal:
    """Return what is still to come: `quantity` at `unit_cost`, less `discount_share` of it.

    `discount_share` is a fraction of the cost, 0 to 1. Nothing is outstanding of a negative
    quantity: more was received than ordered. Six decimals at most.
    """
    if quantity <= 0:
        return ZERO
    cost = _EXACT.multiply(quantity, unit_cost)
    net = _EXACT.subtract(cost, _EXACT.multiply(cost, discount_share))
    return trim(round_to(net, decimals=COST_DECIMALS))


def compute_discount_share(
    *, amount: Decimal, percentage: Decimal, extended_cost: Decimal
) -> Decimal:
    """Return a discount as a fraction of the cost it was given on, 0 to 1.

    The amount wins over the percentage, which Sage shows rounded; the percentage serves where no
    amount is given. A discount beyond its cost counts as the whole cost.
    """
    if amount and extended_cost:
        share = _EXACT.divide(amount, extended_cost)
    else:
        share = _EXACT.divide(percentage, _HUNDRED)
    return min(max(share, ZERO), Decimal(1))


def join_discount_shares(first: Decimal, second: Decimal) -> Decimal:
    """Return the share of two discounts of which the second is taken from what the first left."""
    return _EXACT.subtract(_EXACT.add(first, second), _EXACT.multiply(first, second))


def trim(amount: Decimal) -> Decimal:
    """Return the same amount without zeros at its end and without an exponent."""
    normal = amount.normalize(_EXACT)
    exponent = normal.as_tuple().exponent
    if isinstance(exponent, int) and exponent > 0:
        return normal.quantize(Decimal(1), context=_EXACT)
    return normal


def _spread(
    rounded: list[Decimal], exact: list[Decimal], *, steps: int, unit: Decimal
) -> list[Decimal]:
    """Move `steps` units to the lines whose rounding went furthest the other way."""
    if not steps:
        return rounded
    step = unit if steps > 0 else -unit
    candidates = sorted(
        (index for index, value in enumerate(exact) if value),
        key=lambda index: _EXACT.subtract(rounded[index], exact[index]),
        reverse=steps < 0,
    )
    for index in candidates[: abs(steps)]:
        rounded[index] = _EXACT.add(rounded[index], step)
    return rounded
