"""A clock for which waiting takes no time: client and sandbox skip it together.

Whatever the product waits for, it waits for by its own rules, with its own figures; only nobody
sits through it. Tokens age, tasks run and limits count on the sandbox's clock as if somebody had.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ml_connector.clock import SystemClock
from typing_extensions import override

if TYPE_CHECKING:
    import pendulum

    from tests.support.sandbox import Sandbox


class SharedTime(SystemClock):
    """The computer's time and what was skipped of it; threads may share one."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Skip nothing yet."""
        self.sleeps: list[float] = []
        self._sandbox = sandbox
        self._skipped_s = 0.0
        self._threads = threading.Lock()

    @override
    def now(self) -> pendulum.DateTime:
        return super().now().add(microseconds=int(self._skipped_s * 1_000_000))

    @override
    def monotonic(self) -> float:
        return super().monotonic() + self._skipped_s

    @override
    def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return
        with self._threads:
            self._sandbox.anaplan("POST", "clock", {"advance_s": seconds})
            self._skipped_s += seconds
            self.sleeps.append(seconds)
