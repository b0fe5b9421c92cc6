"""What each kind of fault does to the request it strikes; one function per kind."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ml_connector_sandbox._faults import ArmedFault, FaultKind

# Closing a socket that lingers for no time resets the connection (TCP RST).
_LINGER_NOT = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request under a fault, its body already read."""

    app: ASGIApp
    scope: Scope
    body: bytes
    receive: Receive
    send: Send
    transport: asyncio.Transport | None

    async def answer(self) -> None:
        """Let the request take effect and answer it."""
        await self.app(self.scope, self._replay(), self.send)

    async def take_effect(self) -> list[Message]:
        """Let the request take effect; return the answer unsent."""
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        await self.app(self.scope, self._replay(), keep)
        return answer

    async def send_all(self, answer: list[Message]) -> None:
        """Send an answer held back."""
        for message in answer:
            await self.send(message)

    async def cut(self) -> None:
        """Reset the connection at TCP level; the client gets no answer."""
        if self.transport is None or self.transport.is_closing():
            return
        raw = self.transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        self.transport.abort()
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


async def strike(exchange: Exchange, armed: ArmedFault) -> None:
    """Answer `exchange` as the fault says."""
    await _STRIKES[armed.fault.kind](exchange, armed)


async def _strike_status(exchange: Exchange, armed: ArmedFault) -> None:
    fault = armed.fault
    if fault.effect == "done":
        await exchange.take_effect()
    body = (fault.body or "").encode()
    headers = {"content-length": str(len(body)), **fault.headers}
    if fault.retry_after is not None:
        headers["retry-after"] = str(fault.retry_after)
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await exchange.send(
        {"type": "http.response.start", "status": fault.status, "headers": pairs},
    )
    await exchange.send({"type": "http.response.body", "body": body})


async def _strike_cut_before(exchange: Exchange, _armed: ArmedFault) -> None:
    await exchange.cut()


async def _strike_cut_after(exchange: Exchange, _armed: ArmedFault) -> None:
    await exchange.take_effect()
    await exchange.cut()


async def _strike_late(exchange: Exchange, armed: ArmedFault) -> None:
    await exchange.cut()
    await asyncio.sleep(armed.fault.seconds)
    await exchange.take_effect()


async def _strike_stall(exchange: Exchange, armed: ArmedFault) -> None:
    answer = await exchange.take_effect()
    await asyncio.sleep(armed.fault.seconds)
    await exchange.send_all(answer)


async def _strike_hang(exchange: Exchange, armed: ArmedFault) -> None:
    answer = await exchange.take_effect() if armed.fault.effect == "done" else []
    armed.holding += 1
    try:
        # An effect to come later comes even when the client has died meanwhile, as on IIS.
        if armed.fault.effect == "later":
            await armed.released.wait()
        else:
            await _first_of(armed.released.wait(), exchange.gone())
    finally:
        armed.holding -= 1
    match armed.fault.effect:
        case "none":
            await exchange.cut()
        case "done":
            await exchange.send_all(answer)
        case "later":
            await exchange.answer()


async def _strike_truncate(exchange: Exchange, armed: ArmedFault) -> None:
    answer = await exchange.take_effect()
    start = next(message for message in answer if message["type"] == "http.response.start")
    body = b"".join(message.get("body", b"") for message in answer)
    kept = body[: min(armed.fault.bytes, len(body) // 2)]
    await exchange.send(start)
    await exchange.send({"type": "http.response.body", "body": kept, "more_body": True})
    if exchange.transport is not None:
        exchange.transport.close()
    await exchange.gone()


async def _first_of(*waits: Awaitable[object]) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


_STRIKES: dict[FaultKind, Callable[[Exchange, ArmedFault], Awaitable[None]]] = {
    "status": _strike_status,
    "cut_before": _strike_cut_before,
    "cut_after": _strike_cut_after,
    "late": _strike_late,
    "stall": _strike_stall,
    "hang": _strike_hang,
    "truncate": _strike_truncate,
}
