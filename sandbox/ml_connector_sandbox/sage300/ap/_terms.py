"""When a document is due, when it earns a discount, and in how many payments (`APTerms`)."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from ml_connector_sandbox.sage300.ap._money import ZERO, Currency, percent_of

_HUNDRED = Decimal(100)
_DECEMBER = 12
_LAST_DAY = 31


@dataclass(frozen=True, kw_only=True, slots=True)
class DayRule:
    """How a day follows from the document date."""

    method: str = "DaysFromInvoiceDate"
    """A member of the terms' two `MethodOfCalcFor…Date` enums."""
    days: int = 0
    day_of_month: int = 0

    def day_after(self, start: dt.date) -> dt.date:
        """Return the day that follows from `start`, within the years a date can have."""
        if self.method == "EndOfNextMonth":
            return _day_of_next_month(start, _LAST_DAY)
        if self.method == "DayOfNextMonth":
            return _day_of_next_month(start, self.day_of_month)
        if self.method == "DaysFromDayOfNextMonth":
            return _days_after(_day_of_next_month(start, self.day_of_month), self.days)
        return _days_after(start, self.days)


@dataclass(frozen=True, kw_only=True, slots=True)
class Instalment:
    """One line of the terms' payment schedule."""

    percent: Decimal = _HUNDRED
    discount_percent: Decimal = ZERO
    due: DayRule = DayRule()
    discount: DayRule = DayRule()


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """Terms of payment; with no instalments everything is due at once."""

    code: str = ""
    instalments: tuple[Instalment, ...] = (Instalment(),)
    has_discount_on_tax: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ScheduledPayment:
    """One payment a document asks for, in the document's currency."""

    number: int
    due: dt.date
    amount: Decimal
    discount_until: dt.date | None
    discount: Decimal


def build_schedule(
    terms: Terms, *, start: dt.date, total: Decimal, discount_base: Decimal, currency: Currency
) -> tuple[ScheduledPayment, ...]:
    """Split `total` by the terms' instalments; the last payment takes what rounding left.

    Args:
        terms: The document's terms.
        start: The document date.
        total: What is due, tax included.
        discount_base: What discounts are computed on.
        currency: The document's.
    """
    payments: list[ScheduledPayment] = []
    left = total
    for number, instalment in enumerate(terms.instalments, start=1):
        is_last = number == len(terms.instalments)
        amount = left if is_last else percent_of(total, instalment.percent, currency)
        left -= amount
        base = percent_of(discount_base, instalment.percent, currency)
        discount = percent_of(base, instalment.discount_percent, currency)
        payments.append(
            ScheduledPayment(
                number=number,
                due=instalment.due.day_after(start),
                amount=amount,
                discount_until=instalment.discount.day_after(start) if discount else None,
                discount=discount,
            )
        )
    return tuple(payments)


def _days_after(start: dt.date, days: int) -> dt.date:
    ordinal = start.toordinal() + days
    return dt.date.fromordinal(min(max(ordinal, 1), dt.date.max.toordinal()))


def _day_of_next_month(start: dt.date, day: int) -> dt.date:
    if (start.year, start.month) == (dt.MAXYEAR, _DECEMBER):
        return dt.date.max
    year, month = (start.year + 1, 1) if start.month == _DECEMBER else (start.year, start.month + 1)
    return dt.date(year, month, min(max(day, 1), calendar.monthrange(year, month)[1]))
