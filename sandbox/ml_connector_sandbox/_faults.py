"""Faults: failures that a test injects into chosen requests.

A fault waits for requests that match its method and path, lets `after` of them pass, then
strikes `times` times (0: for ever). At most one fault strikes a request: the oldest that is
due. Kinds, with `effect` saying whether the request takes effect:

==========  ==================  ======================================================
kind        effect              what the client sees
==========  ==================  ======================================================
status      none (default)      an answer with `status`, `body`, `headers`, `retry_after`;
            or done             done: the request took effect behind the client's back
cut_before  always none         the connection is reset without an answer
cut_after   always done         the same
late        later               the same; the effect follows after `seconds`
stall       done                the answer comes, `seconds` late
hang        none (default),     nothing, until released: then none resets the connection,
            done or later       done sends the answer held back, later does and answers
truncate    done                the answer breaks off after `bytes` of its body
==========  ==================  ======================================================
"""

from __future__ import annotations

import asyncio
import re
from typing import Annotated, Literal

import msgspec

FaultKind = Literal["status", "cut_before", "cut_after", "late", "stall", "hang", "truncate"]
Effect = Literal["none", "done", "later"]
HTTP_STATUS = Annotated[int, msgspec.Meta(ge=200, le=599)]
HEADER_NAME = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9-]+$")]
HEADER_TEXT = Annotated[str, msgspec.Meta(pattern=r"^[ -~]*$")]


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What `POST /_sandbox/faults` takes; see the module's table."""

    kind: FaultKind
    method: str = ".*"
    """Regular expression for the whole method."""
    path: str = ".*"
    """Regular expression searched in path and query, as sent (percent-decoded path)."""
    after: int = 0
    """How many matching requests pass unharmed first."""
    times: int = 1
    """How many matching requests are struck; 0 for all that follow."""
    status: HTTP_STATUS = 500
    retry_after: int | HEADER_TEXT | None = None
    headers: dict[HEADER_NAME, HEADER_TEXT] = {}
    body: str | None = None
    seconds: Annotated[float, msgspec.Meta(ge=0)] = 1.0
    bytes: Annotated[int, msgspec.Meta(ge=0)] = 20
    effect: Effect = "none"


class ArmedFault:
    """A fault in place: what it is, and what it has done so far."""

    def __init__(self, fault: Fault, *, number: int) -> None:
        """Put `fault` in place under `number`."""
        self.fault = fault
        self.number = number
        self.seen = 0
        self.fired = 0
        self.holding = 0
        self.released = asyncio.Event()
        self._method = re.compile(fault.method, re.IGNORECASE)
        self._path = re.compile(fault.path)

    def matches(self, method: str, target: str) -> bool:
        """Tell whether a request is one this fault waits for."""
        return bool(self._method.fullmatch(method) and self._path.search(target))

    @property
    def is_due(self) -> bool:
        """Whether the request seen last is to be struck."""
        fault = self.fault
        return self.seen > fault.after and (fault.times == 0 or self.fired < fault.times)

    def describe(self) -> dict[str, object]:
        """Return the fault as `GET /_sandbox/faults` shows it."""
        return {
            "id": self.number,
            "kind": self.fault.kind,
            "method": self.fault.method,
            "path": self.fault.path,
            "seen": self.seen,
            "fired": self.fired,
            "holding": self.holding,
        }


class FaultBoard:
    """All faults of one server."""

    def __init__(self) -> None:
        """Start with none."""
        self._armed: list[ArmedFault] = []
        self._last_number = 0

    def arm(self, fault: Fault) -> ArmedFault:
        """Put `fault` in place.

        Raises:
            re.error: A pattern is not a regular expression.
        """
        self._last_number += 1
        armed = ArmedFault(fault, number=self._last_number)
        self._armed.append(armed)
        return armed

    def strike(self, method: str, target: str) -> ArmedFault | None:
        """Show one request to every fault and return the one that strikes it, if any."""
        due: ArmedFault | None = None
        for armed in self._armed:
            if not armed.matches(method, target):
                continue
            armed.seen += 1
            if due is None and armed.is_due:
                due = armed
        if due is not None:
            due.fired += 1
        return due

    def release(self, number: int | None = None) -> int:
        """Let hanging requests go on, all or those of one fault; return how many hung."""
        chosen = [armed for armed in self._armed if number in (None, armed.number)]
        held = sum(armed.holding for armed in chosen)
        for armed in chosen:
            armed.released.set()
        return held

    def clear(self, number: int | None = None) -> None:
        """Take faults away, all or one, releasing what they hold."""
        self.release(number)
        self._armed = [armed for armed in self._armed if number not in (None, armed.number)]

    def describe(self) -> list[dict[str, object]]:
        """Return every fault in place, oldest first."""
        return [armed.describe() for armed in self._armed]
