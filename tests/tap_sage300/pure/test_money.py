"""Amounts are exact, functional twins add up, and what is outstanding is net of discount."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tap_sage300 import money
from tap_sage300.money import Rate, RateOperation

amounts = st.decimals(min_value="-1e12", max_value="1e12", places=3)
rates = st.decimals(min_value="0.0000001", max_value="99999", places=7)


def make_rate(
    value: str, operation: RateOperation = RateOperation.MULTIPLY, decimals: int = 2
) -> Rate:
    return Rate(value=Decimal(value), operation=operation, decimals=decimals)


@pytest.mark.parametrize(
    ("operation", "expected"),
    [(RateOperation.MULTIPLY, "112.50"), (RateOperation.DIVIDE, "88.89")],
)
def test_rate_works_in_both_directions(operation: RateOperation, expected: str) -> None:
    rate = make_rate("1.125", operation)

    assert rate.convert(Decimal(100)) == Decimal(expected)


def test_half_a_cent_is_rounded_away_from_zero_on_both_sides() -> None:
    rate = make_rate("1")

    assert rate.convert(Decimal("0.005")) == Decimal("0.01")
    assert rate.convert(Decimal("-0.005")) == Decimal("-0.01")


def test_yen_has_no_decimals_and_dinar_has_three() -> None:
    assert money.decimals_of_currency("JPY") == 0
    assert money.decimals_of_currency("kwd") == 3
    assert money.decimals_of_currency("USD") == 2


@given(st.lists(amounts, max_size=30), rates, st.sampled_from(RateOperation), st.integers(0, 3))
def test_converted_lines_add_up_to_their_converted_sum(
    lines: list[Decimal], value: Decimal, operation: RateOperation, decimals: int
) -> None:
    rate = Rate(value=value, operation=operation, decimals=decimals)

    converted = rate.convert_lines(lines)

    assert money.add(converted) == rate.convert(money.add(lines))


@given(st.lists(amounts, max_size=30), rates, st.integers(0, 3))
def test_no_converted_line_is_a_unit_off_and_zero_stays_zero(
    lines: list[Decimal], value: Decimal, decimals: int
) -> None:
    rate = Rate(value=value, operation=RateOperation.MULTIPLY, decimals=decimals)
    unit = Decimal(1).scaleb(-decimals)

    converted = rate.convert_lines(lines)

    for line, twin in zip(lines, converted, strict=True):
        assert abs(twin - line * value) < unit
        assert line or not twin


@given(
    st.decimals(min_value=0, max_value="1e9", places=4),
    st.decimals(min_value=0, max_value="1e9", places=6),
)
def test_outstanding_without_discount_is_quantity_times_cost(
    quantity: Decimal, unit_cost: Decimal
) -> None:
    outstanding = money.compute_outstanding(quantity=quantity, unit_cost=unit_cost)

    assert abs(outstanding - quantity * unit_cost) <= Decimal("0.0000005")


def test_nothing_is_outstanding_when_more_was_received_than_ordered() -> None:
    assert money.compute_outstanding(quantity=Decimal(-2), unit_cost=Decimal(9)) == 0


def test_discount_amount_wins_over_its_rounded_percentage() -> None:
    share = money.compute_discount_share(
        amount=Decimal(1), percentage=Decimal("33.33"), extended_cost=Decimal(3)
    )

    assert share * 3 == pytest.approx(1)
    assert money.compute_discount_share(
        amount=Decimal(0), percentage=Decimal(10), extended_cost=Decimal(3)
    ) == Decimal("0.1")


def test_discount_beyond_its_cost_is_the_whole_cost() -> None:
    assert (
        money.compute_discount_share(
            amount=Decimal(9), percentage=Decimal(0), extended_cost=Decimal(3)
        )
        == 1
    )


def test_second_discount_is_taken_from_what_the_first_left() -> None:
    joined = money.join_discount_shares(Decimal("0.1"), Decimal("0.5"))

    assert joined == Decimal("0.55")


@given(st.decimals(min_value="-1e30", max_value="1e30", places=6))
def test_trimming_changes_neither_value_nor_adds_an_exponent(amount: Decimal) -> None:
    trimmed = money.trim(amount)

    assert trimmed == amount
    assert "E" not in str(trimmed)
