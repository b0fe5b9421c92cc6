"""Ended at any HTTP call, a run leaves nothing wrong behind.

Goal: what was written is never marked complete unless it is; the next run brings the whole; no
task and no large read stays in Anaplan.
Method: a fault holds the N-th call of a run; when the server confirms that it holds the call, the
process is ended. The call's effect is lost, or happens behind its back. N runs from the first call
to the last, until a run survives because it makes fewer calls. Runs are forked from this process,
which has imported everything.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from typing import TYPE_CHECKING, Any

import pytest
from tap_anaplan import TapAnaplan

from tests.support.in_process import on_clock
from tests.support.sandbox import call
from tests.support.shared_time import SharedTime
from tests.tap_anaplan.models import GL, Model, Run, read_messages

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals"),
]

CALLS_MAX = 40
VIEW = {"view": "GL Adjustments.Approved", "stream": "gl_adjustments"}


def run_until_held(model: Model, *, send: signal.Signals, **settings: Any) -> Run | None:
    """Run until a fault holds a call, then send the signal; `None` when the run survived."""
    out, log = model.folder / "killed.out", model.folder / "killed.log"
    arguments = ["--config", model.write_settings(**settings)]
    child = os.fork()
    if child == 0:
        run_child(on_clock(TapAnaplan, model.clock), arguments, out, log)
    held = wait_for_hold(model, child)
    if held:
        os.kill(child, send)
        if send is not signal.SIGKILL:
            model.control("POST", "faults/release", {})
        _, status = os.waitpid(child, 0)
        code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        model.control("POST", "faults/release", {})
    model.control("DELETE", "faults")
    if not held:
        return None
    return Run(code, read_messages(out.read_bytes()), log.read_text(encoding="utf-8"))


def run_child(tap: type[Any], arguments: list[str], out: Path, log: Path) -> None:
    """Run the tap and end the process; never return into the test's own code."""
    code = 1
    try:
        sys.stdout = out.open("w", encoding="utf-8")
        sys.stderr = log.open("w", encoding="utf-8", buffering=1)
        tap.cli(args=arguments)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:  # noqa: BLE001 - the edge of a process
        traceback.print_exc(file=sys.stderr)
    finally:
        sys.stdout.flush()
        os._exit(code)


def wait_for_hold(model: Model, child: int) -> bool:
    url = f"{model.sandbox.anaplan_root}/_sandbox/faults"
    while not any(fault["holding"] for fault in call("GET", url)):
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            assert os.waitstatus_to_exitcode(status) == 0
            return False
    return True


@pytest.mark.parametrize(
    ("what", "send", "effect"),
    [
        ("export", signal.SIGKILL, "none"),
        ("export", signal.SIGKILL, "done"),
        ("export", signal.SIGTERM, "done"),
        ("view", signal.SIGKILL, "done"),
        ("view", signal.SIGTERM, "done"),
    ],
    ids=["export-kill-lost", "export-kill-done", "export-term", "view-kill", "view-term"],
)
def test_ended_at_every_call_the_next_run_brings_the_whole_and_nothing_stays(
    model: Model, monkeypatch: pytest.MonkeyPatch, what: str, send: signal.Signals, effect: str
) -> None:
    monkeypatch.setattr("ml_connector.anaplan._reading.CELLS_DIRECT_MAX", -1)
    model.clock = SharedTime(model.sandbox)
    settings = {"exports": [GL]} if what == "export" else {"views": [VIEW]}
    whole = model.run(**settings).records
    reached = 0
    unnoted = 0
    for position in range(CALLS_MAX):
        hold = {"kind": "hang", "path": "/2/0/|/token/", "after": position, "effect": effect}
        (fault,) = model.control("POST", "faults", hold)["ids"]
        assert fault

        ended = run_until_held(model, send=send, **settings)

        if ended is None:
            break
        reached += 1
        if True in ended.marks:
            assert ended.records == whole
        after = model.run(**settings)
        assert after.code == 0, after.log
        assert after.records == whole
        assert after.marks == [False, True]
        left = model.control("GET", "model")
        # What was begun when its answer never came is not known to anybody; it expires by itself.
        unnoted += left["read_requests"]
        assert left["read_requests"] <= 1
        assert left["unfinished_tasks"] == 0
        model.control("POST", "clock", {"advance_s": 31 * 60})
    assert CALLS_MAX > reached >= 10
    assert unnoted == (1 if (what, effect) == ("view", "done") else 0)
