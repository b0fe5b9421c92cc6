"""One value of a record as a file has it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final

from ml_connector.wire import encode_json


def render_value(value: object, *, decimal_separator: str = ".") -> str:
    """Write one value as the file has it: plain decimals, ISO dates, true/false, null as empty.

    Lists and objects are written as JSON.

    Raises:
        ValueError: a number that is not finite.
        TypeError, WireError: a value of a type that no file can hold.
    """
    match value:
        case None:
            text = ""
        case str():
            text = value
        case bool():
            text = "true" if value else "false"
        case int():
            text = str(value)
        case Decimal():
            text = _decimal_text(value).replace(".", decimal_separator)
        case dt.date() | dt.time():
            text = value.isoformat()
        case dict() | list():
            text = encode_json(value).decode()
        case _:
            raise TypeError(type(value).__name__)
    return text


NUMBER_DIGITS_MAX: Final = 400


def _decimal_text(value: Decimal) -> str:
    if not value.is_finite():
        raise ValueError("not a finite number")
    if abs(value.adjusted()) > NUMBER_DIGITS_MAX:
        # 1E+1000000 written out would be a megabyte of zeros.
        raise ValueError("a number beyond any amount")
    text = format(value, "f")
    return text.removeprefix("-") if not value else text
