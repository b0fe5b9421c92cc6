"""Scopes: what a load's model is believed to hold, what it refused, and what to send again."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import (
    and_,
    delete,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    update,
)

from ml_connector.errors import MismatchError
from ml_connector.ledger import _rows
from ml_connector.ledger._database import BATCH_ROWS
from ml_connector.ledger._rejects import IS_KEPT, has_kept_reject, iterate_kept_rejects
from ml_connector.ledger._schema import (
    LoadedRowRow,
    LoadRow,
    LoadState,
    Model,
    RejectRow,
    RejectState,
    RowState,
    RowStateRow,
    ScopeRow,
    table_of,
)
from ml_connector.ledger._schema import (
    Mapping as MappingTable,
)
from ml_connector.wire import encode_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Row, Table

    from ml_connector.clock import Clock
    from ml_connector.ledger._database import Database
    from ml_connector.ledger.loads import Load
    from ml_connector.ledger.runs import Run

_MODELS = table_of(Model)
_SCOPES = table_of(ScopeRow)
_MAPPINGS = table_of(MappingTable)
_LOADS = table_of(LoadRow)
_ROWS = table_of(LoadedRowRow)
_STATES = table_of(RowStateRow)
_REJECTS = table_of(RejectRow)

IN_MODEL = (RowState.CONFIRMED, RowState.PARTLY)
_ZERO = Decimal(0)


class Scope:
    """One load of one model as the ledger knows it; made by `open_scope`.

    What is believed belongs to model and load. Each row remembers the mapping it was rendered
    with: when columns change, every row counts still, none is taken for unchanged, and each has to
    be rendered anew before it is sent again (`_gather`).
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        scope_id: int,
        model_id: int,
        mapping_id: int,
        key_prefix: str | None = None,
    ) -> None:
        """Refer to a recorded scope; `open_scope` finds or makes one."""
        self.database = database
        self.clock = clock
        self.scope_id = scope_id
        self.model_id = model_id
        self.mapping_id = mapping_id
        self.key_prefix = key_prefix

    def begin_load(
        self,
        run: Run,
        *,
        sending: _rows.Sending = _rows.Sending.CHANGED,
        plan: str = "",
    ) -> Load:
        """Begin a load; an earlier one that never sent anything is discarded first.

        Raises:
            LedgerError: an earlier load was started and is not settled: judge its task first.
        """
        from ml_connector.ledger import loads  # noqa: PLC0415 - loads build upon scopes

        return loads.begin_load(self, run, sending=sending, plan=plan)

    def belief(self) -> _rows.Belief:
        """Return what the model should hold, whatever mapping its rows were sent with."""
        return self._sum_states(_STATES.c.state.in_(IN_MODEL))

    def belief_of_load(self, load_id: int) -> _rows.Belief:
        """Return what of it was sent last by one load."""
        return self._sum_states(_STATES.c.state.in_(IN_MODEL), _STATES.c.load_id == load_id)

    def belief_of_deleted(self) -> _rows.Belief:
        """Return what of it are rows marked as deleted."""
        return self._sum_states(_is_marked_deleted(self))

    def forget_deleted(self) -> None:
        """Forget the rows marked as deleted, with what was refused of them: the model has none."""
        keys = select(_STATES.c.row_key).where(_is_marked_deleted(self))
        with self.database.write() as connection:
            connection.execute(
                update(_REJECTS)
                .where(_REJECTS.c.scope_id == self.scope_id, _REJECTS.c.row_key.in_(keys), IS_KEPT)
                .values(state=RejectState.SUPERSEDED, closed_at=self.clock.now())
            )
            connection.execute(delete(_STATES).where(_is_marked_deleted(self)))

    def forget_all(self) -> None:
        """Forget every row and everything refused: the model was emptied, and rightly so."""
        with self.database.write() as connection:
            connection.execute(
                update(_REJECTS)
                .where(_REJECTS.c.scope_id == self.scope_id, IS_KEPT)
                .values(state=RejectState.SUPERSEDED, closed_at=self.clock.now())
            )
            connection.execute(delete(_STATES).where(_STATES.c.scope_id == self.scope_id))
            connection.execute(
                update(_SCOPES)
                .where(_SCOPES.c.scope_id == self.scope_id)
                .values(resend_reason=None)
            )

    def last_plan(self) -> str | None:
        """Return what the target noted with the newest load that had something to send."""
        query = (
            select(_LOADS.c.plan)
            .where(
                _LOADS.c.scope_id == self.scope_id,
                _LOADS.c.state.in_((LoadState.SETTLED, LoadState.FAILED)),
            )
            .order_by(_LOADS.c.load_id.desc())
            .limit(1)
        )
        with self.database.read() as connection:
            plan: str | None = connection.scalar(query)
        return plan

    def read_control(self) -> _rows.ControlMemory:
        """Return what is remembered of the comparisons with the model's own totals."""
        with self.database.read() as connection:
            row = connection.execute(
                select(_SCOPES).where(_SCOPES.c.scope_id == self.scope_id)
            ).one()
        return _rows.ControlMemory(
            has_agreed=row.control_agreed_at is not None,
            extra=_rows.Belief(
                rows=row.extra_rows, amount=row.extra_amount, checksum=row.extra_checksum
            ),
        )

    def record_control(self, extra: _rows.Belief) -> None:
        """Remember that the model's totals agreed, with `extra` beyond the ledger's own rows."""
        agreed_at = func.coalesce(
            _SCOPES.c.control_agreed_at,
            literal(self.clock.now(), _SCOPES.c.control_agreed_at.type),
        )
        with self.database.write() as connection:
            connection.execute(
                update(_SCOPES)
                .where(_SCOPES.c.scope_id == self.scope_id)
                .values(
                    control_agreed_at=agreed_at,
                    extra_rows=extra.rows,
                    extra_amount=extra.amount,
                    extra_checksum=extra.checksum,
                )
            )

    @property
    def resend_reason(self) -> str | None:
        """Why everything is to be sent again, `None` when it is not."""
        with self.database.read() as connection:
            reason: str | None = connection.scalar(
                select(_SCOPES.c.resend_reason).where(_SCOPES.c.scope_id == self.scope_id)
            )
        return reason

    def mark_resend(self, reason: str) -> None:
        """Have everything sent again from the ledger; the mark goes when that was settled."""
        with self.database.write() as connection:
            connection.execute(
                update(_SCOPES)
                .where(_SCOPES.c.scope_id == self.scope_id)
                .values(resend_reason=reason)
            )

    def uncertain_row_count(self) -> int:
        """Count the rows a failed load left in doubt."""
        return self._count_states(_STATES.c.state == RowState.UNCERTAIN)

    def outdated_row_count(self) -> int:
        """Count the rows in the model that were sent with other columns."""
        return self._count_states(
            and_(_STATES.c.state.in_(IN_MODEL), _STATES.c.mapping_id != self.mapping_id)
        )

    def confirmed_digests(self, keys: Iterable[str]) -> dict[str, str]:
        """Return key and digest of those `keys` that stand in the model exactly as last sent.

        A key with a kept reject is left out: its newest version was refused, so even the version
        that is confirmed has to be sent, to replace the reject.
        """
        found: dict[str, str] = {}
        with self.database.read() as connection:
            for batch in _batches(list(keys)):
                found.update(find_confirmed(connection, self, batch))
        return found

    def kept_reject_count(self) -> int:
        """Count the refused rows waiting to be accepted."""
        query = select(func.count()).where(_REJECTS.c.scope_id == self.scope_id, IS_KEPT)
        with self.database.read() as connection:
            return connection.scalar(query) or 0

    def kept_rejects(self) -> Iterator[_rows.KeptReject]:
        """Yield the refused rows with the reasons given last, oldest first."""
        return iterate_kept_rejects(self.database, scope_id=self.scope_id)

    def iterate_states(self) -> Iterator[_rows.KnownState]:
        """Yield what is known of every key, in key order."""
        last_key: str | None = None
        while True:
            query = select(_STATES).where(_STATES.c.scope_id == self.scope_id)
            if last_key is not None:
                query = query.where(_STATES.c.row_key > last_key)
            with self.database.read() as connection:
                rows = connection.execute(query.order_by(_STATES.c.row_key).limit(BATCH_ROWS)).all()
            if not rows:
                return
            last_key = rows[-1].row_key
            yield from (_known_state(row) for row in rows)

    def dismiss_reject(self, row_key: str) -> bool:
        """Stop sending a refused row, as it is, for good; tell whether there was one."""
        with self.database.write() as connection:
            result = connection.execute(
                update(_REJECTS)
                .where(
                    _REJECTS.c.scope_id == self.scope_id,
                    _REJECTS.c.row_key == row_key,
                    IS_KEPT,
                )
                .values(state=RejectState.DISMISSED, closed_at=self.clock.now())
            )
        return result.rowcount > 0

    def _sum_states(self, *conditions: ColumnElement[bool]) -> _rows.Belief:
        total = func.exact_sum if self.database.is_sqlite else func.sum
        query = select(
            func.count(),
            total(_STATES.c.amount, type_=_STATES.c.amount.type),
            func.coalesce(func.sum(_STATES.c.checksum), 0),
        )
        with self.database.read() as connection:
            rows, amount, checksum = connection.execute(
                query.where(_STATES.c.scope_id == self.scope_id, *conditions)
            ).one()
        return _rows.Belief(rows=rows, amount=amount or _ZERO, checksum=int(checksum))

    def _count_states(self, condition: ColumnElement[bool]) -> int:
        query = select(func.count()).where(_STATES.c.scope_id == self.scope_id, condition)
        with self.database.read() as connection:
            return connection.scalar(query) or 0


def open_scope(
    database: Database,
    clock: Clock,
    key: _rows.ScopeKey,
    *,
    columns: Sequence[str] = (),
    key_prefix: str = "",
) -> Scope:
    """Find or make the scope of `key`.

    Raises:
        MismatchError: the model was loaded with another `key_prefix` before; its codes would be
            doubled.
    """
    with database.write() as connection:
        model_id = find_or_make_model(connection, database, key.model_key)
        recorded = connection.scalar(
            select(_MODELS.c.key_prefix).where(_MODELS.c.model_id == model_id)
        )
        _check_key_prefix(key, recorded, key_prefix)
        scope_id = _find_or_make(
            connection, database, _SCOPES, {"model_id": model_id, "load": key.load}
        )
        mapping_id = _find_or_make(
            connection,
            database,
            _MAPPINGS,
            {"scope_id": scope_id, "digest": key.mapping_digest},
            columns=encode_json(list(columns)).decode(),
            first_used_at=clock.now(),
        )
    return Scope(
        database,
        clock,
        scope_id=scope_id,
        model_id=model_id,
        mapping_id=mapping_id,
        key_prefix=key_prefix,
    )


def find_known_scopes(database: Database, clock: Clock) -> list[tuple[_rows.LoadName, Scope]]:
    """Return every scope of the ledger by name, with the columns it was rendered with last."""
    newest = (
        select(_MAPPINGS.c.scope_id, func.max(_MAPPINGS.c.mapping_id).label("mapping_id"))
        .group_by(_MAPPINGS.c.scope_id)
        .subquery()
    )
    query = (
        select(_MODELS, _SCOPES.c.scope_id, _SCOPES.c.load, newest.c.mapping_id)
        .join(_SCOPES, _SCOPES.c.model_id == _MODELS.c.model_id)
        .join(newest, newest.c.scope_id == _SCOPES.c.scope_id)
        .order_by(_MODELS.c.model_id, _SCOPES.c.scope_id)
    )
    with database.read() as connection:
        rows = connection.execute(query).all()
    return [(_load_name(row), _scope(database, clock, row)) for row in rows]


def find_known_loads(database: Database, *, model_id: int) -> list[str]:
    """Return the loads of a model that have rows in it or refused rows waiting."""
    has_rows = exists().where(_STATES.c.scope_id == _SCOPES.c.scope_id)
    has_rejects = exists().where(_REJECTS.c.scope_id == _SCOPES.c.scope_id, IS_KEPT)
    query = (
        select(_SCOPES.c.load)
        .where(_SCOPES.c.model_id == model_id, or_(has_rows, has_rejects))
        .order_by(_SCOPES.c.scope_id)
    )
    with database.read() as connection:
        return list(connection.scalars(query))


def find_or_make_model(connection: Connection, database: Database, key: _rows.ModelKey) -> int:
    """Return the id of a model's row."""
    values = {"destination": key.destination, "workspace": key.workspace, "model": key.model}
    return _find_or_make(connection, database, _MODELS, values)


def record_key_prefix(connection: Connection, scope: Scope) -> None:
    """Fix the model's key prefix at its first load."""
    if scope.key_prefix is None:
        # A load found again after a crash: its first task has recorded the prefix.
        return
    connection.execute(
        update(_MODELS)
        .where(_MODELS.c.model_id == scope.model_id, _MODELS.c.key_prefix.is_(None))
        .values(key_prefix=scope.key_prefix)
    )


def find_confirmed(connection: Connection, scope: Scope, keys: Sequence[str]) -> dict[str, str]:
    """Return key and digest of the `keys` (at most a batch) confirmed as they were last sent."""
    query = select(_STATES.c.row_key, _STATES.c.digest).where(
        _STATES.c.scope_id == scope.scope_id,
        _STATES.c.row_key.in_(keys),
        _STATES.c.state == RowState.CONFIRMED,
        _STATES.c.mapping_id == scope.mapping_id,
        not_(has_kept_reject(_STATES.c.scope_id, _STATES.c.row_key)),
    )
    return {row.row_key: row.digest for row in connection.execute(query)}


def find_dismissed(connection: Connection, scope: Scope, keys: Sequence[str]) -> dict[str, str]:
    """Return key and digest of the `keys` (at most a batch) whose newest version was dismissed."""
    query = select(_REJECTS.c.row_key, _REJECTS.c.digest).where(
        is_dismissed(scope), _REJECTS.c.row_key.in_(keys)
    )
    return {row.row_key: row.digest for row in connection.execute(query)}


def is_dismissed(scope: Scope) -> ColumnElement[bool]:
    """Build the condition that a reject of `scope` was dismissed and is the newest of its key.

    It is not any more when another version was refused later, or came later: what the ledger sent
    again by itself did not come.
    """
    later = _REJECTS.alias("later")
    refused_later = exists().where(
        later.c.scope_id == _REJECTS.c.scope_id,
        later.c.row_key == _REJECTS.c.row_key,
        later.c.reject_id > _REJECTS.c.reject_id,
    )
    # Names of their own: the statement around may read the same tables.
    loads, rows = _LOADS.alias("later_loads"), _ROWS.alias("later_rows")
    came_later = exists().where(
        loads.c.scope_id == _REJECTS.c.scope_id,
        loads.c.load_id > _REJECTS.c.last_load_id,
        rows.c.load_id == loads.c.load_id,
        rows.c.row_key == _REJECTS.c.row_key,
        rows.c.origin == "new",
        rows.c.digest != _REJECTS.c.digest,
    )
    return and_(
        _REJECTS.c.scope_id == scope.scope_id,
        _REJECTS.c.state == RejectState.DISMISSED,
        _REJECTS.c.mapping_id == scope.mapping_id,
        not_(refused_later),
        not_(came_later),
    )


def _is_marked_deleted(scope: Scope) -> ColumnElement[bool]:
    return and_(
        _STATES.c.scope_id == scope.scope_id,
        _STATES.c.state.in_(IN_MODEL),
        _STATES.c.deleted.is_(True),
    )


def _check_key_prefix(key: _rows.ScopeKey, recorded: str | None, wanted: str) -> None:
    if recorded is not None and recorded != wanted:
        raise MismatchError(
            "key_prefix of model",
            key.model,
            expected=repr(recorded) if recorded else "none, as in its first load",
            found=repr(wanted) if wanted else "none",
            remedy="Set key_prefix back: with another one every line would be loaded twice.",
        )


def _find_or_make(
    connection: Connection,
    database: Database,
    table: Table,
    key: Mapping[str, object],
    **others: object,
) -> int:
    matches = and_(*(table.c[name] == value for name, value in key.items()))
    id_column = next(iter(table.primary_key))
    connection.execute(database.insert(table).values(**key, **others).on_conflict_do_nothing())
    return int(connection.scalars(select(id_column).where(matches)).one())


def _load_name(row: Row[tuple[object, ...]]) -> _rows.LoadName:
    return _rows.LoadName(
        destination=row.destination, workspace=row.workspace, model=row.model, load=row.load
    )


def _scope(database: Database, clock: Clock, row: Row[tuple[object, ...]]) -> Scope:
    return Scope(
        database,
        clock,
        scope_id=row.scope_id,
        model_id=row.model_id,
        mapping_id=row.mapping_id,
    )


def _known_state(row: Row[tuple[object, ...]]) -> _rows.KnownState:
    return _rows.KnownState(
        row_key=row.row_key,
        state=RowState(row.state),
        content=None if row.content is None else _rows.decode_content(row.content),
        digest=row.digest,
        amount=row.amount,
        checksum=row.checksum,
    )


def _batches(keys: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(keys), BATCH_ROWS):
        yield keys[start : start + BATCH_ROWS]
