"""Cells of a file as values: exact, or refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tap_anaplan._values import CellError, Kind, ValueFormats

GERMAN = ValueFormats(decimal_separator=",", thousands_separator=".")
ENGLISH = ValueFormats(thousands_separator=",")
COMMA = ValueFormats(decimal_separator=",")
PLAIN = ValueFormats()


@pytest.mark.parametrize(
    ("formats", "text", "value"),
    [
        (PLAIN, "0", "0"),
        (PLAIN, "-12.50", "-12.50"),
        (PLAIN, "62.25000000000001", "62.25"),
        (PLAIN, "0.30000000000000004", "0.3"),
        (PLAIN, "123456789012345678", "123456789012345678"),
        (PLAIN, "1E-7", "1E-7"),
        (GERMAN, "1.234.567,89", "1234567.89"),
        (GERMAN, "-1.234", "-1234"),
        (GERMAN, "1234,5", "1234.5"),
        (ENGLISH, "1,234.5", "1234.5"),
        (ENGLISH, "12.5", "12.5"),
        (COMMA, "12,50", "12.50"),
        (ValueFormats(thousands_separator=" "), "1 234 567.5", "1234567.5"),
    ],
)
def test_a_number_keeps_its_value(formats: ValueFormats, text: str, value: str) -> None:
    assert formats.parse(text, Kind.NUMBER) == Decimal(value)


@pytest.mark.parametrize(
    ("formats", "text"),
    [
        (PLAIN, "1,234.5"),
        (PLAIN, "12,50"),
        (PLAIN, "NaN"),
        (PLAIN, "Infinity"),
        (PLAIN, "#DIV/0"),
        (PLAIN, "1 234"),
        (PLAIN, "(12.50)"),
        (PLAIN, "12.50-"),
        (PLAIN, "0x10"),
        (PLAIN, "１２"),  # noqa: RUF001  (digits of another script)
        (ENGLISH, "12,50"),
        (ENGLISH, "1,2345"),
        (ENGLISH, "1234,567"),
        (GERMAN, "12.50"),
        (GERMAN, "1,234.50"),
        (COMMA, "1.234"),
        (COMMA, "1.234,50"),
    ],
)
def test_a_number_that_may_mean_another_is_refused(formats: ValueFormats, text: str) -> None:
    with pytest.raises(CellError, match="is not a number") as caught:
        formats.parse(text, Kind.NUMBER)

    assert "decimal_separator" in caught.value.remedy


def test_blank_is_null_in_every_kind_and_text_keeps_its_blanks() -> None:
    assert [PLAIN.parse("", kind) for kind in Kind] == [None] * 4
    assert PLAIN.parse(" a ", Kind.TEXT) == " a "
    assert PLAIN.parse("0", Kind.TEXT) == "0"
