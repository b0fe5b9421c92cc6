"""The way back is killed from outside: the job, or the tap alone. Everything is entered once.

Goal: a killed job leaves nothing that the next one does not put right, and an input that ends too
early is never taken for a whole one. Method: a call is held that Sage or Anaplan has carried out;
then Meltano, its process group or the tap gets a signal. In the end the books are compared to the
cent with what was approved, by a client that shares no code with ours.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.end_to_end.auditor import Sage
from tests.end_to_end.test_meltano import ROOT, meltano, variables
from tests.end_to_end.test_to_the_cent import (
    AP,
    GL,
    check_adjustments,
    check_documents,
    check_journals,
    enter_adjustments,
    sort_out,
)
from tests.support.pipeline import AnaplanReader
from tests.support.sandbox import command
from tests.target_sage300.conftest import Books

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from tests.support.sandbox import Sandbox

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals"),
    pytest.mark.fault("hang"),
]
JOB = ("run", "--force", "anaplan-to-sage300")
"""Forced: a Meltano that was killed takes its own last run as still running."""
STREAMS = ("gl_adjustments", "ap_adjustments")
BOTH: dict[str, Any] = {"views": [{"view": GL}, {"view": AP}]}


def kill_meltano(process: subprocess.Popen[bytes]) -> None:
    """Kill Meltano itself; its plugins do not hear of it."""
    process.kill()


def kill_all(process: subprocess.Popen[bytes]) -> None:
    """Kill all that the job has started, as a computer that goes down."""
    os.killpg(process.pid, signal.SIGKILL)


def end_meltano(process: subprocess.Popen[bytes]) -> None:
    """Ask Meltano itself to end, as whoever stops a service does; its plugins do not hear of it."""
    process.terminate()


def time_out(process: subprocess.Popen[bytes]) -> None:
    """Have `timeout` take its time as over: it signals Meltano and all that it has started."""
    process.send_signal(signal.SIGALRM)


def time_out_and_kill(process: subprocess.Popen[bytes]) -> None:
    """The same, and wait until it has killed what did not end at once, itself with it."""
    time_out(process)
    assert process.wait(60) in (-signal.SIGKILL, 124), "it ended for another reason"


def interrupt(process: subprocess.Popen[bytes]) -> None:
    """Press Ctrl-C."""
    os.killpg(process.pid, signal.SIGINT)


BATCHES = {"journals": r"GLJournalBatches$", "invoices": r"APInvoiceBatches$"}
BATCHES["adjustments"] = r"APPaymentAndAdjustmentBatches$"
DEATHS: list[tuple[Callable[[subprocess.Popen[bytes]], None], str]] = [
    (kill_all, "invoices"),
    (time_out, "adjustments"),
    (interrupt, "journals"),
]
LATER_DEATHS: list[tuple[Callable[[subprocess.Popen[bytes]], None], str]] = [
    (end_meltano, "invoices"),
    (time_out_and_kill, "adjustments"),
    (kill_meltano, "results"),
]
"""Each at a call that Sage, or Anaplan, has carried out; the later ones over what is approved then.

Each comes further than the one before it, and so has put right what that one left.
"""
UNDER = {
    time_out: ("timeout", "-s", "TERM", "600"),
    time_out_and_kill: ("timeout", "-k", "0.1", "600"),
}
"""The program that the job is run under."""


@pytest.mark.skipif(not shutil.which("timeout"), reason="a program of GNU")
@pytest.mark.usefixtures("meltano_project", "plugins")
def test_a_job_that_is_killed_again_and_again_enters_everything_once(
    tmp_path: Path, start_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = start_sandbox("--orders", "1")
    sage, model = Sage(sandbox), AnaplanReader(sandbox)
    enter_adjustments(sandbox, sage.open_amounts())
    journals, _ = sort_out(model.cells(GL))
    documents, _ = sort_out(model.cells(AP))
    invoices = [one for one in documents if one[0]["Kind"] == "ap_invoice"]
    adjustments = [one for one in documents if one[0]["Kind"] == "ap_adjustment"]
    others = sage.open_batches()
    environment = variables(sandbox, tmp_path)
    approve(sandbox, AP, invoices[0], adjustments[0], approved=False)
    sessions = [die(sandbox, environment, *death) for death in DEATHS]
    approve(sandbox, AP, invoices[0], adjustments[0], approved=True)
    sessions += [die(sandbox, environment, *death) for death in LATER_DEATHS]

    ended = meltano(*JOB, environment=environment)

    log = ended.stdout + ended.stderr
    assert "refused=6 left_out=4" in log
    assert "load.finished load=posting_results" in log
    assert find_running(sessions) == []
    results = model.cells("SYS Posting Status")
    good = [line["Transaction ID"] for lines in (*journals, *documents) for line in lines]
    assert {results[name]["Status"] for name in good} == {"created"}
    sage.post_all_but(others)
    check_journals(sage, journals)
    check_documents(sage, invoices)
    check_adjustments(sage, adjustments)


def approve(sandbox: Sandbox, module: str, *entries: list[dict[str, Any]], approved: bool) -> None:
    """Have a planner approve entries, or take that back."""
    lines = {line["Transaction ID"]: {"Approved": approved} for entry in entries for line in entry}
    sandbox.anaplan("PATCH", f"adjustments/{quote(module)}", lines)


def die(
    sandbox: Sandbox,
    environment: dict[str, str],
    kill: Callable[[subprocess.Popen[bytes]], None],
    call: str,
) -> int:
    """Run the job until a call has its effect and no answer, and kill it; return its session."""
    control = sandbox.sage if call in BATCHES else sandbox.anaplan
    path = BATCHES.get(call, r"/(imports|processes)/\d+/tasks$")
    control("POST", "faults", {"kind": "hang", "method": "POST", "effect": "done", "path": path})
    process = start(environment, *UNDER.get(kill, ()))
    sandbox.wait_for_held_request(control, timeout_s=600)
    # Meltano and a plugin at least; the tap may have come to its end.
    assert len(find_running([process.pid])) >= 2
    kill(process)
    control("POST", "faults/release", {})
    control("DELETE", "faults")
    assert process.wait(600) != 0
    return process.pid


def start(environment: dict[str, str], *under: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*under, command("meltano"), *JOB],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def find_running(sessions: Collection[int]) -> list[str]:
    """What still runs of what was started in these sessions; who has ended may wait for burial."""
    shown = ("ps", "-e", "-o", "sess=,state=,args=")
    listed = subprocess.run(shown, capture_output=True, text=True, check=True).stdout
    processes = [line.split(maxsplit=2) for line in listed.splitlines()]
    return [
        args for number, state, args in processes if number in map(str, sessions) and state != "Z"
    ]


def test_an_input_that_ends_too_early_enters_no_part_of_an_entry(
    tmp_path: Path, start_sandbox: Callable[..., Sandbox]
) -> None:
    """The tap's own output, cut off behind and within every fifth line."""
    sandbox = start_sandbox("--orders", "1")
    enter_adjustments(sandbox, Sage(sandbox).open_amounts())
    books = Books(sandbox, tmp_path)
    tap = subprocess.run(tap_command(books), stdout=subprocess.PIPE, check=True, timeout=600)
    lines = tap.stdout.splitlines(keepends=True)
    assert len(lines) > 30
    ap_begins = next(n for n, line in enumerate(lines) if b'"SCHEMA"' in line and b'"ap_' in line)
    for number in range(1, len(lines), 5):
        for cut in (b"".join(lines[:number]), b"".join(lines[:number]) + lines[number][:20]):
            result = books.run(cut, on_refused="go_on")

            # A stream that came to its end is whole, whatever was to follow it.
            if result.exit_code == 0:
                assert number <= ap_begins
                assert b'"complete":true' in cut.replace(b" ", b"")
            else:
                assert result.states == []
            assert_whole(sandbox, books)

    books.run(tap.stdout)
    assert_whole(sandbox, books)
    journals, _ = sort_out(AnaplanReader(sandbox).cells(GL))
    ids = [line["Transaction ID"] for entry in journals for line in entry]
    assert books.standing() == Counter(ids)


def test_a_target_whose_tap_was_killed_enters_nothing_of_the_stream(
    tmp_path: Path, start_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = start_sandbox("--orders", "1")
    sandbox.anaplan("POST", "adjustments/items")
    books = Books(sandbox, tmp_path)
    path = r"/views/[^/]*/data"
    sandbox.anaplan("POST", "faults", {"kind": "hang", "path": path, "after": 1})
    tap = subprocess.Popen(tap_command(books), stdout=subprocess.PIPE)
    target = subprocess.Popen(
        [command("target-sage300"), *books.arguments(settle_minutes=0, read_timeout_s=5)],
        stdin=tap.stdout,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert tap.stdout is not None
    tap.stdout.close()
    sandbox.wait_for_held_request(sandbox.anaplan, timeout_s=600)

    tap.kill()
    tap.wait()
    sandbox.anaplan("DELETE", "faults")
    printed, log = target.communicate(timeout=600)

    assert b'"ap_adjustments": {"complete": true}' not in printed, log
    assert_whole(sandbox, books)


def tap_command(books: Books) -> list[str]:
    path = books.folder / "tap.json"
    path.write_text(json.dumps({**books.sandbox.info["anaplan"], **BOTH}), encoding="utf-8")
    return [command("tap-anaplan"), "--config", str(path)]


def assert_whole(sandbox: Sandbox, books: Books) -> None:
    """What stands of an entry is all of it, once."""
    entries: dict[str, set[str]] = defaultdict(set)
    for name, line in AnaplanReader(sandbox).cells(GL).items():
        entries[line["Entry"]].add(name)
    standing = books.standing()
    assert set(standing.values()) <= {1}
    for names in entries.values():
        assert not names & standing.keys() or names <= standing.keys()
