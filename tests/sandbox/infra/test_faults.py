"""Goal: every kind of fault does to a client what it says, and no more.

Method: records are read under each fault and the answer, or its absence, is looked at. Whether
a struck request took effect is shown in test_effects.
"""

from __future__ import annotations

import http.client
import threading
import time
from typing import TYPE_CHECKING

import pytest
from ml_connector_sandbox._part import ServeOptions
from ml_connector_sandbox._server import serving

from tests.sandbox.web import Answer, Sage, call

if TYPE_CHECKING:
    from collections.abc import Callable

_CUT = (ConnectionError, http.client.RemoteDisconnected)
_PATH = "AP/APVendorGroups"


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"


def _holding(sage: Sage) -> int:
    return sum(fault["holding"] for fault in sage.control.get("faults"))


def _get_in_background(sage: Sage) -> tuple[threading.Thread, list[Answer | Exception]]:
    outcome: list[Answer | Exception] = []

    def get() -> None:
        try:
            outcome.append(sage.get(_PATH))
        except _CUT as error:
            outcome.append(error)

    thread = threading.Thread(target=get)
    thread.start()
    return thread, outcome


def test_429_carries_retry_after_when_told(sage: Sage) -> None:
    sage.control.arm(kind="status", status=429, retry_after=7)

    answer = sage.get(_PATH)

    assert (answer.status, answer.headers["Retry-After"]) == (429, "7")


def test_429_comes_without_retry_after_too(sage: Sage) -> None:
    sage.control.arm(kind="status", status=429)

    answer = sage.get(_PATH)

    assert (answer.status, answer.headers["Retry-After"]) == (429, None)


@pytest.mark.fault("status")
@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_status_fault_strikes_once_and_is_counted(sage: Sage, status: int) -> None:
    sage.control.arm(kind="status", status=status, body="<h1>Bad</h1>")

    first, second = sage.get(_PATH), sage.get(_PATH)

    assert (first.status, first.raw, second.status) == (status, b"<h1>Bad</h1>", 200)
    assert sage.control.get("counters")["faults"] == {"status": 1}


def test_a_fault_lets_as_many_requests_pass_as_told(sage: Sage) -> None:
    sage.control.arm(kind="status", status=503, after=2, times=2)

    statuses = [sage.get(_PATH).status for _ in range(5)]

    assert statuses == [200, 200, 503, 503, 200]


def test_a_fault_without_end_strikes_until_cleared(sage: Sage) -> None:
    sage.control.arm(kind="status", status=503, times=0)

    statuses = [sage.get(_PATH).status for _ in range(3)]
    sage.control.send("DELETE", "faults")

    assert statuses == [503, 503, 503]
    assert sage.get(_PATH).status == 200


def test_a_fault_waits_for_its_method_and_path(sage: Sage) -> None:
    sage.control.arm(kind="status", status=503, method="GET", path=r"APVendorGroups\?\$top=2")

    assert sage.get("AP/APVendors").status == 200
    assert sage.get(_PATH, top=1).status == 200
    assert sage.get(_PATH, top=2).status == 503


def test_faults_do_not_strike_the_control(sage: Sage) -> None:
    sage.control.arm(kind="status", status=503, times=0)

    assert sage.control.get("counters")["faults"] == {}


@pytest.mark.fault("cut_before", "cut_after")
@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
def test_a_cut_closes_the_connection_without_an_answer(sage: Sage, kind: str) -> None:
    sage.control.arm(kind=kind)

    with pytest.raises(_CUT):
        sage.get(_PATH)

    assert sage.get(_PATH).status == 200
    assert sage.control.get("counters")["faults"] == {kind: 1}


@pytest.mark.fault("stall")
def test_stall_answers_late(sage: Sage) -> None:
    sage.control.arm(kind="stall", seconds=0.3)
    started = time.monotonic()

    answer = sage.get(_PATH)

    assert answer.status == 200
    assert time.monotonic() - started >= 0.3
    assert sage.control.get("counters")["faults"] == {"stall": 1}


@pytest.mark.fault("truncate")
def test_truncate_breaks_off_the_body(sage: Sage) -> None:
    sage.control.arm(kind="truncate", bytes=10)

    with pytest.raises(http.client.IncompleteRead) as caught:
        sage.get(_PATH)

    assert len(caught.value.partial) == 10
    assert sage.control.get("counters")["faults"] == {"truncate": 1}


def test_hang_before_the_effect_holds_until_released_then_cuts(sage: Sage) -> None:
    sage.control.arm(kind="hang", effect="none")
    thread, outcome = _get_in_background(sage)
    _wait_until(lambda: _holding(sage) == 1)

    sage.control.post("faults/release", {})
    thread.join()

    assert isinstance(outcome[0], _CUT)


@pytest.mark.fault("hang")
@pytest.mark.parametrize("effect", ["done", "later"])
def test_hang_answers_when_released(sage: Sage, effect: str) -> None:
    number = sage.control.arm(kind="hang", effect=effect)
    thread, outcome = _get_in_background(sage)
    _wait_until(lambda: _holding(sage) == 1)

    released = sage.control.post("faults/release", {"id": number})
    thread.join()

    assert released == {"released": 1}
    assert isinstance(outcome[0], Answer)
    assert outcome[0].status == 200


def test_hang_ends_when_the_client_dies(sage: Sage) -> None:
    sage.control.arm(kind="hang")
    host = sage.control.origin.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=20)
    connection.request("GET", "/anything")
    _wait_until(lambda: _holding(sage) == 1)

    connection.close()

    _wait_until(lambda: _holding(sage) == 0)


@pytest.mark.parametrize(("side", "address"), [("sage300", "base_url"), ("anaplan", "api_url")])
def test_latency_is_added_to_every_answer(side: str, address: str) -> None:
    with serving(ServeOptions(orders=1, latency_ms=200)) as ready:
        started = time.monotonic()
        call("GET", ready[side][address])

        assert time.monotonic() - started >= 0.2


@pytest.mark.parametrize(
    "fault",
    [{"kind": "flood"}, {}, {"kind": "status", "path": "("}, {"kind": "status", "sattus": 1}, 3],
)
def test_a_fault_that_makes_no_sense_is_refused(sage: Sage, fault: object) -> None:
    answer = call("POST", f"{sage.control.origin}/_sandbox/faults", body=fault)

    assert answer.status == 400
    assert answer.json["error"]
    assert sage.control.get("faults") == []
