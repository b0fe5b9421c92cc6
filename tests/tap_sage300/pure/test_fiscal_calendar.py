"""A date has the fiscal year and period the calendar gives it, whatever its month."""

from __future__ import annotations

import datetime as dt

import pytest
from tap_sage300.calendars import FiscalCalendar, FiscalPeriod, split_calendar
from tap_sage300.client import warn_of_outside


def make_years(
    first: dt.date, *, year: int = 2027, years: int = 2, days: int = 28, count: int = 13
) -> list[dict[str, object]]:
    """Build fiscal years of `count` periods of `days` days, the last one as long as it takes."""
    periods: list[dict[str, object]] = []
    start = first
    for number in range(years):
        until = start.replace(year=start.year + 1)
        record: dict[str, object] = {
            "FiscalYear": str(year + number),
            "NumberOfFiscalPeriods": count,
            "Active": "Yes",
        }
        for period in range(1, count + 1):
            after = until if period == count else start + dt.timedelta(days=days)
            record[f"FiscalPeriod{period}StartDate"] = f"{start}T00:00:00Z"
            record[f"FiscalPeriod{period}EndDate"] = f"{after - dt.timedelta(days=1)}T00:00:00Z"
            start = after
        periods += split_calendar(record, company="SAMLTD")
    return periods


@pytest.mark.parametrize(
    ("date", "year", "period"),
    [
        ("2026-04-01", "2027", "01"),
        ("2026-04-28", "2027", "01"),
        ("2026-04-29", "2027", "02"),
        ("2027-03-02", "2027", "12"),
        ("2027-03-03", "2027", "13"),
        ("2027-03-31", "2027", "13"),
        ("2027-04-01", "2028", "01"),
    ],
)
def test_thirteen_periods_from_april_are_found_by_their_days(
    date: str, year: str, period: str
) -> None:
    calendar = FiscalCalendar(reversed(make_years(dt.date(2026, 4, 1))))

    assert calendar.find_period(date) == FiscalPeriod(year=year, period=period)


def test_every_day_of_two_years_lies_in_the_period_that_holds_it() -> None:
    periods = make_years(dt.date(2026, 7, 1), days=30, count=12)
    calendar = FiscalCalendar(periods)

    for offset in range(730):
        date = str(dt.date(2026, 7, 1) + dt.timedelta(days=offset))
        held = [one for one in periods if str(one["StartDate"]) <= date <= str(one["EndDate"])]
        assert len(held) == 1
        found = calendar.find_period(date)
        assert found is not None
        assert (found.year, found.period) == (held[0]["FiscalYear"], held[0]["FiscalPeriod"])


@pytest.mark.parametrize("date", ["2026-03-31", "2028-04-01", "1999-12-31"])
def test_date_outside_the_calendar_has_no_period(date: str) -> None:
    assert FiscalCalendar(make_years(dt.date(2026, 4, 1))).find_period(date) is None


def test_gap_between_two_periods_belongs_to_neither() -> None:
    periods = make_years(dt.date(2026, 4, 1), count=12)
    periods = [one for one in periods if one["FiscalPeriod"] != "05"]

    assert FiscalCalendar(periods).find_period("2026-08-01") is None


def test_dates_outside_are_noted_once() -> None:
    noted: list[str] = []
    calendar = FiscalCalendar(
        make_years(dt.date(2026, 4, 1)), note_outside=lambda: noted.append("outside")
    )

    calendar.find_period("1999-12-31")
    calendar.find_period("2031-12-31")

    assert noted == ["outside"]


def test_the_warning_names_the_years_there_are_so_that_a_missing_one_shows(
    caplog: pytest.LogCaptureFixture,
) -> None:
    periods = make_years(dt.date(2023, 4, 1), year=2024, years=3, count=12)

    warn_of_outside([one for one in periods if one["FiscalYear"] != "2025"])

    assert 'years="2024, 2026"' in caplog.text


def test_unknown_calendar_notes_nothing_for_it_was_said_already() -> None:
    noted: list[str] = []
    calendar = FiscalCalendar((), is_known=False, note_outside=lambda: noted.append("outside"))

    assert calendar.find_period("2026-08-01") is None
    assert noted == []
