"""The control endpoints both servers have under `/_sandbox`.

==========================  =========================================================
GET counters                counts since the start or the last reset
GET requests                the calls seen last, oldest first, with status and fault
GET, POST, DELETE faults    show; arm one or a list (`Fault`), answers `{"ids": [1]}`; clear,
                            with `{"id": 1}` one fault only
POST faults/schedule        strew faults over the requests to come (`Schedule`)
POST faults/release         let held requests and late effects go on; `{"id": 1}` for one fault
GET, POST clock             show; `{"set": "2026-01-31T09:00:00Z"}`, `{"advance_s": 86400}`,
                            `{"reset": true}`; both servers share the clock
GET, POST switches          show; `{"name": position, …}`, all or none
POST reset                  fresh records, no faults, default switches, counts at zero, no
                            token good any more; the clock stays
==========================  =========================================================

A request that makes no sense is answered 400 with `{"error": "…"}`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ml_connector_sandbox._wire import decode_json, decode_object, encode_json

if TYPE_CHECKING:
    from starlette.requests import Request

    from ml_connector_sandbox._part import SandboxState

Handler = Callable[["Request"], Awaitable[object]]


def json_response(value: object, *, status: int = 200) -> Response:
    """Answer with JSON, decimals exact."""
    return Response(encode_json(value), status_code=status, media_type="application/json")


def control_route(path: str, handler: Handler, *, methods: list[str]) -> Route:
    """Make a control endpoint of a function that returns plain values.

    `ValueError` and its kin become 400, `KeyError` becomes 404.
    """

    async def endpoint(request: Request) -> Response:
        try:
            return json_response(await handler(request))
        except KeyError as error:
            return json_response({"error": f"not found: {error.args[0]}"}, status=404)
        except (ValueError, TypeError, re.error) as error:
            return json_response({"error": str(error)}, status=400)

    return Route(path, endpoint, methods=methods)


async def answer_unknown(request: Request, error: Exception) -> Response:
    """Say that there is no such control endpoint, or not with this method."""
    message = f"there is no {request.method} {request.url.path}"
    status = error.status_code if isinstance(error, HTTPException) else 404
    return json_response({"error": message}, status=status)


def build_control_routes(state: SandboxState) -> list[BaseRoute]:
    """Return the control routes of one server, its own additions included."""
    control = _Control(state)
    return [
        control_route("/counters", control.show_counters, methods=["GET"]),
        control_route("/requests", control.show_requests, methods=["GET"]),
        control_route("/faults", control.show_faults, methods=["GET"]),
        control_route("/faults", control.arm_faults, methods=["POST"]),
        control_route("/faults", control.clear_faults, methods=["DELETE"]),
        control_route("/faults/schedule", control.arm_schedule, methods=["POST"]),
        control_route("/faults/release", control.release_faults, methods=["POST"]),
        control_route("/clock", control.show_clock, methods=["GET"]),
        control_route("/clock", control.move_clock, methods=["POST"]),
        control_route("/switches", control.show_switches, methods=["GET"]),
        control_route("/switches", control.turn_switches, methods=["POST"]),
        control_route("/reset", control.reset, methods=["POST"]),
        *state.control_routes,
    ]


class _Control:
    """The common endpoints, over one server's state."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state

    async def show_counters(self, _request: Request) -> object:
        return self._state.counters.snapshot()

    async def show_requests(self, _request: Request) -> object:
        return list(self._state.recent_calls)

    async def show_faults(self, _request: Request) -> object:
        return self._state.faults.describe()

    async def arm_faults(self, request: Request) -> object:
        given = decode_json(await request.body())
        faults = given if isinstance(given, list) else [given]
        for fault in faults:
            # All or none: a bad one at the end must not leave those before it in place.
            self._state.faults.read(fault)
        return {"ids": [self._state.faults.arm(fault) for fault in faults]}

    async def arm_schedule(self, request: Request) -> object:
        given = decode_object(await request.body())
        return {"ids": [self._state.faults.arm_schedule(given)]}

    async def clear_faults(self, request: Request) -> object:
        self._state.faults.clear(await _read_number(request))
        return {}

    async def release_faults(self, request: Request) -> object:
        return {"released": self._state.faults.release(await _read_number(request))}

    async def show_clock(self, _request: Request) -> object:
        return {"now": self._state.clock.now().isoformat()}

    async def move_clock(self, request: Request) -> object:
        clock = self._state.clock
        match decode_object(await request.body()):
            case {"set": str(moment)}:
                clock.set(dt.datetime.fromisoformat(moment))
            case {"advance_s": seconds}:
                clock.advance(float(str(seconds)))
            case {"reset": True}:
                clock.reset()
            case other:
                message = f"set, advance_s or reset expected, not {other}"
                raise ValueError(message)
        return await self.show_clock(request)

    async def show_switches(self, _request: Request) -> object:
        return self._state.switches.snapshot()

    async def turn_switches(self, request: Request) -> object:
        self._state.switches.turn(decode_object(await request.body()))
        return self._state.switches.snapshot()

    async def reset(self, _request: Request) -> object:
        self._state.faults.forget()
        self._state.switches.reset()
        self._state.counters.reset()
        self._state.recent_calls.clear()
        for restore in self._state.on_reset:
            restore()
        return {}


async def _read_number(request: Request) -> int | None:
    """Return the number of the fault that is meant; None for all."""
    number = decode_object(await request.body()).get("id")
    if number is not None and type(number) is not int:
        message = f"id: the number of a fault was expected, not {number!r}"
        raise TypeError(message)
    return number
