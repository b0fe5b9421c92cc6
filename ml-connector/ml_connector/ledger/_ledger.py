"""The ledger as one object: everything a plugin asks of it starts here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from ml_connector.clock import SystemClock
from ml_connector.ledger import _chain, calls, ignored, leases, loads, runs, scopes, tasks
from ml_connector.ledger._database import Database, connect
from ml_connector.ledger._migrate import migrate
from ml_connector.ledger._schema import ModelMark, table_of
from ml_connector.ledger.documents import DocumentMemory
from ml_connector.ledger.posting_inputs import PostingInputs
from ml_connector.ledger.posting_results import PostingResults
from ml_connector.ledger.posting_views import PostingViews
from ml_connector.ledger.postings import Postings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from ml_connector.clock import Clock
    from ml_connector.ledger._rows import LoadName, ModelKey, ScopeKey
    from ml_connector.ledger.loads import Load
    from ml_connector.ledger.runs import Run
    from ml_connector.ledger.scopes import Scope
    from ml_connector.ledger.tasks import TaskRecord

_MARKS = table_of(ModelMark)


class Ledger:
    """What was prepared, sent and confirmed, durably; use it as a context, or `close` it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Take over a database that has this code's schema; `open_ledger` makes one."""
        self._database = database
        self._clock = clock

    def __enter__(self) -> Self:
        """Return the ledger."""
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Close the ledger."""
        self.close()

    def close(self) -> None:
        """Give back every connection."""
        self._database.close()

    def start_run(self, *, plugin: str, version: str, subject: str) -> Run:
        """Record that `plugin` begins to work on `subject`."""
        return runs.start_run(
            self._database, self._clock, plugin=plugin, version=version, subject=subject
        )

    def recent_runs(self, limit: int) -> list[runs.RunSummary]:
        """Return the newest `limit` runs, newest first."""
        return runs.read_recent_runs(self._database, limit=limit)

    def calls_of(self, run_id: int) -> Iterator[calls.RecordedCall]:
        """Yield the API calls of a run in the order they were made."""
        return calls.iterate_calls(self._database, run_id=run_id)

    def known_scopes(self) -> list[tuple[LoadName, Scope]]:
        """Return every load of every model of this ledger."""
        return scopes.find_known_scopes(self._database, self._clock)

    def known_loads(self, model: ModelKey) -> list[str]:
        """Return the loads of `model` that have rows in it or refused rows waiting."""
        return scopes.find_known_loads(self._database, model_id=self._model_id(model))

    def audit(self, run: Run) -> calls.AuditTrail:
        """Return the trail that keeps the run's API calls."""
        return calls.AuditTrail(self._database, self._clock, run)

    def verify_chain(self, *, expected_head: str | None = None) -> _chain.ChainReport:
        """Check that nothing of the audit trail was changed since it was written."""
        return _chain.verify_chain(self._database, expected_head=expected_head)

    def read_head(self) -> str:
        """Return the newest digest of the audit chain, to be kept elsewhere."""
        return _chain.read_head(self._database)

    def lease(self, name: str, *, wait_s: float = 0) -> AbstractContextManager[leases.Lease]:
        """Hold `name` alone for a block, waiting up to `wait_s` seconds.

        Raises:
            LeaseHeldError: another process holds it still (when the block is entered).
        """
        return leases.hold_lease(self._database, self._clock, name, wait_s=wait_s)

    def posting_lease(
        self, *, subject: str, wait_s: float = 0
    ) -> AbstractContextManager[leases.Lease]:
        """Hold alone whatever is posted in the books of `subject`; as `lease` does.

        Raises:
            LeaseHeldError: another process holds it still (when the block is entered).
        """
        return self.lease(f"posting {subject}", wait_s=wait_s)

    def documents(self, *, subject: str, kind: str) -> DocumentMemory:
        """Return the memory of the documents of `kind` that were emitted of `subject`."""
        return DocumentMemory(self._database, subject=subject, kind=kind)

    def postings(self, *, subject: str) -> Postings:
        """Return what was posted, or found, in the books of `subject`."""
        return Postings(self._database, self._clock, subject=subject)

    def posting_inputs(self, *, subject: str) -> PostingInputs:
        """Return the spool of lines to be posted in the books of `subject`."""
        return PostingInputs(self._database, subject=subject)

    def posting_results(self, *, subject: str) -> PostingResults:
        """Return what became of the lines that were to be posted in the books of `subject`."""
        return PostingResults(self._database, subject=subject)

    def posting_views(self) -> PostingViews:
        """Return the postings of all companies, for people to look at."""
        return PostingViews(self._database)

    def open_scope(
        self, key: ScopeKey, *, columns: Sequence[str] = (), key_prefix: str = ""
    ) -> Scope:
        """Find or make the scope of a load.

        Raises:
            MismatchError: the model was first loaded with another `key_prefix`.
        """
        return scopes.open_scope(
            self._database, self._clock, key, columns=columns, key_prefix=key_prefix
        )

    def open_load(self, load_id: int) -> Load:
        """Find a load again, after a crash.

        Raises:
            LedgerError: there is no such load.
        """
        return loads.open_load(self._database, self._clock, load_id)

    def count_untold_ignored(self, model: ModelKey) -> dict[str, int]:
        """Count, by load, the rows `model` ignored since the last run that came to its end."""
        return ignored.count_untold_ignored(self._database, model_id=self._model_id(model))

    def unsettled_loads(self, model: ModelKey) -> list[Load]:
        """Return the loads of `model` that were begun and not ended, oldest first."""
        return loads.find_unsettled_loads(
            self._database, self._clock, model_id=self._model_id(model)
        )

    def record_task_intent(
        self,
        of_loads: Sequence[Load],
        *,
        kind: str,
        object_id: str,
        object_name: str,
        known_task_ids: Iterable[str],
    ) -> TaskRecord:
        """Record a task before it is asked for; its loads count as started from here on.

        Raises:
            LedgerError: a load has ended already.
        """
        return tasks.record_task_intent(
            of_loads,
            kind=kind,
            object_id=object_id,
            object_name=object_name,
            known_task_ids=known_task_ids,
        )

    def unfinished_tasks(self, model: ModelKey) -> list[TaskRecord]:
        """Return the tasks of `model` that were recorded and never judged, oldest first."""
        return tasks.find_unfinished_tasks(
            self._database, self._clock, model_id=self._model_id(model)
        )

    def read_marks(self, model: ModelKey) -> dict[str, int]:
        """Return the numbers last seen in `model`."""
        query = select(_MARKS.c.mark, _MARKS.c.value)
        model_id = self._model_id(model)
        with self._database.read() as connection:
            rows = connection.execute(query.where(_MARKS.c.model_id == model_id)).all()
        return {row.mark: row.value for row in rows}

    def save_marks(self, model: ModelKey, run: Run, marks: Mapping[str, int]) -> None:
        """Keep the numbers seen in `model`; marks not named stay as they are."""
        model_id = self._model_id(model)
        now = self._clock.now()
        with self._database.write() as connection:
            for mark, value in marks.items():
                changed = {"value": value, "run_id": run.run_id, "marked_at": now}
                connection.execute(
                    self._database.insert(_MARKS)
                    .values(model_id=model_id, mark=mark, **changed)
                    .on_conflict_do_update(index_elements=["model_id", "mark"], set_=changed)
                )

    def forget_marks(self, model: ModelKey, marks: Iterable[str]) -> None:
        """Forget the numbers seen of what `model` does not have any more."""
        model_id, names = self._model_id(model), list(marks)
        with self._database.write() as connection:
            connection.execute(
                delete(_MARKS).where(_MARKS.c.model_id == model_id, _MARKS.c.mark.in_(names))
            )

    def _model_id(self, model: ModelKey) -> int:
        with self._database.write() as connection:
            return scopes.find_or_make_model(connection, self._database, model)


def open_ledger(place: str | Path, *, clock: Clock | None = None) -> Ledger:
    """Open the ledger at a path or SQLAlchemy URL, brought to this code's schema.

    Raises:
        SettingError: the place cannot be used as it is written.
        LedgerError: the ledger cannot be opened, or was written by newer code.
    """
    database = connect(place)
    try:
        migrate(database)
    except BaseException:
        database.close()
        raise
    return Ledger(database, clock or SystemClock())
