"""Goal: no request to a control endpoint breaks a server, and each refusal says why.

Method: every control route of both servers, found in the code, is sent JSON of any kind, and
objects whose keys are the words that control endpoints know, with values of any kind.
"""

from __future__ import annotations

import http.client
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ml_connector_sandbox._clock import VirtualClock
from ml_connector_sandbox._control import build_control_routes
from ml_connector_sandbox._part import ServeOptions
from ml_connector_sandbox._server import serving
from ml_connector_sandbox.anaplan import create_part as create_anaplan
from ml_connector_sandbox.sage300 import create_part as create_sage
from starlette.routing import Route

from tests.sandbox.web import Answer, call

if TYPE_CHECKING:
    from collections.abc import Iterator

SIDES = {"sage300": create_sage, "anaplan": create_anaplan}
OPTIONS = ServeOptions(orders=3)
NOT_HELPFUL = ("list index", "object has no attribute", "NoneType", "unhashable", "argument")

PLACES = [
    *("PO", "GL", "AP", "IN", "PY", "POPurchaseOrders", "APVendors", "GLJournalBatches"),
    *("1", "'1'", "000001", "ready", "post", "lock", "delete", "1,2", "", "é", "$", "x" * 300),
    *("Vendors", "Vendor Groups", "SYS Vendors", "GL Adjustments", "vendors.csv", "Load Sage 300"),
    *("Vendors from vendors.csv", "CTL Loads.Rows", "GL Adjustments.csv", "Loads", "PO Lines"),
]
WORDS = [
    *("id", "kind", "seed", "rate", "kinds", "path", "after", "times", "set", "advance_s", "reset"),
    *("name", "items", "codes", "lists", "lines", "ids", "entries", "by", "columns", "target"),
    *("actions", "headers", "rename", "separator", "encoding", "content", "audience", "options"),
    *("grant", "rotates", "decision", "user", "certificate", "nextItemIndex", "modules", "files"),
    *("imports", "processes", "layout", "format", "filters", "rendering", "shared_with", "today"),
    *("stamp", "PurchaseOrderLines", "Vendor", "VendorNumber", "JournalHeaders", "Invoices"),
    *(
        "BatchNumber",
        "ReadyToPost",
        "batches",
        "journals",
        "transactions_before",
        "documents_through",
    ),
    *("page_size", "task_ms", "role", "not_installed", "properties", "lineItems", "parent", "code"),
]

texts = st.sampled_from(["", "a", "é", "2026-01-31", "9999-12-31T23:59:59Z", "Vendors", "(", "1e9"])
scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | texts | st.integers()
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS) | texts, inner, max_size=4)
    ),
    max_leaves=8,
)
bodies = st.dictionaries(st.sampled_from(WORDS), values, max_size=4) | values


def _routes(side: str) -> list[tuple[str, str]]:
    part = SIDES[side](OPTIONS, clock=VirtualClock())
    return [
        (method, route.path)
        for route in build_control_routes(part.state)
        if isinstance(route, Route)
        for method in sorted((route.methods or set()) - {"HEAD"})
    ]


ROUTES = [(side, method, path) for side in SIDES for method, path in _routes(side)]


@pytest.fixture(scope="module")
def origins() -> Iterator[dict[str, str]]:
    """Both servers, for tests that may do anything to them."""
    with serving(OPTIONS) as ready:
        sage = ready["sage300"]["base_url"].split("/Sage300WebApi")[0]
        yield {"sage300": sage, "anaplan": ready["anaplan"]["api_url"]}


def _send(origin: str, method: str, path: str, body: Any) -> Answer:
    return call(method, f"{origin}/_sandbox{path}", body=body)


def _fill(path: str, places: list[str]) -> str:
    names = iter(places)
    return re.sub(r"\{[^}]*\}", lambda _: quote(next(names), safe=""), path)


@pytest.mark.parametrize(("side", "method", "path"), ROUTES, ids=str)
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(body=bodies, places=st.lists(st.sampled_from(PLACES), min_size=3, max_size=3))
def test_no_request_to_a_control_endpoint_breaks_it(
    origins: dict[str, str], side: str, method: str, path: str, body: object, places: list[str]
) -> None:
    answer = _send(origins[side], method, _fill(path, places), body)

    assert answer.status < 500, (answer.status, answer.raw[:200])
    if answer.status >= 400 and answer.headers["Content-Type"] == "application/json":
        reason = answer.json["error"]
        assert reason
        assert not any(words in reason for words in NOT_HELPFUL), reason


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("raw", [b"{", b"\xff\xfe", b"[" * 5000, b'{"a": 1e999999999}'])
def test_what_is_no_json_is_refused(origins: dict[str, str], side: str, raw: bytes) -> None:
    connection = http.client.HTTPConnection(origins[side].removeprefix("http://"), timeout=20)
    connection.request("POST", "/_sandbox/switches", body=raw)
    response = connection.getresponse()

    assert response.status == 400
    assert json.loads(response.read())["error"]  # noqa: TID251  # not product code
    connection.close()


@pytest.mark.parametrize("side", SIDES)
def test_both_servers_still_work_afterwards(origins: dict[str, str], side: str) -> None:
    assert _send(origins[side], "POST", "/reset", {}).status == 200
    assert _send(origins[side], "POST", "/clock", {"reset": True}).status == 200
    assert _send(origins[side], "GET", "/counters", None).json["requests"] == {}
