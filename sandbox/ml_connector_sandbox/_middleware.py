"""The shell around an imitated product: counting, faults, latency, the clock's `Date`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount

from ml_connector_sandbox._control import answer_unknown, build_control_routes
from ml_connector_sandbox._exchange import Exchange, read_body

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ml_connector_sandbox._part import Part, SandboxState

CONTROL_PATH = "/_sandbox"

FindTransport = Callable[[tuple[str, int]], asyncio.Transport | None]
"""Given a client's address, the transport it is connected by."""


class SandboxShell:
    """ASGI application: control endpoints of its own, everything else through the part."""

    def __init__(self, app: ASGIApp, *, state: SandboxState, find_transport: FindTransport) -> None:
        """Put the machinery of `state` around `app`."""
        self._app = app
        self._state = state
        self._find_transport = find_transport
        self._under_way = 0
        state.counters.declare("requests_at_once")
        routes = build_control_routes(state)
        self._control = Starlette(
            routes=[Mount(CONTROL_PATH, routes=routes)],
            exception_handlers={HTTPException: answer_unknown},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if scope["path"].startswith(CONTROL_PATH):
            await self._control(scope, receive, self._stamped(send))
            return
        with self._counted() as ended:
            await self._answer(scope, receive, _until_last(send, ended))

    @contextmanager
    def _counted(self) -> Iterator[Callable[[], None]]:
        """Count a request while it is under way; what is yielded ends it once, at any time."""
        self._under_way += 1
        self._state.counters.note_peak("requests_at_once", self._under_way)
        with ExitStack() as stack:
            stack.callback(self._end_one)
            yield stack.close

    def _end_one(self) -> None:
        self._under_way -= 1

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        state = self._state
        method, target = scope["method"], _target_of(scope)
        call: dict[str, object] = {"method": method, "target": target, "status": None}
        state.counters.add_keyed("requests", key=method)
        state.recent_calls.append(call)
        hit = state.faults.strike(scope, target)
        if state.latency_ms:
            await asyncio.sleep(state.latency_ms / 1000)
        recorded = self._recorded(self._stamped(send), call)
        if hit is None:
            await self._app(scope, receive, recorded)
        else:
            state.counters.add_keyed("faults", key=hit.fault.kind)
            call["fault"] = hit.fault.kind
            exchange = await self._exchange(scope, receive, recorded)
            await state.faults.carry_out(hit, exchange)
        if call["status"] is not None:
            state.faults.see_answer(method, target)

    async def _exchange(self, scope: Scope, receive: Receive, send: Send) -> Exchange:
        return Exchange(
            app=self._app,
            scope=scope,
            body=await read_body(receive),
            receive=receive,
            send=send,
            transport=self._find_transport(scope["client"]),
            clock=self._state.clock,
            error_answer=self._state.error_answer,
        )

    def _stamped(self, send: Send) -> Send:
        async def send_stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = self._state.clock.http_date().encode("ascii")
                message = {**message, "headers": [*message.get("headers", ()), (b"date", date)]}
            await send(message)

        return send_stamped

    def _recorded(self, send: Send, call: dict[str, object]) -> Send:
        async def send_recorded(message: Message) -> None:
            if message["type"] == "http.response.start":
                call["status"] = message["status"]
                self._state.counters.add_keyed("statuses", key=str(message["status"]))
            await send(message)

        return send_recorded


def wrap_part(part: Part, *, find_transport: FindTransport) -> SandboxShell:
    """Put the shell around a part's application."""
    return SandboxShell(part.app, state=part.state, find_transport=find_transport)


def _until_last(send: Send, ended: Callable[[], None]) -> Send:
    """Call `ended` just before the client has the whole answer, and may ask for more."""

    async def send_last(message: Message) -> None:
        if message["type"] == "http.response.body" and not message.get("more_body"):
            ended()
        await send(message)

    return send_last


def _target_of(scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    path: str = scope["path"]
    return f"{path}?{query}" if query else path
