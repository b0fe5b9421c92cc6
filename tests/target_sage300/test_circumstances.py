"""Killed, and before the next run the ledger is lost, or people change Sage or the plan.

Goal: each id stands in Sage exactly once, in an entry that is whole, or is named as what it is.
Method: `circumstances.Killed`, at each point between an effect and its record, and around it.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import pytest
from ml_connector.ledger import EntryState
from typing_extensions import override

from tests.support.in_process import on_clock, run_command
from tests.target_sage300.circumstances import (
    ALL,
    INVOICES,
    JOURNALS,
    MODES,
    ONE,
    ONE_IDS,
    TWO,
    TWO_IDS,
    WAYS,
    Killed,
)
from tests.target_sage300.conftest import QuickTarget, SkippingClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.target_sage300.conftest import Books

Record = dict[str, Any]
Kill = tuple[Killed, str]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither fork nor signals"),
]


EVERY = [f"{way}-{mode}" for way in WAYS for mode in MODES]
"""Every kind, and how far its batches are to go."""
MOST = [one for one in EVERY if one != "adjustments-posted"]
"""Without what takes the way of invoices once it stands: there is time for the ends only."""


@pytest.fixture(params=MOST)
def case(request: pytest.FixtureRequest) -> str:
    """A kind, and how far its batches are to go."""
    return str(request.param)


@pytest.fixture
def mode(case: str) -> str:
    """How far batches are to go."""
    return case.partition("-")[2]


@pytest.fixture
def killed(books: Books, renew_home: Callable[[], None], case: str) -> Killed:
    """Runs that are killed."""
    way, _, mode = case.partition("-")
    return Killed(books, renew_home, WAYS[way], mode)


@pytest.mark.parametrize("case", EVERY)
@pytest.mark.parametrize("harm", [Killed.lose_ledger, Killed.restore_ledger])
def test_a_ledger_that_is_lost_or_older_is_no_harm(
    killed: Killed, mode: str, harm: Callable[[Killed], None]
) -> None:
    for _ in killed.each():
        harm(killed)

        result = killed.next_run()

        assert result.exit_code == 0, result.log
        killed.assert_standing(*ALL)
        assert_went_as_far_as(killed, mode)


def assert_went_as_far_as(killed: Killed, mode: str) -> None:
    """Every batch is as far as the setting says."""
    status = {"open": "Open", "posted": "Posted"}[mode]
    assert {one[killed.way.status] for one in killed.way.batches(killed.books)} == {status}


# The plan


def test_a_line_added_to_an_entry_that_stands_is_refused_and_one_that_does_not_is_entered(
    killed: Killed,
) -> None:
    for point in killed.each():
        stood = killed.way.standing(killed.books)
        longer = killed.way.make(ONE, *killed.way.more)

        result = killed.next_run(longer, killed.way.make(TWO))

        if not stood:
            assert result.exit_code == 0, (point, result.log)
            killed.assert_standing(*(line["Transaction ID"] for line in longer), *TWO_IDS)
        else:
            assert result.exit_code == 3, (point, result.log)
            assert killed.names_in(EntryState.REFUSED) == {ONE}
            killed.assert_standing(*ALL)


def test_an_entry_added_to_the_plan_is_entered_beside_the_others(killed: Killed, mode: str) -> None:
    for _ in killed.each(between_only=True):
        more = [killed.way.make(name) for name in (ONE, TWO, "E-3")]

        result = killed.next_run(*more)

        assert result.exit_code == 0, result.log
        killed.assert_standing(*ALL, "E-3-1", "E-3-2")
        assert_went_as_far_as(killed, mode)


def test_an_entry_withdrawn_from_the_plan_stays_if_it_stands_and_is_not_entered_if_not(
    killed: Killed, mode: str
) -> None:
    for point in killed.each():
        before = killed.way.batches(killed.books)

        result = killed.next_run(killed.way.make(ONE))

        if not before:
            killed.assert_standing(*ONE_IDS)
            assert TWO in killed.names_in(EntryState.ABSENT)
            assert result.exit_code == 0, (point, result.log)
            continue
        killed.assert_standing(*ALL)
        is_left = mode == "posted" and before[0][killed.way.status] != "Posted"
        assert result.exit_code == (3 if is_left else 0), (point, result.log)
        assert (f"{TWO} is not among what is approved now" in result.log) == is_left
        (now,) = killed.way.batches(killed.books)
        assert now[killed.way.status] == before[0][killed.way.status]


def test_an_entry_no_longer_approved_is_as_one_withdrawn(killed: Killed) -> None:
    for _ in killed.each(between_only=True):
        result = killed.next_run(killed.way.make(ONE), killed.way.make(TWO, Approved=False))

        assert re.search(rf"entry\.(left_out|not_approved_any_more) entry={TWO} ", result.log)
        killed.assert_standing(*ALL)


def test_a_corrected_entry_is_refused_where_the_old_one_stands(killed: Killed) -> None:
    for point in killed.each():
        stood = killed.way.standing(killed.books)

        result = killed.next_run(killed.way.make(ONE, *killed.way.other), killed.way.make(TWO))

        assert result.exit_code == (3 if stood else 0), (point, result.log)
        assert killed.names_in(EntryState.REFUSED) == ({ONE} if stood else set())
        killed.assert_standing(*ALL)


def test_a_corrected_entry_is_revised_where_the_old_one_is_posted(
    books: Books, renew_home: Callable[[], None]
) -> None:
    killed = Killed(books, renew_home, JOURNALS, "posted", on_change="revise")
    plan = killed.way.make(ONE, *killed.way.other), killed.way.make(TWO)
    revised = [f"{one}{mark}" for one in ONE_IDS for mark in ("", "~1~r2", "~2")]
    seen = set()
    for point in killed.each():
        batches = killed.way.batches(killed.books)
        status = batches[0]["Status"] if batches else ""
        seen.add(status)

        result = killed.next_run(*plan)

        if status in ("Open", "ReadyToPost"):
            assert result.exit_code == 3, (point, result.log)
            assert "post it or delete it" in result.log
            killed.assert_standing(*ALL)
            killed.way.act(killed.books, "post")
            result = killed.next_run(*plan)
        assert result.exit_code == 0, (point, result.log)
        killed.assert_standing(*(revised if status else ONE_IDS), *TWO_IDS)
        assert_went_as_far_as(killed, "posted")
    assert seen == {"", "Open", "ReadyToPost", "Posted"}


# People in Sage


def test_a_batch_that_was_renamed_is_known_and_goes_on(killed: Killed, mode: str) -> None:
    for point in killed.each_that_stands():
        was_ready = killed.way.batches(killed.books)[0][killed.way.status] == "ReadyToPost"
        killed.way.rename(killed.books, "Accruals")

        result = killed.next_run()

        killed.assert_standing(*ALL)
        if was_ready and "opened it again" in result.log:
            assert result.exit_code == 3
        else:
            assert result.exit_code == 0, (point, result.log)
            assert_went_as_far_as(killed, mode)


def change_amounts(killed: Killed) -> None:
    """A person changes both amounts of the first entry, which balances again."""

    def change(lines: list[Record]) -> list[Record]:
        first, second = lines
        name = killed.way.amount
        return [{**first, name: first[name] + 1}, {**second, name: second[name] - 1}]

    killed.way.edit(
        killed.books,
        lambda entries: [killed.way.change_lines(entries[0], change), *entries[1:]],
    )


def test_an_amount_that_was_edited_is_not_entered_again_and_goes_no_further(
    killed: Killed, mode: str
) -> None:
    for point in killed.each_that_stands():
        change_amounts(killed)

        result = killed.next_run()

        killed.assert_standing(*ALL)
        assert result.exit_code == (3 if mode == "posted" else 0), (point, result.log)
        if mode == "posted":
            assert "it was edited" in result.log or "opened it again" in result.log
            assert_went_as_far_as(killed, "open")


@pytest.mark.parametrize("case", EVERY)
def test_a_batch_that_was_deleted_is_withdrawn_and_not_entered_again(killed: Killed) -> None:
    for point in killed.each_that_stands():
        killed.way.reopen(killed.books)
        killed.way.act(killed.books, "delete")

        result = killed.next_run()

        assert killed.names_in(EntryState.WITHDRAWN) == {ONE, TWO}, (point, result.log)
        killed.assert_standing()


def test_an_entry_taken_out_of_its_batch_is_withdrawn_or_entered_but_never_lost(
    killed: Killed,
) -> None:
    """What was killed before its record may have been cut off: it is entered again."""
    withdrawn = 0
    for point in killed.each_that_stands():
        is_recorded = killed.names_in(EntryState.CREATED, EntryState.READY) == {ONE, TWO}
        killed.way.edit(killed.books, lambda entries: [{**entries[1], "UpdateOperation": "Delete"}])
        killed.assert_standing(*ONE_IDS)

        result = killed.next_run()

        if is_recorded:
            withdrawn += 1
            assert killed.names_in(EntryState.WITHDRAWN) == {TWO}, (point, result.log)
            killed.assert_standing(*ONE_IDS)
        else:
            killed.assert_standing(*ALL)
    assert withdrawn


def test_an_entry_taken_out_and_the_rest_posted_is_not_shown_as_posted(killed: Killed) -> None:
    for point in killed.each_that_stands():
        if killed.names_in(EntryState.CREATED, EntryState.READY):
            killed.way.edit(
                killed.books, lambda entries: [{**entries[1], "UpdateOperation": "Delete"}]
            )
            killed.way.act(killed.books, "post")

            result = killed.next_run()

            assert killed.names_in(EntryState.POSTED) == {ONE}, (point, result.log)
            assert killed.names_in(EntryState.WITHDRAWN) == {TWO}
            killed.assert_standing(*ONE_IDS)


def test_ids_that_were_edited_are_not_entered_again(killed: Killed) -> None:
    corrected = {killed.way.reference: "CORRECTED"}

    def change(entries: list[Record]) -> list[Record]:
        if killed.way is INVOICES:
            return [entries[0], entries[1] | corrected]
        second = killed.way.change_lines(
            entries[1], lambda lines: [line | corrected for line in lines]
        )
        return [entries[0], second]

    stopped = 0
    for point in killed.each_that_stands():
        entered = killed.way.batches(killed.books)[0][killed.way.entries]
        killed.way.edit(killed.books, change)

        result = killed.next_run()

        batches = killed.way.batches(killed.books)
        assert [len(one[killed.way.entries]) for one in batches] == [2], (point, result.log)
        if point == "after POST":
            stopped += 1
            assert result.exit_code == 1
            assert "put them back or delete the batch" in result.log
            killed.way.edit(killed.books, lambda _, before=entered: before)
            killed.next_run()
            killed.assert_standing(*ALL)
        assert killed.names_in(*EntryState) >= {ONE, TWO}
    assert stopped


class FillingClock(SkippingClock):
    """Who waits for the first time waits until a batch has been filled."""

    def __init__(self, fill: Callable[[], None]) -> None:
        super().__init__()
        self._fill: Callable[[], None] | None = fill

    @override
    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if self._fill:
            self._fill()
            self._fill = None


def test_a_batch_that_a_look_saw_in_part_is_read_again_when_it_is_full(
    books: Books, renew_home: Callable[[], None]
) -> None:
    killed = Killed(books, renew_home, JOURNALS, "open")
    for point in killed.each_that_stands():
        if point != "after POST":
            continue
        second = killed.way.batches(books)[0]["JournalHeaders"][1]
        killed.way.edit(books, lambda entries: [{**entries[1], "UpdateOperation": "Delete"}])
        again = {**second, "UpdateOperation": "Insert"}
        clock = FillingClock(lambda back=again: killed.way.edit(books, lambda _: [back]))

        code, _, log = run_command(
            on_clock(QuickTarget, clock),
            books.arguments(),
            stdin=killed.way.export(killed.way.make(ONE), killed.way.make(TWO)),
        )

        assert code == 0, log
        assert "settling" in log
        killed.assert_standing(*ALL)
        assert len(killed.way.batches(books)) == 1


@pytest.mark.parametrize("deed", ["ready", "post"])
def test_a_batch_that_somebody_set_ready_or_posted_is_followed(
    killed: Killed, mode: str, deed: str
) -> None:
    state = EntryState.POSTED if (deed, mode) != ("ready", "open") else EntryState.READY
    for point in killed.each_that_stands():
        if deed == "ready":
            killed.way.reopen(killed.books)
        killed.way.act(killed.books, deed)

        result = killed.next_run()

        assert result.exit_code == 0, (point, result.log)
        assert killed.names_in(state) == {ONE, TWO}
        killed.assert_standing(*ALL)
