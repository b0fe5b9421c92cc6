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

if TYPE_CHECKING:
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


def count_calls(model: Model) -> int:
    """Calls of an undisturbed run."""
    model.load(MESSAGES, **PROCESS)
    calls = sum(model.counters()["requests"].values())
    model.control("POST", "reset")
    return int(calls)


def kill_at(model: Model, call: int, *, send: signal.Signals, effect: str) -> Result:
    model.fault("hang", ".*", after=call, effect=effect)
    return model.run_until_held(MESSAGES, send=send, **PROCESS)


def assert_whole(model: Model) -> None:
    assert model.codes("Vendors") == {"1200", "1300"}
    assert model.amounts() == AMOUNTS
    control = model.control("GET", "model")
    assert control["lists"]["PO Lines"] == len(AMOUNTS)
    assert control["unfinished_tasks"] == 0


@pytest.mark.parametrize("effect", ["none", "done"])
def test_killed_at_every_call_the_next_run_completes(
    model: Model,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    effect: str,
) -> None:
    calls = count_calls(model)
    assert 15 < calls < CALLS_MAX

    for call in range(calls):
        monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path_factory.mktemp("home")))
        killed = kill_at(model, call, send=signal.SIGKILL, effect=effect)

        if killed.states:
            # Only what follows the last word about the rows may come after STATE: the logout.
            assert call == calls - 1
        model.load(MESSAGES, **PROCESS)
        assert_whole(model)
        model.control("POST", "reset")


def test_terminated_at_every_call_a_run_ends_with_143_or_complete(
    model: Model, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    calls = count_calls(model)

    for call in range(calls):
        monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path_factory.mktemp("home")))
        ended = kill_at(model, call, send=signal.SIGTERM, effect="done")

        assert ended.exit_code == 128 + signal.SIGTERM, (call, ended.log)
        if ended.states:
            assert_whole(model)
        model.load(MESSAGES, **PROCESS)
        assert_whole(model)
        model.control("POST", "reset")


@pytest.mark.parametrize("call", [0, 9, 14, 18, 22, 30])
def test_killed_between_imports_the_next_run_completes(model: Model, call: int) -> None:
    model.fault("hang", "/tasks", after=call, effect="done")

    model.run_until_held(MESSAGES, send=signal.SIGKILL)

    model.load(MESSAGES)
    assert_whole(model)
