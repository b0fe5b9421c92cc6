"""What a tap remembers of the documents it has emitted, and whom it still has to tell what.

A bookmark says what a target has confirmed; the memory says what was ever sent to one. A loss (a
document gone, a line gone, a number given up) is noted before it is emitted, and emitted by every
run until the bookmark proves that the target has it. The rules are pure; the rows are the
ledger's.

A loss is *acknowledged* for a pipeline when its bookmark was written by a run that began after the
loss was noted, or by the very run that noted it. A loss is always noted later than the beginning of
every run that has seen the document standing, whatever their clocks say, so that no bookmark can
acknowledge what its run did not know.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
from ml_connector.ledger import Document, DocumentMemory
from ml_connector.wire import decode_as, encode_json

from tap_sage300.bookmarks import KnownDocument, LineNumbers, compact_lines, expand_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ml_connector.ledger.documents import Change

    from tap_sage300.documents import SourceDocument

KEPT_DAYS_MIN: Final = 35
"""A loss is kept at least this long for pipelines that have not confirmed it."""

_INSTANT: Final = dt.timedelta(microseconds=1)

LineId = tuple[str, int]
"""The number a document has or had, and the number of a line."""


class NoMemory:
    """Remembers nothing: for trial runs, which leave no trace."""

    def revise(self, keys: Sequence[str], change: Change) -> None:
        """Do nothing."""

    def find(self, keys: Sequence[str]) -> list[Document]:  # noqa: ARG002
        """Return nothing."""
        return []

    def find_by_number(self, numbers: Sequence[str]) -> list[Document]:  # noqa: ARG002
        """Return nothing."""
        return []

    def iterate_open(self, *, not_seen_at: dt.datetime) -> Iterator[list[Document]]:  # noqa: ARG002
        """Yield nothing."""
        return iter(())

    def iterate_closed(self, *, not_seen_at: dt.datetime) -> Iterator[list[Document]]:  # noqa: ARG002
        """Yield nothing."""
        return iter(())

    def iterate_gone(self) -> Iterator[list[Document]]:
        """Yield nothing."""
        return iter(())

    def iterate_news(self, *, before: dt.datetime) -> Iterator[list[Document]]:  # noqa: ARG002
        """Yield nothing."""
        return iter(())


Memory = DocumentMemory | NoMemory


def pack_nothing(_: SourceDocument) -> str:
    """Keep no records: what is gone was deleted."""
    return ""


class Remembered(msgspec.Struct, frozen=True, array_like=True):
    """The content of a row of the memory."""

    vendor: str
    lines: LineNumbers = 0
    """The lines it has, under the row's number."""
    lost: dict[str, LineNumbers] = {}
    """The lines it has no more, by the number they stood under."""
    stands: bool = True
    noted_by: dt.datetime | None = None
    """When the run began that noted the newest loss or completion."""
    records: str = ""
    """What was emitted, as `Archive.pack` writes it, while a target may hold it as open."""


@dataclass(frozen=True, kw_only=True)
class MemoryRules:
    """How one run of one pipeline changes and reads the memory."""

    read_at: dt.datetime
    """When this run began; becomes the bookmark's `read_at`."""
    acknowledged_at: dt.datetime | None
    """The incoming bookmark's `read_at`; None acknowledges nothing."""
    find_now: Callable[[], dt.datetime]
    pack: Callable[[SourceDocument], str]
    """Writes the records of a document whose unit may be purged before it is final."""

    @classmethod
    def begin(
        cls,
        *,
        acknowledged_at: dt.datetime | None,
        find_now: Callable[[], dt.datetime],
        pack: Callable[[SourceDocument], str] = pack_nothing,
    ) -> MemoryRules:
        """Begin a run now, but never at or before the moment its bookmark speaks of."""
        now = find_now()
        read_at = max(now, acknowledged_at + _INSTANT) if acknowledged_at else now
        return cls(read_at=read_at, acknowledged_at=acknowledged_at, find_now=find_now, pack=pack)

    def is_acknowledged(self, document: Document, instant: dt.datetime) -> bool:
        """Say whether the target has confirmed what was noted of `document` at `instant`."""
        if self.acknowledged_at is None:
            return False
        noted_by = decode(document).noted_by
        return instant <= self.acknowledged_at or noted_by == self.acknowledged_at

    def meet(
        self,
        document: Document | None,
        source: SourceDocument,
        *,
        bookmarked: KnownDocument | None,
        was_open: bool,
    ) -> Document:
        """Return what to remember of a document that was read.

        `bookmarked` is what the bookmark knows of it, `was_open` whether as open.
        """
        old = decode(document) if document else Remembered(source.vendor)
        there = {(source.number, line) for line in source.line_numbers}
        lost = _lost_of(old)
        missing = (_lines_of(document) | _bookmarked_lines(bookmarked)) - there
        is_new_loss = bool(missing - lost) or bool(missing and self._is_told(document))
        lost = (lost | missing) - there
        is_new_end = not source.is_open and _has_ended(document, old, was_open=was_open)
        gone_at = document.gone_at if document else None
        closed_at = document.closed_at if document else None
        if is_new_loss or is_new_end:
            now = self._stamp(document)
            gone_at, closed_at = now if is_new_loss else gone_at, now if is_new_end else closed_at
        return Document(
            key=str(source.key),
            number=source.number,
            is_open=source.is_open,
            content=encode(
                Remembered(
                    vendor=source.vendor,
                    lines=compact_lines(source.line_numbers),
                    lost=_group(lost),
                    noted_by=self.read_at if is_new_loss or is_new_end else old.noted_by,
                    records=self.pack(source) if source.is_open or closed_at else "",
                )
            ),
            seen_at=max(document.seen_at, self.read_at) if document else self.read_at,
            closed_at=None if source.is_open else closed_at,
            gone_at=gone_at if lost else None,
        )

    def lose(
        self, document: Document | None, *, key: str, bookmarked: KnownDocument | None
    ) -> Document | None:
        """Return what to remember of a document that Sage has no more; None when of nothing."""
        if document is None and bookmarked is None:
            return None
        old = decode(document) if document else Remembered(bookmarked.vendor if bookmarked else "")
        if document and not old.stands and not self._is_told(document):
            return document
        number = document.number if document else bookmarked.number if bookmarked else ""
        lost = _lost_of(old) | _lines_of(document) | _bookmarked_lines(bookmarked)
        return Document(
            key=key,
            number=number,
            is_open=False,
            content=encode(
                Remembered(
                    vendor=old.vendor, lost=_group(lost), stands=False, noted_by=self.read_at
                )
            ),
            seen_at=document.seen_at if document else self.read_at,
            gone_at=self._stamp(document),
        )

    def forget(self, document: Document, *, before: dt.datetime) -> Document | None:
        """Return what is left when losses and completions older than `before` are forgotten.

        What the pipeline's bookmark does not acknowledge is kept, however old; without a bookmark
        there is nobody to wait for.
        """
        content = decode(document)
        is_end_over = self._is_over(document, document.closed_at, before=before)
        is_loss_over = self._is_over(document, document.gone_at, before=before)
        if is_loss_over and not content.stands:
            return None
        if is_loss_over:
            content = msgspec.structs.replace(content, lost={})
        if is_end_over:
            content = msgspec.structs.replace(content, records="")
        return msgspec.structs.replace(
            document,
            content=encode(content),
            closed_at=None if is_end_over else document.closed_at,
            gone_at=None if is_loss_over else document.gone_at,
        )

    def _is_over(
        self, document: Document, instant: dt.datetime | None, *, before: dt.datetime
    ) -> bool:
        if instant is None or instant >= before:
            return False
        return self.acknowledged_at is None or self.is_acknowledged(document, instant)

    def _is_told(self, document: Document | None) -> bool:
        """Say whether this pipeline counts the document's losses as told already."""
        if document is None or document.gone_at is None:
            return True
        return self.is_acknowledged(document, document.gone_at)

    def _stamp(self, document: Document | None) -> dt.datetime:
        """Return now, or what must be later: see the module's words on acknowledging."""
        earliest = [self.find_now()]
        if document is not None:
            earliest.append(document.seen_at + _INSTANT)
        if self.acknowledged_at is not None:
            earliest.append(self.acknowledged_at + _INSTANT)
        return max(earliest)


def list_lost(document: Document, *, taken: Iterable[LineId]) -> list[KnownDocument]:
    """Return the lines to be told as deleted, by number, less those another has taken."""
    content = decode(document)
    lost = _group(_lost_of(content) - set(taken))
    return [KnownDocument(number, content.vendor, lost[number]) for number in sorted(lost)]


def list_lines(document: Document) -> set[LineId]:
    """Return the lines a document stands with; none when it is gone."""
    return _lines_of(document)


def describe(document: Document) -> KnownDocument:
    """Return what a document was emitted as last."""
    content = decode(document)
    return KnownDocument(document.number, content.vendor, content.lines)


def stands(document: Document) -> bool:
    """Say whether Sage had the document when it was asked last."""
    return decode(document).stands


def decode(document: Document) -> Remembered:
    """Read the content of a row."""
    return decode_as(document.content, Remembered)


def encode(content: Remembered) -> str:
    """Write the content of a row."""
    return encode_json(content).decode()


def _has_ended(document: Document | None, old: Remembered, *, was_open: bool) -> bool:
    """Say whether a closed document was something else when it was emitted before."""
    if document is None or document.closed_at is None:
        return was_open or (document is not None and (document.is_open or not old.stands))
    return document.is_open


def _lines_of(document: Document | None) -> set[LineId]:
    if document is None:
        return set()
    return {(document.number, line) for line in expand_lines(decode(document).lines)}


def _bookmarked_lines(known: KnownDocument | None) -> set[LineId]:
    return {(known.number, line) for line in known.line_numbers()} if known else set()


def _lost_of(content: Remembered) -> set[LineId]:
    return {
        (number, line) for number, lines in content.lost.items() for line in expand_lines(lines)
    }


def _group(lines: Iterable[LineId]) -> dict[str, LineNumbers]:
    by_number: dict[str, list[int]] = {}
    for number, line in lines:
        by_number.setdefault(number, []).append(line)
    return {number: compact_lines(found) for number, found in by_number.items()}
