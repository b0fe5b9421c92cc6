"""The tenant's rate limit, and faults around the imitated paths (Anaplan sheet §8, §11)."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import pytest

from tests.sandbox.anaplan.service import Anaplan, make_groups

GROUPS = "Vendor Groups from vendor_groups.csv"


def _spend(anaplan: Anaplan) -> None:
    """Use the bucket up: it is set to what two requests empty."""
    anaplan.control.turn(requests_per_minute=2)
    while anaplan.get("./lists").status == 200:
        pass


def test_a_spent_bucket_is_429_with_seconds_to_wait(anaplan: Anaplan) -> None:
    _spend(anaplan)

    answer = anaplan.get("./lists")

    assert answer.status == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


@pytest.mark.switch("retry_after")
def test_the_wait_may_be_a_date_or_missing(anaplan: Anaplan) -> None:
    _spend(anaplan)
    seconds = anaplan.get("./lists").headers["Retry-After"]
    anaplan.control.turn(retry_after="date")
    dated = anaplan.get("./lists").headers["Retry-After"]

    anaplan.control.turn(retry_after="absent")

    assert seconds.isdigit()
    assert parsedate_to_datetime(dated).tzinfo is not None
    assert anaplan.get("./lists").headers["Retry-After"] is None


@pytest.mark.switch("requests_per_minute")
def test_a_bucket_holds_as_many_requests_as_switched(anaplan: Anaplan) -> None:
    statuses = []
    for size in (3, 5):
        anaplan.control.post("clock", {"advance_s": 120})
        anaplan.control.turn(requests_per_minute=size)
        statuses.append([anaplan.get("./lists").status for _ in range(6)].index(429))

    assert statuses == [3, 5]


def test_the_bucket_is_the_tenant_s_and_refills_on_the_virtual_clock(anaplan: Anaplan) -> None:
    second = anaplan.as_user("second@example.com", "Second-4-Sandbox!")
    _spend(anaplan)

    refused = second.get("./lists").status
    anaplan.control.post("clock", {"advance_s": 61})

    assert refused == 429
    assert second.get("./lists").status == 200


@pytest.mark.switch("requests_per_minute")
def test_a_full_bucket_holds_600_requests_or_what_the_switch_says(anaplan: Anaplan) -> None:
    statuses = {anaplan.get("./lists?limit=1").status for _ in range(300)}
    anaplan.control.turn(requests_per_minute=10)

    assert statuses == {200}
    assert anaplan.get("./lists").status == 429


def test_a_lost_answer_to_a_task_creation_leaves_one_task_in_the_list(anaplan: Anaplan) -> None:
    anaplan.upload("vendor_groups.csv", make_groups("G1"))
    path = f"./imports/{anaplan.id_of('imports', GROUPS)}/tasks"
    anaplan.control.arm(kind="cut_after", method="POST", path="/tasks$")

    with pytest.raises(OSError):  # noqa: PT011  # whichever way the connection breaks
        anaplan.send("POST", path, body={"localeName": "en_US"})

    listed = anaplan.get(path).json["tasks"]
    assert len(listed) == 1
    assert anaplan.wait("imports", GROUPS, listed[0]["taskId"])["result"]["successful"] is True


def test_a_request_cut_off_before_its_effect_starts_nothing(anaplan: Anaplan) -> None:
    anaplan.upload("vendor_groups.csv", make_groups("G1"))
    path = f"./imports/{anaplan.id_of('imports', GROUPS)}/tasks"
    anaplan.control.arm(kind="cut_before", method="POST", path="/tasks$")

    with pytest.raises(OSError):  # noqa: PT011  # as above
        anaplan.send("POST", path, body={"localeName": "en_US"})

    assert "tasks" not in anaplan.get(path).json
