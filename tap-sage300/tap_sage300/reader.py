"""Reads the values of one raw record, and names the record when a value is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml_connector.errors import InputError

from tap_sage300.values import Kind, convert, convert_amount

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordReader:
    """A raw record with the name a user knows it by."""

    raw: Mapping[str, object]
    stream: str
    record: str

    def value(self, name: str, kind: Kind) -> object:
        """Return the value of `name` in the form of `kind`; None when there is none."""
        return convert(self.raw.get(name), kind, stream=self.stream, record=self.record, field=name)

    def amount(self, name: str) -> Decimal:
        """Return an amount or a quantity; zero when there is none."""
        return convert_amount(
            self.raw.get(name), stream=self.stream, record=self.record, field=name
        )

    def text(self, name: str) -> str:
        """Return a text; empty when there is none."""
        value = self.value(name, Kind.TEXT)
        return value if isinstance(value, str) else ""

    def date(self, name: str) -> str | None:
        """Return a plain date."""
        value = self.value(name, Kind.DATE)
        return value if isinstance(value, str) else None

    def flag(self, name: str) -> bool:
        """Return true or false; false when there is nothing."""
        return self.value(name, Kind.FLAG) is True

    def whole_key(self, name: str) -> int:
        """Return a whole number that is part of the record's identity.

        Raises:
            InputError: there is none.
        """
        number = self.value(name, Kind.INTEGER)
        if isinstance(number, int):
            return number
        raise self.wrong(name, "a whole number; it is part of the record's identity")

    def wrong(self, name: str, expected: str) -> InputError:
        """Build the error for a value that cannot be used."""
        return InputError(
            self.stream,
            f"expected {expected}",
            record=self.record,
            field=name,
            value=self.raw.get(name, "(missing)"),
            remedy="Correct the record in Sage 300 and run again; "
            "nothing after it was read and the stream was not marked as complete.",
        )
