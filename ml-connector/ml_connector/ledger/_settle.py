"""Settling a load: what each row's outcome means for what is believed and what is kept.

| what the imports said | row state | reject |
| --- | --- | --- |
| nothing | confirmed, new content | of this content: accepted; of an older: superseded |
| `W`, or `E` with the row landed | partly, new content | kept; an older one superseded |
| `W`, but for the amount | partly, new content, its old amount | the same |
| `E`, only the list item landed | partly, its old amount and checksum | the same |
| `E` with the row landed, and `E` with its item only | as for `E` | the same |
| `W`, of a row marked as deleted | confirmed: no cell of it is waited for | as for nothing |
| `E` | as it was; a row in doubt: partly if it was ever accepted, else unknown | the same |

A version that was dismissed is not kept once more when it is refused again.

A load that failed as a whole leaves every row uncertain: it may have arrived. What was accepted
before stays readable, and the row is sent again.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, delete, exists, func, literal, not_, or_, select, update

from ml_connector.errors import LedgerError
from ml_connector.ledger._chain import Block, append_block, iterate_load_entries
from ml_connector.ledger._rejects import IS_KEPT, has_kept_reject
from ml_connector.ledger._rows import Landed, Sending, Settled
from ml_connector.ledger._schema import (
    LoadedRowRow,
    LoadRow,
    LoadState,
    RejectRow,
    RejectState,
    RowProblemRow,
    RowState,
    RowStateRow,
    ScopeRow,
    table_of,
)
from ml_connector.ledger.scopes import is_dismissed

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, ScalarSelect, Subquery

    from ml_connector.ledger.loads import Load

_LOADS = table_of(LoadRow)
_ROWS = table_of(LoadedRowRow)
_PROBLEMS = table_of(RowProblemRow)
_STATES = table_of(RowStateRow)
_REJECTS = table_of(RejectRow)
_SCOPES = table_of(ScopeRow)


def settle(connection: Connection, load: Load, now: datetime) -> Settled:
    """Apply the table above to every row of `load`, inside the caller's transaction."""
    worst = _select_worst(load)
    _close_rejects(connection, load, worst, now)
    _keep_rejects(connection, load, worst, now)
    _resolve_refused(connection, load, worst)
    _confirm(connection, load, worst)
    if load.sending is Sending.REPLACE and _was_sent(connection, load):
        _forget_rows_not_sent(connection, load, now)
    _clear_resend(connection, load)
    settled = _count(connection, load, worst)
    _end(connection, load, now, state=LoadState.SETTLED, counts=_counts(settled))
    return settled


def check_all_refused(connection: Connection, load: Load) -> None:
    """Make sure that no row of a load nobody has sent would be taken for accepted.

    Raises:
        LedgerError: a row of it is not refused.
    """
    worst = _select_worst(load)
    accepted = (
        select(_ROWS.c.row_key)
        .join(worst, worst.c.row_key == _ROWS.c.row_key, isouter=True)
        .where(_of_load(load), func.coalesce(worst.c.landed, int(Landed.ALL)) != int(Landed.NONE))
        .limit(1)
    )
    key = connection.scalar(accepted)
    if key is not None:
        raise LedgerError(
            f"load {load.load_id} was never sent and cannot be settled",
            remedy="This is a defect of the connector: report it.",
            transaction_id=key,
        )


def fail(connection: Connection, load: Load, now: datetime, *, reason: str) -> None:
    """Leave every row of `load` in doubt, inside the caller's transaction."""
    if load.sending is Sending.REPLACE:
        # The model may have been cleared before the load failed.
        connection.execute(
            update(_STATES)
            .where(_STATES.c.scope_id == load.scope.scope_id)
            .values(state=RowState.UNCERTAIN)
        )
    statement = load.scope.database.insert(_STATES).from_select(
        ["scope_id", "row_key", "state", "deleted", "load_id"],
        select(
            literal(load.scope.scope_id),
            _ROWS.c.row_key,
            literal(RowState.UNCERTAIN.value),
            _ROWS.c.deleted,
            _ROWS.c.load_id,
        ).where(_ROWS.c.load_id == load.load_id),
    )
    new = statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["scope_id", "row_key"],
            set_={"state": new.state, "load_id": new.load_id},
        )
    )
    _end(connection, load, now, state=LoadState.FAILED, counts={"failure": reason})


def _select_worst(load: Load) -> Subquery:
    """One line per row with a problem: the worse status ('E' sorts first), what landed at least.

    When the list refused a row and the module as well, nothing landed: there is no such item.
    """
    is_error, is_whole = _PROBLEMS.c.status == "E", _PROBLEMS.c.landed == int(Landed.ALL)
    status = func.min(_PROBLEMS.c.status)
    list_errors = func.count().filter(is_error, is_whole)
    cell_errors = func.count().filter(is_error, not_(is_whole))
    landed = case(
        (and_(list_errors > 0, cell_errors > 0), int(Landed.NONE)),
        else_=func.min(_PROBLEMS.c.landed),
    )
    same_row = and_(_ROWS.c.load_id == _PROBLEMS.c.load_id, _ROWS.c.row_key == _PROBLEMS.c.row_key)
    return (
        select(
            _PROBLEMS.c.row_key,
            status.label("status"),
            landed.label("landed"),
            (cell_errors > 0).label("without_cells"),
        )
        .join(_ROWS, same_row)
        .where(_PROBLEMS.c.load_id == load.load_id)
        .group_by(_PROBLEMS.c.row_key, _ROWS.c.deleted)
        .having(or_(status == "E", landed != int(Landed.ALL), _ROWS.c.deleted.is_(False)))
        .subquery("worst")
    )


def _of_load(load: Load) -> ColumnElement[bool]:
    return _ROWS.c.load_id == load.load_id


def _same_version(load: Load) -> ColumnElement[bool]:
    """The condition that the load's row of the reject's key is the very version refused before."""
    return exists().where(
        _of_load(load),
        _ROWS.c.row_key == _REJECTS.c.row_key,
        _ROWS.c.digest == _REJECTS.c.digest,
        _REJECTS.c.mapping_id == load.scope.mapping_id,
    )


def _close_rejects(connection: Connection, load: Load, worst: Subquery, now: datetime) -> None:
    sent = _REJECTS.c.row_key.in_(select(_ROWS.c.row_key).where(_of_load(load)))
    refused = _REJECTS.c.row_key.in_(select(worst.c.row_key))
    same = _same_version(load)
    connection.execute(
        update(_REJECTS)
        .where(_is_kept(load), sent, or_(not_(same), not_(refused)))
        .values(
            state=case((same, RejectState.ACCEPTED.value), else_=RejectState.SUPERSEDED.value),
            closed_at=now,
        )
    )


def _keep_rejects(connection: Connection, load: Load, worst: Subquery, now: datetime) -> None:
    # What is still kept of the refused rows is the same version: one more try.
    status = select(worst.c.status).where(worst.c.row_key == _REJECTS.c.row_key)
    connection.execute(
        update(_REJECTS)
        .where(_is_kept(load), _REJECTS.c.row_key.in_(select(worst.c.row_key)))
        .values(
            tries=_REJECTS.c.tries + 1,
            status=status.scalar_subquery(),
            last_load_id=load.load_id,
        )
    )
    scope_id = literal(load.scope.scope_id)
    new = (
        select(
            scope_id,
            _ROWS.c.row_key,
            literal(RejectState.KEPT.value),
            worst.c.status,
            literal(load.scope.mapping_id),
            _ROWS.c.content,
            _ROWS.c.digest,
            _ROWS.c.amount,
            _ROWS.c.checksum,
            _ROWS.c.deleted,
            literal(1),
            literal(load.load_id),
            literal(load.load_id),
            literal(now, _REJECTS.c.first_rejected_at.type),
        )
        .join(worst, worst.c.row_key == _ROWS.c.row_key)
        .where(
            _of_load(load),
            not_(has_kept_reject(scope_id, _ROWS.c.row_key)),
            not_(_was_dismissed(load)),
        )
    )
    columns = [
        "scope_id",
        "row_key",
        "state",
        "status",
        "mapping_id",
        "content",
        "digest",
        "amount",
        "checksum",
        "deleted",
        "tries",
        "first_load_id",
        "last_load_id",
        "first_rejected_at",
    ]
    connection.execute(load.scope.database.insert(_REJECTS).from_select(columns, new))


def _was_dismissed(load: Load) -> ColumnElement[bool]:
    """The condition that the load's row is the very version that somebody dismissed."""
    return exists().where(
        is_dismissed(load.scope),
        _REJECTS.c.row_key == _ROWS.c.row_key,
        _REJECTS.c.digest == _ROWS.c.digest,
    )


def _resolve_refused(connection: Connection, load: Load, worst: Subquery) -> None:
    # A row in doubt since an earlier failure that is now refused: the reject carries on. If it was
    # accepted once, some version stands in the model; if not, the control total has to tell.
    refused = select(worst.c.row_key).where(worst.c.landed == int(Landed.NONE))
    in_doubt = and_(
        _STATES.c.scope_id == load.scope.scope_id,
        _STATES.c.state == RowState.UNCERTAIN,
        _STATES.c.row_key.in_(refused),
    )
    connection.execute(delete(_STATES).where(in_doubt, _STATES.c.content.is_(None)))
    connection.execute(update(_STATES).where(in_doubt).values(state=RowState.PARTLY))


def _confirm(connection: Connection, load: Load, worst: Subquery) -> None:
    landed = func.coalesce(worst.c.landed, int(Landed.ALL))
    item_only = landed == int(Landed.ITEM)
    zero = literal(Decimal(0), _STATES.c.amount.type)
    accepted = (
        select(
            literal(load.scope.scope_id),
            _ROWS.c.row_key,
            case(
                (worst.c.status.is_(None), RowState.CONFIRMED.value),
                else_=RowState.PARTLY.value,
            ),
            literal(load.scope.mapping_id),
            _ROWS.c.content,
            _ROWS.c.digest,
            case(
                (item_only, func.coalesce(_before(load, _STATES.c.amount), zero)),
                else_=_ROWS.c.amount,
            ),
            # Of a row that was taken but for its amount, the other cells have landed.
            case(
                (
                    and_(item_only, worst.c.without_cells),
                    func.coalesce(_before(load, _STATES.c.checksum), 0),
                ),
                else_=_ROWS.c.checksum,
            ),
            _ROWS.c.deleted,
            _ROWS.c.load_id,
        )
        .join(worst, worst.c.row_key == _ROWS.c.row_key, isouter=True)
        .where(_of_load(load), landed != int(Landed.NONE))
    )
    columns = [
        "scope_id",
        "row_key",
        "state",
        "mapping_id",
        "content",
        "digest",
        "amount",
        "checksum",
        "deleted",
        "load_id",
    ]
    statement = load.scope.database.insert(_STATES).from_select(columns, accepted)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["scope_id", "row_key"],
            set_={name: statement.excluded[name] for name in columns[2:]},
        )
    )


def _before(load: Load, column: ColumnElement[Any]) -> ScalarSelect[Any]:
    """What the ledger believed of the row so far."""
    return (
        select(column)
        .where(_STATES.c.scope_id == load.scope.scope_id, _STATES.c.row_key == _ROWS.c.row_key)
        .scalar_subquery()
    )


def _was_sent(connection: Connection, load: Load) -> bool:
    # Of a load whose rows were all refused before a task, the model has heard nothing.
    state = connection.scalar(select(_LOADS.c.state).where(_LOADS.c.load_id == load.load_id))
    return state == LoadState.STARTED


def _forget_rows_not_sent(connection: Connection, load: Load, now: datetime) -> None:
    sent = select(_ROWS.c.row_key).where(_of_load(load))
    connection.execute(
        delete(_STATES).where(
            _STATES.c.scope_id == load.scope.scope_id, _STATES.c.row_key.not_in(sent)
        )
    )
    connection.execute(
        update(_REJECTS)
        .where(_is_kept(load), _REJECTS.c.row_key.not_in(sent))
        .values(state=RejectState.SUPERSEDED, closed_at=now)
    )


def _clear_resend(connection: Connection, load: Load) -> None:
    # Whether rows of older columns were left out or not: those only the tap can bring, and until
    # it does they would keep everything else coming again and again.
    resent = exists().where(_LOADS.c.load_id == load.load_id, _LOADS.c.resends_all.is_(True))
    connection.execute(
        update(_SCOPES)
        .where(_SCOPES.c.scope_id == load.scope.scope_id, resent)
        .values(resend_reason=None)
    )


def _count(connection: Connection, load: Load, worst: Subquery) -> Settled:
    query = select(
        func.count().filter(worst.c.status.is_(None)),
        func.count().filter(worst.c.status == "W"),
        func.count().filter(worst.c.status == "E"),
    ).select_from(_ROWS.join(worst, worst.c.row_key == _ROWS.c.row_key, isouter=True))
    confirmed, partly, rejected = connection.execute(query.where(_of_load(load))).one()
    return Settled(confirmed=confirmed, partly=partly, rejected=rejected)


def _counts(settled: Settled) -> dict[str, object]:
    return {
        "rows_accepted": settled.confirmed,
        "rows_warned": settled.partly,
        "rows_rejected": settled.rejected,
    }


def _end(
    connection: Connection,
    load: Load,
    now: datetime,
    *,
    state: LoadState,
    counts: dict[str, object],
) -> None:
    total = func.exact_sum if load.scope.database.is_sqlite else func.sum
    sent = select(func.count()).where(_of_load(load)).scalar_subquery()
    accepted = (
        select(total(_ROWS.c.amount))
        .where(
            _of_load(load),
            not_(
                exists().where(
                    _PROBLEMS.c.load_id == _ROWS.c.load_id,
                    _PROBLEMS.c.row_key == _ROWS.c.row_key,
                    _PROBLEMS.c.landed != int(Landed.ALL),
                )
            ),
        )
        .scalar_subquery()
    )
    connection.execute(
        update(_LOADS)
        .where(_LOADS.c.load_id == load.load_id)
        .values(
            state=state,
            ended_at=now,
            rows_sent=sent,
            amount=accepted if state is LoadState.SETTLED else None,
            **counts,
        )
    )
    block = Block(run_id=load.run_id, kind="load", load_id=load.load_id, written_at=now)
    append_block(connection, block, iterate_load_entries(connection, load.load_id))


def _is_kept(load: Load) -> ColumnElement[bool]:
    return and_(_REJECTS.c.scope_id == load.scope.scope_id, IS_KEPT)
