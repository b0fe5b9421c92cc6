"""The rate limit of all computers that share a ledger on PostgreSQL, in tables of its own there.

The database's clock counts, for the computers' own differ. An advisory lock parts the callers, for
the length of one short transaction. pyrate-limiter's bucket for PostgreSQL is not used: it counts
by the caller's clock, has no pause, and refuses at once when two callers meet.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from ml_connector.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

_CALLS_BETWEEN_LEAKS = 50

# Any number will do, as long as every version of this code uses the same one.
_LOCK = text("SELECT pg_advisory_xact_lock(5410223718906644103)")
_TABLES = (
    text("CREATE TABLE IF NOT EXISTS limit_calls (name text NOT NULL, at timestamptz NOT NULL)"),
    text("CREATE INDEX IF NOT EXISTS limit_calls_by_time ON limit_calls (name, at)"),
    text("CREATE TABLE IF NOT EXISTS limit_pauses (name text PRIMARY KEY, until timestamptz)"),
)
# The call that must grow a minute old before there is room: the newest but `per_minute - 1`.
_WAIT = text("""
    SELECT ceil(1000 * extract(epoch FROM greatest(
        (SELECT until FROM limit_pauses WHERE name = :name),
        (SELECT at + interval '1 minute' FROM limit_calls WHERE name = :name
         ORDER BY at DESC OFFSET :room LIMIT 1)
    ) - clock_timestamp()))
""")
_TAKE = text("INSERT INTO limit_calls VALUES (:name, clock_timestamp())")
_LEAK = text("DELETE FROM limit_calls WHERE at < clock_timestamp() - interval '1 minute'")
_PAUSE = text("""
    INSERT INTO limit_pauses VALUES (:name, clock_timestamp() + :seconds * interval '1 second')
    ON CONFLICT (name) DO UPDATE SET until = greatest(limit_pauses.until, excluded.until)
""")


class LimitTable:
    """The tables behind a limiter."""

    def __init__(self, ledger_url: str, name: str, *, per_minute: int) -> None:
        """Open the database, making the tables when they are missing."""
        url = ledger_url.replace("postgresql://", "postgresql+psycopg://", 1)
        self._engine = create_engine(url, pool_pre_ping=True, pool_size=1, max_overflow=0)
        self._name = name
        self._room = per_minute - 1
        self._takes = 0
        with self._locked() as connection:
            for statement in _TABLES:
                connection.execute(statement)

    def take(self, now_ms: int) -> float:  # noqa: ARG002 - the database has a clock of its own
        """Count one call and return 0, or return how many milliseconds to wait first."""
        self._takes += 1
        with self._locked() as connection:
            if self._takes % _CALLS_BETWEEN_LEAKS == 1:
                connection.execute(_LEAK)
            wait_ms = connection.scalar(_WAIT, {"name": self._name, "room": self._room})
            if wait_ms is not None and wait_ms > 0:
                return int(wait_ms)
            connection.execute(_TAKE, {"name": self._name})
        return 0.0

    def pause(self, pause_ms: int, now_ms: int) -> None:  # noqa: ARG002 - the same
        """Let nobody take for `pause_ms` from now, or for longer if that was said before."""
        with self._locked() as connection:
            connection.execute(_PAUSE, {"name": self._name, "seconds": pause_ms / 1000})

    def close(self) -> None:
        """Give back the connection."""
        self._engine.dispose()

    @contextmanager
    def _locked(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                connection.execute(_LOCK)
                yield connection
        except DBAPIError as error:
            where = self._engine.url.render_as_string(hide_password=True)
            raise LedgerError(
                f"the rate limit shared through {where} cannot be kept ({error.orig})",
                remedy="Check that the database of ledger_url can be reached, and that its user may"
                " make tables.",
            ) from error
