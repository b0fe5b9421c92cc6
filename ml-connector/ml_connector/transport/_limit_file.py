"""The rate limit of one computer: a small SQLite file under a file lock."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from filelock import FileLock
from pyrate_limiter import Rate, RateItem, SQLiteBucket

if TYPE_CHECKING:
    from pathlib import Path

PAUSE_MS_MAX = 900_000
_WINDOW_MS = 60_000
_CALLS_BETWEEN_LEAKS = 50


class LimitFile:
    """The file behind a limiter; the calls stand in it by our own clock."""

    def __init__(self, path: Path, *, per_minute: int) -> None:
        """Open the file, making it when it is missing."""
        self._lock = FileLock(f"{path}.lock")
        with self._lock:
            self._connection = sqlite3.connect(path, timeout=30, check_same_thread=False)
            try:
                _prepare(self._connection)
            except sqlite3.Error:
                self._connection.close()
                raise
        # Without a lock of its own: every use of it here is under ours.
        self._bucket = SQLiteBucket([Rate(per_minute, _WINDOW_MS)], self._connection, "calls")
        self._takes = 0

    def take(self, now_ms: int) -> float:
        """Count one call and return 0, or return how many milliseconds to wait first."""
        with self._lock:
            paused_ms = self._paused_until() - now_ms
            if 0 < paused_ms <= PAUSE_MS_MAX:
                return paused_ms
            self._leak(now_ms)
            item = RateItem("call", now_ms)
            if self._bucket.put(item) or (self._forget_future(now_ms) and self._bucket.put(item)):
                return 0.0
            wait_ms = self._bucket.waiting(item)
        return max(1, wait_ms) if isinstance(wait_ms, int) else _WINDOW_MS / 60

    def pause(self, pause_ms: int, now_ms: int) -> None:
        """Let nobody take for `pause_ms` from now, or for longer if that was said before."""
        until_ms = now_ms + pause_ms
        with self._lock:
            self._connection.execute(
                "INSERT INTO pause VALUES (1, ?) ON CONFLICT (id)"
                " DO UPDATE SET until_ms = max(until_ms, excluded.until_ms)"
                " WHERE until_ms < excluded.until_ms + ?",
                (until_ms, PAUSE_MS_MAX),
            )
            self._connection.commit()

    def close(self) -> None:
        """Let go of the file."""
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
        if self._takes % _CALLS_BETWEEN_LEAKS == 1:
            self._bucket.leak(now_ms)


def _prepare(connection: sqlite3.Connection) -> None:
    # Losing the last second's counts in a power cut does no harm; a sync per call would.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("CREATE TABLE IF NOT EXISTS calls (name, item_timestamp)")
    connection.execute("CREATE INDEX IF NOT EXISTS calls_by_time ON calls (item_timestamp)")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS pause (id INTEGER PRIMARY KEY, until_ms INTEGER)"
    )
    connection.commit()
