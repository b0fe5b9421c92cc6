"""Exchange rates of the generated company: one per currency and month."""

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._values import Number, scaled_number

if TYPE_CHECKING:
    from collections.abc import Iterator

FUNCTIONAL_CURRENCY = "CAD"
RATE_TYPE = "SP"
_UNIT = 10_000_000
_RATES = {"USD": 13_500_000, "EUR": 6_800_000}
"""Rates in ten-millionths; the euro's divides, the dollar's multiplies."""
_DRIFT = 400_000
_DIVIDED = "EUR"


class RateTable:
    """Rates by currency and month, each rolled when it is first met."""

    def __init__(self, dice: random.Random) -> None:
        """Roll rates with `dice`."""
        self._dice = dice
        self._months: dict[int, int] = {}
        self._rates: dict[tuple[str, int], int] = {}

    def meet(self, currency: str, day: int) -> None:
        """See that there is a rate for the month of `day` (an ordinal)."""
        if currency == FUNCTIONAL_CURRENCY:
            return
        month = self._months.get(day)
        if month is None:
            date = dt.date.fromordinal(day)
            month = self._months[day] = date.year * 12 + date.month
        if (currency, month) not in self._rates:
            drift = self._dice.randrange(-_DRIFT, _DRIFT)
            self._rates[currency, month] = _RATES[currency] + drift

    def find(self, currency: str, day: dt.date) -> int:
        """Return the rate of a month, in ten-millionths.

        Months no order fell into have one of their own, the same for everybody who asks.
        """
        if currency == FUNCTIONAL_CURRENCY:
            return _UNIT
        month = day.year * 12 + day.month
        rate = self._rates.get((currency, month))
        if rate is None:
            dice = random.Random(f"{currency}{month}")  # noqa: S311  # books, not secrets
            rate = self._rates[currency, month] = _RATES[currency] + dice.randrange(-_DRIFT, _DRIFT)
        return rate

    def known(self) -> Iterator[tuple[str, dt.date, int]]:
        """Yield currency, first day of the month and rate, for all rates met so far."""
        for (currency, month), rate in sorted(self._rates.items()):
            year, zero_based = divmod(month - 1, 12)
            yield currency, dt.date(year, zero_based + 1, 1), rate


def operation_of(currency: str) -> str:
    """Return what is done with a currency's rate."""
    return "Divide" if currency == _DIVIDED else "Multiply"


def multiplier_of(currency: str, rate: int) -> int:
    """Return a rate as one that multiplies, which is what A/P and the rate tables keep."""
    return (_UNIT * _UNIT + rate // 2) // rate if currency == _DIVIDED else rate


def multiply(cents: int, rate: int) -> int:
    """Convert cents at a rate that multiplies, halves away from zero."""
    whole = (2 * abs(cents) * rate + _UNIT) // (2 * _UNIT)
    return whole if cents >= 0 else -whole


def shown_rate(rate: int) -> Number:
    """Return a rate as the API shows it."""
    return scaled_number(rate, decimals=7)
