"""Values come into the form their schema promises, or are named in an error."""

from __future__ import annotations

from decimal import Decimal

import pytest
from ml_connector.errors import InputError
from tap_sage300.values import Kind, convert, convert_amount


def read(value: object, kind: Kind) -> object:
    return convert(value, kind, stream="vendors", record="1200", field="Some")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2024-01-31T00:00:00Z", "2024-01-31"),
        ("2024-01-31T23:59:59.999+14:00", "2024-01-31"),
        ("2024-01-31T00:00:00", "2024-01-31"),
        ("2024-01-31", "2024-01-31"),
        ("1899-12-30T00:00:00Z", "1899-12-30"),
        ("9999-12-31T00:00:00Z", "9999-12-31"),
        ("2024-02-29T00:00:00Z", "2024-02-29"),
        ("", None),
        (None, None),
    ],
)
def test_dates_are_cut_at_the_t_and_never_shifted(written: object, expected: object) -> None:
    assert read(written, Kind.DATE) == expected


@pytest.mark.parametrize(
    "written", ["2023-02-29", "31.01.2024", "20240131", "0000-01-01", 20240131, "2024-13-01"]
)
def test_what_is_no_date_is_named(written: object) -> None:
    with pytest.raises(InputError, match=r"'vendors', record 1200, field 'Some'.*YYYY-MM-DD"):
        read(written, Kind.DATE)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (Decimal("8.66E+1"), "86.6"),
        (Decimal("1E+3"), "1000"),
        (Decimal("86.600"), "86.600"),
        ("12.50", "12.50"),
        (12, "12"),
        (Decimal("12345678901234567890.123456"), "12345678901234567890.123456"),
    ],
)
def test_numbers_stay_exact_and_lose_their_exponent(written: object, expected: str) -> None:
    assert str(read(written, Kind.NUMBER)) == expected


@pytest.mark.parametrize(
    "written", ["twelve", Decimal("NaN"), Decimal("1E+400"), True, ["1"], "1e999999"]
)
def test_what_is_no_amount_is_named(written: object) -> None:
    with pytest.raises(InputError, match="a number"):
        read(written, Kind.NUMBER)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (True, True),
        ("Yes", True),
        ("OnHold", True),
        ("No", False),
        ("NotOnHold", False),
        ("", False),
    ],
)
def test_flags_are_read_whichever_way_they_are_spelled(written: object, *, expected: bool) -> None:
    assert read(written, Kind.FLAG) is expected


def test_unknown_flag_is_named() -> None:
    with pytest.raises(InputError, match="'Perhaps'"):
        read("Perhaps", Kind.FLAG)


def test_whole_numbers_may_carry_zeros_but_no_fraction() -> None:
    assert read(Decimal("1000.0"), Kind.INTEGER) == 1000
    with pytest.raises(InputError, match="a whole number"):
        read(Decimal("1000.5"), Kind.INTEGER)


def test_text_survives_quotes_newlines_nul_and_length() -> None:
    text = 'a "quoted"\nline,\x00 and ' + "x" * 100_000

    assert read(text, Kind.TEXT) == text
    assert read(12, Kind.TEXT) == "12"
    assert read(True, Kind.TEXT) == "true"  # noqa: FBT003 - the value under test
    with pytest.raises(InputError, match="a text"):
        read({}, Kind.TEXT)


def test_a_missing_amount_counts_as_zero() -> None:
    assert convert_amount(None, stream="s", record="r", field="f") == 0
