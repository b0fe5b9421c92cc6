"""Tasks: creation, states, queue, cancelling, processes (Anaplan sheet §5.1, §5.2, §5.5, §8)."""

from __future__ import annotations

import time

import pytest

from tests.sandbox.anaplan.service import (
    Anaplan,
    counts_of,
    make_groups,
    make_lines,
    make_vendors,
)

pytestmark = pytest.mark.usefixtures("orders_only")

GROUPS = "Vendor Groups from vendor_groups.csv"
VENDORS = "Vendors from vendors.csv"
PROCESS = "Load Sage 300"
SLOW = 60_000


def _upload_all(anaplan: Anaplan, *, vendor_group: str = "G1") -> None:
    anaplan.upload("vendor_groups.csv", make_groups("G1"))
    anaplan.upload("vendors.csv", make_vendors(f"V1,{vendor_group}"))
    anaplan.upload("purchase_order_lines.csv", make_lines({}))


def _start_slow_import(anaplan: Anaplan) -> tuple[str, str]:
    anaplan.upload("vendor_groups.csv", make_groups("G1"))
    anaplan.control.turn(task_ms=SLOW)
    path = f"./imports/{anaplan.id_of('imports', GROUPS)}/tasks"
    return path, anaplan.start("imports", GROUPS)


def _wait_for_state(anaplan: Anaplan, path: str, state: str) -> dict[str, object]:
    for _ in range(500):
        task: dict[str, object] = anaplan.get(path).json["task"]
        if task["taskState"] == state:
            return task
        time.sleep(0.01)  # noqa: TID251  # real time: the server runs in a thread of its own
    raise TimeoutError(state)


@pytest.mark.parametrize("body", [{}, {"localeName": ""}, {"localeName": 7}])
def test_a_task_without_a_locale_is_400_and_starts_nothing(
    anaplan: Anaplan, body: dict[str, object]
) -> None:
    path = f"./imports/{anaplan.id_of('imports', GROUPS)}/tasks"

    assert anaplan.send("POST", path, body=body).status == 400
    assert anaplan.control.get("counters")["tasks"] == 0


def test_a_task_s_body_must_be_json(anaplan: Anaplan) -> None:
    path = f"./imports/{anaplan.id_of('imports', GROUPS)}/tasks"

    assert anaplan.send("POST", path, raw=b"{}").status == 415
    assert anaplan.send("POST", path, body=[]).status == 400


@pytest.mark.switch("task_creation_body")
def test_a_created_task_comes_in_an_envelope_or_bare(anaplan: Anaplan) -> None:
    anaplan.upload("vendor_groups.csv", make_groups("G1"))
    path = f"./imports/{anaplan.id_of('imports', GROUPS)}/tasks"
    wrapped = anaplan.send("POST", path, body={"localeName": "en_US"}).json
    anaplan.control.turn(task_creation_body="bare")

    bare = anaplan.send("POST", path, body={"localeName": "en_US"}).json

    assert wrapped["task"]["taskState"] == "NOT_STARTED"
    assert set(bare) == {"taskId"}


def test_a_task_only_resolves_under_the_object_that_created_it(anaplan: Anaplan) -> None:
    anaplan.upload("vendor_groups.csv", make_groups("G1"))
    task = anaplan.run("imports", GROUPS)

    other = anaplan.id_of("imports", VENDORS)

    assert anaplan.get(f"./imports/{other}/tasks/{task['taskId']}").status == 404


def test_every_run_is_listed_and_counted_by_name(anaplan: Anaplan) -> None:
    anaplan.upload("vendor_groups.csv", make_groups("G1"))
    first = anaplan.run("imports", GROUPS)
    second = anaplan.run("imports", GROUPS)

    path = f"./imports/{anaplan.id_of('imports', GROUPS)}/tasks"
    listed = anaplan.get(path).json["tasks"]
    latest = anaplan.get(f"{path}?sort=-creationTime&limit=1").json["tasks"]

    assert [one["taskId"] for one in listed] == [first["taskId"], second["taskId"]]
    assert latest[0]["taskId"] == second["taskId"]
    counters = anaplan.control.get("counters")
    assert counters["tasks"] == 2
    assert counters["tasks_by_object"] == {GROUPS: 2}


@pytest.mark.switch("task_ms")
def test_a_running_task_shows_progress_and_ends_on_the_virtual_clock(anaplan: Anaplan) -> None:
    path, task_id = _start_slow_import(anaplan)
    running = _wait_for_state(anaplan, f"{path}/{task_id}", "IN_PROGRESS")

    anaplan.control.post("clock", {"advance_s": 61})

    ended = _wait_for_state(anaplan, f"{path}/{task_id}", "COMPLETE")
    assert "result" not in running
    assert ended["progress"] == 1


def test_a_second_task_waits_for_the_model(anaplan: Anaplan) -> None:
    path, first = _start_slow_import(anaplan)
    _wait_for_state(anaplan, f"{path}/{first}", "IN_PROGRESS")

    second = anaplan.start("imports", GROUPS)

    assert anaplan.get(f"{path}/{second}").json["task"]["taskState"] == "NOT_STARTED"
    assert anaplan.get("./imports").status == 200


@pytest.mark.switch("busy_model")
def test_other_calls_wait_for_the_model_or_are_told_it_is_busy(anaplan: Anaplan) -> None:
    path, task_id = _start_slow_import(anaplan)
    _wait_for_state(anaplan, f"{path}/{task_id}", "IN_PROGRESS")

    with pytest.raises(TimeoutError):
        anaplan.send("GET", "./modules", patience_s=0.3)
    anaplan.control.turn(busy_model="conflict")

    assert anaplan.get("./modules").status == 409
    assert anaplan.get("./lists").status == 200
    body = {"localeName": "en_US"}
    assert anaplan.send("POST", path, body=body).status == 200
    anaplan.control.turn(busy_model="conflict_for_tasks")
    assert anaplan.send("POST", path, body=body).status == 409
    model = anaplan.get(f"/2/0/models/{anaplan.model}?modelDetails=true").json["model"]
    assert model["modelTransactionRunning"] is True


def test_what_waits_for_the_model_takes_effect_though_its_client_has_gone(anaplan: Anaplan) -> None:
    items = f"./lists/{anaplan.id_of('lists', 'Vendors')}/items"
    path, task_id = _start_slow_import(anaplan)
    _wait_for_state(anaplan, f"{path}/{task_id}", "IN_PROGRESS")
    body = {"items": [{"name": "V1", "code": "V1"}]}

    with pytest.raises(TimeoutError):
        anaplan.send("POST", f"{items}?action=add", body=body, patience_s=0.3)
    anaplan.send("DELETE", f"{path}/{task_id}")
    again = anaplan.send("POST", f"{items}?action=add", body=body).json

    assert (again["added"], again["ignored"]) == (0, 1)
    assert again["failures"][0]["failureType"] == "DUPLICATE"


@pytest.mark.switch("cancel")
@pytest.mark.parametrize("position", ["roll_back", "keep"])
def test_a_cancelled_task_confirms_by_its_state_and_leaves_what_the_switch_says(
    anaplan: Anaplan, position: str
) -> None:
    anaplan.control.turn(cancel=position)
    path, task_id = _start_slow_import(anaplan)
    _wait_for_state(anaplan, f"{path}/{task_id}", "IN_PROGRESS")

    answer = anaplan.send("DELETE", f"{path}/{task_id}")

    assert answer.json["task"]["taskState"] == "CANCELLING"
    ended = _wait_for_state(anaplan, f"{path}/{task_id}", "CANCELLED")
    assert ended["result"]["details"][0]["type"] == "msgImportCancelled"
    assert anaplan.items("Vendor Groups") == {}


def test_a_queued_task_is_cancelled_at_once(anaplan: Anaplan) -> None:
    path, first = _start_slow_import(anaplan)
    _wait_for_state(anaplan, f"{path}/{first}", "IN_PROGRESS")
    second = anaplan.start("imports", GROUPS)

    answer = anaplan.send("DELETE", f"{path}/{second}")

    assert answer.json["task"]["taskState"] == "CANCELLED"


def test_a_cancelled_process_takes_its_earlier_steps_back(anaplan: Anaplan) -> None:
    _upload_all(anaplan)
    anaplan.control.turn(task_ms=300)
    path = f"./processes/{anaplan.id_of('processes', PROCESS)}/tasks"
    task_id = anaplan.start("processes", PROCESS)
    while anaplan.control.get("model")["lists"]["Vendor Groups"] == 0:
        time.sleep(0.01)  # noqa: TID251  # real time, as above

    anaplan.send("DELETE", f"{path}/{task_id}")

    _wait_for_state(anaplan, f"{path}/{task_id}", "CANCELLED")
    assert anaplan.items("Vendor Groups") == {}


@pytest.mark.switch("hard_failure_state")
@pytest.mark.parametrize("state", ["COMPLETE", "FAILED"])
def test_a_hard_failure_is_complete_and_failed_or_shows_as_failed(
    anaplan: Anaplan, state: str
) -> None:
    anaplan.control.turn(hard_failure_state=state)

    task = anaplan.run("imports", GROUPS)

    assert task["taskState"] == state
    assert task["currentStep"] == "Failed."
    assert task["result"]["successful"] is False
    assert task["result"]["failureDumpAvailable"] is False


def test_a_clean_process_has_one_nested_result_per_action(anaplan: Anaplan) -> None:
    _upload_all(anaplan)

    task = anaplan.run("processes", PROCESS)

    nested = task["result"]["nestedResults"]
    assert task["result"]["successful"] is True
    assert len(nested) == 6
    assert all(one["successful"] for one in nested)
    assert nested[0]["objectId"] == anaplan.id_of("imports", GROUPS)


@pytest.mark.switch("process_verdict")
@pytest.mark.parametrize(("verdict", "successful"), [("strict", False), ("lenient", True)])
def test_an_imperfect_import_makes_the_process_unsuccessful(
    anaplan: Anaplan, verdict: str, *, successful: bool
) -> None:
    anaplan.control.turn(process_verdict=verdict)
    _upload_all(anaplan, vendor_group="NOPE")

    task = anaplan.run("processes", PROCESS)

    vendors = task["result"]["nestedResults"][1]
    assert task["result"]["successful"] is successful
    assert (vendors["successful"], vendors["failureDumpAvailable"]) == (True, True)
    process = anaplan.id_of("processes", PROCESS)
    rows = anaplan.dump(
        f"./processes/{process}/tasks/{task['taskId']}/dumps/{vendors['objectId']}/chunks/0"
    )
    assert rows[0]["_Error_1_"] == "Invalid parent"


@pytest.mark.switch("process_after_failure")
@pytest.mark.parametrize(("position", "steps"), [("continue", 6), ("stop", 1)])
def test_a_process_goes_on_after_a_failed_step_or_stops(
    anaplan: Anaplan, position: str, steps: int
) -> None:
    anaplan.control.turn(process_after_failure=position)
    anaplan.upload("vendors.csv", make_vendors("V1,G1"))
    anaplan.upload("purchase_order_lines.csv", make_lines({}))

    task = anaplan.run("processes", PROCESS)

    assert len(task["result"]["nestedResults"]) == steps
    assert task["result"]["successful"] is False
    assert (list(anaplan.items("PO Lines")) == ["S:PO:1:1"]) is (position == "continue")


@pytest.mark.switch("nested_details")
def test_nested_results_may_lack_details_and_carry_times(anaplan: Anaplan) -> None:
    _upload_all(anaplan)
    detailed = anaplan.run("processes", PROCESS)["result"]["nestedResults"][0]
    anaplan.control.turn(nested_details="absent")
    task = anaplan.run("processes", PROCESS)
    path = f"./processes/{anaplan.id_of('processes', PROCESS)}/tasks/{task['taskId']}"

    timed = anaplan.get(f"{path}?includeProcessDetails=true").json["task"]["result"]

    assert "details" in detailed
    assert "details" not in task["result"]["nestedResults"][0]
    assert "startTime" not in task["result"]["nestedResults"][0]
    assert "startTime" in timed["nestedResults"][0]


def test_an_action_deletes_what_is_marked(anaplan: Anaplan) -> None:
    _upload_all(anaplan)
    anaplan.upload(
        "purchase_order_lines.csv",
        make_lines({}, {"TransactionId": "S:PO:1:2", "Deleted": "true"}),
    )
    anaplan.run("processes", PROCESS)

    task = anaplan.run("actions", "Delete PO Lines marked Deleted")

    assert task["result"]["successful"] is True
    assert list(anaplan.items("PO Lines")) == ["S:PO:1:1"]


@pytest.mark.switch("task_lag_ms")
def test_a_task_just_created_may_not_be_found_for_a_moment(anaplan: Anaplan) -> None:
    anaplan.control.turn(task_lag_ms=60_000)
    anaplan.upload("vendor_groups.csv", make_groups("G1"))
    path = f"./imports/{anaplan.id_of('imports', GROUPS)}/tasks"
    task_id = anaplan.start("imports", GROUPS)
    early = anaplan.get(f"{path}/{task_id}")

    anaplan.control.post("clock", {"advance_s": 61})

    assert early.status == 404
    assert anaplan.get(f"{path}/{task_id}").status == 200


def test_a_task_list_shows_other_users_tasks_too(anaplan: Anaplan) -> None:
    anaplan.upload("vendor_groups.csv", make_groups("G1"))
    task = anaplan.run("imports", GROUPS)
    second = anaplan.as_user("second@example.com", "Second-4-Sandbox!")

    listed = second.get(f"./imports/{anaplan.id_of('imports', GROUPS)}/tasks").json["tasks"]

    assert [one["taskId"] for one in listed] == [task["taskId"]]


@pytest.mark.switch("workspace")
def test_a_full_workspace_lets_an_import_succeed_that_adds_nothing(anaplan: Anaplan) -> None:
    anaplan.load(GROUPS, make_groups("G1"))
    anaplan.control.turn(workspace="full")

    task = anaplan.load(GROUPS, make_groups("G2"))

    assert task["result"]["successful"] is True
    assert counts_of(task)["createdCount"] == "1"
    assert list(anaplan.items("Vendor Groups")) == ["G1"]


def test_values_are_flat_strings_in_no_fixed_order(anaplan: Anaplan) -> None:
    tasks = [anaplan.load(GROUPS, make_groups("G1")) for _ in range(5)]

    lists = [task["result"]["details"][0]["values"] for task in tasks]
    assert all(isinstance(value, str) for values in lists for value in values)
    assert len({tuple(values[::2]) for values in lists}) > 1
    assert counts_of(tasks[0])["hierarchyName"] == "Vendor Groups"
