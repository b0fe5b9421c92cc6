"""The work on one stream's entries of one kind, in three steps; each is done for all of a run.

begin ──> enter what is free ──> take batches further

So a run that is to enter all or nothing knows of every refusal before it enters the first entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector.ledger import LEFT_OUT, STANDS_WITH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ml_connector.ledger import PostingInputs

    from target_sage300._context import Context
    from target_sage300._entries import Entry
    from target_sage300._judging import Judge, Outcome
    from target_sage300._posting import Poster


class Work:
    """What is to be done with the entries of one stream that are of one kind."""

    def __init__(
        self,
        *,
        context: Context,
        spool: str,
        inputs: PostingInputs,
        open_judge: Callable[[], Judge],
        outcome: Outcome,
        poster: Poster,
    ) -> None:
        """Do nothing yet."""
        self.context = context
        self._spool = spool
        self._inputs = inputs
        self._open_judge = open_judge
        self._outcome = outcome
        self._poster = poster

    def begin(self) -> None:
        """Judge entries from here on; what stands in Sage has been settled."""
        self.judge = self._open_judge()

    def enter(self, *, holds: bool, lines_max: int) -> bool:
        """Enter what is free, or hold it back; tell whether Sage refused any of it."""
        refused_before = self._outcome.refused_by_sage
        for batch in in_batches(self._take_free(), lines_max=lines_max):
            if holds or (self._poster.keeps_together and self._outcome.refused_by_sage):
                self._hold(batch)
                continue
            refusals = list(self._poster.post(batch))
            for refusal in refusals:
                self._outcome.note_refused_by_sage(refusal.entry, refusal.reason)
            self._outcome.entered += len(batch) - len(refusals)
        return self._outcome.refused_by_sage > refused_before

    def _take_free(self) -> Iterator[Entry]:
        for verdict in self.judge.verdicts():
            if verdict.free is not None:
                yield verdict.free
                continue
            self._outcome.note(verdict, keep=True)
            if verdict.document is not None:
                self._record(verdict.name, STANDS_WITH, verdict.document)
            if verdict.left_out is not None:
                self._record(verdict.name, LEFT_OUT, f"it {verdict.left_out}")

    def _hold(self, entries: list[Entry]) -> None:
        for entry in entries:
            self._outcome.note_held(entry)
            self._record(entry.name, "held", "another entry is refused")

    def _record(self, entry: str, outcome: str, reason: str) -> None:
        """Keep for the results what the ledger's entries do not tell of an entry."""
        self._inputs.record_outcome(self._spool, entry, outcome=outcome, reason=reason)


def in_batches(entries: Iterator[Entry], *, lines_max: int) -> Iterator[list[Entry]]:
    """Yield entries in batches of about `lines_max` lines; an entry is never parted."""
    batch: list[Entry] = []
    line_count = 0
    for entry in entries:
        if batch and line_count + len(entry.lines) > lines_max:
            yield batch
            batch, line_count = [], 0
        batch.append(entry)
        line_count += len(entry.lines)
    if batch:
        yield batch
