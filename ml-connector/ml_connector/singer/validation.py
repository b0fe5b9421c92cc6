"""Record validation by jsonschema-rs: the verdicts of JSON Schema, 60 times faster.

Types are checked, formats are not: what a date has to look like is the business of whoever uses
it. Numbers stay `Decimal`; `1.0` is an integer, as JSON Schema says and jsonschema does not.
"""

from __future__ import annotations

from decimal import Decimal

import jsonschema_rs
from singer_sdk.sinks.core import BaseJSONSchemaValidator
from typing_extensions import override

from ml_connector.errors import InputError
from ml_connector.singer.input_errors import SchemaError

EXPONENT_MAX = 1000
"""Beyond any amount and any float. `1e999999999` is a trap: written out it has a billion digits."""


class RecordValidator(BaseJSONSchemaValidator):
    """Checks the records of one stream and names the first that does not fit."""

    def __init__(
        self, schema: dict[str, object], *, stream: str, key_properties: tuple[str, ...]
    ) -> None:
        """Compile `schema`.

        Raises:
            SchemaError: it is not a JSON schema.
        """
        super().__init__(schema)
        self._stream = stream
        self._key_properties = key_properties
        self.record_count = 0
        try:
            self._validator = jsonschema_rs.Draft7Validator(schema, validate_formats=False)
        except ValueError as error:
            raise SchemaError(stream, str(error).splitlines()[0][:200]) from error

    @override
    def validate(self, record: dict[str, object]) -> None:
        """Check one record.

        Raises:
            InputError: naming record, field and value.
        """
        self.record_count += 1
        self._check_numbers(record)
        try:
            self._validator.validate(record)
        except jsonschema_rs.ValidationError as error:
            path = [str(part) for part in error.instance_path]
            field, value = (".".join(path), _find_value(record, error.instance_path))
            raise InputError(
                self._stream,
                _explain(error, shown=bool(path)),
                record=self.name_record(record),
                field=field or None,
                value="null" if path and value is None else value,
                remedy="Mend it at the source, or correct the stream's schema in the tap.",
            ) from None
        except ValueError as error:
            raise InputError(
                self._stream,
                f"cannot be checked ({str(error)[:100]})",
                record=self.name_record(record),
                remedy="Mend the record at the source.",
            ) from None

    def name_record(self, record: dict[str, object]) -> str:
        """Name a record by its key, or by its place in the stream when it has none."""
        named = [f"{name}={record[name]}" for name in self._key_properties if name in record]
        return ", ".join(named)[:200] or f"number {self.record_count}"

    def _check_numbers(self, record: dict[str, object]) -> None:
        for field, value in record.items():
            if type(value) is Decimal and abs(value.adjusted()) > EXPONENT_MAX:
                raise InputError(
                    self._stream,
                    f"is a number beyond {EXPONENT_MAX} digits",
                    record=self.name_record(record),
                    field=field,
                    value=value,
                    remedy="Mend it at the source.",
                )


def _find_value(record: object, path: list[str | int]) -> object:
    for part in path:
        if isinstance(record, dict):
            record = record.get(part)
        elif isinstance(record, list) and isinstance(part, int):
            record = record[part]
    return record if path else None


def _explain(error: jsonschema_rs.ValidationError, *, shown: bool) -> str:
    # The library's own message begins with the value; where we name the value ourselves, or where
    # it would be the whole record, only the rest is said.
    text: str = error.message
    if not shown:
        return text if len(text) < 100 else "does not fit its schema"  # noqa: PLR2004
    _, found, rest = text.partition(" is ")
    return f"is {rest}" if found else "does not fit its schema"
