"""The steps of entries, written with their block of the audit chain.

A block covers the steps of one transaction. The first step of an entry covers the entry as well, by
the digest of its header and lines.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import insert, select

from ml_connector.ledger._posting_schema import PostingEntryRow, PostingLineRow, PostingStepRow
from ml_connector.ledger._schema import table_of
from ml_connector.ledger._types import instant_text
from ml_connector.wire import encode_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection

_ENTRIES = table_of(PostingEntryRow)
_LINES = table_of(PostingLineRow)
_STEPS = table_of(PostingStepRow)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of an entry's life; `digest` is its content's, and stands with the first only."""

    entry_id: int
    at: datetime
    before: str | None
    after: str
    sage_batch: str | None
    sage_entry: str | None
    reason: str | None
    digest: str | None


_COLUMNS = [_STEPS.c[name] for name in Step.__struct_fields__]


def insert_steps(
    connection: Connection, steps: Sequence[Step], *, run_id: int, block_number: int
) -> None:
    """Insert steps inside the caller's transaction; their block is there already."""
    block = {"run_id": run_id, "block_number": block_number}
    connection.execute(insert(_STEPS), [msgspec.structs.asdict(step) | block for step in steps])


def iterate_steps(connection: Connection, block_number: int) -> Iterator[Step]:
    """Yield the steps of a block as they were written."""
    query = (
        select(*_COLUMNS).where(_STEPS.c.block_number == block_number).order_by(_STEPS.c.step_id)
    )
    for row in connection.execute(query).mappings():
        yield Step(**row)


def encode_step(step: Step) -> bytes:
    """Write one step in the form the block's digest is computed over."""
    return encode_json({**msgspec.structs.asdict(step), "at": instant_text(step.at)})


def find_changed_entry(connection: Connection, steps: Iterable[Step]) -> int | None:
    """Return the first entry whose header or lines are not what its first step covers."""
    for step in steps:
        if step.digest is not None and step.digest != _digest_recorded(connection, step.entry_id):
            return step.entry_id
    return None


def digest_entry(name: str, content: str, lines: Iterable[tuple[str, str]]) -> str:
    """Return the digest of an entry; `content` and the lines' are JSON as the ledger keeps it."""
    return hashlib.sha256(encode_json([name, content, list(lines)])).hexdigest()


def _digest_recorded(connection: Connection, entry_id: int) -> str:
    entry = connection.execute(
        select(_ENTRIES.c.name, _ENTRIES.c.content).where(_ENTRIES.c.entry_id == entry_id)
    ).first()
    lines = connection.execute(
        select(_LINES.c.reference, _LINES.c.content)
        .where(_LINES.c.entry_id == entry_id)
        .order_by(_LINES.c.position)
    )
    name, content = (entry.name, entry.content) if entry else ("", "")
    return digest_entry(name, content, [(row.reference, row.content) for row in lines])
