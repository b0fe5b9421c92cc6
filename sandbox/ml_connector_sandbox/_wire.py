"""JSON in and out of the sandbox: numbers with a point are `Decimal`, and stay exact.

The sandbox shares no code with its clients, so it has a wire module of its own.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

# The one place in the sandbox that decodes JSON, hence the lint exception below.
_DECODER = msgspec.json.Decoder(float_hook=Decimal)
_ENCODER = msgspec.json.Encoder(decimal_format="number")

JsonObject = dict[str, Any]


def decode_json(raw: bytes | str) -> Any:  # noqa: ANN401  # JSON can be anything
    """Read JSON; integers stay `int`, other numbers become `Decimal`.

    Raises:
        ValueError: The text is not JSON, or nested more deeply than can be read.
    """
    try:
        return _DECODER.decode(raw)
    except RecursionError as error:
        message = "JSON is nested too deeply"
        raise ValueError(message) from error


def decode_object(raw: bytes | str) -> JsonObject:
    """Read a JSON object; nothing at all reads as an empty one.

    Raises:
        ValueError: The text is not JSON, or not an object.
    """
    value = decode_json(raw) if raw.strip() else {}
    if not isinstance(value, dict):
        message = "a JSON object was expected"
        raise ValueError(message)  # noqa: TRY004  # callers turn any bad text into one 400
    return value


def encode_json(value: object) -> bytes:
    """Write JSON; `Decimal` is written as a plain number, digit for digit."""
    return _ENCODER.encode(value)
