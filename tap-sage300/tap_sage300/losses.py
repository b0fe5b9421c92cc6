"""What is gone: noted in the memory, told until the target has confirmed it, then forgotten."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_sage300.documents import SharedNumbers
from tap_sage300.memory import describe, list_lines, list_lost, stands

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ml_connector.ledger import Document

    from tap_sage300.bookmarks import KnownDocument
    from tap_sage300.documents import DocumentFamily
    from tap_sage300.memory import LineId, Memory, MemoryRules
    from tap_sage300.progress import DocumentProgress


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What has to be told of one document."""

    key: int
    known: KnownDocument
    """What it was emitted as last."""
    is_whole: bool
    """Whether the document itself is gone, and not only lines of it."""
    lines: Sequence[KnownDocument]
    """The lines that are gone, by the number they stood under."""
    deleted_at: str


class Losses:
    """The losses of one read."""

    def __init__(
        self,
        memory: Memory,
        rules: MemoryRules,
        progress: DocumentProgress,
        *,
        family: DocumentFamily,
    ) -> None:
        """Refer to what the read remembers and has seen."""
        self._memory = memory
        self._rules = rules
        self._progress = progress
        self._family = family

    def lose(self, document: Document | None, key: int) -> Document | None:
        """Return what to remember of a document that Sage has no more."""
        if document is not None and self._is_final(document):
            return document if self._keeps_number(document) else None
        bookmarked = self._progress.find_bookmarked(key)
        return self._rules.lose(document, key=str(key), bookmarked=bookmarked)

    def is_news(self, document: Document, instant: dt.datetime | None) -> bool:
        """Say whether this target has yet to confirm what was noted at `instant`."""
        return instant is not None and not self._rules.is_acknowledged(document, instant)

    def list_unsettled_takers(self) -> list[int]:
        """Return the keys of documents that may have taken a lost number, and did not come."""
        takers = {
            int(one.key)
            for document in self._iterate_gone()
            for one in self._find_others(document)
            if int(one.key) not in self._progress.settled and not self._is_purged(one)
        }
        return sorted(takers)

    def iterate(self) -> Iterator[Loss]:
        """Yield what is gone and was not confirmed as such by the target."""
        for document in self._iterate_gone():
            yield Loss(
                key=int(document.key),
                known=describe(document),
                is_whole=not stands(document),
                lines=list_lost(document, taken=self._find_taken(document)),
                deleted_at=_spell(document.gone_at),
            )

    def forget(self, days: int) -> None:
        """Forget what every pipeline had `days` to confirm."""
        before = self._rules.read_at - dt.timedelta(days=days)

        def forget(known: Mapping[str, Document]) -> dict[str, Document | None]:
            return {key: self._rules.forget(one, before=before) for key, one in known.items()}

        for batch in self._memory.iterate_news(before=before):
            self._memory.revise([one.key for one in batch], forget)

    def _is_final(self, document: Document) -> bool:
        """Say whether this target knows it as closed: that it vanishes changes nothing."""
        key = int(document.key)
        if document.is_open or self._progress.was_open(key) or key in self._progress.settled:
            return False
        return stands(document) and not self.is_news(document, document.closed_at)

    def _keeps_number(self, document: Document) -> bool:
        """Say whether a final document that vanished has its number still, and so its lines.

        The number of a document that was posted in a batch that was purged is taken in Sage. In
        other families another document may have it by now, and no run would wait for the first.
        """
        is_first = self._family.shared_numbers is SharedNumbers.FIRST_STANDS
        return is_first and self._is_purged(document)

    def _is_purged(self, document: Document) -> bool:
        return self._family.unit_of(int(document.key)) in self._progress.gone_units

    def _iterate_gone(self) -> Iterator[Document]:
        for batch in self._memory.iterate_gone():
            yield from (one for one in batch if self.is_news(one, one.gone_at))

    def _find_taken(self, document: Document) -> set[LineId]:
        """Return the lines that stand under a number `document` had, but in another one."""
        return {line for one in self._find_others(document) for line in list_lines(one)}

    def _find_others(self, document: Document) -> list[Document]:
        """Return the documents that stand under a number `document` had."""
        numbers = [known.number for known in list_lost(document, taken=())]
        found = self._memory.find_by_number(numbers)
        return [one for one in found if one.key != document.key and stands(one)]


def _spell(instant: dt.datetime | None) -> str:
    assert instant is not None  # noqa: S101 - asked for only where there is a loss
    return instant.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
