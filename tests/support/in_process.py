"""Tap and target through their commands' own entry points, but within the test's process.

What starting two processes sixty times would cost is saved; everything else is as installed: the
same arguments, real files for standard input and output, real HTTP.
"""

from __future__ import annotations

import io
import logging
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from tap_sage300.tap import TapSage300
from target_anaplan.target import TargetAnaplan

from tests.support.pipeline import Pipeline, Run, last

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from singer_sdk.plugin_base import PluginBase


def run_in_process(pipeline: Pipeline) -> Run:
    """Run tap and target once, one after the other, and keep the state."""
    messages, printed = pipeline.folder / "tap.out", pipeline.folder / "target.out"
    tap_exit, tap_log = _run(TapSage300, pipeline.tap_command(), output=messages)
    target_exit, target_log = _run(
        TargetAnaplan, pipeline.target_command(), output=printed, source=messages
    )
    run = Run(tap_exit, target_exit, tap_log, target_log, last(printed.read_bytes()))
    return pipeline.keep(run)


def _run(
    plugin: type[PluginBase], command: list[str], *, output: Path, source: Path | None = None
) -> tuple[int, str]:
    """Run a command line; return its exit code and its log."""
    log = io.StringIO()
    with (
        (source or output).open("a+", encoding="utf-8") as stdin,
        output.open("w", encoding="utf-8") as stdout,
        _streams(stdin, stdout),
        _logging_to(log),
    ):
        stdin.seek(0)
        try:
            plugin.cli(args=command[1:])
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
        else:
            code = 0
    return code, log.getvalue()


@contextmanager
def _streams(stdin: IO[str], stdout: IO[str]) -> Iterator[None]:
    before = sys.stdin, sys.stdout
    sys.stdin, sys.stdout = stdin, stdout  # type: ignore[assignment]
    try:
        yield
    finally:
        sys.stdin, sys.stdout = before


@contextmanager
def _logging_to(log: io.StringIO) -> Iterator[None]:
    handler = logging.StreamHandler(log)
    root = logging.getLogger()
    root.addHandler(handler)
    before, handlers = root.level, root.handlers[:]
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        # The SDK adds a handler per command, which would write to streams of runs gone by.
        root.handlers[:] = [one for one in handlers if one is not handler]
        root.setLevel(before)
