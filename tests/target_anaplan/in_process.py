"""The installed command, run within the test's own process: the same entry point, no start-up time.

`TARGET_TESTS_INSTALLED=1` makes every test of this folder start a process instead.
"""

from __future__ import annotations

import io
import logging
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from target_anaplan.target import TargetAnaplan

if TYPE_CHECKING:
    from collections.abc import Iterator

USE_PROCESSES = os.environ.get("TARGET_TESTS_INSTALLED") == "1"


def run_command(arguments: list[str], *, stdin: bytes) -> tuple[int, bytes, bytes]:
    """Run `target-anaplan ARGUMENTS`; return exit code, standard output and the log."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    log = io.StringIO()
    with _streams(io.TextIOWrapper(io.BytesIO(stdin)), out), _logging_to(log):
        try:
            TargetAnaplan.cli(args=arguments)
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
        else:
            code = 0
    out.flush()
    return code, out.buffer.getvalue(), log.getvalue().encode()  # type: ignore[attr-defined]


@contextmanager
def _streams(stdin: io.TextIOWrapper, stdout: io.TextIOWrapper) -> Iterator[None]:
    before = sys.stdin, sys.stdout
    sys.stdin, sys.stdout = stdin, stdout
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
        # The SDK adds a handler per command, which would write to streams of tests gone by.
        root.handlers[:] = [one for one in handlers if one is not handler]
        root.setLevel(before)
