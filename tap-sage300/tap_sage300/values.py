"""What a property's value must look like before it goes into a Singer record.

Records are written as they are, without the SDK's conversion pass, so every value is brought here
to the form its schema promises. Value formats: Sage 300 sheet §3.4.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from ml_connector.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

_DATE: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_MONTHS: Final = 12
_DIGITS_MAX: Final = 40  # Sage's own decimals have 19; what is beyond 40 is no amount
_SHORTEST_MONTHS_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_TRUE: Final = frozenset({"true", "yes", "onhold", "yes1", "1"})
_FALSE: Final = frozenset({"false", "no", "notonhold", "", "0"})


class Kind(StrEnum):
    """The few forms a value can have in our records; a text, so that look-ups by it are fast."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    FLAG = "flag"
    DATE = "date"
    STATUS = "status"
    """Active or inactive, which Sage shows as a text here and as true or false there."""


class WrongValueError(ValueError):
    """A value does not have the form its property promises; carries what was expected."""


def convert_text(value: object) -> str | None:
    """Return text as it is, a number or flag as JSON would write it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return str(value)
    raise WrongValueError("a text")


def convert_number(value: object) -> Decimal | int | None:
    """Return an exact number; text that is a number counts as one."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise WrongValueError("a number")
    if isinstance(value, int):
        return value
    number = value if isinstance(value, Decimal) else _parse_decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > _DIGITS_MAX:
        raise WrongValueError(f"a number of at most {_DIGITS_MAX} digits")
    return _without_exponent(number)


def convert_integer(value: object) -> int | None:
    """Return a whole number; `4.0` counts as one, `4.5` does not."""
    number = convert_number(value)
    if number is None or isinstance(number, int):
        return number
    if number != number.to_integral_value():
        raise WrongValueError("a whole number")
    return int(number)


def convert_flag(value: object) -> bool | None:
    """Return true or false, whichever way the server spells it (Sage sheet §7, question 15)."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str | int):
        word = str(value).strip().lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
    raise WrongValueError("true or false")


def convert_date(value: object) -> str | None:
    """Return the plain date `YYYY-MM-DD`, cut at `T`; no time zone ever shifts it."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        match = _DATE.match(value)
        if match and _is_calendar_date(match) and value[10:11] in ("", "T", " "):
            return match[0]
    raise WrongValueError("a date YYYY-MM-DD")


def convert_status(value: object) -> str | None:
    """Return `Active` or `Inactive`, also where the server writes the view's 0 and 1 as a boolean.

    Other texts stay as they are (Sage sheet §4.5, §7 question 15).
    """
    if isinstance(value, bool):
        return "Inactive" if value else "Active"
    return convert_text(value)


CONVERTERS: Final[dict[Kind, Callable[[object], object]]] = {
    Kind.TEXT: convert_text,
    Kind.NUMBER: convert_number,
    Kind.INTEGER: convert_integer,
    Kind.FLAG: convert_flag,
    Kind.DATE: convert_date,
    Kind.STATUS: convert_status,
}


def convert(value: object, kind: Kind, *, stream: str, record: object, field: str) -> object:
    """Bring `value` to the form of `kind`.

    Raises:
        InputError: it cannot be; names stream, record, field and value.
    """
    try:
        return CONVERTERS[kind](value)
    except WrongValueError as error:
        raise wrong_value(
            stream=stream, record=record, field=field, value=value, expected=str(error)
        ) from error


def convert_amount(value: object, *, stream: str, record: object, field: str) -> Decimal:
    """Bring an amount or quantity to `Decimal`; nothing counts as zero."""
    number = convert(value, Kind.NUMBER, stream=stream, record=record, field=field)
    if isinstance(number, Decimal):
        return number
    return Decimal(number) if isinstance(number, int) else Decimal(0)


def wrong_value(
    *, stream: str, record: object, field: str, value: object, expected: str
) -> InputError:
    """Build the error for a value that is not what its property promises."""
    return InputError(
        stream,
        f"expected {expected}",
        record=record,
        field=field,
        value=value,
        remedy="Correct the record in Sage 300; if it looks right there, "
        "look at the Web API's own answer for it.",
    )


def _without_exponent(number: Decimal) -> Decimal:
    # 1E+3 is a number, but not one that every reader of a file of numbers knows.
    exponent = number.as_tuple().exponent
    return Decimal(f"{number:f}") if isinstance(exponent, int) and exponent > 0 else number


def _parse_decimal(value: object) -> Decimal:
    if not isinstance(value, str):
        raise WrongValueError("a number")
    try:
        return Decimal(value.strip())
    except InvalidOperation as error:
        raise WrongValueError("a number") from error


def _is_calendar_date(match: re.Match[str]) -> bool:
    year, month, day = (int(part) for part in match.groups())
    if not year or not 1 <= month <= _MONTHS or not 1 <= day <= _SHORTEST_MONTHS_DAYS[month - 1]:
        return False
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return leap or (month, day) != (2, 29)
