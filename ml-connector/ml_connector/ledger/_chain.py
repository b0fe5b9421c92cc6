"""The audit chain: each block's digest covers its entries and the digest before it.

Changing, removing or inserting anything breaks every later link. Cutting off the end does not show
in the chain itself; for that its head can be written down elsewhere and given to `verify_chain`.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import msgspec
from sqlalchemy import insert, select, text

from ml_connector.ledger._database import BATCH_ROWS
from ml_connector.ledger._posting_steps import encode_step, find_changed_entry, iterate_steps
from ml_connector.ledger._schema import (
    ApiCallRow,
    AuditBlock,
    LoadedRowRow,
    RowProblemRow,
    table_of,
)
from ml_connector.ledger._types import instant_text
from ml_connector.wire import encode_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import ColumnElement, Connection, Row

    from ml_connector.ledger._database import Database

START = "0" * 64
"""What the first block links to."""

_BLOCKS = table_of(AuditBlock)
_CALLS = table_of(ApiCallRow)
_ROWS = table_of(LoadedRowRow)
_PROBLEMS = table_of(RowProblemRow)
_STREAMED = {"yield_per": BATCH_ROWS}
_ADVISORY_LOCK = 7_249_301_154_820_577_262


class ApiCall(Protocol):
    """What the audit trail keeps of a call; the transport's own record has this shape."""

    @property
    def at(self) -> datetime:
        """When it began."""
        ...

    @property
    def system(self) -> str:
        """Which API."""
        ...

    @property
    def method(self) -> str:
        """The HTTP method."""
        ...

    @property
    def path(self) -> str:
        """Path and query, without the host."""
        ...

    @property
    def status(self) -> int | None:
        """The HTTP status, `None` when no answer came."""
        ...

    @property
    def outcome(self) -> str:
        """One word for how it ended."""
        ...

    @property
    def elapsed_ms(self) -> int:
        """How long it took, in milliseconds."""
        ...

    @property
    def sent_bytes(self) -> int:
        """The size of the body sent."""
        ...

    @property
    def received_bytes(self) -> int:
        """The size of the body received."""
        ...

    @property
    def attempt(self) -> int:
        """Which try of the request this was, from 1."""
        ...


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """What a block says besides its entries."""

    run_id: int
    kind: str
    load_id: int | None
    written_at: datetime


class ChainReport(msgspec.Struct, frozen=True, kw_only=True):
    """What `verify_chain` found; the chain is whole when `problem` is `None`."""

    block_count: int
    head: str
    problem: str | None


def append_block(connection: Connection, block: Block, entries: Iterable[bytes]) -> int:
    """Link one block to the chain inside the caller's transaction and return its number."""
    if connection.dialect.name == "postgresql":
        # SQLite's BEGIN IMMEDIATE already lets one writer in at a time.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
    number, previous = _read_end(connection)
    digest, count = _digest(number + 1, previous, block, entries)
    connection.execute(
        insert(_BLOCKS).values(
            block_number=number + 1,
            run_id=block.run_id,
            kind=block.kind,
            load_id=block.load_id,
            entry_count=count,
            previous_digest=previous,
            digest=digest,
            written_at=block.written_at,
        )
    )
    return number + 1


def read_head(database: Database) -> str:
    """Return the digest of the newest block, to be kept where nobody can change both."""
    with database.read() as connection:
        return _read_end(connection)[1]


def verify_chain(database: Database, *, expected_head: str | None = None) -> ChainReport:
    """Compute every link again and say which one is the first that does not hold."""
    previous, number, is_head_found = START, 0, expected_head in {None, START}
    blocks = select(_BLOCKS).order_by(_BLOCKS.c.block_number)
    with (
        database.read() as connection,
        connection.execute(blocks, execution_options=_STREAMED) as rows,
    ):
        for row in rows:
            problem = _find_broken_link(connection, row, number + 1, previous)
            if problem:
                return ChainReport(block_count=number, head=previous, problem=problem)
            previous, number = row.digest, row.block_number
            is_head_found = is_head_found or previous == expected_head
    problem = None
    if not is_head_found:
        problem = f"The head {expected_head} kept elsewhere is not in the chain: blocks are gone."
    return ChainReport(block_count=number, head=previous, problem=problem)


def encode_call(run_id: int, position: int, call: ApiCall) -> bytes:
    """Write one call in the form the digest is computed over."""
    return encode_json(
        [
            run_id,
            position,
            instant_text(call.at),
            call.system,
            call.method,
            call.path,
            call.status,
            call.outcome,
            call.elapsed_ms,
            call.sent_bytes,
            call.received_bytes,
            call.attempt,
        ]
    )


def iterate_load_entries(connection: Connection, load_id: int) -> Iterator[bytes]:
    """Write a load's rows and their problems, in an order no locale can change."""
    rows = select(_ROWS).where(_ROWS.c.load_id == load_id)
    rows = rows.order_by(_in_byte_order(connection, _ROWS.c.row_key))
    for row in connection.execute(rows, execution_options=_STREAMED):
        amount = format(row.amount, "f")
        yield encode_json(
            [row.row_key, row.sequence, row.digest, amount, row.deleted, row.content, row.origin]
        )
    problems = (
        select(_PROBLEMS)
        .where(_PROBLEMS.c.load_id == load_id)
        .order_by(
            _in_byte_order(connection, _PROBLEMS.c.row_key),
            _in_byte_order(connection, _PROBLEMS.c.source),
        )
    )
    for row in connection.execute(problems, execution_options=_STREAMED):
        yield encode_json([row.row_key, row.source, row.status, row.landed, row.reason])


def _in_byte_order(connection: Connection, column: ColumnElement[str]) -> ColumnElement[str]:
    # SQLite compares the bytes of UTF-8 by default; PostgreSQL has to be told to.
    return column.collate("C") if connection.dialect.name == "postgresql" else column


def _read_end(connection: Connection) -> tuple[int, str]:
    newest = connection.execute(
        select(_BLOCKS.c.block_number, _BLOCKS.c.digest)
        .order_by(_BLOCKS.c.block_number.desc())
        .limit(1)
    ).first()
    return (newest.block_number, newest.digest) if newest else (0, START)


def _digest(number: int, previous: str, block: Block, entries: Iterable[bytes]) -> tuple[str, int]:
    header = [
        previous,
        number,
        block.run_id,
        block.kind,
        block.load_id,
        instant_text(block.written_at),
    ]
    hasher = hashlib.sha256(encode_json(header))
    count = 0
    for entry in entries:
        count += 1
        # The length before each entry: no two lists of entries read the same.
        hasher.update(len(entry).to_bytes(8, "big"))
        hasher.update(entry)
    hasher.update(count.to_bytes(8, "big"))
    return hasher.hexdigest(), count


def _find_broken_link(
    connection: Connection, row: Row[tuple[object, ...]], number: int, previous: str
) -> str | None:
    if row.block_number != number:
        return f"Block {number} is missing."
    if row.previous_digest != previous:
        return f"Block {number} does not link to the block before it."
    block = Block(run_id=row.run_id, kind=row.kind, load_id=row.load_id, written_at=row.written_at)
    digest, count = _digest(number, previous, block, _read_entries(connection, row))
    if (digest, count) != (row.digest, row.entry_count):
        return f"Block {number} ({_name(row)}) was changed after it was written."
    if row.kind == "steps":
        entry = find_changed_entry(connection, iterate_steps(connection, number))
        if entry is not None:
            return f"Entry {entry} of block {number} ({_name(row)}) was changed after it was sent."
    return None


def _name(row: Row[tuple[object, ...]]) -> str:
    if row.load_id is not None:
        return f"load {row.load_id}"
    return f"the {'postings' if row.kind == 'steps' else 'calls'} of run {row.run_id}"


def _read_entries(connection: Connection, row: Row[tuple[object, ...]]) -> Iterator[bytes]:
    if row.load_id is not None:
        yield from iterate_load_entries(connection, row.load_id)
        return
    if row.kind == "steps":
        yield from map(encode_step, iterate_steps(connection, row.block_number))
        return
    calls = (
        select(_CALLS).where(_CALLS.c.block_number == row.block_number).order_by(_CALLS.c.position)
    )
    for call in connection.execute(calls, execution_options=_STREAMED):
        yield encode_call(call.run_id, call.position, call)
