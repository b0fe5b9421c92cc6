"""Rows rendered with older columns: what becomes of them when the file's columns have changed.

| sent with older columns | all of the new columns are known | some new column is not |
| --- | --- | --- |
| row in doubt | rendered anew and sent | in doubt no more: partly if ever accepted, else unknown |
| kept reject | rendered anew and sent, which supersedes it | stays kept, and is named |
| confirmed or partly | rendered anew and sent | stays believed as it was, and is counted |

Which columns are known is the target's to say. What is believed of a row stays what it was until
its new version is settled. What cannot be rendered anew the tap has to bring: rows in doubt come by
themselves, for the state was held; the others come with a full refresh.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, exists, func, not_, select, update

from ml_connector.ledger._database import BATCH_ROWS
from ml_connector.ledger._rows import OldRow, decode_content, staged_values
from ml_connector.ledger._schema import (
    LoadedRowRow,
    LoadRow,
    Mapping,
    RowState,
    RowStateRow,
    table_of,
)
from ml_connector.ledger.scopes import IN_MODEL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Connection, FromClause, Row, Select

    from ml_connector.ledger._rows import RenderAnew
    from ml_connector.ledger.loads import Load

_LOADS = table_of(LoadRow)
_ROWS = table_of(LoadedRowRow)
_STATES = table_of(RowStateRow)
_MAPPINGS = table_of(Mapping)


def add_rendered_anew(
    connection: Connection, load: Load, query: Select[Any], render_anew: RenderAnew
) -> int:
    """Add to `load` what `query` finds with older columns, rendered anew; return how many rows."""
    mappings = _Mappings(connection)
    added = 0
    for batch in _iterate_batches(connection, load, query):
        values = []
        for row in batch:
            rendered = render_anew(mappings.read_row(row))
            if rendered is not None:
                own = {"load_id": row.load_id, "sequence": row.sequence, "origin": row.origin}
                values.append(staged_values(rendered) | own)
        if values:
            connection.execute(load.scope.database.insert(_ROWS), values)
        added += len(values)
    return added


def leave_outdated(connection: Connection, load: Load) -> int:
    """Give up the rows in doubt that nobody sends, and count the outdated rows in the model."""
    older = exists().where(
        _LOADS.c.load_id == _STATES.c.load_id, _LOADS.c.mapping_id != load.scope.mapping_id
    )
    in_doubt = and_(
        _STATES.c.scope_id == load.scope.scope_id,
        _STATES.c.state == RowState.UNCERTAIN,
        older,
        not_(_is_in(load, _STATES)),
    )
    connection.execute(delete(_STATES).where(in_doubt, _STATES.c.content.is_(None)))
    connection.execute(update(_STATES).where(in_doubt).values(state=RowState.PARTLY))
    outdated = select(func.count()).where(
        _STATES.c.scope_id == load.scope.scope_id,
        _STATES.c.state.in_(IN_MODEL),
        _STATES.c.mapping_id != load.scope.mapping_id,
        not_(_is_in(load, _STATES)),
    )
    return connection.scalar(outdated) or 0


def _iterate_batches(
    connection: Connection, load: Load, query: Select[Any]
) -> Iterator[list[Row[Any]]]:
    found = query.subquery()
    pages = (
        select(found)
        .where(found.c.mapping_id != load.scope.mapping_id, not_(_is_in(load, found)))
        .order_by(found.c.row_key)
        .limit(BATCH_ROWS)
    )
    last_key: str | None = None
    while True:
        page = pages if last_key is None else pages.where(found.c.row_key > last_key)
        batch = list(connection.execute(page))
        if not batch:
            return
        last_key = batch[-1].row_key
        yield batch


def _is_in(load: Load, rows: FromClause) -> ColumnElement[bool]:
    return exists().where(_ROWS.c.load_id == load.load_id, _ROWS.c.row_key == rows.c.row_key)


@dataclass(slots=True)
class _Mappings:
    """Columns and plans of older mappings, each read once."""

    connection: Connection
    known: dict[int, tuple[tuple[str, ...], str]] = field(default_factory=dict)

    def read_row(self, row: Row[Any]) -> OldRow:
        if row.mapping_id not in self.known:
            self.known[row.mapping_id] = self._read(row.mapping_id)
        columns, plan = self.known[row.mapping_id]
        return OldRow(
            row_key=row.row_key,
            columns=columns,
            plan=plan,
            content=decode_content(row.content),
            deleted=row.deleted,
        )

    def _read(self, mapping_id: int) -> tuple[tuple[str, ...], str]:
        columns = self.connection.scalar(
            select(_MAPPINGS.c.columns).where(_MAPPINGS.c.mapping_id == mapping_id)
        )
        plan = self.connection.scalar(
            select(_LOADS.c.plan)
            .where(_LOADS.c.mapping_id == mapping_id)
            .order_by(_LOADS.c.load_id.desc())
            .limit(1)
        )
        return decode_content(columns or "[]"), plan or ""
