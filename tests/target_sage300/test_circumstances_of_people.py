"""Killed, and before the next run a person copies, purges, or opens again what stands in Sage.

Goal: no id is entered twice by us, and what a person has doubled or taken back is not made worse.
Method: `circumstances.Killed`, as in `test_circumstances`: between an effect and its record, and
where that is recorded.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from ml_connector.ledger import EntryState

from tests.target_sage300.circumstances import ADJUSTMENTS, ALL, ONE, TWO, WAYS, Killed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.target_sage300.conftest import Books

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither fork nor signals"),
]


@pytest.fixture(params=WAYS)
def kill(
    request: pytest.FixtureRequest, books: Books, renew_home: Callable[[], None]
) -> Callable[[str], Killed]:
    """Make runs that are killed, of a kind, by how far they take a batch."""
    return lambda mode: Killed(books, renew_home, WAYS[request.param], mode)


@pytest.mark.switch("ap_duplicates")
def test_a_batch_that_was_copied_is_an_alarm_until_one_of_the_two_is_deleted(
    kill: Callable[[str], Killed],
) -> None:
    killed = kill("open")
    books, way = killed.books, killed.way
    for point in killed.each_that_stands():
        is_recorded = killed.names_in(EntryState.CREATED) == {ONE, TWO}
        # Otherwise the desktop program refuses a second document of a number.
        books.switch(ap_duplicates="posted")
        way.act(books, "copy")

        result = killed.next_run()

        assert result.exit_code == 1, (point, result.log)
        assert "Delete one of the two" in result.log
        numbers = [one["BatchNumber"] for one in way.batches(books)]
        assert all(f"batch {number} entry" in result.log for number in numbers)
        assert way.standing(books) == Counter([*ALL, *ALL])

        way.act(books, "delete", which=0 if is_recorded else 1)
        assert killed.next_run().exit_code == 0
        killed.assert_standing(*ALL)


def test_a_deleted_batch_that_was_purged_is_not_entered_again_where_it_was_known(
    kill: Callable[[str], Killed],
) -> None:
    """What was killed before its record, and is gone, is as what never came."""
    killed = kill("open")
    seen = set()
    for point in killed.each_that_stands():
        is_recorded = killed.names_in(EntryState.CREATED) == {ONE, TWO}
        seen.add(is_recorded)
        killed.way.act(killed.books, "delete")
        killed.way.purge(killed.books)

        result = killed.next_run()

        assert result.exit_code == 0, (point, result.log)
        killed.assert_standing(*(() if is_recorded else ALL))
        assert killed.names_in(EntryState.WITHDRAWN) == ({ONE, TWO} if is_recorded else set())
    assert seen == {True, False}


def test_a_posted_batch_that_was_purged_is_not_entered_again(
    kill: Callable[[str], Killed],
) -> None:
    """Journals and documents are seen as posted; of adjustments nothing is left in Sage."""
    killed = kill("posted")
    for point in killed.each(between_only=True):
        is_lost = not killed.names_in(EntryState.CREATED, EntryState.READY)
        if killed.way.batches(killed.books)[0][killed.way.status] != "Posted":
            killed.way.act(killed.books, "post")
        killed.way.purge(killed.books)

        result = killed.next_run()

        assert killed.way.batches(killed.books) == []
        if killed.way is ADJUSTMENTS and is_lost:
            # Purged before any run has seen it: nobody can tell that it ever stood there.
            assert result.exit_code == 3, (point, result.log)
            assert "cannot be proven" in result.log
            continue
        assert result.exit_code == 0, (point, result.log)
        is_seen = killed.way is not ADJUSTMENTS
        state = EntryState.POSTED if is_seen else EntryState.WITHDRAWN
        assert killed.names_in(state) == {ONE, TWO}


def test_a_ready_batch_that_a_person_opened_again_stays_with_him_where_it_was_known_as_ready(
    kill: Callable[[str], Killed],
) -> None:
    killed = kill("posted")
    seen = set()
    for point in killed.each_that_is_ready():
        is_recorded = killed.names_in(EntryState.READY) == {ONE, TWO}
        seen.add(is_recorded)
        killed.way.reopen(killed.books)

        result = killed.next_run()

        killed.assert_standing(*ALL)
        (batch,) = killed.way.batches(killed.books)
        if is_recorded:
            assert result.exit_code == 3, (point, result.log)
            assert "somebody has opened it again" in result.log
            assert batch[killed.way.status] == "Open"
        else:
            assert result.exit_code == 0, (point, result.log)
            assert batch[killed.way.status] == "Posted"
    assert seen == {True, False}
