"""Bodies of POST, PUT and PATCH: from JSON to stored values, in the order given.

What the Web API's own layer cannot deserialise is `InvalidPayload`; what only the view below
finds out when a value is put into a field is `FieldInvalid` (Sage sheet §1.5, §1.6).
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING

from ml_connector_sandbox._wire import JsonObject, decode_json, encode_json
from ml_connector_sandbox.sage300._errors import WebApiError
from ml_connector_sandbox.sage300._types import Kind
from ml_connector_sandbox.sage300._values import date_text, plain_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ml_connector_sandbox._switches import Switches
    from ml_connector_sandbox.sage300._view import Column, ResourceView

_BASE_MEMBERS = frozenset(
    {
        "Warnings",
        "ETag",
        "IsDeleted",
        "IsNewLine",
        "HasChanged",
        "DisplayIndex",
        "ChangeSequence",
        "PreviousKey",
        "Licenses",
        "IsSelected",
    }
)
"""Members every entity inherits: known to the deserialiser, without effect (§4.0)."""

_DATE = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}:\d{2}(?:\.\d{1,7})?(?P<zone>Z|[+-]\d{2}:\d{2})?)?"
)
_WIDE = Context(prec=1000, rounding=ROUND_HALF_UP)
_DIGITS_MAX = 40


def read_body(raw: bytes, view: ResourceView, *, switches: Switches) -> JsonObject:
    """Read a body; names come back as documented, values as stored, order as given.

    Raises:
        WebApiError: `InvalidPayload` or `FieldInvalid`.
    """
    try:
        given = decode_json(raw)
    except ValueError as error:
        raise _refused("The request body is not valid JSON.") from error
    if not isinstance(given, dict):
        raise _refused("A single entity was expected in the request body.")
    return _Reader(switches).read(given, view.columns, type_name=view.type_name)


class _Reader:
    """Reads entities and details under the present switches."""

    def __init__(self, switches: Switches) -> None:
        self._folds_codes = switches.is_on("upper_case_codes")
        self._cuts_texts = switches.text("long_texts") == "cut"
        self._rounds = switches.text("extra_decimals") == "rounded"
        self._takes_zoneless = switches.text("dates") == "zoneless"
        self._has_boolean_words = switches.text("booleans") == "words"
        self._readers: dict[Kind, Callable[[Column, object], object]] = {
            Kind.STRING: self._text,
            Kind.DECIMAL: self._number,
            Kind.INTEGER: self._whole_number,
            Kind.LONG: self._whole_number,
            Kind.BOOLEAN: self._boolean,
            Kind.DATE: self._date,
            Kind.ENUM: self._member,
            Kind.COLLECTION: self._details,
        }

    def read(self, given: JsonObject, columns: Sequence[Column], *, type_name: str) -> JsonObject:
        by_name = {column.name: column for column in columns}
        values: JsonObject = {}
        for name, value in given.items():
            if name in _BASE_MEMBERS or "@" in name:
                continue
            column = by_name.get(name)
            if column is None:
                message = f"The property '{name}' does not exist on type '{type_name}'."
                raise _refused(message)
            values[column.item.name] = self._value(column, value)
        return values

    def _value(self, column: Column, value: object) -> object:
        item = column.item
        if value is None and item.kind not in {Kind.ENUM, Kind.COLLECTION}:
            return item.blank
        return self._readers[item.kind](column, value)

    def _text(self, column: Column, value: object) -> object:
        if not isinstance(value, str):
            raise _mismatch(column, value)
        text = value.rstrip(" ")
        size = column.item.size
        if size is not None and len(text) > size:
            if not self._cuts_texts:
                message = f"{column.name}: '{text}' is longer than {size} characters."
                raise WebApiError("FieldInvalid", message)
            text = text[:size].rstrip(" ")
        return text.upper() if column.item.is_code and self._folds_codes else text

    def _number(self, column: Column, value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise _mismatch(column, value)
        number = Decimal(value)
        if not number.is_finite() or abs(number.adjusted()) >= _DIGITS_MAX:
            raise _mismatch(column, value)
        plain = plain_number(number)
        decimals = column.item.size
        if decimals is None or isinstance(plain, int) or _decimals_of(plain) <= decimals:
            return plain
        if not self._rounds:
            message = f"{column.name}: {plain:f} has more than {decimals} decimals."
            raise WebApiError("FieldInvalid", message)
        return plain_number(plain.quantize(Decimal(1).scaleb(-decimals), context=_WIDE))

    def _whole_number(self, column: Column, value: object) -> object:
        limit = 2**31 if column.item.kind is Kind.INTEGER else 2**63
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= limit:
            raise _mismatch(column, value)
        return value

    def _boolean(self, column: Column, value: object) -> object:
        if self._has_boolean_words:
            if value not in column.item.members:
                raise _mismatch(column, value)
            return value == column.item.members[-1]
        if not isinstance(value, bool):
            raise _mismatch(column, value)
        return value

    def _date(self, column: Column, value: object) -> object:
        found = _DATE.fullmatch(value) if isinstance(value, str) else None
        if found is None or not isinstance(value, str):
            raise _mismatch(column, value)
        if "T" in value and found["zone"] is None and not self._takes_zoneless:
            raise _mismatch(column, value)
        try:
            # A plain day, whatever zone its clock stands in (§3.4).
            return date_text(dt.date.fromisoformat(found[1]))
        except ValueError as error:
            raise _mismatch(column, value) from error

    def _member(self, column: Column, value: object) -> object:
        if value not in column.item.members:
            raise _mismatch(column, value)
        return value

    def _details(self, column: Column, value: object) -> object:
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise _mismatch(column, value)
        type_name = column.item.type_name
        return [self.read(item, column.details, type_name=type_name) for item in value]


def _decimals_of(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _mismatch(column: Column, value: object) -> WebApiError:
    # As it stood in the body: null, true, [].
    shown = value if isinstance(value, str) else encode_json(value).decode()
    shown = shown[:_DIGITS_MAX]
    return _refused(f"Cannot convert '{shown}' to the type of property '{column.name}'.")


def _refused(message: str) -> WebApiError:
    return WebApiError("InvalidPayload", message)
