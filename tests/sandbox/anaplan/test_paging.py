"""Paging, on each collection that the descriptions say is paged (Anaplan sheet §2.2)."""

from __future__ import annotations

import http.client
from typing import Any

import pytest

from tests.sandbox.anaplan.service import Anaplan, make_groups, make_vendors

# By path, the key of the rows.
COLLECTIONS = {
    "/2/0/models": "models",
    "/2/0/users": "users",
    "/2/0/workspaces": "workspaces",
    "/2/0/workspaces/{workspace}/models": "models",
    "/2/0/workspaces/{workspace}/admins": "admins",
    "/2/0/workspaces/{workspace}/visitors": "visitors",
    "./actions": "actions",
    "./dashboards": "dashboards",
    "./exports": "exports",
    "./files": "files",
    "./files/{file}/chunks": "chunks",
    "./imports": "imports",
    "./imports/{import}/tasks": "tasks",
    "./imports/{import}/tasks/{task}/dump/chunks": "chunks",
    "./lineItems": "items",
    "./lineItems/{line_item}/dimensions": "dimensions",
    "./lists": "lists",
    "./modules": "modules",
    "./modules/{module}/lineItems": "items",
    "./modules/{module}/views": "views",
    "./processes": "processes",
    "./processes/{process}/tasks": "tasks",
    "./versions": "versionMetadata",
    "./views": "views",
}


def place(service: Anaplan, path: str) -> str:
    """Fill the ids of objects that exist into a path."""
    service.control.turn(role="tenant_administrator")
    if "{import}" in path or "{file}" in path:
        service.load("Vendor Groups from vendor_groups.csv", make_groups("G1"))
        service.upload("vendors.csv", make_vendors("V1,NOPE"), chunks=3)
    task = service.run("imports", "Vendors from vendors.csv") if "{import}" in path else {}
    module = service.id_of("modules", "DAT PO Lines")
    ids = {
        "workspace": service.workspace,
        "file": service.id_of("files", "vendors.csv"),
        "import": service.id_of("imports", "Vendors from vendors.csv"),
        "process": service.id_of("processes", "Load Sage 300"),
        "module": module,
        "line_item": service.get(f"./modules/{module}/lineItems").json["items"][0]["id"],
        "task": task.get("taskId", ""),
    }
    for name, value in ids.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def rows(body: dict[str, Any], key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = body.get(key, [])
    return found


@pytest.mark.parametrize("path", COLLECTIONS)
def test_each_collection_pages_by_limit_and_offset(anaplan: Anaplan, path: str) -> None:
    where, key = place(anaplan, path), COLLECTIONS[path]
    whole = anaplan.get(where).json
    total = whole["meta"]["paging"]["totalSize"]

    pages = [anaplan.get(f"{where}?limit=1&offset={offset}").json for offset in range(total + 1)]

    assert [row for page in pages for row in rows(page, key)] == rows(whole, key)
    assert [page["meta"]["paging"]["currentPageSize"] for page in pages] == [1] * total + [0]
    assert ["next" in page["meta"]["paging"] for page in pages] == [True] * (total - 1) + [
        False
    ] * min(total + 1, 2)
    assert key not in pages[-1]


def test_next_of_a_request_without_limit_reads_rows_again(anaplan: Anaplan) -> None:
    body = anaplan.get("./lineItems").json
    total = body["meta"]["paging"]["totalSize"]

    following = anaplan.get(body["meta"]["paging"]["next"].removeprefix(anaplan.origin)).json

    assert len(body["items"]) == total > 20
    assert body["meta"]["paging"]["currentPageSize"] == total
    assert following["meta"]["paging"]["offset"] == 20
    assert following["items"][0] == body["items"][20]


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "offset=-1", "limit=x", "limit=%C2%B2"])
def test_a_page_that_makes_no_sense_is_refused(anaplan: Anaplan, query: str) -> None:
    assert anaplan.get(f"./imports?{query}").status == 400


@pytest.mark.slow
def test_no_page_holds_more_than_5000(anaplan: Anaplan) -> None:
    anaplan.control.turn(requests_per_minute=1_000_000)
    connection = http.client.HTTPConnection(anaplan.origin.removeprefix("http://"), timeout=20)
    headers = {"Authorization": f"Bearer {anaplan.token}", "Content-Type": "application/json"}
    for number in range(5001):
        path = f"{anaplan.root}/files/new{number}"
        connection.request("POST", path, body=b'{"chunkCount":0}', headers=headers)
        assert connection.getresponse().read()
    connection.close()

    pages = [anaplan.get(f"./files{query}").json for query in ("", "?limit=9999")]

    assert [len(page["files"]) for page in pages] == [5000, 5000]
    assert {page["meta"]["paging"]["totalSize"] > 5000 for page in pages} == {True}
