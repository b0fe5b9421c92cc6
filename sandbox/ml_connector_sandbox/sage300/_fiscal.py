"""Fiscal years and periods of the company, from `CSFiscalCalendars` (Sage sheet §4.6, M).

Locks per application and period live in a view the Web API does not show (§4.6, unknown 17);
here they are the switch `locked_periods`.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml_connector_sandbox._switches import Switches
    from ml_connector_sandbox.sage300._records import Company, Row, Table

PERIODS_MAX = 13


@dataclass(frozen=True, kw_only=True, slots=True)
class FiscalPeriod:
    """One period of one fiscal year."""

    year: str
    number: int
    start: dt.date
    end: dt.date

    @property
    def code(self) -> str:
        """The period as records show it: `01` to `13`."""
        return f"{self.number:02}"


class FiscalCalendar:
    """The periods of every active year in the calendar, found by day or by number."""

    def __init__(self, table: Table | None) -> None:
        """Read the calendar as it stands; a company without one has no periods."""
        rows = table.rows_between() if table is not None else iter(())
        found = [period for row in rows if table is not None for period in _periods(table, row)]
        self._periods = sorted(found, key=lambda period: period.start)
        self._starts = [period.start for period in self._periods]
        self._by_code = {(period.year, period.number): period for period in self._periods}

    def find(self, day: dt.date) -> FiscalPeriod | None:
        """Return the period `day` lies in; None when no calendar covers it."""
        position = bisect_right(self._starts, day) - 1
        if position < 0 or self._periods[position].end < day:
            return None
        return self._periods[position]

    def find_period(self, year: str, number: int) -> FiscalPeriod | None:
        """Return a period by year and number, if the calendar has it."""
        return self._by_code.get((year, number))

    def find_next(self, period: FiscalPeriod) -> FiscalPeriod | None:
        """Return the period after `period`, over the end of its year."""
        position = bisect_right(self._starts, period.start)
        return self._periods[position] if position < len(self._periods) else None


def fiscal_calendar(company: Company) -> FiscalCalendar:
    """Read the company's calendar; keep it while many days are looked up."""
    return FiscalCalendar(company.find_table("CS", "CSFiscalCalendars"))


def is_locked(application: str, year: str, period: int, *, switches: Switches) -> bool:
    """Tell whether `application` (`GL`, `AP`, …) may not post to a period.

    An entry of the switch `locked_periods` is `2027-03` for every application, or `AP:2027-03`.
    """
    code = f"{year}-{period:02}"
    locked = cast("list[str]", switches["locked_periods"])
    return code in locked or f"{application}:{code}" in locked


def parse_day(text: object) -> dt.date | None:
    """Return the day of a stored date; None for a blank one.

    Raises:
        ValueError: It is neither blank nor a date.
    """
    return dt.date.fromisoformat(str(text)[:10]) if text else None


def _periods(table: Table, row: Row) -> Iterator[FiscalPeriod]:
    index = table.resource.index
    if row[index["Active"]] != "Yes":
        return
    count = int(str(row[index["NumberOfFiscalPeriods"]]))
    for number in range(1, min(count, PERIODS_MAX) + 1):
        start = parse_day(row[index[f"FiscalPeriod{number}StartDate"]])
        end = parse_day(row[index[f"FiscalPeriod{number}EndDate"]])
        if start is not None and end is not None:
            year = str(row[index["FiscalYear"]])
            yield FiscalPeriod(year=year, number=number, start=start, end=end)
