"""JSON enters and leaves here, exact: numbers with a point are `Decimal`, never a binary float.

This is the only home of `Any`. What it returns is narrowed by the caller, best with `as_object`
and `as_list`, which name what was expected when the other side sent something else.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class WireError(ValueError):
    """The bytes are not the JSON that was expected; the message never quotes their content."""


def decode_json(raw: bytes | str) -> Any:  # noqa: ANN401 - the one place where JSON has no type yet
    """Decode `raw`; numbers with a point or exponent become `Decimal`, others stay `int`.

    Raises:
        WireError: `raw` is not JSON in UTF-8.
    """
    try:
        return _DECODER.decode(_without_mark(raw))
    except (msgspec.DecodeError, UnicodeError) as error:
        raise WireError(f"not valid JSON: {error}") from error
    except RecursionError as error:
        raise WireError("JSON nested too deeply to be read") from error


def decode_as(raw: bytes | str, type_: type[T]) -> T:
    """Decode `raw` into `type_`, usually a `msgspec.Struct`; unknown keys are ignored.

    Raises:
        WireError: `raw` is not JSON, or does not have the shape of `type_`.
    """
    try:
        return msgspec.json.Decoder(type_, float_hook=Decimal).decode(_without_mark(raw))
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise WireError(f"not the expected JSON: {error}") from error


def encode_json(value: object) -> bytes:
    """Encode `value`; a `Decimal` becomes a JSON number with all its digits.

    Raises:
        WireError: `value` holds something JSON has no form for, `Decimal("NaN")` included.
    """
    try:
        raw = _ENCODER.encode(value)
    except (TypeError, ValueError, msgspec.MsgspecError) as error:
        raise WireError(f"cannot be written as JSON: {error}") from error
    # msgspec writes such decimals as bare words. Searching costs next to nothing; only a hit,
    # which may be innocent text, is looked at closely.
    if b"NaN" in raw or b"Infinity" in raw:
        decode_json(raw)
    return raw


def check_depth(value: object, *, depth_max: int) -> None:
    """Refuse containers nested more than `depth_max` deep, which code that recurses cannot take.

    Raises:
        WireError: it is nested deeper.
    """
    level = [value]
    for _ in range(depth_max + 1):
        containers = [each for each in level if isinstance(each, dict | list)]
        level = [
            inner
            for each in containers
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return
    raise WireError(f"JSON nested more than {depth_max} deep")


def as_object(value: object, what: str) -> dict[str, object]:
    """Return `value` as a JSON object.

    Raises:
        WireError: it is something else; `what` names it in the message.
    """
    if isinstance(value, dict):
        return value
    raise WireError(f"{what} is {_kind(value)}, not an object")


def as_list(value: object, what: str) -> list[object]:
    """Return `value` as a JSON array; a missing one (`None`) is empty.

    Raises:
        WireError: it is something else; `what` names it in the message.
    """
    if value is None:
        return []
    if isinstance(value, list):
        return value
    raise WireError(f"{what} is {_kind(value)}, not a list")


def _kind(value: object) -> str:
    return "null" if value is None else f"a {type(value).__name__}"


def _without_mark(raw: bytes | str) -> bytes | str:
    # .NET writes a byte order mark now and then, which JSON does not allow and nobody means.
    if isinstance(raw, bytes):
        return raw.removeprefix(b"\xef\xbb\xbf")
    return raw.removeprefix("\ufeff")


_DECODER: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=Decimal)
_ENCODER = msgspec.json.Encoder(decimal_format="number")
