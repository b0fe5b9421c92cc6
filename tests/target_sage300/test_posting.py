"""Approved entries become open journal batches; a second run posts nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tests.target_sage300.conftest import entries_of
from tests.target_sage300.singer import export, make_entry

if TYPE_CHECKING:
    from tests.target_sage300.conftest import Books


def test_an_approved_entry_becomes_an_open_batch(books: Books) -> None:
    result = books.post(export(make_entry("GLE-1", Comment="memo")))

    (batch,) = books.batches()
    (entry,) = entries_of(batch)
    lines = entry["JournalDetails"]
    assert (batch["Status"], batch["ReadyToPost"]) == ("Open", "No")
    assert (entry["SourceLedger"], entry["SourceType"]) == ("GL", "PL")
    assert entry["PostingDate"][:10] == "2026-10-31"
    assert [(line["Reference"], line["Amount"], line["Comment"]) for line in lines] == [
        ("GLE-1-1", Decimal("125.5"), "memo"),
        ("GLE-1-2", Decimal("-125.5"), "memo"),
    ]
    assert result.states[-1]["bookmarks"] == {"gl_adjustments": {"complete": True}}


def test_a_second_run_posts_nothing(books: Books) -> None:
    messages = export(make_entry("GLE-1"), make_entry("GLE-2"))
    books.post(messages)

    books.post(messages)

    books.assert_stands_once("GLE-1-1", "GLE-1-2", "GLE-2-1", "GLE-2-2")
