"""Numbers cross the wire with every digit; what is no JSON is refused without quoting it."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ml_connector.wire import (
    WireError,
    as_list,
    as_object,
    check_depth,
    decode_as,
    decode_json,
    encode_json,
)

MONEY = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**24), max_value=10**24)


@given(MONEY)
def test_money_survives_a_round_trip_to_the_last_digit(amount: Decimal) -> None:
    back = decode_json(encode_json({"amount": amount}))["amount"]

    assert Decimal(back) == amount


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"1.10", Decimal("1.10")),
        (b"12345678901234567890.123456", Decimal("12345678901234567890.123456")),
        (b"1e400", Decimal("1e400")),
        (b"0.1", Decimal("0.1")),
        (b"-0.000001", Decimal("-0.000001")),
    ],
)
def test_a_number_with_a_point_or_exponent_is_a_decimal(raw: bytes, value: Decimal) -> None:
    found = decode_json(raw)

    assert isinstance(found, Decimal)
    assert str(found) == str(value)


@pytest.mark.parametrize("raw", [b"7", b"-7", b"123456789012345678901234567890"])
def test_a_whole_number_stays_whole(raw: bytes) -> None:
    found = decode_json(raw)

    assert isinstance(found, int)
    assert str(found).encode() == raw


def test_a_decimal_is_written_as_a_number_with_its_digits() -> None:
    assert encode_json({"a": Decimal("1.10"), "b": [Decimal(3)]}) == b'{"a":1.10,"b":[3]}'


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_what_json_has_no_number_for_is_refused(text: str) -> None:
    with pytest.raises(WireError):
        encode_json([Decimal(text)])


@pytest.mark.parametrize("text", ["NaN", "Infinity pool", 'He said "NaN"'])
def test_text_that_only_looks_like_it_is_written(text: str) -> None:
    assert decode_json(encode_json([text])) == [text]


def test_an_object_of_ours_by_mistake_is_refused() -> None:
    with pytest.raises(WireError):
        encode_json({"a": object()})


@pytest.mark.parametrize(
    "raw", [b"", b"{", b'{"password": "hunter2"', b"<html>hunter2</html>", b"\xff\xfe", b'"\xff"']
)
def test_what_is_no_json_is_refused_without_quoting_it(raw: bytes) -> None:
    with pytest.raises(WireError) as caught:
        decode_json(raw)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("raw", [b'\xef\xbb\xbf{"a": 1}', '\ufeff{"a": 1}'])
def test_a_byte_order_mark_does_no_harm(raw: bytes | str) -> None:
    assert decode_json(raw) == {"a": 1}


def test_a_struct_is_filled_and_keys_it_does_not_know_are_ignored() -> None:
    class Line(msgspec.Struct):
        amount: Decimal

    assert decode_as(b'{"amount": 1.20, "more": 1}', Line) == Line(amount=Decimal("1.20"))
    assert decode_as('{"amount": 3}', Line).amount == 3


def test_a_struct_of_another_shape_is_refused() -> None:
    class Line(msgspec.Struct):
        amount: Decimal

    with pytest.raises(WireError, match="amount"):
        decode_as(b'{"amount": []}', Line)


@pytest.mark.parametrize("raw", [b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000])
def test_nesting_too_deep_to_be_read_is_refused(raw: bytes) -> None:
    with pytest.raises(WireError, match="nested too deeply"):
        decode_json(raw)
    with pytest.raises(WireError):
        decode_as(raw, object)


def test_nesting_is_measured_in_objects_and_lists() -> None:
    check_depth({"a": [{"b": 1}, []]}, depth_max=3)
    with pytest.raises(WireError, match="nested more than 3 deep"):
        check_depth([[[[1]]]], depth_max=3)


def test_narrowing_names_what_was_expected() -> None:
    assert as_object({"a": 1}, "x") == {"a": 1}
    assert as_list([1], "x") == [1]
    assert as_list(None, "x") == []
    with pytest.raises(WireError, match="the page is a list, not an object"):
        as_object([], "the page")
    with pytest.raises(WireError, match="the page is null, not an object"):
        as_object(None, "the page")
    with pytest.raises(WireError, match="value is a str, not a list"):
        as_list("abc", "value")
