"""Who may do what, and how the API hides it (Anaplan sheet §1.6, §2.3, §2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.sandbox.anaplan.service import Anaplan

STANDARD = ("standard@example.com", "Standard-4-Sandbox!")
OUTSIDER = ("outsider@example.com", "Outsider-4-Sandbox!")
TENANT = ("tenant@example.com", "Tenant-4-Sandbox!")
MASKED = (
    *("actions", "currentPeriod", "exports", "files", "imports", "lineItems", "lists"),
    *("modelCalendar", "modules", "processes", "versions", "views", "status", "dashboards"),
    *("imports/112000000001", "lists/101000000001", "lists/101000000001/items"),
    *("dimensions/101000000001/items", "modules/102000000001/lineItems", "files/113000000001"),
    *("views/102000000001", "views/102000000001/data", "processes/118000000001"),
)
CHANGING = (
    ("POST", "open"),
    ("POST", "close"),
    ("PUT", "currentPeriod?date=2024-01-05"),
    ("PUT", "modelCalendar/fiscalYear"),
    ("PUT", "versions/107000000002/switchover"),
    ("POST", "lists/101000000001/resetIndex"),
)


def emails(service: Anaplan, query: str) -> list[str]:
    return [one["email"] for one in service.get(f"/2/0/users?{query}").json.get("users", [])]


@pytest.mark.parametrize("path", MASKED)
def test_without_a_role_in_the_model_everything_below_it_is_a_404(
    anaplan: Anaplan, path: str
) -> None:
    outsider = anaplan.as_user(*OUTSIDER)

    answers = [outsider.get(f"./{path}"), outsider.get(f"/2/0/models/{anaplan.model}/{path}")]

    assert [answer.status for answer in answers] == [404, 404]
    assert answers[0].json["status"]["code"] == 404


@pytest.mark.parametrize("kind", ["imports", "exports", "processes", "actions"])
def test_task_lists_are_empty_and_not_404_for_made_up_parents(anaplan: Anaplan, kind: str) -> None:
    outsider = anaplan.as_user(*OUTSIDER)

    answers = [one.get(f"./{kind}/112000000999/tasks") for one in (anaplan, outsider)]

    assert [answer.status for answer in answers] == [200, 200]
    assert all("tasks" not in answer.json for answer in answers)


@pytest.mark.switch("masked_models")
@pytest.mark.parametrize(("position", "count"), [("listed", 1), ("hidden", 0)])
def test_a_masked_model_may_be_listed_for_the_tenant(
    anaplan: Anaplan, position: str, count: int
) -> None:
    anaplan.control.turn(masked_models=position)
    outsider = anaplan.as_user(*OUTSIDER)

    listed = outsider.get("/2/0/models").json.get("models", [])

    assert len(listed) == count
    assert outsider.get(f"/2/0/models/{anaplan.model}").status == 200
    assert len(anaplan.get("/2/0/models").json["models"]) == 1


@pytest.mark.switch("role")
@pytest.mark.parametrize(
    ("role", "workspace", "lists", "admins"),
    [
        ("administrator", 200, 200, 500),
        ("tenant_administrator", 200, 200, 200),
        ("standard", 404, 200, 500),
        ("none", 404, 404, 500),
    ],
)
def test_the_planner_s_role_is_switched(
    anaplan: Anaplan, role: str, workspace: int, lists: int, admins: int
) -> None:
    anaplan.control.turn(role=role)

    assert anaplan.get(f"/2/0/workspaces/{anaplan.workspace}").status == workspace
    assert anaplan.get("./lists").status == lists
    assert anaplan.get(f"/2/0/workspaces/{anaplan.workspace}/admins").status == admins


def test_a_tenant_administrator_lists_administrators_and_visitors(anaplan: Anaplan) -> None:
    tenant = anaplan.as_user(*TENANT)

    admins = tenant.get(f"/2/0/workspaces/{anaplan.workspace}/admins").json["admins"]
    visitors = tenant.get(f"/2/0/workspaces/{anaplan.workspace}/visitors").json

    assert anaplan.ready["username"] in {one["email"] for one in admins}
    assert "visitors" not in visitors
    assert visitors["meta"]["paging"]["totalSize"] == 0


@pytest.mark.switch("granted_actions")
@pytest.mark.parametrize(("position", "status"), [("all", 200), ("none", 404)])
def test_a_standard_user_runs_what_the_role_was_granted(
    anaplan: Anaplan, position: str, status: int
) -> None:
    anaplan.control.turn(granted_actions=position)
    path = f"./imports/{anaplan.id_of('imports', 'Vendors from vendors.csv')}/tasks"

    answer = anaplan.as_user(*STANDARD).send("POST", path, body={"localeName": "en_US"})

    assert answer.status == status
    assert anaplan.send("POST", path, body={"localeName": "en_US"}).status == 200


@pytest.mark.switch("calendar_role")
@pytest.mark.parametrize("path", ["currentPeriod", "modelCalendar", "versions"])
@pytest.mark.parametrize(("position", "status"), [("administrator", 404), ("standard", 200)])
def test_the_calendar_is_for_administrators_or_for_everybody(
    anaplan: Anaplan, path: str, position: str, status: int
) -> None:
    anaplan.control.turn(calendar_role=position)

    assert anaplan.as_user(*STANDARD).get(f"./{path}").status == status
    assert anaplan.get(f"./{path}").status == 200


@pytest.mark.parametrize(("method", "path"), CHANGING)
def test_what_changes_the_whole_model_is_masked_from_standard_users(
    anaplan: Anaplan, method: str, path: str
) -> None:
    before = anaplan.control.get("model")["lastSavedSerialNumber"]

    answer = anaplan.as_user(*STANDARD).send(method, f"./{path}", body={"date": "2024-01-05"})

    assert answer.status == 404
    assert anaplan.control.get("model")["lastSavedSerialNumber"] == before


@pytest.mark.switch("search")
@pytest.mark.parametrize(
    ("position", "found"), [("administrators", 1), ("tenant_administrators", 6)]
)
def test_searching_users_takes_a_right_and_is_otherwise_passed_over(
    anaplan: Anaplan, position: str, found: int
) -> None:
    anaplan.control.turn(search=position)

    assert len(emails(anaplan, "s=SECOND")) == found
    assert emails(anaplan.as_user(*TENANT), "s=SECOND") == ["second@example.com"]
    assert len(emails(anaplan.as_user(*STANDARD), "s=SECOND")) == 6


@pytest.mark.parametrize(
    ("pattern", "found"), [("f%25r", 1), ("ten_nt@", 1), ("nobody", 0), ("example.com", 6)]
)
def test_the_search_knows_wildcards_and_finds_text_anywhere(
    anaplan: Anaplan, pattern: str, found: int
) -> None:
    tenant = anaplan.as_user(*TENANT)

    assert len(emails(tenant, f"s={pattern}")) == found


def test_searching_models_is_for_tenant_administrators(anaplan: Anaplan) -> None:
    def found(service: Anaplan) -> int:
        return len(service.get("/2/0/models?s=nothing").json.get("models", []))

    assert found(anaplan) == 1
    assert found(anaplan.as_user(*TENANT)) == 0


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("%2BlastName", "former@example.com"),
        ("-lastName", "tenant@example.com"),
        ("%2Bactive,-email", "former@example.com"),
        ("-active,%2Bemail", "outsider@example.com"),
    ],
)
def test_users_are_sorted_by_several_fields(anaplan: Anaplan, sort: str, first: str) -> None:
    assert emails(anaplan, f"sort={sort}")[0] == first


def test_a_user_s_last_login_is_when_a_token_was_given(anaplan: Anaplan) -> None:
    def logins() -> dict[str, str]:
        return {
            one["email"]: one["lastLoginDate"] for one in anaplan.get("/2/0/users").json["users"]
        }

    before = logins()
    anaplan.control.post("clock", {"advance_s": 60})
    anaplan.as_user(*STANDARD)

    after = logins()
    assert {email for email, moment in after.items() if moment != before[email]} == {STANDARD[0]}
    assert after[STANDARD[0]] > before[STANDARD[0]]


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("models", ("name", "activeState")),
        ("workspaces", ("name", "sizeAllowance")),
        ("users", ("firstName", "lastName", "email", "active", "lastLoginDate")),
    ],
)
def test_three_collections_check_what_they_sort_by(
    anaplan: Anaplan, path: str, fields: tuple[str, ...]
) -> None:
    statuses = {
        sign: {anaplan.get(f"/2/0/{path}?sort={sign}{field}").status for field in fields}
        for sign in ("%2B", "-", "")
    }

    assert statuses == {"%2B": {200}, "-": {200}, "": {400}}
    assert anaplan.get(f"/2/0/{path}?sort=%2Bid").status == 400


def test_solution_logs_are_403_before_anything_is_looked_up(anaplan: Anaplan) -> None:
    path = f"./optimizeActions/1/tasks/{'0' * 32}/solutionLogs"

    assert anaplan.as_user(*STANDARD).get(path).status == 403
    assert anaplan.get(path).status == 404
