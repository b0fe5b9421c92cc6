"""The model's calendar: months and their fiscal years (Anaplan sheet §9.4)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS_PER_YEAR = 12


@dataclass(frozen=True, kw_only=True)
class Period:
    """A month, or a year that sums its twelve."""

    id: str
    label: str
    months: tuple[int, ...]
    """Positions of the months it covers; one for a month."""

    @property
    def is_summary(self) -> bool:
        """Whether the period only sums others and cannot be written."""
        return len(self.months) > 1


class Calendar:
    """Fiscal years of twelve calendar months, named after the year they end in.

    Labels of months stay those of the calendar (`Jan 24`) wherever the fiscal year starts (I).
    """

    def __init__(self, *, first_year: int, last_year: int, first_month: int = 1) -> None:
        """Lay out fiscal years `first_year` to `last_year`, each starting in `first_month`."""
        self.first_year = first_year
        self.last_year = last_year
        self._start = dt.date(first_year - (first_month > 1), first_month, 1)
        years = last_year - first_year + 1
        self.months = [self._month(position) for position in range(years * _MONTHS_PER_YEAR)]
        self.periods = self._with_years()

    def find_month(self, day: dt.date) -> int | None:
        """Return the position of the month holding `day`; nothing outside the calendar."""
        position = (day.year - self._start.year) * _MONTHS_PER_YEAR + day.month - self._start.month
        return position if 0 <= position < len(self.months) else None

    def find_fiscal_month(self, year: object, period: object) -> int | None:
        """Return the position of a fiscal period's month; nothing outside the calendar.

        Periods 13 and above hold adjustments and closing: they are shown with the twelfth (I).
        """
        if not isinstance(year, Decimal) or not isinstance(period, Decimal) or period < 1:
            return None
        number = int(year) - self.first_year
        month = number * _MONTHS_PER_YEAR + min(int(period), _MONTHS_PER_YEAR) - 1
        return month if number >= 0 and month < len(self.months) else None

    def first_day(self, position: int) -> dt.date:
        """Return the first day of the month at `position`."""
        years, month = divmod(self._start.month - 1 + position, _MONTHS_PER_YEAR)
        return dt.date(self._start.year + years, month + 1, 1)

    def fiscal_year(self, day: dt.date) -> tuple[int, dt.date, dt.date]:
        """Return the fiscal year holding `day`, or the nearest one, with its first and last day."""
        month = self.find_month(day)
        if month is None:
            month = 0 if day < self._start else len(self.months) - 1
        number = month // _MONTHS_PER_YEAR
        first = self.first_day(number * _MONTHS_PER_YEAR)
        last = self.first_day((number + 1) * _MONTHS_PER_YEAR) - dt.timedelta(days=1)
        return self.first_year + number, first, last

    @staticmethod
    def label(day: dt.date) -> str:
        """Return the label of the month holding `day`, such as `Jan 24`."""
        return f"{_MONTHS[day.month - 1]} {day.year % 100:02d}"

    def _month(self, position: int) -> Period:
        label = self.label(self.first_day(position))
        return Period(id=f"2050000{position + 1:05d}", label=label, months=(position,))

    def _with_years(self) -> list[Period]:
        periods: list[Period] = []
        for number, start in enumerate(range(0, len(self.months), _MONTHS_PER_YEAR)):
            label = f"FY{(self.first_year + number) % 100:02d}"
            covered = tuple(range(start, start + _MONTHS_PER_YEAR))
            periods += self.months[start : start + _MONTHS_PER_YEAR]
            periods.append(Period(id=f"2040000{number + 1:05d}", label=label, months=covered))
        return periods
