"""Being told to stop: a signal ends the process with 128 + its number, never with 0."""

from __future__ import annotations

import signal

SIGNAL_BASE = 128
"""A shell's exit code of a process ended by signal n is 128 + n."""


class Stopped(SystemExit):
    """The process was asked to end and has finished the write under way.

    A `SystemExit`, so that no handler of mere errors takes it for one.
    """

    def __init__(self, signal_number: int) -> None:
        """Carry the exit code a shell expects of a process ended by a signal."""
        self.signal_number = signal_number
        super().__init__(SIGNAL_BASE + signal_number)

    @property
    def signal_name(self) -> str:
        """The signal's name, such as SIGTERM."""
        return signal.Signals(self.signal_number).name
