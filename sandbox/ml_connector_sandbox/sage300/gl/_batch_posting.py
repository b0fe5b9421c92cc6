"""What posting one batch does: books, error batch, reversals, the batch itself (§5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300.catalog.gl import JOURNAL_BATCHES
from ml_connector_sandbox.sage300.gl._checks import EntryChecker
from ml_connector_sandbox.sage300.gl._entries import ENTRIES
from ml_connector_sandbox.sage300.gl._ledger import ledger_of
from ml_connector_sandbox.sage300.gl._made_batches import (
    new_batch,
    posted_entry,
    renumbered,
    reverse_entry,
    set_posted,
    store_batch,
)
from ml_connector_sandbox.sage300.gl._posting import post_entries
from ml_connector_sandbox.sage300.gl._provisional import post_provisionally, take_back

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.writing._session import Session


class BatchPosting:
    """Posts batches one after the other."""

    def __init__(self, session: Session) -> None:
        """Post by the company's records and the switches as they stand."""
        self._session = session
        self._company = session.company
        self._ledger = ledger_of(session.company)
        self._checker = EntryChecker(session)

    def post(self, number: str) -> None:
        """Post a batch: valid entries into the books, the others into a new error batch."""
        batch = self._open(number)
        take_back(self._company, number)
        good, bad = self._sort_out(batch)
        set_posted(batch, sequence=self._post_entries(good))
        batch["NumberOfErrors"] = len(bad)
        self._store(batch)
        if bad:
            self._make_error_batch(batch, bad)
            self._store(batch)
        self._make_reversals(batch, good)

    def post_provisionally(self, number: str) -> None:
        """Show a batch's valid entries in the provisional sets; nothing else moves."""
        batch = self._open(number)
        good, bad = self._sort_out(batch)
        post_provisionally(self._company, number, [posted_entry(entry) for entry in good])
        batch.update(Status="ProvPosted", NumberOfErrors=len(bad))
        self._store(batch)

    def _open(self, number: str) -> JsonObject:
        batch = self._session.find(*JOURNAL_BATCHES.path, number)
        if batch is None:
            raise KeyError(number)
        return batch

    def _store(self, batch: JsonObject) -> None:
        if self._session.switches.is_on("posting_moves_stamps"):
            batch["DateLastEdited"] = self._session.day
        store_batch(self._company, batch)

    def _sort_out(self, batch: JsonObject) -> tuple[list[JsonObject], list[JsonObject]]:
        """Part a batch's entries into those without and with objections."""
        good: list[JsonObject] = []
        bad: list[JsonObject] = []
        kind = str(batch["JournalBatchType"])
        for entry in batch[ENTRIES]:
            objections = self._checker.check_at_posting(entry, batch_type=kind)
            (good if next(objections, None) is None else bad).append(entry)
        return good, bad

    def _post_entries(self, entries: Sequence[JsonObject]) -> int:
        return post_entries(
            self._company,
            [posted_entry(entry) for entry in entries],
            merge_journals=self._session.switches.text("consolidated_journals") == "merged",
        )

    def _make_error_batch(self, batch: JsonObject, bad: Sequence[JsonObject]) -> None:
        """Move entries in error into a new open batch; the old headers say where they are (M)."""
        replaced = self._session.switches.text("error_batch_description") == "replaced"
        description = f"Errors from posting batch {batch['BatchNumber']}"
        errors = new_batch(
            self._ledger.take_batch_number(),
            description=description if replaced else batch["Description"],
            batch_type=batch["JournalBatchType"],
            day=self._session.day,
        )
        errors["SourceLedger"] = batch["SourceLedger"]
        errors[ENTRIES] = renumbered(bad, errors["BatchNumber"])
        for entry, moved in zip(bad, errors[ENTRIES], strict=True):
            entry["ErrorBatch"] = int(errors["BatchNumber"])
            entry["ErrorEntry"] = int(moved["EntryNumber"])
        store_batch(self._company, errors)

    def _make_reversals(self, batch: JsonObject, good: Sequence[JsonObject]) -> None:
        """Make a generated batch of the reversals that posted entries ask for (§5.1, I)."""
        asked = [entry for entry in good if entry["AutoReversal"] != "AutoReversalOff"]
        if not asked:
            return
        reversals = new_batch(
            self._ledger.take_batch_number(),
            description=f"Reversals of batch {batch['BatchNumber']}",
            batch_type="Generated",
            day=self._session.day,
        )
        reversals[ENTRIES] = renumbered(asked, reversals["BatchNumber"])
        for entry in reversals[ENTRIES]:
            period = self._checker.reversal_period(entry)
            if period is not None:
                reverse_entry(entry, period=period)
        if self._session.switches.text("auto_reversals") == "posted":
            set_posted(reversals, sequence=self._post_entries(reversals[ENTRIES]))
        store_batch(self._company, reversals)
