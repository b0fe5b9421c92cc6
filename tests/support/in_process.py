"""The plugins' commands within the test's own process: the same entry points, no start-up time.

What a test of many runs would spend on starting interpreters goes into more runs; the rest is as
installed: the same arguments, standard input and output, real HTTP.
"""

from __future__ import annotations

import io
import logging
import sys
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from tap_sage300.tap import TapSage300
from target_anaplan.target import TargetAnaplan

from tests.support.pipeline import Pipeline, Run, last

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FORMAT = "%(asctime)s | %(levelname)-8s | %(name)s | %(message)s"


def run_in_process(pipeline: Pipeline) -> Run:
    """Run tap and target once, one after the other, and keep the state.

    The tap's output is given to the target when the tap has ended, whole or cut short.
    """
    tap_exit, messages, tap_log = run_command(TapSage300, pipeline.tap_command()[1:])
    target_exit, printed, target_log = run_command(
        TargetAnaplan, pipeline.target_command()[1:], stdin=messages
    )
    return pipeline.keep(Run(tap_exit, target_exit, tap_log, target_log, last(printed)))


def run_command(
    plugin: type[Any], arguments: Sequence[str], *, stdin: bytes = b""
) -> tuple[int, bytes, str]:
    """Run a plugin's command; return exit code, standard output and log."""
    log, code = io.StringIO(), 0
    given = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    # A file of the system: the tap asks its standard output for a number.
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
        with _streams(given, out), _logging_to(log):
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
