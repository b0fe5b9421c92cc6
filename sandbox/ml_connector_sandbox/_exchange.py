"""One request under a fault, and the ways it can be dealt with."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ml_connector_sandbox._clock import VirtualClock
    from ml_connector_sandbox._faults import Fault

ErrorAnswer = Callable[["Fault", "Scope"], Response]
"""Builds the imitated product's own error answer to a request."""

# Closing a socket that lingers for no time resets the connection (TCP RST).
_LINGER_NOT = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


def answer_plain_error(fault: Fault, _scope: Scope) -> Response:
    """Answer as a server without a manner of its own."""
    return PlainTextResponse(fault.message or "", status_code=fault.status)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer that was not sent yet."""

    messages: list[Message]

    @property
    def start(self) -> Message:
        """Status and headers."""
        return next(one for one in self.messages if one["type"] == "http.response.start")

    @property
    def body(self) -> bytes:
        """The whole body."""
        return b"".join(message.get("body", b"") for message in self.messages)

    def start_with(self, changes: dict[str, str | None]) -> Message:
        """Return status and headers with some headers replaced, or left out where None."""
        names = {name.encode() for name in changes}
        kept = [pair for pair in self.start["headers"] if pair[0].lower() not in names]
        added = [(name.encode(), value.encode()) for name, value in changes.items() if value]
        return {**self.start, "headers": [*kept, *added]}


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request under a fault, its body already read."""

    app: ASGIApp
    scope: Scope
    body: bytes
    receive: Receive
    send: Send
    transport: asyncio.Transport | None
    clock: VirtualClock
    error_answer: ErrorAnswer

    async def answer(self) -> None:
        """Let the request take effect and answer it."""
        await self.app(self.scope, self._replay(), self.send)

    async def take_effect(self) -> Answer:
        """Let the request take effect; return the answer unsent."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self.app(self.scope, self._replay(), keep)
        return Answer(messages=messages)

    async def send_all(self, answer: Answer) -> None:
        """Send an answer held back."""
        for message in answer.messages:
            await self.send(message)

    async def respond(self, response: Response) -> None:
        """Send an answer that the product did not give."""
        await response(self.scope, self.receive, self.send)

    async def cut(self) -> None:
        """Reset the connection at TCP level; the client gets no answer."""
        if self.transport is None or self.transport.is_closing():
            return
        raw = self.transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        self.transport.abort()
        await self.gone()

    async def close(self) -> None:
        """Close the connection after what was sent so far."""
        if self.transport is not None:
            self.transport.close()
        await self.gone()

    async def gone(self) -> None:
        """Wait until the client is not connected any more."""
        while (await self.receive())["type"] != "http.disconnect":
            pass

    def _replay(self) -> Receive:
        messages: list[Message] = [
            {"type": "http.request", "body": self.body, "more_body": False},
        ]

        async def receive() -> Message:
            if messages:
                return messages.pop()
            # Whether the client still listens is no business of the effect.
            await asyncio.Event().wait()
            return {"type": "http.disconnect"}

        return receive


async def read_body(receive: Receive) -> bytes:
    """Read a request's body to its end, or to where the client went away."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return b"".join(parts)
