"""A fiscal year becomes its periods."""

from __future__ import annotations

import pytest
from ml_connector.errors import InputError
from tap_sage300.calendars import split_calendar


def make_year(count: object = 12, **changes: object) -> dict[str, object]:
    periods: dict[str, object] = {}
    for number in range(1, 14):
        periods[f"FiscalPeriod{number}StartDate"] = f"2026-{min(number, 12):02}-01T00:00:00Z"
        periods[f"FiscalPeriod{number}EndDate"] = f"2026-{min(number, 12):02}-28T00:00:00Z"
    return (
        {"FiscalYear": "2026", "NumberOfFiscalPeriods": count, "Active": "Yes"} | periods | changes
    )


def test_each_period_is_a_record_with_two_digits() -> None:
    periods = split_calendar(make_year(), company="SAMLTD")

    assert [one["FiscalPeriod"] for one in periods] == [f"{n:02}" for n in range(1, 13)]
    assert periods[1]["StartDate"] == "2026-02-01"
    assert periods[0]["Company"] == "SAMLTD"
    assert periods[0]["Active"] is True


@pytest.mark.parametrize(("count", "expected"), [(13, 13), (4, 4), (None, 12), (99, 13)])
def test_there_are_as_many_as_the_year_says(count: object, expected: int) -> None:
    assert len(split_calendar(make_year(count), company="SAMLTD")) == expected


def test_period_without_dates_is_left_out() -> None:
    year = make_year(FiscalPeriod3StartDate=None)

    assert "03" not in {one["FiscalPeriod"] for one in split_calendar(year, company="SAMLTD")}


def test_year_without_its_name_is_refused() -> None:
    with pytest.raises(InputError, match="FiscalYear"):
        split_calendar(make_year(FiscalYear=""), company="SAMLTD")
