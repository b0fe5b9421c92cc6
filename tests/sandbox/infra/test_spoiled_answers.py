"""Goal: an answer spoiled by a fault is spoiled in just the way that was asked for.

Method: a part behind the same shell and sockets as the imitated products answers every request
with the same JSON list; what arrives is looked at byte by byte.
"""

from __future__ import annotations

import email.utils
import gzip
import http.client
import time
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from ml_connector_sandbox._clock import VirtualClock
from ml_connector_sandbox._part import Part, SandboxState
from ml_connector_sandbox._server import ServerThread
from ml_connector_sandbox._switches import Switches
from starlette.responses import JSONResponse, Response

from tests.sandbox.web import Answer, Control, call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Receive, Scope, Send

BODY = {"name": "numbers", "values": list(range(200))}
_CUT = (ConnectionError, http.client.RemoteDisconnected)


class Numbers:
    """A served part with two hundred numbers; a PATCH is answered 204, without a body."""

    def __init__(self) -> None:
        self.asked = 0
        state = SandboxState(name="numbers", clock=VirtualClock(), switches=Switches({}))
        self.server = ServerThread(Part(state=state, app=self.app, describe=lambda _: {}), port=0)
        self.control = Control(self.server.origin)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        if scope["method"] == "PATCH":
            await Response(status_code=204)(scope, receive, send)
        else:
            await JSONResponse(BODY)(scope, receive, send)

    def send(self, method: str = "GET") -> Answer:
        return call(method, f"{self.server.origin}/numbers")

    def fired(self) -> dict[str, int]:
        counts: dict[str, int] = self.control.get("counters")["faults"]
        return counts


@pytest.fixture
def numbers() -> Iterator[Numbers]:
    """The part, served."""
    served = Numbers()
    served.server.start()
    yield served
    served.server.stop()


@pytest.mark.fault("slow_body")
def test_a_slow_body_comes_whole_in_pieces_after_its_headers(numbers: Numbers) -> None:
    numbers.control.arm(kind="slow_body", seconds=0.5, pieces=5)
    connection = http.client.HTTPConnection(numbers.server.origin.removeprefix("http://"))
    started = time.monotonic()
    connection.request("GET", "/numbers")
    response = connection.getresponse()
    headers_after_s = time.monotonic() - started

    pieces = []
    while piece := response.read1():
        pieces.append((time.monotonic() - started, piece))
    connection.close()

    assert headers_after_s < 0.3
    assert b"".join(piece for _, piece in pieces) == JSONResponse(BODY).body
    assert pieces[-1][0] >= 0.5
    assert pieces[-1][0] - pieces[0][0] >= 0.3, "it came at once, not in pieces"
    assert numbers.fired() == {"slow_body": 1}


@pytest.mark.fault("truncate")
@pytest.mark.parametrize("how", ["cut", "chunked"])
def test_a_body_broken_off_shows_as_incomplete(numbers: Numbers, how: str) -> None:
    numbers.control.arm(kind="truncate", bytes=10, how=how)

    with pytest.raises(http.client.IncompleteRead) as caught:
        numbers.send()

    assert caught.value.partial == JSONResponse(BODY).body[:10]
    assert numbers.fired() == {"truncate": 1}


def test_a_body_with_a_wrong_length_seems_whole(numbers: Numbers) -> None:
    numbers.control.arm(kind="truncate", bytes=10, how="length")

    answer = numbers.send()

    assert (answer.status, answer.headers["Content-Length"]) == (200, "10")
    assert answer.raw == JSONResponse(BODY).body[:10]


def test_a_broken_gzip_body_cannot_be_unpacked(numbers: Numbers) -> None:
    numbers.control.arm(kind="truncate", bytes=10_000, how="gzip")

    answer = numbers.send()

    assert answer.headers["Content-Encoding"] == "gzip"
    with pytest.raises((EOFError, zlib.error)):
        gzip.decompress(answer.raw)


def test_an_answer_without_a_body_is_cut_off_whole(numbers: Numbers) -> None:
    numbers.control.arm(kind="truncate")

    with pytest.raises(_CUT):
        numbers.send("PATCH")

    assert numbers.asked == 1


@pytest.mark.fault("wrong_type")
@pytest.mark.parametrize(("effect", "asked"), [("none", 0), ("done", 1)])
def test_a_web_page_comes_with_status_200(numbers: Numbers, effect: str, asked: int) -> None:
    numbers.control.arm(kind="wrong_type", effect=effect)

    answer = numbers.send()

    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.raw.startswith(b"<!DOCTYPE html>")
    assert numbers.asked == asked
    assert numbers.fired() == {"wrong_type": 1}


def test_the_wrong_content_can_be_given(numbers: Numbers) -> None:
    numbers.control.arm(kind="wrong_type", body="a;b\n", headers={"Content-Type": "text/csv"})

    answer = numbers.send()

    assert (answer.raw, answer.headers["Content-Type"]) == (b"a;b\n", "text/csv")
    assert answer.headers.get_all("Content-Type") == ["text/csv"]


@pytest.mark.fault("shuffle")
def test_shuffled_lists_hold_the_same_in_an_order_of_the_seed(numbers: Numbers) -> None:
    def shuffled(seed: int) -> Any:
        numbers.control.send("DELETE", "faults")
        numbers.control.arm(kind="shuffle", seed=seed, times=0)
        return [numbers.send().json["values"] for _ in range(2)]

    first, again, other = shuffled(1), shuffled(1), shuffled(2)

    assert first == again
    assert first[0] != first[1], "two strikes drew one order"
    assert first != other
    assert all(sorted(values) == BODY["values"] != values for values in (*first, *other))
    assert numbers.fired() == {"shuffle": 6}


@pytest.mark.fault("error")
def test_retry_after_is_written_as_seconds_or_as_a_date_of_the_sandbox_clock(
    numbers: Numbers,
) -> None:
    numbers.control.post("clock", {"set": "2031-02-03T04:05:06Z"})
    numbers.control.arm(kind="error", status=429, retry_after=7)
    numbers.control.arm(kind="error", status=429, retry_after=60, retry_after_form="date")
    numbers.control.arm(kind="error", status=429)

    seconds, date, absent = (numbers.send().headers["Retry-After"] for _ in range(3))

    assert seconds == "7"
    moment = email.utils.parsedate_to_datetime(date)
    assert moment.isoformat().startswith(("2031-02-03T04:06:0", "2031-02-03T04:06:1"))
    assert absent is None
    assert numbers.fired() == {"error": 3}


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "earthquake"}, "no fault of kind 'earthquake'; it has error, status"),
        ({"kind": "cut_before", "effect": "done"}, "cut_before heeds no effect; it heeds after"),
        ({"kind": "error", "status": 200}, "an error has 400 to 599, not 200"),
        ({"kind": "error", "until": {}}, "the effect is none; only one that is `later` waits"),
        ({"kind": "late", "until": {"path": "("}}, "unterminated subpattern"),
        ({"kind": "stall", "second": 3}, "`second`"),
        ({"kind": "truncate", "how": "twice"}, "'twice'"),
        ({"kind": "error", "after": -1}, ">= 0"),
        ({}, "missing required field `kind`"),
        ("error", "Expected `object`"),
    ],
)
def test_a_fault_that_means_nothing_is_refused_with_reasons(
    numbers: Numbers, fault: object, words: str
) -> None:
    answer = call("POST", f"{numbers.server.origin}/_sandbox/faults", body=fault)

    assert answer.status == 400
    assert words in answer.json["error"]


def test_a_list_with_one_bad_fault_puts_none_in_place(numbers: Numbers) -> None:
    faults = [{"kind": "error"}, {"kind": "error", "path": "("}]

    answer = call("POST", f"{numbers.server.origin}/_sandbox/faults", body=faults)

    assert answer.status == 400
    assert numbers.control.get("faults") == []


def test_one_fault_of_several_can_be_taken_away(numbers: Numbers) -> None:
    first = numbers.control.arm(kind="error", status=500)
    second = numbers.control.arm(kind="error", status=503)
    url = f"{numbers.server.origin}/_sandbox/faults"

    assert call("DELETE", url, body={"id": first}).status == 200
    assert [fault["id"] for fault in numbers.control.get("faults")] == [second]
    assert call("DELETE", url, body={"id": 99}).status == 404
    assert call("DELETE", url, body={"id": "all"}).status == 400
