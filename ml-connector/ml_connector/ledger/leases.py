"""Leases: one process at a time works on a model, proven by a lock of the system.

With SQLite the lock is the operating system's, on a file beside the ledger; with PostgreSQL it is
the database session's (an advisory lock). Both end with their owner, however it ends; no timer is
involved. The row in `leases` only says who took the lease last, for the message.

The lock can end before its owner: the database restarts or ends the session, somebody deletes the
file. `Lease.assert_held` asks for the lock itself; call it right before whatever must not be done
by two.
"""

from __future__ import annotations

import hashlib
import os
import platform
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

from filelock import FileLock, Timeout
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from typing_extensions import override

from ml_connector.errors import ExitCode, LedgerError, MismatchError
from ml_connector.ledger._schema import LeaseRow, table_of
from ml_connector.ledger._types import instant_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from ml_connector.clock import Clock
    from ml_connector.ledger._database import Database

POLL_S = 0.5

_LEASES = table_of(LeaseRow)


class LeaseHeldError(MismatchError):
    """Another process works on the same thing; nothing was written."""

    exit_code = ExitCode.FAILED

    def __init__(self, name: str, *, owner: str) -> None:
        """Name the lease and its owner (process, host, since when)."""
        super().__init__(
            "lease",
            name,
            expected="free",
            found=f"held by {owner}",
            remedy="Wait until that run has ended, or end it; its lease is then free at once.",
        )
        self.owner = owner


class LeaseLostError(LedgerError):
    """The lock behind a lease ended while its owner went on; another process may hold it now."""

    def __init__(self, name: str) -> None:
        """Name the lease."""
        super().__init__(
            f"the lease {name!r} was lost while this run held it: the database ended the session,"
            " or the file of the lock was deleted",
            remedy="Nothing was sent after it was noticed. Start the run again.",
        )


class Lease:
    """A lease that is held, as far as is known."""

    def __init__(self, name: str, lock: _Lock) -> None:
        """Speak for `lock`, which has been taken."""
        self.name = name
        self._lock = lock

    def assert_held(self) -> None:
        """Make sure that nobody else can have the lease at this moment.

        Raises:
            LeaseLostError: its lock has ended, whoever holds it now.
        """
        if not self._lock.is_held():
            raise LeaseLostError(self.name)


@contextmanager
def hold_lease(
    database: Database, clock: Clock, name: str, *, wait_s: float = 0
) -> Iterator[Lease]:
    """Hold the lease `name` for the block, waiting up to `wait_s` seconds for it.

    Raises:
        LeaseHeldError: another process holds it still.
    """
    open_lock = _open_file_lock if database.path else _open_session_lock
    with open_lock(database, name) as lock:
        _wait_for(lock.take, database, clock, name, wait_s=wait_s)
        _record_owner(database, clock, name)
        try:
            yield Lease(name, lock)
        finally:
            _record_release(database, clock, name)


def _wait_for(
    take: Callable[[], bool], database: Database, clock: Clock, name: str, *, wait_s: float
) -> None:
    deadline = clock.monotonic() + wait_s
    while not take():
        left_s = deadline - clock.monotonic()
        if left_s <= 0:
            raise LeaseHeldError(name, owner=_describe_owner(database, name))
        clock.sleep(min(POLL_S, left_s))


class _Lock(Protocol):
    """The system's lock behind a lease."""

    def take(self) -> bool:
        """Take it if it is free."""
        ...

    def is_held(self) -> bool:
        """Say whether it is still ours."""
        ...


class _LockFile(_Lock):
    """A lock on a file, which other processes find by its path."""

    def __init__(self, path: Path) -> None:
        self.lock = FileLock(path, timeout=0)
        self._path = path
        self._taken: tuple[int, int] | None = None

    @override
    def take(self) -> bool:
        try:
            self.lock.acquire()
        except Timeout:
            return False
        self._taken = self._identify()
        return True

    @override
    def is_held(self) -> bool:
        # The lock is on the file, and others come by its path: both must still be the same.
        return self.lock.is_locked and self._taken is not None and self._identify() == self._taken

    def _identify(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino


@contextmanager
def _open_file_lock(database: Database, name: str) -> Iterator[_Lock]:
    opened = _LockFile(_lock_path(database, name))
    try:
        yield opened
    finally:
        opened.lock.release()


def _lock_path(database: Database, name: str) -> Path:
    assert database.path is not None  # noqa: S101 - chosen by hold_lease
    folder = database.path.parent / "leases"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{_digest(name).hex()[:24]}.lock"


class _SessionLock(_Lock):
    """An advisory lock of a session of PostgreSQL."""

    def __init__(self, session: Connection, key: int) -> None:
        self._session = session
        self._key = key

    @override
    def take(self) -> bool:
        return bool(self._ask("SELECT pg_try_advisory_lock(:key)"))

    @override
    def is_held(self) -> bool:
        # Asked of the session itself: one that had to be opened anew has no lock any more.
        try:
            return bool(self._ask(_HELD_BY_THIS_SESSION))
        except (DBAPIError, InvalidRequestError):
            return False

    def release(self) -> None:
        """Give it back; a session that has ended has done so."""
        with suppress(DBAPIError, InvalidRequestError):
            self._ask("SELECT pg_advisory_unlock(:key)")

    def _ask(self, question: str) -> object:
        return self._session.scalar(text(question), {"key": self._key})


# The 64 bits of the key stand in two columns of 32.
_HELD_BY_THIS_SESSION = """
    SELECT count(*) FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND pid = pg_backend_pid()
    AND ((classid::bigint << 32) | objid::bigint) = :key
"""


@contextmanager
def _open_session_lock(database: Database, name: str) -> Iterator[_Lock]:
    key = int.from_bytes(_digest(name)[:8], "big", signed=True)
    # A connection of its own, without transactions: the lock lives as long as this session does.
    with database.engine.connect() as plain:
        lock = _SessionLock(plain.execution_options(isolation_level="AUTOCOMMIT"), key)
        try:
            yield lock
        finally:
            lock.release()


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def _record_owner(database: Database, clock: Clock, name: str) -> None:
    owner = {**_us(), "since": clock.now(), "released_at": None}
    with database.write() as connection:
        connection.execute(
            database.insert(_LEASES)
            .values(name=name, **owner)
            .on_conflict_do_update(index_elements=["name"], set_=owner)
        )


def _record_release(database: Database, clock: Clock, name: str) -> None:
    # Only our own: after a lock was lost, another owner may stand there.
    ours = [_LEASES.c[column] == value for column, value in _us().items()]
    with database.write() as connection:
        connection.execute(
            update(_LEASES).where(_LEASES.c.name == name, *ours).values(released_at=clock.now())
        )


def _us() -> dict[str, object]:
    return {"host": platform.node(), "pid": os.getpid()}


def _describe_owner(database: Database, name: str) -> str:
    with database.read() as connection:
        owner = connection.execute(select(_LEASES).where(_LEASES.c.name == name)).first()
    if owner is None or owner.released_at is not None:
        # It has just been taken and not been written down yet.
        return "another process"
    return f"process {owner.pid} on {owner.host} since {instant_text(owner.since)}"
