"""Bringing a ledger to this code's schema, one process at a time, never backwards.

Alembic is imported only when something is to be done: a run on an up-to-date ledger reads one row.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout
from sqlalchemy import inspect, text

from ml_connector.errors import LedgerError
from ml_connector.ledger._schema import REVISIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from ml_connector.ledger._database import Database

LOCK_WAIT_S = 120
# Any number will do, as long as every version of this code uses the same one.
_ADVISORY_LOCK = 7_249_301_154_820_577_261


def migrate(database: Database) -> None:
    """Bring the ledger to the newest revision this code knows; nothing when it is there.

    Raises:
        LedgerError: the ledger was written by newer code, or another process migrates for longer
            than `LOCK_WAIT_S` seconds.
    """
    with database.read() as connection:
        if _is_current(connection):
            return
    with _migration_lock(database), database.change_schema() as connection:
        if database.is_sqlite:
            _upgrade(connection)
            return
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    # Asked again under the lock: another process may just have finished.
    if _is_current(connection):
        return
    # Before the import: it already tells of every plugin it sets up.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    from alembic import command  # noqa: PLC0415 - costs a tenth of a second of every run
    from alembic.config import Config  # noqa: PLC0415

    # Its step-by-step account means nothing to whoever runs a load.
    config = Config()
    config.set_main_option("script_location", "ml_connector.ledger:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, REVISIONS[-1])


def _is_current(connection: Connection) -> bool:
    found = _find_revision(connection)
    if found is not None and found not in REVISIONS:
        raise LedgerError(
            f"its schema {found} is newer than this program, which knows up to {REVISIONS[-1]}",
            remedy="Update the connector on this machine; never go back to an older version.",
        )
    return found == REVISIONS[-1]


def _find_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


@contextmanager
def _migration_lock(database: Database) -> Iterator[None]:
    if database.path is None:
        yield
        return
    lock = FileLock(Path(f"{database.path}.migration.lock"), timeout=LOCK_WAIT_S)
    try:
        lock.acquire()
    except Timeout as error:
        raise LedgerError(
            f"another process has been changing {database.path} for {LOCK_WAIT_S} seconds",
            remedy="Wait for it, or end it, and start again.",
        ) from error
    try:
        yield
    finally:
        lock.release()
