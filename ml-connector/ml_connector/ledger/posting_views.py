"""The postings of a ledger as people look at them: newest first, whatever company they are of.

The ledger has a record for each time that an entry was sent, refused or found. Records of one kind,
company, model and name are of one entry. Those that came to nothing (absent) are its earlier
attempts, unless it has no others. What was found in Sage is an entry by itself, for often it has no
name.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import case, func, or_, select

from ml_connector.ledger._database import BATCH_ROWS
from ml_connector.ledger._posting_records import RecordedEntry, read_entries
from ml_connector.ledger._posting_schema import (
    PostingBatchRow,
    PostingEntryRow,
    PostingLineRow,
    PostingStepRow,
)
from ml_connector.ledger._posting_states import EntryState
from ml_connector.ledger._schema import Run as RunTable
from ml_connector.ledger._schema import table_of
from ml_connector.ledger.posting_figures import EntryFigures, sum_entry

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import ColumnElement, Connection, Row, Select
    from sqlalchemy.sql.selectable import Subquery

    from ml_connector.ledger._database import Database

_BATCHES = table_of(PostingBatchRow)
_ENTRIES = table_of(PostingEntryRow)
_LINES = table_of(PostingLineRow)
_STEPS = table_of(PostingStepRow)
_RUNS = table_of(RunTable)


class EntrySummary(msgspec.Struct, frozen=True, kw_only=True):
    """One record of an entry, without its lines."""

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
    origin: str
    """The model's short name, if it has one."""
    line_count: int
    figures: EntryFigures

    @property
    def title(self) -> str:
        """Its name; what was found in Sage without one has its first id."""
        return self.name or self.first_reference or ""

    @property
    def entry_key(self) -> tuple[object, ...]:
        """What the records of one entry have in common."""
        own = self.entry_id if self.was_adopted else 0
        return self.subject, self.kind, self.name, self.origin, own


_TOLD = tuple(name for name in EntrySummary.__struct_fields__ if name != "figures")
_STORED = tuple(name for name in _TOLD if name in _ENTRIES.c)


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
        """Return entries, the last to change first, each by its newest record that passes.

        Empty filters let all through.
        """
        records = self._select_records().subquery()
        passed = _filter(select(records), records, states=states, kinds=kinds)
        is_over = (records.c.state == EntryState.ABSENT) & records.c.newest_live.is_not(None)
        passing = passed.where(~is_over).subquery()
        newest = func.max(passing.c.entry_id).over(partition_by=_find_key(passing))
        ranked = select(passing, newest.label("newest")).subquery()
        return self._read(
            select(ranked).where(ranked.c.entry_id == ranked.c.newest), ranked, limit=limit
        )

    def find_records(
        self, *, states: Collection[EntryState], kinds: Collection[str], limit: int
    ) -> list[EntrySummary]:
        """Return every record of every entry, earlier attempts too, the last to change first."""
        records = self._select_summaries().subquery()
        query = _filter(select(records), records, states=states, kinds=kinds)
        return self._read(query, records, limit=limit)

    def find(self, name: str) -> list[EntryView]:
        """Return the records of that name, or with a line of that transaction id, newest first."""
        ids = select(_LINES.c.entry_id).where(_has_id(name))
        records = self._select_summaries().subquery()
        query = select(records).where(or_(records.c.name == name, records.c.entry_id.in_(ids)))
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(records.c.entry_id.desc())).all()
            entries = _read_recorded(connection, [row.entry_id for row in rows])
        return [
            EntryView(
                summary=_summarize(row, entries[row.entry_id]),
                entry=entries[row.entry_id],
                steps=self._read_steps(row.entry_id),
            )
            for row in rows
        ]

    def _read(
        self, query: Select[tuple[object, ...]], rows: Subquery, *, limit: int
    ) -> list[EntrySummary]:
        newest_first = query.order_by(rows.c.changed_at.desc(), rows.c.entry_id.desc())
        with self._database.read() as connection:
            found = connection.execute(newest_first.limit(limit)).all()
            entries = _read_recorded(connection, [row.entry_id for row in found])
        return [_summarize(row, entries[row.entry_id]) for row in found]

    def _select_records(self) -> Select[tuple[object, ...]]:
        """Select each record with what tells whether it is over."""
        records = self._select_summaries().subquery()
        live = case((records.c.state != EntryState.ABSENT, records.c.entry_id))
        newest_live = func.max(live).over(partition_by=_find_key(records))
        return select(records, newest_live.label("newest_live"))

    def _select_summaries(self) -> Select[tuple[object, ...]]:
        own = _LINES.c.entry_id == _ENTRIES.c.entry_id
        first = select(func.min(_LINES.c.reference)).where(own).scalar_subquery()
        count = select(func.count()).select_from(_LINES).where(own).scalar_subquery()
        find_slash = func.instr if self._database.is_sqlite else func.strpos
        slash = find_slash(first, "/")
        origin = case((slash > 0, func.substr(first, 1, slash - 1)), else_="")
        return select(
            *(_ENTRIES.c[name] for name in _STORED),
            _BATCHES.c.kind,
            first.label("first_reference"),
            origin.label("origin"),
            count.label("line_count"),
        ).join(_BATCHES, _BATCHES.c.batch_id == _ENTRIES.c.batch_id)

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


def _find_key(rows: Subquery) -> list[ColumnElement[object]]:
    """Return what `EntrySummary.entry_key` is made of."""
    own = case((rows.c.was_adopted, rows.c.entry_id), else_=0)
    return [rows.c.subject, rows.c.kind, rows.c.name, rows.c.origin, own]


def _filter(
    query: Select[tuple[object, ...]],
    rows: Subquery,
    *,
    states: Collection[EntryState],
    kinds: Collection[str],
) -> Select[tuple[object, ...]]:
    if states:
        query = query.where(rows.c.state.in_([str(state) for state in states]))
    return query.where(rows.c.kind.in_(list(kinds))) if kinds else query


def _read_recorded(connection: Connection, ids: Sequence[int]) -> dict[int, RecordedEntry]:
    return {
        one.entry_id: one
        for start in range(0, len(ids), BATCH_ROWS)
        for one in read_entries(
            connection, _ENTRIES.c.entry_id.in_(ids[start : start + BATCH_ROWS])
        )
    }


def _summarize(row: Row[tuple[object, ...]], entry: RecordedEntry) -> EntrySummary:
    told = {name: getattr(row, name) for name in _TOLD}
    lines = [line.content for line in entry.lines]
    return EntrySummary(**told, figures=sum_entry(row.kind, entry.content, lines))
