"""Runs of the target in a forked process that dies at a chosen point.

Points are before and after every HTTP call that writes, before every other call, and before and
after every transaction that writes the ledger. The fork starts from this process, which has
imported everything, so that a case costs what the run itself costs. Nothing is replaced: calls and
transactions are the real ones, and the process is ended by a real signal from itself. What it came
to is told through a file, its last line being the point where it died.
"""

from __future__ import annotations

import io
import math
import os
import re
import signal
import sys
import traceback
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ml_connector.ledger import calls
from ml_connector.ledger._database import Database
from ml_connector.transport._transport import Transport
from ml_connector.wire import decode_json
from sqlalchemy import event

from tests.target_sage300.conftest import QuickTarget

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

_WRITTEN = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)")
_RECORD = "posting_steps"
"""The table every step of an entry goes into."""


class Point(NamedTuple):
    """Where a run came to."""

    name: str
    detail: str
    """The address of a call, or the tables of a transaction that has ended."""

    @property
    def is_effect(self) -> bool:
        """Whether a call has ended that may have changed something in Sage."""
        after, _, method = self.name.partition(" ")
        return after == "after" and method.isupper() and "$template" not in self.detail

    @property
    def is_write(self) -> bool:
        """Whether a transaction of the ledger has ended."""
        return self.name == "after a write"

    @property
    def is_record(self) -> bool:
        """Whether the ledger has learned what became of entries."""
        return self.is_write and _RECORD in self.detail.split()


def lies_between(trail: Sequence[Point]) -> bool:
    """Say whether a run that came to the end of `trail` had an effect the ledger knows nothing of.

    The row of the audit trail is not such a record: no entry's state depends on it.
    """
    for point in reversed(trail):
        if point.is_effect or point.is_record:
            return point.is_effect
    return False


@dataclass(frozen=True)
class Ended:
    """How a forked run ended."""

    signal: int
    exit_code: int
    states: list[Any]
    trail: tuple[Point, ...]
    """The points it came to, the last one being where it died."""
    log: str

    @property
    def points(self) -> tuple[str, ...]:
        """The names of the points it came to."""
        return tuple(point.name for point in self.trail)

    @property
    def was_killed(self) -> bool:
        """Whether it died at its point."""
        return self.signal == signal.SIGKILL

    @property
    def between_effect_and_record(self) -> bool:
        """Whether it died after a call had its effect, and before the ledger knew."""
        return self.was_killed and lies_between(self.trail)


def run_until(
    arguments: Sequence[str],
    messages: bytes,
    *,
    point: int | None,
    folder: Path,
    send: signal.Signals = signal.SIGKILL,
) -> Ended:
    """Run the target; at point number `point` (from 0) it sends itself a signal."""
    out, marks, log = (folder / f"crash.{name}" for name in ("out", "points", "log"))
    for path in (out, marks, log):
        path.write_bytes(b"")
    child = os.fork()
    if child == 0:
        _run_child(arguments, messages, _Points(point, send, marks), out, log)
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status)
    return Ended(
        signal=os.WTERMSIG(status) if killed else 0,
        exit_code=-1 if killed else os.WEXITSTATUS(status),
        states=[decode_json(line) for line in out.read_bytes().splitlines()],
        trail=tuple(
            Point(*line.split("\t")) for line in marks.read_text(encoding="utf-8").splitlines()
        ),
        log=log.read_text(encoding="utf-8"),
    )


class _Points:
    """Counts the points and ends the process at the chosen one."""

    def __init__(self, last: int | None, send: signal.Signals, marks: Path) -> None:
        self._last = last
        self._send = send
        self._count = 0
        self._marks = marks.open("a", encoding="utf-8", buffering=1)

    def reach(self, name: str, detail: str = "") -> None:
        """Come to a point."""
        self._marks.write(f"{name}\t{detail}\n")
        if self._count == self._last:
            os.kill(os.getpid(), self._send)
        self._count += 1


def _run_child(
    arguments: Sequence[str], messages: bytes, points: _Points, out: Path, log: Path
) -> None:
    """Run and end the process; never return into the test's own code."""
    code = 1
    try:
        # By count alone, so that a slow machine has the same points.
        calls.FLUSH_AFTER_S = math.inf  # type: ignore[assignment]
        _watch_calls(points)
        _watch_writes(points)
        sys.stdin = io.TextIOWrapper(io.BytesIO(messages), encoding="utf-8")
        sys.stdout = out.open("w", encoding="utf-8", buffering=1)
        sys.stderr = log.open("w", encoding="utf-8", buffering=1)
        try:
            QuickTarget.cli(args=list(arguments))
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    except BaseException:  # noqa: BLE001 - the edge of a process
        traceback.print_exc(file=sys.stderr)
    finally:
        sys.stdout.flush()
        os._exit(code)


def _watch_calls(points: _Points) -> None:
    exchange = Transport._exchange

    def watched(self: Transport, request: Any) -> Any:
        points.reach(f"before {request.method}", request.path)
        try:
            return exchange(self, request)
        finally:
            if request.method != "GET":
                points.reach(f"after {request.method}", request.path)

    Transport._exchange = watched  # type: ignore[method-assign]


def _watch_writes(points: _Points) -> None:
    write = Database.write

    @contextmanager
    def watched(self: Database) -> Iterator[Connection]:
        points.reach("before a write")
        tables: set[str] = set()

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if found := _WRITTEN.match(statement):
                tables.add(found[1])

        with write(self) as connection:
            event.listen(connection, "before_cursor_execute", note)
            yield connection
        points.reach("after a write", " ".join(sorted(tables)))

    Database.write = watched  # type: ignore[method-assign]
