"""`CSFiscalCalendars` keeps a fiscal year per record; planning needs a period per record.

Property names by pattern `FiscalPeriod1StartDate`…`13` (Sage sheet §4.6, M).
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tap_sage300 import fields
from tap_sage300.reader import RecordReader
from tap_sage300.values import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

PERIODS_MAX: Final = 13
PERIODS_USUAL: Final = 12
STREAM: Final = "fiscal_periods"


@dataclass(frozen=True, kw_only=True, slots=True)
class FiscalPeriod:
    """A period of a fiscal year, spelled as Sage spells it: `2027`, `08`."""

    year: str
    period: str


class FiscalCalendar:
    """Finds the fiscal period of a date; never by calendar month.

    A company may have 12 or 13 periods of any length, and years that begin in any month. Periods
    beyond those with dates (adjustment and closing, Sage sheet §4.6) have no days of their own.
    """

    def __init__(
        self,
        periods: Iterable[Mapping[str, object]],
        *,
        is_known: bool = True,
        note_outside: Callable[[], None] = lambda: None,
    ) -> None:
        """Take periods as `split_calendar` returns them.

        Args:
            periods: In any order.
            is_known: False when the calendar cannot be read: then no date is outside of it.
            note_outside: Called at the first date that lies in no period.
        """
        self.is_known = is_known
        self.periods = sorted(
            (one for one in periods if one[fields.PERIOD_START]),
            key=lambda one: str(one[fields.PERIOD_START]),
        )
        self._starts = [str(one[fields.PERIOD_START]) for one in self.periods]
        self._note_outside = note_outside
        self._noted = not is_known

    def find_period(self, date: str) -> FiscalPeriod | None:
        """Return the period that `date` (YYYY-MM-DD) lies in; None outside the calendar."""
        at = bisect_right(self._starts, date) - 1
        if at >= 0:
            period = self.periods[at]
            end = period[fields.PERIOD_END]
            if not end or date <= str(end):
                return FiscalPeriod(
                    year=str(period["FiscalYear"]), period=str(period[fields.FISCAL_PERIOD])
                )
        if not self._noted:
            self._noted = True
            self._note_outside()
        return None


def split_calendar(raw: Mapping[str, object], *, company: str) -> list[dict[str, object]]:
    """Return the periods of one fiscal year, first to last; those without dates are left out.

    Raises:
        InputError: the year is missing or a value is not what its property promises.
    """
    year = RecordReader(raw=raw, stream=STREAM, record=f"year {raw.get('FiscalYear')}")
    name = year.text("FiscalYear").strip()
    if not name:
        raise year.wrong("FiscalYear", "the fiscal year; it is part of the period's identity")
    count = year.value("NumberOfFiscalPeriods", Kind.INTEGER)
    is_active = "Active" not in raw or year.flag("Active")
    last = count if isinstance(count, int) else PERIODS_USUAL
    numbers = range(1, min(last, PERIODS_MAX) + 1)
    periods = [_build_period(year, number) for number in numbers]
    shared = {
        fields.COMPANY: company,
        "FiscalYear": name,
        "NumberOfFiscalPeriods": last,
        "Active": is_active,
    }
    return [shared | period for period in periods if period[fields.PERIOD_START]]


def _build_period(year: RecordReader, number: int) -> dict[str, object]:
    return {
        # Two digits, as GL and AP write a period (Sage sheet §4.2).
        fields.FISCAL_PERIOD: f"{number:02}",
        fields.PERIOD_START: year.date(f"FiscalPeriod{number}StartDate"),
        fields.PERIOD_END: year.date(f"FiscalPeriod{number}EndDate"),
    }
