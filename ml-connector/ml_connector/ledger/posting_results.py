"""What became of each line: one result per transaction id, for planners and for people who ask.

A line that may stand in Sage shows where it stands, whatever was refused later; then, what the last
run said of it; else the newest of what is kept.
"""

from __future__ import annotations

import re
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import select

from ml_connector.ledger._database import BATCH_ROWS
from ml_connector.ledger._posting_schema import PostingEntryRow, PostingInputRow, PostingLineRow
from ml_connector.ledger._posting_states import WATCHED, EntryState
from ml_connector.ledger._schema import table_of
from ml_connector.wire import decode_as

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import Row

    from ml_connector.ledger._database import Database

_ENTRIES = table_of(PostingEntryRow)
_LINES = table_of(PostingLineRow)
_INPUTS = table_of(PostingInputRow)
_SAID: Final = (*(_INPUTS.c.reference, _INPUTS.c.outcome, _INPUTS.c.reason), _INPUTS.c.content)
STANDS_WITH: Final = "stands"
"""The outcome of a line that another one stands for in the ledger, which is the reason's text."""
LEFT_OUT: Final = "left_out"
"""The outcome of a line that is not approved, or not of this company."""
_POSTED: Final = (EntryState.POSTED, EntryState.PARTLY_POSTED)
_REVERSAL: Final = re.compile(r"~[0-9]+~r[0-9]+$")
"""The line that takes a revision back; it is nobody's line in the model."""
_REVISION: Final = re.compile(r"^(?P<id>.+)~(?P<number>[2-9]|[1-9][0-9]+)$")


class PostingResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one line; `batch` and `entry` say where Sage shows it."""

    transaction_id: str
    revision: int
    status: str
    batch: str | None = None
    entry: str | None = None
    reason: str | None = None
    posted_date: date | None = None
    """The day it is posted under in the books; none before it is posted."""


class PostingResults:
    """The results of one company."""

    def __init__(self, database: Database, *, subject: str) -> None:
        """Refer to the company; nothing is read yet."""
        self._database = database
        self._subject = subject

    def iterate(self, *, origin: str = "") -> Iterator[PostingResult]:
        """Yield one result per transaction id of the model `origin`; without one, of all.

        Ids of a model that has an origin are given without it, as the model knows them.
        """
        # Payables have their ids in upper case, the model's short name in front too.
        for prefix in sorted({f"{origin}/", f"{origin}/".upper()} if origin else {""}):
            yield from self._iterate(prefix)

    def _iterate(self, prefix: str) -> Iterator[PostingResult]:
        newest = self._find_revisions(prefix)
        after = ""
        while page := self._read_references(prefix, after):
            said = self._read_said(page)
            # SQLite compares beginnings without regard to case.
            lines = self._read_lines([one for one in page if one.startswith(prefix)])
            for reference, rows in groupby(lines, lambda row: str(row.reference)):
                found = list(rows)
                transaction_id, revision = _part(reference)
                is_older = newest.get(transaction_id, 1) > revision
                if is_older or _REVERSAL.search(reference) or _has_no_id(found[0]):
                    continue
                own = said.get(reference)
                result = self._resolve(own) or _judge(found, own)
                name = _write_id(transaction_id.removeprefix(prefix), found[0], own)
                yield msgspec.structs.replace(result, transaction_id=name, revision=revision)
            after = page[-1]
        yield from self._iterate_unrecorded(prefix)

    def _iterate_unrecorded(self, prefix: str) -> Iterator[PostingResult]:
        """Yield what was said of lines that no entry has."""
        after = ""
        recorded = select(_LINES.c.reference).where(_LINES.c.subject == self._subject)
        while True:
            query = (
                select(*_SAID)
                .where(
                    _INPUTS.c.subject == self._subject,
                    _INPUTS.c.outcome.is_not(None),
                    _INPUTS.c.reference > after,
                    _INPUTS.c.reference.startswith(prefix, autoescape=True),
                    _INPUTS.c.reference.not_in(recorded),
                    _INPUTS.c.content.not_like('%"transaction_id":null%'),
                )
                .order_by(_INPUTS.c.reference)
                .limit(BATCH_ROWS)
            )
            with self._database.read() as connection:
                rows = connection.execute(query).all()
            if not rows:
                return
            for row in (one for one in rows if one.reference.startswith(prefix)):
                result = self._resolve(row) or _tell_said(row)
                name = _write_id(row.reference.removeprefix(prefix), row)
                yield msgspec.structs.replace(result, transaction_id=name)
            after = rows[-1].reference

    def _find_revisions(self, prefix: str) -> dict[str, int]:
        """Return the newest revision of each id that has more than one."""
        query = (
            select(_LINES.c.reference)
            .where(
                _LINES.c.subject == self._subject,
                _LINES.c.is_claimed,
                _LINES.c.reference.startswith(prefix, autoescape=True),
                _LINES.c.reference.contains("~", autoescape=True),
            )
            .distinct()
        )
        newest: dict[str, int] = {}
        with self._database.read() as connection:
            for reference in connection.scalars(query):
                name, revision = _part(reference)
                newest[name] = max(revision, newest.get(name, 1))
        return newest

    def _read_references(self, prefix: str, after: str) -> list[str]:
        query = (
            select(_LINES.c.reference)
            .where(
                _LINES.c.subject == self._subject,
                _LINES.c.reference > after,
                _LINES.c.reference.startswith(prefix, autoescape=True),
            )
            .distinct()
            .order_by(_LINES.c.reference)
            .limit(BATCH_ROWS)
        )
        with self._database.read() as connection:
            return list(connection.scalars(query))

    def _read_lines(self, references: Sequence[str]) -> list[Row[tuple[object, ...]]]:
        """Return each line of `references` with its entry, the claimed first, then the newest."""
        query = (
            select(
                *(_LINES.c.reference, _LINES.c.is_claimed, _LINES.c.content, _ENTRIES.c.state),
                *(_ENTRIES.c.sage_batch, _ENTRIES.c.sage_entry, _ENTRIES.c.reason),
            )
            .join(_ENTRIES, _ENTRIES.c.entry_id == _LINES.c.entry_id)
            .where(_LINES.c.subject == self._subject, _LINES.c.reference.in_(references))
            .order_by(_LINES.c.reference, _LINES.c.is_claimed.desc(), _ENTRIES.c.entry_id.desc())
        )
        with self._database.read() as connection:
            return list(connection.execute(query).all())

    def _read_said(self, references: Collection[str]) -> dict[str, Row[tuple[object, ...]]]:
        query = select(*_SAID).where(
            _INPUTS.c.subject == self._subject, _INPUTS.c.reference.in_(references)
        )
        with self._database.read() as connection:
            return {row.reference: row for row in connection.execute(query)}

    def _resolve(self, said: Row[tuple[object, ...]] | None) -> PostingResult | None:
        """Return the result of the line that stands for this one, if another does."""
        if said is None or said.outcome != STANDS_WITH:
            return None
        return _judge(self._read_lines([str(said.reason)]), None)


def _part(reference: str) -> tuple[str, int]:
    found = _REVISION.match(reference)
    return (found["id"], int(found["number"])) if found else (reference, 1)


def _judge(
    rows: Sequence[Row[tuple[object, ...]]], said: Row[tuple[object, ...]] | None
) -> PostingResult:
    first = rows[0]
    if not first.is_claimed and said is not None and said.outcome is not None:
        return _tell_said(said)
    reason = _shorten(first)
    # What was refused of a line that stands is a change of it.
    change = next((row for row in rows[1:] if row.state == EntryState.REFUSED), None)
    if first.is_claimed and change is not None:
        reason = f"its change was refused: {_shorten(change)}"
    elif first.state in WATCHED and said is not None and said.outcome == LEFT_OUT:
        reason = f"it stands in its batch, and in the model {said.reason}"
    content = decode_as(first.content, dict[str, str | None])
    day = content.get("date") if first.state in _POSTED else None
    return PostingResult(
        transaction_id="",
        revision=1,
        status=first.state,
        batch=first.sage_batch,
        entry=first.sage_entry,
        reason=reason,
        posted_date=date.fromisoformat(day[:10]) if day else None,
    )


def _tell_said(said: Row[tuple[object, ...]]) -> PostingResult:
    return PostingResult(transaction_id="", revision=1, status=said.outcome, reason=said.reason)


def _write_id(name: str, *rows: Row[tuple[object, ...]] | None) -> str:
    """Return an id as the model writes it, if a row tells; `name` is as Sage does."""
    for row in rows:
        content = decode_as(row.content, dict[str, str | None]) if row is not None else {}
        written = (content.get("transaction_id") or "").strip()
        if written.upper() == name:
            return written
    return name


def _shorten(row: Row[tuple[object, ...]]) -> str | None:
    """Return the reason, less what is said of other lines of the entry."""
    if not row.reason:
        return None
    problems = str(row.reason).split("\n")
    own = [one for one in problems if ", record " not in one or f"record {row.reference}," in one]
    return "; ".join(own) if own else f"another line of its entry is refused: {problems[0]}"


def _has_no_id(row: Row[tuple[object, ...]]) -> bool:
    content = decode_as(row.content, dict[str, str | None])
    return "transaction_id" in content and not (content["transaction_id"] or "").strip()
