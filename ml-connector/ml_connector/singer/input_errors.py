"""Messages of a stream that cannot be used, each named so that a person finds it.

InputError
├─ MessageError            a line that is not a Singer message
├─ RecordBeforeSchemaError a record of a stream nobody described
├─ MissingKeyError         a record without its key
└─ SchemaError             a SCHEMA message nobody can use

They are the SDK's own exceptions at the same time, for whoever catches those.
"""

from __future__ import annotations

from singer_sdk.exceptions import (
    InvalidInputLine,
    InvalidJSONSchema,
    MissingKeyPropertiesError,
    RecordsWithoutSchemaException,
)

from ml_connector.errors import InputError


class MessageError(InputError, InvalidInputLine):
    """A line of the input is not a Singer message."""

    def __init__(self, line_number: int, problem: str, *, remedy: str = "") -> None:
        """Name the line by its number; its text may hold a customer's data."""
        self.line_number = line_number
        super().__init__(
            "-",
            f"line {line_number} of the input {problem}",
            remedy=remedy or "Check the tap: it writes something that is no Singer message.",
        )


class RecordBeforeSchemaError(InputError, RecordsWithoutSchemaException):
    """A record came before its stream was described."""

    def __init__(self, stream: str) -> None:
        """Name the stream."""
        super().__init__(
            stream,
            "a record came before the stream's SCHEMA message",
            remedy="Check the tap: each stream must be described first.",
        )


class MissingKeyError(InputError, MissingKeyPropertiesError):
    """A record lacks a property of its key, or has null in it."""

    def __init__(self, stream: str, *, record: str, field: str) -> None:
        """Name record and key property."""
        super().__init__(
            stream,
            "the key is missing or null",
            record=record,
            field=field,
            remedy="Every record needs its whole key: check the source and the field selection.",
        )


class SchemaError(InputError, InvalidJSONSchema):
    """A stream's SCHEMA message cannot be used."""

    def __init__(self, stream: str, problem: str) -> None:
        """Name the stream and what is wrong with its schema."""
        super().__init__(
            stream,
            f"its SCHEMA message cannot be used ({problem})",
            remedy="Check the tap, and the catalog or schema overrides it was given.",
        )
