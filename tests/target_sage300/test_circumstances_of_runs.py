"""Several runs at once, by the installed command: on SQLite and on PostgreSQL.

Goal: whoever is killed or frozen, and however his lease ends, each id stands in Sage exactly once.
Method: a run is caught at a call that Sage has carried out and not answered yet. Then it is killed,
and two others start together; or it is frozen, others try, and it goes on.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, text

from tests.core.ledger.conftest import make_database, postgresql_server
from tests.support.sandbox import command
from tests.target_sage300.circumstances import POSTED
from tests.target_sage300.singer import export, make_entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.target_sage300.conftest import Books, Result

__all__ = ["postgresql_server"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot freeze a process"),
    pytest.mark.fault("hang"),
]
MESSAGES = export(make_entry("GLE-1"))
ALL = ("GLE-1-1", "GLE-1-2")
CALLS = {
    "entering": ({}, {"method": "POST", "path": "GLJournalBatches$"}),
    "posting": (POSTED, {"method": "POST", "path": r"GLPostJournal\('\$process"}),
}


@dataclass
class Stage:
    """A company, a ledger, and the runs between them."""

    books: Books
    ledger_url: str
    settings: dict[str, Any]
    running: list[subprocess.Popen[bytes]]

    def start(self) -> subprocess.Popen[bytes]:
        """Start the command and give it its input."""
        process = subprocess.Popen(
            [command("target-sage300"), *self.books.arguments(**self._settings())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self.running.append(process)
        assert process.stdin is not None
        process.stdin.write(MESSAGES)
        process.stdin.close()
        process.stdin = None
        return process

    def start_and_catch(self, fault: dict[str, Any]) -> subprocess.Popen[bytes]:
        """Start a run and hold it at a call that has its effect, and no answer."""
        self.books.fault("hang", effect="done", **fault)
        process = self.start()
        self.books.sandbox.wait_for_held_request(self.books.control)
        return process

    def run(self, **changes: Any) -> Result:
        """Run in this process, with a clock that does not wait."""
        return self.books.run(MESSAGES, **{**self._settings(), **changes})

    def end_lease(self) -> None:
        """Take the lease from whoever has it."""
        if self.ledger_url:
            engine = create_engine(self.ledger_url, isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                others = "pid <> pg_backend_pid() AND datname = current_database()"
                ended = connection.execute(
                    text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")  # noqa: S608
                ).all()
            engine.dispose()
        else:
            ended = list((self.books.ledger_folder / "leases").glob("*.lock"))
            for path in ended:
                path.unlink()
        assert ended

    def assert_done(self) -> None:
        """Each line stands once, as far as it was to go; another run has nothing to do."""
        result = self.run()
        assert result.exit_code == 0, result.log
        assert "entered=0 standing=1" in result.log
        self.books.assert_stands_once(*ALL)
        (batch,) = self.books.batches()
        assert batch["Status"] == ("Posted" if self.settings else "Open")

    def _settings(self) -> dict[str, Any]:
        found = {"settle_minutes": 0, "read_timeout_s": 3, "lease_wait_minutes": 2}
        found |= {"ledger_url": self.ledger_url} if self.ledger_url else {}
        return {**found, **self.settings}


@pytest.fixture(params=CALLS)
def caught_at(request: pytest.FixtureRequest) -> str:
    """The call at which a run is caught."""
    return str(request.param)


@pytest.fixture(params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest, books: Books, caught_at: str) -> Iterator[Stage]:
    """A company that a ledger on either database has looked through."""
    url = ""
    if request.param == "postgresql":
        url = make_database(request.getfixturevalue("postgresql_server"))
    made = Stage(books, url, CALLS[caught_at][0], [])
    books.post(export(), **made._settings())
    yield made
    for process in made.running:
        process.kill()
        process.communicate()


def test_two_that_start_together_after_a_kill_complete_it_once(
    stage: Stage, caught_at: str
) -> None:
    stage.start_and_catch(CALLS[caught_at][1]).kill()
    stage.books.control("DELETE", "faults")

    both = [stage.start(), stage.start()]

    ended = [(process.communicate(timeout=300)[1], process.returncode) for process in both]
    assert [code for _, code in ended] == [0, 0], ended
    stage.assert_done()


def test_a_frozen_run_keeps_its_turn_and_completes_when_it_goes_on(
    stage: Stage, caught_at: str
) -> None:
    frozen = stage.start_and_catch(CALLS[caught_at][1])
    frozen.send_signal(signal.SIGSTOP)
    stage.books.control("POST", "faults/release", {})

    refused = stage.run(lease_wait_minutes=0)
    frozen.send_signal(signal.SIGCONT)
    log = frozen.communicate(timeout=300)[1]

    assert (refused.exit_code, "lease" in refused.log) == (1, True)
    assert frozen.returncode == 0, log
    stage.assert_done()


def test_a_run_whose_lease_ended_while_it_was_frozen_makes_nothing_twice(
    stage: Stage, caught_at: str
) -> None:
    frozen = stage.start_and_catch(CALLS[caught_at][1])
    frozen.send_signal(signal.SIGSTOP)
    stage.end_lease()

    other = stage.run()
    stage.books.control("POST", "faults/release", {})
    frozen.send_signal(signal.SIGCONT)
    log = frozen.communicate(timeout=300)[1]

    assert other.exit_code == 0, other.log
    assert frozen.returncode in (0, 1), log
    assert b"Traceback" not in log
    stage.assert_done()
