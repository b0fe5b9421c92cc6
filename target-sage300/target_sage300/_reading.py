"""Reads the fields of one line as they came, and collects what is wrong with them."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from target_sage300._entries import Problem

if TYPE_CHECKING:
    from ml_connector.ledger import InputLine

    from target_sage300._settings import PostingSettings

TRUE: Final = frozenset({"true", "1", "yes"})
FALSE: Final = frozenset({"false", "0", "no", ""})
NO_NUMBER: Final = "it is not a number"
NUMBER_REMEDY: Final = "Use a number line item, unformatted."
_NUMBER: Final = re.compile(r"([+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(E[+-]?[0-9]{1,3})?)?", re.IGNORECASE)
AMOUNT_BELOW: Final = Decimal(10) ** 13
"""Amounts have ten bytes of packed decimals, three of them behind the point (Sage sheet §4.2)."""


class LineReader:
    """Reads the fields of one line and collects what is wrong with them."""

    def __init__(self, posting: PostingSettings, entry: str, line: InputLine) -> None:
        self.line = line
        self.problems: list[Problem] = []
        self._posting = posting
        self._entry = entry

    def object(self, field: str, problem: str, remedy: str) -> None:
        """Note a problem of a field."""
        self.problems.append(
            Problem(
                entry=self._entry,
                record=self.line.reference or "without id",
                field=self._posting.column(field),
                value=self.line.content[field],
                problem=problem,
                remedy=remedy,
            )
        )

    def text(self, field: str) -> str:
        """Return a field without blanks around it."""
        return (self.line.content[field] or "").strip()

    def short(self, field: str, *, chars_max: int) -> str:
        """Return a text that fits Sage's field."""
        text = self.text(field)
        if len(text) > chars_max:
            problem = f"it has {len(text)} characters; Sage 300 keeps {chars_max}"
            self.object(field, problem, "Shorten it in the model.")
        return text

    def flag(self, field: str) -> bool:
        """Return a yes or no."""
        text = self.text(field).lower()
        if text not in TRUE | FALSE:
            self.object(field, "it is neither true nor false", "Use a yes/no line item.")
        return text in TRUE

    def date(self, field: str) -> dt.date | None:
        """Return a day."""
        text = self.text(field)
        try:
            # A moment at midnight is how some databases spell a day.
            return dt.date.fromisoformat(text.removesuffix("T00:00:00").removesuffix(" 00:00:00"))
        except ValueError:
            self.object(field, "it is not a day like 2026-11-30", "Use a date line item.")
            return None

    def sides(self) -> Decimal | None:
        """Return debit less credit; exactly one of the two has an amount above zero."""
        debit, credit = self._side("debit"), self._side("credit")
        if debit is None or credit is None:
            return None
        if debit and credit:
            self.object("credit", "the line has a debit as well", "Use one of the two.")
            return None
        if not debit and not credit:
            self.object("debit", "the line has no amount", "Give a debit or a credit.")
            return None
        return debit - credit

    def _side(self, field: str) -> Decimal | None:
        amount = self.number(field)
        if amount is not None and amount < 0:
            self.object(field, "it is negative", "Put it on the other side.")
            return None
        return amount

    def number(self, field: str) -> Decimal | None:
        """Return an amount; nothing is zero."""
        amount = parse_number(self.text(field))
        if amount is None:
            self.object(field, NO_NUMBER, NUMBER_REMEDY)
        return amount


def parse_number(text: str) -> Decimal | None:
    """Return a number, nothing as zero; `None` when it is none."""
    text = text.strip()
    return Decimal(text or 0) if _NUMBER.fullmatch(text) else None
