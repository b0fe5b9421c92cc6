"""Documents a tap has emitted: what it takes to say later that one, or a line of it, is gone.

A run remembers a batch before it writes the batch's records, so that at whatever moment it is
killed the memory holds at least what was emitted. What is news, and to whom, is the tap's to
decide; here are the rows, and never more than a batch of them at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import and_, delete, func, or_, select, true

from ml_connector.ledger._database import BATCH_ROWS
from ml_connector.ledger._schema import DocumentRow, table_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Connection, Select

    from ml_connector.ledger._database import Database

_DOCUMENTS = table_of(DocumentRow)
_KEY_COLUMNS = ("subject", "kind", "document_key")


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One document as it was emitted last."""

    key: str
    """The source's own key, as text."""
    number: str
    is_open: bool
    content: str
    """JSON of the tap's making: what it takes to emit the document once more."""
    seen_at: datetime
    """When the latest run that saw it began."""
    closed_at: datetime | None = None
    """When it was first found closed; None once nobody needs to be told."""
    gone_at: datetime | None = None
    """When it, or a part of it, was last found gone; None once nobody needs to be told."""


Change = Callable[[Mapping[str, Document]], Mapping[str, Document | None]]
"""Takes the known among the documents asked for; returns what they become, None to forget one."""


class DocumentMemory:
    """The documents of one kind of one subject; `Ledger.documents` makes it."""

    def __init__(self, database: Database, *, subject: str, kind: str) -> None:
        """Refer to the documents of `kind` of `subject` (a company on its server)."""
        self._database = database
        self._name = f"documents {kind} of {subject}"
        self._own = {"subject": subject, "kind": kind}
        self._is_own = and_(_DOCUMENTS.c.subject == subject, _DOCUMENTS.c.kind == kind)

    def revise(self, keys: Sequence[str], change: Change) -> None:
        """Change at most a batch of documents in one transaction; `change` must be quick and pure.

        Another run of the same subject cannot come between what `change` is given and what it
        returns.

        Raises:
            ValueError: `keys` are more than a batch.
        """
        if len(keys) > BATCH_ROWS:
            message = f"{len(keys)} documents at once; at most {BATCH_ROWS}"
            raise ValueError(message)
        query = self._select(_DOCUMENTS.c.document_key.in_(list(keys)))
        with self._database.write() as connection:
            self._keep_others_out(connection)
            changed = change({one.key: one for one in _fetch(connection, query)})
            self._forget(connection, [key for key, one in changed.items() if one is None])
            self._remember(connection, [one for one in changed.values() if one is not None])

    def find(self, keys: Sequence[str]) -> list[Document]:
        """Return the known among these documents, by key."""
        return self._find(_DOCUMENTS.c.document_key, keys)

    def find_by_number(self, numbers: Sequence[str]) -> list[Document]:
        """Return the documents that were emitted last under one of these numbers, by key."""
        return self._find(_DOCUMENTS.c.number, numbers)

    def iterate_open(self, *, not_seen_at: datetime) -> Iterator[list[Document]]:
        """Yield the open documents, in batches, less those seen by the run that began then."""
        return self._iterate(
            and_(_DOCUMENTS.c.is_open == true(), _DOCUMENTS.c.seen_at != not_seen_at)
        )

    def iterate_closed(self, *, not_seen_at: datetime) -> Iterator[list[Document]]:
        """Yield the documents somebody may have to be told are closed, in batches."""
        return self._iterate(
            and_(_DOCUMENTS.c.closed_at.is_not(None), _DOCUMENTS.c.seen_at != not_seen_at)
        )

    def iterate_gone(self) -> Iterator[list[Document]]:
        """Yield the documents of which somebody may have to be told a loss, in batches."""
        return self._iterate(_DOCUMENTS.c.gone_at.is_not(None))

    def iterate_news(self, *, before: datetime) -> Iterator[list[Document]]:
        """Yield the documents with news older than `before`, in batches."""
        return self._iterate(or_(_DOCUMENTS.c.closed_at < before, _DOCUMENTS.c.gone_at < before))

    def _find(self, column: ColumnElement[str], values: Sequence[str]) -> list[Document]:
        found: list[Document] = []
        for start in range(0, len(values), BATCH_ROWS):
            wanted = column.in_(list(values[start : start + BATCH_ROWS]))
            with self._database.read() as connection:
                found += _fetch(connection, self._select(wanted))
        return sorted(found, key=lambda one: one.key)

    def _keep_others_out(self, connection: Connection) -> None:
        # A lock of rows would not cover the documents that nobody has remembered yet.
        if not self._database.is_sqlite:
            lock = select(func.pg_advisory_xact_lock(func.hashtextextended(self._name, 0)))
            connection.execute(lock)

    def _iterate(self, condition: ColumnElement[bool]) -> Iterator[list[Document]]:
        """Yield batches by key; no transaction is open while the caller has one of them."""
        last = ""
        while True:
            query = self._select(condition, _DOCUMENTS.c.document_key > last)
            query = query.order_by(_DOCUMENTS.c.document_key).limit(BATCH_ROWS)
            with self._database.read() as connection:
                batch = _fetch(connection, query)
            if not batch:
                return
            yield batch
            last = batch[-1].key

    def _select(self, *conditions: ColumnElement[bool]) -> Select[tuple[object, ...]]:
        return select(
            _DOCUMENTS.c.document_key.label("key"),
            *(_DOCUMENTS.c[name] for name in Document.__struct_fields__ if name != "key"),
        ).where(self._is_own, *conditions)

    def _remember(self, connection: Connection, documents: Sequence[Document]) -> None:
        if not documents:
            return
        insert = self._database.insert(_DOCUMENTS)
        others = [column.name for column in _DOCUMENTS.c if column.name not in _KEY_COLUMNS]
        statement = insert.on_conflict_do_update(
            index_elements=list(_KEY_COLUMNS),
            set_={name: insert.excluded[name] for name in others},
        )
        rows = [
            {**self._own, "document_key": one.key, **{name: getattr(one, name) for name in others}}
            for one in sorted(documents, key=lambda one: one.key)
        ]
        connection.execute(statement, rows)

    def _forget(self, connection: Connection, keys: Sequence[str]) -> None:
        if keys:
            wanted = _DOCUMENTS.c.document_key.in_(list(keys))
            connection.execute(delete(_DOCUMENTS).where(self._is_own, wanted))


def _fetch(connection: Connection, query: Select[tuple[object, ...]]) -> list[Document]:
    return [Document(**row) for row in connection.execute(query).mappings()]
