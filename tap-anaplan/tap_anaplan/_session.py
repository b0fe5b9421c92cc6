"""What a run holds while it lasts: client, ledger, the lease for exports; opened at first need."""

from __future__ import annotations

import logging
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from ml_connector.anaplan import TaskKind, open_anaplan
from ml_connector.anaplan.connection import resolve_connection
from ml_connector.errors import OutcomeUnknownError, RefusedError, TransientError
from ml_connector.events import event
from ml_connector.ledger import hold_on_this_computer, open_ledger
from ml_connector.places import ledger_path
from ml_connector.secrets import resolve
from ml_connector.transport import NoAudit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml_connector.anaplan import AnaplanClient, Task, TaskId
    from ml_connector.clock import Clock
    from ml_connector.ledger import Ledger, Run
    from ml_connector.transport import AuditTrail

    from tap_anaplan._settings import TapSettings

log = logging.getLogger(__name__)
_CONFLICT_WAIT_S = 10.0


class Session:
    """One run's resources; `close` gives them all back and records how the run ended."""

    def __init__(self, settings: TapSettings, *, clock: Clock, version: str | None) -> None:
        """Open nothing yet. Without a version, no run is recorded: a look leaves no trace."""
        self.settings = settings
        self._clock = clock
        self._version = version
        self._stack = ExitStack()
        self._client: AnaplanClient | None = None
        self._ledger: Ledger | None = None
        self._run: Run | None = None

    @property
    def subject(self) -> str:
        """The model, as the ledger names it."""
        return f"anaplan {self.settings.workspace_id}/{self.settings.model_id}"

    def open_client(self) -> AnaplanClient:
        """Return the client, opened once; with a version its calls are in the audit trail."""
        if self._client is None:
            audit: AuditTrail = NoAudit()
            if self._version is not None:
                self._run = self._open_ledger().start_run(
                    plugin="tap-anaplan", version=self._version, subject=self.subject
                )
                audit = self._stack.enter_context(self._open_ledger().audit(self._run))
            connection = resolve_connection(self.settings)
            self._client = open_anaplan(connection, clock=self._clock, audit=audit)
            self._stack.callback(self._client.close)
            if self._version is not None:
                self._client.drop_abandoned_reads()
        return self._client

    @contextmanager
    def run_export(self, export_id: str) -> Iterator[Iterator[bytes]]:
        """Run an export and give its file's chunks; our other runs export only afterwards.

        Two runs of one export by one user write over each other's file (Anaplan sheet §6.2).

        Raises:
            TransientError: a run that shares neither computer nor ledger wrote over the file.
            RefusedError: Anaplan says that the export failed.
        """
        client = self.open_client()
        with self._hold_turn(client):
            task_id = self._start(client, export_id)
            self._wait(client, export_id, task_id)
            yield client.read_export_file(export_id)
            newest = client.fetch_tasks(TaskKind.EXPORT, export_id)[:1]
            if newest and newest[0].task_id != task_id:
                raise TransientError(
                    "another run of this export by the same user wrote over its file while it was"
                    " read",
                    system="Anaplan",
                    call=f"POST …/exports/{export_id}/tasks",
                    remedy="Start the run again; give each program that exports its own user.",
                )

    @contextmanager
    def _hold_turn(self, client: AnaplanClient) -> Iterator[None]:
        """Wait for the runs that export as this Anaplan user, here and with this ledger."""
        turn = f"anaplan exports of {client.fetch_me()} at {self.settings.api_url}"
        wait_s = self.settings.lease_wait_minutes * 60.0
        with ExitStack() as held:
            held.enter_context(hold_on_this_computer(turn, clock=self._clock, wait_s=wait_s))
            held.enter_context(self._open_ledger().lease(turn, wait_s=wait_s))
            yield

    def _start(self, client: AnaplanClient, export_id: str) -> TaskId:
        """Start the export and return its task.

        Lists show the tasks of all users and not whose they are, and a colleague's file is not ours
        to read (Anaplan sheet §5.2, §6.2): so a task whose start was not answered is never looked
        for. An export may run twice; only the answered one counts.
        """
        deadline = self._clock.monotonic() + self.settings.task_timeout_minutes * 60.0
        is_lost = False
        while True:
            self._wait_for_others(client, export_id)
            try:
                return client.start_task(TaskKind.EXPORT, export_id)
            except OutcomeUnknownError as error:
                if is_lost:
                    raise
                is_lost = True
                event(log, "export.starts_again", export=export_id, reason=error.problem)
            except TransientError as error:
                # The user runs it elsewhere, or the model is busy: nothing was started.
                if error.status != HTTPStatus.CONFLICT or self._clock.monotonic() > deadline:
                    raise
                event(log, "export.waits", export=export_id, reason=error.problem)
                self._clock.sleep(_CONFLICT_WAIT_S)

    def _wait_for_others(self, client: AnaplanClient, export_id: str) -> None:
        """Wait until no run of the export is under way."""
        for task in client.fetch_tasks(TaskKind.EXPORT, export_id):
            if not task.is_finished:
                self._await(client, export_id, task.task_id)

    def _wait(self, client: AnaplanClient, export_id: str, task_id: str) -> None:
        task = self._await(client, export_id, task_id)
        if not (task.is_complete and task.result is not None and task.result.successful):
            told = task.result.explanation if task.result else ""
            raise RefusedError(
                f"the export ended as {task.state}: {told or task.current_step or 'no reason'}",
                system="Anaplan",
                call=f"POST …/exports/{export_id}/tasks",
                remedy="Run the export in Anaplan, and correct what it says there.",
            )

    def _await(self, client: AnaplanClient, export_id: str, task_id: str) -> Task:
        return client.wait_for_task(
            TaskKind.EXPORT,
            export_id,
            task_id,
            deadline_s=self.settings.task_timeout_minutes * 60.0,
        )

    def _open_ledger(self) -> Ledger:
        if self._ledger is None:
            given = self.settings.ledger_url
            key = f"anaplan-{self.settings.workspace_id}-{self.settings.model_id}"
            place = resolve(given, setting="ledger_url") if given else ledger_path(key)
            self._ledger = self._stack.enter_context(open_ledger(place, clock=self._clock))
        return self._ledger

    def close(self, outcome: str, *, exit_code: int) -> None:
        """Record how the run ended and log out; a second call does nothing."""
        with self._stack:  # all is given back, also where the ledger cannot be written any more
            if self._run is not None:
                self._run.finish(outcome, exit_code=exit_code)
                event(log, "run.finished", outcome=outcome, exit_code=exit_code)
                self._run = None
