"""After a run that came to its end the target holds the payables that stand in the batches.

Goal: entries, batches and copies in error batches come, go and change their numbers; whoever is
killed and whatever was confirmed. Method: the tap's own read with a ledger file, against batches in
memory (`tests.tap_sage300.batches`).
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ml_connector.ledger import Ledger, open_ledger
from tap_sage300.changes import shift_date
from tap_sage300.memory import decode

from tests.tap_sage300.batches import BatchBooks, enter
from tests.tap_sage300.books import TODAY, Pipeline, Ticks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ml_connector.ledger import Document
    from tap_sage300.documents import SourceDocument

OLD = "2026-01-05T00:00:00Z"
"""A day that no lookback reaches, in an open fiscal year."""


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger file without rows, to be copied: migrating takes half a second."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.sqlite3"
    open_ledger(path).close()
    return path


@contextmanager
def copy_of(path: Path) -> Iterator[Ledger]:
    """Open a copy of a ledger file."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_ledger(Path(shutil.copy(path, folder))) as one,
    ):
        yield one


@pytest.fixture
def books() -> BatchBooks:
    """Batch 1, open, of three entries, the first of two lines; batch 2, posted long ago."""
    books = BatchBooks()
    books.enter(enter(1, 20, 40), enter(2), enter(3))
    old = {"DateLastEdited": OLD, "BatchDate": OLD, "BatchStatus": "Posted"}
    books.enter(enter(1, DocumentNumber="OLD-1"), **old)
    return books


@pytest.fixture
def pipeline(books: BatchBooks, empty_ledger: Path) -> Iterator[Pipeline]:
    with copy_of(empty_ledger) as ledger:
        yield Pipeline(books, ledger)


def ids(number: str, *lines: int) -> set[str]:
    """Transaction ids of a document's lines."""
    return {f"SAMLTD:AP:1200:{number}:{line}" for line in lines}


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was warned of numbers that two documents have."""
    return [one.message for one in caplog.records if "number_twice" in one.message]


def add_up(measured: Iterable[str]) -> dict[str, Decimal]:
    """Add up what was measured, posted and not posted apart."""
    sums: dict[str, Decimal] = {}
    for one in measured:
        amount, kind = one.split(" ", 1)
        sums[kind] = sums.get(kind, Decimal(0)) + Decimal(amount)
    return {kind: amount for kind, amount in sums.items() if amount}


def check(pipeline: Pipeline) -> None:
    """Check that the target holds what stands, and headers that add up to the lines."""
    assert pipeline.held == pipeline.books.list_standing()
    assert add_up(pipeline.headers.values()) == add_up(pipeline.held.values())


def test_entry_taken_out_of_an_open_batch_is_told(pipeline: Pipeline, books: BatchBooks) -> None:
    pipeline.run()
    del books.entries(1)[1]
    asked = books.requests

    assert pipeline.run().deleted == ids("INV-2", 20)
    assert books.requests == asked + 1  # the batch itself is the proof
    assert pipeline.run().deleted == set()


def test_line_taken_out_of_an_entry_is_told(pipeline: Pipeline, books: BatchBooks) -> None:
    pipeline.run()
    del books.entries(1)[0]["InvoiceDetails"][0]

    assert pipeline.run().deleted == ids("INV-1", 20)


def test_deleted_batch_takes_its_documents_with_it(pipeline: Pipeline, books: BatchBooks) -> None:
    pipeline.run()
    books.batches[1]["BatchStatus"] = "Deleted"

    assert pipeline.run().deleted == ids("INV-1", 20, 40) | ids("INV-2", 20) | ids("INV-3", 20)
    assert pipeline.held == books.list_standing()


def test_open_batch_that_sage_has_no_more_takes_its_documents_with_it(
    pipeline: Pipeline, books: BatchBooks
) -> None:
    pipeline.run()
    del books.batches[1]

    assert pipeline.run().deleted == ids("INV-1", 20, 40) | ids("INV-2", 20) | ids("INV-3", 20)


def test_posting_that_moves_no_stamp_arrives(pipeline: Pipeline, books: BatchBooks) -> None:
    books.batches[1]["DateLastEdited"] = OLD
    pipeline.run()
    books.post(1)

    pipeline.run()

    assert set(pipeline.held.values()) == {"100 posted"}


def test_purged_posted_batch_changes_nothing(pipeline: Pipeline, books: BatchBooks) -> None:
    books.post(1)
    pipeline.run()
    held = dict(pipeline.held)
    del books.batches[1], books.batches[2]

    assert pipeline.run().deleted == set()
    pipeline.today = shift_date(TODAY, days=30)  # a sweep
    assert pipeline.run().deleted == set()
    assert pipeline.held == held


def test_copy_in_the_error_batch_takes_the_lines_of_its_original(
    pipeline: Pipeline, books: BatchBooks, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline.run()
    books.post(1, 1)
    asked = books.requests

    written = pipeline.run()

    assert written.deleted == set()
    assert books.requests == asked + 1  # nobody waits: the original has lost its number
    assert pipeline.held == books.list_standing()
    assert pipeline.held["SAMLTD:AP:1200:INV-1:40"] == "100 not posted"
    assert not warnings(caplog)


@pytest.mark.parametrize("at_once", [True, False], ids=["before-it-was-read", "afterwards"])
def test_renumbered_copy_leaves_the_originals_lines_deleted(
    pipeline: Pipeline, books: BatchBooks, *, at_once: bool
) -> None:
    pipeline.run()
    error_batch = books.post(1, 1)
    assert error_batch
    if not at_once:
        pipeline.run()
    books.entries(error_batch)[0]["DocumentNumber"] = "INV-1B"

    assert pipeline.run().deleted == ids("INV-1", 20, 40)
    assert pipeline.held == books.list_standing()


@pytest.mark.parametrize("at_once", [True, False], ids=["before-it-was-read", "afterwards"])
def test_copy_that_is_deleted_leaves_the_originals_lines_deleted(
    pipeline: Pipeline, books: BatchBooks, *, at_once: bool
) -> None:
    pipeline.run()
    error_batch = books.post(1, 1)
    assert error_batch
    if not at_once:
        pipeline.run()
    books.batches[error_batch]["BatchStatus"] = "Deleted"

    assert pipeline.run().deleted == ids("INV-1", 20, 40)
    assert pipeline.held == books.list_standing()


def test_copy_that_lost_a_line_leaves_that_line_deleted(
    pipeline: Pipeline, books: BatchBooks
) -> None:
    pipeline.run()
    error_batch = books.post(1, 1)
    assert error_batch
    del books.entries(error_batch)[0]["InvoiceDetails"][1]

    assert pipeline.run().deleted == ids("INV-1", 40)
    assert pipeline.held == books.list_standing()


def test_batch_posted_with_errors_while_we_read_loses_nothing(
    pipeline: Pipeline, books: BatchBooks, caplog: pytest.LogCaptureFixture
) -> None:
    def post() -> None:
        books.post(1, 1)

    books.during_read = post  # the original was read, its copy will be

    written = pipeline.run()

    assert written.deleted == set()
    pipeline.run()
    assert pipeline.held == books.list_standing()
    assert not warnings(caplog)


def test_of_two_open_documents_with_one_number_the_older_stands(
    pipeline: Pipeline, books: BatchBooks, caplog: pytest.LogCaptureFixture
) -> None:
    books.enter(enter(7, 20, 60, DocumentNumber="INV-1"))

    written = pipeline.run()

    check(pipeline)
    assert not written.deleted
    (warning,) = warnings(caplog)
    for named in ("number=1200:INV-1", "batch=3", "entry=7", "batch=1 entry=1"):
        assert named in warning


@pytest.mark.parametrize("known_before", [True, False])
def test_posted_document_wins_over_an_older_open_one(
    pipeline: Pipeline, books: BatchBooks, *, known_before: bool
) -> None:
    if known_before:
        pipeline.run()
    later = books.enter(enter(1, 20, DocumentNumber="INV-1"))
    books.post(later)

    pipeline.run()

    assert pipeline.held == books.list_standing()
    assert pipeline.held["SAMLTD:AP:1200:INV-1:20"] == "100 posted"
    assert "SAMLTD:AP:1200:INV-1:40" not in pipeline.held


def test_number_of_a_document_posted_long_ago_is_left_to_it(
    pipeline: Pipeline, books: BatchBooks, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline.run()
    books.enter(enter(1, 20, 40, DocumentNumber="OLD-1"))
    del books.batches[2]  # purged: nobody can ask for it again

    for _ in range(2):
        pipeline.run()

    assert pipeline.held["SAMLTD:AP:1200:OLD-1:20"] == "100 posted"
    assert "SAMLTD:AP:1200:OLD-1:40" not in pipeline.held
    assert len(warnings(caplog)) == 2  # every run says it, until somebody acts


def test_cleared_number_used_again_in_an_older_batch_stays_with_the_first(
    pipeline: Pipeline, books: BatchBooks, caplog: pytest.LogCaptureFixture
) -> None:
    later = books.enter(enter(1, 20, 40, DocumentNumber="INV-9"))
    books.post(later)
    pipeline.run()
    books.purge(later)
    books.entries(1)[0] |= enter(1, 20, 60, DocumentNumber="INV-9")
    books.post(1)

    for _ in range(2):
        pipeline.run()

    assert {one for one in pipeline.held if ":INV-9:" in one} == ids("INV-9", 20, 40)
    assert add_up(pipeline.headers.values()) == add_up(pipeline.held.values())
    assert len(warnings(caplog)) == 2


@pytest.mark.parametrize("is_followed", [True, False], ids=["and-wanted-again", "alone"])
def test_given_up_number_of_a_purged_posted_document_is_left_to_it(
    pipeline: Pipeline, books: BatchBooks, *, is_followed: bool
) -> None:
    pipeline.run()
    books.entries(1)[0]["DocumentNumber"] = "INV-1B"
    later = books.enter(enter(1, 20, 40, DocumentNumber="INV-1"))
    books.post(later)
    pipeline.land(pipeline.read())  # the loss of INV-1 is not confirmed, and told again
    del books.batches[later]
    if is_followed:
        books.enter(enter(1, 20, DocumentNumber="INV-1"))

    for _ in range(2):
        assert pipeline.run().deleted == set()

    assert pipeline.held["SAMLTD:AP:1200:INV-1:20"] == "100 posted"
    assert pipeline.held["SAMLTD:AP:1200:INV-1:40"] == "100 posted"


def test_document_left_out_comes_when_the_other_one_goes(
    pipeline: Pipeline, books: BatchBooks
) -> None:
    other = books.enter(enter(1, 20, 60, DocumentNumber="INV-1"))
    pipeline.run()
    books.entries(1).pop(0)

    written = pipeline.run()

    assert written.deleted == ids("INV-1", 40)
    assert pipeline.held == books.list_standing()
    books.batches[other]["BatchStatus"] = "Deleted"
    assert pipeline.run().deleted == ids("INV-1", 20, 60)


def test_numbers_exchanged_between_batches_are_not_taken_for_duplicates(
    pipeline: Pipeline, books: BatchBooks, caplog: pytest.LogCaptureFixture
) -> None:
    other = books.enter(enter(1, 20, DocumentNumber="INV-9"))
    pipeline.run()
    books.entries(1)[0]["DocumentNumber"] = "INV-9"
    books.entries(other)[0]["DocumentNumber"] = "INV-1"

    pipeline.run()

    assert pipeline.held == books.list_standing()
    assert not warnings(caplog)


def test_backdated_batch_arrives_by_its_number(pipeline: Pipeline, books: BatchBooks) -> None:
    pipeline.run()
    books.enter(
        enter(1, DocumentNumber="LATE"), DateLastEdited=OLD, BatchDate=OLD, BatchStatus="Posted"
    )

    assert "SAMLTD:AP:1200:LATE:20" in pipeline.run().standing


def test_sweep_finds_what_was_done_to_a_posted_batch(pipeline: Pipeline, books: BatchBooks) -> None:
    pipeline.run()
    books.entries(2)[0]["InvoiceDetails"][0]["DistributedAmountBeforeTaxes"] = 7
    assert pipeline.run().standing == [
        *sorted(ids("INV-1", 20, 40)),
        *ids("INV-2", 20),
        *ids("INV-3", 20),
    ]

    pipeline.today = shift_date(TODAY, days=30)
    pipeline.run()

    assert pipeline.held == books.list_standing()


@pytest.mark.parametrize("rows_max", range(5))
def test_tap_killed_at_any_row_makes_the_next_run_forget_nothing(
    pipeline: Pipeline, books: BatchBooks, rows_max: int
) -> None:
    pipeline.run()
    error_batch = books.post(1, 1, 3)
    assert error_batch
    books.entries(error_batch)[0]["DocumentNumber"] = "INV-1B"
    pipeline.land(pipeline.read(rows_max=rows_max))

    pipeline.run()

    assert pipeline.held == books.list_standing()


def test_bookmark_without_a_ledger_still_tells_what_went(
    pipeline: Pipeline, books: BatchBooks, empty_ledger: Path
) -> None:
    pipeline.run()
    del books.entries(1)[1]

    with copy_of(empty_ledger) as other:
        pipeline.ledger = other
        assert pipeline.run().deleted == ids("INV-2", 20)


# --- a company that lives, and two pipelines that follow it --------------------------------------

EDITS = (
    "batch",
    "entry",
    "cut",
    "delete_entry",
    "delete_batch",
    "renumber",
    "double",
    "post",
    "fail",
    "purge",
)
edits = st.lists(st.tuples(st.sampled_from(EDITS), st.integers(0, 30)), max_size=5)
ends = st.one_of(
    st.just("confirmed"),
    st.just("landed"),
    st.just("lost"),
    st.tuples(st.sampled_from(["killed", "killed, kept"]), st.integers(0, 12)),
)
steps = st.lists(st.tuples(edits, st.integers(0, 1), ends), min_size=1, max_size=6)


class Clerks:
    """Whoever changes the batches, with the stamps people type."""

    def __init__(self, books: BatchBooks) -> None:
        self.books = books
        self.given = 0

    def purge(self, which: int, pipelines: Sequence[Pipeline]) -> None:
        """Purge one of the posted batches whose documents did come, if there is one."""
        memory = pipelines[0].ledger.documents(
            subject=pipelines[0].subject, kind=self.books.family.headers
        )
        candidates = []
        for number in sorted(self.books.list_posted()):
            documents = self.books.list_documents(number)
            known = {one.key: one for one in memory.find([str(one.key) for one in documents])}
            if all(self._came(one, known.get(str(one.key)), pipelines) for one in documents):
                candidates.append((number, known))
        if candidates:
            number, known = candidates[which % len(candidates)]
            self.books.purge(number, *known.values())

    def _came(
        self, document: SourceDocument, known: Document | None, pipelines: Sequence[Pipeline]
    ) -> bool:
        """Say whether a document is remembered with its records, or every target has it."""
        if known is not None and decode(known).records:
            return True
        lines = {str(one["TransactionId"]): self.books.measure(one) for one in document.lines}
        return known is not None and all(lines.items() <= one.held.items() for one in pipelines)

    def apply(self, what: str, which: int) -> None:
        is_open = [key for key, one in self.books.batches.items() if one["BatchStatus"] == "Open"]
        if what == "batch" or not is_open:
            stamp = f"{shift_date(TODAY, days=-which)}T00:00:00Z"
            self.books.enter(self._make(1, which), DateLastEdited=stamp)
            return
        number = is_open[which % len(is_open)]
        entries = self.books.entries(number)
        if what == "entry":
            entries.append(
                self._make(max((int(one["EntryNumber"]) for one in entries), default=0) + 1, which)
            )
        elif what == "delete_batch":
            self.books.batches[number]["BatchStatus"] = "Deleted"
        elif what in ("post", "fail"):
            self._post(number, which if what == "fail" else None)
        elif entries:
            getattr(self, f"_{what}")(entries, which)

    def _make(self, number: int, which: int) -> dict[str, Any]:
        self.given += 1
        lines = [20 * n for n in range(1, which % 3 + 2)]
        return enter(number, *lines, DocumentNumber=f"D{self.given}")

    def _post(self, number: int, which: int | None) -> None:
        """Post a batch; a number that is posted already is refused, and at will another one."""
        entries = self.books.entries(number)
        taken = self.books.list_posted_numbers()
        refused = set()
        for at, one in enumerate(entries):
            if one["DocumentNumber"] in taken or (which is not None and at == which % len(entries)):
                refused.add(int(one["EntryNumber"]))
            else:
                taken.add(one["DocumentNumber"])
        self.books.post(number, *refused)

    def _cut(self, entries: list[dict[str, Any]], which: int) -> None:
        entry = entries[which % len(entries)]
        entry["InvoiceDetails"] = entry["InvoiceDetails"][:-1]

    def _delete_entry(self, entries: list[dict[str, Any]], which: int) -> None:
        del entries[which % len(entries)]

    def _renumber(self, entries: list[dict[str, Any]], which: int) -> None:
        self.given += 1
        entries[which % len(entries)]["DocumentNumber"] = f"D{self.given}"

    def _double(self, entries: list[dict[str, Any]], which: int) -> None:
        """Give an entry a number that another one has or had."""
        entries[which % len(entries)]["DocumentNumber"] = f"D{which % max(self.given, 1) + 1}"


def follow(pipeline: Pipeline, end: str | tuple[str, int]) -> None:
    """Run once, to the end that was drawn."""
    if end == "confirmed":
        pipeline.run()
    elif isinstance(end, tuple):
        written = pipeline.read(rows_max=end[1])
        if end[0] == "killed, kept":
            pipeline.land(written)
    else:
        written = pipeline.read()
        if end == "landed":
            pipeline.land(written)


@settings(max_examples=100, deadline=None)
@given(steps)
def test_after_every_confirmed_run_the_target_holds_what_stands(
    empty_ledger: Path, history: list[tuple[list[tuple[str, int]], int, Any]]
) -> None:
    with copy_of(empty_ledger) as ledger:
        books, clock = BatchBooks(), Ticks()
        clerks = Clerks(books)
        pipelines = [Pipeline(books, ledger, clock=clock) for _ in range(2)]

        for changes, which, end in history:
            for what, choice in changes:
                if what == "purge":
                    clerks.purge(choice, pipelines)
                else:
                    clerks.apply(what, choice)
            follow(pipelines[which], end)
            if end == "confirmed":
                check(pipelines[which])

        for pipeline in pipelines:
            pipeline.run()
            check(pipeline)
