"""Entries as they are recorded, and as they are read back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import select

from ml_connector.ledger._database import BATCH_ROWS
from ml_connector.ledger._posting_schema import PostingBatchRow, PostingEntryRow, PostingLineRow
from ml_connector.ledger._posting_states import EntryState
from ml_connector.ledger._schema import table_of
from ml_connector.wire import decode_as

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

_BATCHES = table_of(PostingBatchRow)
_ENTRIES = table_of(PostingEntryRow)
_LINES = table_of(PostingLineRow)

Content = Mapping[str, str | None]
DISMISSED: Final = "dismissed by"
"""How the reason begins of what a person dismissed; who it was, follows."""
VANISHED: Final = "its batch is not in Sage 300 any more"
"""The reason of what was last seen in a batch that was purged: it was deleted, or posted."""


class DraftLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line to be recorded; `reference` is its id as it stands in Sage."""

    reference: str
    content: Content


class DraftEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry to be recorded, by the name the planners know it by."""

    name: str
    content: Content
    lines: tuple[DraftLine, ...]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where Sage shows an entry, and how."""

    state: EntryState
    batch: str | None = None
    entry: str | None = None
    reason: str | None = None


class RecordedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as it stands in the ledger."""

    entry_id: int
    batch_id: int
    name: str
    state: EntryState
    was_adopted: bool
    sage_batch: str | None
    sage_entry: str | None
    reason: str | None
    token: str | None
    """What its batch was called when it was sent."""
    sent_at: datetime | None
    content: Content
    lines: tuple[DraftLine, ...]

    @property
    def references(self) -> frozenset[str]:
        """The ids of its lines, as they stand in Sage."""
        return frozenset(line.reference for line in self.lines)

    @property
    def origin(self) -> str:
        """The short name of the model it is of, if that has one."""
        origin, slash, _ = min(self.references, default="").partition("/")
        return origin if slash else ""

    @property
    def has_vanished(self) -> bool:
        """Whether its batch was purged before the ledger knew if it was deleted or posted."""
        return self.state is EntryState.WITHDRAWN and self.reason == VANISHED

    @property
    def is_dismissed(self) -> bool:
        """Whether a person dismissed it, and nobody has taken that back."""
        return self.state is EntryState.ABSENT and (self.reason or "").startswith(f"{DISMISSED} ")


def read_entries(connection: Connection, *conditions: object) -> list[RecordedEntry]:
    """Return the entries that meet `conditions`, with their lines, oldest first."""
    query = (
        select(_ENTRIES, _BATCHES.c.sent_at, _BATCHES.c.token)
        .join(_BATCHES, _BATCHES.c.batch_id == _ENTRIES.c.batch_id)
        .where(*conditions)  # type: ignore[arg-type] # conditions of one table
        .order_by(_ENTRIES.c.entry_id)
    )
    rows = connection.execute(query).all()
    lines = _read_lines(connection, [row.entry_id for row in rows])
    return [_recorded_entry(row, lines.get(row.entry_id, [])) for row in rows]


def _read_lines(connection: Connection, entry_ids: Sequence[int]) -> dict[int, list[DraftLine]]:
    lines: dict[int, list[DraftLine]] = {}
    for start in range(0, len(entry_ids), BATCH_ROWS):
        part = entry_ids[start : start + BATCH_ROWS]
        query = (
            select(_LINES)
            .where(_LINES.c.entry_id.in_(part))
            .order_by(_LINES.c.entry_id, _LINES.c.position)
        )
        for row in connection.execute(query):
            line = DraftLine(
                reference=row.reference, content=decode_as(row.content, dict[str, str | None])
            )
            lines.setdefault(row.entry_id, []).append(line)
    return lines


def _recorded_entry(row: Row[tuple[object, ...]], lines: Sequence[DraftLine]) -> RecordedEntry:
    return RecordedEntry(
        entry_id=row.entry_id,
        batch_id=row.batch_id,
        name=row.name,
        state=EntryState(row.state),
        was_adopted=row.was_adopted,
        sage_batch=row.sage_batch,
        sage_entry=row.sage_entry,
        reason=row.reason,
        token=row.token,
        sent_at=row.sent_at,
        content=decode_as(row.content, dict[str, str | None]),
        lines=tuple(lines),
    )
