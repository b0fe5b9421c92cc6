"""A run reads whatever may have changed, and says what is gone only with proof."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tap_sage300.bookmarks import (
    DocumentBookmark,
    KnownDocument,
    MasterBookmark,
    build_state,
    parse_document_bookmark,
)
from tap_sage300.changes import (
    DocumentNames,
    DocumentPlan,
    DocumentProgress,
    Horizon,
    find_open_years,
    join_bookmarks,
    plan_documents,
    plan_masters,
    shift_date,
)
from tap_sage300.filters import Clause, render

from tests.tap_sage300.orders import make_line, make_order, make_splitter

TODAY = "2026-11-23"
NAMES = DocumentNames(key="Key", stamp="Stamp", completed="Completed", date="Date")
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

    joined = join_bookmarks([DONE, behind])

    assert (joined.last_posting_date, joined.last_sequence_key) == ("2026-09-01", 30)
    assert set(joined.open) == {"5"}
    assert join_bookmarks([DONE, DocumentBookmark()]).is_new


def read(progress: DocumentProgress, *raws: dict[str, Any]) -> list[tuple[int, ...]]:
    return [progress.note(make_splitter().split(raw)) for raw in raws]


def make_progress(bookmark: DocumentBookmark = DONE) -> DocumentProgress:
    return DocumentProgress(plan=plan(bookmark), horizon=make_horizon())


def test_a_future_stamp_does_not_move_the_bookmark() -> None:
    progress = make_progress()

    read(progress, make_order(make_line(), LastPostingDate="9999-12-31T00:00:00Z"))

    assert progress.build_bookmark(company="SAMLTD").last_posting_date == "2026-11-20"


def test_bookmark_never_moves_back() -> None:
    progress = make_progress()

    read(progress, make_order(make_line(), LastPostingDate="2026-11-01T00:00:00Z"))

    assert progress.build_bookmark(company="SAMLTD").last_posting_date == "2026-11-20"


def test_open_and_recent_orders_are_carried_with_their_lines() -> None:
    progress = make_progress()

    read(
        progress,
        make_order(make_line(1000), make_line(2000), key=41),
        make_order(make_line(1500), key=42, Completed=True),
        make_order(make_line(), key=3, Completed=True, LastPostingDate="2024-01-01T00:00:00Z"),
    )

    bookmark = progress.build_bookmark(company="SAMLTD")
    assert bookmark.open == {"41": KnownDocument("PO000041", "1200", 2)}
    assert bookmark.recent == {"42": KnownDocument("PO000042", "1200", (1500,))}
    assert bookmark.last_sequence_key == 42


def test_line_gone_from_a_known_order_is_found() -> None:
    known = msgspec.structs.replace(DONE, recent={"7": KnownDocument("PO000007", "1200", 3)})

    gone = read(make_progress(known), make_order(make_line(1000), make_line(3000)))

    assert gone == [(2000,)]


def test_open_order_that_did_not_come_is_asked_for() -> None:
    known = msgspec.structs.replace(
        DONE,
        open={"7": KnownDocument("PO000007", "1200", 1), "8": KnownDocument("PO8", "1200", 1)},
    )
    progress = make_progress(known)

    read(progress, make_order(make_line()))

    assert progress.unseen_open() == [8]


def test_recent_finished_order_that_vanished_changes_nothing() -> None:
    known = msgspec.structs.replace(DONE, recent={"7": KnownDocument("PO000007", "1200", 3)})

    assert make_progress(known).unseen_open() == []


def test_lines_entered_anew_under_the_number_of_a_deleted_order_are_not_deleted() -> None:
    known = msgspec.structs.replace(DONE, open={"7": KnownDocument("PO000007", "1200", 2)})
    progress = make_progress(known)

    read(progress, make_order(make_line(1000), key=50, PurchaseOrderNumber="PO000007"))

    assert progress.gone_lines(7)[1] == (2000,)


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


# --- a company that lives, and a reader that follows it ------------------------------------------

days = st.integers(0, 34)
edits = st.lists(
    st.tuples(
        st.sampled_from(["add", "complete", "delete", "cancel_line", "touch"]),
        st.integers(0, 30),
        days,
    ),
    max_size=6,
)


class Company:
    """Orders that people change with the stamps people type."""

    def __init__(self) -> None:
        self.orders: dict[int, dict[str, Any]] = {}
        self.next_key = 1

    def apply(self, what: str, which: int, age: int) -> None:
        stamp = f"{shift_date(TODAY, days=-age)}T00:00:00Z"
        open_keys = [key for key, order in self.orders.items() if not order["Completed"]]
        if what == "add" or not open_keys:
            lines = [make_line(1000 * n) for n in range(1, which % 3 + 2)]
            order = make_order(*lines, key=self.next_key, LastPostingDate=stamp)
            self.orders[self.next_key] = order
            self.next_key += 1
            return
        key = open_keys[which % len(open_keys)]
        order = self.orders[key]
        if what == "complete":
            order["Completed"] = True  # and its stamp does not move
        elif what == "delete":
            del self.orders[key]
        elif what == "cancel_line":
            order["PurchaseOrderLines"] = order["PurchaseOrderLines"][:-1]
        else:
            order["PurchaseOrderLines"][:1] = [make_line(1000, QuantityOutstanding=which)]

    def truth(self) -> dict[object, object]:
        split = make_splitter().split
        return {
            line["TransactionId"]: line["OutstandingAmount"]
            for raw in self.orders.values()
            for line in split(raw).lines
        }


class Follower:
    """What a target holds after each run that came to its end."""

    def __init__(self) -> None:
        self.held: dict[object, object] = {}
        self.state: dict[str, object] = {}

    def run(self, company: Company, *, killed_after: int | None = None) -> None:
        bookmark = parse_document_bookmark(self.state, stream="purchase_order_lines")
        progress = DocumentProgress(plan=plan(bookmark), horizon=make_horizon())
        splitter = make_splitter()
        raws = [raw for raw in company.orders.values() if _meets(raw, progress.plan.clauses)]
        if killed_after is not None:
            # A target takes nothing from input that does not end with its complete mark.
            self.state = {**self.state, "complete": False}
            return
        for raw in raws:
            self._take(splitter.split(raw), progress, splitter)
        for key in progress.unseen_open():
            if key in company.orders:
                self._take(splitter.split(company.orders[key]), progress, splitter)
                continue
            known, numbers = progress.gone_lines(key)
            for line in splitter.build_gone_lines(key, known, numbers, deleted_at="now"):
                self.held.pop(line["TransactionId"], None)
        bookmark = progress.build_bookmark(company="SAMLTD")
        self.state = msgspec.json.decode(msgspec.json.encode(build_state(bookmark)))  # noqa: TID251

    def _take(self, order: Any, progress: DocumentProgress, splitter: Any) -> None:
        for line in splitter.build_gone_lines_of(order, progress.note(order), deleted_at="now"):
            self.held.pop(line["TransactionId"], None)
        self.held |= {line["TransactionId"]: line["OutstandingAmount"] for line in order.lines}


def _meets(raw: dict[str, Any], clauses: tuple[Clause, ...]) -> bool:
    names = {
        "Key": raw["PurchaseOrderSequenceKey"],
        "Stamp": dt.date.fromisoformat(raw["LastPostingDate"][:10]),
        "Date": dt.date.fromisoformat(raw["OrderDate"][:10]),
        "Completed": raw["Completed"],
    }
    compare = {
        "eq": lambda a, b: a == b,
        "ge": lambda a, b: a >= b,
        "le": lambda a, b: a <= b,
        "gt": lambda a, b: a > b,
    }
    if not clauses:
        return True
    return any(
        all(compare[part.operator](names[part.property], part.value) for part in clause)
        for clause in clauses
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(edits, st.none() | st.integers(0, 5)), min_size=1, max_size=5))
def test_after_every_complete_run_the_follower_holds_what_the_company_has(
    history: list[tuple[list[tuple[str, int, int]], int | None]],
) -> None:
    company, follower = Company(), Follower()

    for changes, killed_after in history:
        for what, which, age in changes:
            company.apply(what, which, age)
        follower.run(company, killed_after=killed_after)
        if killed_after is None:
            assert follower.held == company.truth()

    follower.run(company)
    assert follower.held == company.truth()


def test_state_survives_its_way_through_json() -> None:
    bookmark = msgspec.structs.replace(
        DONE, open={"7": KnownDocument("PO000007", "1200", (1000, 3000))}
    )

    text = msgspec.json.encode(build_state(bookmark))

    assert parse_document_bookmark(msgspec.json.decode(text), stream="s") == bookmark  # noqa: TID251


@pytest.mark.parametrize("broken", [{"open": []}, {"last_sequence_key": "x"}, {"open": {"1": 5}}])
def test_state_somebody_else_wrote_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(Exception, match="its bookmark cannot be read"):
        parse_document_bookmark(broken, stream="purchase_orders")
