from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ml_connector.sage300 import parse_date


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-01-31T00:00:00Z", dt.date(2024, 1, 31)),
        ("2024-01-31T23:59:59+14:00", dt.date(2024, 1, 31)),
        ("2024-01-31T00:00:00-11:00", dt.date(2024, 1, 31)),
        ("2024-01-31T00:00:00", dt.date(2024, 1, 31)),
        ("2024-01-31", dt.date(2024, 1, 31)),
        ("1899-12-30T00:00:00Z", dt.date(1899, 12, 30)),
        ("9999-12-31T00:00:00Z", dt.date(9999, 12, 31)),
        ("0001-01-01T00:00:00Z", dt.date(1, 1, 1)),
        ("", None),
        (None, None),
    ],
)
def test_the_day_is_what_stands_before_the_t(text: str | None, day: dt.date | None) -> None:
    assert parse_date(text) == day


@pytest.mark.parametrize("value", ["20240131", "31.01.2024", "2024-13-01", "0000-00-00", 5, True])
def test_what_is_no_date_is_named(value: object) -> None:
    with pytest.raises(ValueError, match=r"date|month|year|day"):
        parse_date(value)


@given(st.dates())
def test_every_day_comes_back_as_itself(day: dt.date) -> None:
    assert parse_date(f"{day.isoformat()}T00:00:00Z") == day
