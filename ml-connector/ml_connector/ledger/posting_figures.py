"""What an entry comes to, for people: its date, its text, and an amount in each currency.

Pure. Lines are taken as they are recorded: as they were sent, as Sage shows them, or, of an entry
that the gate refused, as they came.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_connector.ledger._posting_records import Content

JOURNAL: Final = "gl_journal"
KIND_TITLES: Final[Mapping[str, str]] = {
    JOURNAL: "journal",
    "ap_invoice": "A/P invoice",
    "ap_adjustment": "A/P adjustment",
}
"""The kinds of entries, in words."""
_DAY_CHARS: Final = 10


class EntryFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What an entry comes to; what its lines do not tell is `None`, or not there."""

    date: str | None
    description: str | None
    amounts: Mapping[str, Decimal]
    """By currency, blank where a line has none: the debits of a journal, a document's total."""


def sum_entry(kind: str, content: Content, lines: Sequence[Content]) -> EntryFigures:
    """Sum up an entry of `kind` by its header and its lines.

    Lines of which one has an amount that is no number have no sum.
    """
    date = _find("date", content, lines)
    return EntryFigures(
        date=date[:_DAY_CHARS] if date else None,
        description=_find("description", content, lines),
        amounts=_sum(kind, content, lines),
    )


def _find(field: str, content: Content, lines: Sequence[Content]) -> str | None:
    """Return what the header says, else the first line that says anything."""
    texts = ((one.get(field) or "").strip() for one in (content, *lines))
    return next((text for text in texts if text), None)


def _sum(kind: str, content: Content, lines: Sequence[Content]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    try:
        if content.get("total"):
            return {_find("currency", content, lines) or "": _parse(content, "total")}
        for line in lines:
            amount = _parse(line, "amount") + _parse(line, "debit") - _parse(line, "credit")
            is_counted = amount > 0 or kind != JOURNAL
            sums[(line.get("currency") or "").strip().upper()] += amount if is_counted else 0
    except InvalidOperation:
        return {}
    return dict(sums)


def _parse(content: Content, field: str) -> Decimal:
    """Return a number, nothing as zero.

    Raises:
        InvalidOperation: it is none.
    """
    number = Decimal((content.get(field) or "").strip() or 0)
    if not number.is_finite():
        raise InvalidOperation
    return number
