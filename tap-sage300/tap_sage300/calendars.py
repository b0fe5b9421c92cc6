"""`CSFiscalCalendars` keeps a fiscal year per record; planning needs a period per record.

Property names by pattern `FiscalPeriod1StartDate`…`13` (Sage sheet §4.6, M).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tap_sage300 import fields
from tap_sage300.reader import RecordReader
from tap_sage300.values import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

PERIODS_MAX: Final = 13
PERIODS_USUAL: Final = 12
STREAM: Final = "fiscal_periods"


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
