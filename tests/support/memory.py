"""The most memory that running processes hold."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from subprocess import Popen

LIMIT_BYTES = 150 * 1000 * 1000
"""What no plugin may hold, however much it reads."""


def watch(processes: dict[str, Popen[bytes]]) -> dict[str, int]:
    """Watch processes until all have ended; return the most memory each held, in bytes."""
    peaks = dict.fromkeys(processes, 0)
    pause = threading.Event()
    while any(process.poll() is None for process in processes.values()):
        for name, process in processes.items():
            with contextlib.suppress(psutil.NoSuchProcess):
                peaks[name] = max(peaks[name], psutil.Process(process.pid).memory_info().rss)
        pause.wait(0.05)
    return peaks
