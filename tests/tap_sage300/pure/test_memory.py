"""What was emitted and is gone is told until the target has confirmed it, and never twice wrongly.

Goal: whatever is edited, deleted or renumbered, whoever is killed and whatever was confirmed, after
a run that came to its end the target holds what the company has. Method: the tap's own read with a
ledger file, against a company in memory (`tests.tap_sage300.books`).
"""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ml_connector.errors import InputError
from ml_connector.ledger import Ledger, open_ledger
from tap_sage300.changes import shift_date

from tests.tap_sage300.books import TODAY, Books, Pipeline, Ticks
from tests.tap_sage300.orders import make_line, make_order

if TYPE_CHECKING:
    from collections.abc import Iterator

OLD = "2026-01-05T00:00:00Z"
"""A stamp that no lookback reaches; its day lies in an open fiscal year."""


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger file without rows, to be copied: migrating takes half a second."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.sqlite3"
    open_ledger(path).close()
    return path


@contextmanager
def copy_of(path: Path) -> Iterator[Ledger]:
    """Open a copy of a ledger file."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copy(path, folder))
        with open_ledger(copy) as ledger:
            yield ledger


@pytest.fixture
def ledger(empty_ledger: Path) -> Iterator[Ledger]:
    with copy_of(empty_ledger) as opened:
        yield opened


@pytest.fixture
def books() -> Books:
    """Orders 1 and 2, open, of two lines; 3, finished long ago, of three; 4, finished lately."""
    books = Books()
    books.add(1000, 2000, key=1, LastPostingDate=OLD)
    books.add(1000, 2000, key=2, LastPostingDate=OLD)
    books.add(1000, 2000, 3000, key=3, LastPostingDate=OLD, OrderDate=OLD, Completed=True)
    books.add(1000, key=4, Completed=True)
    return books


@pytest.fixture
def pipeline(books: Books, ledger: Ledger) -> Pipeline:
    return Pipeline(books, ledger)


def ids(key: int, *lines: int, number: str | None = None) -> set[str]:
    """Transaction ids of an order's lines."""
    return {f"SAMLTD:PO:{number or f'PO{key:06}'}:{line}" for line in lines}


def test_order_landed_without_a_state_and_deleted_before_the_rerun_is_told(
    pipeline: Pipeline,
) -> None:
    pipeline.land(pipeline.read())  # the target was killed after settling: no state came back
    del pipeline.books.orders[1]

    written = pipeline.run()

    assert written.deleted == ids(1, 1000, 2000)
    assert pipeline.held == pipeline.books.list_standing()


def test_full_refresh_after_a_deletion_tells_it(pipeline: Pipeline) -> None:
    pipeline.run()
    del pipeline.books.orders[1]
    pipeline.state = None

    assert pipeline.run().deleted == ids(1, 1000, 2000)


def test_full_refresh_tells_once_more_what_was_confirmed_as_gone(pipeline: Pipeline) -> None:
    pipeline.run()
    del pipeline.books.orders[1]
    pipeline.run()
    pipeline.state = None
    asked = pipeline.books.requests

    assert pipeline.run().deleted == ids(1, 1000, 2000)
    assert pipeline.books.requests == asked + 1  # proven once is proven


def test_deletion_is_told_again_until_it_is_confirmed_and_then_no_more(pipeline: Pipeline) -> None:
    pipeline.run()
    del pipeline.books.orders[1]
    lost = [pipeline.read().deleted for _ in range(3)]  # three runs whose targets were killed

    confirmed, after, later = (pipeline.run().deleted for _ in range(3))

    assert lost == [ids(1, 1000, 2000)] * 3
    assert confirmed == ids(1, 1000, 2000)
    assert (after, later) == (set(), set())


@pytest.mark.parametrize("rows_max", range(7))
def test_tap_killed_at_any_row_makes_the_next_run_forget_nothing(
    pipeline: Pipeline, rows_max: int
) -> None:
    pipeline.run()
    pipeline.books.set_lines(1, 1000)
    del pipeline.books.orders[2]
    pipeline.read(rows_max=rows_max)

    assert pipeline.run().deleted == ids(1, 2000) | ids(2, 1000, 2000)
    assert pipeline.held == pipeline.books.list_standing()


def test_order_only_an_interrupted_run_has_emitted_is_told_when_it_is_deleted(
    pipeline: Pipeline,
) -> None:
    pipeline.run()
    pipeline.books.add(1000, key=9)
    pipeline.land(pipeline.read())
    del pipeline.books.orders[9]

    assert pipeline.run().deleted == ids(9, 1000)


def test_order_closed_in_an_unconfirmed_run_is_emitted_again(pipeline: Pipeline) -> None:
    pipeline.run()
    pipeline.books.orders[1]["Completed"] = True  # and its stamp does not move
    pipeline.read()

    # The bookmark still names it as open; a second pipeline's bookmark would not.
    pipeline.state["open"] = {}  # type: ignore[index]
    written = pipeline.run()

    assert set(written.standing) >= ids(1, 1000, 2000)
    assert ids(1, 1000, 2000).isdisjoint(pipeline.run().standing)


def test_line_taken_out_of_an_order_finished_long_ago_is_found_by_the_sweep(
    pipeline: Pipeline,
) -> None:
    pipeline.run()
    pipeline.books.set_lines(3, 1000, 3000)
    assert pipeline.run().deleted == set()

    pipeline.today = shift_date(TODAY, days=30)

    assert pipeline.run().deleted == ids(3, 2000)
    assert pipeline.run().deleted == set()


def test_line_entered_again_stands_again(pipeline: Pipeline) -> None:
    pipeline.run()
    pipeline.books.set_lines(1, 1000)
    pipeline.read()
    pipeline.books.set_lines(1, 1000, 2000)

    assert pipeline.run().deleted == set()
    assert pipeline.held == pipeline.books.list_standing()


def test_restored_order_is_open_again(pipeline: Pipeline) -> None:
    pipeline.run()
    order = pipeline.books.orders.pop(1)
    pipeline.run()
    pipeline.books.orders[1] = order

    assert pipeline.run().deleted == set()
    del pipeline.books.orders[1]
    assert pipeline.run().deleted == ids(1, 1000, 2000)


def test_edited_number_makes_the_lines_under_the_old_one_deleted(pipeline: Pipeline) -> None:
    pipeline.run()
    pipeline.books.orders[1]["PurchaseOrderNumber"] = "PO-NEW"

    written = pipeline.run()

    assert written.deleted == ids(1, 1000, 2000)
    assert set(written.standing) >= ids(1, 1000, 2000, number="PO-NEW")
    assert pipeline.held == pipeline.books.list_standing()


@pytest.mark.parametrize("taker", [0, 50], ids=["read-before", "read-after"])
def test_number_taken_over_by_another_order_keeps_that_orders_lines(
    pipeline: Pipeline, taker: int
) -> None:
    pipeline.run()
    pipeline.books.orders[1]["PurchaseOrderNumber"] = "PO-NEW"
    pipeline.books.add(1000, key=taker, PurchaseOrderNumber="PO000001")

    written = pipeline.run()

    assert written.deleted == ids(1, 2000)
    assert pipeline.held == pipeline.books.list_standing()
    assert len(written.standing) == len(set(written.standing))


def test_two_orders_exchange_their_numbers(pipeline: Pipeline) -> None:
    pipeline.books.set_lines(2, 1000, 2000, 3000)
    pipeline.run()
    one, two = pipeline.books.orders[1], pipeline.books.orders[2]
    one["PurchaseOrderNumber"], two["PurchaseOrderNumber"] = "PO000002", "PO000001"

    written = pipeline.run()

    assert written.deleted == ids(2, 3000)
    assert pipeline.held == pipeline.books.list_standing()


def test_finished_order_that_took_the_number_keeps_its_lines_though_nobody_reads_it(
    pipeline: Pipeline,
) -> None:
    pipeline.run()
    pipeline.books.orders[3]["PurchaseOrderNumber"] = "PO-OLD"
    pipeline.books.add(
        1000, key=50, PurchaseOrderNumber="PO000003", Completed=True, LastPostingDate=OLD,
        OrderDate="2020-01-05T00:00:00Z",
    )  # fmt: skip
    pipeline.run()

    pipeline.today = shift_date(TODAY, days=30)  # the sweep reads order 3, but not order 50

    assert pipeline.run().deleted == ids(3, 2000, 3000)
    assert pipeline.held == pipeline.books.list_standing()


@pytest.mark.parametrize("taker", [3, 7], ids=["key-before", "key-after"])
def test_loss_found_only_while_asking_who_has_a_number_is_told_by_the_same_run(
    pipeline: Pipeline, taker: int
) -> None:
    books = pipeline.books
    books.add(1000, 2000, key=5, LastPostingDate=OLD)
    books.add(1000, 2000, 3000, key=taker, LastPostingDate=OLD, OrderDate=OLD, Completed=True)
    pipeline.run()
    books.orders[5]["PurchaseOrderNumber"] = "PO-NEW"
    books.orders[taker]["PurchaseOrderNumber"] = "PO000005"
    pipeline.today = shift_date(TODAY, days=30)  # the sweep sees who took the number
    pipeline.run()
    books.set_lines(taker, 1000)  # which nobody reads again
    books.set_lines(5, 1000)  # its older losses are told once more

    pipeline.run()

    assert pipeline.held == books.list_standing()


def test_order_that_vanished_long_ago_keeps_no_line_of_its_number(pipeline: Pipeline) -> None:
    pipeline.run()
    del pipeline.books.orders[3]  # its history was cleared: nobody looks
    pipeline.books.orders[1]["PurchaseOrderNumber"] = "PO000003"
    pipeline.run()
    pipeline.books.set_lines(1, 1000)

    # All losses of the order are told with the newest one; line 3000 was final, and stays.
    assert pipeline.run().deleted == ids(3, 2000) | ids(1, 1000, 2000)


def test_two_orders_with_one_number_fail_the_run_naming_both(
    pipeline: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline.books.orders[2]["PurchaseOrderNumber"] = "PO000001"

    with pytest.raises(InputError, match=r"PO000001.*SequenceKey 1 and 2.*another number"):
        pipeline.run()

    assert [one.message.split()[:3] for one in caplog.records if "number_twice" in one.message] == [
        ["purchase_orders.number_twice", "number=PO000001", "keys=1,2"]
    ]


def test_number_moved_to_another_order_while_we_read_is_sorted_out(pipeline: Pipeline) -> None:
    def move() -> None:
        pipeline.books.orders[1]["PurchaseOrderNumber"] = "PO-NEW"
        pipeline.books.orders[2]["PurchaseOrderNumber"] = "PO000001"

    # Both are in one answer, so the second is changed in place while the first is on its way.
    pipeline.books.during_read = move
    pipeline.run()
    pipeline.run()

    assert pipeline.held == pipeline.books.list_standing()


def test_finished_order_that_vanishes_changes_nothing(pipeline: Pipeline) -> None:
    pipeline.run()
    del pipeline.books.orders[3]
    pipeline.today = shift_date(TODAY, days=30)
    assert pipeline.run().deleted == set()

    pipeline.state = None

    assert pipeline.run().deleted == set()


@pytest.mark.parametrize("start_date", [None, "2026-11-01"])
def test_full_refresh_tells_of_an_order_that_was_closed_unconfirmed_and_then_vanished(
    pipeline: Pipeline, start_date: str | None
) -> None:
    pipeline.start_date = start_date
    pipeline.run()
    pipeline.books.orders[1]["Completed"] = True
    pipeline.read()  # the target failed, so the model still has the order's outstanding amount
    del pipeline.books.orders[1]
    pipeline.state = None

    assert pipeline.run().deleted == ids(1, 1000, 2000)
    assert ids(1, 1000, 2000).isdisjoint(pipeline.held)
    assert pipeline.run().deleted == set()


def test_order_closed_long_ago_that_vanishes_changes_nothing_in_a_full_refresh(
    pipeline: Pipeline,
) -> None:
    clock = Ticks()
    pipeline.clock = clock
    pipeline.run()
    pipeline.books.orders[1]["Completed"] = True
    pipeline.run()
    clock.at += dt.timedelta(days=36)
    pipeline.run()
    pipeline.run()
    del pipeline.books.orders[1]
    asked = pipeline.books.requests
    pipeline.state = None

    assert pipeline.run().deleted == set()
    assert pipeline.books.requests == asked + 1


@pytest.mark.parametrize("start_date", [None, "2026-11-01"])
def test_full_refresh_brings_what_was_closed_meanwhile(
    pipeline: Pipeline, start_date: str | None
) -> None:
    pipeline.start_date = start_date
    pipeline.run()
    pipeline.books.orders[1]["Completed"] = True
    pipeline.read()
    pipeline.state = None

    assert set(pipeline.run().standing) >= ids(1, 1000, 2000)


def test_losses_are_forgotten_after_the_lookback_when_they_are_confirmed(
    pipeline: Pipeline,
) -> None:
    clock = Ticks()
    pipeline.clock = clock
    pipeline.run()
    del pipeline.books.orders[1]
    pipeline.books.set_lines(2, 1000)
    pipeline.run()
    clock.at += dt.timedelta(days=34)
    pipeline.run()
    assert count_losses(pipeline) == 2

    clock.at += dt.timedelta(days=2)
    pipeline.run()

    assert count_losses(pipeline) == 0
    pipeline.state = None
    assert pipeline.run().deleted == set()


def test_unconfirmed_losses_are_never_forgotten_by_their_pipeline(pipeline: Pipeline) -> None:
    clock = Ticks()
    pipeline.clock = clock
    pipeline.run()
    pipeline.books.set_lines(3, 1000)
    pipeline.today = shift_date(TODAY, days=30)  # the sweep finds what no bookmark knows
    pipeline.read()
    clock.at += dt.timedelta(days=400)
    pipeline.read()

    assert pipeline.run().deleted == ids(3, 2000, 3000)


def count_losses(pipeline: Pipeline) -> int:
    memory = pipeline.ledger.documents(subject=pipeline.subject, kind="purchase_orders")
    return sum(len(batch) for batch in memory.iterate_gone())


def test_each_of_two_pipelines_is_told(books: Books, ledger: Ledger) -> None:
    clock = Ticks()
    one, two = Pipeline(books, ledger, clock=clock), Pipeline(books, ledger, clock=clock)
    one.run()
    two.run()
    del books.orders[1]
    books.set_lines(2, 1000)

    told = one.run().deleted

    assert told == two.run().deleted == ids(1, 1000, 2000) | ids(2, 2000)
    assert one.held == two.held == books.list_standing()


def test_order_restored_as_finished_reaches_the_pipeline_that_was_told_it_is_gone(
    books: Books, ledger: Ledger
) -> None:
    clock = Ticks()
    one, two = Pipeline(books, ledger, clock=clock), Pipeline(books, ledger, clock=clock)
    one.run()
    two.run()
    order = books.orders.pop(1)
    one.run()
    two.run()
    books.orders[1] = order | {"Completed": True}
    one.today = shift_date(TODAY, days=30)  # only its sweep sees a finished order of long ago
    one.run()

    assert set(two.run().standing) >= ids(1, 1000, 2000)


def test_what_one_run_finds_while_another_is_under_way_reaches_both(
    books: Books, ledger: Ledger
) -> None:
    clock = Ticks()
    one, two = Pipeline(books, ledger, clock=clock), Pipeline(books, ledger, clock=clock)
    one.run()
    two.run()

    def lose_and_run_the_other() -> None:
        books.set_lines(3, 1000)
        one.today = shift_date(TODAY, days=30)  # its sweep is due and finds the line gone
        one.run()

    books.during_read = lose_and_run_the_other
    two.run()
    two.run()
    one.run()

    assert one.held == two.held == books.list_standing()


def test_a_clock_that_went_back_hides_nothing_and_repeats_nothing(pipeline: Pipeline) -> None:
    clock = Ticks()
    pipeline.clock = clock
    pipeline.run()
    clock.at -= dt.timedelta(hours=3)
    del pipeline.books.orders[1]
    pipeline.read()

    told, after, later = (pipeline.run().deleted for _ in range(3))

    assert told == ids(1, 1000, 2000)
    assert (after, later) == (set(), set())


def test_a_clock_that_went_back_hides_nothing_from_a_new_ledger_either(
    pipeline: Pipeline, empty_ledger: Path
) -> None:
    clock = Ticks()
    pipeline.clock = clock
    pipeline.run()
    clock.at -= dt.timedelta(hours=3)
    del pipeline.books.orders[1]

    with copy_of(empty_ledger) as other:
        pipeline.ledger = other
        assert pipeline.run().deleted == ids(1, 1000, 2000)


def test_pipelines_whose_clocks_disagree_are_told_by_one_another(
    books: Books, ledger: Ledger
) -> None:
    late, early = Ticks(), Ticks()
    early.at -= dt.timedelta(hours=3)
    one, two = Pipeline(books, ledger, clock=early), Pipeline(books, ledger, clock=late)
    one.run()
    two.run()
    books.set_lines(3, 1000)
    one.today = shift_date(TODAY, days=30)  # its sweep finds what no bookmark knows

    one.run()

    assert two.run().deleted == ids(3, 2000, 3000)


def test_other_companies_of_one_ledger_are_left_alone(ledger: Ledger) -> None:
    here, there = Books(), Books()
    here.add(1000, key=1)
    there.add(1000, key=7)
    one = Pipeline(here, ledger, subject="sage300-erp-ONE")
    two = Pipeline(there, ledger, subject="sage300-erp-TWO")

    one.run()
    two.run()

    assert one.run().deleted == two.run().deleted == set()


def test_a_new_ledger_leaves_what_the_bookmark_knows(
    pipeline: Pipeline, empty_ledger: Path
) -> None:
    pipeline.run()
    del pipeline.books.orders[1]
    pipeline.books.set_lines(2, 1000)

    with copy_of(empty_ledger) as other:
        pipeline.ledger = other
        assert pipeline.run().deleted == ids(1, 1000, 2000) | ids(2, 2000)
        assert pipeline.run().deleted == set()


def test_a_state_from_before_the_memory_acknowledges_nothing(pipeline: Pipeline) -> None:
    pipeline.run()
    del pipeline.books.orders[1]
    pipeline.run()
    assert pipeline.state is not None
    del pipeline.state["read_at"]

    assert pipeline.run().deleted == ids(1, 1000, 2000)


def test_nothing_is_asked_for_singly_when_nothing_changed(pipeline: Pipeline) -> None:
    pipeline.run()
    asked = pipeline.books.requests

    pipeline.run()

    assert pipeline.books.requests == asked + 1


# --- a company that lives, and two pipelines that follow it --------------------------------------

EDITS = ("add", "complete", "delete", "cut", "renumber", "take_number", "touch")
edits = st.lists(
    st.tuples(st.sampled_from(EDITS), st.integers(0, 30), st.integers(0, 34)), max_size=6
)
ends = st.one_of(
    st.just("confirmed"),
    st.just("landed"),
    st.just("lost"),
    st.tuples(st.sampled_from(["killed", "killed, kept"]), st.integers(0, 12)),
)
steps = st.lists(st.tuples(edits, st.integers(0, 1), ends), min_size=1, max_size=6)


class People:
    """Whoever changes the books, with the stamps people type."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.numbers_given_up: list[str] = []
        self.next_key = 1

    def apply(self, what: str, which: int, age: int) -> None:
        open_keys = [key for key, one in self.books.orders.items() if not one["Completed"]]
        if what == "add" or not open_keys:
            self._add(which, age)
            return
        key = open_keys[which % len(open_keys)]
        getattr(self, f"_{what}")(key, which)

    def _add(self, which: int, age: int, **changes: Any) -> None:
        key, self.next_key = self.next_key, self.next_key + 1
        stamp = f"{shift_date(TODAY, days=-age)}T00:00:00Z"
        lines = [make_line(1000 * n) for n in range(1, which % 3 + 2)]
        self.books.orders[key] = make_order(*lines, key=key, LastPostingDate=stamp, **changes)

    def _complete(self, key: int, _which: int) -> None:
        self.books.orders[key]["Completed"] = True  # and its stamp does not move

    def _delete(self, key: int, _which: int) -> None:
        self.numbers_given_up.append(self.books.orders.pop(key)["PurchaseOrderNumber"])

    def _cut(self, key: int, _which: int) -> None:
        order = self.books.orders[key]
        order["PurchaseOrderLines"] = order["PurchaseOrderLines"][:-1]

    def _renumber(self, key: int, which: int) -> None:
        order = self.books.orders[key]
        self.numbers_given_up.append(order["PurchaseOrderNumber"])
        order["PurchaseOrderNumber"] = f"R{key}-{which}-{len(self.numbers_given_up)}"

    def _take_number(self, key: int, which: int) -> None:
        if self.numbers_given_up:
            self._renumber(key, which)
            taken = self.numbers_given_up.pop(0)
            self.books.orders[key]["PurchaseOrderNumber"] = taken

    def _touch(self, key: int, which: int) -> None:
        order = self.books.orders[key]
        order["PurchaseOrderLines"][:1] = [make_line(1000, QuantityOutstanding=which)]


def follow(pipeline: Pipeline, end: str | tuple[str, int]) -> None:
    """Run once, to the end that was drawn."""
    if end == "confirmed":
        pipeline.run()
    elif isinstance(end, tuple):
        written = pipeline.read(rows_max=end[1])
        if end[0] == "killed, kept":
            pipeline.land(written)
    else:
        written = pipeline.read()
        if end == "landed":
            pipeline.land(written)


@settings(max_examples=80, deadline=None)
@given(steps)
def test_after_every_confirmed_run_the_target_holds_what_the_company_has(
    empty_ledger: Path, history: list[tuple[list[tuple[str, int, int]], int, Any]]
) -> None:
    with copy_of(empty_ledger) as ledger:
        books, clock = Books(), Ticks()
        people = People(books)
        pipelines = [Pipeline(books, ledger, clock=clock) for _ in range(2)]

        for changes, which, end in history:
            for change in changes:
                people.apply(*change)
            follow(pipelines[which], end)
            if end == "confirmed":
                assert pipelines[which].held == books.list_standing()

        for pipeline in pipelines:
            pipeline.run()
            assert pipeline.held == books.list_standing()
            assert pipeline.run().deleted <= set()
