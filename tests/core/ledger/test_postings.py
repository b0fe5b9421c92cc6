"""Goal: the ledger of postings keeps its two promises whatever it is told.

One id is claimed once, by a constraint of the database; and a state follows another only as the
table says. What is refused changes nothing. Every step is in the audit chain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ml_connector.errors import LedgerError
from ml_connector.ledger import (
    DraftEntry,
    DraftLine,
    EntryState,
    Ledger,
    Place,
    PostingBatch,
    Postings,
    Run,
)
from ml_connector.ledger._database import connect
from ml_connector.ledger._posting_states import FIRST, FREE, TRANSITIONS
from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Iterable

KIND = "gl_journal"


@pytest.fixture
def postings(ledger: Ledger) -> Postings:
    return ledger.postings(subject="SAMLTD")


def draft(name: str = "GLE-1", *references: str) -> DraftEntry:
    lines = references or (f"{name}-1", f"{name}-2")
    return DraftEntry(
        name=name,
        content={"date": "2026-10-31"},
        lines=tuple(DraftLine(reference=one, content={"amount": "1"}) for one in lines),
    )


def prepare(postings: Postings, run: Run, *drafts: DraftEntry, batch: str = "1") -> PostingBatch:
    return postings.prepare(run, kind=KIND, token=batch, entries=drafts or [draft()])


def path_to(state: EntryState) -> list[EntryState]:
    """The shortest legal way from a beginning to `state`."""
    ways: list[list[EntryState]] = [[first] for first in sorted(FIRST)]
    while ways:
        way = ways.pop(0)
        if way[-1] is state:
            return way
        ways += [[*way, after] for after in sorted(TRANSITIONS[way[-1]]) if after not in way]
    raise AssertionError(state)


def begin(postings: Postings, run: Run, state: EntryState, name: str) -> int:
    """Bring an entry into `state`."""
    first, *rest = path_to(state)
    if first is EntryState.PREPARED:
        prepare(postings, run, draft(name), batch=name)
    elif first is EntryState.REFUSED:
        postings.keep_refused(run, kind=KIND, refused=[(draft(name), "why")])
    else:
        place = Place(state=first, batch="000001", entry="00001")
        postings.adopt(run, kind=KIND, found=[(draft(name), place)])
    entry_id = postings.find_in(EntryState, kind=KIND)[-1].entry_id
    for after in rest:
        postings.move(run, [(entry_id, Place(state=after))])
    return entry_id


def states(postings: Postings) -> list[EntryState]:
    return [entry.state for entry in postings.find_in(EntryState, kind=KIND)]


@pytest.mark.parametrize("before", EntryState)
def test_only_the_steps_of_the_table_are_taken(
    postings: Postings, run: Run, ledger: Ledger, before: EntryState
) -> None:
    for after in EntryState:
        name = f"to-{after}"
        entry_id = begin(postings, run, before, name)
        is_legal = after in TRANSITIONS[before]

        if is_legal:
            postings.move(run, [(entry_id, Place(state=after, reason="seen"))])
        else:
            with pytest.raises(LedgerError, match=rf"{name} is {before} and cannot become {after}"):
                postings.move(run, [(entry_id, Place(state=after))])

        found = postings.find_in(EntryState, kind=KIND)[-1]
        assert (found.name, found.state) == (name, after if is_legal else before)
        assert (postings.find_claims({f"{name}-1"}) == {}) == (found.state in FREE)
    assert ledger.verify_chain().problem is None


def test_an_illegal_step_among_legal_ones_undoes_them_all(postings: Postings, run: Run) -> None:
    batch = prepare(postings, run, draft("A"), draft("B"))
    sent, absent = batch.entry_ids
    postings.move(run, [(absent, Place(state=EntryState.ABSENT))])

    with pytest.raises(LedgerError, match="B is absent and cannot become sent"):
        postings.record_sent(run, batch)

    assert states(postings) == [EntryState.PREPARED, EntryState.ABSENT]
    assert sent == batch.entry_ids[0]
    assert postings.find_in({EntryState.PREPARED}, kind=KIND)[0].sent_at is None


@pytest.mark.parametrize("shared", ["A-1", "A-2"])
def test_a_claimed_id_is_claimed_by_nobody_else(postings: Postings, run: Run, shared: str) -> None:
    prepare(postings, run, draft("A"))

    with pytest.raises(LedgerError, match="an id of C, B is claimed"):
        prepare(postings, run, draft("C"), draft("B", "B-1", shared), batch="2")

    assert [entry.name for entry in postings.find_in(EntryState, kind=KIND)] == ["A"]


def test_what_is_found_may_not_be_claimed_already(postings: Postings, run: Run) -> None:
    prepare(postings, run, draft("A"))
    place = Place(state=EntryState.POSTED, batch="000007", entry="00001")

    with pytest.raises(LedgerError, match="claimed by another entry"):
        postings.adopt(run, kind=KIND, found=[(draft("", "A-1"), place)])

    assert states(postings) == [EntryState.PREPARED]


def test_one_id_twice_in_one_entry_is_refused(postings: Postings, run: Run) -> None:
    with pytest.raises(LedgerError, match="claimed by another entry"):
        prepare(postings, run, draft("A", "A-1", "A-1"))


def test_companies_do_not_share_their_ids(ledger: Ledger, postings: Postings, run: Run) -> None:
    prepare(postings, run, draft("A"))
    other = ledger.postings(subject="OTHER")

    other.prepare(run, kind=KIND, token="t2", entries=[draft("A")])

    assert len(other.find_claims({"A-1", "A-2"})) == 2


def test_refused_entries_claim_nothing_and_may_come_again(postings: Postings, run: Run) -> None:
    postings.keep_refused(run, kind=KIND, refused=[(draft("A"), "inactive account")])

    prepare(postings, run, draft("A"))

    assert states(postings) == [EntryState.REFUSED, EntryState.PREPARED]


def test_the_database_itself_refuses_a_second_claim(
    place: str, postings: Postings, run: Run
) -> None:
    prepare(postings, run, draft("A"))
    postings.keep_refused(run, kind=KIND, refused=[(draft("A"), "twice")])

    with pytest.raises(Exception, match=r"(?i)unique"):
        execute(place, ["UPDATE posting_lines SET is_claimed = true"])


TAMPERINGS = {
    "a state": "UPDATE posting_steps SET after = 'refused' WHERE after = 'sent'",
    "a reason": "UPDATE posting_steps SET reason = 'none'",
    "a batch": "UPDATE posting_steps SET sage_batch = '000009' WHERE after = 'created'",
    "a step gone": "DELETE FROM posting_steps WHERE after = 'created'",
    "an amount": """UPDATE posting_lines SET content = '{"amount":"2"}' WHERE position = 1""",
    "a line gone": "DELETE FROM posting_lines WHERE position = 1",
    "a header": "UPDATE posting_entries SET content = '{}'",
    "a reference": "UPDATE posting_lines SET reference = 'X' WHERE position = 0",
}


@pytest.mark.parametrize("statement", TAMPERINGS.values(), ids=TAMPERINGS.keys())
def test_what_was_changed_afterwards_breaks_the_chain(
    place: str, ledger: Ledger, postings: Postings, run: Run, statement: str
) -> None:
    batch = prepare(postings, run, draft("A"))
    postings.record_sent(run, batch)
    created = Place(state=EntryState.CREATED, batch="000001", entry="00001", reason="answered")
    postings.move(run, [(entry_id, created) for entry_id in batch.entry_ids])
    assert ledger.verify_chain().problem is None

    execute(place, [statement])

    problem = ledger.verify_chain().problem
    assert problem is not None
    assert f"(the postings of run {run.run_id}) was changed" in problem


def execute(place: str, statements: Iterable[str]) -> None:
    database = connect(place)
    try:
        with database.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))
    finally:
        database.close()


def test_batches_of_two_kinds_have_the_same_numbers(postings: Postings, run: Run) -> None:
    place = Place(state=EntryState.READY, batch="16", entry="1")
    postings.adopt(run, kind="ap_invoice", found=[(draft(), place)])

    assert postings.has_been("16", EntryState.READY, kind="ap_invoice")
    assert not postings.has_been("16", EntryState.READY, kind="ap_adjustment")


def test_what_took_a_step_in_a_run_is_told_by_kind(
    ledger: Ledger, postings: Postings, run: Run
) -> None:
    place = Place(state=EntryState.CREATED, batch="16", entry="1")
    postings.adopt(run, kind=KIND, found=[(draft("A"), place), (draft("B"), place)])
    postings.adopt(run, kind="ap_invoice", found=[(draft("C"), place)])
    later = ledger.start_run(plugin="target-sage300", version="1.0", subject="SAMLTD")
    (first, *_) = postings.find_in({EntryState.CREATED}, kind=KIND)

    postings.move(later, [(first.entry_id, Place(state=EntryState.READY))])

    assert [one.name for one in postings.find_touched(later, kind=KIND)] == ["A"]
    assert [one.name for one in postings.find_touched(run, kind=KIND)] == ["A", "B"]
    assert postings.find_touched(later, kind="ap_invoice") == []
