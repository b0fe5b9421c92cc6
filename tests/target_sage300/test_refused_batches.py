"""Sage refuses a batch: the bad entry is found, the others are posted, whatever was left behind."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from ml_connector.ledger import EntryState
from target_sage300._looking import Lookout

from tests.target_sage300.singer import export, make_entry

if TYPE_CHECKING:
    from target_sage300._looking import Sight

    from tests.target_sage300.conftest import Books

LOCKED: dict[str, Any] = {"Posting Date": "2026-09-30"}
ENTRIES = [make_entry(f"GLE-{number}") for number in range(1, 8)]
BAD = make_entry("GLE-5", **LOCKED)
REFERENCES = [f"GLE-{number}-{line}" for number in (1, 2, 3, 4, 6, 7) for line in (1, 2)]


def posts(books: Books) -> int:
    """How often the target has sent a batch."""
    with sqlite3.connect(books.ledger_place) as ledger:
        query = "SELECT count(*) FROM api_calls WHERE method = 'POST' AND path LIKE ?"
        (count,) = ledger.execute(query, ["%GLJournalBatches"]).fetchone()
    return int(count)


@pytest.fixture
def locked(books: Books) -> Books:
    """Books with a period that only Sage knows to be locked."""
    books.switch(locked_periods=[f"GL:{books.period_of('2026-09-30')}"])
    return books


@pytest.mark.switch("nested_creation", "locked_periods")
@pytest.mark.parametrize("left", ["rolled_back", "orphan_header", "first_entries"])
def test_one_bad_entry_does_not_hold_the_others(locked: Books, left: str) -> None:
    locked.switch(nested_creation=left)

    result = locked.run(export(*ENTRIES[:4], BAD, *ENTRIES[5:]))

    assert result.exit_code == 3
    assert result.states
    locked.assert_stands_once(*REFERENCES)
    (kept,) = locked.find_in(EntryState.REFUSED)
    assert kept.name == "GLE-5"
    assert "locked" in str(kept.reason)


@pytest.mark.switch("locked_periods")
def test_a_refused_entry_is_posted_once_its_period_is_open(locked: Books) -> None:
    messages = export(*ENTRIES[:4], BAD, *ENTRIES[5:])
    locked.run(messages)
    locked.switch(locked_periods=[])

    locked.post(messages)

    locked.assert_stands_once(*REFERENCES, "GLE-5-1", "GLE-5-2")
    assert locked.find_in(EntryState.REFUSED) == []


@pytest.mark.switch("nested_creation", "locked_periods")
def test_entries_of_a_locked_period_are_refused_together_and_leave_one_empty_batch(
    locked: Books,
) -> None:
    locked.switch(nested_creation="orphan_header")

    result = locked.run(export(*(make_entry(f"GLE-{number}", **LOCKED) for number in range(8))))

    assert result.exit_code == 3
    kept = locked.find_in(EntryState.REFUSED)
    assert [one.name for one in kept] == [f"GLE-{number}" for number in range(8)]
    assert all("locked" in str(one.reason) for one in kept)
    assert len(locked.new_batches()) == 1


@pytest.mark.switch("nested_creation", "locked_periods")
@pytest.mark.parametrize("left", ["rolled_back", "orphan_header", "first_entries"])
def test_a_locked_period_is_told_from_the_others_by_one_call_each(locked: Books, left: str) -> None:
    locked.switch(nested_creation=left)
    others = {"Posting Date": "2026-08-31"}
    entries = [
        make_entry(f"GLE-{number}", **change)
        for number, change in enumerate(({}, LOCKED, others, LOCKED, {}, LOCKED, others))
    ]

    locked.run(export(*entries))

    locked.assert_stands_once(
        *(f"GLE-{number}-{line}" for number in (0, 2, 4, 6) for line in (1, 2))
    )
    assert [one.name for one in locked.find_in(EntryState.REFUSED)] == ["GLE-1", "GLE-3", "GLE-5"]
    assert posts(locked) == 4


CALLS = {
    "InvalidPayload": 400,
    "MethodNotAllowed": 405,
    "DBLinkError": 500,
    "SessionError": 500,
}


@pytest.mark.fault("error")
@pytest.mark.parametrize(("code", "status"), CALLS.items())
def test_a_refusal_that_concerns_no_entry_fails_the_run_and_keeps_none(
    books: Books, code: str, status: int
) -> None:
    books.fault("error", "GLJournalBatches$", method="POST", status=status, code=code)

    failed = books.run(export(*ENTRIES))

    assert (failed.exit_code, failed.states) == (1, [])
    assert code in failed.log
    assert posts(books) == 1
    assert books.find_in(EntryState.REFUSED) == []
    books.post(export(*ENTRIES))
    books.assert_stands_once(*REFERENCES, "GLE-5-1", "GLE-5-2")


@pytest.mark.fault("error")
def test_an_entry_that_a_refused_batch_left_in_part_stops_the_run(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    books.fault("error", "GLJournalBatches$", method="POST", status=409, code="FieldInvalid")
    look, part = Lookout.look, make_entry("GLE-1", "125.50", "-125.50", "7", "-7")
    lines = [
        {"AccountNumber": account, "SourceCurrencyAmount": amount, "Reference": f"GLE-1-{line}"}
        for line, account, amount in ((1, "6100100", 125.5), (2, "2100", -125.5))
    ]
    header = {"SourceLedger": "GL", "SourceType": "PL", "PostingDate": "2026-10-31"}

    def store_and_look(self: Lookout) -> Sight:
        # What a server may leave of a batch that it has refused.
        if books.find_in(EntryState.SENT) and not books.new_batches():
            body = {"JournalHeaders": [header | {"JournalDetails": lines}]}
            books.send("POST", "GL/GLJournalBatches", body)
        return look(self)

    monkeypatch.setattr(Lookout, "look", store_and_look)

    result = books.run(export(part))

    assert (result.exit_code, result.states) == (1, [])
    assert "stands in batch" in result.log
    assert "in part only" in result.log
    assert len(books.new_batches()) == 1
