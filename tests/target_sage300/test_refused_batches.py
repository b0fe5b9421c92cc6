"""Sage refuses a batch: the bad entry is found, the others are posted, whatever was left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from ml_connector.ledger import EntryState

from tests.target_sage300.singer import export, make_entry

if TYPE_CHECKING:
    from tests.target_sage300.conftest import Books

LOCKED: dict[str, Any] = {"Posting Date": "2026-09-30"}
ENTRIES = [make_entry(f"GLE-{number}") for number in range(1, 8)]
BAD = make_entry("GLE-5", **LOCKED)
REFERENCES = [f"GLE-{number}-{line}" for number in (1, 2, 3, 4, 6, 7) for line in (1, 2)]


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
