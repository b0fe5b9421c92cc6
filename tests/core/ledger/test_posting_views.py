"""Goal: of each entry a person sees the record that counts, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector.ledger import DraftEntry, DraftLine, EntryState, Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_connector.ledger import EntrySummary, Ledger, PostingViews, Run

KIND = "gl_journal"
CREATED = Place(state=EntryState.CREATED, batch="000001", entry="00001")


def draft(name: str, *, origin: str = "") -> DraftEntry:
    content = {"amount": "7.5", "currency": "CAD"}
    line = DraftLine(reference=f"{origin}{name}-1", content=content)
    return DraftEntry(name=name, content={"date": "2026-10-31"}, lines=(line,))


def find(views: PostingViews, *states: EntryState, limit: int = 10) -> Sequence[EntrySummary]:
    return views.find_newest(states=states, kinds=(), limit=limit)


def test_an_attempt_shows_only_while_nothing_else_is_known_of_its_entry(
    ledger: Ledger, run: Run
) -> None:
    postings, views = ledger.postings(subject="SAMLTD"), ledger.posting_views()
    first = postings.prepare(run, kind=KIND, token="1", entries=[draft("A")])
    postings.move(run, [(first.entry_ids[0], Place(state=EntryState.ABSENT, reason="parted"))])

    assert [one.reason for one in find(views)] == ["parted"]
    second = postings.prepare(run, kind=KIND, token="2", entries=[draft("A")])
    assert [one.state for one in find(views)] == ["prepared"]
    # An attempt that comes to nothing later than another one stands does not hide it.
    postings.record_sent(run, second)
    postings.move(run, [(second.entry_ids[0], CREATED)])
    postings.keep_refused(run, kind=KIND, refused=[(draft("A"), "changed")])
    (kept,) = postings.find_in({EntryState.REFUSED}, kind=KIND)
    assert [one.state for one in find(views)] == ["refused"]
    assert [one.state for one in find(views, EntryState.CREATED)] == ["created"]
    postings.move(run, [(kept.entry_id, Place(state=EntryState.ABSENT))])
    assert [one.state for one in find(views)] == ["created"]
    assert len(views.find_records(states=(), kinds=(), limit=10)) == 3


def test_models_companies_and_what_was_found_have_rows_of_their_own_and_the_limit_counts_them(
    ledger: Ledger, run: Run
) -> None:
    for subject, origin in (("SAMLTD", "NORTH/"), ("SAMLTD", "SOUTH/"), ("SAMINC", "NORTH/")):
        one = (draft("A", origin=origin), "why")
        ledger.postings(subject=subject).keep_refused(run, kind=KIND, refused=[one])
    found = [(DraftEntry(name="", content={}, lines=draft(name).lines), CREATED) for name in "BC"]
    ledger.postings(subject="SAMLTD").adopt(run, kind=KIND, found=found)

    listed = find(ledger.posting_views())

    assert sorted((one.subject, one.origin, one.title) for one in listed) == [
        *(("SAMINC", "NORTH", "A"), ("SAMLTD", "", "B-1"), ("SAMLTD", "", "C-1")),
        *(("SAMLTD", "NORTH", "A"), ("SAMLTD", "SOUTH", "A")),
    ]
    assert len({one.entry_key for one in listed}) == len(listed)
    assert len(find(ledger.posting_views(), limit=2)) == 2
    assert {str(one.figures.amounts["CAD"]) for one in listed} == {"7.5"}
