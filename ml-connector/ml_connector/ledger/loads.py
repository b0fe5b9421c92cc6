"""Loads: rows are staged durably, sent in order, judged, and settled in one transaction.

    staging ──> started ──> settled        every row confirmed, or kept as a reject
       │           └──────> failed         the load as a whole; its rows become uncertain
       ├──> discarded                      its rows were never sent; staged again next time
       └──> nothing                        there was nothing to send

A load becomes `started` when the first task that reads it is recorded (`tasks.py`), before that
task is asked for, or before the first call that writes its rows. It goes back to `staging` only
when the model knows of no such task. Killed anywhere, the next run either stages again (no task
ever started) or judges the task it finds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import case, delete, func, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from ml_connector.errors import LedgerError
from ml_connector.ledger import _gather, _rows, _settle
from ml_connector.ledger._database import BATCH_ROWS
from ml_connector.ledger._schema import (
    LoadedRowRow,
    LoadRow,
    LoadState,
    RowProblemRow,
    ScopeRow,
    table_of,
)
from ml_connector.ledger.scopes import (
    Scope,
    find_confirmed,
    find_dismissed,
    record_key_prefix,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import Connection, Row

    from ml_connector.clock import Clock
    from ml_connector.ledger._database import Database
    from ml_connector.ledger.runs import Run

_LOADS = table_of(LoadRow)
_ROWS = table_of(LoadedRowRow)
_PROBLEMS = table_of(RowProblemRow)
_SCOPES = table_of(ScopeRow)

UNSETTLED = (LoadState.STAGING, LoadState.STARTED)


class Load:
    """One load of one run; made by `begin_load`, found again after a crash by `open_load`."""

    def __init__(
        self,
        scope: Scope,
        *,
        load_id: int,
        name: str,
        run_id: int,
        sending: _rows.Sending,
        plan: str,
    ) -> None:
        """Refer to a recorded load; `name` is its stream, `plan` what its target noted."""
        self.scope = scope
        self.load_id = load_id
        self.name = name
        self.run_id = run_id
        self.sending = sending
        self.plan = plan
        self._database = scope.database
        self._clock = scope.clock
        self._sequence = 0
        self._may_have_problems = False

    def resume(self, *, sequence: int) -> None:
        """Go on numbering rows after `sequence`, in a load found again after a crash."""
        self._sequence = sequence
        self._may_have_problems = True

    @property
    def state(self) -> LoadState:
        """How far the load came."""
        with self._database.read() as connection:
            return _read_state(connection, self.load_id)

    def stage(self, rows: Sequence[_rows.StagedRow]) -> _rows.StageCounts:
        """Keep `rows` durably for this load; of several for one key the last one stands.

        Rows the model holds just so are not staged (when sending what changed), nor are rows
        dismissed just so (unless the load replaces everything). A row that goes back to what is
        confirmed takes its staged version away again.

        Raises:
            LedgerError: the load has been started or ended.
        """
        staged = unchanged = 0
        for start in range(0, len(rows), BATCH_ROWS):
            counts = self._stage_batch(rows[start : start + BATCH_ROWS])
            staged += counts.staged
            unchanged += counts.unchanged
        return _rows.StageCounts(staged=staged, unchanged=unchanged)

    def _stage_batch(self, rows: Sequence[_rows.StagedRow]) -> _rows.StageCounts:
        latest = {row.row_key: row for row in rows}
        with self._database.write() as connection:
            _check_state(connection, self.load_id, LoadState.STAGING)
            self._forget_problems(connection, list(latest))
            same = self._find_unchanged(connection, latest)
            if same:
                connection.execute(
                    delete(_ROWS).where(_ROWS.c.load_id == self.load_id, _ROWS.c.row_key.in_(same))
                )
            changed = [row for key, row in latest.items() if key not in same]
            self._upsert(connection, changed)
            self._add_counts(connection, read=len(rows), unchanged=len(same))
        return _rows.StageCounts(staged=len(changed), unchanged=len(same))

    def _forget_problems(self, connection: Connection, keys: list[str]) -> None:
        # What was said about an earlier version of a row says nothing about this one.
        if self._may_have_problems:
            connection.execute(
                delete(_PROBLEMS).where(
                    _PROBLEMS.c.load_id == self.load_id, _PROBLEMS.c.row_key.in_(keys)
                )
            )

    def _find_unchanged(
        self, connection: Connection, latest: dict[str, _rows.StagedRow]
    ) -> set[str]:
        if self.sending is _rows.Sending.REPLACE:
            return set()
        keys = list(latest)
        known = list(find_dismissed(connection, self.scope, keys).items())
        if self.sending is _rows.Sending.CHANGED:
            known += find_confirmed(connection, self.scope, keys).items()
        return {key for key, digest in known if latest[key].digest == digest}

    def _upsert(self, connection: Connection, rows: Sequence[_rows.StagedRow]) -> None:
        if not rows:
            return
        statement = self._database.insert(_ROWS)
        new = statement.excluded
        replaced = ("sequence", "content", "digest", "amount", "checksum", "deleted", "origin")
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["load_id", "row_key"], set_={name: new[name] for name in replaced}
            ),
            [self._values(row) for row in rows],
        )

    def _values(self, row: _rows.StagedRow) -> dict[str, object]:
        self._sequence += 1
        own = {"load_id": self.load_id, "sequence": self._sequence, "origin": "new"}
        return _rows.staged_values(row) | own

    def _add_counts(self, connection: Connection, *, read: int, unchanged: int) -> None:
        connection.execute(
            update(_LOADS)
            .where(_LOADS.c.load_id == self.load_id)
            .values(
                rows_read=_LOADS.c.rows_read + read,
                rows_unchanged=_LOADS.c.rows_unchanged + unchanged,
            )
        )

    def add_ledger_rows(
        self,
        render_anew: _rows.RenderAnew = lambda _row: None,
        *,
        replaced: Collection[str] | None = None,
    ) -> _rows.LedgerRows:
        """Add what the ledger itself has to send, at the end of input; may be repeated.

        Rows in doubt, kept rejects, rows of older columns that `render_anew` can render, and
        everything when the scope is marked for it, each unless a newer row of its key is staged. A
        deletion of a key that was never accepted drops out and closes its reject: there is nothing
        to delete.

        The input of a `replace` load is complete: it gets no rows, and what is marked as deleted
        drops out. With `replaced` the input is complete only for the keys that begin with one of
        these; the ledger adds everything that it knows of the others.
        """
        with self._database.write() as connection:
            _check_state(connection, self.load_id, LoadState.STAGING)
            return _gather.add_ledger_rows(connection, self, render_anew, replaced=replaced)

    def add_deletions(self, *, replaced: Collection[str] | None = None) -> int:
        """Add a deletion of every row in the model that the input, a whole, does not hold any more.

        `replaced` as for `add_ledger_rows`. Return how many.
        """
        with self._database.write() as connection:
            _check_state(connection, self.load_id, LoadState.STAGING)
            return _gather.add_deletions(connection, self, replaced=replaced)

    def record_started(self) -> None:
        """Record durably that its rows are about to be written, without a task that reads them.

        Raises:
            LedgerError: it was started before, or has ended.
        """
        with self._database.write() as connection:
            _check_state(connection, self.load_id, LoadState.STAGING)
            connection.execute(
                update(_LOADS)
                .where(_LOADS.c.load_id == self.load_id)
                .values(state=LoadState.STARTED)
            )
            record_key_prefix(connection, self.scope)

    def add_filler(self) -> bool:
        """Put one confirmed row into an empty load, for a file that must not be header-only."""
        with self._database.write() as connection:
            _check_state(connection, self.load_id, LoadState.STAGING)
            return _gather.add_filler(connection, self)

    def row_count(self) -> int:
        """Count the rows to send."""
        query = select(func.count()).where(_ROWS.c.load_id == self.load_id)
        with self._database.read() as connection:
            return connection.scalar(query) or 0

    def iterate_rows(self) -> Iterator[_rows.LoadedRow]:
        """Yield the rows as they came, the ledger's own first; nothing stays open in between."""
        place = tuple_(_ROWS.c.sequence, _ROWS.c.row_key)
        query = select(_ROWS).where(_ROWS.c.load_id == self.load_id)
        query = query.order_by(_ROWS.c.sequence, _ROWS.c.row_key).limit(BATCH_ROWS)
        last: tuple[int, str] | None = None
        while True:
            page = query if last is None else query.where(place > last)
            with self._database.read() as connection:
                rows = connection.execute(page).all()
            if not rows:
                return
            last = (rows[-1].sequence, rows[-1].row_key)
            yield from (_loaded_row(row) for row in rows)

    def record_counts(
        self, *, rows_read: int | None = None, rows_ignored: int | None = None
    ) -> None:
        """Record what only the target counts: records read, rows the model ignored.

        Of several imports of the load the one that ignored most counts.
        """
        known: dict[str, object] = {} if rows_read is None else {"rows_read": rows_read}
        if rows_ignored is not None:
            more = _LOADS.c.rows_ignored < rows_ignored
            known["rows_ignored"] = case((more, rows_ignored), else_=_LOADS.c.rows_ignored)
        if known:
            with self._database.write() as connection:
                connection.execute(
                    update(_LOADS).where(_LOADS.c.load_id == self.load_id).values(**known)
                )

    def record_problems(self, problems: Sequence[_rows.RowProblem]) -> list[str]:
        """Keep what imports said about rows; return the keys that are not of this load.

        Said again for the same row and import, the new words replace the old. Before a task, a
        target may say so of rows it cannot put into a file.

        Raises:
            LedgerError: the load has ended.
        """
        self._may_have_problems = True
        unknown: list[str] = []
        for start in range(0, len(problems), BATCH_ROWS):
            batch = problems[start : start + BATCH_ROWS]
            with self._database.write() as connection:
                _check_state(connection, self.load_id, *UNSETTLED)
                unknown += self._record_batch(connection, batch)
        return unknown

    def _record_batch(
        self, connection: Connection, problems: Sequence[_rows.RowProblem]
    ) -> list[str]:
        keys = {problem.row_key for problem in problems}
        known = set(
            connection.scalars(
                select(_ROWS.c.row_key).where(
                    _ROWS.c.load_id == self.load_id, _ROWS.c.row_key.in_(keys)
                )
            )
        )
        values = [
            _problem_values(self.load_id, problem)
            for problem in problems
            if problem.row_key in known
        ]
        if values:
            statement = self._database.insert(_PROBLEMS)
            new = statement.excluded
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["load_id", "row_key", "source"],
                    set_={name: new[name] for name in ("status", "landed", "reason")},
                ),
                values,
            )
        return [problem.row_key for problem in problems if problem.row_key not in known]

    def settle(self) -> _rows.Settled:
        """Take the outcome of every row into the ledger, in one transaction.

        A load that no task has read can be settled only when every row of it is refused.

        Raises:
            LedgerError: the load has ended, or rows of it were never sent.
        """
        with self._database.write() as connection:
            _check_state(connection, self.load_id, *UNSETTLED)
            if _read_state(connection, self.load_id) is LoadState.STAGING:
                _settle.check_all_refused(connection, self)
            return _settle.settle(connection, self, self._clock.now())

    def fail(self, reason: str) -> None:
        """Give up the load as a whole: nobody knows which rows arrived, so all are sent again.

        Raises:
            LedgerError: the load is not under way.
        """
        with self._database.write() as connection:
            _check_state(connection, self.load_id, LoadState.STARTED)
            _settle.fail(connection, self, self._clock.now(), reason=reason)

    def discard(self) -> None:
        """End a load nothing of which was sent; its counts stay, its rows go.

        Raises:
            LedgerError: a task of it was started.
        """
        with self._database.write() as connection:
            _check_state(connection, self.load_id, LoadState.STAGING)
            _discard(connection, self.load_id, self._clock)


def begin_load(
    scope: Scope,
    run: Run,
    *,
    sending: _rows.Sending = _rows.Sending.CHANGED,
    plan: str = "",
) -> Load:
    """Begin a load of `scope`; an earlier one that never sent anything is discarded first.

    Raises:
        LedgerError: an earlier load was started and is not settled: judge its task first.
    """
    with scope.database.write() as connection:
        earlier = connection.scalars(
            select(_LOADS.c.load_id).where(
                _LOADS.c.scope_id == scope.scope_id, _LOADS.c.state == LoadState.STAGING
            )
        ).all()
        for load_id in earlier:
            _discard(connection, load_id, scope.clock)
        try:
            result = connection.execute(
                insert(_LOADS).values(
                    run_id=run.run_id,
                    scope_id=scope.scope_id,
                    mapping_id=scope.mapping_id,
                    sending=sending.value,
                    state=LoadState.STAGING,
                    resends_all=False,
                    plan=plan,
                    began_at=scope.clock.now(),
                )
            )
        except IntegrityError as error:
            raise LedgerError(
                "an earlier load was started and never judged",
                remedy="Run again; the target judges it before it loads anything new.",
            ) from error
        key = result.inserted_primary_key
        name = connection.scalar(select(_SCOPES.c.load).where(_SCOPES.c.scope_id == scope.scope_id))
    return Load(
        scope,
        load_id=int(key[0]) if key else 0,
        name=str(name),
        run_id=run.run_id,
        sending=sending,
        plan=plan,
    )


def open_load(database: Database, clock: Clock, load_id: int) -> Load:
    """Find a load again.

    Raises:
        LedgerError: there is no such load.
    """
    query = (
        select(_LOADS, _SCOPES.c.model_id, _SCOPES.c.load)
        .join(_SCOPES, _SCOPES.c.scope_id == _LOADS.c.scope_id)
        .where(_LOADS.c.load_id == load_id)
    )
    with database.read() as connection:
        row = connection.execute(query).first()
        sequence = connection.scalar(
            select(func.max(_ROWS.c.sequence)).where(_ROWS.c.load_id == load_id)
        )
    if row is None:
        raise LedgerError(f"there is no load {load_id}", remedy="Report it: this is a defect.")
    scope = Scope(
        database,
        clock,
        scope_id=row.scope_id,
        model_id=row.model_id,
        mapping_id=row.mapping_id,
    )
    load = Load(
        scope,
        load_id=load_id,
        name=row.load,
        run_id=row.run_id,
        sending=_rows.Sending(row.sending),
        plan=row.plan,
    )
    load.resume(sequence=sequence or 0)
    return load


def find_unsettled_loads(database: Database, clock: Clock, *, model_id: int) -> list[Load]:
    """Return the loads of a model that were begun and not ended, oldest first."""
    query = (
        select(_LOADS.c.load_id)
        .join(_SCOPES, _SCOPES.c.scope_id == _LOADS.c.scope_id)
        .where(_SCOPES.c.model_id == model_id, _LOADS.c.state.in_(UNSETTLED))
        .order_by(_LOADS.c.load_id)
    )
    with database.read() as connection:
        found = connection.scalars(query).all()
    return [open_load(database, clock, load_id) for load_id in found]


def _read_state(connection: Connection, load_id: int) -> LoadState:
    found = connection.scalar(select(_LOADS.c.state).where(_LOADS.c.load_id == load_id))
    return LoadState(str(found))


def _check_state(connection: Connection, load_id: int, *expected: LoadState) -> None:
    found = _read_state(connection, load_id)
    if found not in expected:
        raise LedgerError(
            f"load {load_id} is {found}, not {' or '.join(expected)}",
            remedy="This is a defect of the connector: report it.",
        )


def _discard(connection: Connection, load_id: int, clock: Clock) -> None:
    connection.execute(delete(_PROBLEMS).where(_PROBLEMS.c.load_id == load_id))
    result = connection.execute(delete(_ROWS).where(_ROWS.c.load_id == load_id))
    state = LoadState.DISCARDED if result.rowcount else LoadState.NOTHING
    connection.execute(
        update(_LOADS).where(_LOADS.c.load_id == load_id).values(state=state, ended_at=clock.now())
    )


def _problem_values(load_id: int, problem: _rows.RowProblem) -> dict[str, object]:
    return {
        "load_id": load_id,
        "row_key": problem.row_key,
        "source": problem.source,
        "status": problem.status,
        "landed": int(problem.landed_or_default),
        "reason": problem.reason,
    }


def _loaded_row(row: Row[tuple[object, ...]]) -> _rows.LoadedRow:
    return _rows.LoadedRow(
        row_key=row.row_key,
        content=_rows.decode_content(row.content),
        digest=row.digest,
        amount=row.amount,
        checksum=row.checksum,
        deleted=row.deleted,
        origin=row.origin,
    )
