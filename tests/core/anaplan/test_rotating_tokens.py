"""Goal: a refresh token that rotates survives parallel starts, and a kill at every step.

Method: ten processes of the installed target start at once with an access token that has ended, and
Anaplan counts who asked for tokens. Then a process that renews is killed (SIGKILL, which nothing
can catch) before and after each of its calls to the operating system, in both positions of what is
unknown of rotation; after each kill the next one starts. Where the server has spent the token and
its answer died with the process, no client can go on: then, and only then, the next one says so.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from ml_connector.anaplan import open_anaplan
from ml_connector.anaplan.oauth import OAuthAuth
from ml_connector.clock import SystemClock
from ml_connector.errors import AccessError
from ml_connector.transport import NoAudit, Transport, TransportSettings

from tests.core.anaplan.oauth import (
    FIXED,
    ROTATING,
    exchanges,
    make_store,
    settings_of,
    sign_in,
    spoil_exchange,
)
from tests.core.anaplan.test_oauth import ROTATION, sandbox, shared_sandbox
from tests.support.sandbox import command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import FrameType

    from ml_connector.anaplan import Login, LoginStore

    from tests.support.sandbox import Sandbox

__all__ = ["sandbox", "shared_sandbox"]

STARTS = 10
STEPS_MAX = 2_000
STEPS = {
    *("connect", "sendall", "recv_into", "mkdir", "flock", "unlink", "replace", "fsync"),
    *("write", "flush", "close", "__exit__"),
}
"""Calls to the operating system by which a step shows outside of the process, or to it."""
IN_MEMORY = {"StringIO", "BytesIO"}
CONNECTION_TEST = [
    {
        "type": "SCHEMA",
        "stream": "meltano_test_stream",
        "schema": {"properties": {"id": {"type": "integer"}}},
        "key_properties": ["id"],
    },
    {"type": "RECORD", "stream": "meltano_test_stream", "record": {"id": 1}},
]
"""What makes the target sign in, read what a run would need, and write nothing."""

needs_fork = [
    pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL"),
    pytest.mark.filterwarnings("ignore:This process:DeprecationWarning"),
]


@pytest.fixture
def target(sandbox: Sandbox, tmp_path: Path) -> Iterator[Target]:
    """The installed target with `auth_method: oauth`; no process outlives the test."""
    started = Target(sandbox, tmp_path / "target.json")
    yield started
    for process in started.processes:
        process.kill()
        process.communicate()


class Target:
    def __init__(self, sandbox: Sandbox, config: Path) -> None:
        settings = {**sandbox.info["anaplan"], "auth_method": "oauth"}
        for basic in ("username", "password"):
            del settings[basic]
        config.write_text(json.dumps(settings), encoding="utf-8")
        self.line = [command("target-anaplan"), "--config", str(config)]
        self.processes: list[subprocess.Popen[str]] = []

    def start(self) -> subprocess.Popen[str]:
        """Start a process and give it its whole input."""
        process = subprocess.Popen(
            self.line, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.processes.append(process)
        assert process.stdin is not None
        process.stdin.write("".join(json.dumps(message) + "\n" for message in CONNECTION_TEST))
        process.stdin.flush()
        return process

    def run(self) -> tuple[int, str]:
        process = self.start()
        _, log = process.communicate(timeout=120)
        return process.returncode, log


@pytest.mark.slow
def test_ten_starts_at_once_spend_one_token(sandbox: Sandbox, target: Target) -> None:
    sandbox.anaplan("POST", "switches", {"spent_refresh_token": "ends_family"})
    store = make_store(sign_in(sandbox))
    # Long enough for all the others to come while the first one waits for its answer.
    spoil_exchange(sandbox, "stall", seconds=2, times=0)
    before = exchanges(sandbox)

    processes = [target.start() for _ in range(STARTS)]
    logs = [process.communicate(timeout=300)[1] for process in processes]

    assert [process.returncode for process in processes] == [0] * STARTS, "".join(logs)
    assert exchanges(sandbox) - before == 1
    sandbox.anaplan("POST", "tokens/revoke", {})
    assert target.run()[0] == 0
    assert store.read().begun_at == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "effect", "client_id", "goes_on"),
    [
        pytest.param("^/oauth/token$", "none", ROTATING, True, id="not arrived"),
        pytest.param("^/oauth/token$", "done", ROTATING, False, id="answer not received"),
        pytest.param("^/oauth/token$", "done", FIXED, True, id="answer not received, fixed"),
        pytest.param("^/2/0/", "none", ROTATING, True, id="stored"),
    ],
)
def test_a_target_killed_while_it_signs_in_is_followed_by_one_that_works_or_explains(
    sandbox: Sandbox, target: Target, path: str, effect: str, client_id: str, *, goes_on: bool
) -> None:
    make_store(sign_in(sandbox, client_id))
    sandbox.anaplan("DELETE", "faults")
    sandbox.anaplan("POST", "faults", {"kind": "hang", "path": path, "effect": effect})
    process = target.start()
    sandbox.wait_for_held_request(sandbox.anaplan)
    process.kill()
    process.communicate()
    sandbox.anaplan("DELETE", "faults")

    code, log = target.run()

    assert (code == 0) is goes_on, log
    if not goes_on:
        assert code == 1
        assert "was never stored" in log
        assert "ml-connector credentials login anaplan" in log
        assert "Traceback" not in log


@pytest.mark.slow
@pytest.mark.parametrize(("client_id", "switches"), ROTATION[1:3])
@needs_fork[0]
@needs_fork[1]
def test_a_kill_at_every_step_is_survived_unless_the_answer_died_with_it(
    sandbox: Sandbox, client_id: str, switches: dict[str, str]
) -> None:
    sandbox.anaplan("POST", "switches", switches)
    store = make_store()

    found = []
    for step in range(1, STEPS_MAX):
        old = sign_in(sandbox, client_id)
        store.write(old)
        if not renew_and_die(sandbox, store, step=step):
            break
        found.append(start_again(sandbox, store, old))

    assert set(found) == {"renewed", "shared"} | ({"lost"} if client_id == ROTATING else set())


def renew_and_die(sandbox: Sandbox, store: LoginStore, *, step: int) -> bool:
    """Renew in a child that is killed at its step `step`; say whether it got that far."""
    child = os.fork()
    if child == 0:
        steps = itertools.count(1)

        def count(_: FrameType, event: str, called: object) -> None:
            if event in {"c_call", "c_return"} and is_step(called) and next(steps) == step:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.setprofile(count)
        open_auth(sandbox, store).fetch_authorization()
        sys.setprofile(None)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def is_step(called: object) -> bool:
    """Say whether a function written in C is such a call."""
    owner = type(getattr(called, "__self__", None)).__name__
    return getattr(called, "__name__", "") in STEPS and owner not in IN_MEMORY


def open_auth(sandbox: Sandbox, store: LoginStore) -> OAuthAuth:
    clock = SystemClock()
    transport = Transport(
        system="Anaplan", settings=TransportSettings(), clock=clock, audit=NoAudit()
    )
    settings = settings_of(sandbox.anaplan_root)
    return OAuthAuth(settings, store=store, transport=transport, clock=clock)


def start_again(sandbox: Sandbox, store: LoginStore, old: Login) -> str:
    """Start after a kill; say what became of the login, which must be one of three things."""
    left, auth = store.read(), open_auth(sandbox, store)
    if left.refresh_token != old.refresh_token or left.access_token != old.access_token:
        assert auth.fetch_authorization() == f"Bearer {left.access_token}"
        return "shared"
    with suppress(AccessError):
        assert auth.fetch_authorization() != f"Bearer {left.access_token}"
        return "renewed"
    with pytest.raises(AccessError, match="was never stored") as caught:
        auth.fetch_authorization()
    assert caught.value.remedy.endswith("ml-connector credentials login anaplan")
    return "lost"


def test_the_count_of_exchanges_counts(sandbox: Sandbox) -> None:
    before = exchanges(sandbox)
    make_store(sign_in(sandbox))

    open_anaplan(settings_of(sandbox.anaplan_root), clock=SystemClock(), audit=NoAudit()).fetch_me()

    assert exchanges(sandbox) - before == 2
