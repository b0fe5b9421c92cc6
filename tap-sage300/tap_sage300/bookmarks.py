"""What a run leaves for the next one: how far it came, and which documents it must not lose.

A bookmark lives in the Singer state under `bookmarks.<stream>` and begins with `complete`: false
from before the stream's first record until its end, so that an interrupted tap is told apart from
a finished one.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import msgspec
from ml_connector.errors import InputError, MismatchError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DOCUMENTS_MAX: Final = 20_000
"""Bound on the documents carried in one bookmark, so that state cannot grow without end."""

LINE_STEP: Final = 1000
"""Sage numbers the lines of an order 1000, 2000, … (Sage sheet §4.4)."""


LineNumbers = int | tuple[int, ...]
"""`3` stands for lines 1000, 2000, 3000; anything else is listed."""


class KnownDocument(msgspec.Struct, frozen=True, array_like=True):
    """As much of a document as it takes to say later that it, or a line of it, is gone."""

    number: str
    vendor: str
    lines: LineNumbers

    def line_numbers(self) -> tuple[int, ...]:
        """Return the numbers of its lines."""
        return expand_lines(self.lines)


Documents = dict[str, KnownDocument]
"""Known documents by Sage's own key, as text because it is a key of JSON objects."""


class MasterBookmark(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far a stream of master records came."""

    complete: bool = False
    company: str | None = None
    last_maintained: str | None = None
    swept_on: str | None = None


class PostingBookmark(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far the stream of postings came."""

    complete: bool = False
    company: str | None = None
    last_sequence: int | None = None
    """The highest posting sequence there was when the read began, and that came."""
    rules: str | None = None
    """The settings that records were computed with; with others everything is read again."""


class DocumentBookmark(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far a stream of documents came."""

    complete: bool = False
    company: str | None = None
    last_posting_date: str | None = None
    last_sequence_key: int | None = None
    swept_on: str | None = None
    read_at: Annotated[dt.datetime, msgspec.Meta(tz=True)] | None = None
    """When the run began that wrote this bookmark: what was known by then, the target confirmed."""
    open: Documents = {}
    """Documents that were open; missing from Sage they were deleted."""
    recent: Documents = {}
    """Finished documents that will be read again because their stamp is recent."""
    rules: str | None = None
    """The settings that records were computed with; with others everything is read again."""

    @property
    def is_new(self) -> bool:
        """Say whether this stream was never read to its end."""
        return self.swept_on is None


class PostedBookmark(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far the stream of posted payables documents came."""

    complete: bool = False
    company: str | None = None
    last_activity: str | None = None
    sequences: dict[str, int] = {}
    """The last posting sequence seen, by the kind of batch: each kind counts by itself."""
    swept_on: str | None = None
    open: list[tuple[str, ...]] = []
    """Vendor and number of the documents that were not fully paid."""


Bookmark = MasterBookmark | PostingBookmark | DocumentBookmark | PostedBookmark
AnyBookmark = TypeVar(
    "AnyBookmark", MasterBookmark, PostingBookmark, DocumentBookmark, PostedBookmark
)


def expand_lines(lines: LineNumbers) -> tuple[int, ...]:
    """Return every line number of the short spelling."""
    if isinstance(lines, int):
        return tuple(range(LINE_STEP, LINE_STEP * lines + 1, LINE_STEP))
    return lines


def compact_lines(numbers: Iterable[int]) -> LineNumbers:
    """Return the shortest spelling of a document's line numbers."""
    listed = tuple(sorted(numbers))
    regular = tuple(range(LINE_STEP, LINE_STEP * len(listed) + 1, LINE_STEP))
    return len(listed) if listed == regular else listed


def parse_master_bookmark(state: Mapping[str, object], *, stream: str) -> MasterBookmark:
    """Read a bookmark from Singer state.

    Raises:
        InputError: the state is not what this tap wrote.
    """
    return parse_bookmark(state, MasterBookmark, stream=stream)


def parse_document_bookmark(state: Mapping[str, object], *, stream: str) -> DocumentBookmark:
    """Read a bookmark from Singer state.

    Raises:
        InputError: the state is not what this tap wrote.
    """
    return parse_bookmark(state, DocumentBookmark, stream=stream)


def parse_bookmark(
    state: Mapping[str, object], kind: type[AnyBookmark], *, stream: str
) -> AnyBookmark:
    """Read a bookmark of `kind` from Singer state.

    Raises:
        InputError: the state is not what this tap wrote.
    """
    try:
        return msgspec.convert(dict(state), kind)
    except msgspec.ValidationError as error:
        raise _unreadable(stream, error) from error


def parse_posting_bookmark(state: Mapping[str, object], *, stream: str) -> PostingBookmark:
    """Read a bookmark from Singer state.

    Raises:
        InputError: the state is not what this tap wrote.
    """
    return parse_bookmark(state, PostingBookmark, stream=stream)


def build_state(bookmark: Bookmark) -> dict[str, object]:
    """Return the bookmark as it stands in Singer state; `complete` is always spelled out."""
    built: dict[str, object] = msgspec.to_builtins(bookmark)
    return {"complete": bookmark.complete, **built}


def check_bookmark_company(bookmark: Bookmark, *, company: str, stream: str) -> None:
    """Refuse the state of another company: its keys mean other documents.

    Raises:
        MismatchError: the bookmark was written for another company.
    """
    if bookmark.company not in (None, company):
        raise MismatchError(
            "State of stream",
            stream,
            expected=f"company {company}",
            found=f"company {bookmark.company}",
            remedy="Keep one state per company (with Meltano: one state id per company), "
            "or start without state.",
        )


def bound_documents(documents: Documents, *, limit: int = DOCUMENTS_MAX) -> Documents:
    """Return at most `limit` documents, those with the highest keys."""
    if len(documents) <= limit:
        return documents
    highest = sorted(documents, key=int)[-limit:]
    return {key: documents[key] for key in highest}


def _unreadable(stream: str, error: msgspec.ValidationError) -> InputError:
    return InputError(
        stream,
        f"its bookmark cannot be read: {error}",
        field="bookmark",
        remedy="Pass the state this tap wrote, unchanged, or start this stream without state "
        "(it is then read in full; nothing is loaded twice).",
    )
