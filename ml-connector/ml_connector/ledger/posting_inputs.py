"""Lines of the run under way, spooled: memory does not grow with them, and entries come whole."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from itertools import groupby
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import delete, func, select, tuple_, update

from ml_connector.ledger._database import BATCH_ROWS
from ml_connector.ledger._posting_schema import PostingInputRow
from ml_connector.ledger._schema import table_of
from ml_connector.wire import decode_as, encode_json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import Row

    from ml_connector.ledger._database import Database

_INPUTS = table_of(PostingInputRow)
_ORDER = (_INPUTS.c.entry, _INPUTS.c.sequence, _INPUTS.c.reference, _INPUTS.c.digest)


class InputLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line as it came: what it is known by in Sage, its entry, its fields as text."""

    reference: str
    entry: str
    sequence: int
    content: Mapping[str, str | None]


class PostingInputs:
    """The spool of one company; `clear` it before the first line of a run."""

    def __init__(self, database: Database, *, subject: str) -> None:
        """Refer to the spool of `subject`; nothing is read yet."""
        self._database = database
        self._subject = subject

    def clear(self) -> None:
        """Forget the lines of the run before."""
        with self._database.write() as connection:
            connection.execute(delete(_INPUTS).where(_INPUTS.c.subject == self._subject))

    def add(self, stream: str, lines: Sequence[InputLine]) -> None:
        """Keep lines of `stream`; one that came before with equal content changes nothing."""
        rows = [
            {
                "subject": self._subject,
                "stream": stream,
                "reference": line.reference,
                "digest": _digest(line),
                "entry": line.entry,
                "sequence": line.sequence,
                "content": encode_json(line.content).decode(),
            }
            for line in lines
        ]
        with self._database.write() as connection:
            connection.execute(self._database.insert(_INPUTS).on_conflict_do_nothing(), rows)

    def record_outcome(self, stream: str, entry: str, *, outcome: str, reason: str) -> None:
        """Keep why an entry was neither posted nor refused, until the next run begins."""
        with self._database.write() as connection:
            connection.execute(
                update(_INPUTS)
                .where(
                    _INPUTS.c.subject == self._subject,
                    _INPUTS.c.stream == stream,
                    _INPUTS.c.entry == entry,
                )
                .values(outcome=outcome, reason=reason)
            )

    def find_ambiguous(self) -> frozenset[str]:
        """Return the references that came more than once with different content."""
        query = (
            select(_INPUTS.c.reference)
            .where(_INPUTS.c.subject == self._subject)
            .group_by(_INPUTS.c.reference)
            .having(func.count() > 1)
        )
        with self._database.read() as connection:
            return frozenset(connection.scalars(query))

    def find_coming(self, references: Collection[str], *, but: str | None = None) -> frozenset[str]:
        """Return which references come in this run, those with the outcome `but` left out."""
        wanted = sorted(references)
        found: set[str] = set()
        with self._database.read() as connection:
            for start in range(0, len(wanted), BATCH_ROWS):
                query = select(_INPUTS.c.reference).where(
                    _INPUTS.c.subject == self._subject,
                    _INPUTS.c.reference.in_(wanted[start : start + BATCH_ROWS]),
                )
                if but is not None:
                    query = query.where(_INPUTS.c.outcome.is_distinct_from(but))
                found.update(connection.scalars(query))
        return frozenset(found)

    def iterate_entries(self, stream: str) -> Iterator[tuple[str, list[InputLine]]]:
        """Yield each entry of `stream` with its lines as they came, by the entry's name."""
        for name, rows in groupby(self._iterate_rows(stream), key=lambda row: str(row.entry)):
            yield name, [_input_line(row) for row in rows]

    def _iterate_rows(self, stream: str) -> Iterator[Row[tuple[object, ...]]]:
        last: tuple[object, ...] | None = None
        while True:
            query = select(_INPUTS).where(
                _INPUTS.c.subject == self._subject, _INPUTS.c.stream == stream
            )
            if last is not None:
                query = query.where(tuple_(*_ORDER) > last)
            with self._database.read() as connection:
                rows = connection.execute(query.order_by(*_ORDER).limit(BATCH_ROWS)).all()
            if not rows:
                return
            yield from rows
            last = tuple(getattr(rows[-1], column.name) for column in _ORDER)


def _digest(line: InputLine) -> str:
    content = encode_json([line.entry, sorted(line.content.items())])
    return hashlib.sha256(content).hexdigest()[:32]


def _input_line(row: Row[tuple[object, ...]]) -> InputLine:
    return InputLine(
        reference=row.reference,
        entry=row.entry,
        sequence=row.sequence,
        content=decode_as(row.content, dict[str, str | None]),
    )
