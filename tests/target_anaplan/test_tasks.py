"""Tasks are started once, found again when their answer is lost, and judged before anything new."""

from __future__ import annotations

import signal
import sys
import threading
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pendulum
import pytest
from ml_connector.anaplan import Task, TaskId, TaskKind
from ml_connector.clock import Clock
from ml_connector.errors import OutcomeUnknownError
from ml_connector.singer import Stopped
from target_anaplan import _tasks
from target_anaplan._tasks import TaskRunner, TaskTarget, _Watch
from typing_extensions import override

from tests.support.pipeline import AnaplanReader
from tests.support.sandbox import call
from tests.target_anaplan.singer import (
    company,
    make_group,
    make_line,
    make_vendor,
    stream,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ml_connector.anaplan import AnaplanClient
    from ml_connector.ledger import Ledger

    from tests.target_anaplan.conftest import Model

PROCESS = {"process": "Load Sage 300"}
START = r"processes/.*/tasks$"


def start_fault(model: Model, kind: str, **fields: object) -> None:
    model.fault(kind, START, method="POST", **fields)


def process_steps(model: Model) -> list[str]:
    reader = AnaplanReader(model.sandbox)
    found = reader.get("processes")["processes"]
    [process] = [one["id"] for one in found if one["name"] == "Load Sage 300"]
    actions = reader.get(f"processes/{process}")["processMetadata"]["actions"]
    return [one["name"] for one in actions]


@pytest.mark.parametrize("kind", ["cut_after", "cut_before"])
def test_a_lost_answer_to_the_start_leaves_one_task(
    model: Model, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_tasks, "LOOKS_S", (0.0, 1.0))
    start_fault(model, kind)

    model.load(company(), **PROCESS)

    assert model.counters()["tasks_by_object"] == {"Load Sage 300": 1}
    assert model.amounts() == {"SAMLTD:PO:PO1:1000": Decimal("10.50")}


def test_a_task_that_appears_late_does_no_harm(model: Model) -> None:
    start_fault(model, "late", seconds=2)

    model.load(company(), **PROCESS)

    assert model.amounts() == {"SAMLTD:PO:PO1:1000": Decimal("10.50")}


@pytest.mark.parametrize(
    ("settings", "kind", "name"),
    [
        ({}, "imports", "SYS Vendors from vendors.csv"),
        (PROCESS, "processes", "Load Sage 300"),
    ],
    ids=["imports", "process"],
)
def test_a_task_somebody_starts_during_the_upload_is_not_taken_for_ours(
    model: Model, settings: dict[str, str], kind: str, name: str
) -> None:
    # Somebody's task reads the files of before, and our own start is cut before its effect.
    model.load(company(), **settings)
    model.fault("hang", r"/chunks/0$", method="PUT", effect="later")
    process = model.start(stream("vendors", [make_vendor(City="Altdorf")]), **settings)
    assert model.wait_for_hold(process)
    path = start_by_hand(model, kind, name)
    model.fault("cut_before", f"{path}/tasks$", method="POST")
    model.control("POST", "faults/release", {})

    _, log = process.communicate(timeout=120)

    assert process.returncode == 0, log.decode()
    assert b"task.answer_lost" in log
    assert model.cells("SYS Vendors")["1200"]["City"] == "Altdorf"


def start_by_hand(model: Model, kind: str, name: str) -> str:
    """Start an action as its user would in Anaplan, wait for its end, and return its path."""
    anaplan = AnaplanReader(model.sandbox)
    actions = anaplan.get(kind)[kind]
    path = f"{kind}/{next(action['id'] for action in actions if action['name'] == name)}"
    token = {"Authorization": f"AnaplanAuthToken {anaplan.token}"}
    call("POST", f"{anaplan.model}/{path}/tasks", {"localeName": "en_US"}, token)
    while any(task["taskState"] != "COMPLETE" for task in anaplan.get(f"{path}/tasks")["tasks"]):
        threading.Event().wait(0.05)
    return path


def test_a_start_refused_for_now_is_tried_again(model: Model) -> None:
    start_fault(model, "status", status=429, retry_after=1)

    model.load(company(), **PROCESS)

    assert model.counters()["tasks"] == 1


def test_a_start_forbidden_ends_the_run_with_nothing_in_doubt(model: Model) -> None:
    start_fault(model, "status", status=403, body='{"status":{"code":403,"message":"no"}}')

    failed = model.run(company(), **PROCESS)

    assert failed.exit_code == 1
    assert "role" in failed.log
    assert failed.states == []
    model.load(company(), **PROCESS)


def test_a_bare_task_id_is_understood(model: Model) -> None:
    model.switch(task_creation_body="bare")

    model.load(company(), **PROCESS)

    assert model.counters()["tasks"] == 1


def test_a_vanished_dump_fails_the_load_as_a_whole_and_everything_goes_again(
    model: Model,
) -> None:
    model.switch(dump_shelf="loses")

    failed = model.run(company(vendors=[make_vendor(group="NEW")]), **PROCESS)

    assert failed.exit_code == 1
    assert failed.states == []
    assert "dump" in failed.log
    model.switch(dump_shelf="keeps")
    second = model.run(stream("vendor_groups", [make_group("NEW")]), **PROCESS)
    assert second.exit_code == 0, second.log
    assert model.control("GET", "lists/Vendors")[0]["parent"] == "NEW"


@pytest.mark.parametrize("state", ["COMPLETE", "FAILED"])
@pytest.mark.parametrize("settings", [{}, PROCESS], ids=["imports", "process"])
def test_an_import_that_fails_as_a_whole_holds_the_state(
    model: Model, state: str, settings: dict[str, str]
) -> None:
    model.switch(hard_failure_state=state)
    name = "Vendors from vendors.csv"
    model.control("PATCH", f"imports/{name}", {"columns": {"Gone": "Code", "GroupCode": "Parent"}})

    failed = model.run(company(), **settings)

    assert failed.exit_code == 1
    assert failed.states == []
    assert "vendors failed as a whole" in failed.log
    columns = {"VendorNumber": "Code", "GroupCode": "Parent"}
    model.control("PATCH", f"imports/{name}", {"columns": columns})
    model.load(company(), **settings)
    assert model.codes("Vendors") == {"1200"}


def test_a_process_that_stops_at_a_failed_step_fails_the_loads_it_did_not_run(
    model: Model,
) -> None:
    model.switch(process_after_failure="stop")
    name = "Vendors from vendors.csv"
    model.control("PATCH", f"imports/{name}", {"columns": {"Gone": "Code"}})

    failed = model.run(company(), **PROCESS)

    assert failed.exit_code == 1
    assert "did not run" in failed.log
    columns = {"VendorNumber": "Code", "GroupCode": "Parent"}
    model.control("PATCH", f"imports/{name}", {"columns": columns})
    model.load(company(), **PROCESS)
    assert model.amounts() == {"SAMLTD:PO:PO1:1000": Decimal("10.50")}


@pytest.mark.parametrize("values", ["cells", "none"])
def test_module_results_without_row_counts_are_judged_by_their_dumps(
    model: Model, values: str
) -> None:
    model.switch(module_values=values)

    result = model.run(company(lines=[make_line(), make_line(2000, vendor="9999")]), **PROCESS)

    assert result.exit_code == 3
    assert "rejected=0 partly_loaded=1" in result.log


def test_results_without_details_are_believed_when_green(model: Model) -> None:
    model.switch(nested_details="absent")

    model.load(company(), **PROCESS)

    assert model.amounts() == {"SAMLTD:PO:PO1:1000": Decimal("10.50")}


def test_a_second_run_at_the_same_time_stops_when_the_lease_is_not_given(model: Model) -> None:
    # The first run hangs in its upload; the second may wait 0 minutes.
    model.fault("hang", r"/chunks/0$", method="PUT", effect="done")
    first = model.start(company(), **PROCESS)
    assert model.wait_for_hold(first)

    second = model.run(company(), **PROCESS, lease_wait_minutes=0)

    assert second.exit_code == 1
    assert "held by process" in second.log
    model.control("POST", "faults/release", {})
    first.communicate(timeout=120)
    assert first.returncode == 0


class HandClock(Clock):
    """Time that only moves when it is told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @override
    def now(self) -> pendulum.DateTime:
        return pendulum.datetime(2026, 1, 1).add(seconds=int(self.seconds))

    @override
    def monotonic(self) -> float:
        return self.seconds

    @override
    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def make_task(state: str) -> Task:
    return Task(
        task_id=TaskId("T1"),
        state=state,
        current_step="",
        progress="",
        creation_time_ms=None,
        result=None,
        nested=(),
    )


def make_watch(clock: Clock) -> _Watch:
    return _Watch(clock=clock, timeout_s=60, check_stop=lambda: None)


def test_queue_and_run_have_a_limit_each() -> None:
    clock = HandClock()
    watch = make_watch(clock)

    watch.look(make_task("NOT_STARTED"))
    clock.sleep(59)
    watch.look(make_task("NOT_STARTED"))
    watch.look(make_task("IN_PROGRESS"))
    clock.sleep(59)
    watch.look(make_task("IN_PROGRESS"))
    clock.sleep(2)

    with pytest.raises(OutcomeUnknownError, match="T1 is IN_PROGRESS"):
        watch.look(make_task("IN_PROGRESS"))


def test_a_stop_is_noticed_between_two_looks() -> None:
    def stop() -> None:
        raise Stopped(signal.SIGTERM)

    watch = _Watch(clock=HandClock(), timeout_s=60, check_stop=stop)

    with pytest.raises(Stopped):
        watch.look(make_task("IN_PROGRESS"))


class LostStarts:
    """A model whose answers to a start are lost, and where the task appears `late_s` after it."""

    def __init__(self, clock: HandClock, *, late_s: float) -> None:
        self.clock = clock
        self.late_s = late_s
        self.asked_s: list[float] = []

    def start_task(self, _kind: TaskKind, _object_id: str) -> str:
        self.asked_s.append(self.clock.seconds)
        raise OutcomeUnknownError("cut", system="Anaplan", call="start")

    def fetch_tasks(self, _kind: TaskKind, _object_id: str) -> list[Task]:
        appeared = [one for one in self.asked_s if one + self.late_s <= self.clock.seconds]
        return [make_task("COMPLETE") for _ in appeared]


def run_lost_start(model: LostStarts, *, check_stop: Callable[[], None] = lambda: None) -> str:
    """Start a task on `model`; return the id found for it."""
    record = SimpleNamespace(known_task_ids=frozenset(), record_started=lambda _task_id: None)
    runner = TaskRunner(
        client=cast("AnaplanClient", model),
        ledger=cast("Ledger", SimpleNamespace(record_task_intent=lambda *_, **__: record)),
        clock=model.clock,
        timeout_s=60,
        poll_s=1,
        check_stop=check_stop,
        check_lease=lambda: None,
    )
    target = TaskTarget(kind=TaskKind.PROCESS, id="118", name="Load")
    return runner.start(target, [])[1]


def test_a_task_that_appears_within_a_minute_is_asked_for_once() -> None:
    model = LostStarts(HandClock(), late_s=55)

    assert run_lost_start(model) == "T1"

    assert model.asked_s == [0]


def test_a_task_that_never_appears_is_asked_for_a_minute_apart_and_left_in_doubt() -> None:
    model = LostStarts(HandClock(), late_s=1000)

    with pytest.raises(OutcomeUnknownError):
        run_lost_start(model)

    assert model.asked_s == [0, 60, 120]


def test_a_stop_is_noticed_while_a_lost_task_is_looked_for() -> None:
    model = LostStarts(HandClock(), late_s=1000)

    def stop() -> None:
        if model.clock.seconds > 10:
            raise Stopped(signal.SIGTERM)

    with pytest.raises(Stopped):
        run_lost_start(model, check_stop=stop)

    assert model.asked_s == [0]
    assert model.clock.seconds < 20


def test_a_task_left_running_is_judged_by_the_next_run(model: Model) -> None:
    model.fault("hang", "/tasks/", method="GET")
    model.run_until_held(company(), send=signal.SIGKILL, **PROCESS)

    result = model.load([], **PROCESS)

    assert "task.left_by_earlier_run" in result.log
    assert model.counters()["tasks"] == 1
    assert model.amounts() == {"SAMLTD:PO:PO1:1000": Decimal("10.50")}
    again = model.load(company(), **PROCESS)
    assert "sent=1" not in again.log


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_process_made_anew_while_its_start_was_in_doubt_stops_no_run(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_tasks, "LOOKS_S", (0.0, 1.0))
    model.fault("hang", START, method="POST", effect="none")
    model.run_until_held(company(), send=signal.SIGKILL, **PROCESS)
    # Whatever is made in between has taken the next id: the process gets another one.
    steps = process_steps(model)
    model.control("POST", "objects", {"processes": [{"name": "Between", "actions": steps}]})
    model.control("DELETE", "objects/Load Sage 300")
    model.control("POST", "objects", {"processes": [{"name": "Load Sage 300", "actions": steps}]})

    result = model.load(company(), **PROCESS)

    assert "task.left_by_earlier_run" in result.log
    assert model.amounts() == {"SAMLTD:PO:PO1:1000": Decimal("10.50")}
    assert "task.left_by_earlier_run" not in model.load([], **PROCESS).log


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_start_that_takes_effect_during_the_next_run_is_not_asked_for_again(
    model: Model,
) -> None:
    model.fault("hang", START, method="POST", effect="later")
    process = model.start(company(), **PROCESS)
    assert model.wait_for_hold(process)
    process.kill()
    process.communicate(timeout=60)
    release = threading.Timer(8, model.control, ("POST", "faults/release", {}))
    release.start()

    model.load(company(), **PROCESS)

    release.join()
    assert model.counters()["tasks"] == 1
    assert model.amounts() == {"SAMLTD:PO:PO1:1000": Decimal("10.50")}


def test_a_run_whose_lease_was_lost_starts_nothing(model: Model, connector_home: Path) -> None:
    model.fault("hang", "files/.*chunks", method="PUT", effect="done")
    process = model.start(company(), **PROCESS)
    assert model.wait_for_hold(process)

    [lock] = connector_home.rglob("leases/*.lock")
    lock.unlink()
    model.control("POST", "faults/release", {})
    out, err = process.communicate(timeout=120)

    assert process.returncode == 1
    assert b"was lost while this run held it" in err
    assert out == b""
    assert model.counters()["tasks"] == 0
    model.load(company(), **PROCESS)
