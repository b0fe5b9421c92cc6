"""Goal: all processes of a user together keep the limit. Method: real files, real processes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from ml_connector.clock import SystemClock
from ml_connector.errors import ConnectorError, ExitCode, SettingError, TransientError
from ml_connector.transport import Limiter, Reply, Request

from tests.core.fakes import FakeClock, make_request, make_transport
from tests.core.raw_server import RawServer, reply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ml_connector.clock import Clock

MakeLimiter = Callable[..., Limiter]


@pytest.fixture
def make_limiter() -> Iterator[MakeLimiter]:
    """A factory of limiters that are closed after the test."""
    made: list[Limiter] = []

    def make(home: Path, clock: Clock, *, per_minute: int = 5, name: str = "anaplan") -> Limiter:
        made.append(Limiter(name, per_minute=per_minute, home=home, clock=clock))
        return made[-1]

    yield make
    for limiter in made:
        limiter.close()


def count_calls(home: Path) -> int:
    with closing(sqlite3.connect(home / "limit-anaplan.sqlite3")) as file:
        return int(file.execute("SELECT count(*) FROM calls").fetchone()[0])


def test_calls_within_the_limit_do_not_wait(tmp_path: Path, make_limiter: MakeLimiter) -> None:
    clock = FakeClock()
    limiter = make_limiter(tmp_path, clock)

    for _ in range(5):
        limiter.acquire()

    assert clock.sleeps == []


def test_one_call_too_many_waits_until_the_first_is_a_minute_old(
    tmp_path: Path, make_limiter: MakeLimiter
) -> None:
    clock = FakeClock()
    limiter = make_limiter(tmp_path, clock)
    limiter.acquire()
    clock.sleep(20)
    for _ in range(4):
        limiter.acquire()

    limiter.acquire()

    assert sum(clock.sleeps[1:]) == pytest.approx(40, abs=0.1)


def test_two_limiters_of_one_name_share_the_limit(
    tmp_path: Path, make_limiter: MakeLimiter
) -> None:
    clock = FakeClock()
    one, other = make_limiter(tmp_path, clock), make_limiter(tmp_path, clock)
    for _ in range(5):
        one.acquire()

    other.acquire()

    assert clock.elapsed_s == pytest.approx(60, abs=0.1)


def test_a_pause_holds_every_limiter_of_the_name(tmp_path: Path, make_limiter: MakeLimiter) -> None:
    clock = FakeClock()
    one, other = make_limiter(tmp_path, clock), make_limiter(tmp_path, clock)

    one.pause(30)
    other.acquire()

    assert clock.elapsed_s == pytest.approx(30, abs=0.1)


def test_a_shorter_pause_does_not_end_a_longer_one(
    tmp_path: Path, make_limiter: MakeLimiter
) -> None:
    clock = FakeClock()
    limiter = make_limiter(tmp_path, clock)

    limiter.pause(30)
    limiter.pause(1)
    limiter.acquire()

    assert clock.elapsed_s == pytest.approx(30, abs=0.1)


def test_another_name_is_another_limit(tmp_path: Path, make_limiter: MakeLimiter) -> None:
    clock = FakeClock()
    make_limiter(tmp_path, clock).pause(30)

    make_limiter(tmp_path, clock, name="other").acquire()

    assert clock.sleeps == []


def test_old_calls_are_forgotten_so_the_file_stays_small(
    tmp_path: Path, make_limiter: MakeLimiter
) -> None:
    clock = FakeClock()
    limiter = make_limiter(tmp_path, clock, per_minute=1000)
    for _ in range(300):
        limiter.acquire()
        clock.sleep(1)

    assert count_calls(tmp_path) < 120


def test_calls_of_earlier_processes_are_forgotten_however_few_each_makes(
    tmp_path: Path, make_limiter: MakeLimiter
) -> None:
    clock = FakeClock()
    for _ in range(5):
        limiter = make_limiter(tmp_path, clock)
        limiter.acquire()
        limiter.acquire()
        clock.sleep(3600)

    assert count_calls(tmp_path) == 2


def test_being_told_to_slow_down_makes_everybody_wait(
    tmp_path: Path, make_limiter: MakeLimiter
) -> None:
    def judge(_: Request, answer: Reply) -> int:
        if answer.status == 429:
            raise TransientError("slow", system="s", call="c", status=429, retry_after_s=25)
        return answer.status

    clock = FakeClock()
    other = make_limiter(tmp_path, clock, per_minute=100)
    with RawServer([reply(429), reply(200)]) as server:
        limiter = make_limiter(tmp_path, clock, per_minute=100)
        make_transport(clock, limiter=limiter).send(make_request(server.url), judge=judge)
    clock.elapsed_s = 1
    other.acquire()

    assert clock.elapsed_s >= 25


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path, make_limiter: MakeLimiter) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")

    with pytest.raises(SettingError, match="ML_CONNECTOR_HOME"):
        make_limiter(blocked, FakeClock()).acquire()


def test_a_damaged_file_is_named(tmp_path: Path, make_limiter: MakeLimiter) -> None:
    (tmp_path / "limit-anaplan.sqlite3").write_bytes(b"no database" * 1000)

    with pytest.raises(SettingError, match=r"limit-anaplan\.sqlite3 is damaged"):
        make_limiter(tmp_path, FakeClock()).acquire()


def test_a_file_that_fails_later_on_is_a_failed_run_and_no_setting_refused(
    tmp_path: Path, make_limiter: MakeLimiter
) -> None:
    limiter = make_limiter(tmp_path, FakeClock())
    limiter.acquire()
    with closing(sqlite3.connect(tmp_path / "limit-anaplan.sqlite3")) as other:
        other.execute("DROP TABLE calls")

    with pytest.raises(ConnectorError, match="rate limit cannot be kept") as failed:
        limiter.acquire()

    assert failed.value.exit_code == ExitCode.FAILED


def test_a_clock_set_back_does_not_block_for_long(
    tmp_path: Path, make_limiter: MakeLimiter
) -> None:
    clock = FakeClock()
    limiter = make_limiter(tmp_path, clock)
    for _ in range(5):
        limiter.acquire()
    limiter.pause(30)
    clock.start = clock.start.subtract(days=1)

    limiter.acquire()

    assert clock.sleeps == []


def test_threads_of_one_process_share_a_limiter(tmp_path: Path, make_limiter: MakeLimiter) -> None:
    limiter = make_limiter(tmp_path, SystemClock(), per_minute=1000)
    failures: list[Exception] = []

    def call() -> None:
        try:
            for _ in range(20):
                limiter.acquire()
        except Exception as error:  # noqa: BLE001 - told below
            failures.append(error)

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert count_calls(tmp_path) == 80


CALLER = """
import sys, time
from pathlib import Path
from ml_connector.clock import SystemClock
from ml_connector.transport import Limiter

class Hurried(SystemClock):
    def sleep(self, seconds):
        raise SystemExit(0)

limiter = Limiter("anaplan", per_minute=60, home=Path(sys.argv[1]), clock=Hurried())
while True:
    limiter.acquire()
    print("call", flush=True)
"""


def test_three_processes_together_keep_the_limit(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", CALLER, str(tmp_path)], stdout=subprocess.PIPE)
        for _ in range(3)
    ]

    printed = [process.communicate(timeout=60)[0] for process in processes]

    assert sum(output.count(b"call") for output in printed) == 60


@pytest.mark.skipif(sys.gettrace() is not None, reason="measuring coverage takes its time")
def test_an_idle_limiter_costs_less_than_a_millisecond_per_call(
    tmp_path: Path, make_limiter: MakeLimiter
) -> None:
    limiter = make_limiter(tmp_path, SystemClock(), per_minute=100_000)
    limiter.acquire()

    started = time.process_time()
    for _ in range(200):
        limiter.acquire()

    # Time of the processor, for this computer may be busy with other tests.
    assert (time.process_time() - started) / 200 < 0.001


def test_a_limit_that_never_has_room_is_an_error_in_the_end(
    tmp_path: Path, make_limiter: MakeLimiter
) -> None:
    class Frozen(FakeClock):
        def sleep(self, seconds: float) -> None:
            """Time does not pass."""

    limiter = make_limiter(tmp_path, Frozen(), per_minute=1)
    limiter.acquire()

    with pytest.raises(TransientError, match="left no room"):
        limiter.acquire()
