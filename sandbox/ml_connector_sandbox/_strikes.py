"""Faults of the connection: cut, late, stalled, held; one function per kind."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from ml_connector_sandbox._exchange import Exchange
    from ml_connector_sandbox._fault_board import Hit


async def strike_cut_before(exchange: Exchange, _hit: Hit) -> None:
    """Cut the connection; the request has no effect."""
    await exchange.cut()


async def strike_cut_after(exchange: Exchange, _hit: Hit) -> None:
    """Cut the connection once the request has taken effect."""
    await exchange.take_effect()
    await exchange.cut()


async def strike_late(exchange: Exchange, hit: Hit) -> None:
    """Cut the connection; the effect comes afterwards, as behind a queue."""
    await exchange.cut()
    await follow_later(exchange, hit)


async def strike_stall(exchange: Exchange, hit: Hit) -> None:
    """Take effect at once and answer late."""
    answer = await exchange.take_effect()
    await asyncio.sleep(hit.fault.seconds)
    await exchange.send_all(answer)


async def strike_hang(exchange: Exchange, hit: Hit) -> None:
    """Hold the request until it is released, before or after its effect."""
    effect = hit.fault.effect
    answer = await exchange.take_effect() if effect == "done" else None
    with hit.holding():
        # An effect to come later comes even when the client has died meanwhile, as on IIS.
        if effect == "later":
            await hit.released.wait()
        else:
            await _first_of(hit.released.wait(), exchange.gone())
    if hit.is_dropped or effect == "none":
        await exchange.cut()
    elif answer is not None:
        await exchange.send_all(answer)
    else:
        await exchange.answer()


async def follow_later(exchange: Exchange, hit: Hit) -> None:
    """Let the request take effect when its time has come."""
    with hit.pending():
        await hit.wait_for_time()
    if not hit.is_dropped:
        await exchange.take_effect()


async def _first_of(*waits: Awaitable[object]) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
