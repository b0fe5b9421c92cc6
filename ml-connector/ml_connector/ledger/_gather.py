"""What the ledger adds to a load by itself: rows in doubt, kept rejects, everything on demand.

All of it moves inside the database; no row passes through memory, but for rows of older columns
(`_older_columns`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, exists, func, literal, not_, or_, select, true, update

from ml_connector.ledger._older_columns import add_rendered_anew, leave_outdated
from ml_connector.ledger._rejects import IS_KEPT
from ml_connector.ledger._rows import LedgerRows, Sending
from ml_connector.ledger._schema import (
    LoadedRowRow,
    LoadRow,
    RejectRow,
    RejectState,
    RowProblemRow,
    RowState,
    RowStateRow,
    ScopeRow,
    table_of,
)
from ml_connector.ledger.scopes import IN_MODEL

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement, Connection, Select, Table

    from ml_connector.ledger._rows import RenderAnew
    from ml_connector.ledger.loads import Load

_LOADS = table_of(LoadRow)
_ROWS = table_of(LoadedRowRow)
_PROBLEMS = table_of(RowProblemRow)
_STATES = table_of(RowStateRow)
_REJECTS = table_of(RejectRow)
_SCOPES = table_of(ScopeRow)

_KEPT = ("row_key", "content", "digest", "amount", "checksum", "deleted")
# Before every row of the input, whose numbers start at 1.
_FIRST = 0


def add_ledger_rows(
    connection: Connection,
    load: Load,
    render_anew: RenderAnew,
    *,
    replaced: Collection[str] | None = None,
) -> LedgerRows:
    """Add the ledger's rows to `load` and drop deletions of what was never there."""
    dropped = _drop_vain_deletions(connection, load)
    adds_all = _resends_all(connection, load) or load.sending is Sending.REPLACE
    if load.sending is Sending.REPLACE and replaced is None:
        return LedgerRows(resent=0, rejects=0, not_sent_deletions=dropped)
    # A key's newest version first, for the first one to arrive stays: what was refused after a
    # failed load is newer than that load, what failed after a refusal is newer than the reject.
    uncertain = _select_uncertain(load).where(_is_left(_STATES, replaced))
    rejects = _select_rejects(load).where(_is_left(_REJECTS, replaced))
    states = _select_states(load).where(_is_left(_STATES, replaced))
    resent = _add(connection, load, uncertain)
    rejects_again = _add(connection, load, rejects)
    if adds_all:
        resent += _add(connection, load, states)
    anew = [
        add_rendered_anew(connection, load, query, render_anew)
        for query in (uncertain, rejects, states)
    ]
    return LedgerRows(
        resent=resent + anew[0] + anew[2],
        rejects=rejects_again + anew[1],
        not_sent_deletions=dropped,
        rendered_anew=sum(anew),
        outdated=leave_outdated(connection, load),
    )


def add_deletions(
    connection: Connection, load: Load, *, replaced: Collection[str] | None = None
) -> int:
    """Add a deletion of every known row whose key begins with one of `replaced`, unless it came.

    None when nothing came: that is no whole to go by.
    """
    has_input = exists().where(_ROWS.c.load_id == load.load_id, _ROWS.c.origin == "new")
    if not connection.scalar(select(has_input)):
        return 0
    sent = and_(_ROWS.c.load_id == _STATES.c.load_id, _ROWS.c.row_key == _STATES.c.row_key)
    is_replaced = true() if replaced is None else not_(_is_left(_STATES, replaced))
    query = (
        _select_row(load, _ROWS, literal(load.scope.mapping_id), origin="resend")
        .join_from(_STATES, _ROWS, sent)
        .where(_STATES.c.scope_id == load.scope.scope_id, is_replaced)
    )
    columns = ["load_id", "sequence", "origin", *_KEPT]
    found = query.subquery()
    # The condition is always true, and SQLite wants one between SELECT and ON CONFLICT.
    gone = select(*(true() if name == "deleted" else found.c[name] for name in columns)).where(
        found.c.mapping_id == load.scope.mapping_id
    )
    statement = load.scope.database.insert(_ROWS).from_select(columns, gone)
    return connection.execute(
        statement.on_conflict_do_nothing(index_elements=["load_id", "row_key"]),
        execution_options={"preserve_rowcount": True},
    ).rowcount


def _is_left(table: Table, replaced: Collection[str] | None) -> ColumnElement[bool]:
    """The condition that a row's key begins with none of `replaced`."""
    # Not LIKE: that takes no notice of case on SQLite.
    key = table.c.row_key
    return and_(true(), *(func.substr(key, 1, len(one)) != one for one in replaced or ()))


def add_filler(connection: Connection, load: Load) -> bool:
    """Add one confirmed row when `load` is empty; tell whether that was done."""
    if connection.scalar(select(exists().where(_ROWS.c.load_id == load.load_id))):
        return False
    query = (
        _select_row(load, _STATES, _STATES.c.mapping_id, origin="filler")
        .where(
            _STATES.c.scope_id == load.scope.scope_id,
            _STATES.c.mapping_id == load.scope.mapping_id,
            _STATES.c.state == RowState.CONFIRMED,
        )
        .order_by(_STATES.c.row_key)
        .limit(1)
    )
    return _add(connection, load, query) > 0


def _drop_vain_deletions(connection: Connection, load: Load) -> int:
    never_accepted = not_(
        exists().where(
            _STATES.c.scope_id == load.scope.scope_id, _STATES.c.row_key == _ROWS.c.row_key
        )
    )
    # What replaces everything does not hold what is gone; of other keys the ledger has the word.
    is_replaced = and_(literal(load.sending is Sending.REPLACE), _ROWS.c.origin == "new")
    is_vain = or_(never_accepted, is_replaced)
    vain = and_(_ROWS.c.load_id == load.load_id, _ROWS.c.deleted.is_(True), is_vain)
    connection.execute(
        update(_REJECTS)
        .where(
            _REJECTS.c.scope_id == load.scope.scope_id,
            IS_KEPT,
            _REJECTS.c.row_key.in_(select(_ROWS.c.row_key).where(vain)),
        )
        .values(state=RejectState.SUPERSEDED, closed_at=load.scope.clock.now())
    )
    keys = select(_ROWS.c.row_key).where(vain)
    connection.execute(
        delete(_PROBLEMS).where(_PROBLEMS.c.load_id == load.load_id, _PROBLEMS.c.row_key.in_(keys))
    )
    return connection.execute(delete(_ROWS).where(vain)).rowcount


def _resends_all(connection: Connection, load: Load) -> bool:
    marked = connection.scalar(
        select(_SCOPES.c.resend_reason).where(_SCOPES.c.scope_id == load.scope.scope_id)
    )
    if marked is None and load.sending is not Sending.ALL:
        return False
    connection.execute(
        update(_LOADS).where(_LOADS.c.load_id == load.load_id).values(resends_all=True)
    )
    return True


def _select_uncertain(load: Load) -> Select[tuple[object, ...]]:
    """What the load that failed had sent: the newest that was known then."""
    refused_later = exists().where(
        _REJECTS.c.scope_id == _STATES.c.scope_id,
        _REJECTS.c.row_key == _STATES.c.row_key,
        IS_KEPT,
        _REJECTS.c.last_load_id > _STATES.c.load_id,
    )
    sent = and_(_ROWS.c.load_id == _STATES.c.load_id, _ROWS.c.row_key == _STATES.c.row_key)
    return (
        _select_row(load, _ROWS, _LOADS.c.mapping_id, origin="resend")
        .join_from(_STATES, _ROWS, sent)
        .join(_LOADS, _LOADS.c.load_id == _STATES.c.load_id)
        .where(
            _STATES.c.scope_id == load.scope.scope_id,
            _STATES.c.state == RowState.UNCERTAIN,
            not_(refused_later),
        )
    )


def _select_rejects(load: Load) -> Select[tuple[object, ...]]:
    return _select_row(load, _REJECTS, _REJECTS.c.mapping_id, origin="reject").where(
        _REJECTS.c.scope_id == load.scope.scope_id, IS_KEPT
    )


def _select_states(load: Load) -> Select[tuple[object, ...]]:
    return _select_row(load, _STATES, _STATES.c.mapping_id, origin="resend").where(
        _STATES.c.scope_id == load.scope.scope_id, _STATES.c.state.in_(IN_MODEL)
    )


def _select_row(
    load: Load, table: Table, mapping_id: ColumnElement[Any], *, origin: str
) -> Select[tuple[object, ...]]:
    return select(
        literal(load.load_id).label("load_id"),
        literal(_FIRST).label("sequence"),
        literal(origin).label("origin"),
        *(table.c[name] for name in _KEPT),
        mapping_id.label("mapping_id"),
    )


def _add(connection: Connection, load: Load, query: Select[tuple[object, ...]]) -> int:
    """Add the rows of `query` that were rendered with the load's own columns."""
    columns = ["load_id", "sequence", "origin", *_KEPT]
    found = query.subquery()
    own = select(*(found.c[name] for name in columns)).where(
        found.c.mapping_id == load.scope.mapping_id
    )
    statement = load.scope.database.insert(_ROWS).from_select(columns, own)
    # Asked for: SQLAlchemy does not keep the count of an INSERT by itself.
    return connection.execute(
        statement.on_conflict_do_nothing(index_elements=["load_id", "row_key"]),
        execution_options={"preserve_rowcount": True},
    ).rowcount
