"""Whether a ledger could be written, found out without writing one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from ml_connector.errors import LedgerError
from ml_connector.ledger._database import connect, parse_place

if TYPE_CHECKING:
    from sqlalchemy import Connection

_MAY_WRITE = text("SELECT has_table_privilege('runs', 'INSERT, UPDATE')")
_HAS_TABLES = text("SELECT to_regclass('runs') IS NOT NULL")
_MAY_CREATE = text("SELECT has_schema_privilege(current_schema(), 'CREATE')")


def check_writable(place: str | Path) -> None:
    """Insist that a run could write the ledger at `place`; no file and no table is made.

    Raises:
        SettingError: the URL cannot be used, or its driver is not installed.
        LedgerError: the database cannot be reached, or may not be written.
    """
    url = parse_place(place)
    if url.get_backend_name() == "sqlite" and url.database:
        _check_file(Path(url.database))
        return
    database = connect(place)
    try:
        with database.read() as connection:
            is_allowed = _may_write(connection)
    finally:
        database.close()
    if not is_allowed:
        raise LedgerError(
            f"{url.render_as_string(hide_password=True)} may not be written by this user",
            remedy="Give the user the right to create tables in its schema.",
        )


def _check_file(path: Path) -> None:
    # SQLite writes files beside its own, so the folder counts as well.
    there = [one for one in (path, *path.parents) if one.exists()][: 2 if path.exists() else 1]
    folder = next(one for one in there if one != path)
    refused = [one for one in there if not os.access(one, os.W_OK)]
    if refused or not folder.is_dir():
        raise LedgerError(
            f"the file {path} cannot be written: {(refused or [folder])[0]} does not allow it",
            remedy="Check the folder and its rights, or choose another with ML_CONNECTOR_HOME.",
        )


def _may_write(connection: Connection) -> bool:
    has_tables = connection.scalar(_HAS_TABLES)
    return bool(connection.scalar(_MAY_WRITE if has_tables else _MAY_CREATE))
