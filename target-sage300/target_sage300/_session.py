"""What a run holds while it lasts: ledger, lease, audit trail, connection; opened at first need."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from importlib.metadata import version
from typing import TYPE_CHECKING

from ml_connector.events import event
from ml_connector.ledger import Departures, open_ledger
from ml_connector.sage300 import open_sage300

from target_sage300._running import PostingRun
from target_sage300._settings import PLUGIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from ml_connector.clock import Clock
    from ml_connector.ledger import Run

    from target_sage300._settings import TargetSettings

log = logging.getLogger(__name__)


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
        self._posting_run: PostingRun | None = None
        self._run: Run | None = None

    def open_posting_run(self) -> PostingRun:
        """Take the company's lease and prepare to call; once.

        Raises:
            LeaseHeldError: another run works on the company and does not end in time.
            ConnectorError: the settings cannot work, or the ledger cannot be used.
        """
        if self._posting_run is None:
            self._posting_run = self._open()
        return self._posting_run

    def _open(self) -> PostingRun:
        settings, clock = self._settings, self._clock
        subject = settings.connection.subject
        ledger = self._stack.enter_context(open_ledger(settings.ledger_place, clock=clock))
        # All who post into the company take turns, whatever they post.
        lease = self._stack.enter_context(
            ledger.posting_lease(subject=subject, wait_s=settings.lease_wait_s)
        )
        self._run = ledger.start_run(
            plugin=PLUGIN, version=version(PLUGIN), subject=settings.connection.ledger_key
        )
        audit = self._stack.enter_context(ledger.audit(self._run))
        client = open_sage300(settings.connection, clock=clock, audit=audit)
        self._stack.callback(client.close)
        return PostingRun(
            settings=settings,
            client=client,
            postings=ledger.postings(subject=subject),
            # What the last real run said of its lines stays for the results.
            inputs=ledger.posting_inputs(
                subject=f"{subject} (dry run)" if settings.dry_run else subject
            ),
            departures=Departures(subject, clock=clock),
            run=self._run,
            lease=lease,
            clock=clock,
            check_stop=self._check_stop,
        )

    def close(self, outcome: str, *, exit_code: int) -> None:
        """Record how the run ended and free the lease; a second call does nothing."""
        with self._stack:  # all is given back, also where the ledger cannot be written any more
            if self._run is not None:
                self._run.finish(outcome, exit_code=exit_code)
                event(log, "run.finished", outcome=outcome, exit_code=exit_code)
                self._run = None
