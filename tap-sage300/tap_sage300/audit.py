"""The tap's part in the ledger: one run, every call it made, and what it emitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector.places import ledger_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml_connector.clock import Clock
    from ml_connector.ledger import AuditTrail, DocumentMemory, Ledger, PostingResult, Run

    from tap_sage300.memory import Memory
    from tap_sage300.settings import TapSettings


class LedgerRun:
    """Opened at the first call, closed with the process; a run that calls nothing leaves none."""

    def __init__(self, settings: TapSettings, *, version: str, clock: Clock) -> None:
        """Keep what the run is about; no I/O."""
        self._settings = settings
        self._version = version
        self._clock = clock
        self._ledger: Ledger | None = None
        self._run: Run | None = None
        self._audit: AuditTrail | None = None

    def open(self) -> AuditTrail:
        """Start the run in the ledger and return where its calls go.

        Raises:
            SettingError: the ledger's place cannot be used.
            LedgerError: the ledger cannot be opened.
        """
        if self._audit is not None:
            return self._audit
        # The database's code takes longer to import than a wrong setting takes to be refused.
        from ml_connector.ledger import open_ledger  # noqa: PLC0415

        key = self._settings.connection.ledger_key
        place = self._settings.ledger_url or ledger_path(key)
        self._ledger = open_ledger(place, clock=self._clock)
        self._run = self._ledger.start_run(plugin="tap-sage300", version=self._version, subject=key)
        self._audit = self._ledger.audit(self._run)
        return self._audit

    def open_memory(self, kind: str) -> DocumentMemory:
        """Return the memory of the documents of `kind`; `open` comes first."""
        assert self._ledger is not None  # noqa: S101 - see the promise above
        return self._ledger.documents(subject=self._settings.connection.subject, kind=kind)

    def read_results(self) -> Iterator[PostingResult]:
        """Yield what became of the lines that target-sage300 was given."""
        self.open()
        assert self._ledger is not None  # noqa: S101 - see the line above
        results = self._ledger.posting_results(subject=self._settings.connection.subject)
        return results.iterate(origin=self._settings.origin)

    def close(self, *, outcome: str, exit_code: int) -> None:
        """Write the calls still buffered and how the run ended."""
        if self._audit is not None:
            self._audit.close()
        if self._run is not None:
            self._run.finish(outcome, exit_code=exit_code)
        if self._ledger is not None:
            self._ledger.close()
        self._audit, self._run, self._ledger = None, None, None


def open_no_memory(_kind: str) -> Memory:
    """Return a memory for looks that leave no trace."""
    # As above: the rules bring the database's code with them.
    from tap_sage300.memory import NoMemory  # noqa: PLC0415

    return NoMemory()


def read_no_results() -> Iterator[PostingResult]:
    """Return nothing: looks that leave no trace open no ledger."""
    return iter(())
