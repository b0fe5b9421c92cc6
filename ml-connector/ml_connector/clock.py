"""The one place that reads the time and sleeps; everything else is handed a `Clock`."""

from __future__ import annotations

import time
from typing import Protocol

import pendulum
from typing_extensions import override


class Clock(Protocol):
    """Time as the connector sees it; tests pass one that records its sleeps."""

    def now(self) -> pendulum.DateTime:
        """Return the current moment in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards; only differences mean anything."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait for `seconds`; nothing at all when they are not positive."""
        ...


class SystemClock(Clock):
    """The computer's own clock."""

    @override
    def now(self) -> pendulum.DateTime:
        """Return the current moment in UTC."""
        return pendulum.now("UTC")

    @override
    def monotonic(self) -> float:
        """Return seconds since an arbitrary start."""
        return time.monotonic()

    @override
    def sleep(self, seconds: float) -> None:
        """Wait for `seconds`; nothing at all when they are not positive."""
        if seconds > 0:
            time.sleep(seconds)  # noqa: TID251 - the clock is where sleeping lives
