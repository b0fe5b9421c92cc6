"""Goal: a fault decides exactly whether, and when, a struck request takes effect.

Method: a part whose only effect is to remember what was posted to it, behind the same shell,
server and sockets as the imitated products.
"""

from __future__ import annotations

import http.client
import threading
import time
from typing import TYPE_CHECKING

import pytest
from ml_connector_sandbox._clock import VirtualClock
from ml_connector_sandbox._part import Part, SandboxState
from ml_connector_sandbox._server import ServerThread
from ml_connector_sandbox._switches import Switches
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse

from tests.sandbox.web import Answer, Control, call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import Receive, Scope, Send

_CUT = (ConnectionError, http.client.RemoteDisconnected)


class Memory:
    """A served part that remembers every body posted to it."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        state = SandboxState(name="memory", clock=VirtualClock(), switches=Switches({}))
        self.server = ServerThread(Part(state=state, app=self.app, describe=lambda _: {}), port=0)
        self.control = Control(self.server.origin)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "GET":
            await JSONResponse([body.decode() for body in self.bodies])(scope, receive, send)
            return
        self.bodies.append(await Request(scope, receive).body())
        await PlainTextResponse("remembered")(scope, receive, send)

    def post(self, body: object) -> Answer:
        return call("POST", f"{self.server.origin}/things", body=body)

    def post_in_background(self, body: object) -> tuple[threading.Thread, list[Answer]]:
        answers: list[Answer] = []

        def post() -> None:
            try:
                answers.append(self.post(body))
            except _CUT:
                return

        thread = threading.Thread(target=post)
        thread.start()
        return thread, answers

    def look(self) -> list[str]:
        """What a client finds that looks for what it posted."""
        return list(call("GET", f"{self.server.origin}/things").json)

    def is_waiting(self) -> bool:
        return any(fault["holding"] or fault["pending"] for fault in self.control.get("faults"))

    def is_holding(self) -> bool:
        return any(fault["holding"] for fault in self.control.get("faults"))


@pytest.fixture
def memory() -> Iterator[Memory]:
    """The part, served."""
    served = Memory()
    served.server.start()
    yield served
    served.server.stop()


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"


def test_cut_before_the_effect_has_none(memory: Memory) -> None:
    memory.control.arm(kind="cut_before")

    with pytest.raises(_CUT):
        memory.post(1)

    memory.post(2)
    assert memory.bodies == [b"2"]


def test_cut_after_the_effect_has_one(memory: Memory) -> None:
    memory.control.arm(kind="cut_after")

    with pytest.raises(_CUT):
        memory.post(1)

    assert memory.bodies == [b"1"]


@pytest.mark.fault("late")
def test_a_late_effect_comes_after_the_client_was_cut_off(memory: Memory) -> None:
    memory.control.arm(kind="late", seconds=0.4)

    with pytest.raises(_CUT):
        memory.post(1)
    at_once = list(memory.bodies)
    _wait_until(lambda: bool(memory.bodies))

    assert (at_once, memory.bodies) == ([], [b"1"])
    assert memory.control.get("counters")["faults"] == {"late": 1}


@pytest.mark.fault("late")
def test_a_late_effect_waits_until_the_client_has_looked_so_often(memory: Memory) -> None:
    look = {"method": "GET", "path": "/things$", "times": 2}
    memory.control.arm(kind="late", method="POST", until=look)

    with pytest.raises(_CUT):
        memory.post(1)
    pending = memory.control.get("faults")[0]["pending"]
    looks = [memory.look(), memory.look()]
    _wait_until(lambda: bool(memory.bodies))

    assert pending == 1
    assert looks == [[], []]
    assert memory.look() == ["1"]
    assert memory.control.get("faults")[0]["pending"] == 0


@pytest.mark.fault("error", "status", "wrong_type")
@pytest.mark.parametrize("kind", ["error", "status", "wrong_type"])
def test_an_answer_instead_may_come_before_its_effect(memory: Memory, kind: str) -> None:
    memory.control.arm(kind=kind, method="POST", effect="later", until={"path": "/things$"})

    memory.post(1)
    looked = memory.look()
    _wait_until(lambda: bool(memory.bodies))

    assert looked == []
    assert memory.look() == ["1"]
    assert memory.control.get("counters")["faults"] == {kind: 1}


def test_a_late_effect_can_be_let_through(memory: Memory) -> None:
    memory.control.arm(kind="late", seconds=3600)
    with pytest.raises(_CUT):
        memory.post(1)

    released = memory.control.post("faults/release", {})

    _wait_until(lambda: memory.bodies == [b"1"])
    assert released == {"released": 1}


def test_faults_taken_away_leave_no_effect_waiting_for_a_look(memory: Memory) -> None:
    memory.control.arm(kind="late", until={"path": "/never"})
    with pytest.raises(_CUT):
        memory.post(1)

    memory.control.send("DELETE", "faults")

    _wait_until(lambda: memory.bodies == [b"1"])


@pytest.mark.parametrize("kind", ["late", "hang"])
def test_a_reset_takes_away_effects_that_are_still_to_come(memory: Memory, kind: str) -> None:
    more = {"effect": "later"} if kind == "hang" else {}
    memory.control.arm(kind=kind, until={"path": "/never"}, **more)
    thread, answers = memory.post_in_background(1)
    _wait_until(memory.is_waiting)

    memory.control.post("reset", {})
    thread.join()
    memory.post(2)

    assert answers == []
    assert memory.bodies == [b"2"]


@pytest.mark.parametrize("times", [1, 2])
def test_a_request_struck_after_a_release_is_held_anew(memory: Memory, times: int) -> None:
    memory.control.arm(kind="hang", effect="later", times=2)
    for _ in range(times):
        thread, _answers = memory.post_in_background(1)
        _wait_until(memory.is_holding)
        memory.control.post("faults/release", {})
        thread.join()

    assert memory.bodies == [b"1"] * times


@pytest.mark.parametrize(("effect", "bodies"), [("none", []), ("done", [b"1"])])
def test_a_status_may_hide_an_effect(memory: Memory, effect: str, bodies: list[bytes]) -> None:
    memory.control.arm(kind="status", status=502, effect=effect)

    answer = memory.post(1)

    assert answer.status == 502
    assert memory.bodies == bodies


def test_truncate_and_stall_take_effect(memory: Memory) -> None:
    memory.control.arm(kind="truncate", bytes=3)
    memory.control.arm(kind="stall", seconds=0.01)

    with pytest.raises(http.client.IncompleteRead):
        memory.post(1)
    memory.post(2)

    assert memory.bodies == [b"1", b"2"]


@pytest.mark.parametrize(
    ("effect", "while_held", "answered"),
    [("none", [], []), ("done", [b"1"], [b"remembered"]), ("later", [], [b"remembered"])],
)
def test_a_hanging_request_takes_effect_as_told(
    memory: Memory, effect: str, while_held: list[bytes], answered: list[bytes]
) -> None:
    memory.control.arm(kind="hang", effect=effect)
    thread, answers = memory.post_in_background(1)
    _wait_until(memory.is_holding)
    held = list(memory.bodies)

    memory.control.post("faults/release", {})
    thread.join()

    assert held == while_held
    assert [answer.raw for answer in answers] == answered
    assert memory.bodies == ([] if effect == "none" else [b"1"])


def test_a_later_effect_comes_although_the_client_died(memory: Memory) -> None:
    memory.control.arm(kind="hang", effect="later")
    connection = http.client.HTTPConnection(memory.server.origin.removeprefix("http://"))
    connection.request("POST", "/things", body=b"1")
    _wait_until(memory.is_holding)
    connection.close()

    memory.control.post("faults/release", {})
    _wait_until(lambda: bool(memory.bodies))

    assert memory.bodies == [b"1"]


def test_any_call_of_a_run_can_be_cut(memory: Memory) -> None:
    for number in range(5):
        memory.bodies.clear()
        memory.control.post("reset", {})
        memory.control.arm(kind="cut_after", after=number)
        outcomes = []
        for body in range(5):
            try:
                outcomes.append(memory.post(body).status)
            except _CUT:
                outcomes.append(0)

        assert outcomes == [0 if body == number else 200 for body in range(5)]
        assert len(memory.bodies) == 5


def test_large_bodies_come_through_a_fault_whole(memory: Memory) -> None:
    memory.control.arm(kind="cut_after")
    text = "x" * 3_000_000

    with pytest.raises(_CUT):
        memory.post(text)

    assert memory.bodies == [f'"{text}"'.encode()]
