"""Goal: two runs never work on one model at once, and a dead owner holds up nobody.

Method: real processes, really killed.
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from ml_connector.errors import ExitCode
from ml_connector.ledger import LeaseHeldError, LeaseLostError, Ledger, open_ledger
from sqlalchemy import create_engine, text

from tests.core.ledger.conftest import make_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.core.fakes import FakeClock

HOLDER = """
import sys
from ml_connector.ledger import open_ledger
with open_ledger(sys.argv[1]) as ledger, ledger.lease(sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def start_holder(place: str) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """A factory of processes that hold a lease until their input ends."""
    running: list[subprocess.Popen[str]] = []

    def start(name: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, place, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def test_second_holder_is_told_who_the_first_is(
    ledger: Ledger, start_holder: Callable[[str], subprocess.Popen[str]]
) -> None:
    first = start_holder("model W/M")

    with (
        pytest.raises(
            LeaseHeldError, match=rf"'model W/M'.*process {first.pid} on .* since"
        ) as held,
        ledger.lease("model W/M"),
    ):
        pass

    assert held.value.exit_code == ExitCode.FAILED


def test_waiting_ends_with_the_same_error(
    ledger: Ledger, clock: FakeClock, start_holder: Callable[[str], subprocess.Popen[str]]
) -> None:
    start_holder("model")

    with pytest.raises(LeaseHeldError), ledger.lease("model", wait_s=3):
        pass

    assert sum(clock.sleeps) == pytest.approx(3)


def test_waiting_gets_the_lease_when_the_owner_ends(
    place: str, start_holder: Callable[[str], subprocess.Popen[str]]
) -> None:
    first = start_holder("model")
    assert first.stdin is not None
    first.stdin.close()

    with open_ledger(place) as patient, patient.lease("model", wait_s=60):
        first.wait(60)


def test_killed_owner_frees_its_lease_at_once(
    place: str, start_holder: Callable[[str], subprocess.Popen[str]]
) -> None:
    first = start_holder("model")
    first.kill()
    first.wait()
    killed_at = time.monotonic()

    with open_ledger(place) as ledger, ledger.lease("model", wait_s=30):
        waited_s = time.monotonic() - killed_at

    assert waited_s < 5


def test_leases_of_other_names_are_free(
    ledger: Ledger, start_holder: Callable[[str], subprocess.Popen[str]]
) -> None:
    start_holder("model A")

    with ledger.lease("model B"):
        pass


def test_lease_can_be_taken_again_and_survives_an_error(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="inside"), ledger.lease("model"):
        raise ValueError("inside")

    with ledger.lease("model"):
        pass


def test_a_lease_that_is_held_says_so(ledger: Ledger) -> None:
    with ledger.lease("model") as lease, ledger.lease("other"):
        lease.assert_held()
        ledger.start_run(plugin="p", version="1", subject="s")
        lease.assert_held()


def test_a_lease_whose_session_was_ended_is_noticed(postgresql_server: str) -> None:
    place = make_database(postgresql_server)
    with open_ledger(place) as ledger, ledger.lease("model") as lease:
        end_sessions(place)

        for _ in range(3):
            with pytest.raises(LeaseLostError, match=r"'model' was lost.*Start the run again"):
                lease.assert_held()


def test_a_lease_taken_by_another_after_it_was_lost_stays_the_others(
    postgresql_server: str,
) -> None:
    place = make_database(postgresql_server)
    with open_ledger(place) as ledger, open_ledger(place) as other, ledger.lease("model") as lost:
        end_sessions(place)

        with other.lease("model") as lease:
            lease.assert_held()
            with pytest.raises(LeaseLostError):
                lost.assert_held()


def test_a_lease_whose_session_was_reset_by_a_pooler_is_noticed(postgresql_server: str) -> None:
    place = make_database(postgresql_server)
    with open_ledger(place) as ledger, open_ledger(place) as other, ledger.lease("model") as lost:
        lost._lock._ask("SELECT pg_advisory_unlock(:key)")  # type: ignore[attr-defined]

        with other.lease("model"), pytest.raises(LeaseLostError):
            lost.assert_held()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps a file that is open")
def test_a_lease_whose_file_was_deleted_is_noticed(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "ledger.sqlite3") as ledger, ledger.lease("model") as lease:
        [file] = (tmp_path / "leases").iterdir()
        file.unlink()

        with pytest.raises(LeaseLostError):
            lease.assert_held()
        file.touch()
        with pytest.raises(LeaseLostError):
            lease.assert_held()


def end_sessions(place: str) -> None:
    """End every session of a database but the one that says so, as an administrator may."""
    engine = create_engine(place)
    with engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    engine.dispose()


def test_other_work_goes_on_while_a_lease_is_held(ledger: Ledger) -> None:
    with ledger.lease("model"):
        run = ledger.start_run(plugin="p", version="1", subject="s")

        assert run.run_id == 1
