"""The tenant's rate limit: a token bucket of 600 that refills in a minute (Anaplan sheet §8).

It refills on the virtual clock, which runs with the real one: a test that moves the clock a minute
on has a full bucket.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ml_connector_sandbox._clock import VirtualClock


class Bucket:
    """Requests all users of the tenant may still make."""

    def __init__(self, clock: VirtualClock) -> None:
        """Start full."""
        self._clock = clock
        self._spent = 0.0
        self._looked_at = clock.now()

    def take(self, per_minute: int) -> int:
        """Take one request; return 0, or the whole seconds until there is one again."""
        now = self._clock.now()
        refilled = (now - self._looked_at).total_seconds() * per_minute / 60
        self._looked_at = now
        self._spent = max(0.0, self._spent - max(0.0, refilled))
        if self._spent + 1 > per_minute:
            return max(1, math.ceil((self._spent + 1 - per_minute) * 60 / per_minute))
        self._spent += 1
        return 0
