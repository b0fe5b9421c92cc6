"""Two runs at once take turns: the second finds what the first has posted."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from ml_connector.ledger import Postings
from sqlalchemy import create_engine, text

from tests.core.ledger.conftest import make_database, postgresql_server
from tests.target_sage300.singer import export, make_entry

if TYPE_CHECKING:
    from ml_connector.ledger import PostingBatch, Run

    from tests.target_sage300.conftest import Books, Result

__all__ = ["postgresql_server"]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot freeze a process"),
]
START = "from target_sage300.target import TargetSage300; TargetSage300.cli()"
MESSAGES = export(make_entry("GLE-1"))
ALL = ("GLE-1-1", "GLE-1-2")


def start(books: Books) -> subprocess.Popen[bytes]:
    """Start the command, with the least of settling times, and give it its input."""
    arguments = books.arguments(settle_minutes=0, read_timeout_s=1, lease_wait_minutes=1)
    process = subprocess.Popen(
        [sys.executable, "-c", START, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(MESSAGES)
    process.stdin.close()
    process.stdin = None
    return process


def test_two_that_start_together_post_once(books: Books) -> None:
    both = [start(books), start(books)]

    ended = [(process.communicate(timeout=120)[1], process.returncode) for process in both]

    assert [code for _, code in ended] == [0, 0], ended
    books.assert_stands_once(*ALL)


@pytest.mark.fault("hang")
def test_a_frozen_run_keeps_its_turn_and_posts_once_when_it_goes_on(books: Books) -> None:
    books.fault("hang", "GLJournalBatches$", method="POST", effect="done")
    first = start(books)
    books.sandbox.wait_for_held_request(books.control)
    first.send_signal(signal.SIGSTOP)
    books.control("POST", "faults/release", {})

    refused = books.run(MESSAGES, lease_wait_minutes=0)
    first.send_signal(signal.SIGCONT)
    first.communicate(timeout=120)
    books.post(MESSAGES)

    assert refused.exit_code == 1
    assert "lease" in refused.log
    books.assert_stands_once(*ALL)


def test_a_run_whose_turn_has_ended_while_it_slept_sends_nothing(
    books: Books, postgresql_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    books.settings["ledger_url"] = make_database(postgresql_server)
    record_sent = Postings.record_sent
    others: list[Result] = []

    def record_and_sleep(self: Postings, run: Run, batch: PostingBatch) -> None:
        record_sent(self, run, batch)
        if not others:
            monkeypatch.setattr(Postings, "record_sent", record_sent)
            end_sessions_with_locks(books.settings["ledger_url"])
            others.append(books.run(MESSAGES))

    monkeypatch.setattr(Postings, "record_sent", record_and_sleep)

    asleep = books.run(MESSAGES)

    assert [other.exit_code for other in others] == [0], others
    assert asleep.exit_code == 1
    assert "was lost while this run held it" in asleep.log
    books.assert_stands_once(*ALL)


def end_sessions_with_locks(url: str) -> None:
    """End what a frozen computer loses: the sessions that hold leases."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        )
    engine.dispose()
