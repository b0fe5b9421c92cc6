"""The posting protocol: each line stands in Sage at most once, whatever is killed or lost.

docs/posting.md tells it in words; the states and their legal steps are in the core's ledger.

    settle   look what stands there, and wait for what may come late: see `_settling`.
    post     1. build the batch, and record it: prepared. Its ids are claimed; the database refuses
                a second.
             2. record that it leaves: sent.
             3. record it outside the ledger too, make sure that the lease is still ours, and POST,
                once.
             4. record what the answer shows: created.
             Answered no: look what it left, part the rest until the bad entry is alone.
             Not taken on, as Sage was busy: look before it is tried again, and before it is absent.
             Not answered, or not readably: settle.

Between any two steps the process may die; the next run begins with `settle`.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from ml_connector.errors import (
    ConnectorError,
    OutcomeUnknownError,
    RefusedError,
    TransientError,
    UnexpectedReplyError,
)
from ml_connector.events import event
from ml_connector.ledger import EntryState, Place

from target_sage300._settling import refuse_parts, settle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ml_connector.ledger import PostingBatch

    from target_sage300._context import Context
    from target_sage300._entries import Entry
    from target_sage300._kinds import Answer, Kind

log = logging.getLogger(__name__)

_DESCRIPTION_START: Final = "Planning"
_OF_THE_CALL: Final = frozenset(
    {"DBLinkError", "SessionError", "InvalidPayload", "InvalidAction", "MethodNotAllowed"}
)
"""Codes of refusals that concern how Sage is called, and never an entry (Sage sheet §1.5)."""
_OF_A_PERIOD: Final = re.compile(r"\bperiod\b.*\b(locked|closed|calendar)\b", re.IGNORECASE)
"""Reasons that every entry of a fiscal period has in common; in other languages than English the
batch is halved."""


class _StandsError(ConnectorError):
    """Something of a batch was found before it was tried again."""


class Refusal:
    """An entry that Sage refused, in its own words."""

    def __init__(self, entry: Entry, reason: str) -> None:
        """Keep both."""
        self.entry = entry
        self.reason = reason


class Poster:
    """Posts entries of one kind, by the protocol."""

    def __init__(self, context: Context, *, keeps_together: bool) -> None:
        """Take over what the run has opened.

        With `keeps_together` a batch that Sage refuses is refused as a whole: nothing is parted.
        """
        self.keeps_together = keeps_together
        self._context = context
        self._kind = context.kind
        self._postings = context.postings
        self._run = context.run

    def post(self, entries: Sequence[Entry]) -> Iterator[Refusal]:
        """Post one batch of entries nobody claims; yield those that Sage refused.

        Raises:
            OutcomeUnknownError: the answer was lost, and the batch is not in Sage.
            LedgerError: an id is claimed meanwhile, or stands twice in Sage.
            ConnectorError: Sage cannot be used; what was sent stays unknown for the next run.
        """
        self._context.check_stop()
        token = f"{_DESCRIPTION_START} {self._context.clock.now().date()} {secrets.token_hex(6)}"
        body = self._kind.build_body(entries, token=token)
        batch = self._postings.prepare(
            self._run,
            kind=self._kind.name,
            token=token,
            entries=[entry.draft() for entry in entries],
        )
        self._postings.record_sent(self._run, batch)
        try:
            answer = self._kind.post(
                body, before_try=lambda number: self._before_try(batch, number)
            )
        except RefusedError as error:
            yield from self._after_refusal(entries, batch, error)
        except _StandsError:
            self._after_silence(batch, None)
        except (OutcomeUnknownError, UnexpectedReplyError) as error:
            self._after_silence(batch, error)
        except TransientError as error:
            # It did nothing, by its own words, however often it was tried.
            left = self._look_for(batch)
            self._context.move(left, EntryState.ABSENT, reason=error.problem)
            if left:
                raise
        else:
            self._after_answer(entries, batch, answer)

    def _before_try(self, batch: PostingBatch, number: int) -> None:
        if number > 1 and self._look_for(batch) != set(batch.entry_ids):
            raise _StandsError("a batch stands that was said not to", remedy="")
        if number > 1:
            # A busy server may make us wait for longer than effects are waited for.
            self._postings.record_sent(self._run, batch)
        self._context.departures.record(batch.token)
        # The lock may have ended while we waited, or were stopped: another run may post by now.
        self._context.check_lease()

    def _after_answer(
        self,
        entries: Sequence[Entry],
        batch: PostingBatch,
        answer: Answer | None,
    ) -> None:
        steps = _match(entries, batch, answer) if answer else None
        if steps is None:
            # Some servers answer without the record: what stands there has to be looked for.
            self._after_silence(batch, None)
            return
        self._postings.move(self._run, steps)
        event(log, "batch.created", batch=steps[0][1].batch, entries=len(steps))

    def _after_silence(self, batch: PostingBatch, error: Exception | None) -> None:
        self._context.lookout.look()
        if not self._find_open(batch):
            return
        settle([self._context])
        absent = {entry.entry_id for entry in self._context.find_in({EntryState.ABSENT})}
        lost = absent & set(batch.entry_ids)
        if lost:
            raise error or OutcomeUnknownError(
                "Sage 300 said that it stored a batch, and does not show it",
                system="Sage 300",
                call=self._kind.call,
                remedy="Nothing of it stands in Sage 300; run again.",
            )

    def _after_refusal(
        self, entries: Sequence[Entry], batch: PostingBatch, error: RefusedError
    ) -> Iterator[Refusal]:
        # Whether entries before the bad one stay is not documented (Sage sheet §5.4).
        still_open = self._look_for(batch)
        left = [
            (entry, entry_id)
            for entry, entry_id in zip(entries, batch.entry_ids, strict=True)
            if entry_id in still_open
        ]
        rest = [entry for entry, _ in left]
        is_of_the_call = error.code in _OF_THE_CALL
        parts = _part(self._kind, rest, error.reason)
        is_settled = not is_of_the_call and (
            self.keeps_together or (len(left) == len(entries) and len(parts) == 1)
        )
        state = EntryState.REFUSED if is_settled else EntryState.ABSENT
        reason = error.reason if is_settled else f"its batch was refused: {error.reason}"
        self._context.move([entry_id for _, entry_id in left], state, reason=reason)
        if is_of_the_call:
            raise error
        if is_settled:
            yield from (Refusal(entry, error.reason) for entry in rest)
            return
        event(log, "batch.refused", entries=len(left), found=len(entries) - len(left))
        for part in parts:
            yield from self.post(part)

    def _look_for(self, batch: PostingBatch) -> set[int]:
        """Look for a batch that is not meant to stand; return what of it does not.

        Raises:
            LedgerError: an entry stands there in part.
        """
        self._context.lookout.look()
        refuse_parts(self._context)
        return self._find_open(batch)

    def _find_open(self, batch: PostingBatch) -> set[int]:
        unsettled = {entry.entry_id for entry in self._context.find_unsettled()}
        return unsettled & set(batch.entry_ids)


def _part(kind: Kind, entries: Sequence[Entry], reason: str) -> list[Sequence[Entry]]:
    """Part what was refused together; one part when it was refused for what all have in common.

    A refused batch may leave an empty one behind in Sage, and a locked period is an everyday thing:
    its entries are not sent one by one.
    """
    if len(entries) <= 1:
        return [entries] if entries else []
    if _OF_A_PERIOD.search(reason):
        periods: dict[object, list[Entry]] = defaultdict(list)
        for entry in entries:
            # An entry that is reversed concerns the next period as well.
            periods[kind.find_period(entry.date), entry.facts.get("auto_reversal")].append(entry)
        return list(periods.values())
    middle = (len(entries) + 1) // 2
    return [entries[:middle], entries[middle:]]


def _match(
    entries: Sequence[Entry],
    batch: PostingBatch,
    answer: Answer,
) -> list[tuple[int, Place]] | None:
    """Return the step of each entry, when the answer shows all of them and nothing else."""
    number, found = answer
    by_references = {one.references: one.number for one in found}
    if len(found) != len(entries) or by_references.keys() != {one.references for one in entries}:
        return None
    return [
        (
            entry_id,
            Place(state=EntryState.CREATED, batch=number, entry=by_references[entry.references]),
        )
        for entry, entry_id in zip(entries, batch.entry_ids, strict=True)
    ]
