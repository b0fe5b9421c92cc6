"""Ranges of a key share no key and leave none out."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st
from tap_sage300.filters import Comparison
from tap_sage300.postings import Window
from tap_sage300.ranges import KeyRange, fits, plan_ranges

NUMBERS = st.integers(min_value=0, max_value=10**12)


def is_in(key: int, after: int, to: int | None) -> bool:
    return after < key and (to is None or key <= to)


@given(
    after=NUMBERS,
    span=st.integers(min_value=1, max_value=10**6),
    rows=st.integers(min_value=0, max_value=10**7),
    page_rows=st.integers(min_value=1, max_value=1000),
    readers=st.integers(min_value=1, max_value=8),
    distance=st.integers(min_value=1, max_value=2 * 10**6),
)
def test_every_key_beyond_the_first_page_is_in_exactly_one_range(
    after: int, span: int, rows: int, page_rows: int, readers: int, distance: int
) -> None:
    ranges = plan_ranges(
        after=after, highest=after + span, rows=rows, page_rows=page_rows, readers=readers
    )

    if ranges:
        key = after + distance
        assert sum(is_in(key, *one) for one in ranges) == 1
        assert not any(is_in(after, *one) for one in ranges)
        assert all(one.to is None or one.to > one.after for one in ranges)


def test_short_collections_and_single_readers_are_not_parted() -> None:
    assert plan_ranges(after=5, highest=900, rows=300, page_rows=100, readers=2) == []
    assert plan_ranges(after=5, highest=9000, rows=9000, page_rows=100, readers=1) == []
    assert plan_ranges(after=5, highest=5, rows=9000, page_rows=100, readers=2) == []


@given(
    after=NUMBERS,
    width=st.integers(min_value=1, max_value=5000),
    count=st.integers(min_value=1, max_value=8),
    at=st.integers(min_value=0, max_value=5002),
)
def test_every_sequence_of_a_window_is_in_exactly_one_of_its_parts(
    after: int, width: int, count: int, at: int
) -> None:
    window = Window(after, after + width)

    parts = window.part(count)

    sequence = after + at
    assert sum(is_in(sequence, *one) for one in parts) == is_in(sequence, *window)
    assert Window(after, None).part(count) == [Window(after, None)]


def test_a_filter_that_is_nearly_too_long_is_not_made_longer() -> None:
    day = dt.date(2026, 1, 1)
    clause = (Comparison("DateOfTheDocument", "ge", day), Comparison("DateLast", "le", day))

    assert fits("Key", [clause], ("Key", "Description"), highest=10**9)
    assert not fits("Key", [clause] * 12, ("Key", "Description"), highest=10**9)
    assert KeyRange(3, 9).clauses("Key", ()) == ((Comparison("Key", "le", 9),),)
