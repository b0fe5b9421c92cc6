"""Optional fields: set up on the site beforehand, written as texts (Sage sheet §4.0, §6.12).

Writers send `OptionalField` and `Value`; type, typed value and descriptions follow.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Literal, cast

from ml_connector_sandbox._switches import Switch
from ml_connector_sandbox.sage300._types import Kind
from ml_connector_sandbox.sage300._values import date_text, plain_number
from ml_connector_sandbox.sage300.writing._checks import field_invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._types import Property
    from ml_connector_sandbox.sage300.writing._session import Session

FieldType = Literal["Text", "Amount", "Number", "Integer", "YesNo", "Date", "Time"]
_FIELD = "OptionalField"
_COUNT = "NumberOfOptionalFields"
_LENGTHS = {"Text": 60, "YesNo": 1, "Date": 8, "Time": 6}

SWITCHES: Mapping[str, Switch] = {
    "optional_fields": Switch(
        default={
            "TRANSID": "Text",
            "PROJECT": "Text",
            "PAYDATE": "Date",
            "APPROVED": "YesNo",
            "HOURS": "Number",
            "BUDGET": "Amount",
            "PIECES": "Integer",
            "PICKUP": "Time",
        },
        shape=dict[str, FieldType],
        about="site setting: optional fields that are set up, with their types",
    ),
    "optional_field_values": Switch(
        default={},
        shape=dict[str, list[str]],
        about="site setting: the values of optional fields that are validated",
    ),
}


def complete_optional_fields(
    session: Session, record: JsonObject, properties: Sequence[Property], *, own: Iterable[str] = ()
) -> None:
    """Check and complete every optional field in a record and its details, in place.

    Args:
        session: Whose site settings hold.
        record: An entity or a detail.
        properties: Its properties.
        own: Collections whose set-up the resource's own rules know.

    Raises:
        WebApiError: `FieldInvalid`; a field is not set up, or its value is not of its type.
    """
    for item in properties:
        if item.kind is not Kind.COLLECTION:
            continue
        details = record[item.name]
        if any(detail.name == _FIELD for detail in item.details):
            for detail in details:
                _complete(session, detail, item, is_own=item.name in own)
            if details:
                record[_COUNT] = len(details)
        else:
            for detail in details:
                complete_optional_fields(session, detail, item.details, own=own)


def _complete(session: Session, detail: JsonObject, item: Property, *, is_own: bool) -> None:
    name, text = str(detail[_FIELD]), str(detail["Value"])
    type_name = f"{item.type_name}Type"
    set_up = cast("Mapping[str, str]", session.switches["optional_fields"])
    if not is_own:
        if name not in set_up:
            raise field_invalid(f"Optional field '{name}' does not exist.")
        detail[type_name] = set_up[name]
    allowed = cast("Mapping[str, list[str]]", session.switches["optional_field_values"]).get(name)
    if allowed is not None and text not in allowed:
        raise field_invalid(f"Value '{text}' does not exist for optional field '{name}'.")
    field_type = str(detail[type_name])
    typed = _typed(name, field_type, text)
    detail |= {
        "Length": _LENGTHS.get(field_type, 0),
        "AllowBlank": True,
        "Validate": allowed is not None,
        "ValueSet": "Yes",
        f"{field_type}Value": typed,
    }


def _typed(name: str, field_type: str, text: str) -> object:
    try:
        return _READERS[field_type](text)
    except (ValueError, InvalidOperation) as error:
        message = f"Optional field '{name}': '{text}' is not a valid {field_type.lower()} value."
        raise field_invalid(message) from error


def _read_date(text: str) -> object:
    if not text:
        return None
    if not re.fullmatch(r"\d{8}", text):
        raise ValueError(text)
    return date_text(dt.date.fromisoformat(f"{text[:4]}-{text[4:6]}-{text[6:]}"))


def _read_time(text: str) -> object:
    if not text:
        return None
    if not re.fullmatch(r"\d{6}", text):
        raise ValueError(text)
    moment = dt.time.fromisoformat(f"{text[:2]}:{text[2:4]}:{text[4:]}")
    return f"1899-12-30T{moment.isoformat()}Z"


def _read_number(text: str) -> object:
    number = Decimal(text or "0")
    if not number.is_finite():
        raise ValueError(text)
    return plain_number(number)


def _read_yes_no(text: str) -> object:
    words = {"": "No", "0": "No", "1": "Yes", "No": "No", "Yes": "Yes"}
    if text not in words:
        raise ValueError(text)
    return words[text]


_READERS: Mapping[str, Callable[[str], object]] = {
    "Text": str,
    "Amount": _read_number,
    "Number": _read_number,
    "Integer": lambda text: int(text or "0"),
    "YesNo": _read_yes_no,
    "Date": _read_date,
    "Time": _read_time,
}
