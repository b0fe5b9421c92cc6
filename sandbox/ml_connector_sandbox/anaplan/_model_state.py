"""Whether the model is in memory, and what a deployed model refuses (Anaplan sheet §3.4).

A model that nobody uses is unloaded; the first request then loads it, which may take minutes. Time
passes on the virtual clock.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ml_connector_sandbox._clock import VirtualClock

_LOOK_INTERVAL_S = 0.01
_LOOKS_MAX = 360_000


class Residence(Enum):
    """Where the model is; the values are those of `currentStep` (L for Open and Closed)."""

    OPEN = "Open"
    OPENING = "Opening"
    CLOSED = "Closed"


class ModelState:
    """One model in memory, on its way there, or unloaded."""

    def __init__(self, clock: VirtualClock) -> None:
        """Start loaded, as a model is that somebody has just worked in."""
        self._clock = clock
        self._is_closed = False
        self._opened_at = clock.now()
        self._load_time = dt.timedelta()
        self.is_deleted = False
        self.production_lists: set[str] = set()
        """Names of the lists whose items may change in a deployed model."""

    @property
    def residence(self) -> Residence:
        """Where the model is now."""
        if self._is_closed:
            return Residence.CLOSED
        # A clock that was set back behind the opening finds the model open.
        passed = self._clock.now() - self._opened_at
        return Residence.OPENING if dt.timedelta() <= passed < self._load_time else Residence.OPEN

    def open(self, *, load_ms: int) -> None:
        """Begin to load a closed model; an open one stays open."""
        if self._is_closed:
            self._is_closed = False
            self._opened_at = self._clock.now()
            self._load_time = dt.timedelta(milliseconds=load_ms)

    def close(self) -> None:
        """Unload the model, whoever works in it."""
        self._is_closed = True

    async def load(self, *, load_ms: int) -> None:
        """Return when the model is in memory, which it may have to be loaded into first.

        Raises:
            TimeoutError: An hour has passed.
        """
        self.open(load_ms=load_ms)
        for _ in range(_LOOKS_MAX):
            if self.residence is not Residence.OPENING:
                return
            await asyncio.sleep(_LOOK_INTERVAL_S)
        raise TimeoutError("the model does not load")
