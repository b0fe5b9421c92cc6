"""The audit trail of API calls: buffered, written in blocks, each block a link of the chain."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import insert, select

from ml_connector.ledger._chain import ApiCall, Block, append_block, encode_call
from ml_connector.ledger._database import BATCH_ROWS, check_no_open_transaction
from ml_connector.ledger._schema import ApiCallRow, table_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self

    from ml_connector.clock import Clock
    from ml_connector.ledger._database import Database
    from ml_connector.ledger.runs import Run

FLUSH_CALLS = 50
FLUSH_AFTER_S = 2.0
_READING = frozenset({"GET", "HEAD"})

_CALLS = table_of(ApiCallRow)


class RecordedCall(msgspec.Struct, frozen=True, kw_only=True):
    """One API call as it stands in the ledger."""

    position: int
    at: datetime
    system: str
    method: str
    path: str
    status: int | None
    outcome: str
    elapsed_ms: int
    sent_bytes: int
    received_bytes: int
    attempt: int


class AuditTrail:
    """Keeps the calls of one run; what is buffered is written by `flush` and `close`.

    Reads are written in groups. A call that may have changed something is written at once, so
    that a killed run leaves its trace.
    """

    def __init__(self, database: Database, clock: Clock, run: Run) -> None:
        """Begin empty; nothing is written before the first call."""
        self._database = database
        self._clock = clock
        self._run_id = run.run_id
        self._buffer: list[ApiCall] = []
        self._written_count = 0
        self._flushed_at = clock.monotonic()

    def __enter__(self) -> Self:
        """Return the trail."""
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Write what is left."""
        self.close()

    def before_call(self) -> None:
        """Refuse a call while a transaction of the ledger is open.

        Raises:
            LedgerError: one is open in this thread.
        """
        check_no_open_transaction()

    def record_call(self, call: ApiCall) -> None:
        """Keep one call; written at the latest with the 50th, after two seconds, or at close."""
        self._buffer.append(call)
        waited_s = self._clock.monotonic() - self._flushed_at
        if (
            call.method.upper() not in _READING
            or len(self._buffer) >= FLUSH_CALLS
            or waited_s >= FLUSH_AFTER_S
        ):
            self.flush()

    def flush(self) -> None:
        """Write the buffered calls as one block, linked to the chain."""
        self._flushed_at = self._clock.monotonic()
        if not self._buffer:
            return
        calls = list(enumerate(self._buffer, start=self._written_count + 1))
        block = Block(run_id=self._run_id, kind="calls", load_id=None, written_at=self._clock.now())
        entries = [encode_call(self._run_id, position, call) for position, call in calls]
        with self._database.write() as connection:
            number = append_block(connection, block, entries)
            connection.execute(
                insert(_CALLS),
                [
                    {"block_number": number, "position": position, **self._values(call)}
                    for position, call in calls
                ],
            )
        self._written_count += len(calls)
        self._buffer.clear()

    def close(self) -> None:
        """Write what is left; recording further calls is still allowed."""
        self.flush()

    def _values(self, call: ApiCall) -> dict[str, object]:
        return {
            "run_id": self._run_id,
            "at": call.at,
            "system": call.system,
            "method": call.method,
            "path": call.path,
            "status": call.status,
            "outcome": call.outcome,
            "elapsed_ms": call.elapsed_ms,
            "sent_bytes": call.sent_bytes,
            "received_bytes": call.received_bytes,
            "attempt": call.attempt,
        }


def iterate_calls(database: Database, *, run_id: int) -> Iterator[RecordedCall]:
    """Yield the calls of a run in the order they were made."""
    columns = [_CALLS.c[name] for name in RecordedCall.__struct_fields__]
    query = select(*columns).where(_CALLS.c.run_id == run_id).order_by(_CALLS.c.position)
    last = 0
    while True:
        with database.read() as connection:
            page = query.where(_CALLS.c.position > last).limit(BATCH_ROWS)
            rows = connection.execute(page).mappings().all()
        if not rows:
            return
        last = rows[-1]["position"]
        yield from (RecordedCall(**row) for row in rows)
