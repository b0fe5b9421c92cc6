"""Tasks: recorded before they are asked for, so that none is ever asked for twice unknowingly.

intended ──> started ──> judged
│           └─────── (killed: the next run waits for it and judges it)
└──> never_started   the model knows of no new task: its loads may be staged again
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import exists, insert, not_, select, update

from ml_connector.errors import LedgerError
from ml_connector.ledger._schema import (
    LoadRow,
    LoadState,
    TaskLoad,
    TaskRow,
    TaskState,
    table_of,
)
from ml_connector.ledger.scopes import record_key_prefix
from ml_connector.wire import decode_as, encode_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from ml_connector.clock import Clock
    from ml_connector.ledger._database import Database
    from ml_connector.ledger.loads import Load

_TASKS = table_of(TaskRow)
_TASK_LOADS = table_of(TaskLoad)
_LOADS = table_of(LoadRow)

_OPEN = (TaskState.INTENDED, TaskState.STARTED)


class TaskOutcome(StrEnum):
    """How a task ended, as a whole."""

    GOOD = "good"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class TaskRecord:
    """One recorded task. `known_task_ids` existed before it was asked for.

    `task_id` is `None` while nobody knows it: the answer was lost, or the task never asked for.
    """

    record_id: int
    kind: str
    object_id: str
    object_name: str
    known_task_ids: frozenset[str]
    task_id: str | None
    load_ids: tuple[int, ...]
    intended_at: datetime
    _database: Database = field(repr=False, compare=False)
    _clock: Clock = field(repr=False, compare=False)

    def record_started(self, task_id: str) -> None:
        """Record the id the model gave.

        Raises:
            LedgerError: the task was judged already, or has another id.
        """
        with self._database.write() as connection:
            result = connection.execute(
                update(_TASKS)
                .where(
                    _TASKS.c.record_id == self.record_id,
                    _TASKS.c.state.in_(_OPEN),
                    _TASKS.c.task_id.is_(None) | (_TASKS.c.task_id == task_id),
                )
                .values(state=TaskState.STARTED, task_id=task_id, started_at=self._clock.now())
            )
            _check_changed(result.rowcount, self.record_id, "started")

    def record_never_started(self) -> None:
        """Record that the model knows of no such task; loads nothing else read are staging again.

        Raises:
            LedgerError: the task was started.
        """
        with self._database.write() as connection:
            result = connection.execute(
                update(_TASKS)
                .where(_TASKS.c.record_id == self.record_id, _TASKS.c.state == TaskState.INTENDED)
                .values(state=TaskState.NEVER_STARTED, judged_at=self._clock.now())
            )
            _check_changed(result.rowcount, self.record_id, "never started")
            _put_back_loads(connection, self.load_ids)

    def record_judged(self, outcome: TaskOutcome, *, details: str = "") -> None:
        """Record how it ended: the last step, after its loads were settled or failed.

        Raises:
            LedgerError: it was never started, or was judged before.
        """
        with self._database.write() as connection:
            result = connection.execute(
                update(_TASKS)
                .where(_TASKS.c.record_id == self.record_id, _TASKS.c.state == TaskState.STARTED)
                .values(
                    state=TaskState.JUDGED,
                    outcome=outcome,
                    details=details,
                    judged_at=self._clock.now(),
                )
            )
            _check_changed(result.rowcount, self.record_id, "judged")


def record_task_intent(
    loads: Sequence[Load],
    *,
    kind: str,
    object_id: str,
    object_name: str,
    known_task_ids: Iterable[str],
) -> TaskRecord:
    """Record durably that a task over `loads` is about to be asked for; the loads are started.

    Raises:
        LedgerError: a load has ended, or there is none.
    """
    if not loads:
        raise LedgerError("a task reads no load", remedy="Report it: this is a defect.")
    scope, clock = loads[0].scope, loads[0].scope.clock
    known, intended_at = sorted(set(known_task_ids)), clock.now()
    load_ids = tuple(sorted(load.load_id for load in loads))
    with scope.database.write() as connection:
        _start_loads(connection, load_ids)
        record_key_prefix(connection, scope)
        result = connection.execute(
            insert(_TASKS).values(
                run_id=loads[0].run_id,
                model_id=scope.model_id,
                kind=kind,
                object_id=object_id,
                object_name=object_name,
                known_task_ids=encode_json(known).decode(),
                state=TaskState.INTENDED,
                intended_at=intended_at,
            )
        )
        key = result.inserted_primary_key
        record_id = int(key[0]) if key else 0
        connection.execute(
            insert(_TASK_LOADS),
            [{"record_id": record_id, "load_id": load_id} for load_id in load_ids],
        )
    return TaskRecord(
        record_id=record_id,
        kind=kind,
        object_id=object_id,
        object_name=object_name,
        known_task_ids=frozenset(known),
        task_id=None,
        load_ids=load_ids,
        intended_at=intended_at,
        _database=scope.database,
        _clock=clock,
    )


def find_unfinished_tasks(database: Database, clock: Clock, *, model_id: int) -> list[TaskRecord]:
    """Return the tasks of a model that were recorded and never judged, oldest first."""
    query = (
        select(_TASKS)
        .where(_TASKS.c.model_id == model_id, _TASKS.c.state.in_(_OPEN))
        .order_by(_TASKS.c.record_id)
    )
    with database.read() as connection:
        return [
            _read_task(connection, row, database, clock) for row in connection.execute(query).all()
        ]


def _read_task(
    connection: Connection, row: Row[tuple[object, ...]], database: Database, clock: Clock
) -> TaskRecord:
    load_ids = connection.scalars(
        select(_TASK_LOADS.c.load_id)
        .where(_TASK_LOADS.c.record_id == row.record_id)
        .order_by(_TASK_LOADS.c.load_id)
    )
    return TaskRecord(
        record_id=row.record_id,
        kind=row.kind,
        object_id=row.object_id,
        object_name=row.object_name,
        known_task_ids=frozenset(decode_as(row.known_task_ids, list[str])),
        task_id=row.task_id,
        load_ids=tuple(load_ids),
        intended_at=row.intended_at,
        _database=database,
        _clock=clock,
    )


def _start_loads(connection: Connection, load_ids: Sequence[int]) -> None:
    result = connection.execute(
        update(_LOADS)
        .where(
            _LOADS.c.load_id.in_(load_ids),
            _LOADS.c.state.in_((LoadState.STAGING, LoadState.STARTED)),
        )
        .values(state=LoadState.STARTED)
    )
    if result.rowcount != len(load_ids):
        raise LedgerError(
            "a task would read a load that has ended", remedy="Report it: this is a defect."
        )


def _put_back_loads(connection: Connection, load_ids: Sequence[int]) -> None:
    read_by_another = exists().where(
        _TASK_LOADS.c.load_id == _LOADS.c.load_id,
        _TASK_LOADS.c.record_id == _TASKS.c.record_id,
        _TASKS.c.state != TaskState.NEVER_STARTED,
    )
    connection.execute(
        update(_LOADS)
        .where(
            _LOADS.c.load_id.in_(load_ids),
            _LOADS.c.state == LoadState.STARTED,
            not_(read_by_another),
        )
        .values(state=LoadState.STAGING)
    )


def _check_changed(count: int, record_id: int, wanted: str) -> None:
    if count != 1:
        raise LedgerError(
            f"task {record_id} cannot be recorded as {wanted} any more",
            remedy="This is a defect of the connector: report it.",
        )
