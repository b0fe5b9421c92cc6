"""Reads a collection to its end, each key once, whatever the server can and cannot do.

By key: `KEY gt 'last'`, ordered by key; a key of two or three properties as a dictionary sorts
words. Rows added, changed or deleted meanwhile move nothing that is still to be read. Where the
server refuses that, or gives rows out of order (order, `$orderby` and the grammar beyond `eq` are
not documented for certain: Sage sheet §3.1, §7 questions 7-9), and for longer keys, by `$skip` with
one row of overlap, again and again until the rows counted are the rows seen. That remembers every
key it saw: whoever reads a long collection so, reads it in windows, as postings are read
(`tap_sage300.postings`).

A short page proves nothing (§3.3): the end is where the server gives no next link and its own count
has been reached, or an empty page.
"""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from itertools import pairwise
from typing import Final

from ml_connector.errors import RefusedError, UnexpectedReplyError
from ml_connector.events import event
from ml_connector.sage300 import Page

from tap_sage300.filters import Clause, combine, find_beyond, render

Part = int | str
Key = Part | tuple[Part, ...]
"""A key of several properties is a tuple."""
Raw = Mapping[str, object]

KEYSET_PARTS_MAX: Final = 3
"""Longest key read by key: n properties make n(n+1)/2 comparisons, and filters must be short."""
PAGES_MAX: Final = 1_000_000
PASSES_MAX: Final = 25


@dataclass(frozen=True, kw_only=True)
class PageQuery:
    """One request for a page, before it becomes a URL."""

    filter: str | None = None
    orderby: str | None = None
    skip: int = 0
    wants_count: bool = False


FetchPage = Callable[[PageQuery], Page]
SplitRest = Callable[["Key | None", int, int], "Iterable[Raw] | None"]
"""Of the last key read, the number of rows left and the rows of a page: the rest, or None."""


class SeenKeys:
    """A set of keys; runs of whole numbers take no more room than their two ends."""

    def __init__(self) -> None:
        """Start empty."""
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._others: set[str | tuple[Part, ...]] = set()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __contains__(self, key: Key) -> bool:
        if not isinstance(key, int):
            return key in self._others
        at = bisect_right(self._starts, key) - 1
        return at >= 0 and key <= self._ends[at]

    def add(self, key: Key) -> bool:
        """Add `key`; return whether it was new."""
        is_new = self._add_number(key) if isinstance(key, int) else self._add_other(key)
        self._size += is_new
        return is_new

    def _add_other(self, key: str | tuple[Part, ...]) -> bool:
        before = len(self._others)
        self._others.add(key)
        return len(self._others) > before

    def _add_number(self, key: int) -> bool:
        at = bisect_right(self._starts, key) - 1
        if at >= 0 and key <= self._ends[at]:
            return False
        touches_left = at >= 0 and self._ends[at] == key - 1
        touches_right = at + 1 < len(self._starts) and self._starts[at + 1] == key + 1
        if touches_left and touches_right:
            self._ends[at] = self._ends.pop(at + 1)
            self._starts.pop(at + 1)
        elif touches_left:
            self._ends[at] = key
        elif touches_right:
            self._starts[at + 1] = key
        else:
            self._starts.insert(at + 1, key)
            self._ends.insert(at + 1, key)
        return True


class _OutOfOrderError(Exception):
    """The server's rows are not where their keys say."""


@dataclass(kw_only=True)
class Pager:
    """Reads one collection once; `resource` names it in messages."""

    fetch: FetchPage
    resource: str
    key: tuple[str, ...]
    """The server's spelling of the key's properties."""
    read_key: Callable[[Raw], Key]
    clauses: Sequence[Clause]
    """Alternatives, of which a row must meet one; none means every row."""
    log: logging.Logger
    after: Key | None = None
    """Rows up to this key are left out."""
    split: SplitRest | None = None
    """Asked once, behind the first page, whether the rest is to be read otherwise."""

    def read(self) -> Iterator[Raw]:
        """Yield each row once."""
        seen = SeenKeys()
        if len(self.key) > KEYSET_PARTS_MAX:
            yield from self._read_by_skip(seen)
            return
        try:
            rest = yield from self._read_by_key(seen)
        except _OutOfOrderError as reason:
            self._warn("rows are not in the order of their keys", reason)
        except RefusedError as reason:
            if not _is_about_query(reason):
                raise
            self._warn("the server refuses paging by key", reason)
        else:
            yield from rest
            return
        yield from self._read_by_skip(seen)

    def _read_by_key(self, seen: SeenKeys) -> Generator[Raw, None, Iterable[Raw]]:
        """Yield the rows in the order of their keys; return those that are read otherwise."""
        last: Key | None = None
        total: int | None = None
        for number in range(PAGES_MAX):
            page = self.fetch(self._query_after(last, wants_count=number == 0))
            total = page.count if number == 0 else total
            keys = [self.read_key(row) for row in page.records]
            _check_order(keys, last)
            rows = [row for row, key in zip(page.records, keys, strict=True) if seen.add(key)]
            if keys and not rows:
                raise _OutOfOrderError("a page brought nothing new")
            yield from rows
            last = keys[-1] if keys else last
            # A later page proves nothing by the count of the first: rows may have come meanwhile.
            is_whole = number == 0 and page.next_link is None and total is not None
            if not keys or (is_whole and len(seen) >= (total or 0)):
                self._check_nothing_missing(seen, total)
                return ()
            if number == 0 and self.split and total is not None:
                rest = self.split(last, total - len(seen), len(keys))
                if rest is not None:
                    return rest
        raise self._endless()

    def _check_nothing_missing(self, seen: SeenKeys, total: int | None) -> None:
        """Count again when fewer rows came than were counted: deleted meanwhile, or skipped?"""
        if total is None or len(seen) >= total:
            return
        now = self.fetch(self._query_after(None, wants_count=True)).count
        if now is not None and len(seen) < now:
            raise _OutOfOrderError(f"{len(seen)} rows came, {now} were counted")

    def _query_after(self, last: Key | None, *, wants_count: bool) -> PageQuery:
        last = self.after if last is None else last
        beyond = () if last is None else find_beyond(self.key, last)
        return PageQuery(
            filter=render(combine(self.clauses, beyond)),
            orderby=self._orderby,
            wants_count=wants_count,
        )

    @property
    def _orderby(self) -> str:
        return ",".join(self.key)

    def _read_by_skip(self, seen: SeenKeys) -> Iterator[Raw]:
        query, page = self._find_skip_query()
        for _ in range(PASSES_MAX):
            before = len(seen)
            outcome = _Pass()
            yield from self._read_one_pass(query, page, seen, outcome)
            complete = outcome.total is None or len(seen) >= outcome.total
            if complete and (not outcome.shifted or len(seen) == before):
                return
            page = self.fetch(query)
        raise UnexpectedReplyError(
            f"after {PASSES_MAX} readings only {len(seen)} different rows came",
            system="Sage 300",
            call=f"GET {self.resource}",
            remedy="The server gives rows in a new order each time. Raise PageSize in its "
            "web.config above the number of rows, or let it accept $orderby.",
        )

    def _read_one_pass(
        self, query: PageQuery, page: Page, seen: SeenKeys, outcome: _Pass
    ) -> Iterator[Raw]:
        skip = 0
        last: Key | None = None
        for _ in range(PAGES_MAX):
            keys = [self.read_key(row) for row in page.records]
            # Without the overlap a row deleted meanwhile would shift an unread one out of sight.
            overlaps = last is not None and skip > 0
            outcome.shifted |= overlaps and keys[:1] != [last]
            outcome.note_count(page.count)
            yield from (row for row, key in zip(page.records, keys, strict=True) if seen.add(key))
            if len(keys) <= (1 if overlaps else 0) or outcome.is_end(page, behind=skip + len(keys)):
                return
            last = keys[-1] if len(keys) > 1 else None
            skip += max(len(keys) - 1, 1)
            page = self.fetch(replace(query, skip=skip))
        raise self._endless()

    def _find_skip_query(self) -> tuple[PageQuery, Page]:
        """Return the richest query the server accepts, and its first page."""
        whole = self._query_after(None, wants_count=True)
        for query in (whole, replace(whole, orderby=None)):
            try:
                return query, self.fetch(query)
            except RefusedError:
                continue
        plain = replace(whole, orderby=None, wants_count=False)
        return plain, self.fetch(plain)

    def _warn(self, problem: str, reason: Exception) -> None:
        event(
            self.log,
            "paging.by_skip",
            level=logging.WARNING,
            resource=self.resource,
            problem=problem,
            reason=str(reason),
        )

    def _endless(self) -> UnexpectedReplyError:
        return UnexpectedReplyError(
            f"more than {PAGES_MAX} pages came",
            system="Sage 300",
            call=f"GET {self.resource}",
        )


@dataclass
class _Pass:
    """What one reading by `$skip` showed."""

    total: int | None = None
    shifted: bool = False

    def note_count(self, count: int | None) -> None:
        """Take the server's count; when it changes, rows may have moved."""
        self.shifted |= self.total is not None and count not in (None, self.total)
        self.total = self.total if count is None else count

    def is_end(self, page: Page, *, behind: int) -> bool:
        """Say whether nothing is left behind that many rows."""
        return page.next_link is None and self.total is not None and behind >= self.total


def _is_about_query(error: RefusedError) -> bool:
    return error.code == "InvalidParameters" or error.status == HTTPStatus.BAD_REQUEST


def _check_order(keys: Sequence[Key], last: Key | None) -> None:
    # Texts are compared by the server's collation, which is not ours; for them the count decides.
    numbers = [key for key in (last, *keys) if isinstance(key, int)]
    if any(after <= before for before, after in pairwise(numbers)):
        raise _OutOfOrderError("keys do not ascend")
