"""Pages of large records stay small, and pages of small ones need few requests."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tap_sage300.page_sizes import NESTED_MAX, PageSizer, count_nested


def make_batch(entries: int) -> dict[str, Any]:
    """Build a batch of entries of three lines each."""
    return {"Invoices": [{"InvoiceDetails": [{}, {}, {}]} for _ in range(entries)], "Name": "x"}


def test_everything_within_a_record_counts() -> None:
    assert count_nested(make_batch(5)) == 20
    assert count_nested({"Name": "x"}) == 0


@pytest.mark.parametrize(("page_size", "rows"), [(0, None), (7, 7)])
def test_resources_without_a_limit_are_asked_for_as_the_settings_say(
    page_size: int, rows: int | None
) -> None:
    sizer = PageSizer(page_size=page_size, rows_max=None)

    sizer.note([make_batch(1000)])

    assert sizer.rows == rows


def test_pages_of_small_batches_grow_to_the_limit() -> None:
    sizer = PageSizer(page_size=1000, rows_max=100)
    sizes = []
    for _ in range(7):
        sizes.append(sizer.rows)
        sizer.note([make_batch(1)] * (sizer.rows or 0))

    assert sizes == [4, 8, 16, 32, 64, 100, 100]


def test_setting_below_the_limit_is_kept_to() -> None:
    sizer = PageSizer(page_size=2, rows_max=100)
    sizer.note([make_batch(1)] * 2)

    assert sizer.rows == 2


@given(st.lists(st.integers(0, 2000), min_size=1, max_size=12))
def test_next_page_of_batches_like_the_last_holds_no_more_than_aimed_at(sizes: list[int]) -> None:
    sizer = PageSizer(page_size=0, rows_max=100)
    page = [make_batch(size) for size in sizes]
    held = sum(map(count_nested, page)) / len(page)

    sizer.note(page)

    assert sizer.rows is not None
    assert sizer.rows == 1 or sizer.rows * held <= NESTED_MAX


def test_an_empty_page_says_nothing() -> None:
    sizer = PageSizer(page_size=0, rows_max=100)
    sizer.note([])

    assert sizer.rows == 4
