"""Counters, clock, switches and reset."""

from __future__ import annotations

import datetime as dt
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.web import Sage, call

if TYPE_CHECKING:
    from tests.sandbox.conftest import ServeSage


def test_counters_count_requests_by_method_but_not_the_control(sage: Sage) -> None:
    sage.get("AP/APVendorGroups")
    sage.get("AP/APVendorGroups")
    call("PATCH", sage.url("AP/APVendorGroups"), headers=sage.headers)

    counters = sage.control.get("counters")

    assert counters["requests"] == {"GET": 2, "PATCH": 1}
    assert counters["statuses"] == {"200": 2, "405": 1}


def test_calls_are_listed_with_their_status(sage: Sage) -> None:
    sage.get("AP/APVendorGroups", top=1)

    (seen,) = sage.control.get("requests")

    assert seen["method"] == "GET"
    assert seen["target"].endswith("/AP/APVendorGroups?$top=1")
    assert seen["status"] == 200


def test_date_header_follows_the_clock(sage: Sage) -> None:
    sage.control.post("clock", {"set": "2031-02-03T04:05:06Z"})

    dated = parsedate_to_datetime(str(sage.get("AP/APVendorGroups").headers["Date"]))

    assert dated - dt.datetime(2031, 2, 3, 4, 5, 6, tzinfo=dt.UTC) < (dt.timedelta(seconds=30))


def test_clock_can_be_advanced_and_reset(sage: Sage) -> None:
    real = dt.datetime.fromisoformat(sage.control.get("clock")["now"])

    ahead = sage.control.post("clock", {"advance_s": 86400})["now"]
    back = sage.control.post("clock", {"reset": True})["now"]

    assert (dt.datetime.fromisoformat(ahead) - real).days == 1
    assert (dt.datetime.fromisoformat(back) - real).days == 0


def test_clock_refuses_what_is_no_time(sage: Sage) -> None:
    url = f"{sage.control.origin}/_sandbox/clock"

    answers = [call("POST", url, body=body) for body in ({"set": "soon"}, {"jump": 3}, [1])]

    assert [answer.status for answer in answers] == [400, 400, 400]


def test_switches_refuse_unknown_names_and_positions(sage: Sage) -> None:
    url = f"{sage.control.origin}/_sandbox/switches"
    before = sage.control.get("switches")

    unknown = call("POST", url, body={"orderby": False, "gravity": "off"})
    position = call("POST", url, body={"dates": "julian"})
    kind = call("POST", url, body={"page_size": "many"})

    assert [unknown.status, position.status, kind.status] == [400, 400, 400]
    assert "gravity" in unknown.json["error"]
    assert position.json["error"].endswith('no position "julian"; it has "zulu", "zoneless"')
    assert sage.control.get("switches") == before


@pytest.mark.parametrize(
    ("method", "path", "status"), [("POST", "bookkeeping", 404), ("PUT", "faults", 405)]
)
def test_an_endpoint_that_is_not_there_is_named(
    sage: Sage, method: str, path: str, status: int
) -> None:
    answer = call(method, f"{sage.control.origin}/_sandbox/{path}")

    assert answer.status == status
    assert answer.json == {"error": f"there is no {method} /_sandbox/{path}"}


def test_reset_gives_a_fresh_company(serve_sage: ServeSage) -> None:
    sage = serve_sage(orders=5)
    before = sage.follow("PO/POPurchaseOrders")
    key = before[0]["PurchaseOrderSequenceKey"]
    sage.control.send("DELETE", f"records/PO/POPurchaseOrders/{key}")
    sage.control.turn(dates="zoneless")
    sage.control.arm(kind="status", times=0)

    sage.control.post("reset", {})

    counters = {"requests": {}, "statuses": {}, "faults": {}, "requests_at_once": 0}
    assert sage.control.get("counters") == counters
    assert sage.follow("PO/POPurchaseOrders") == before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("clock", {"advance_s": 1e300}),
        ("clock", {"advance_s": "Infinity"}),
        ("clock", {"set": "9999"}),
        ("switches", {"page_size": 0}),
        ("switches", {"omitted_properties": [1]}),
        ("switches", {"statuses": {"RecordNotFound": "all of them"}}),
        ("faults", {"kind": "status", "status": 1000}),
        ("faults", {"kind": "status", "headers": {"X-Word": "Ä"}}),
        ("faults", {"kind": "status", "path": "("}),
        ("faults", {"kind": "stall", "seconds": -1}),
    ],
)
def test_what_could_not_be_answered_later_is_refused_now(
    sage: Sage, path: str, body: dict[str, object]
) -> None:
    answer = call("POST", f"{sage.control.origin}/_sandbox/{path}", body=body)

    assert answer.status == 400, answer.raw
    assert answer.json["error"]
    assert sage.get("AP/APVendorGroups").status == 200
