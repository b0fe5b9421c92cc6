"""A payables document posted and purged between two runs is told as posted, not as deleted.

Goal: whoever was killed and whatever was confirmed, what Sage has posted stays, and what it has not
is told as deleted. Method: as `tests.tap_sage300.pure.test_batches`.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from ml_connector.ledger import Document
from tap_sage300.memory import Remembered, encode

from tests.tap_sage300.batches import BatchBooks, enter
from tests.tap_sage300.books import Pipeline, Ticks
from tests.tap_sage300.pure.test_batches import (
    add_up,
    books,
    check,
    copy_of,
    empty_ledger,
    ids,
    pipeline,
)

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["books", "empty_ledger", "pipeline"]


def post_and_purge(books: BatchBooks, number: int = 1) -> None:
    """Post a batch and purge it."""
    books.post(number)
    books.purge(number)


def unread(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was warned of documents that changed before they were purged."""
    return [one.message for one in caplog.records if "purged_unread" in one.message]


def test_document_posted_and_purged_between_two_runs_stays_as_posted(
    pipeline: Pipeline, books: BatchBooks, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline.run()
    post_and_purge(books)

    written = pipeline.run()

    assert written.deleted == set()
    check(pipeline)
    assert set(pipeline.held.values()) == {"100 posted"}
    assert not unread(caplog)
    asked = books.requests
    assert pipeline.run().rows == []
    assert books.requests == asked + 1  # it is final now, and not asked for again


def test_purged_document_is_told_as_posted_until_that_is_confirmed(
    pipeline: Pipeline, books: BatchBooks
) -> None:
    pipeline.run()
    post_and_purge(books)
    lost = pipeline.read()

    again = pipeline.run()

    assert again.rows == lost.rows
    check(pipeline)


def test_posting_that_was_never_confirmed_is_told_again_when_the_batch_was_purged(
    pipeline: Pipeline, books: BatchBooks
) -> None:
    pipeline.run()
    books.post(1)
    pipeline.read()
    books.purge(1)

    assert pipeline.run().deleted == set()
    check(pipeline)


def test_full_refresh_brings_what_was_purged_lately(pipeline: Pipeline, books: BatchBooks) -> None:
    pipeline.run()
    post_and_purge(books)
    pipeline.run()

    refreshed = Pipeline(books, pipeline.ledger, clock=pipeline.clock)
    refreshed.run()

    check(refreshed)


def test_purged_document_is_forgotten_with_its_completion(
    pipeline: Pipeline, books: BatchBooks
) -> None:
    clock = pipeline.clock = Ticks()
    pipeline.run()
    post_and_purge(books)
    pipeline.run()
    memory = pipeline.ledger.documents(subject=pipeline.subject, kind=books.family.headers)
    assert "Rent" in memory.find(["100001"])[0].content

    for _ in range(2):
        clock.at += dt.timedelta(days=40)
        pipeline.run()

    assert "Rent" not in memory.find(["100001"])[0].content
    check(pipeline)


def test_deleted_batch_that_was_purged_is_told_as_deleted(
    pipeline: Pipeline, books: BatchBooks, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline.run()
    del books.batches[1]

    assert pipeline.run().deleted == ids("INV-1", 20, 40) | ids("INV-2", 20) | ids("INV-3", 20)
    check(pipeline)
    assert not unread(caplog)


def test_entry_that_posting_refused_is_told_as_deleted_beside_its_posted_ones(
    pipeline: Pipeline, books: BatchBooks
) -> None:
    pipeline.run()
    error_batch = books.post(1, 1)
    assert error_batch
    books.batches[error_batch]["BatchStatus"] = "Deleted"
    books.purge(1)

    assert pipeline.run().deleted == ids("INV-1", 20, 40)
    check(pipeline)


def test_number_changed_before_posting_is_another_document(
    pipeline: Pipeline, books: BatchBooks, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline.run()
    books.entries(1)[0]["DocumentNumber"] = "INV-1B"
    post_and_purge(books)

    assert pipeline.run().deleted == ids("INV-1", 20, 40)

    (warning,) = unread(caplog)
    for named in ("batch=1", "entry=1", "number=1200:INV-1B"):
        assert named in warning


def test_lines_changed_before_posting_stay_as_they_were_and_are_named(
    pipeline: Pipeline, books: BatchBooks, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline.run()
    del books.entries(1)[0]["InvoiceDetails"][0]
    post_and_purge(books)  # of it only the sum is known

    assert pipeline.run().deleted == set()

    assert pipeline.held["SAMLTD:AP:1200:INV-1:20"] == "100 posted"
    assert add_up(pipeline.headers.values()) == add_up(pipeline.held.values())
    (warning,) = unread(caplog)
    assert "number=1200:INV-1" in warning


def test_document_whose_records_are_not_known_is_told_as_deleted_and_named(
    pipeline: Pipeline, books: BatchBooks, empty_ledger: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline.run()
    post_and_purge(books)
    with copy_of(empty_ledger) as other:
        pipeline.ledger = other
        memory = other.documents(subject=pipeline.subject, kind=books.family.headers)
        older = Remembered("1200", (20, 40))  # as an earlier version remembered it
        row = Document(
            key="100001",
            number="1200:INV-1",
            is_open=True,
            content=encode(older),
            seen_at=pipeline.clock(),
        )
        memory.revise(["100001"], lambda _: {"100001": row})

        assert pipeline.run().deleted == ids("INV-1", 20, 40) | ids("INV-2", 20) | ids("INV-3", 20)

    assert "number=1200:INV-1" in unread(caplog)[0]


@pytest.mark.parametrize("rows_max", range(5))
def test_tap_killed_while_it_tells_of_purged_documents_loses_none(
    pipeline: Pipeline, books: BatchBooks, rows_max: int
) -> None:
    pipeline.run()
    post_and_purge(books)
    books.enter(enter(1, 20, DocumentNumber="INV-1"))
    pipeline.land(pipeline.read(rows_max=rows_max))

    pipeline.run()

    check(pipeline)
    assert pipeline.held["SAMLTD:AP:1200:INV-1:20"] == "100 posted"
