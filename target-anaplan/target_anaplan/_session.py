"""What a run holds while it lasts: ledger, lease, audit trail, connection; opened at first need."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from importlib.metadata import version
from typing import TYPE_CHECKING

from ml_connector.events import event
from ml_connector.ledger import open_ledger

from target_anaplan._connection import ledger_place, open_client
from target_anaplan._loading import open_run
from target_anaplan._tasks import TaskRunner

if TYPE_CHECKING:
    from collections.abc import Callable

    from ml_connector.clock import Clock
    from ml_connector.ledger import Run

    from target_anaplan._loading import LoadRun
    from target_anaplan._settings import TargetSettings

log = logging.getLogger(__name__)

PLUGIN = "target-anaplan"


class Session:
    """One run's resources; `close` gives them all back and records how the run ended."""

    def __init__(
        self, settings: TargetSettings, *, clock: Clock, check_stop: Callable[[], None]
    ) -> None:
        """Open nothing yet."""
        self._settings = settings
        self._clock = clock
        self._check_stop = check_stop
        self._stack = ExitStack()
        self._load_run: LoadRun | None = None
        self._run: Run | None = None

    def open_load_run(self) -> LoadRun:
        """Take the model's lease, connect and check everything; once.

        Raises:
            LeaseHeldError: another run works on the model and does not end in time.
            ConnectorError: settings, model or connection do not allow a load.
        """
        if self._load_run is None:
            self._load_run = self._open()
        return self._load_run

    def _open(self) -> LoadRun:
        settings, clock = self._settings, self._clock
        ledger = self._stack.enter_context(open_ledger(ledger_place(settings), clock=clock))
        subject = f"anaplan {settings.workspace_id}/{settings.model_id}"
        wait_s = settings.lease_wait_minutes * 60.0
        lease = self._stack.enter_context(ledger.lease(subject, wait_s=wait_s))
        self._run = ledger.start_run(plugin=PLUGIN, version=version(PLUGIN), subject=subject)
        audit = self._stack.enter_context(ledger.audit(self._run))
        client = open_client(settings, clock=clock, audit=audit)
        self._stack.callback(client.close)
        tasks = TaskRunner(
            client=client,
            ledger=ledger,
            clock=clock,
            timeout_s=settings.task_timeout_minutes * 60.0,
            poll_s=float(settings.poll_seconds),
            check_stop=self._check_stop,
            check_lease=lease.assert_held,
        )
        return open_run(settings, client=client, ledger=ledger, run=self._run, tasks=tasks)

    def close(self, outcome: str, *, exit_code: int) -> None:
        """Record how the run ended, log out, and free the lease; a second call does nothing."""
        with self._stack:  # all is given back, also where the ledger cannot be written any more
            if self._run is not None:
                self._run.finish(outcome, exit_code=exit_code)
                event(log, "run.finished", outcome=outcome, exit_code=exit_code)
                self._run = None
