"""What people do to batches is seen by what stands in them, and never taken for something else.

Each test does at the Sage desk, or to an answer, what would have a line entered twice, lost, or
counted with another amount, if a look went by the head of a batch or by a set of ids.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from ml_connector.ledger import EntryState
from ml_connector.wire import encode_json

from tests.target_sage300.crashing import run_until
from tests.target_sage300.payables import (
    POSTINGS,
    export_payables,
    invoice_batches,
    make_document,
)
from tests.target_sage300.singer import export, make_entry
from tests.target_sage300.test_advancing import POSTED, posted_references, statuses
from tests.target_sage300.test_changes import forget_ledger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.target_sage300.conftest import Books

TWO = export(make_entry("GLE-1"), make_entry("GLE-2"))
ALL = ("GLE-1-1", "GLE-1-2", "GLE-2-1", "GLE-2-2")
POST = {"method": "POST", "path": "GLJournalBatches$"}
Entries = list[dict[str, Any]]


def type_batch(books: Books, *references: str, source: str = "JE") -> str:
    """Enter a batch of one entry by hand: 10 and -10 for each pair of references."""
    header = {
        "SourceLedger": "GL",
        "SourceType": source,
        "DocumentDate": "2026-10-31",
        "PostingDate": "2026-10-31",
        "JournalDetails": [
            {"AccountNumber": account, "SourceCurrencyAmount": amount, "Reference": reference}
            for reference, (account, amount) in zip(
                references, [("6100100", 10), ("2100", -10)], strict=True
            )
        ],
    }
    batch = books.send("POST", "GL/GLJournalBatches", {"JournalHeaders": [header]})
    return str(batch["BatchNumber"])


def change(books: Books, number: str, deed: Callable[[Entries], object]) -> None:
    """Change the entries of a journal batch, as a user does at the desk."""
    batch = books.get(f"GL/GLJournalBatches('{number}')")
    entries = batch["JournalHeaders"]
    deed(entries)
    for count, entry in enumerate(entries, start=1):
        entry["EntryNumber"] = f"{count:05}"
    books.control(
        "PATCH",
        f"records/GL/GLJournalBatches/{number}",
        {"JournalHeaders": entries, "NumberOfEntries": len(entries)},
    )


def post_at_the_desk(books: Books, number: str) -> None:
    books.control("POST", f"gl/batches/{number}/post", {})


@pytest.fixture
def unanswered(books: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Number of a batch of `TWO` that stands in Sage; the run was killed before it recorded it."""
    once = run_until(books.arguments(), TWO, point=None, folder=tmp_path)
    books.control("POST", "reset")
    forget_ledger(monkeypatch, tmp_path)
    killed = run_until(
        books.arguments(), TWO, point=once.points.index("after POST"), folder=tmp_path
    )
    assert killed.was_killed
    assert len(books.find_in(EntryState.SENT)) == 2
    (batch,) = books.batches()
    return str(batch["BatchNumber"])


def blank_references(entries: Entries) -> None:
    for entry in entries:
        for line in entry["JournalDetails"]:
            line["Reference"] = ""


def rename_references(entries: Entries) -> None:
    for entry in entries:
        for line in entry["JournalDetails"]:
            line["Reference"] = line["Reference"].replace("GLE", "OTHER")


def drop_second(entries: Entries) -> None:
    del entries[1]


def copy_first(entries: Entries) -> None:
    entries.append(deepcopy(entries[0]))


def change_amounts(entries: Entries) -> None:
    for line in entries[0]["JournalDetails"]:
        sign = 1 if line["SourceCurrencyAmount"] > 0 else -1
        line.update(SourceCurrencyAmount=200 * sign, Amount=200 * sign)


# What other people enter


@pytest.mark.parametrize("batches", [1, 2])
def test_references_that_people_type_twice_are_nobodys_business(books: Books, batches: int) -> None:
    books.post(export(make_entry("GLE-0")))
    for _ in range(batches):
        type_batch(books, "RENT OCT", "RENT OCT")

    books.post(TWO)

    books.assert_stands_once("GLE-0-1", "GLE-0-2", *ALL)


def test_a_new_ledger_leaves_what_people_type_alone(books: Books) -> None:
    type_batch(books, "RENT OCT", "RENT OCT")
    type_batch(books, "GLE-1-1", "GLE-1-2")

    books.post(TWO)

    assert {entry.name for entry in books.find_in(EntryState.CREATED)} == {"GLE-1", "GLE-2"}


def test_a_line_added_under_a_copied_id_does_not_stop_a_new_ledger(
    books: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    type_batch(books, "GLE-1-1", "GLE-1-1", source="PL")
    forget_ledger(monkeypatch, tmp_path)

    result = books.run(TWO)

    assert result.exit_code == 3, result.log
    assert [one.name for one in books.find_in(EntryState.REFUSED)] == ["GLE-1"]


def test_another_source_code_on_the_same_ledger_is_refused(books: Books) -> None:
    books.post(TWO)

    result = books.run(TWO, postings=[{"stream": "gl_adjustments", "source_type": "JE"}])

    assert result.exit_code == 2, result.log
    assert "GL-PL" in result.log
    books.assert_stands_once(*ALL)


def test_two_source_codes_in_one_setting_are_refused(books: Books) -> None:
    postings = [{"stream": "a"}, {"stream": "b", "source_type": "JE"}]

    result = books.run(TWO, postings=postings)

    assert result.exit_code == 2
    assert "postings[1].source_type" in result.log


# An answer that is missing


def test_a_batch_that_is_being_posted_is_looked_into(books: Books, unanswered: str) -> None:
    books.control(
        "PATCH", f"records/GL/GLJournalBatches/{unanswered}", {"Status": "PostInProgress"}
    )

    books.post(TWO)

    assert len(books.new_batches()) == 1


@pytest.mark.switch("deleted_journal_batches")
@pytest.mark.parametrize("left", ["emptied", "kept"])
def test_a_batch_deleted_before_it_was_recorded_is_turned_down(
    books: Books, unanswered: str, left: str
) -> None:
    books.switch(deleted_journal_batches=left)
    books.control("POST", f"gl/batches/{unanswered}/delete", {})

    books.post(TWO)

    assert len(books.new_batches()) == 1
    assert [one.name for one in books.find_in(EntryState.WITHDRAWN)] == ["GLE-1", "GLE-2"]


def test_a_batch_whose_ids_were_edited_away_is_not_entered_again(
    books: Books, unanswered: str
) -> None:
    change(books, unanswered, blank_references)

    result = books.run(TWO)

    assert result.exit_code == 1
    assert f"batch {unanswered} of Sage 300 has the name" in result.log
    assert len(books.new_batches()) == 1


# What a reviewer does before a batch is posted


def test_an_entry_taken_out_of_its_batch_is_not_taken_for_posted(books: Books) -> None:
    books.post(TWO)
    (batch,) = books.batches()
    change(books, batch["BatchNumber"], drop_second)
    post_at_the_desk(books, batch["BatchNumber"])

    result = books.run(TWO, on_change="revise")

    assert result.exit_code == 0, result.log
    assert [one.name for one in books.find_in(EntryState.POSTED)] == ["GLE-1"]
    (gone,) = books.find_in(EntryState.WITHDRAWN)
    assert (gone.name, "taken out of batch" in str(gone.reason)) == ("GLE-2", True)
    assert posted_references(books) == ["GLE-1-1", "GLE-1-2"]


def test_what_was_edited_before_it_was_posted_is_said_and_never_revised(books: Books) -> None:
    books.post(TWO)
    (batch,) = books.batches()
    change(books, batch["BatchNumber"], change_amounts)
    post_at_the_desk(books, batch["BatchNumber"])
    books.post(TWO)

    result = books.run(export(make_entry("GLE-1", "99", "-99")), on_change="revise")

    edited = next(one for one in books.find_in(EntryState.POSTED) if one.name == "GLE-1")
    assert str(edited.reason).startswith("edited in Sage 300 before it was posted: GLE-1-1: amount")
    assert result.exit_code == 3, result.log
    assert "it cannot be revised, for it was edited" in result.log
    assert posted_references(books) == sorted(ALL)


def test_a_number_that_was_used_again_does_not_make_ours_posted(books: Books) -> None:
    books.post(TWO)
    (batch,) = books.batches()
    change(books, batch["BatchNumber"], rename_references)
    post_at_the_desk(books, batch["BatchNumber"])

    books.post(TWO)

    assert [one.name for one in books.find_in(EntryState.WITHDRAWN)] == ["GLE-1", "GLE-2"]


@pytest.mark.parametrize("deed", [copy_first, change_amounts, drop_second, blank_references])
def test_a_batch_that_somebody_edited_is_not_posted_by_itself(
    books: Books, deed: Callable[[Entries], object]
) -> None:
    books.post(TWO)
    (batch,) = books.batches()
    change(books, batch["BatchNumber"], deed)

    result = books.run(TWO, **POSTED)

    assert "batch.left" in result.log
    assert statuses(books) in (["Open"], [])
    assert posted_references(books) == []


@pytest.mark.parametrize(
    "edit",
    [
        {"PostingDate": "2026-11-15T00:00:00Z"},
        {"DocumentTotalIncludingTax": 600.25},
        {"DocumentDate": "2026-11-15T00:00:00Z"},
    ],
    ids=lambda edit: next(iter(edit)),
)
def test_a_document_that_somebody_edited_is_not_posted_by_itself(
    books: Books, edit: dict[str, Any]
) -> None:
    messages = export_payables(make_document())
    books.post(messages, postings=POSTINGS)
    (batch,) = invoice_batches(books)
    (document,) = batch["Invoices"]
    document.update(edit)
    place = f"records/AP/APInvoiceBatches/{batch['BatchNumber']}"
    books.control("PATCH", place, {"Invoices": [document]})

    result = books.run(messages, postings=POSTINGS, **POSTED)

    assert "was edited: " in result.log
    assert "batch.left" in result.log
    (batch,) = invoice_batches(books)
    assert batch["BatchStatus"] == "Open"


def test_a_line_added_to_a_document_is_not_posted_by_itself(books: Books) -> None:
    messages = export_payables(make_document())
    books.post(messages, postings=POSTINGS)
    (batch,) = invoice_batches(books)
    (document,) = batch["Invoices"]
    added = {**document["InvoiceDetails"][0], "LineNumber": 99, "Comment": "freight"}
    document["InvoiceDetails"].append(added)
    place = f"records/AP/APInvoiceBatches/{batch['BatchNumber']}"
    books.control("PATCH", place, {"Invoices": [document]})

    result = books.run(messages, postings=POSTINGS, **POSTED)

    assert "it has 3 lines, where 2 were entered" in result.log


# What stands twice


def test_a_copy_that_was_posted_while_ours_is_open_stops_the_run(books: Books) -> None:
    books.post(export(make_entry("GLE-0")))
    early = type_batch(books, "GLE-1-1", "GLE-1-2")
    books.post(export(make_entry("GLE-1")))
    change(books, early, lambda entries: entries[0].update(SourceType="PL"))
    post_at_the_desk(books, early)

    results = [books.run(export(make_entry("GLE-1"))) for _ in range(2)]

    assert [one.exit_code for one in results] == [1, 1]
    assert f"batch {early}" in results[-1].log


def test_an_id_posted_twice_is_told_once(books: Books) -> None:
    for _ in range(2):
        post_at_the_desk(books, type_batch(books, "GLE-1-1", "GLE-1-2", source="PL"))
    messages = export(make_entry("GLE-1", "10", "-10"))

    results = [books.run(messages) for _ in range(2)]

    assert [one.exit_code for one in results] == [1, 0], results[-1].log
    assert "it stands in batch" in results[0].log


def test_a_reversal_is_no_second_posting(
    books: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    messages = export(make_entry("GLE-1", Reversal=True))
    books.post(messages)
    post_at_the_desk(books, books.batches()[0]["BatchNumber"])
    assert posted_references(books) == ["GLE-1-1", "GLE-1-1", "GLE-1-2", "GLE-1-2"]

    books.post(messages)
    forget_ledger(monkeypatch, tmp_path)
    books.post(messages)


def test_an_entry_that_lost_some_references_is_found_whole(
    books: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    messages = export(make_entry("GLE-1", accounts=("5000210", "2100")))
    books.post(messages)
    post_at_the_desk(books, books.batches()[0]["BatchNumber"])
    assert "GLE-1-1" not in posted_references(books)
    forget_ledger(monkeypatch, tmp_path)

    books.post(messages)

    assert len(books.new_batches()) == 1


def test_a_list_that_ends_too_early_turns_nothing_down(books: Books) -> None:
    books.post(TWO)
    books.fault("status", r"GLJournalBatches\?", method="GET", status=200, body='{"value": []}')

    books.post(TWO)

    assert len(books.find_in(EntryState.CREATED)) == 2


def test_batches_that_do_not_come_in_the_order_of_their_numbers_stop_the_run(books: Books) -> None:
    newest_first = "GL/GLJournalBatches?$orderby=BatchNumber%20desc&$top=2"
    body = encode_json(books.get(newest_first)).decode()
    books.fault("status", r"GLJournalBatches\?", method="GET", status=200, body=body)

    result = books.run(TWO)

    assert (result.exit_code, result.states) == (1, [])
    assert "batches do not come in the order of their numbers" in result.log
    assert books.new_batches() == []
