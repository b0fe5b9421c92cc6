"""The published OpenAPI descriptions, operation by operation.

Goal: a sandbox written by the people who wrote the client must not share their mistakes. Method:
every answer any test of this folder receives is held to the descriptions (`contracts.py`); here
each operation they list is called with what it needs, and must succeed as described.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.anaplan.contracts import (
    EXEMPT_KEYS,
    Description,
    Exchange,
    find_problems,
    load_descriptions,
)
from tests.sandbox.anaplan.service import Anaplan, make_groups, make_lines, make_vendors

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox.web import Answer

SOLUTION_LOGS = (
    "/workspaces/{workspaceId}/models/{modelId}/optimizeActions/{actionId}/tasks/{correlationId}"
    "/solutionLogs"
)
NOT_SERVED = {
    ("GET", SOLUTION_LOGS): "no action of the blueprint optimises: 403 and 404 only",
}
TOKENS = {"/token/authenticate", "/token/refresh", "/token/validate", "/token/logout"}
OAUTH = {"/auth/authorize", "/oauth/device/code", "/oauth/token"}
# These end what the others need.
LAST = ("close", "bulkDeleteModels")


class Scene:
    """A loaded model with everything that an operation may be asked about."""

    def __init__(self, service: Anaplan) -> None:
        self.service = service
        service.control.turn(role="tenant_administrator")
        service.fill()
        service.upload("vendors.csv", make_vendors("V1,G1", "V2,NOPE"))
        service.upload("purchase_order_lines.csv", make_lines({}))
        service.load("PO Lines from purchase_order_lines.csv", make_lines({}))
        module = service.id_of("modules", "DAT PO Lines")
        items = service.get(f"./modules/{module}/lineItems?includeAll=true").json["items"]
        self.ids = {
            "workspaceId": service.workspace,
            "modelId": service.model,
            "userId": service.get("/2/0/users/me").json["user"]["id"],
            "moduleId": module,
            "lineItemId": items[0]["id"],
            "listId": service.id_of("lists", "PO Lines"),
            "dimensionId": service.id_of("lists", "PO Lines"),
            "viewId": service.id_of("views", "DAT PO Lines"),
            "versionId": "107000000002",
            "importId": service.id_of("imports", "Vendors from vendors.csv"),
            "processId": service.id_of("processes", "Load Sage 300"),
            "actionId": service.id_of("actions", "Delete PO Lines marked Deleted"),
            "fileId": service.id_of("files", "vendors.csv"),
            "chunkId": "0",
            "pageNo": "0",
            "correlationId": "0" * 32,
        }
        export = service.get("./exports").json["exports"][0]
        self.ids["exportId"] = export["id"]
        named = [
            ("processes", "Load Sage 300"),
            ("actions", "Delete PO Lines marked Deleted"),
            ("exports", export["name"]),
            ("imports", "Vendors from vendors.csv"),  # last, or its dump is gone
        ]
        self.tasks = {kind: service.run(kind, name)["taskId"] for kind, name in named}

    def call(self, method: str, template: str) -> Answer:
        """Call an operation of the Integration API with ids that exist."""
        ids = dict(self.ids)
        found = re.search(r"/(imports|processes|actions|exports)/\{\w+\}/tasks", template)
        if found:
            ids["taskId"] = self.tasks.get(found[1], "0" * 32)
        if "{requestId}" in template:
            ids["requestId"] = self.start_read()
        if template.endswith("resetIndex"):
            ids["listId"] = self.service.id_of("lists", "Vendor Groups")
            self.service.send(
                "POST",
                f"./lists/{ids['listId']}/items?action=delete",
                body={"items": [{"code": "G1"}]},
            )
        path = re.sub(r"\{(\w+)\}", lambda one: ids[one[1]], template)
        if (method, template.rpartition("/")[2]) == ("POST", "items") and "/lists/" in template:
            path += "?action=add"
        return self.service.send(method, f"/2/0{path}", **self._given(method, template))

    def _given(self, method: str, template: str) -> dict[str, Any]:
        if template.endswith("/data") and method == "GET":
            return {"headers": {"Accept": "text/csv"}}
        if method == "PUT" and ("/chunks/" in template or template.endswith("{fileId}")):
            content = make_groups("G1").encode()
            return {"raw": content, "headers": {"Content-Type": "application/octet-stream"}}
        bodies = self.bodies()
        key = template.rpartition("/")[2]
        return {"body": bodies[key]} if method in ("POST", "PUT") and key in bodies else {}

    def bodies(self) -> dict[str, object]:
        """Bodies that are accepted, by the last part of the path."""
        place = [{"dimensionName": "PO Lines", "itemCode": "S:PO:1:1"}]
        return {
            "tasks": {"localeName": "en_US"},
            "items": {"items": [{"code": "S:PO:1:1"}], "codes": ["S:PO:1:1"]},
            "data": [{"lineItemName": "Amount", "dimensions": place, "value": 1}],
            "readRequests": {"exportType": "TABULAR_MULTI_COLUMN"},
            "currentPeriod": {"date": "2024-01-05"},
            "fiscalYear": {"year": "FY25"},
            "switchover": {"date": "2024-03-01"},
            "bulkDeleteModels": {"modelIdsToDelete": [self.service.model]},
            "complete": {},
            "{fileId}": {"chunkCount": 1},
        }

    def start_read(self) -> str:
        """Start a large read of a view."""
        path = f"./views/{self.ids['viewId']}/readRequests"
        answer = self.service.send("POST", path, body={"exportType": "TABULAR_MULTI_COLUMN"})
        return str(answer.json["viewReadRequest"]["requestId"])


def _in_order(operations: list[tuple[str, str]]) -> list[tuple[str, str]]:
    verbs = ("GET", "POST", "PUT", "DELETE")

    def rank(operation: tuple[str, str]) -> tuple[int, int]:
        method, template = operation
        last = template.rpartition("/")[2]
        return (LAST.index(last) + 1 if last in LAST else 0, verbs.index(method))

    return sorted(operations, key=rank)


def test_every_operation_of_the_integration_description_is_served(
    anaplan: Anaplan, anaplan_contracts: Path
) -> None:
    assert anaplan_contracts.is_dir()
    description = load_descriptions()[0]
    scene = Scene(anaplan)

    refused = {
        operation: answer.status
        for operation in _in_order(description.operations)
        if (answer := scene.call(*operation)).status >= 400
    }

    assert len(description.operations) >= 100
    assert set(refused) == set(NOT_SERVED), refused


def test_every_operation_of_the_sign_in_descriptions_is_served(
    anaplan: Anaplan, anaplan_contracts: Path
) -> None:
    assert anaplan_contracts.is_dir()
    paths = {path for one in load_descriptions()[1:] for _, path in one.operations}

    # Who signs in how is played in test_tokens, test_certificates and test_oauth, where every
    # answer is held to the descriptions as well; here it only matters that none is forgotten.
    statuses = {
        path: anaplan.send("GET" if path.endswith(("validate", "authorize")) else "POST", path)
        for path in sorted(paths)
    }

    assert paths == TOKENS | OAUTH
    assert all(answer.status not in (404, 405, 500) for answer in statuses.values())


@pytest.fixture
def description(anaplan_contracts: Path) -> Description:
    """The description of the Integration API."""
    assert anaplan_contracts.is_dir()
    return load_descriptions()[0]


def make_exchange(body: object, *, status: int = 200, path: str = "/2/0/users/me") -> Exchange:
    """An answer as no sandbox gives it."""
    return Exchange("GET", path, status, "application/json", json.dumps(body).encode())


@pytest.mark.parametrize(
    ("exchange", "problem"),
    [
        (make_exchange({"user": {"id": 7}}), "$.user.id: 7 is not of type 'string'"),
        (make_exchange({"user": {"shoeSize": 7}}), "key user.shoeSize is not described"),
        (make_exchange({}, status=204), "the status is not described"),
        (make_exchange({"error": "x"}, status=403), "$: 'status' is a required property"),
        (make_exchange({}, path="/2/0/made-up"), "is not described at all"),
    ],
)
def test_an_answer_that_differs_would_be_noticed(
    description: Description, exchange: Exchange, problem: str
) -> None:
    assert description.operations

    assert problem in "; ".join(find_problems(exchange))


def test_no_exempted_key_is_described_after_all(description: Description) -> None:
    text = json.dumps(description.document)

    known = {key for key in EXEMPT_KEYS if "." not in key and f'"{key}": {{"type"' in text}

    assert known <= {"failures"}


def test_an_answer_under_a_fault_is_not_held_to_the_descriptions(anaplan: Anaplan) -> None:
    anaplan.control.arm(kind="status", path="/users/me", status=203, body="{}")

    answer = anaplan.get("/2/0/users/me")

    assert answer.status == 203
