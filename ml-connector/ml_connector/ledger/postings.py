"""What was posted, is being posted, or was found in Sage: entries, their batches and their ids.

Every change of an entry's state goes through `move` (or begins with `prepare` or `adopt`), is
checked against the table in `_posting_states`, leaves a step, and is durable when it returns.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from ml_connector.errors import LedgerError
from ml_connector.ledger._database import BATCH_ROWS
from ml_connector.ledger._posting_schema import (
    PostingBatchRow,
    PostingEntryRow,
    PostingLineRow,
    PostingMarkRow,
    PostingStepRow,
)
from ml_connector.ledger._posting_states import FIRST, FREE, EntryState, check_step
from ml_connector.ledger._schema import table_of
from ml_connector.wire import decode_as, encode_json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy import Row

    from ml_connector.clock import Clock
    from ml_connector.ledger._database import Database
    from ml_connector.ledger.runs import Run

_BATCHES = table_of(PostingBatchRow)
_ENTRIES = table_of(PostingEntryRow)
_LINES = table_of(PostingLineRow)
_STEPS = table_of(PostingStepRow)
_MARKS = table_of(PostingMarkRow)

Content = Mapping[str, str | None]


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
    sent_at: datetime | None
    content: Content
    lines: tuple[DraftLine, ...]

    @property
    def references(self) -> frozenset[str]:
        """The ids of its lines, as they stand in Sage."""
        return frozenset(line.reference for line in self.lines)


class PostingBatch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch as it was prepared, and the ids of its entries in order."""

    batch_id: int
    token: str
    entry_ids: tuple[int, ...]


class Postings:
    """The postings of one company; `Ledger.postings` makes it."""

    def __init__(self, database: Database, clock: Clock, *, subject: str) -> None:
        """Refer to the postings of `subject`; nothing is read yet."""
        self._database = database
        self._clock = clock
        self._subject = subject

    def prepare(
        self, run: Run, *, kind: str, token: str, entries: Sequence[DraftEntry]
    ) -> PostingBatch:
        """Record a batch before it is sent; its ids are claimed from here on.

        Raises:
            LedgerError: an id is claimed already; nothing was recorded.
        """
        with _naming_claims(entries), self._database.write() as connection:
            batch_id = self._insert_batch(connection, run, kind=kind, token=token)
            ids = [
                self._insert_entry(
                    connection, run, batch_id, entry, Place(state=EntryState.PREPARED)
                )
                for entry in entries
            ]
        return PostingBatch(batch_id=batch_id, token=token, entry_ids=tuple(ids))

    def adopt(
        self,
        run: Run,
        *,
        kind: str,
        found: Sequence[tuple[DraftEntry, Place]],
    ) -> None:
        """Record entries that were found in Sage and that nobody here knew.

        Raises:
            LedgerError: an id is claimed already; nothing was recorded.
        """
        with _naming_claims([one for one, _ in found]), self._database.write() as connection:
            batch_id = self._insert_batch(connection, run, kind=kind)
            for entry, place in found:
                self._insert_entry(connection, run, batch_id, entry, place, was_adopted=True)

    def keep_refused(
        self, run: Run, *, kind: str, refused: Sequence[tuple[DraftEntry, str]]
    ) -> None:
        """Keep entries that were refused before anything was sent, each with the reason."""
        if not refused:
            return
        with self._database.write() as connection:
            batch_id = self._insert_batch(connection, run, kind=kind)
            for entry, reason in refused:
                place = Place(state=EntryState.REFUSED, reason=reason)
                self._insert_entry(connection, run, batch_id, entry, place)

    def record_sent(self, run: Run, batch: PostingBatch) -> None:
        """Record that the batch is about to leave: what follows may stand in Sage.

        Raises:
            LedgerError: an entry is not prepared (any more).
        """
        steps = [(entry_id, Place(state=EntryState.SENT)) for entry_id in batch.entry_ids]
        with self._database.write() as connection:
            connection.execute(
                update(_BATCHES)
                .where(_BATCHES.c.batch_id == batch.batch_id)
                .values(sent_at=self._clock.now())
            )
            self._move(connection, run, steps)

    def move(self, run: Run, steps: Iterable[tuple[int, Place]]) -> None:
        """Take entries to their new states, all or none.

        Raises:
            LedgerError: a step is not legal; nothing was changed.
        """
        with self._database.write() as connection:
            self._move(connection, run, steps)

    def find_claims(self, references: Collection[str]) -> dict[str, RecordedEntry]:
        """Return which entries claim these references; at most a batch of them at a time."""
        found: dict[str, RecordedEntry] = {}
        wanted = sorted(references)
        for start in range(0, len(wanted), BATCH_ROWS):
            part = wanted[start : start + BATCH_ROWS]
            query = select(_LINES.c.reference, _LINES.c.entry_id).where(
                _LINES.c.subject == self._subject, _LINES.c.is_claimed, _LINES.c.reference.in_(part)
            )
            with self._database.read() as connection:
                claims = connection.execute(query).all()
                ids = {row.entry_id for row in claims}
                entries = {
                    one.entry_id: one
                    for one in _read_entries(connection, _ENTRIES.c.entry_id.in_(ids))
                }
            found |= {row.reference: entries[row.entry_id] for row in claims}
        return found

    def find_in(self, states: Collection[EntryState], *, kind: str) -> list[RecordedEntry]:
        """Return the entries of `kind` in one of `states`, oldest first."""
        condition = _ENTRIES.c.state.in_([str(state) for state in states])
        with self._database.read() as connection:
            return _read_entries(
                connection,
                _ENTRIES.c.subject == self._subject,
                _BATCHES.c.kind == kind,
                condition,
            )

    def read_mark(self, mark: str) -> str | None:
        """Return how far the company was looked through; `None` when it never was."""
        query = select(_MARKS.c.value).where(
            _MARKS.c.subject == self._subject, _MARKS.c.mark == mark
        )
        with self._database.read() as connection:
            return connection.scalar(query)

    def save_marks(self, marks: Mapping[str, str]) -> None:
        """Keep how far the company was looked through."""
        with self._database.write() as connection:
            for mark, value in marks.items():
                changed = {"value": value, "marked_at": self._clock.now()}
                connection.execute(
                    self._database.insert(_MARKS)
                    .values(subject=self._subject, mark=mark, **changed)
                    .on_conflict_do_update(index_elements=["subject", "mark"], set_=changed)
                )

    def _insert_batch(
        self,
        connection: Connection,
        run: Run,
        *,
        kind: str,
        token: str | None = None,
    ) -> int:
        result = connection.execute(
            insert(_BATCHES).values(
                subject=self._subject,
                kind=kind,
                run_id=run.run_id,
                token=token,
                prepared_at=self._clock.now(),
            )
        )
        key = result.inserted_primary_key
        return int(key[0]) if key else 0

    def _insert_entry(
        self,
        connection: Connection,
        run: Run,
        batch_id: int,
        entry: DraftEntry,
        place: Place,
        *,
        was_adopted: bool = False,
    ) -> int:
        assert place.state in FIRST  # noqa: S101 - the callers choose it
        now = self._clock.now()
        result = connection.execute(
            insert(_ENTRIES).values(
                subject=self._subject,
                batch_id=batch_id,
                name=entry.name,
                state=place.state,
                was_adopted=was_adopted,
                sage_batch=place.batch,
                sage_entry=place.entry,
                reason=place.reason,
                content=encode_json(entry.content).decode(),
                changed_at=now,
            )
        )
        key = result.inserted_primary_key
        entry_id = int(key[0]) if key else 0
        connection.execute(
            insert(_LINES),
            [
                {
                    "entry_id": entry_id,
                    "position": position,
                    "subject": self._subject,
                    "reference": line.reference,
                    "is_claimed": place.state not in FREE,
                    "content": encode_json(line.content).decode(),
                }
                for position, line in enumerate(entry.lines)
            ],
        )
        self._insert_step(connection, run, entry_id, before=None, place=place)
        return entry_id

    def _move(self, connection: Connection, run: Run, steps: Iterable[tuple[int, Place]]) -> None:
        for entry_id, place in steps:
            row = connection.execute(
                select(_ENTRIES.c.state, _ENTRIES.c.name).where(_ENTRIES.c.entry_id == entry_id)
            ).one()
            check_step(EntryState(row.state), place.state, entry=row.name)
            changed: dict[str, object] = {"state": place.state, "reason": place.reason}
            if place.batch is not None:
                changed |= {"sage_batch": place.batch, "sage_entry": place.entry}
            connection.execute(
                update(_ENTRIES)
                .where(_ENTRIES.c.entry_id == entry_id)
                .values(**changed, changed_at=self._clock.now())
            )
            if place.state in FREE:
                connection.execute(
                    update(_LINES).where(_LINES.c.entry_id == entry_id).values(is_claimed=False)
                )
            self._insert_step(connection, run, entry_id, before=row.state, place=place)

    def _insert_step(
        self, connection: Connection, run: Run, entry_id: int, *, before: str | None, place: Place
    ) -> None:
        connection.execute(
            insert(_STEPS).values(
                entry_id=entry_id,
                run_id=run.run_id,
                at=self._clock.now(),
                before=before,
                after=place.state,
                reason=place.reason,
            )
        )


class _naming_claims:  # noqa: N801 - reads as the sentence it is
    """Turns a broken promise of uniqueness into the error that names it."""

    def __init__(self, entries: Sequence[DraftEntry]) -> None:
        self._entries = entries

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: object
    ) -> None:
        """Translate."""
        if isinstance(error, IntegrityError):
            names = ", ".join(entry.name for entry in self._entries[:3])
            raise LedgerError(
                f"an id of {names} is claimed by another entry",
                remedy="Nothing was recorded and nothing sent. Look with `ml-connector postings"
                " list` which entry has it, and in Sage 300 whether it stands there twice.",
            ) from error


def _read_entries(connection: Connection, *conditions: object) -> list[RecordedEntry]:
    query = (
        select(_ENTRIES, _BATCHES.c.sent_at)
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
        sent_at=row.sent_at,
        content=decode_as(row.content, dict[str, str | None]),
        lines=tuple(lines),
    )
