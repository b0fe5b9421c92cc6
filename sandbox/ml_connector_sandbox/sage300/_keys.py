"""Keys in URLs: `(58)`, `('1200')`, `(BatchNumber=65)`, `('ONCALL','1100')` (Sage sheet §1.2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._errors import WebApiError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_connector_sandbox.sage300._records import Key
    from ml_connector_sandbox.sage300._types import Property, Resource

_PART = re.compile(r"\s*(?:(?P<name>[A-Za-z_]\w*)\s*=\s*)?(?P<value>'(?:[^']|'')*'|[^',=]*)\s*")
_SEGMENT = re.compile(r"(?P<name>\w+)(?:\((?P<key>.*)\))?", re.DOTALL)


def split_segment(segment: str) -> tuple[str, str | None]:
    """Part `POPurchaseOrders(58)` into name and key text; no key is None.

    Raises:
        WebApiError: `ResourceNotFound`, when it is neither.
    """
    found = _SEGMENT.fullmatch(segment)
    if found is None:
        raise WebApiError("ResourceNotFound", "No HTTP resource was found.")
    return found["name"], found["key"]


def parse_key(text: str, resource: Resource, *, upper_case: str, names: Sequence[str] = ()) -> Key:
    """Read a key, positional in metadata order or by name in any order.

    Args:
        text: What stands between the parentheses.
        resource: The resource looked into.
        names: What the key's parts are called at present; by default as documented.
        upper_case: `upper` when text keys are upper-cased by the field's mask (I), else `asis`.

    Raises:
        WebApiError: `InvalidEntityKey`; a part is missing, unknown or of the wrong form.
    """
    given = _split_parts(text)
    if len(given) != len(resource.key):
        raise _invalid(f"{len(resource.key)} key values are needed, {len(given)} were given.")
    shown_names = names or resource.key
    by_name = _name_parts(given, shown_names)
    parts = []
    for name, shown_name in zip(resource.key, shown_names, strict=True):
        item = resource.find(name)
        if item is None or shown_name not in by_name:
            raise _invalid(f"The key value {shown_name} is missing.")
        value = _parse_value(by_name[shown_name], item)
        parts.append(value.upper() if isinstance(value, str) and upper_case == "upper" else value)
    return parts[0] if len(parts) == 1 else tuple(parts)


def _split_parts(text: str) -> list[tuple[str | None, str]]:
    parts: list[tuple[str | None, str]] = []
    position = 0
    while True:
        found = _PART.match(text, position)
        if found is None or not found["value"]:
            raise _invalid(f"The key ({text}) cannot be read.")
        parts.append((found["name"], found["value"].strip()))
        position = found.end()
        if position == len(text):
            return parts
        if text[position] != ",":
            raise _invalid(f"The key ({text}) cannot be read.")
        position += 1


def _name_parts(given: list[tuple[str | None, str]], names: Sequence[str]) -> dict[str, str]:
    if all(name is None for name, _ in given):
        return dict(zip(names, (value for _, value in given), strict=True))
    return {name: value for name, value in given if name is not None}


def _parse_value(text: str, item: Property) -> object:
    quoted = text.startswith("'")
    if item.kind.is_number:
        if quoted or not re.fullmatch(r"-?\d+", text):
            raise _invalid(f"{item.name}: {text} is not a number.")
        return int(text)
    if quoted:
        return text[1:-1].replace("''", "'").rstrip(" ")
    if " " in text:
        raise _invalid(f"{item.name}: a value with a blank needs quotes.")
    return text


def _invalid(message: str) -> WebApiError:
    return WebApiError("InvalidEntityKey", message)
