"""A run reads whatever may have changed, and says what is gone only with proof."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from tap_sage300.bookmarks import (
    DOCUMENTS_MAX,
    DocumentBookmark,
    KnownDocument,
    MasterBookmark,
    build_state,
    parse_document_bookmark,
)
from tap_sage300.changes import (
    DocumentNames,
    DocumentPlan,
    Horizon,
    find_open_years,
    join_bookmarks,
    plan_documents,
    plan_masters,
    shift_date,
)
from tap_sage300.filters import Comparison, render
from tap_sage300.progress import DocumentProgress

from tests.tap_sage300.orders import make_line, make_order, make_splitter

TODAY = "2026-11-23"
READ_AT = dt.datetime(2026, 11, 23, 6, 0, 0, 5, tzinfo=dt.UTC)
NAMES = DocumentNames(
    key="Key", stamp="Stamp", date="Date", open=(Comparison("Completed", "eq", value=False),)
)
YEARS = [("2026-01-01", "2027-12-31")]
DONE = DocumentBookmark(
    complete=True,
    company="SAMLTD",
    last_posting_date="2026-11-20",
    last_sequence_key=40,
    swept_on="2026-11-10",
)


def make_horizon(**changes: Any) -> Horizon:
    return replace(
        Horizon(today=TODAY, lookback_days=35, sweep_days=30, start_date=None), **changes
    )


def plan(bookmark: DocumentBookmark, **changes: Any) -> DocumentPlan:
    return plan_documents(bookmark, names=NAMES, horizon=make_horizon(**changes), open_years=YEARS)


def test_first_run_reads_everything() -> None:
    assert plan(DocumentBookmark()).clauses == ()


def test_first_run_from_a_start_date_still_reads_every_open_order() -> None:
    clauses = plan(DocumentBookmark(), start_date="2026-01-01").clauses

    assert render(clauses) == "Stamp ge 2026-01-01T00:00:00Z or Completed eq false"


def test_next_run_reads_stamped_new_and_open_orders_in_one_query() -> None:
    assert render(plan(DONE).clauses) == (
        "Stamp ge 2026-10-16T00:00:00Z or Key gt 40 or Completed eq false"
    )


def test_sweep_adds_everything_of_the_open_years() -> None:
    due = msgspec.structs.replace(DONE, swept_on="2026-10-24")

    swept = plan(due)

    assert "Date ge 2026-01-01T00:00:00Z and Date le 2027-12-31T00:00:00Z" in str(
        render(swept.clauses)
    )
    assert swept.swept_on == TODAY


def test_sweep_without_fiscal_years_reads_everything() -> None:
    due = msgspec.structs.replace(DONE, swept_on="2026-10-01")

    swept = plan_documents(due, names=NAMES, horizon=make_horizon(), open_years=None)

    assert swept.clauses == ()


def test_sweep_of_documents_without_a_date_reads_everything() -> None:
    due = msgspec.structs.replace(DONE, swept_on="2026-10-01")
    names = replace(NAMES, date=None)

    swept = plan_documents(due, names=names, horizon=make_horizon(), open_years=YEARS)
    between = plan_documents(DONE, names=names, horizon=make_horizon(), open_years=None)

    assert (swept.clauses, swept.swept_on) == ((), TODAY)
    assert (bool(between.clauses), between.swept_on) == (True, DONE.swept_on)


def test_server_without_stamps_is_read_in_full_each_time() -> None:
    names = replace(NAMES, stamp=None)

    assert plan_documents(DONE, names=names, horizon=make_horizon(), open_years=None).clauses == ()


def test_bookmark_beyond_today_looks_back_from_today() -> None:
    ahead = msgspec.structs.replace(DONE, last_posting_date="2031-01-01")

    assert "Stamp ge 2026-10-19" in str(render(plan(ahead).clauses))


def test_streams_that_share_a_read_start_from_the_earliest_bookmark() -> None:
    behind = msgspec.structs.replace(
        DONE,
        last_posting_date="2026-09-01",
        last_sequence_key=30,
        open={"5": KnownDocument("PO5", "1", 1)},
    )

    joined = join_bookmarks([msgspec.structs.replace(DONE, read_at=READ_AT), behind])

    assert (joined.last_posting_date, joined.last_sequence_key) == ("2026-09-01", 30)
    assert joined.read_at is None
    assert set(joined.open) == {"5"}
    assert join_bookmarks([DONE, DocumentBookmark()]).is_new


def read(progress: DocumentProgress, *raws: dict[str, Any]) -> None:
    for raw in raws:
        [document] = make_splitter().split(raw)
        progress.note_unit(document.key)
        progress.note(document)


def build_bookmark(progress: DocumentProgress) -> DocumentBookmark:
    return progress.build_bookmark(company="SAMLTD", read_at=READ_AT)


def make_progress(bookmark: DocumentBookmark = DONE) -> DocumentProgress:
    return DocumentProgress(plan=plan(bookmark), horizon=make_horizon())


def test_a_future_stamp_does_not_move_the_bookmark() -> None:
    progress = make_progress()

    read(progress, make_order(make_line(), LastPostingDate="9999-12-31T00:00:00Z"))

    assert build_bookmark(progress).last_posting_date == "2026-11-20"


def test_bookmark_never_moves_back() -> None:
    progress = make_progress()

    read(progress, make_order(make_line(), LastPostingDate="2026-11-01T00:00:00Z"))

    assert build_bookmark(progress).last_posting_date == "2026-11-20"


def test_open_and_recent_orders_are_carried_with_their_lines() -> None:
    progress = make_progress()

    read(
        progress,
        make_order(make_line(1000), make_line(2000), key=41),
        make_order(make_line(1500), key=42, Completed=True),
        make_order(make_line(), key=3, Completed=True, LastPostingDate="2024-01-01T00:00:00Z"),
    )

    bookmark = build_bookmark(progress)
    assert bookmark.open == {"41": KnownDocument("PO000041", "1200", 2)}
    assert bookmark.recent == {"42": KnownDocument("PO000042", "1200", (1500,))}
    assert bookmark.last_sequence_key == 42


def test_open_order_that_did_not_come_is_asked_for() -> None:
    known = msgspec.structs.replace(
        DONE,
        open={"7": KnownDocument("PO000007", "1200", 1), "8": KnownDocument("PO8", "1200", 1)},
    )
    progress = make_progress(known)

    read(progress, make_order(make_line()))

    assert progress.list_unsettled_open() == [8]


def test_order_asked_for_twice_is_carried_as_it_came_last() -> None:
    progress = make_progress()

    read(progress, make_order(make_line(), key=41), make_order(make_line(), key=41, Completed=True))

    assert (progress.open, set(progress.recent), progress.open_count) == ({}, {"41"}, 0)


def test_order_that_came_and_is_gone_is_not_carried() -> None:
    progress = make_progress()
    read(progress, make_order(make_line(), key=41), make_order(make_line(), key=42, Completed=True))

    for key in (41, 42):
        progress.note_gone(key)

    assert (progress.open, progress.recent, progress.open_count) == ({}, {}, 0)


def test_no_more_open_orders_are_held_than_a_bookmark_carries() -> None:
    progress = make_progress()
    [order] = make_splitter().split(make_order(make_line(), key=1))

    for key in range(1, DOCUMENTS_MAX * 2 + 2):
        progress.note(replace(order, key=key))

    assert len(progress.open) <= DOCUMENTS_MAX * 2
    assert progress.open_count == DOCUMENTS_MAX * 2 + 1
    assert max(map(int, build_bookmark(progress).open)) == DOCUMENTS_MAX * 2 + 1


def test_open_years_that_adjoin_are_one_stretch() -> None:
    periods = [
        {"Active": True, "StartDate": "2026-01-01", "EndDate": "2026-12-31"},
        {"Active": True, "StartDate": "2027-01-01", "EndDate": "2027-12-31"},
        {"Active": False, "StartDate": "2028-01-01", "EndDate": "2028-12-31"},
        {"Active": True, "StartDate": "2029-01-01", "EndDate": "2029-12-31"},
    ]

    assert find_open_years(periods) == [
        ("2026-01-01", "2027-12-31"),
        ("2029-01-01", "2029-12-31"),
    ]


def test_dates_stop_at_the_ends_of_the_calendar() -> None:
    assert shift_date("0001-01-05", days=-30) == "0001-01-01"
    assert shift_date("9999-12-31", days=30) == "9999-12-31"


def test_masters_are_read_since_their_stamp_less_the_lookback() -> None:
    done = MasterBookmark(complete=True, last_maintained="2026-11-01", swept_on="2026-11-20")

    clauses, swept_on = plan_masters(done, stamp="DateLastMaintained", horizon=make_horizon())

    assert render(clauses) == "DateLastMaintained ge 2026-09-27T00:00:00Z"
    assert swept_on == "2026-11-20"


def test_masters_are_read_in_full_when_the_sweep_is_due() -> None:
    done = MasterBookmark(last_maintained="2026-11-01", swept_on="2026-10-20")

    assert plan_masters(done, stamp="S", horizon=make_horizon()) == ((), TODAY)


def test_state_survives_its_way_through_json() -> None:
    bookmark = msgspec.structs.replace(
        DONE, read_at=READ_AT, open={"7": KnownDocument("PO000007", "1200", (1000, 3000))}
    )

    text = msgspec.json.encode(build_state(bookmark))

    assert parse_document_bookmark(msgspec.json.decode(text), stream="s") == bookmark  # noqa: TID251


@pytest.mark.parametrize(
    "broken",
    [
        {"open": []},
        {"last_sequence_key": "x"},
        {"open": {"1": 5}},
        {"read_at": "yesterday"},
        {"read_at": "2026-11-23T06:00:00"},
    ],
)
def test_state_somebody_else_wrote_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(Exception, match="its bookmark cannot be read"):
        parse_document_bookmark(broken, stream="purchase_orders")
