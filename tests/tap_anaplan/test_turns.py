"""Exports of one user do not run side by side, and a run that is told to wait goes on.

Goal: no two runs write over each other's file, and none fails because of another.
Method: a second run of the export is started over HTTP, or the lock is held, at the moment that
matters; the sandbox counts what the tap did.
"""

from __future__ import annotations

import base64
import threading
from typing import TYPE_CHECKING

import pytest
from ml_connector.clock import SystemClock
from ml_connector.ledger import hold_on_this_computer

from tests.support.sandbox import call
from tests.support.shared_time import SharedTime
from tests.tap_anaplan.models import GL, Model

if TYPE_CHECKING:
    from pathlib import Path

EXPORT_ID = "116000000001"
TASKS = f"exports/{EXPORT_ID}/tasks"


COLLEAGUE = {"username": "second@example.com", "password": "Second-4-Sandbox!"}


def start_export_elsewhere(model: Model, **user: str) -> None:
    """Start the export from a program that knows nothing of ours; without `user` as the same."""
    info = {**model.sandbox.info["anaplan"], **user}
    login = f"{info['username']}:{info['password']}".encode()
    basic = {"Authorization": f"Basic {base64.b64encode(login).decode()}"}
    token = call("POST", f"{info['auth_url']}/token/authenticate", headers=basic)
    headers = {"Authorization": f"AnaplanAuthToken {token['tokenInfo']['tokenValue']}"}
    place = f"workspaces/{info['workspace_id']}/models/{info['model_id']}"
    call("POST", f"{info['api_url']}/2/0/{place}/{TASKS}", {"localeName": "en_US"}, headers)


def start_in_between(model: Model) -> None:
    """Start it when the tap has looked, before its own start takes effect."""
    model.sandbox.wait_for_held_request(model.control)
    start_export_elsewhere(model)
    model.control("POST", "faults/release", {})


@pytest.mark.switch("parallel_exports")
def test_an_export_the_user_runs_elsewhere_meanwhile_is_waited_for(model: Model) -> None:
    model.clock = SharedTime(model.sandbox)
    model.control("POST", "switches", {"parallel_exports": "conflict", "task_ms": 600_000})
    hold = {"kind": "hang", "method": "POST", "path": f"{TASKS}$", "effect": "later", "times": 1}
    model.control("POST", "faults", hold)
    other = threading.Thread(target=start_in_between, args=(model,))
    other.start()

    run = model.run(exports=[GL])

    other.join()
    assert run.code == 0, run.log
    assert run.marks == [False, True]
    assert "export.waits" in run.log


def enter_adjustment(model: Model) -> None:
    """Another approved entry: what was exported before is not what is approved now."""
    place = "adjustments/GL Adjustments"
    line = {"Company": "SAMLTD", "Entry": "LATER", "Lines In Entry": 2, "Account": "6100100"}
    day = {"Posting Date": "2026-10-31", "Approved": True}
    amounts = {"Debit": 10, "Credit": 0}, {"Debit": 0, "Credit": 10}
    model.control("POST", place, {"lines": [{**line, **day, **amount} for amount in amounts]})


@pytest.mark.fault("hang")
def test_a_colleagues_export_is_not_taken_for_ours_when_the_answer_to_our_start_is_lost(
    model: Model,
) -> None:
    old = model.run(exports=[GL])
    enter_adjustment(model)
    model.clock = SharedTime(model.sandbox)
    lost = {"kind": "hang", "method": "POST", "path": f"{TASKS}$", "effect": "none", "times": 1}
    model.control("POST", "faults", lost)

    def start_in_between() -> None:
        model.sandbox.wait_for_held_request(model.control)
        start_export_elsewhere(model, **COLLEAGUE)
        model.control("POST", "faults/release", {})

    colleague = threading.Thread(target=start_in_between)
    colleague.start()

    run = model.run(exports=[GL])

    colleague.join()
    assert run.code == 0, run.log
    assert "export.starts_again" in run.log
    assert len(run.records) == len(old.records) + 2


@pytest.mark.fault("cut_before")
def test_a_start_that_is_never_answered_ends_the_run(model: Model) -> None:
    lost = {"kind": "cut_before", "method": "POST", "path": f"{TASKS}$", "times": 2}
    model.control("POST", "faults", lost)

    run = model.run(exports=[GL])

    assert (run.code, run.marks) == (1, [False])


def test_a_busy_model_is_waited_for_longer_than_a_call_is_repeated(model: Model) -> None:
    model.clock = SharedTime(model.sandbox)
    busy = {"kind": "error", "method": "POST", "path": f"{TASKS}$", "status": 409, "times": 20}
    model.control("POST", "faults", busy)

    run = model.run(exports=[GL])

    assert run.code == 0, run.log
    assert run.marks == [False, True]
    assert run.log.count("export.waits") == 2


def test_a_model_that_stays_busy_ends_the_run(model: Model) -> None:
    model.clock = SharedTime(model.sandbox)
    busy = {"kind": "error", "method": "POST", "path": f"{TASKS}$", "status": 409, "times": 900}
    model.control("POST", "faults", busy)

    run = model.run(exports=[GL], task_timeout_minutes=10)

    assert run.code == 1
    assert run.marks == [False]
    assert "The model is busy" in run.log


@pytest.mark.parametrize("ledger", ["", "another"])
def test_a_run_waits_for_one_of_the_same_user_whatever_its_ledger(
    model: Model, tmp_path: Path, ledger: str
) -> None:
    settings = {"ledger_url": f"sqlite:///{tmp_path}/{ledger}.sqlite3"} if ledger else {}
    info = model.sandbox.info["anaplan"]
    turn = f"anaplan exports of {info['username']} at {info['api_url']}"

    with hold_on_this_computer(turn, clock=SystemClock(), wait_s=0):
        run = model.run(exports=[GL], lease_wait_minutes=0, **settings)

    assert run.code == 1
    assert run.marks == [False]
    assert "another run on this computer" in run.log
    assert model.run(exports=[GL], lease_wait_minutes=0, **settings).code == 0
