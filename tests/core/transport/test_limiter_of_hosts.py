"""Goal: with a ledger on PostgreSQL, all computers together keep the limit.

Method: processes with homes of their own, as computers have, and one real database.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from ml_connector.anaplan import AnaplanSettings, open_anaplan
from ml_connector.clock import SystemClock
from ml_connector.errors import LedgerError
from ml_connector.ledger import open_ledger
from ml_connector.transport import Limiter, NoAudit
from sqlalchemy import create_engine, text

from tests.core.ledger.conftest import make_database, postgresql_server
from tests.core.raw_server import RawServer, reply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["postgresql_server"]

CALLER = """
import sys
from pathlib import Path
from ml_connector.clock import SystemClock
from ml_connector.transport import Limiter

class Hurried(SystemClock):
    def sleep(self, seconds):
        assert 0 < seconds <= 60
        raise SystemExit(0)

limiter = Limiter(
    "anaplan", per_minute=60, home=Path(sys.argv[1]), clock=Hurried(), ledger_url=sys.argv[2]
)
while True:
    limiter.acquire()
    print("call", flush=True)
"""


class NoTime(SystemClock):
    """Refuses to wait and tells for how long it should have."""

    def sleep(self, seconds: float) -> None:
        raise TimeoutError(seconds)


@pytest.fixture
def database(postgresql_server: str) -> str:
    return make_database(postgresql_server)


@contextmanager
def limiter_at(home: Path, database: str, *, per_minute: int = 5) -> Iterator[Limiter]:
    limiter = Limiter(
        "anaplan", per_minute=per_minute, home=home, clock=NoTime(), ledger_url=database
    )
    yield limiter
    limiter.close()


def change(database: str, statement: str) -> int:
    engine = create_engine(database)
    with engine.begin() as connection:
        count = connection.execute(text(statement)).rowcount
    engine.dispose()
    return count


def test_processes_of_several_computers_together_keep_the_limit(
    tmp_path: Path, database: str
) -> None:
    homes = [tmp_path / name for name in ("one", "two", "three")]
    processes = [
        subprocess.Popen([sys.executable, "-c", CALLER, home, database], stdout=subprocess.PIPE)
        for home in homes
    ]

    printed = [process.communicate(timeout=120)[0] for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sum(output.count(b"call") for output in printed) == 60
    assert not any(home.exists() for home in homes)


def test_of_many_who_come_at_once_only_one_takes_the_last_room(
    tmp_path: Path, database: str
) -> None:
    taken: list[int] = []

    def take_once(limiter: Limiter, everybody: threading.Barrier) -> None:
        everybody.wait(60)
        with contextlib.suppress(TimeoutError):
            limiter.acquire()
            taken.append(1)

    with contextlib.ExitStack() as stack:
        limiters = [
            stack.enter_context(limiter_at(tmp_path, database, per_minute=1)) for _ in range(4)
        ]
        for number in range(1, 11):
            everybody = threading.Barrier(len(limiters))
            threads = [
                threading.Thread(target=take_once, args=[limiter, everybody])
                for limiter in limiters
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert len(taken) == number
            change(database, "DELETE FROM limit_calls")


def test_a_pause_holds_every_computer_and_a_shorter_one_does_not_end_it(
    tmp_path: Path, database: str
) -> None:
    with limiter_at(tmp_path, database) as one, limiter_at(tmp_path, database) as other:
        one.pause(30)
        one.pause(1)

        with pytest.raises(TimeoutError) as waited:
            other.acquire()

    assert 25 < waited.value.args[0] <= 30


def test_calls_a_minute_old_make_room_and_are_forgotten(tmp_path: Path, database: str) -> None:
    with limiter_at(tmp_path, database, per_minute=50) as limiter:
        for _ in range(49):
            limiter.acquire()
        change(database, "UPDATE limit_calls SET at = at - interval '61 seconds'")

        for _ in range(50):
            limiter.acquire()

        with pytest.raises(TimeoutError):
            limiter.acquire()
    assert change(database, "DELETE FROM limit_calls") == 50


def test_calls_of_earlier_processes_are_forgotten(tmp_path: Path, database: str) -> None:
    for _ in range(3):
        with limiter_at(tmp_path, database) as limiter:
            limiter.acquire()
        change(database, "UPDATE limit_calls SET at = at - interval '61 seconds'")

    assert change(database, "DELETE FROM limit_calls") == 1


def test_a_ledger_with_the_limit_in_its_database_opens_as_before(
    tmp_path: Path, database: str
) -> None:
    with limiter_at(tmp_path, database) as limiter:
        limiter.acquire()

    open_ledger(database).close()
    open_ledger(database).close()


def test_a_database_out_of_reach_is_named_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://u:geheim@127.0.0.1:9/x"

    with limiter_at(tmp_path, url) as limiter, pytest.raises(LedgerError) as caught:
        limiter.acquire()

    assert "127.0.0.1:9" in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_the_client_of_anaplan_shares_the_limit_of_its_ledger(
    database: str, connector_home: Path
) -> None:
    token = {"tokenInfo": {"tokenValue": "T", "expiresAt": 9_999_999_999_999}}
    with RawServer([reply(200, token), reply(200, {"user": {"email": "a@b.example"}})]) as server:
        settings = AnaplanSettings(
            api_url=server.url,
            auth_url=server.url,
            workspace_id="0" * 32,
            model_id="0" * 32,
            username="a@b.example",
            password="p",
            ledger_url=database,
        )
        client = open_anaplan(settings, clock=SystemClock(), audit=NoAudit())
        client.fetch_me()
        client.close()

    assert change(database, "DELETE FROM limit_calls") >= 2
    assert not list(connector_home.glob("limit-*"))
