"""One rate limit for all processes of a user on this computer.

Anaplan counts per tenant, 600 calls a minute for everybody together (Anaplan sheet §8). The calls
of the last minute stand in a small SQLite file under a file lock; so does the moment until which
everybody waits after one of us was told to slow down.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from typing import TYPE_CHECKING, TypeVar

from filelock import FileLock
from pyrate_limiter import Rate, RateItem, SQLiteBucket

from ml_connector.errors import SettingError, TransientError
from ml_connector.events import event
from ml_connector.places import HOME_VARIABLE, slug

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ml_connector.clock import Clock

T = TypeVar("T")
log = logging.getLogger(__name__)

_WINDOW_MS = 60_000
_PAUSE_S_MAX = 900.0
_WAITS_MAX = 1_000
_CALLS_BETWEEN_LEAKS = 50


class Limiter:
    """At most `per_minute` calls in any 60 seconds, shared through `home` under `name`."""

    def __init__(self, name: str, *, per_minute: int, home: Path, clock: Clock) -> None:
        """Share the limit called `name`; nothing is opened before the first `acquire`."""
        self._per_minute = per_minute
        self._path = home / f"limit-{slug(name)}.sqlite3"
        self._clock = clock
        self._name = name
        self._store: _Store | None = None
        # The file lock parts processes; threads of one process share a connection.
        self._threads = threading.Lock()

    def acquire(self) -> None:
        """Wait until one more call may be made, and count it."""
        waited = 0.0
        for _ in range(_WAITS_MAX):
            wait_ms = self._with_store(lambda store: store.take(_milliseconds(self._clock)))
            if wait_ms <= 0:
                if waited > 1:
                    event(log, "limiter.waited", limit=self._name, waited_s=round(waited, 1))
                return
            waited += wait_ms / 1000
            self._clock.sleep(wait_ms / 1000)
        raise TransientError(
            f"the limit of {self._per_minute} calls a minute left no room in {waited:.0f} seconds",
            system=self._name,
            call="(none)",
            remedy="Run fewer pipelines at once.",
        )

    def pause(self, seconds: float) -> None:
        """Make every process that shares the limit wait `seconds` from now."""
        pause_ms = int(min(seconds, _PAUSE_S_MAX) * 1000)
        self._with_store(lambda store: store.pause_until(_milliseconds(self._clock) + pause_ms))

    def close(self) -> None:
        """Let go of the file."""
        with self._threads:
            if self._store is not None:
                self._store.close()
                self._store = None

    def _with_store(self, use: Callable[[_Store], T]) -> T:
        try:
            with self._threads:
                if self._store is None:
                    self._store = _Store(self._path, per_minute=self._per_minute)
                return use(self._store)
        except (OSError, sqlite3.Error) as error:
            raise SettingError(
                HOME_VARIABLE,
                str(self._path.parent),
                f"the shared rate limit cannot be kept there ({error})",
                remedy=f"Set {HOME_VARIABLE} to a folder on a disk with space that this user may"
                f" write to; if the file {self._path.name} is damaged, delete it.",
            ) from error


class _Store:
    """The file behind a limiter; times are milliseconds since 1970."""

    def __init__(self, path: Path, *, per_minute: int) -> None:
        self._lock = FileLock(f"{path}.lock")
        with self._lock:
            self._connection = sqlite3.connect(path, timeout=30, check_same_thread=False)
            # Losing the last second's counts in a power cut does no harm; a sync per call would.
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=OFF")
            self._connection.execute("CREATE TABLE IF NOT EXISTS calls (name, item_timestamp)")
            self._connection.execute(
                "CREATE INDEX IF NOT EXISTS calls_by_time ON calls (item_timestamp)"
            )
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS pause (id INTEGER PRIMARY KEY, until_ms INTEGER)"
            )
            self._connection.commit()
        # Without a lock of its own: every use of it here is under ours.
        self._bucket = SQLiteBucket([Rate(per_minute, _WINDOW_MS)], self._connection, "calls")
        self._takes = 0

    def take(self, now_ms: int) -> float:
        """Count one call and return 0, or return how many milliseconds to wait first."""
        with self._lock:
            paused_ms = self._paused_until() - now_ms
            if 0 < paused_ms <= _PAUSE_S_MAX * 1000:
                return paused_ms
            self._leak(now_ms)
            item = RateItem("call", now_ms)
            if self._bucket.put(item) or (self._forget_future(now_ms) and self._bucket.put(item)):
                return 0.0
            wait_ms = self._bucket.waiting(item)
        return float(max(1, wait_ms)) if isinstance(wait_ms, int) else _WINDOW_MS / 60

    def pause_until(self, until_ms: int) -> None:
        with self._lock:
            self._connection.execute(
                "INSERT INTO pause VALUES (1, ?) ON CONFLICT (id)"
                " DO UPDATE SET until_ms = max(until_ms, excluded.until_ms)"
                " WHERE until_ms < excluded.until_ms + ?",
                (until_ms, int(_PAUSE_S_MAX * 1000)),
            )
            self._connection.commit()

    def close(self) -> None:
        self._connection.close()

    def _paused_until(self) -> int:
        row = self._connection.execute("SELECT until_ms FROM pause").fetchone()
        return int(row[0]) if row else 0

    def _forget_future(self, now_ms: int) -> bool:
        """Drop calls from after now: the computer's clock was set back since they were made."""
        dropped = self._connection.execute(
            "DELETE FROM calls WHERE item_timestamp > ?", (now_ms + 1000,)
        ).rowcount
        self._connection.commit()
        return dropped > 0

    def _leak(self, now_ms: int) -> None:
        self._takes += 1
        if self._takes % _CALLS_BETWEEN_LEAKS == 0:
            self._bucket.leak(now_ms)


def _milliseconds(clock: Clock) -> int:
    return int(clock.now().timestamp() * 1000)
