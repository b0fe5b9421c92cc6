"""The refused rows that are kept: how they are told from others, and read with their reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, literal_column, select

from ml_connector.ledger import _rows
from ml_connector.ledger._database import BATCH_ROWS
from ml_connector.ledger._schema import Mapping, RejectRow, RejectState, RowProblemRow, table_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection, Row

    from ml_connector.ledger._database import Database

_MAPPINGS = table_of(Mapping)
_REJECTS = table_of(RejectRow)
_PROBLEMS = table_of(RowProblemRow)

# As a literal: only then can SQLite use the partial index over the kept ones.
IS_KEPT = _REJECTS.c.state == literal_column(f"'{RejectState.KEPT}'")


def has_kept_reject(
    scope_id: ColumnElement[int], row_key: ColumnElement[str]
) -> ColumnElement[bool]:
    """Build the condition that a key waits among the kept rejects."""
    return exists().where(
        _REJECTS.c.scope_id == scope_id,
        _REJECTS.c.row_key == row_key,
        IS_KEPT,
    )


def iterate_kept_rejects(database: Database, *, scope_id: int) -> Iterator[_rows.KeptReject]:
    """Yield the refused rows of a scope with the reasons given last, oldest first."""
    last_id = 0
    while True:
        query = (
            select(_REJECTS, _MAPPINGS.c.columns.label("mapped_columns"))
            .join(_MAPPINGS, _MAPPINGS.c.mapping_id == _REJECTS.c.mapping_id)
            .where(_REJECTS.c.scope_id == scope_id, IS_KEPT, _REJECTS.c.reject_id > last_id)
            .order_by(_REJECTS.c.reject_id)
            .limit(BATCH_ROWS)
        )
        with database.read() as connection:
            rows = connection.execute(query).all()
            reasons = _read_reasons(connection, rows)
        if not rows:
            return
        last_id = rows[-1].reject_id
        yield from (_kept_reject(row, reasons) for row in rows)


def _read_reasons(
    connection: Connection, rows: Sequence[Row[tuple[object, ...]]]
) -> dict[tuple[int, str], tuple[str, ...]]:
    query = (
        select(_PROBLEMS)
        .where(
            _PROBLEMS.c.load_id.in_({row.last_load_id for row in rows}),
            _PROBLEMS.c.row_key.in_([row.row_key for row in rows]),
        )
        .order_by(_PROBLEMS.c.source)
    )
    reasons: dict[tuple[int, str], tuple[str, ...]] = {}
    for problem in connection.execute(query):
        key = (problem.load_id, problem.row_key)
        reasons[key] = (*reasons.get(key, ()), f"{problem.source}: {problem.reason}")
    return reasons


def _kept_reject(
    row: Row[tuple[object, ...]], reasons: dict[tuple[int, str], tuple[str, ...]]
) -> _rows.KeptReject:
    return _rows.KeptReject(
        row_key=row.row_key,
        status=row.status,
        reasons=reasons.get((row.last_load_id, row.row_key), ()),
        columns=_rows.decode_content(row.mapped_columns),
        content=_rows.decode_content(row.content),
        amount=row.amount,
        tries=row.tries,
        first_rejected_at=row.first_rejected_at,
    )
