"""How far a read of documents has come: what becomes the next bookmark."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tap_sage300.bookmarks import DOCUMENTS_MAX, DocumentBookmark, Documents, bound_documents
from tap_sage300.paging import SeenKeys

if TYPE_CHECKING:
    import datetime as dt

    from tap_sage300.bookmarks import KnownDocument
    from tap_sage300.changes import DocumentPlan, Horizon
    from tap_sage300.documents import SourceDocument

PRUNE_ABOVE: Final = 5_000
"""Recent documents are thinned out while reading when there are more than this."""


@dataclass(kw_only=True)
class DocumentProgress:
    """What one read of documents has seen so far; becomes the next bookmark."""

    plan: DocumentPlan
    horizon: Horizon
    last_stamp: str | None = None
    last_key: int = 0
    open_count: int = 0
    open: Documents = field(default_factory=dict)
    """The open documents with the highest keys: no more than a bookmark may carry, doubled."""
    recent: Documents = field(default_factory=dict)
    settled: SeenKeys = field(default_factory=SeenKeys)
    """Documents that came, or that are gone and were not final."""
    units: SeenKeys = field(default_factory=SeenKeys)
    """Units that came."""
    gone_units: SeenKeys = field(default_factory=SeenKeys)
    """Units of which Sage says that there is no such record."""
    _stamps: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Start from what earlier runs know."""
        self.last_stamp = self.plan.since
        self.last_key = self.plan.last_key

    def find_bookmarked(self, key: int) -> KnownDocument | None:
        """Return what the incoming bookmark knows of a document."""
        return self.plan.known.get(str(key))

    def was_open(self, key: int) -> bool:
        """Say whether the incoming bookmark has the document as open."""
        return str(key) in self.plan.known_open

    def list_unsettled_open(self) -> list[int]:
        """Return the keys of documents the bookmark has as open, and of which nothing came."""
        return sorted(key for key in map(int, self.plan.known_open) if key not in self.settled)

    def is_answered(self, unit: int) -> bool:
        """Say whether Sage has answered for a unit, with the record or that there is none."""
        return unit in self.units or unit in self.gone_units

    def note_unit(self, key: int) -> None:
        """Take into account that a unit came."""
        self.units.add(key)
        self.last_key = max(self.last_key, key)

    def note(self, document: SourceDocument) -> None:
        """Take a document that was read into account."""
        key = str(document.key)
        is_first = self.settled.add(document.key)
        if not is_first:
            self.open_count -= self.open.pop(key, None) is not None
            self.recent.pop(key, None)
        self.last_stamp = self.horizon.move_on(self.last_stamp, document.stamp)
        if document.is_open:
            self._note_open(key, document.known())
        elif document.stamp is not None and self._is_recent(document.stamp):
            self._note_recent(key, document.known(), stamp=document.stamp)

    def note_gone(self, key: int) -> None:
        """Take into account that Sage has no such document."""
        self.settled.add(key)
        self.open_count -= self.open.pop(str(key), None) is not None
        self.recent.pop(str(key), None)

    def build_bookmark(self, *, company: str, read_at: dt.datetime) -> DocumentBookmark:
        """Return the bookmark of a stream whose read came to its end."""
        self._prune()
        return DocumentBookmark(
            complete=True,
            company=company,
            last_posting_date=self.last_stamp,
            last_sequence_key=self.last_key,
            swept_on=self.plan.swept_on,
            read_at=read_at,
            open=bound_documents(self.open),
            recent=self.recent,
            rules=self.plan.rules,
        )

    def _note_open(self, key: str, known: KnownDocument) -> None:
        self.open[key] = known
        self.open_count += 1
        if len(self.open) > DOCUMENTS_MAX * 2:
            self.open = bound_documents(self.open)

    def _note_recent(self, key: str, known: KnownDocument, *, stamp: str) -> None:
        self.recent[key] = known
        self._stamps[key] = stamp
        if len(self.recent) > PRUNE_ABOVE * 2:
            self._prune()

    def _is_recent(self, stamp: str) -> bool:
        return self.last_stamp is None or stamp >= self.horizon.look_back(self.last_stamp)

    def _prune(self) -> None:
        first = self.horizon.look_back(self.last_stamp) if self.last_stamp else ""
        fresh = {key: doc for key, doc in self.recent.items() if self._stamps[key] >= first}
        self.recent = bound_documents(fresh, limit=PRUNE_ABOVE)
        self._stamps = {key: self._stamps[key] for key in self.recent}
