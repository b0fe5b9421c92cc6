"""The faults and schedules in place on one server, and what they have done so far."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter, deque
from contextlib import contextmanager, suppress
from enum import Enum
from typing import TYPE_CHECKING

import msgspec

from ml_connector_sandbox._fault_kinds import COMMON_KINDS, USUAL_KINDS
from ml_connector_sandbox._faults import WAITING, Fault, Look, Schedule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from starlette.types import Scope

    from ml_connector_sandbox._exchange import Exchange
    from ml_connector_sandbox._fault_kinds import FaultKind

_NOTES_MAX = 1000
"""How many notes of what was done are kept for `GET faults`, newest last."""


class _Pattern:
    """Method and path of requests that are waited for."""

    def __init__(self, method: str, path: str) -> None:
        self._method = re.compile(method, re.IGNORECASE)
        self._path = re.compile(path)

    def matches(self, method: str, target: str) -> bool:
        return bool(self._method.fullmatch(method) and self._path.search(target))


class Phase(Enum):
    """What a hit is doing."""

    ACTING = "acting"
    HOLDING = "holding"
    PENDING = "pending"


class Hit:
    """One request struck by one fault."""

    def __init__(self, fault: Fault, *, armed: Armed, number: int) -> None:
        """Enter the strike that is the `number`-th of its fault or schedule."""
        self.fault = fault
        self.number = number
        self.released = asyncio.Event()
        self.phase = Phase.ACTING
        self.is_dropped = False
        self._armed = armed
        self._look = None if fault.until is None else _pattern_of(fault.until)
        self._looks_left = 0 if fault.until is None else fault.until.times

    def note(self, **facts: object) -> None:
        """Keep what was done, for whoever asks for the faults."""
        self._armed.notes.append({"strike": self.number, **facts})

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Show that the request is held."""
        yield from self._in_phase(Phase.HOLDING)

    @contextmanager
    def pending(self) -> Iterator[None]:
        """Show that the effect is still to come."""
        yield from self._in_phase(Phase.PENDING)

    def _in_phase(self, phase: Phase) -> Iterator[None]:
        self.phase = phase
        try:
            yield
        finally:
            self.phase = Phase.ACTING

    async def wait_for_time(self) -> None:
        """Wait until a late effect is to come: for the look or the time, or a release."""
        if self._look is not None:
            await self.released.wait()
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self.released.wait(), self.fault.seconds)

    def see_answer(self, method: str, target: str) -> None:
        """Let the effect come when this answer was the look it waited for."""
        if self._look is None or not self._look.matches(method, target):
            return
        self._looks_left -= 1
        if self._looks_left <= 0:
            self.released.set()

    def clear(self) -> None:
        """Go on without the fault: what waits for time alone comes at its time."""
        if self.phase is Phase.HOLDING or self._look is not None:
            self.released.set()

    def drop(self) -> None:
        """Never take effect any more."""
        self.is_dropped = True
        self.released.set()


class Armed:
    """A fault or schedule in place."""

    def __init__(self, asked: Fault | Schedule, *, choices: Sequence[Fault], number: int) -> None:
        """Put `asked` in place under `number`; what strikes is one of `choices`."""
        self.asked = asked
        self.choices = choices
        self.number = number
        self.seen = 0
        self.fired: Counter[str] = Counter()
        self.notes: deque[dict[str, object]] = deque(maxlen=_NOTES_MAX)
        self._pattern = _pattern_of(asked)

    def take(self, method: str, target: str, concerned: Sequence[Fault]) -> Fault | None:
        """Show it a request that `concerned` could strike; return the one that does, if any."""
        if not self._pattern.matches(method, target):
            return None
        if isinstance(self.asked, Fault) and not concerned:
            return None
        self.seen += 1
        is_spent = self.asked.times and self.fired.total() >= self.asked.times
        if self.seen <= self.asked.after or is_spent or not concerned:
            return None
        return self._draw(self.asked, concerned)

    def _draw(self, asked: Fault | Schedule, concerned: Sequence[Fault]) -> Fault | None:
        if isinstance(asked, Fault):
            return asked
        # Of its own for each request: nothing that happened before changes what is drawn.
        dice = random.Random(f"{asked.seed}/{self.seen}")  # noqa: S311  # reproducible
        return dice.choice(concerned) if dice.random() < asked.rate else None

    def strike(self, fault: Fault) -> Hit:
        """Enter a strike."""
        self.fired[fault.kind] += 1
        hit = Hit(fault, armed=self, number=self.fired.total())
        if isinstance(self.asked, Schedule):
            hit.note(request=self.seen, kind=fault.kind)
        return hit

    def describe(self, phases: Counter[Phase]) -> dict[str, object]:
        """Return it as `GET /_sandbox/faults` shows it."""
        own: dict[str, object] = {"kind": self.choices[0].kind}
        if isinstance(self.asked, Schedule):
            own = {
                "kind": "schedule",
                "seed": self.asked.seed,
                "rate": self.asked.rate,
                "kinds": [fault.kind for fault in self.choices],
                "fired_by_kind": dict(self.fired),
            }
        return {
            "id": self.number,
            **own,
            "method": self.asked.method,
            "path": self.asked.path,
            "seen": self.seen,
            "fired": self.fired.total(),
            "holding": phases[Phase.HOLDING],
            "pending": phases[Phase.PENDING],
            "did": list(self.notes),
        }


def _pattern_of(asked: Fault | Schedule | Look) -> _Pattern:
    return _Pattern(asked.method, asked.path)


class FaultBoard:
    """All faults of one server."""

    def __init__(self) -> None:
        """Start with none in place, and the kinds that both servers have."""
        self._kinds: dict[str, FaultKind] = dict(COMMON_KINDS)
        self._armed: list[Armed] = []
        self._hits: dict[Hit, Armed] = {}
        self._last_number = 0

    def add_kinds(self, kinds: Mapping[str, FaultKind]) -> None:
        """Add the product's own kinds, or its own way of doing a common one."""
        self._kinds.update(kinds)

    def describe_kinds(self) -> dict[str, FaultKind]:
        """Return the kinds this server has."""
        return dict(self._kinds)

    def arm(self, given: object) -> int:
        """Put the fault that `given` describes in place and return its number.

        Raises:
            ValueError: It is no fault of this server; the message says why.
            re.error: A pattern is not a regular expression.
        """
        fault = self.read(given)
        return self._put(fault, [fault])

    def arm_schedule(self, given: object) -> int:
        """Put the schedule that `given` describes in place and return its number.

        Raises:
            ValueError: It is no schedule, or names what is no fault of this server.
            re.error: A pattern is not a regular expression.
        """
        asked = msgspec.convert(given, Schedule)
        faults = [self._read_choice(one) for one in asked.kinds or USUAL_KINDS]
        return self._put(asked, faults)

    def read(self, given: object) -> Fault:
        """Return the fault that `given` describes, checked but not in place.

        Raises:
            ValueError: It is no fault of this server; the message says why.
            re.error: A pattern is not a regular expression.
        """
        fault = msgspec.convert(given, Fault)
        kind = self._kinds.get(fault.kind)
        if kind is None:
            known = ", ".join(self._kinds)
            message = f"this server has no fault of kind {fault.kind!r}; it has {known}"
            raise ValueError(message)
        kind.check(fault, frozenset(given) if isinstance(given, dict) else frozenset())
        _pattern_of(fault)
        if fault.until is not None:
            _pattern_of(fault.until)
        return fault

    def _read_choice(self, given: str | dict[str, object]) -> Fault:
        choice = {"kind": given} if isinstance(given, str) else given
        if misplaced := WAITING.difference({"kind"}) & choice.keys():
            message = f"kinds: {', '.join(sorted(misplaced))} belong to the schedule itself"
            raise ValueError(message)
        return self.read(choice)

    def _put(self, asked: Fault | Schedule, choices: Sequence[Fault]) -> int:
        self._last_number += 1
        self._armed.append(Armed(asked, choices=choices, number=self._last_number))
        return self._last_number

    def strike(self, scope: Scope, target: str) -> Hit | None:
        """Show one request to every fault and return how it is struck, if it is."""
        due: tuple[Armed, Fault] | None = None
        for armed in self._armed:
            concerned = [one for one in armed.choices if self._kinds[one.kind].concerns(scope)]
            fault = armed.take(scope["method"], target, concerned)
            if due is None and fault is not None:
                due = armed, fault
        if due is None:
            return None
        hit = due[0].strike(due[1])
        self._hits[hit] = due[0]
        return hit

    async def carry_out(self, hit: Hit, exchange: Exchange) -> None:
        """Deal with a request as the fault that struck it says."""
        try:
            await self._kinds[hit.fault.kind].strike(exchange, hit)
        finally:
            del self._hits[hit]

    def see_answer(self, method: str, target: str) -> None:
        """Tell late effects that a request has been answered."""
        for hit in self._hits:
            hit.see_answer(method, target)

    def release(self, number: int | None = None) -> int:
        """Let held requests and late effects go on, all or one fault's; return how many."""
        waiting = [
            hit
            for hit, armed in self._hits.items()
            if hit.phase is not Phase.ACTING and number in (None, armed.number)
        ]
        for hit in waiting:
            hit.released.set()
        return len(waiting)

    def clear(self, number: int | None = None) -> None:
        """Take faults away, all or one, releasing what hangs; what is late comes at its time.

        Raises:
            KeyError: There is no fault of that number.
        """
        chosen = [armed for armed in self._armed if number in (None, armed.number)]
        if number is not None and not chosen:
            raise KeyError(f"fault {number}")
        for hit, armed in self._hits.items():
            if armed in chosen:
                hit.clear()
        self._armed = [armed for armed in self._armed if armed not in chosen]

    def forget(self) -> None:
        """Take everything away, effects that are still to come as well."""
        for hit in self._hits:
            hit.drop()
        self._armed = []

    def describe(self) -> list[dict[str, object]]:
        """Return every fault in place, oldest first."""
        return [
            armed.describe(Counter(hit.phase for hit, its in self._hits.items() if its is armed))
            for armed in self._armed
        ]
