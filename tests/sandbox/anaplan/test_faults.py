"""Faults in Anaplan's words, and what befalls its tokens, tasks and dumps (Anaplan sheet §13)."""

from __future__ import annotations

import http.client
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.anaplan.service import make_groups, make_vendors

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.anaplan.service import Anaplan

_CUT = (ConnectionError, http.client.RemoteDisconnected)
_IMPORT = "Vendor Groups from vendor_groups.csv"
_SLOW_MS = 60_000


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"


def _fault(anaplan: Anaplan) -> dict[str, Any]:
    (fault,) = anaplan.control.get("faults")
    return dict(fault)


def _tasks(anaplan: Anaplan, name: str) -> list[dict[str, Any]]:
    path = f"./imports/{anaplan.id_of('imports', name)}/tasks"
    return list(anaplan.get(path).json.get("tasks", []))


@pytest.mark.fault("error")
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 423, 424, 429, 500])
def test_an_error_of_the_integration_api_is_its_envelope(anaplan: Anaplan, status: int) -> None:
    anaplan.control.arm(kind="error", status=status)

    answer = anaplan.get("./lists")

    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json.keys() == {"status", "path", "timestamp"}
    assert answer.json["status"]["code"] == status
    assert answer.json["status"]["message"]
    assert anaplan.control.get("counters")["faults"] == {"error": 1}


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("path", ["./lists", "/token/validate"])
def test_an_error_of_the_gateway_is_a_web_page(anaplan: Anaplan, status: int, path: str) -> None:
    anaplan.control.arm(kind="error", status=status)

    answer = anaplan.get(path)

    assert answer.status == status
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "FAILURE_BAD_HEADER"), (401, "FAILURE_BAD_CREDENTIAL"), (500, "FAILURE")],
)
def test_an_error_of_the_authentication_api_is_no_envelope(
    anaplan: Anaplan, status: int, code: str
) -> None:
    anaplan.control.arm(kind="error", status=status)

    answer = anaplan.login()

    assert answer.status == status
    assert answer.json.keys() == {"status", "statusMessage"}
    assert answer.json["status"] == code


def test_an_error_of_oauth_names_the_error(anaplan: Anaplan) -> None:
    anaplan.control.arm(kind="error", status=401, code="expired_token", message="Too late.")

    answer = anaplan.send("POST", "/oauth/token", body={"grant_type": "refresh_token"})

    assert answer.json == {"error": "expired_token", "error_description": "Too late."}


@pytest.mark.fault("expired_token")
def test_a_token_expires_in_the_middle_of_a_run(anaplan: Anaplan) -> None:
    other = anaplan.as_user(anaplan.ready["username"], anaplan.ready["password"])
    anaplan.control.arm(kind="expired_token", after=2)

    statuses = [anaplan.get("./lists").status for _ in range(4)]

    assert statuses == [200, 200, 401, 401]
    assert other.get("./lists").status == 200, "another token expired as well"
    assert anaplan.login().status == 201
    assert anaplan.get("./lists").status == 200
    assert anaplan.control.get("counters")["faults"] == {"expired_token": 1}


def test_a_request_without_a_live_token_is_not_struck(anaplan: Anaplan) -> None:
    anaplan.control.arm(kind="expired_token")

    assert anaplan.login().status == 201
    anaplan.token = "unknown"
    assert anaplan.get("./lists").status == 401

    assert _fault(anaplan)["seen"] == 0


@pytest.mark.fault("vanished_dump")
def test_a_dump_vanishes_before_it_is_read(anaplan: Anaplan) -> None:
    anaplan.upload("vendors.csv", make_vendors("V1,NOBODY"))
    task_id = anaplan.start("imports", "Vendors from vendors.csv")
    task = anaplan.wait("imports", "Vendors from vendors.csv", task_id)
    import_id = anaplan.id_of("imports", "Vendors from vendors.csv")
    path = f"./imports/{import_id}/tasks/{task_id}/dump"
    before = anaplan.get(path).status
    anaplan.control.arm(kind="vanished_dump")

    statuses = [anaplan.get(path).status for _ in range(2)]

    assert task["result"]["failureDumpAvailable"] is True
    assert (before, statuses) == (200, [404, 404])
    assert _fault(anaplan)["did"] == [{"strike": 1, "vanished": task_id}]
    assert anaplan.control.get("counters")["faults"] == {"vanished_dump": 1}


@pytest.mark.fault("cancelled_task")
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_somebody_cancels_a_task_while_it_runs(anaplan: Anaplan, method: str) -> None:
    anaplan.control.turn(task_ms=_SLOW_MS)
    anaplan.upload("vendor_groups.csv", make_groups("G1"))
    anaplan.control.arm(kind="cancelled_task", method=method)

    task_id = anaplan.start("imports", _IMPORT)
    task = anaplan.wait("imports", _IMPORT, task_id)

    assert task["taskState"] == "CANCELLED"
    assert anaplan.items("Vendor Groups") == {}
    assert _fault(anaplan)["did"] == [{"strike": 1, "cancelled": task_id}]
    assert anaplan.control.get("counters")["faults"] == {"cancelled_task": 1}


def test_a_task_without_a_run_time_is_cancelled_as_well(anaplan: Anaplan) -> None:
    anaplan.upload("vendor_groups.csv", make_groups("G1"))
    anaplan.control.arm(kind="cancelled_task", method="POST")

    task_id = anaplan.start("imports", _IMPORT)

    assert anaplan.wait("imports", _IMPORT, task_id)["taskState"] == "CANCELLED"


@pytest.mark.fault("late")
def test_a_task_is_created_after_the_client_has_looked_for_it(anaplan: Anaplan) -> None:
    anaplan.upload("vendor_groups.csv", make_groups("G1"))
    look = {"method": "GET", "path": "/tasks$", "times": 2}
    anaplan.control.arm(kind="late", method="POST", path="/tasks$", until=look)

    with pytest.raises(_CUT):
        anaplan.start("imports", _IMPORT)
    looks = [_tasks(anaplan, _IMPORT), _tasks(anaplan, _IMPORT)]

    assert looks == [[], []]
    assert [task["taskState"] for task in _tasks(anaplan, _IMPORT)] != []
    _wait_until(lambda: anaplan.items("Vendor Groups") == {"G1": None})
    assert anaplan.control.get("counters")["faults"] == {"late": 1}


@pytest.mark.fault("hang")
def test_a_task_is_created_although_its_client_has_died(anaplan: Anaplan) -> None:
    anaplan.upload("vendor_groups.csv", make_groups("G1"))
    look = {"path": "/tasks$"}
    anaplan.control.arm(kind="hang", method="POST", path="/tasks$", effect="later", until=look)
    connection = http.client.HTTPConnection(anaplan.origin.removeprefix("http://"))
    path = f"{anaplan.root}/imports/{anaplan.id_of('imports', _IMPORT)}/tasks"
    headers = {
        "Authorization": f"AnaplanAuthToken {anaplan.token}",
        "Content-Type": "application/json",
    }
    connection.request("POST", path, body=b'{"localeName": "en_US"}', headers=headers)
    _wait_until(lambda: _fault(anaplan)["holding"] == 1)
    connection.close()

    first_look = _tasks(anaplan, _IMPORT)

    assert first_look == []
    assert len(_tasks(anaplan, _IMPORT)) == 1
