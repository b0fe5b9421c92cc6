"""Values as the sandbox stores them.

Texts are `str`, numbers `int` or `Decimal` without trailing zeros, dates the text the API
sends (`2024-01-31T00:00:00Z`) or `None`, details JSON text ready to be sent (`msgspec.Raw`).
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import msgspec

from ml_connector_sandbox._wire import JsonObject, decode_json, encode_json
from ml_connector_sandbox.sage300._types import Kind, Property

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

Number = int | Decimal

_DIGITS_MAX = 200
"""On either side of the point: more than any database holds, for tests of what is too large."""
_SHOWN_MAX = 40
_SURELY_SHORT = 10**18


def plain_number(value: Number) -> Number:
    """Drop zeros behind the point; a whole number becomes an `int`. Nothing is rounded."""
    if isinstance(value, int):
        return value
    digits = f"{value:f}"
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return Decimal(digits) if "." in digits else int(digits)


def scaled_number(units: int, *, decimals: int) -> Number:
    """Return `units` / 10 ** `decimals`, exactly."""
    while decimals and units % 10 == 0:
        units //= 10
        decimals -= 1
    return Decimal(units).scaleb(-decimals) if decimals else units


def date_text(day: dt.date) -> str:
    """Return a day as the API sends it."""
    return f"{day.isoformat()}T00:00:00Z"


def stored_value(item: Property, value: object) -> object:
    """Bring a value from outside into the form it is stored in.

    Lengths, dates and enum members are not checked: bad books exist, and tests make them.

    Raises:
        ValueError: A text where a number belongs, or the like.
    """
    kind = item.kind
    if (kind is Kind.STRING or kind is Kind.ENUM) and isinstance(value, str):
        return value.rstrip(" ")
    if kind is Kind.COLLECTION:
        return _stored_details(item, value)
    if kind is Kind.DATE:
        return _stored_date(item, value)
    if kind.is_number and not isinstance(value, bool):
        return _stored_number(item, value)
    if kind is Kind.BOOLEAN and (isinstance(value, bool) or value in item.members):
        return value if isinstance(value, bool) else value == item.members[-1]
    message = f"{item.name}: {value!r} is no {item.kind.value}"
    raise ValueError(message)


def stored_row(properties: Sequence[Property], given: Mapping[str, object]) -> list[object]:
    """Build a row; what is not given is blank.

    Raises:
        ValueError: An unknown property, or a value of the wrong kind.
    """
    known = {item.name for item in properties}
    if unknown := given.keys() - known:
        message = f"unknown property {', '.join(sorted(unknown))}"
        raise ValueError(message)
    return [
        stored_value(item, given[item.name]) if item.name in given else item.blank
        for item in properties
    ]


def details_of(raw: object) -> list[JsonObject]:
    """Read stored details."""
    if isinstance(raw, list):
        return raw
    details: list[JsonObject] = decode_json(bytes(raw)) if isinstance(raw, msgspec.Raw) else []
    return details


def raw_details(details: Iterable[Mapping[str, object]]) -> msgspec.Raw:
    """Store details."""
    return msgspec.Raw(encode_json(list(details)))


def _stored_details(item: Property, value: object) -> msgspec.Raw:
    if isinstance(value, msgspec.Raw):
        return value
    if not isinstance(value, list):
        message = f"{item.name}: a list was expected"
        raise ValueError(message)  # noqa: TRY004  # callers turn any bad value into one 400
    names = [detail.name for detail in item.details]
    return raw_details(
        dict(zip(names, stored_row(item.details, detail), strict=True)) for detail in value
    )


def _stored_number(item: Property, value: object) -> Number:
    # Texts are taken as well: it is how many JSON writers keep decimals exact.
    if isinstance(value, int) and -_SURELY_SHORT < value < _SURELY_SHORT:
        return value
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number.adjusted()) >= _DIGITS_MAX:
        message = f"{item.name}: {str(value)[:_SHOWN_MAX]!r} is no number of {_DIGITS_MAX} digits"
        raise ValueError(message)
    return plain_number(number)


def _stored_date(item: Property, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        message = f"{item.name}: {value!r} is no date"
        raise ValueError(message)  # noqa: TRY004  # callers turn any bad value into one 400
    return value if "T" in value else f"{value}T00:00:00Z"
