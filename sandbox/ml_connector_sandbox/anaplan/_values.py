"""Cell values: from the text of a file or request to what a cell holds, and back to text.

A number is `Decimal`, a date `datetime.date`, a Boolean `bool`, a text `str`, a list item its
slot; an empty cell is `None` (Anaplan sheet §6.4, §7.3).
"""

from __future__ import annotations

import datetime as dt
import math
import re
import struct
from decimal import Context, Decimal
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._lists import ListData
from ml_connector_sandbox.anaplan._schema import Format

if TYPE_CHECKING:
    from collections.abc import Iterable

CellValue = Decimal | dt.date | bool | str | int | None

EXACT = Context(prec=1000)
"""For sums: never rounds at any size a file can hold."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_LARGEST = EXACT.power(Decimal(2), Decimal(1024))
_DIGITS_ALWAYS_FIT = 300
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}


class FormatProblem(ValueError):  # noqa: N818  # a row's problem, reported, not a failure
    """A text that does not fit a cell's format; `code` is Anaplan's detail code."""

    def __init__(self, code: str, text: str) -> None:
        """Name the detail code (§5.3) and the message for the dump."""
        super().__init__(text)
        self.code = code
        self.text = text


def parse_number(text: str) -> Decimal:
    """Read a plain number; a size beyond a binary double is refused like a bad format.

    Raises:
        FormatProblem: `moduleImportNumberFormat`.
    """
    stripped = text.strip()
    if not _NUMBER.fullmatch(stripped):
        raise FormatProblem("moduleImportNumberFormat", f"Invalid number: {text}")
    number = Decimal(stripped)
    if len(stripped) > _DIGITS_ALWAYS_FIT and number.copy_abs() >= _LARGEST:
        raise FormatProblem("moduleImportNumberFormat", f"Invalid number: {text}")
    return number


def parse_date(text: str) -> dt.date:
    """Read an ISO date, the form the blueprint's imports are set to (§9.4).

    Raises:
        FormatProblem: `moduleImportDateFormat`.
    """
    stripped = text.strip()
    try:
        if _DATE.fullmatch(stripped):
            return dt.date.fromisoformat(stripped)
    except ValueError:
        pass
    raise FormatProblem("moduleImportDateFormat", f"Invalid date: {text}")


def parse_boolean(text: str) -> bool:
    """Read yes, no, true or false in any case (§5.3).

    Raises:
        FormatProblem: `moduleImportBooleanFormat`.
    """
    value = _BOOLEANS.get(text.strip().lower())
    if value is None:
        raise FormatProblem("moduleImportBooleanFormat", f"Invalid boolean: {text}")
    return value


def parse_list_item(text: str, items: ListData) -> int:
    """Find a list item by code, else by name.

    Raises:
        FormatProblem: `moduleImportInvalidListIdentifier`.
    """
    slot = items.find_any(text)
    if slot is None:
        message = f"Invalid list identifier: {text}"
        raise FormatProblem("moduleImportInvalidListIdentifier", message)
    return slot


def parse_period(text: str, periods: ListData) -> str:
    """Find a period by its label.

    Raises:
        FormatProblem: `moduleImportInvalidTimeEntityIdentifier`.
    """
    if periods.find_name(text) is None:
        message = f"Invalid time entity identifier: {text}"
        raise FormatProblem("moduleImportInvalidTimeEntityIdentifier", message)
    return text


def parse_cell(text: str, form: Format, items: ListData | None) -> CellValue:
    """Read `text` as the format asks; `items` are what a list or time format chooses from.

    Raises:
        FormatProblem: The text does not fit.
    """
    match form:
        case Format.NUMBER:
            return parse_number(text)
        case Format.DATE:
            return parse_date(text)
        case Format.BOOLEAN:
            return parse_boolean(text)
        case Format.LIST:
            return parse_list_item(text, items if items is not None else ListData())
        case Format.TIME:
            return parse_period(text, items if items is not None else ListData())
        case Format.TEXT:
            return text


def add_numbers(values: Iterable[object]) -> Decimal:
    """Add up what is a number, exactly; everything else counts nothing."""
    total = Decimal(0)
    for value in values:
        if isinstance(value, Decimal):
            total = EXACT.add(total, value)
    return total


def render_number(number: Decimal) -> str:
    """Write a number plainly, without trailing zeros."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def render_with_residue(number: Decimal) -> str:
    """Write a number as a binary sum would show it: one step above when it is not whole.

    Source: §6.4, full binary precision (`62.25000000000001`).
    """
    if number == number.to_integral_value():
        return render_number(number)
    # The nearest binary double, reached without a conversion that money code must not use.
    (binary,) = struct.unpack("<d", struct.pack("<d", number))
    return render_number(Decimal(repr(math.nextafter(binary, math.inf))))


def render_cell(value: CellValue, form: Format, items: ListData | None) -> str:
    """Write a cell as cell and view reads show it: blanks empty, but numbers 0, Booleans false."""
    match form:
        case Format.NUMBER:
            return render_number(value) if isinstance(value, Decimal) else "0"
        case Format.BOOLEAN:
            return "true" if value else "false"
        case Format.LIST:
            name = items.names[value] if items is not None and isinstance(value, int) else None
            return name or ""
        case Format.DATE | Format.TEXT | Format.TIME:
            return "" if value is None else str(value)
