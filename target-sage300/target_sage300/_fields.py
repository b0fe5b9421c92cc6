"""The fields of a line, by kind, and the property each is read from by default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

GL_JOURNAL: Final = "gl_journal"

_EVERY_KIND: Final = {
    "transaction_id": "Transaction ID",
    "entry": "Entry",
    "lines_in_entry": "Lines In Entry",
    "approved": "Approved",
    "company": "Company",
}

FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    GL_JOURNAL: {
        **_EVERY_KIND,
        "date": "Posting Date",
        "account": "Account",
        "debit": "Debit",
        "credit": "Credit",
        "currency": "Currency",
        "description": "Description",
        "comment": "Comment",
        "auto_reversal": "Reversal",
    },
}
"""What a line of each kind has; the names of the blueprint."""

OPTIONAL_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    GL_JOURNAL: frozenset({"currency", "description", "comment", "auto_reversal"}),
}
"""Fields a stream may lack."""
