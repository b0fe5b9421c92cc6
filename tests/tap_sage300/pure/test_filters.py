"""Filters use only what every server is known to understand."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st
from tap_sage300.filters import LENGTH_MAX, Comparison, render, split_keys


def test_no_alternative_and_nothing_in_common_is_no_filter() -> None:
    assert render(()) is None


def test_quotes_are_doubled_and_dates_carry_a_zone() -> None:
    clauses = (
        (Comparison("Vendor", "gt", "O'Brien"),),
        (Comparison("Date", "ge", dt.date(2026, 1, 2)),),
    )

    assert render(clauses) == "Vendor gt 'O''Brien' or Date ge 2026-01-02T00:00:00Z"


@given(st.lists(st.integers(0, 10**9), unique=True))
def test_batches_of_keys_hold_each_key_once_and_stay_short(keys: list[int]) -> None:
    batches = list(split_keys("PurchaseOrderSequenceKey", keys))

    assert [key for batch, _ in batches for key in batch] == keys
    assert all(len(render(clauses) or "") <= LENGTH_MAX for _, clauses in batches)
