"""Cells of an export's file: from text to values, exact; blank, zero and false kept apart."""

from __future__ import annotations

import datetime as dt
import re
from decimal import ROUND_HALF_EVEN, Context, Decimal
from enum import StrEnum
from typing import Final

import msgspec

_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_DOUBLE_DIGITS: Final = 15
_RESIDUE: Final = Decimal("0.000001")
_EXACT: Final = Context(prec=400)


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"


class CellError(ValueError):
    """A text that is no value of its column's kind; says what was expected and what to do."""

    def __init__(self, problem: str, remedy: str) -> None:
        """Keep both for the error that names row and column."""
        super().__init__(problem)
        self.remedy = remedy


class ValueFormats(msgspec.Struct, frozen=True, kw_only=True):
    """How an export writes values; files may follow display formats (Anaplan sheet §6.4)."""

    decimal_separator: str = "."
    thousands_separator: str = ""
    date_format: str = "YYYY-MM-DD"
    true_text: str = "true"
    false_text: str = "false"

    def find_problem(self) -> tuple[str, str, str] | None:
        """Return setting, value and what is wrong with it, if anything is."""
        if self.decimal_separator not in (".", ","):
            return "decimal_separator", self.decimal_separator, "is neither a point nor a comma"
        if self.thousands_separator == self.decimal_separator:
            return "thousands_separator", self.thousands_separator, "also separates decimals"
        if re.sub(r"[^A-Z]", "", self.date_format) not in _DATE_ORDERS:
            return "date_format", self.date_format, "is not made of YYYY, MM and DD, each once"
        if self.true_text.lower() == self.false_text.lower():
            return "true_text", self.true_text, "is the same as false_text"
        return None

    def parse(self, text: str, kind: Kind) -> object:
        """Return the value of a cell; a blank one is None.

        Raises:
            CellError: it is no value of this kind.
        """
        if text == "":
            return None
        match kind:
            case Kind.TEXT:
                return text
            case Kind.NUMBER:
                return self._parse_number(text.strip())
            case Kind.BOOLEAN:
                return self._parse_boolean(text.strip())
            case Kind.DATE:
                return self._parse_date(text.strip())

    def _parse_number(self, text: str) -> Decimal:
        whole, point, decimals = text.partition(self.decimal_separator)
        separator = self.thousands_separator
        if separator and separator in whole:
            # Groups of three digits: 12,50 is no twelve hundred and fifty.
            grouped = rf"[+-]?\d{{1,3}}({re.escape(separator)}\d{{3}})+"
            whole = whole.replace(separator, "") if re.fullmatch(grouped, whole) else ""
        plain = f"{whole}.{decimals}" if point else whole
        if self.decimal_separator != "." and "." in whole + decimals:
            plain = ""
        if not _NUMBER.fullmatch(plain):
            raise CellError(
                "is not a number",
                "Set decimal_separator and thousands_separator of this export as its file has"
                " them, or types for this column.",
            )
        return drop_residue(Decimal(plain))

    def _parse_boolean(self, text: str) -> bool:
        lower = text.lower()
        if lower in (self.true_text.lower(), "1"):
            return True
        if lower in (self.false_text.lower(), "0"):
            return False
        raise CellError(
            "is neither true nor false",
            "Set true_text and false_text of this export as its file has them.",
        )

    def _parse_date(self, text: str) -> str:
        pattern = re.escape(self.date_format)
        for part, digits in (("YYYY", r"(?P<y>\d{4})"), ("MM", r"(?P<m>\d{2})"), ("DD", _DAY)):
            pattern = pattern.replace(part, digits)
        found = re.fullmatch(pattern, text, re.ASCII)
        try:
            if found:
                return dt.date(int(found["y"]), int(found["m"]), int(found["d"])).isoformat()
        except ValueError:
            pass
        raise CellError(
            f"is not a date as {self.date_format}",
            "Set date_format of this export as its file has it.",
        )


_DAY: Final = r"(?P<d>\d{2})"
_DATE_ORDERS: Final = ("YYYYMMDD", "DDMMYYYY", "MMDDYYYY", "YYYYDDMM")


def drop_residue(number: Decimal) -> Decimal:
    """Return what a planner entered where a binary double shows more digits than it carries.

    A double carries 15 digits; `62.25000000000001` is 62.25 (Anaplan sheet §6.4). Numbers of
    fewer digits, and whole ones, are kept as they are.
    """
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or exponent >= 0 or len(digits) < _DOUBLE_DIGITS:
        return number
    rounded = Context(prec=_DOUBLE_DIGITS, rounding=ROUND_HALF_EVEN).plus(number)
    if rounded.as_tuple().exponent < _RESIDUE.as_tuple().exponent:  # type: ignore[operator]  # finite
        rounded = rounded.quantize(_RESIDUE, context=_EXACT)
    plain = rounded.normalize(_EXACT)
    return plain if plain.as_tuple().exponent <= 0 else plain.quantize(Decimal(1), context=_EXACT)  # type: ignore[operator]  # finite
