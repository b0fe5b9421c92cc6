"""Rows that the model ignored, and that no run has told of yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from ml_connector.errors import ExitCode
from ml_connector.ledger._rows import Sending
from ml_connector.ledger._schema import LoadRow, LoadState, Run, ScopeRow, table_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ml_connector.ledger._database import Database

_LOADS = table_of(LoadRow)
_RUNS = table_of(Run)
_SCOPES = table_of(ScopeRow)

TELLING = (ExitCode.OK, ExitCode.REJECTS_KEPT)
"""How a run ends that has held what was ignored against what is tolerated."""


def count_untold_ignored(database: Database, *, model_id: int) -> dict[str, int]:
    """Count, by load, the rows ignored since the last run that came to its end.

    A run that was killed, or failed for another reason, has settled loads without a word. What
    was sent as a whole afterwards stands for everything before.
    """
    settled = (
        select(_SCOPES.c.load, _LOADS.c.sending, _LOADS.c.resends_all, _LOADS.c.rows_ignored)
        .join(_SCOPES, _SCOPES.c.scope_id == _LOADS.c.scope_id)
        .where(_SCOPES.c.model_id == model_id, _LOADS.c.state == LoadState.SETTLED)
        .order_by(_LOADS.c.load_id)
    )
    counts: dict[str, int] = {}
    with database.read() as connection:
        last = _find_last_telling(connection, model_id)
        for row in connection.execute(settled.where(_LOADS.c.run_id > last)):
            is_whole = row.resends_all or row.sending != Sending.CHANGED
            before = 0 if is_whole else counts.get(row.load, 0)
            counts[row.load] = before + row.rows_ignored
    return counts


def _find_last_telling(connection: Connection, model_id: int) -> int:
    """Return the last run over the model that told; 0 when there was none."""
    over_model = (
        select(_LOADS.c.run_id)
        .join(_SCOPES, _SCOPES.c.scope_id == _LOADS.c.scope_id)
        .where(_SCOPES.c.model_id == model_id)
    )
    codes = [int(code) for code in TELLING]
    query = select(func.max(_RUNS.c.run_id)).where(
        _RUNS.c.exit_code.in_(codes), _RUNS.c.run_id.in_(over_model)
    )
    return connection.scalar(query) or 0
