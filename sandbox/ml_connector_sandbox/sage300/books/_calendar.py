"""Fiscal years from April to March, named by the year they end in: twelve periods or thirteen."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._values import date_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ml_connector_sandbox._wire import JsonObject

_MONTHS = 12
_STARTS_IN = 4
_WEEKS_4 = dt.timedelta(days=28)
YEARS_BACK = 3
"""Years of orders the company has."""


class Calendar:
    """Which period a day falls into, from the year before the oldest order up to today."""

    def __init__(self, today: dt.date, *, periods: int) -> None:
        """Count `periods` to the year: months, or four weeks each."""
        self.today = today
        self.periods = periods
        self._known: dict[dt.date, tuple[str, int]] = {}
        # A few days more than three years: clerks type dates of yesterday.
        oldest = fiscal_year(today - dt.timedelta(days=365 * YEARS_BACK + 20))
        self.years: Sequence[str] = [
            str(year) for year in range(oldest - 1, fiscal_year(today) + 1)
        ]
        """The first was cleared: balances are all that is left of it."""

    @property
    def current(self) -> str:
        """The present fiscal year."""
        return self.years[-1]

    @property
    def cleared(self) -> str:
        """The year whose transactions were cleared (history, Sage sheet §4.2)."""
        return self.years[0]

    def years_over(self) -> Sequence[str]:
        """Return the years that have been closed."""
        return self.years[:-1]

    def period_of(self, day: dt.date) -> tuple[str, int]:
        """Return fiscal year and period of a day."""
        found = self._known.get(day)
        if found is None:
            found = self._known[day] = self._find(day)
        return found

    def start_of(self, year: str) -> dt.date:
        """Return the first day of a year."""
        return period_days(int(year), 1, of=self.periods)[0]

    def end_of(self, year: str) -> dt.date:
        """Return the last day of a year."""
        return period_days(int(year), self.periods, of=self.periods)[1]

    def period_ends(self) -> Iterator[dt.date]:
        """Yield the last day of every period that is over, oldest first."""
        for year in self.years:
            for period in range(1, self.periods + 1):
                end = period_days(int(year), period, of=self.periods)[1]
                if end <= self.today:
                    yield end

    def _find(self, day: dt.date) -> tuple[str, int]:
        year = fiscal_year(day)
        for period in range(1, self.periods + 1):
            if day <= period_days(year, period, of=self.periods)[1]:
                return str(year), period
        message = f"{day} is in no period of {year}"
        raise ValueError(message)


def fiscal_year(day: dt.date) -> int:
    """Return the fiscal year a day is in."""
    return day.year + (day.month >= _STARTS_IN)


def period_days(year: int, period: int, *, of: int) -> tuple[dt.date, dt.date]:
    """Return first and last day of a period; of thirteen, the last takes the days left over."""
    if of == _MONTHS:
        months = (year - 1) * _MONTHS + _STARTS_IN - 1 + period - 1
        start = dt.date(months // _MONTHS, months % _MONTHS + 1, 1)
        return start, start.replace(day=calendar.monthrange(start.year, start.month)[1])
    start = dt.date(year - 1, _STARTS_IN, 1) + (period - 1) * _WEEKS_4
    if period == of:
        return start, dt.date(year, _STARTS_IN, 1) - dt.timedelta(days=1)
    return start, start + _WEEKS_4 - dt.timedelta(days=1)


def calendar_records(today: dt.date, *, periods: int) -> Iterator[JsonObject]:
    """Yield the records of `CSFiscalCalendars` (Sage sheet §4.6)."""
    for year in range(today.year - YEARS_BACK - 1, today.year + 3):
        record: JsonObject = {
            "FiscalYear": str(year),
            "NumberOfFiscalPeriods": periods,
            "QuarterWith4Periods": 4,
            "Active": "Yes",
        }
        for period in range(1, periods + 1):
            start, end = period_days(year, period, of=periods)
            record[f"FiscalPeriod{period}StartDate"] = date_text(start)
            record[f"FiscalPeriod{period}EndDate"] = date_text(end)
        yield record
