"""Leases: one process at a time works on a model, proven by a lock of the system.

With SQLite the lock is the operating system's, on a file beside the ledger; with PostgreSQL it is
the database session's (an advisory lock). Both end with their owner, however it ends; no timer is
involved. The row in `leases` only says who took the lease last, for the message.
"""

from __future__ import annotations

import hashlib
import os
import platform
from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout
from sqlalchemy import select, text, update

from ml_connector.errors import ExitCode, MismatchError
from ml_connector.ledger._schema import LeaseRow, table_of
from ml_connector.ledger._types import instant_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

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


@contextmanager
def hold_lease(database: Database, clock: Clock, name: str, *, wait_s: float = 0) -> Iterator[None]:
    """Hold the lease `name` for the block, waiting up to `wait_s` seconds for it.

    Raises:
        LeaseHeldError: another process holds it still.
    """
    lock = _file_lock if database.path else _session_lock
    with lock(database, name) as try_lock:
        _wait_for(try_lock, database, clock, name, wait_s=wait_s)
        _record_owner(database, clock, name)
        try:
            yield
        finally:
            _record_release(database, clock, name)


def _wait_for(
    try_lock: Callable[[], bool], database: Database, clock: Clock, name: str, *, wait_s: float
) -> None:
    deadline = clock.monotonic() + wait_s
    while not try_lock():
        left_s = deadline - clock.monotonic()
        if left_s <= 0:
            raise LeaseHeldError(name, owner=_describe_owner(database, name))
        clock.sleep(min(POLL_S, left_s))


@contextmanager
def _file_lock(database: Database, name: str) -> Iterator[Callable[[], bool]]:
    lock = FileLock(_lock_path(database, name), timeout=0)

    def try_lock() -> bool:
        try:
            lock.acquire()
        except Timeout:
            return False
        return True

    try:
        yield try_lock
    finally:
        lock.release()


def _lock_path(database: Database, name: str) -> Path:
    assert database.path is not None  # noqa: S101 - chosen by hold_lease
    folder = database.path.parent / "leases"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{_digest(name).hex()[:24]}.lock"


@contextmanager
def _session_lock(database: Database, name: str) -> Iterator[Callable[[], bool]]:
    key = {"key": int.from_bytes(_digest(name)[:8], "big", signed=True)}
    # A connection of its own, without transactions: the lock lives as long as this session does.
    with database.engine.connect() as plain:
        session = plain.execution_options(isolation_level="AUTOCOMMIT")

        def try_lock() -> bool:
            return bool(session.scalar(text("SELECT pg_try_advisory_lock(:key)"), key))

        try:
            yield try_lock
        finally:
            session.execute(text("SELECT pg_advisory_unlock_all()"))


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def _record_owner(database: Database, clock: Clock, name: str) -> None:
    owner = {
        "host": platform.node(),
        "pid": os.getpid(),
        "since": clock.now(),
        "released_at": None,
    }
    with database.write() as connection:
        connection.execute(
            database.insert(_LEASES)
            .values(name=name, **owner)
            .on_conflict_do_update(index_elements=["name"], set_=owner)
        )


def _record_release(database: Database, clock: Clock, name: str) -> None:
    with database.write() as connection:
        connection.execute(
            update(_LEASES).where(_LEASES.c.name == name).values(released_at=clock.now())
        )


def _describe_owner(database: Database, name: str) -> str:
    with database.read() as connection:
        owner = connection.execute(select(_LEASES).where(_LEASES.c.name == name)).first()
    if owner is None or owner.released_at is not None:
        # It has just been taken and not been written down yet.
        return "another process"
    return f"process {owner.pid} on {owner.host} since {instant_text(owner.since)}"
