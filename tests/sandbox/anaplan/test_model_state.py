"""A model in memory, unloaded, locked, deployed (Anaplan sheet §3.4)."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.anaplan.service import Anaplan, make_groups

if TYPE_CHECKING:
    from tests.sandbox.web import Answer


def step_of(service: Anaplan) -> str:
    return str(service.get("./status").json["requestStatus"]["currentStep"])


def test_closing_is_204_and_leaves_an_idle_closed_model(anaplan: Anaplan) -> None:
    answer = anaplan.send("POST", "./close")

    status = anaplan.get("./status").json["requestStatus"]
    assert (answer.status, answer.raw) == (204, b"")
    assert (status["currentStep"], status["progress"]) == ("Closed", -1)


def test_opening_is_202_at_once_and_the_model_comes_later(anaplan: Anaplan) -> None:
    anaplan.control.turn(load_ms=60_000)
    anaplan.send("POST", "./close")

    answer = anaplan.send("POST", "./open")

    assert (answer.status, answer.raw) == (202, b"")
    assert step_of(anaplan) == "Opening"
    anaplan.control.post("clock", {"advance_s": 61})
    assert step_of(anaplan) == "Open"


@pytest.mark.switch("load_ms")
@pytest.mark.parametrize(("load_ms", "slowest_s"), [(0, 0.15), (400, 5.0)])
def test_the_first_request_to_an_unloaded_model_waits_for_it(
    anaplan: Anaplan, load_ms: int, slowest_s: float
) -> None:
    anaplan.control.turn(load_ms=load_ms)
    anaplan.control.post("unload", {})
    before = time.monotonic()

    answer = anaplan.get("./lists")

    took_s = time.monotonic() - before
    assert answer.status == 200
    assert load_ms / 1000 <= took_s <= slowest_s + 1
    assert step_of(anaplan) == "Open"


def test_the_status_answers_while_the_model_loads(anaplan: Anaplan) -> None:
    anaplan.control.turn(load_ms=600_000)
    anaplan.control.post("unload", {})
    answers: list[Answer] = []
    waiting = threading.Thread(target=lambda: answers.append(anaplan.get("./lists")))
    waiting.start()

    while step_of(anaplan) != "Opening":
        time.sleep(0.01)  # noqa: TID251  # real time: the server runs in a thread of its own
    seen = list(answers)
    anaplan.control.post("clock", {"advance_s": 601})
    waiting.join(20)

    assert seen == []
    assert answers[0].status == 200


def test_the_status_tells_who_runs_what(anaplan: Anaplan) -> None:
    anaplan.control.turn(task_ms=600_000)
    anaplan.upload("vendor_groups.csv", make_groups("G1"))
    task_id = anaplan.start("imports", "Vendor Groups from vendor_groups.csv")
    while step_of(anaplan) == "Open":
        time.sleep(0.01)  # noqa: TID251  # real time: the server runs in a thread of its own

    status = anaplan.get("./status").json["requestStatus"]

    assert (status["currentStep"], status["taskId"]) == ("Processing ...", task_id)
    assert "Petra Planner" in status["tooltip"]
    assert 0 <= status["progress"] <= 1


def test_the_model_s_description_does_not_load_it(anaplan: Anaplan) -> None:
    anaplan.control.post("unload", {})

    anaplan.get(f"/2/0/models/{anaplan.model}")

    assert step_of(anaplan) == "Closed"


@pytest.mark.switch("activeState")
@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("UNLOCKED", 200),
        ("LOCKED", 423),
        ("ARCHIVED", 422),
        ("MAINTENANCE", 424),
        ("PRODUCTION", 200),
        ("PRODUCTION_MAINTENANCE", 424),
    ],
)
def test_each_state_is_shown_and_lets_in_whom_it_should(
    anaplan: Anaplan, state: str, status: int
) -> None:
    anaplan.control.turn(activeState=state)

    assert anaplan.get("./lists").status == status
    model = anaplan.get(f"/2/0/models/{anaplan.model}").json["model"]
    assert model["activeState"] == state


def test_a_deployed_model_keeps_lists_that_are_no_production_data(anaplan: Anaplan) -> None:
    anaplan.control.turn(activeState="PRODUCTION")
    path = f"./lists/{anaplan.id_of('lists', 'Vendor Groups')}"
    item = {"items": [{"name": "G1", "code": "G1"}]}

    refused = [
        anaplan.send("POST", f"{path}/items?action=add", body=item).status,
        anaplan.send("PUT", f"{path}/items", body=item).status,
        anaplan.send("POST", f"{path}/resetIndex").status,
    ]
    anaplan.control.send("PUT", "production", {"lists": ["Vendor Groups"]})

    assert refused == [425, 425, 400]
    assert anaplan.send("POST", f"{path}/items?action=add", body=item).json["added"] == 1


def test_list_metadata_say_what_production_data_are(anaplan: Anaplan) -> None:
    path = f"./lists/{anaplan.id_of('lists', 'Vendor Groups')}"
    before = anaplan.get(path).json["metadata"]["productionData"]

    anaplan.control.send("PUT", "production", {"lists": ["Vendor Groups"]})

    assert (before, anaplan.get(path).json["metadata"]["productionData"]) == (False, True)


def test_actions_change_only_production_lists_of_a_deployed_model(anaplan: Anaplan) -> None:
    groups, attributes = (f"{kind}Vendor Groups from vendor_groups.csv" for kind in ("", "SYS "))
    anaplan.control.turn(activeState="PRODUCTION")

    load = anaplan.load(groups, make_groups("G1"))["result"]
    deletion = anaplan.run("actions", "Delete PO Lines marked Deleted")["result"]
    creation = anaplan.run("actions", "Add GL Adjustment Line")["result"]
    items = anaplan.items("Vendor Groups")
    anaplan.control.send("PUT", "production", {"lists": ["Vendor Groups"]})

    codes = [result["details"][0]["type"] for result in (load, deletion, creation)]
    assert codes == ["hierarchyImportFailed", "deleteFromSelectionFailed", "actionFailed"]
    assert not any(result["successful"] for result in (load, deletion, creation))
    assert items == {}
    assert anaplan.run("imports", groups)["result"]["successful"] is True
    assert anaplan.run("imports", attributes)["result"]["successful"] is True


def test_a_model_in_memory_cannot_be_deleted(anaplan: Anaplan) -> None:
    path = f"/2/0/workspaces/{anaplan.workspace}/bulkDeleteModels"
    other = "0" * 32

    body = anaplan.send("POST", path, body={"modelIdsToDelete": [anaplan.model, other]}).json

    failures = {one["modelId"] for one in body["bulkDeleteModelsFailures"]}
    assert (body["modelsDeleted"], failures) == (0, {anaplan.model, other})
    assert anaplan.get("./lists").status == 200


def test_a_closed_model_is_deleted_with_everything_below_it(anaplan: Anaplan) -> None:
    path = f"/2/0/workspaces/{anaplan.workspace}/bulkDeleteModels"
    anaplan.load("Vendor Groups from vendor_groups.csv", make_groups("G1"))
    anaplan.send("POST", "./close")

    body = anaplan.send("POST", path, body={"modelIdsToDelete": [anaplan.model]}).json

    assert body["modelsDeleted"] == 1
    assert "bulkDeleteModelsFailures" not in body
    assert anaplan.get("./lists").status == 404
    assert "models" not in anaplan.get("/2/0/models").json
    anaplan.control.post("reset", {})
    anaplan.login()
    assert anaplan.get("./lists").status == 200


def test_deleting_models_needs_a_list_of_ids(anaplan: Anaplan) -> None:
    path = f"/2/0/workspaces/{anaplan.workspace}/bulkDeleteModels"

    assert anaplan.send("POST", path, body={}).status == 400
