"""The plugins' commands within the test's own process: the same entry points, no start-up time.

What a test of many runs would spend on starting interpreters goes into more runs; the rest is as
installed: the same arguments, standard input and output, real HTTP.
"""

from __future__ import annotations

import io
import logging
import signal
import sys
import tempfile
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ml_connector.clock import Clock

FORMAT = "%(asctime)s | %(levelname)-8s | %(name)s | %(message)s"


def on_clock(plugin: type[Any], clock: Clock | None) -> type[Any]:
    """Return the plugin, going by `clock`."""
    return plugin if clock is None else type(plugin.__name__, (plugin,), {"clock": clock})


def run_command(
    plugin: type[Any], arguments: Sequence[str], *, stdin: bytes = b""
) -> tuple[int, bytes, str]:
    """Run a plugin's command; return exit code, standard output and log."""
    log, code = io.StringIO(), 0
    given = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    # A file of the system: the tap asks its standard output for a number.
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
        with _streams(given, out), _logging_to(log), _signals():
            try:
                plugin.cli(args=list(arguments))
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
        out.flush()
        out.seek(0)
        return code, out.buffer.read(), log.getvalue()


@contextmanager
def _streams(stdin: TextIO, stdout: TextIO) -> Iterator[None]:
    before = sys.stdin, sys.stdout
    sys.stdin, sys.stdout = stdin, stdout
    try:
        yield
    finally:
        sys.stdin, sys.stdout = before


@contextmanager
def _signals() -> Iterator[None]:
    """Take back what a plugin does about signals: Ctrl-C ends the tests again."""
    before = [(each, signal.getsignal(each)) for each in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            for each, handler in before:
                signal.signal(each, handler)


@contextmanager
def _logging_to(log: io.StringIO) -> Iterator[None]:
    handler = logging.StreamHandler(log)
    handler.setFormatter(logging.Formatter(FORMAT))
    root = logging.getLogger()
    root.addHandler(handler)
    before, handlers = root.level, root.handlers[:]
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        # The SDK adds a handler per command, which would write to streams of tests gone by.
        root.handlers[:] = [one for one in handlers if one is not handler]
        root.setLevel(before)
