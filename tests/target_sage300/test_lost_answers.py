"""The answer to a POST is lost in three ways; each line stands in Sage exactly once all the same.

Goal: no way to lose an answer makes a second batch, or none. Method: a fault cuts the connection,
and its effect never happens, has happened, or happens after the target's first look. Then the run
goes on, or a second one does what the first could not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from ml_connector.ledger import EntryState

from tests.target_sage300.singer import export, make_entry

if TYPE_CHECKING:
    from tests.target_sage300.conftest import Books

POST = {"method": "POST", "path": "GLJournalBatches$"}
LOOK = {"method": "GET", "path": r"GLJournalBatches\?"}
MESSAGES = export(make_entry("GLE-1"), make_entry("GLE-2"))
ALL = ("GLE-1-1", "GLE-1-2", "GLE-2-1", "GLE-2-2")


@pytest.mark.fault("cut_before")
def test_a_batch_that_never_arrived_is_posted_by_the_next_run(books: Books) -> None:
    books.fault("cut_before", **POST)

    lost = books.run(MESSAGES)

    assert (lost.exit_code, lost.states) == (1, [])
    assert books.new_batches() == []
    books.post(MESSAGES)
    books.assert_stands_once(*ALL)


@pytest.mark.fault("cut_after")
def test_a_batch_whose_answer_was_lost_is_found_and_not_posted_again(books: Books) -> None:
    books.fault("cut_after", **POST)

    books.post(MESSAGES)

    books.assert_stands_once(*ALL)
    assert len(books.new_batches()) == 1


@pytest.mark.fault("late")
@pytest.mark.parametrize("looks", [1, 2])
def test_a_batch_that_appears_after_a_look_is_found_by_the_next(books: Books, looks: int) -> None:
    # One look follows at once, a second one before the waiting time and a third one behind it. Each
    # asks once for batches, as there are none above the last one seen.
    late: dict[str, Any] = {**LOOK, "times": looks}
    books.fault("late", **POST, until=late)

    books.post(MESSAGES)

    books.assert_stands_once(*ALL)


@pytest.mark.fault("error")
@pytest.mark.parametrize("status", [500, 502, 503])
@pytest.mark.parametrize("effect", ["none", "done"])
def test_a_server_that_fails_may_have_stored_the_batch(
    books: Books, status: int, effect: str
) -> None:
    books.fault("error", status=status, effect=effect, **POST)

    books.run(MESSAGES)
    books.post(MESSAGES)

    books.assert_stands_once(*ALL)


@pytest.mark.fault("truncate")
def test_an_answer_that_breaks_off_is_no_answer(books: Books) -> None:
    books.fault("truncate", **POST)

    books.post(MESSAGES)

    books.assert_stands_once(*ALL)


@pytest.mark.switch("insert_status")
@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_server_may_answer_with_the_record_or_without(books: Books, status: int) -> None:
    books.switch(insert_status=status)

    books.post(MESSAGES)

    books.assert_stands_once(*ALL)


@pytest.mark.fault("error")
def test_a_busy_server_is_asked_again(books: Books) -> None:
    books.fault("error", status=429, times=2, **POST)

    books.post(MESSAGES)

    books.assert_stands_once(*ALL)


BUSY: dict[str, dict[str, Any]] = {
    "too-many": {"status": 429},
    "day-end": {
        "status": 409,
        "code": "RecordDuplicate",
        "message": "Day End Processing is being run by another user.",
    },
}


@pytest.mark.fault("error")
@pytest.mark.parametrize("answer", BUSY.values(), ids=BUSY)
@pytest.mark.parametrize("tries_before", [0, 7], ids=["first-try", "last-try"])
def test_a_busy_server_that_stored_the_batch_all_the_same_is_believed_by_what_stands(
    books: Books, answer: dict[str, Any], tries_before: int
) -> None:
    if tries_before:
        books.fault("error", **answer, times=tries_before, **POST)
    books.fault("error", **answer, effect="done", **POST)

    books.post(MESSAGES)

    books.assert_stands_once(*ALL)
    assert len(books.new_batches()) == 1


@pytest.mark.fault("error")
def test_a_server_that_stays_busy_leaves_the_entries_to_the_next_run(books: Books) -> None:
    books.fault("error", **BUSY["day-end"], times=8, **POST)

    busy = books.run(MESSAGES)

    assert (busy.exit_code, busy.states) == (1, [])
    assert len(books.find_in(EntryState.ABSENT)) == 2
    books.post(MESSAGES)
    books.assert_stands_once(*ALL)


@pytest.mark.fault("error", "late")
def test_an_answer_lost_after_a_busy_server_is_waited_for_from_when_it_was_asked_last(
    books: Books,
) -> None:
    """The server was busy for longer than the settling time, which begins anew."""
    books.fault("error", status=429, retry_after=700, **POST)
    books.fault("late", **POST, until={**LOOK, "times": 2})

    result = books.post(MESSAGES, settle_minutes=10)

    assert "settling seconds=600 unknown_entries=2" in result.log
    books.assert_stands_once(*ALL)
