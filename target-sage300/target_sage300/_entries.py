"""An entry as it is checked, sent and found again; and what is wrong with one that is not.

The line's reference is its identity in Sage: origin, transaction id and revision in one text that
survives into the posted ledger (`JournalDetailReference`, 60; Sage sheet §5.5).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import msgspec
from ml_connector.ledger import DraftEntry, DraftLine
from typing_extensions import override

REFERENCE_CHARS_MAX: Final = 60
WRITTEN: Final = "transaction_id"
"""In the content of a line: its id as the model writes it, where Sage has it in upper case."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line; `amount` is in `currency`, debits positive, credits negative."""

    reference: str
    account: str
    currency: str
    amount: Decimal
    description: str = ""
    comment: str = ""
    facts: Mapping[str, str] = {}
    """What only its kind knows, by our names."""


def by_reference(line: Line) -> str:
    """Sort lines by what they are known by, whatever the order of the export."""
    return line.reference


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Lines that go into the books together, under the name the planners know them by."""

    name: str
    date: dt.date
    description: str
    lines: tuple[Line, ...]
    facts: Mapping[str, str] = {}
    """What only its kind knows, by our names."""

    @property
    def references(self) -> frozenset[str]:
        """The identities of its lines."""
        return frozenset(line.reference for line in self.lines)

    def draft(self) -> DraftEntry:
        """Return the entry as the ledger keeps it."""
        return DraftEntry(
            name=self.name,
            content={
                "date": self.date.isoformat(),
                "description": self.description,
                **self.facts,
            },
            lines=tuple(
                DraftLine(reference=line.reference, content=_line_content(self, line))
                for line in self.lines
            ),
        )


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that keeps an entry out of the books: where, what, and what to do."""

    entry: str
    problem: str
    remedy: str
    record: str | None = None
    field: str | None = None
    value: str | None = None

    @override
    def __str__(self) -> str:
        """One sentence that names entry, record, field and value."""
        where = f"entry {self.entry!r}" if self.entry else "a line without an entry"
        where += f", record {self.record}" if self.record else ""
        where += f", field {self.field!r}" if self.field else ""
        where += f", value {self.value[:80]!r}" if self.value is not None else ""
        return f"{where}: {self.problem.rstrip('.')}. {self.remedy}"


def build_reference(transaction_id: str, *, origin: str) -> str:
    """Return what identifies the first revision of a line in Sage.

    In the only model it is the id itself, which is what planners search for.
    """
    return f"{origin}/{transaction_id}" if origin else transaction_id


def normal_amount(amount: Decimal) -> str:
    """Write an amount so that equal ones are equal texts: no exponent, no needless zeros."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _line_content(entry: Entry, line: Line) -> dict[str, str | None]:
    return {
        "date": entry.date.isoformat(),
        "account": line.account,
        "currency": line.currency,
        "amount": normal_amount(line.amount),
        "description": line.description,
        "comment": line.comment,
        **line.facts,
    }
