"""Which documents a run must read.

Stamps are days, typed or taken from a clerk's session date, so they lie (design §5.1). A run reads
what is stamped since the bookmark less the lookback, what has a new sequence key, what is open now,
and every `sweep_days` everything of the open fiscal years. All of that is one query, so nothing
comes twice. Documents that were open and did not come are asked for by key afterwards.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from tap_sage300.bookmarks import (
    DocumentBookmark,
    Documents,
    MasterBookmark,
)
from tap_sage300.filters import Clause, Comparison

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tap_sage300.client import CompanySession

RANGES_MAX: Final = 3
"""More stretches of open years than this are read as one, so that the filter stays short."""

DateRange = tuple[str, str]
Moment = TypeVar("Moment", str, dt.datetime)


@dataclass(frozen=True, kw_only=True)
class Horizon:
    """The settings and the day that decide what a run reads."""

    today: str
    """The company's day; no bookmark ever passes it."""
    lookback_days: int
    sweep_days: int
    start_date: str | None

    @classmethod
    def of(cls, session: CompanySession) -> Horizon:
        """Take the company's day from its server and the rest from the settings."""
        return cls(
            today=session.find_today(),
            lookback_days=session.settings.lookback_days,
            sweep_days=session.settings.sweep_days,
            start_date=session.settings.start_date,
        )

    def move_on(self, last: str | None, stamp: str | None) -> str | None:
        """Return the later of two stamps; a stamp of the future moves nothing."""
        if stamp is None or stamp > self.today:
            return last
        return max(last or stamp, stamp)

    def is_sweep_due(self, swept_on: str | None) -> bool:
        """Say whether everything has to be read again."""
        return swept_on is None or swept_on <= shift_date(self.today, days=-self.sweep_days)

    def look_back(self, stamp: str) -> str:
        """Return the first day to read again when `stamp` was the last one seen."""
        return shift_date(min(stamp, self.today), days=-self.lookback_days)


@dataclass(frozen=True, kw_only=True)
class DocumentNames:
    """The server's spelling of the properties a read of documents filters on."""

    key: str
    stamp: str | None
    date: str | None
    open: Clause
    """What holds for every open document; empty when the server cannot say."""


@dataclass(frozen=True, kw_only=True)
class DocumentPlan:
    """What one read of a document resource covers."""

    clauses: tuple[Clause, ...]
    """Alternatives for the filter; none means everything."""
    known_open: Documents
    known: Documents
    """Documents of earlier runs, the open ones included."""
    since: str | None
    """The bookmark this read starts from; the next one is never earlier."""
    last_key: int
    swept_on: str
    rules: str | None = None
    """The settings that its records are computed with."""


def join_bookmarks(bookmarks: Sequence[DocumentBookmark]) -> DocumentBookmark:
    """Return the earliest of the bookmarks of streams that share one read."""
    if any(one.is_new for one in bookmarks):
        merged = DocumentBookmark()
    else:
        merged = DocumentBookmark(
            last_posting_date=_earliest(one.last_posting_date for one in bookmarks),
            last_sequence_key=min(one.last_sequence_key or 0 for one in bookmarks),
            swept_on=_earliest(one.swept_on for one in bookmarks),
            read_at=_earliest(one.read_at for one in bookmarks),
            rules=bookmarks[0].rules if len({one.rules for one in bookmarks}) == 1 else None,
        )
    open_documents: Documents = {}
    recent: Documents = {}
    for one in bookmarks:
        open_documents |= one.open
        recent |= one.recent
    still_recent = {key: doc for key, doc in recent.items() if key not in open_documents}
    return msgspec.structs.replace(merged, open=open_documents, recent=still_recent)


def plan_documents(
    bookmark: DocumentBookmark,
    *,
    names: DocumentNames,
    horizon: Horizon,
    open_years: Sequence[DateRange] | None,
    rules: str | None = None,
) -> DocumentPlan:
    """Decide what to read, from the earliest bookmark of the streams that share the read.

    `open_years` are the fiscal years to sweep, None when they are not known (then a sweep is a full
    read, as it is where documents have no date) or not needed. `rules` are the settings that
    records are computed with: what was computed with others is read again, whatever its stamp.
    """
    sweeps = horizon.is_sweep_due(bookmark.swept_on)
    # Without a day nobody can say what is of the open years.
    full = sweeps and (open_years is None or names.date is None)
    full = full or bookmark.last_posting_date is None
    full = full or bookmark.rules != rules
    full = full or bookmark.is_new or names.stamp is None or not names.open
    if full:
        clauses = _plan_full(names, horizon)
    else:
        clauses = _plan_changes(bookmark, names, horizon)
        if sweeps:
            clauses += _plan_sweep(names, horizon, open_years or ())
    return DocumentPlan(
        clauses=clauses,
        known_open=dict(bookmark.open),
        known=bookmark.recent | bookmark.open,
        since=bookmark.last_posting_date,
        last_key=bookmark.last_sequence_key or 0,
        swept_on=horizon.today if sweeps or full else bookmark.swept_on or horizon.today,
        rules=rules,
    )


def plan_masters(
    bookmark: MasterBookmark, *, stamp: str | None, horizon: Horizon
) -> tuple[tuple[Clause, ...], str]:
    """Return the filter's alternatives for master records, and the day of their last sweep.

    `stamp` is the server's spelling of the maintenance date, None when it has none: then every
    record is read each time.
    """
    due = horizon.is_sweep_due(bookmark.swept_on)
    if stamp is None or due or bookmark.last_maintained is None:
        return (), horizon.today
    since = dt.date.fromisoformat(horizon.look_back(bookmark.last_maintained))
    return ((Comparison(stamp, "ge", since),),), bookmark.swept_on or horizon.today


def shift_date(date: str, *, days: int) -> str:
    """Return the date `days` later; stops at the ends of the calendar."""
    try:
        return (dt.date.fromisoformat(date) + dt.timedelta(days=days)).isoformat()
    except OverflowError:
        return (dt.date.min if days < 0 else dt.date.max).isoformat()


def find_open_years(periods: Iterable[Mapping[str, object]]) -> list[DateRange]:
    """Return first and last day of the active fiscal years, adjoining years joined.

    `periods` are fiscal periods as `tap_sage300.calendars.split_calendar` returns them.
    """
    ranges: list[DateRange] = []
    active = sorted(
        (str(one["StartDate"]), str(one["EndDate"]))
        for one in periods
        if one["Active"] and one["StartDate"] and one["EndDate"]
    )
    for start, end in active:
        if ranges and start <= shift_date(ranges[-1][1], days=1):
            ranges[-1] = (ranges[-1][0], max(end, ranges[-1][1]))
        else:
            ranges.append((start, end))
    if len(ranges) > RANGES_MAX:
        return [(ranges[0][0], ranges[-1][1])]
    return ranges


def _plan_full(names: DocumentNames, horizon: Horizon) -> tuple[Clause, ...]:
    if horizon.start_date is None or names.stamp is None:
        return ()
    since = (Comparison(names.stamp, "ge", dt.date.fromisoformat(horizon.start_date)),)
    return (since, *_list_open(names))


def _plan_changes(
    bookmark: DocumentBookmark, names: DocumentNames, horizon: Horizon
) -> tuple[Clause, ...]:
    new = (Comparison(names.key, "gt", bookmark.last_sequence_key or 0),)
    clauses: tuple[Clause, ...] = (new, *_list_open(names))
    if bookmark.last_posting_date is None or names.stamp is None:
        return clauses
    since = dt.date.fromisoformat(horizon.look_back(bookmark.last_posting_date))
    return ((Comparison(names.stamp, "ge", since),), *clauses)


def _plan_sweep(
    names: DocumentNames, horizon: Horizon, open_years: Sequence[DateRange]
) -> tuple[Clause, ...]:
    assert names.date is not None  # noqa: S101 - without it everything is read
    started: Clause = ()
    if horizon.start_date is not None and names.stamp is not None:
        started = (Comparison(names.stamp, "ge", dt.date.fromisoformat(horizon.start_date)),)
    return tuple(
        (
            Comparison(names.date, "ge", dt.date.fromisoformat(start)),
            Comparison(names.date, "le", dt.date.fromisoformat(end)),
            *started,
        )
        for start, end in open_years
    )


def _list_open(names: DocumentNames) -> tuple[Clause, ...]:
    return (names.open,) if names.open else ()


def _earliest(moments: Iterable[Moment | None]) -> Moment | None:
    known = list(moments)
    return None if None in known else min((one for one in known if one), default=None)
