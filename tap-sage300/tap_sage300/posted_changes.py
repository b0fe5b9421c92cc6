"""Which posted payables documents a run must read.

Their day, `LastActivityDate`, is moved by payments or is not (Sage sheet §7, question 10), and
their posting sequence counts invoices and payments apart. A run reads what is stamped since the
bookmark less the lookback, what is not fully paid, of each kind of batch what has a new sequence,
and by key what was not fully paid last time and did not come; now and then everything.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from tap_sage300.bookmarks import DOCUMENTS_MAX, PostedBookmark
from tap_sage300.filters import Clause, Comparison

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_sage300.changes import Horizon
    from tap_sage300.discovery import Resource
    from tap_sage300.reader import RecordReader

STAMP: Final = "LastActivityDate"
SEQUENCE: Final = "PostingSequenceNumber"
BATCH_TYPE: Final = "BatchType"
PAID: Final = "FullyPaid"
NEEDED: Final = ("VendorNumber", "DocumentNumber", STAMP, SEQUENCE, BATCH_TYPE, PAID)

Key = tuple[str, ...]
"""Vendor and document number."""


class PostedNames:
    """The server's spelling of what a read of posted documents filters on."""

    def __init__(self, resource: Resource) -> None:
        """Find each name; a missing one leaves its filter out."""
        find = resource.type.find_server_name
        self.keys = resource.own_keys
        self.stamp = find(STAMP)
        self.paid = find(PAID)
        self.sequence = find(SEQUENCE)
        self.batch_type = find(BATCH_TYPE)
        members = {one.lower(): one for one in resource.members.get(self.paid or "", ())}
        self.unpaid: str | bool = members.get("no", False)


def plan_reads(
    bookmark: PostedBookmark, *, names: PostedNames, horizon: Horizon
) -> Iterator[tuple[Clause, ...]]:
    """Yield the filter's alternatives of each read; none in one means everything.

    There are several, because all in one would be longer than a server takes.
    """
    unpaid = () if names.paid is None else ((Comparison(names.paid, "eq", names.unpaid),),)
    since = bookmark.last_activity
    if names.stamp is None or since is None or horizon.is_sweep_due(bookmark.swept_on):
        if names.stamp is None or horizon.start_date is None:
            yield ()
            return
        started = Comparison(names.stamp, "ge", dt.date.fromisoformat(horizon.start_date))
        yield ((started,), *unpaid)
        return
    first = dt.date.fromisoformat(horizon.look_back(since))
    yield ((Comparison(names.stamp, "ge", first),), *unpaid)
    if names.sequence is None or names.batch_type is None or not bookmark.sequences:
        return
    for kind, last in sorted(bookmark.sequences.items()):
        yield (
            (
                Comparison(names.batch_type, "eq", kind),
                Comparison(names.sequence, "gt", last),
            ),
        )
    yield (tuple(Comparison(names.batch_type, "ne", kind) for kind in sorted(bookmark.sequences)),)


class PostedProgress:
    """What one read of posted documents has seen; becomes the next bookmark."""

    def __init__(self, bookmark: PostedBookmark, horizon: Horizon) -> None:
        """Start from what earlier runs know."""
        self._bookmark = bookmark
        self._horizon = horizon
        self._last = bookmark.last_activity
        self._sequences = dict(bookmark.sequences)
        self._open: dict[Key, None] = {}
        self._missing = dict.fromkeys(bookmark.open)
        self._since = horizon.look_back(bookmark.last_activity) if bookmark.last_activity else ""
        self.is_full = bookmark.last_activity is None or horizon.is_sweep_due(bookmark.swept_on)

    def note(self, key: Key, document: RecordReader) -> None:
        """Take a document that was read into account."""
        self._missing.pop(key, None)
        self._last = self._horizon.move_on(self._last, document.date(STAMP))
        kind = document.text(BATCH_TYPE)
        sequence = document.amount(SEQUENCE)
        if kind and sequence > self._sequences.get(kind, 0):
            self._sequences[kind] = int(sequence)
        if document.raw.get(PAID) is not None and not document.flag(PAID):
            self._open[key] = None
        else:
            self._open.pop(key, None)

    def came_before(self, document: RecordReader) -> bool:
        """Say whether the first of the reads had the document, unless it has just changed."""
        is_open = document.raw.get(PAID) is not None and not document.flag(PAID)
        return is_open or (document.date(STAMP) or "") >= self._since

    def list_missing(self) -> list[Key]:
        """Return the documents that were not fully paid last time, and did not come."""
        return list(self._missing)

    def build_bookmark(self, *, company: str) -> PostedBookmark:
        """Return the bookmark of a read that came to its end."""
        return PostedBookmark(
            complete=True,
            company=company,
            last_activity=self._last,
            sequences=self._sequences,
            swept_on=self._horizon.today if self.is_full else self._bookmark.swept_on,
            open=list(self._open)[-DOCUMENTS_MAX:],
        )
