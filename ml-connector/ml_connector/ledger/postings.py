"""What was posted, is being posted, or was found in Sage: entries, their batches and their ids.

Every change of an entry's state goes through `move` (or begins with `prepare` or `adopt`), is
checked against the table in `_posting_states`, leaves a step, and is durable when it returns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import Connection, insert, not_, select, update
from sqlalchemy.exc import IntegrityError

from ml_connector.errors import LedgerError
from ml_connector.ledger._chain import Block, append_block
from ml_connector.ledger._database import BATCH_ROWS
from ml_connector.ledger._posting_records import (
    DISMISSED,
    DraftEntry,
    Place,
    RecordedEntry,
    read_entries,
)
from ml_connector.ledger._posting_schema import (
    PostingBatchRow,
    PostingEntryRow,
    PostingLineRow,
    PostingMarkRow,
    PostingStepRow,
)
from ml_connector.ledger._posting_states import FIRST, FREE, EntryState, check_step
from ml_connector.ledger._posting_steps import Step, digest_entry, encode_step, insert_steps
from ml_connector.ledger._schema import table_of
from ml_connector.wire import encode_json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from ml_connector.clock import Clock
    from ml_connector.ledger._database import Database
    from ml_connector.ledger.runs import Run

_BATCHES = table_of(PostingBatchRow)
_ENTRIES = table_of(PostingEntryRow)
_LINES = table_of(PostingLineRow)
_STEPS = table_of(PostingStepRow)
_MARKS = table_of(PostingMarkRow)


_PAGE_ENTRIES: Final = 200


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
            place = Place(state=EntryState.PREPARED)
            ids = self._insert_entries(
                connection, run, batch_id, [(entry, place) for entry in entries]
            )
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
            self._insert_entries(connection, run, batch_id, found, was_adopted=True)

    def keep_refused(
        self, run: Run, *, kind: str, refused: Sequence[tuple[DraftEntry, str]]
    ) -> None:
        """Keep entries that were refused before anything was sent, each with the reason."""
        if not refused:
            return
        with self._database.write() as connection:
            batch_id = self._insert_batch(connection, run, kind=kind)
            placed = [
                (entry, Place(state=EntryState.REFUSED, reason=reason)) for entry, reason in refused
            ]
            self._insert_entries(connection, run, batch_id, placed)

    def record_sent(self, run: Run, batch: PostingBatch) -> None:
        """Record that the batch is about to leave, or to leave again: it may stand in Sage soon.

        Raises:
            LedgerError: an entry is neither prepared nor sent (any more).
        """
        with self._database.write() as connection:
            connection.execute(
                update(_BATCHES)
                .where(_BATCHES.c.batch_id == batch.batch_id)
                .values(sent_at=self._clock.now())
            )
            states = connection.execute(
                select(_ENTRIES.c.entry_id, _ENTRIES.c.state).where(
                    _ENTRIES.c.batch_id == batch.batch_id
                )
            )
            sent = Place(state=EntryState.SENT)
            self._move(
                connection, run, [(one.entry_id, sent) for one in states if one.state != sent.state]
            )

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
                known = read_entries(connection, _ENTRIES.c.entry_id.in_(ids)) if ids else []
                entries = {one.entry_id: one for one in known}
            found |= {row.reference: entries[row.entry_id] for row in claims}
        return found

    def find_revised(self) -> list[str]:
        """Return every claimed reference that may be of a later revision, or of a reversal."""
        query = select(_LINES.c.reference).where(
            _LINES.c.subject == self._subject, _LINES.c.is_claimed, _LINES.c.reference.contains("~")
        )
        with self._database.read() as connection:
            return list(connection.scalars(query))

    def find_in(
        self, states: Collection[EntryState], *, kind: str, sage_batch: str | None = None
    ) -> list[RecordedEntry]:
        """Return the entries of `kind` in one of `states`, oldest first; of one batch, if given."""
        conditions = [
            _ENTRIES.c.subject == self._subject,
            _BATCHES.c.kind == kind,
            _ENTRIES.c.state.in_([str(state) for state in states]),
        ]
        if sage_batch is not None:
            conditions.append(_ENTRIES.c.sage_batch == sage_batch)
        with self._database.read() as connection:
            return read_entries(connection, *conditions)

    def pages_in(
        self, states: Collection[EntryState], *, kind: str
    ) -> Iterator[list[RecordedEntry]]:
        """Yield the entries of `kind` in one of `states` by pages, oldest first."""
        condition = _ENTRIES.c.state.in_([str(state) for state in states])
        after = 0
        while True:
            query = (
                select(_ENTRIES.c.entry_id)
                .join(_BATCHES, _BATCHES.c.batch_id == _ENTRIES.c.batch_id)
                .where(_ENTRIES.c.subject == self._subject, _BATCHES.c.kind == kind, condition)
                .where(_ENTRIES.c.entry_id > after)
                .order_by(_ENTRIES.c.entry_id)
                .limit(_PAGE_ENTRIES)
            )
            with self._database.read() as connection:
                ids = list(connection.scalars(query))
                page = read_entries(connection, _ENTRIES.c.entry_id.in_(ids))
            if not page:
                return
            yield page
            after = ids[-1]

    def find_touched(self, run: Run, *, kind: str) -> list[RecordedEntry]:
        """Return the entries of `kind` that took a step in `run`, oldest first."""
        touched = select(_STEPS.c.entry_id).where(_STEPS.c.run_id == run.run_id)
        with self._database.read() as connection:
            return read_entries(
                connection,
                _ENTRIES.c.subject == self._subject,
                _BATCHES.c.kind == kind,
                _ENTRIES.c.entry_id.in_(touched),
            )

    def dismiss(self, run: Run, entry_ids: Iterable[int], *, by: str) -> None:
        """Keep entries that are refused no longer, nor again unless they come otherwise."""
        place = Place(state=EntryState.ABSENT, reason=f"{DISMISSED} {by}")
        self.move(run, [(entry_id, place) for entry_id in entry_ids])

    def take_back_dismissal(self, run: Run, entry_id: int, *, by: str) -> None:
        """Keep an entry again that was dismissed; the next run that brings it judges it."""
        reason = f"its dismissal was taken back by {by}; it is judged again when it comes again"
        self.move(run, [(entry_id, Place(state=EntryState.REFUSED, reason=reason))])

    def find_dismissed(self, *, kind: str) -> list[RecordedEntry]:
        """Return the dismissed entries of `kind` that no newer record of the entry replaces."""
        own = _ENTRIES.c.subject == self._subject
        is_dismissed = _ENTRIES.c.reason.startswith(f"{DISMISSED} ", autoescape=True)
        names = select(_ENTRIES.c.name).where(
            own, _ENTRIES.c.state == EntryState.ABSENT, is_dismissed
        )
        with self._database.read() as connection:
            records = read_entries(
                connection,
                own,
                _BATCHES.c.kind == kind,
                _ENTRIES.c.name.in_(names),
                not_(_ENTRIES.c.was_adopted),
            )
        newest = {(one.name, one.origin): one for one in records}
        return [one for one in newest.values() if one.is_dismissed]

    def has_been(self, sage_batch: str, state: EntryState, *, kind: str) -> bool:
        """Tell whether an entry of a batch of Sage, of a kind of batches, has been in `state`."""
        query = (
            select(_STEPS.c.step_id)
            .join(_ENTRIES, _ENTRIES.c.entry_id == _STEPS.c.entry_id)
            .join(_BATCHES, _BATCHES.c.batch_id == _ENTRIES.c.batch_id)
            .where(
                _ENTRIES.c.subject == self._subject,
                _ENTRIES.c.sage_batch == sage_batch,
                _BATCHES.c.kind == kind,
            )
        )
        with self._database.read() as connection:
            return connection.scalar(query.where(_STEPS.c.after == state).limit(1)) is not None

    def find_sent_at(self, token: str) -> datetime | None:
        """Return when the batch of `token` left last; `None` when it is not known to have left."""
        query = select(_BATCHES.c.sent_at).where(
            _BATCHES.c.subject == self._subject, _BATCHES.c.token == token
        )
        with self._database.read() as connection:
            return connection.scalar(query)

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

    def _insert_entries(
        self,
        connection: Connection,
        run: Run,
        batch_id: int,
        placed: Sequence[tuple[DraftEntry, Place]],
        *,
        was_adopted: bool = False,
    ) -> list[int]:
        now = self._clock.now()
        ids, lines, steps = [], [], []
        for entry, place in placed:
            assert place.state in FIRST  # noqa: S101 - the callers choose it
            content = encode_json(entry.content).decode()
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
                    content=content,
                    changed_at=now,
                )
            )
            key = result.inserted_primary_key
            entry_id = int(key[0]) if key else 0
            own = [
                {
                    "entry_id": entry_id,
                    "position": position,
                    "subject": self._subject,
                    "reference": line.reference,
                    "is_claimed": place.state not in FREE,
                    "content": encode_json(line.content).decode(),
                }
                for position, line in enumerate(entry.lines)
            ]
            digest = digest_entry(
                entry.name, content, [(str(one["reference"]), str(one["content"])) for one in own]
            )
            ids.append(entry_id)
            lines += own
            steps.append(self._step(entry_id, before=None, place=place, digest=digest))
        if lines:
            connection.execute(insert(_LINES), lines)
        self._write_steps(connection, run, steps)
        return ids

    def _move(self, connection: Connection, run: Run, places: Iterable[tuple[int, Place]]) -> None:
        steps = []
        for entry_id, place in places:
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
            steps.append(self._step(entry_id, before=row.state, place=place))
        self._write_steps(connection, run, steps)

    def _write_steps(self, connection: Connection, run: Run, steps: Sequence[Step]) -> None:
        if steps:
            now = self._clock.now()
            block = Block(run_id=run.run_id, kind="steps", load_id=None, written_at=now)
            number = append_block(connection, block, map(encode_step, steps))
            insert_steps(connection, steps, run_id=run.run_id, block_number=number)

    def _step(
        self, entry_id: int, *, before: str | None, place: Place, digest: str | None = None
    ) -> Step:
        return Step(
            entry_id=entry_id,
            at=self._clock.now(),
            before=before,
            after=place.state,
            sage_batch=place.batch,
            sage_entry=place.entry,
            reason=place.reason,
            digest=digest,
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
            names = ", ".join(entry.name or entry.lines[0].reference for entry in self._entries[:3])
            raise LedgerError(
                f"an id of {names} is claimed by another entry",
                remedy="Nothing was recorded and nothing sent. Look with `ml-connector postings"
                " list` which entry has it, and in Sage 300 whether it stands there twice.",
            ) from error
