"""What stands in Sage and comes back different is a conflict; what people did there is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from ml_connector.ledger import EntryState

from tests.target_sage300.singer import export, make_entry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.target_sage300.conftest import Books

MESSAGES = export(make_entry("GLE-1"))
ALL = ("GLE-1-1", "GLE-1-2")


def forget_ledger(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path / "another-home"))


@pytest.mark.parametrize(
    "change",
    [
        {"Account": "6200100"},
        {"Posting Date": "2026-10-30"},
        {"Description": "Corrected"},
        {"Comment": "Corrected"},
        {"Reversal": True},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_line_that_changed_after_it_was_posted_is_a_conflict(
    books: Books, change: dict[str, Any]
) -> None:
    books.post(MESSAGES)

    result = books.run(export(make_entry("GLE-1", **change)))

    assert result.exit_code == 3
    books.assert_stands_once(*ALL)
    (kept,) = books.find_in(EntryState.REFUSED)
    assert "stands in batch" in str(kept.reason)


def test_another_amount_under_the_same_id_is_a_conflict_on_a_new_ledger_too(
    books: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    books.post(MESSAGES)
    forget_ledger(monkeypatch, tmp_path)

    result = books.run(export(make_entry("GLE-1", "99.00", "-99.00")))

    assert result.exit_code == 3
    books.assert_stands_once(*ALL)


def test_a_line_added_to_an_entry_that_stands_is_a_conflict(books: Books) -> None:
    books.post(MESSAGES)

    result = books.run(export(make_entry("GLE-1", "125.50", "-125.50", "1", "-1")))

    assert result.exit_code == 3
    books.assert_stands_once(*ALL)


@pytest.mark.parametrize("deed", ["nothing", "ready", "post"])
def test_a_lost_ledger_learns_from_sage_what_stands_there(
    books: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, deed: str
) -> None:
    books.post(MESSAGES)
    (batch,) = books.batches()
    if deed != "nothing":
        books.control("POST", f"gl/batches/{batch['BatchNumber']}/{deed}", {})
    forget_ledger(monkeypatch, tmp_path)

    books.post(MESSAGES)

    books.assert_stands_once(*ALL)


def test_a_lost_ledger_finds_posted_entries_whose_batch_was_purged(
    books: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    books.post(export(make_entry("GLE-1", Reversal=True)))
    (batch,) = books.batches()
    books.control("POST", f"gl/batches/{batch['BatchNumber']}/post", {})
    books.control("POST", "gl/clear", {"batches": True})
    forget_ledger(monkeypatch, tmp_path)

    books.post(export(make_entry("GLE-1", Reversal=True)))

    assert books.batches() == []


def test_what_cannot_be_proven_absent_is_refused(
    books: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    consolidated = ("5000210", "5000220")
    books.post(export(make_entry("GLE-1", accounts=consolidated)))
    (batch,) = books.batches()
    books.control("POST", f"gl/batches/{batch['BatchNumber']}/post", {})
    books.control("POST", "gl/clear", {"batches": True})
    forget_ledger(monkeypatch, tmp_path)

    result = books.run(export(make_entry("GLE-1", accounts=consolidated), make_entry("GLE-2")))

    assert result.exit_code == 3
    (kept,) = books.find_in(EntryState.REFUSED)
    assert kept.name == "GLE-1"
    assert "cannot be proven" in str(kept.reason)
    books.assert_stands_once("GLE-2-1", "GLE-2-2")


def test_a_lost_ledger_finds_consolidated_entries_in_their_batch(
    books: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    messages = export(make_entry("GLE-1", accounts=("5000210", "5000220")))
    books.post(messages)
    (batch,) = books.batches()
    books.control("POST", f"gl/batches/{batch['BatchNumber']}/post", {})
    forget_ledger(monkeypatch, tmp_path)

    books.post(messages)

    books.assert_stands_once(*ALL)


@pytest.mark.switch("deleted_journal_batches")
@pytest.mark.parametrize("left", ["emptied", "kept"])
def test_what_a_person_deleted_is_not_posted_again(books: Books, left: str) -> None:
    books.switch(deleted_journal_batches=left)
    books.post(MESSAGES)
    (batch,) = books.batches()
    books.control("POST", f"gl/batches/{batch['BatchNumber']}/delete", {})

    books.post(MESSAGES)

    assert books.standing().total() == 0
    assert [entry.name for entry in books.find_in(EntryState.WITHDRAWN)] == ["GLE-1"]


def test_a_renamed_batch_is_known_by_its_lines(
    books: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    books.post(MESSAGES)
    (batch,) = books.batches()
    books.control("PATCH", f"gl/batches/{batch['BatchNumber']}", {"Description": "Accruals"})
    forget_ledger(monkeypatch, tmp_path)

    books.post(MESSAGES)

    books.assert_stands_once(*ALL)


@pytest.mark.switch("error_batch_description", "unbalanced_entries")
@pytest.mark.parametrize("text", ["kept", "replaced"])
def test_an_entry_in_an_error_batch_is_followed(books: Books, text: str) -> None:
    books.switch(error_batch_description=text)
    earlier: dict[str, Any] = {"Posting Date": "2026-09-30"}
    messages = export(make_entry("GLE-1"), make_entry("GLE-2", **earlier))
    books.post(messages)
    (batch,) = books.batches()
    books.switch(locked_periods=[f"GL:{books.period_of('2026-09-30')}"])
    books.control("POST", f"gl/batches/{batch['BatchNumber']}/post", {})

    result = books.run(messages)

    assert (result.exit_code, len(result.states)) == (3, 1)
    assert "entry.in_error_batch entry=GLE-2" in result.log
    (in_error,) = books.find_in(EntryState.IN_ERROR_BATCH)
    (posted,) = books.find_in(EntryState.POSTED)
    assert (in_error.name, posted.name) == ("GLE-2", "GLE-1")
    assert str(in_error.sage_batch) > batch["BatchNumber"]
    books.assert_stands_once(*ALL, "GLE-2-1", "GLE-2-2")


def test_an_id_that_stands_twice_in_sage_stops_the_run(
    books: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    books.post(MESSAGES)
    forget_ledger(monkeypatch, tmp_path)
    books.switch(deleted_journal_batches="kept")
    books.post(MESSAGES)
    (batch,) = books.batches()
    body = {
        "Description": "copied by hand",
        "JournalHeaders": [
            {
                "SourceLedger": "GL",
                "SourceType": "PL",
                "PostingDate": "2026-10-31",
                "JournalDetails": [
                    {
                        "AccountNumber": line["AccountNumber"],
                        "SourceCurrencyAmount": line["SourceCurrencyAmount"],
                        "Reference": line["Reference"],
                    }
                    for line in batch["JournalHeaders"][0]["JournalDetails"]
                ],
            }
        ],
    }
    books.send("POST", "GL/GLJournalBatches", body)

    result = books.run(export(make_entry("GLE-1"), make_entry("GLE-2")))

    assert result.exit_code == 1
    assert "GLE-1-1" in result.log
    assert "Delete one of the two" in result.log
    assert "GLE-2-1" not in books.standing()


def delete_batch(books: Books) -> None:
    books.control("POST", f"gl/batches/{books.batches()[0]['BatchNumber']}/delete", {})
    books.post(MESSAGES)


def post_batch(books: Books) -> None:
    books.control("POST", f"gl/batches/{books.batches()[0]['BatchNumber']}/post", {})


@pytest.mark.parametrize(
    ("deed", "remedy"),
    [
        (lambda _: None, "delete the entry in that batch"),
        (post_batch, "enter the difference as lines with new ids"),
        (delete_batch, "Enter the whole entry with new ids"),
    ],
    ids=["open", "posted", "deleted"],
)
def test_the_remedy_of_a_conflict_leads_to_the_right_amount(
    books: Books, deed: Callable[[Books], None], remedy: str
) -> None:
    books.post(MESSAGES)
    deed(books)

    books.run(export(make_entry("GLE-1", "99.00", "-99.00")))

    (kept,) = books.find_in(EntryState.REFUSED)
    assert remedy in str(kept.reason)
    assert str(kept.reason).count("of Sage 300") <= 1


def test_what_is_gone_from_the_plan_is_named_until_its_batch_is_posted(books: Books) -> None:
    both = export(make_entry("GLE-1"), make_entry("GLE-2"))
    books.post(both)

    gone = books.post(export(make_entry("GLE-2"))).log
    back = books.post(both).log
    post_batch(books)
    posted = books.post(export(make_entry("GLE-2"))).log

    assert gone.count("entry.not_approved_any_more") == 1
    assert "entry.not_approved_any_more entry=GLE-1" in gone
    assert "entry.not_approved_any_more" not in back + posted


def test_what_another_model_entered_is_not_missed(books: Books) -> None:
    books.post(MESSAGES, origin="FY27")

    assert "entry.not_approved_any_more" not in books.post(export(), origin="FY28").log
    assert "entry.not_approved_any_more" not in books.post(export()).log
    assert "entry.not_approved_any_more" in books.post(export(), origin="FY27").log


def test_what_may_come_in_another_stream_is_not_missed(books: Books) -> None:
    postings = [{"stream": "gl_adjustments"}, {"stream": "more"}]
    books.post(MESSAGES, postings=postings)

    log = books.post(export(stream="more"), postings=postings).log

    assert "entry.not_approved_any_more" not in log


def with_texts(name: str = "GLE-1") -> list[dict[str, Any]]:
    """An entry whose lines have descriptions of their own."""
    first, second = make_entry(name)
    return [{**first, "Description": "Rent"}, {**second, "Description": "Accrued rent"}]


@pytest.mark.parametrize("change", ["conflict", "revise"])
def test_lines_in_another_order_are_the_same_entry(books: Books, change: str) -> None:
    entry = with_texts()
    settings = {"on_change": change, "post": "posted", "allow_auto_post": True}
    books.post(export(entry), **settings)

    books.post(export(entry[::-1]), **settings)

    books.assert_stands_once(*ALL)


def test_an_optional_field_that_is_mapped_and_blank_changes_nothing(books: Books) -> None:
    books.post(MESSAGES)
    posting = {"stream": "gl_adjustments", "optional_fields": {"PROJECT": "Comment"}}

    books.post(MESSAGES, postings=[posting])

    books.assert_stands_once(*ALL)


def test_a_line_that_moved_to_an_entry_of_another_stream_is_not_reversed(books: Books) -> None:
    settings = {
        "postings": [{"stream": "gl_adjustments"}, {"stream": "more"}],
        "on_change": "revise",
        "post": "posted",
        "allow_auto_post": True,
    }
    books.post(export(make_entry("M", "5", "-5", "7", "-7")), **settings)
    first, second, *rest = make_entry("M", "5", "-5", "7", "-7")
    stay = [{**line, "Lines In Entry": 2} for line in (first, second)]
    moved = [{**line, "Entry": "N", "Lines In Entry": 2} for line in rest]
    both = export(stay) + export(moved, stream="more")
    assert both.count(b'"complete":true') == 2

    result = books.run(both, **settings)

    assert result.exit_code == 3
    books.assert_stands_once("M-1", "M-2", "M-3", "M-4")
    assert "is not among what is approved" not in result.log
