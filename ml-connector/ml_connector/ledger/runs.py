"""Runs: which plugin worked on what, from when to when, and how it ended."""

from __future__ import annotations

import os
import platform
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import insert, select, update

from ml_connector.ledger._schema import Run as RunTable
from ml_connector.ledger._schema import table_of

if TYPE_CHECKING:
    from ml_connector.clock import Clock
    from ml_connector.ledger._database import Database

_RUNS = table_of(RunTable)


class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One run as it stands in the ledger; a run without an end was killed or is under way."""

    run_id: int
    plugin: str
    version: str
    subject: str
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    exit_code: int | None


class Run:
    """One run under way; a run never finished in the ledger was killed."""

    def __init__(self, database: Database, clock: Clock, *, run_id: int) -> None:
        """Refer to a recorded run; `start_run` makes one."""
        self._database = database
        self._clock = clock
        self.run_id = run_id

    def finish(self, outcome: str, *, exit_code: int) -> None:
        """Record how the run ended; the last word stands."""
        with self._database.write() as connection:
            connection.execute(
                update(_RUNS)
                .where(_RUNS.c.run_id == self.run_id)
                .values(finished_at=self._clock.now(), outcome=outcome, exit_code=exit_code)
            )


def start_run(database: Database, clock: Clock, *, plugin: str, version: str, subject: str) -> Run:
    """Record that `plugin` begins to work on `subject` (a company, a model)."""
    with database.write() as connection:
        result = connection.execute(
            insert(_RUNS).values(
                plugin=plugin,
                version=version,
                subject=subject,
                host=platform.node(),
                pid=os.getpid(),
                started_at=clock.now(),
            )
        )
        key = result.inserted_primary_key
    return Run(database, clock, run_id=int(key[0]) if key else 0)


def read_recent_runs(database: Database, *, limit: int) -> list[RunSummary]:
    """Return the newest `limit` runs, newest first."""
    columns = [_RUNS.c[name] for name in RunSummary.__struct_fields__]
    query = select(*columns).order_by(_RUNS.c.run_id.desc()).limit(limit)
    with database.read() as connection:
        return [RunSummary(**row) for row in connection.execute(query).mappings()]
