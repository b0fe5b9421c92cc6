"""Faults of the answer: errors, slow, broken off, of the wrong kind, out of order."""

from __future__ import annotations

import asyncio
import datetime as dt
import email.utils
import gzip
import random
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, Response

from ml_connector_sandbox._strikes import follow_later
from ml_connector_sandbox._wire import decode_json, encode_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml_connector_sandbox._exchange import Answer, Exchange
    from ml_connector_sandbox._fault_board import Hit

_PAGE = """<!DOCTYPE html>
<html><head><title>Sign in</title></head>
<body><h1>Sign in to continue</h1><p>Your session has ended.</p></body></html>
"""


async def strike_error(exchange: Exchange, hit: Hit) -> None:
    """Answer with the product's own error."""
    await _answer_instead(exchange, hit, exchange.error_answer(hit.fault, exchange.scope))


async def strike_status(exchange: Exchange, hit: Hit) -> None:
    """Answer with what the test made up."""
    fault = hit.fault
    answer = Response(fault.body or "", status_code=fault.status)
    await _answer_instead(exchange, hit, answer)


async def strike_wrong_type(exchange: Exchange, hit: Hit) -> None:
    """Answer 200 with a web page."""
    fault = hit.fault
    answer = HTMLResponse(_PAGE if fault.body is None else fault.body)
    await _answer_instead(exchange, hit, answer)


async def _answer_instead(exchange: Exchange, hit: Hit, answer: Response) -> None:
    """Send `answer` for the product's; the request takes effect as the fault says."""
    answer.headers.update(hit.fault.headers)
    if (retry_after := _retry_after(exchange, hit)) is not None:
        answer.headers["retry-after"] = retry_after
    if hit.fault.effect == "done":
        await exchange.take_effect()
    await exchange.respond(answer)
    if hit.fault.effect == "later":
        await follow_later(exchange, hit)


def _retry_after(exchange: Exchange, hit: Hit) -> str | None:
    value = hit.fault.retry_after
    if isinstance(value, int) and hit.fault.retry_after_form == "date":
        moment = exchange.clock.now() + dt.timedelta(seconds=value)
        return email.utils.format_datetime(moment, usegmt=True)
    return None if value is None else str(value)


async def strike_slow_body(exchange: Exchange, hit: Hit) -> None:
    """Send the headers at once and the body in pieces, evenly over the time."""
    answer = await exchange.take_effect()
    await exchange.send(answer.start)
    pause_s = hit.fault.seconds / hit.fault.pieces
    for piece in _cut_up(answer.body, hit.fault.pieces):
        await asyncio.sleep(pause_s)
        await exchange.send({"type": "http.response.body", "body": piece, "more_body": True})
    await exchange.send({"type": "http.response.body", "body": b""})


def _cut_up(body: bytes, pieces: int) -> Iterator[bytes]:
    size = max(1, -(-len(body) // pieces))
    return (body[start : start + size] for start in range(0, len(body), size))


async def strike_truncate(exchange: Exchange, hit: Hit) -> None:
    """Break the body off; an answer without a body is cut off whole."""
    answer = await exchange.take_effect()
    if not answer.body:
        await exchange.cut()
        return
    if hit.fault.how in {"length", "gzip"}:
        await _send_seemingly_whole(exchange, answer, hit)
        return
    is_chunked = hit.fault.how == "chunked"
    await exchange.send(answer.start_with({"content-length": None} if is_chunked else {}))
    kept = _first_part(answer.body, hit.fault.bytes)
    await exchange.send({"type": "http.response.body", "body": kept, "more_body": True})
    await exchange.close()


async def _send_seemingly_whole(exchange: Exchange, answer: Answer, hit: Hit) -> None:
    changes: dict[str, str | None] = {}
    body = answer.body
    if hit.fault.how == "gzip":
        # Already compressed bodies are compressed once more: it is broken either way.
        body = gzip.compress(body, mtime=0)
        changes["content-encoding"] = "gzip"
    kept = _first_part(body, hit.fault.bytes)
    changes["content-length"] = str(len(kept))
    await exchange.send(answer.start_with(changes))
    await exchange.send({"type": "http.response.body", "body": kept})


def _first_part(body: bytes, size: int) -> bytes:
    return body[: min(size, len(body) // 2)]


async def strike_shuffle(exchange: Exchange, hit: Hit) -> None:
    """Answer with every list of the top level in an order that the seed draws."""
    answer = await exchange.take_effect()
    try:
        body = decode_json(answer.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        await exchange.send_all(answer)
        return
    # A second strike draws another order than the first.
    dice = random.Random(f"{hit.fault.seed}/{hit.number}")  # noqa: S311  # reproducible
    for value in body.values():
        if isinstance(value, list):
            dice.shuffle(value)
    raw = encode_json(body)
    await exchange.send(answer.start_with({"content-length": str(len(raw))}))
    await exchange.send({"type": "http.response.body", "body": raw})
