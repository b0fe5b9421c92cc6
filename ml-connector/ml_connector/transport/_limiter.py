"""One rate limit for everybody who shares a ledger.

Anaplan counts per tenant, 600 calls a minute for everybody together (Anaplan sheet §8). With a
ledger on PostgreSQL all computers share the limit through its database, otherwise all processes of
a user on this computer share a small SQLite file. Each holds the calls of the last minute, and the
moment until which everybody waits after one of us was told to slow down.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from typing import TYPE_CHECKING, Protocol, TypeVar

from typing_extensions import override

from ml_connector.errors import ConnectorError, SettingError, TransientError
from ml_connector.events import event
from ml_connector.places import HOME_VARIABLE, slug
from ml_connector.transport._limit_file import PAUSE_MS_MAX, LimitFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ml_connector.clock import Clock

T = TypeVar("T")
log = logging.getLogger(__name__)

_WAITS_MAX = 1_000


class Pacing(Protocol):
    """What a transport asks before each try; `Limiter` is one, shared by processes."""

    def acquire(self) -> None:
        """Wait until one more call may be made."""
        ...

    def pause(self, seconds: float) -> None:
        """Make everybody wait: the other side said that there were too many requests."""
        ...

    def close(self) -> None:
        """Let go of it; called once by every transport that was given it."""
        ...


class LimitStore(Protocol):
    """Where the calls of the last minute stand; times are milliseconds since 1970."""

    def take(self, now_ms: int) -> float:
        """Count one call and return 0, or return how many milliseconds to wait first."""
        ...

    def pause(self, pause_ms: int, now_ms: int) -> None:
        """Let nobody take for `pause_ms` from now, or for longer if that was said before."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Limiter(Pacing):
    """At most `per_minute` calls in any 60 seconds, shared under `name`.

    It is shared through the database of `ledger_url` when that is PostgreSQL, else through `home`.
    """

    def __init__(
        self, name: str, *, per_minute: int, home: Path, clock: Clock, ledger_url: str = ""
    ) -> None:
        """Share the limit called `name`; nothing is opened before the first `acquire`."""
        self._per_minute = per_minute
        self._ledger_url = ledger_url
        self._path = home / f"limit-{slug(name)}.sqlite3"
        self._clock = clock
        self._name = name
        self._store: LimitStore | None = None
        # The file lock parts processes; threads of one process share a connection.
        self._threads = threading.Lock()

    @override
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

    @override
    def pause(self, seconds: float) -> None:
        """Make every process that shares the limit wait `seconds` from now."""
        pause_ms = min(int(seconds * 1000), PAUSE_MS_MAX)
        self._with_store(lambda store: store.pause(pause_ms, _milliseconds(self._clock)))

    @override
    def close(self) -> None:
        """Let go of the file or database."""
        with self._threads:
            if self._store is not None:
                self._store.close()
                self._store = None

    def _open_store(self) -> LimitStore:
        if not self._ledger_url.startswith("postgresql"):
            return LimitFile(self._path, per_minute=self._per_minute)
        # Who keeps the ledger in a file need not wait for the database's code to be imported.
        from ml_connector.transport._limit_table import LimitTable  # noqa: PLC0415

        return LimitTable(self._ledger_url, self._name, per_minute=self._per_minute)

    def _with_store(self, use: Callable[[LimitStore], T]) -> T:
        try:
            with self._threads:
                if self._store is None:
                    self._store = self._open_store()
                return use(self._store)
        except (OSError, sqlite3.Error) as error:
            folder, problem = self._path.parent, "the shared rate limit cannot be kept there"
            remedy = (
                f"Set {HOME_VARIABLE} to a folder on a disk with space that this user may write to;"
                f" if the file {self._path.name} is damaged, delete it."
            )
            if self._store is not None:  # calls were made: no settings refused before anything
                raise ConnectorError(f"{folder}: {problem} ({error})", remedy=remedy) from error
            raise SettingError(
                HOME_VARIABLE, str(folder), f"{problem} ({error})", remedy=remedy
            ) from error


def _milliseconds(clock: Clock) -> int:
    return int(clock.now().timestamp() * 1000)
