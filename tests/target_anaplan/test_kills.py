"""Killed at any HTTP call, a run leaves nothing wrong behind.

Goal: after a rerun the model equals the source, and no state was written ahead of it.
Method: a fault holds the N-th call of a small run; when the server confirms that it holds the call,
the process is killed. The call's effect is lost, or happens behind the client's back. N runs from
the first call to the last, until a run survives because it makes fewer calls.
"""

from __future__ import annotations

import signal
import sys
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.target_anaplan.singer import company, make_line, make_vendor

if sys.platform == "linux":
    import resource

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.target_anaplan.conftest import Model, Result

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals"),
]

PROCESS = {"process": "Load Sage 300"}
LINES = [make_line(1000, amount="1.25"), make_line(2000, amount="2.50")]
AMOUNTS = {"SAMLTD:PO:PO1:1000": Decimal("1.25"), "SAMLTD:PO:PO1:2000": Decimal("2.50")}
CALLS_MAX = 40
MESSAGES = company(vendors=[make_vendor("1200"), make_vendor("1300")], lines=LINES)


@pytest.fixture
def fresh_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], None]:
    """Give the next run a ledger of its own."""

    def change() -> None:
        monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path_factory.mktemp("home")))

    return change


def assert_whole(model: Model) -> None:
    assert model.codes("Vendors") == {"1200", "1300"}
    assert model.amounts() == AMOUNTS
    found = model.control("GET", "model")
    assert found["lists"]["PO Lines"] == len(AMOUNTS)
    assert found["unfinished_tasks"] == 0


def assert_state_not_ahead(model: Model, ended: Result) -> None:
    if ended.states:
        assert_whole(model)


KILLS = [
    # What is lost, and what happens behind our back; a read has no effect to lose.
    (signal.SIGKILL, "none", ".*", PROCESS),
    (signal.SIGKILL, "done", "POST|PUT", PROCESS),
    (signal.SIGKILL, "done", "POST|PUT", {}),
    (signal.SIGTERM, "done", "POST|PUT", PROCESS),
]


@pytest.mark.parametrize(
    ("send", "effect", "method", "settings"),
    KILLS,
    ids=["kill-lost", "kill-done", "kill-done-imports", "term"],
)
def test_ended_at_every_call_the_next_run_completes(
    model: Model,
    fresh_home: Callable[[], None],
    send: signal.Signals,
    effect: str,
    method: str,
    settings: dict[str, str],
) -> None:
    reached = 0
    for call in range(CALLS_MAX):
        fresh_home()
        model.fault("hang", ".*", method=method, after=call, effect=effect)

        ended = model.run_until_held(MESSAGES, send=send, **settings)

        if ended is None:
            break
        reached += 1
        # Told to stop during the logout, everything is done: 0 is the truth.
        assert ended.exit_code in {-send, 128 + send} or ended.states, ended.log
        assert_state_not_ahead(model, ended)
        model.load(MESSAGES, **settings)
        assert_whole(model)
        model.control("POST", "reset")
        model.switch(process_imports="orders")
    assert CALLS_MAX > reached >= (9 if method != ".*" else 20)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a running process")
def test_a_disk_that_is_full_ends_the_run_in_one_line_and_the_next_one_completes(
    model: Model,
) -> None:
    assert sys.platform == "linux"
    model.fault("hang", "/files/.*/chunks/0", method="PUT", effect="done")
    process = model.start(MESSAGES, **PROCESS)
    assert model.wait_for_hold(process)

    # As on a full disk: not a byte more goes into any file.
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, 0))
    model.control("POST", "faults/release", {})
    _, err = process.communicate(timeout=300)

    log = err.decode()
    assert process.returncode == 1, log
    assert "cannot be used" in log.splitlines()[-1]
    assert "Traceback" not in log
    model.load(MESSAGES, **PROCESS)
    assert_whole(model)
