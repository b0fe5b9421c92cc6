"""The postings of a ledger as people look at them: newest first, whatever company they are of."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import func, or_, select

from ml_connector.ledger._posting_records import RecordedEntry, read_entries
from ml_connector.ledger._posting_schema import (
    PostingBatchRow,
    PostingEntryRow,
    PostingLineRow,
    PostingStepRow,
)
from ml_connector.ledger._schema import Run as RunTable
from ml_connector.ledger._schema import table_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement, Select

    from ml_connector.ledger._database import Database
    from ml_connector.ledger._posting_states import EntryState

_BATCHES = table_of(PostingBatchRow)
_ENTRIES = table_of(PostingEntryRow)
_LINES = table_of(PostingLineRow)
_STEPS = table_of(PostingStepRow)
_RUNS = table_of(RunTable)


class EntrySummary(msgspec.Struct, frozen=True, kw_only=True):
    """One entry without its lines; `first_reference` has the model's short name, if it has one."""

    entry_id: int
    subject: str
    kind: str
    name: str
    state: str
    was_adopted: bool
    sage_batch: str | None
    sage_entry: str | None
    reason: str | None
    changed_at: datetime
    first_reference: str | None
    line_count: int


class EntryStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of an entry's life, and the run that took it."""

    at: datetime
    run_id: int
    plugin: str
    before: str | None
    after: str
    sage_batch: str | None
    sage_entry: str | None
    reason: str | None


class EntryView(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of one entry."""

    summary: EntrySummary
    entry: RecordedEntry
    steps: tuple[EntryStep, ...]


class PostingViews:
    """Reads postings of all companies of a ledger; `Ledger.posting_views` makes it."""

    def __init__(self, database: Database) -> None:
        """Refer to the ledger; nothing is read yet."""
        self._database = database

    def find_newest(
        self, *, states: Collection[EntryState], kinds: Collection[str], limit: int
    ) -> list[EntrySummary]:
        """Return the entries that changed last, newest first; empty filters let all through."""
        query = _select_summaries().order_by(
            _ENTRIES.c.changed_at.desc(), _ENTRIES.c.entry_id.desc()
        )
        if states:
            query = query.where(_ENTRIES.c.state.in_([str(state) for state in states]))
        if kinds:
            query = query.where(_BATCHES.c.kind.in_(list(kinds)))
        with self._database.read() as connection:
            return [
                EntrySummary(**row) for row in connection.execute(query.limit(limit)).mappings()
            ]

    def find(self, name: str) -> list[EntryView]:
        """Return the entries of that name, or with a line of that transaction id, oldest first."""
        ids = select(_LINES.c.entry_id).where(_has_id(name))
        condition = or_(_ENTRIES.c.name == name, _ENTRIES.c.entry_id.in_(ids))
        query = _select_summaries().where(condition).order_by(_ENTRIES.c.entry_id)
        with self._database.read() as connection:
            summaries = [EntrySummary(**row) for row in connection.execute(query).mappings()]
            entries = {one.entry_id: one for one in read_entries(connection, condition)}
        return [
            EntryView(
                summary=one, entry=entries[one.entry_id], steps=self._read_steps(one.entry_id)
            )
            for one in summaries
        ]

    def _read_steps(self, entry_id: int) -> tuple[EntryStep, ...]:
        query = (
            select(
                *(_STEPS.c.at, _STEPS.c.run_id, _RUNS.c.plugin, _STEPS.c.before, _STEPS.c.after),
                *(_STEPS.c.sage_batch, _STEPS.c.sage_entry, _STEPS.c.reason),
            )
            .join(_RUNS, _RUNS.c.run_id == _STEPS.c.run_id)
            .where(_STEPS.c.entry_id == entry_id)
            .order_by(_STEPS.c.step_id)
        )
        with self._database.read() as connection:
            return tuple(EntryStep(**row) for row in connection.execute(query).mappings())


def _has_id(name: str) -> ColumnElement[bool]:
    """Match a reference with its origin and revision, or without; payables have upper case."""
    reference = _LINES.c.reference
    ways = [
        way
        for one in {name, name.upper()}
        for way in (
            reference == one,
            reference.endswith(f"/{one}", autoescape=True),
            reference.startswith(f"{one}~", autoescape=True),
            reference.contains(f"/{one}~", autoescape=True),
        )
    ]
    return or_(*ways)


def _select_summaries() -> Select[tuple[object, ...]]:
    own = _LINES.c.entry_id == _ENTRIES.c.entry_id
    columns = [
        _ENTRIES.c[name]
        for name in EntrySummary.__struct_fields__
        if name not in ("kind", "first_reference", "line_count")
    ]
    first = select(func.min(_LINES.c.reference)).where(own).scalar_subquery()
    count = select(func.count()).select_from(_LINES).where(own).scalar_subquery()
    return select(
        *columns,
        _BATCHES.c.kind,
        first.label("first_reference"),
        count.label("line_count"),
    ).join(_BATCHES, _BATCHES.c.batch_id == _ENTRIES.c.batch_id)
