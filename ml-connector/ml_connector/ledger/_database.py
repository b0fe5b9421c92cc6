"""One door to the database: short transactions, and none open while the network is used."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import SQLITE_BUSY
from typing import TYPE_CHECKING

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, SQLAlchemyError
from tenacity import retry, retry_if_exception, stop_after_delay, wait_random

from ml_connector.errors import LedgerError, SettingError
from ml_connector.ledger._types import ExactSum

if TYPE_CHECKING:
    from collections.abc import Iterator
    from sqlite3 import Connection as SQLiteConnection

    from sqlalchemy import Connection, Table
    from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT_MS = 30_000
BATCH_ROWS = 1000
"""Rows per statement and per read batch: bounds memory, far under any parameter limit."""

_OPEN = threading.local()


class Database:
    """An engine with the ledger's habits; made by `connect`, closed by `close`."""

    def __init__(self, engine: Engine, *, path: Path | None) -> None:
        """Keep the engine; `path` is the file of a SQLite ledger."""
        self.engine = engine
        self.path = path

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite, with its own locks."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open one transaction that is durable when the block ends, and undone when it raises."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def change_schema(self) -> Iterator[Connection]:
        """Open a writing transaction in which tables may be copied, dropped and renamed.

        SQLite takes the drop of a table for the loss of rows that others refer to, even when its
        copy gets the name, unless it is told before (sqlite.org/lang_altertable.html, section 7).
        """
        with self._transaction("BEGIN IMMEDIATE", pragma="foreign_keys") as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open one short reading transaction; all its statements see the same moment."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def _transaction(self, begin: str, *, pragma: str | None = None) -> Iterator[Connection]:
        """Open a transaction; a `pragma` of SQLite is off in it."""
        check_no_open_transaction()
        _OPEN.count = 1
        try:
            with (
                _database_errors(self),
                self.engine.connect() as plain,
                self._turned_off(plain, pragma),
            ):
                connection = plain.execution_options(begin=begin)
                with connection.begin():
                    yield connection
        finally:
            _OPEN.count = 0

    @contextmanager
    def _turned_off(self, connection: Connection, pragma: str | None) -> Iterator[None]:
        if pragma is None or not self.is_sqlite:
            yield
            return
        # By the driver: SQLAlchemy would begin a transaction, in which the pragma has no effect.
        driver = connection.connection.cursor()
        driver.execute(f"PRAGMA {pragma}=OFF")
        try:
            yield
        finally:
            driver.execute(f"PRAGMA {pragma}=ON")
            driver.close()

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """Start an INSERT that knows ON CONFLICT, in the words of this database."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    def close(self) -> None:
        """Return every connection."""
        self.engine.dispose()


def check_no_open_transaction() -> None:
    """Refuse to go on while this thread has a transaction of the ledger open.

    The network may take minutes; a lock held that long stops every other run.

    Raises:
        LedgerError: a transaction is open.
    """
    if getattr(_OPEN, "count", 0):
        raise LedgerError(
            "a transaction is open while something slow is about to start",
            remedy="This is a defect of the connector: report it.",
        )


def connect(place: str | Path) -> Database:
    """Connect to a SQLite file or to any SQLAlchemy URL; nothing is created but the file.

    Raises:
        SettingError: the URL cannot be used, or its driver is not installed.
        LedgerError: the database cannot be reached.
    """
    url = parse_place(place)
    if url.get_backend_name() == "sqlite":
        return _connect_sqlite(url)
    try:
        engine = create_engine(url, pool_pre_ping=True)
    except (ImportError, SQLAlchemyError) as error:
        driver = url.drivername.partition("+")[2]
        raise _unusable(url, f"its driver {driver} is not installed") from error
    return Database(engine, path=None)


def parse_place(place: str | Path) -> URL:
    """Return the URL of a ledger given as a file or as a URL.

    Raises:
        SettingError: it cannot be used.
    """
    if isinstance(place, Path) or "://" not in place:
        path = Path(place).expanduser()
        if not path.is_absolute():
            raise _unusable(str(place), "is no URL of a database, and no full path of a file")
        return URL.create("sqlite", database=str(path))
    try:
        url = make_url(place)
    except (ArgumentError, ValueError):
        # Without `from`: such an error may quote the URL with its password.
        raise _unusable(place, "is not a URL of a database; a port is a number") from None
    if "@" in (url.host or ""):
        raise _unusable(place, "holds more than one @; within a password it is written %40")
    backend = url.get_backend_name()
    if backend not in _BACKENDS:
        raise _unusable(url, f"a ledger cannot be kept in {backend}")
    # By its plain name SQLAlchemy would look for an older driver than ours.
    return url.set(drivername=_POSTGRESQL) if url.drivername == "postgresql" else url


_BACKENDS = ("sqlite", "postgresql")
_POSTGRESQL = "postgresql+psycopg"


def _unusable(place: str | URL, problem: str) -> SettingError:
    return SettingError(
        "ledger_url",
        str(place),
        problem,
        remedy="Give the path of a file, or postgresql+psycopg://user@host/database with"
        " ml-connector[postgresql] installed.",
    )


def _connect_sqlite(url: URL) -> Database:
    if not url.database or url.database == ":memory:":
        raise _unusable(url, "keeps nothing: the next run must know what this one did")
    path = Path(url.database)
    _create_private_file(path)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return Database(engine, path=path)


def _create_private_file(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Created here so that only its owner may read it; SQLite would ask the umask.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise LedgerError(
            f"the file {path} cannot be opened ({error.strerror or error})",
            remedy="Check the folder and its rights, or choose another with ML_CONNECTOR_HOME.",
        ) from error


def _prepare_sqlite(connection: SQLiteConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions by itself: _begin_sqlite says which kind.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}").close()
    _keep_log_of_writes(connection)
    connection.create_aggregate("exact_sum", 1, ExactSum)  # type: ignore[arg-type]


def _is_busy(error: BaseException) -> bool:
    return getattr(error, "sqlite_errorcode", None) == SQLITE_BUSY


@retry(
    retry=retry_if_exception(_is_busy),
    stop=stop_after_delay(BUSY_TIMEOUT_MS / 1000),
    wait=wait_random(0.01, 0.1),
    reraise=True,
)
def _keep_log_of_writes(connection: SQLiteConnection) -> None:
    # Several that make a new file at once are told that it is locked, whatever busy_timeout says:
    # to wait for each other in the change of mode could be to wait for ever.
    connection.execute("PRAGMA journal_mode=WAL").close()


def _begin_sqlite(connection: Connection) -> None:
    # A write takes its lock at once: two that both read first could never both be served.
    connection.exec_driver_sql(str(connection.get_execution_options().get("begin", "BEGIN")))


@contextmanager
def _database_errors(database: Database) -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        # Broken constraints mean something to the module whose rows they are.
        raise
    except DatabaseError as error:
        where = database.engine.url.render_as_string(hide_password=True)
        raise LedgerError(
            f"{where} cannot be used ({error.orig})", remedy=_advise(error.orig)
        ) from error


def _advise(error: BaseException | None) -> str:
    if getattr(error, "sqlite_errorcode", None) in _DAMAGED:
        return (
            "The file is damaged. Put a copy of it from a backup in its place; what happened since"
            " is settled by the next run. Without a copy, move it away: a model is then loaded"
            " again after a full refresh of the tap, and Sage 300 is looked through."
        )
    return "Check that it exists, that nobody else locks it and that the disk has room."


_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
