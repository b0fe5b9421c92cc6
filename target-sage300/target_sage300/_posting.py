"""The posting protocol: each line stands in Sage at most once, whatever is killed or lost.

docs/posting.md tells it in words; the states and their legal steps are in the core's ledger.

    settle   prepared entries are absent: they never left.
             Entries sent without a known answer are unknown, and their ids stay claimed.
             look; while something is unknown, or the ledger is new: wait until no effect can come
             late any more, and look again. What two looks have not found is absent.
    post     1. record the batch: prepared. Its ids are claimed; the database refuses a second.
             2. record that it leaves: sent.
             3. POST, once.
             4. record what the answer shows: created.
             Answered no: look what it left, halve the rest until the bad entry is alone.
             Not reached: absent.
             Not answered, or not readably: settle.

Between any two steps the process may die; the next run begins with `settle`.
"""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING, Final

from ml_connector.errors import (
    LedgerError,
    OutcomeUnknownError,
    RefusedError,
    TransientError,
    UnexpectedReplyError,
)
from ml_connector.events import event
from ml_connector.ledger import UNSETTLED, EntryState, Place

from target_sage300._waiting import wait_until

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Sequence

    from ml_connector.clock import Clock
    from ml_connector.ledger import PostingBatch, Postings, RecordedEntry, Run

    from target_sage300._entries import Entry
    from target_sage300._kinds import Answer, Kind
    from target_sage300._looking import Lookout

log = logging.getLogger(__name__)

_DESCRIPTION_START: Final = "Planning"
_LOOKS: Final = 2


class Refusal:
    """An entry that Sage refused, in its own words."""

    def __init__(self, entry: Entry, reason: str) -> None:
        """Keep both."""
        self.entry = entry
        self.reason = reason


class Protocol:
    """One run of the protocol over one company; its lease is held all the while."""

    def __init__(
        self,
        *,
        kind: Kind,
        lookout: Lookout,
        postings: Postings,
        run: Run,
        clock: Clock,
        settle_s: int,
        check_stop: Callable[[], None],
        check_lease: Callable[[], None],
    ) -> None:
        """Take over what the run has opened."""
        self._kind = kind
        self._lookout = lookout
        self._postings = postings
        self._run = run
        self._clock = clock
        self._settle_s = settle_s
        self._check_stop = check_stop
        self._check_lease = check_lease

    # Settle

    def settle(self) -> None:
        """Find out what earlier runs, this one, and runs with another ledger left in Sage.

        Raises:
            LedgerError: an id stands twice in Sage.
            Stopped: a signal came while nothing was under way.
        """
        never_left = self._postings.find_in({EntryState.PREPARED}, kind=self._kind.name)
        self._move(never_left, EntryState.ABSENT, reason="it was never sent")
        unanswered = self._postings.find_in({EntryState.SENT}, kind=self._kind.name)
        self._move(unanswered, EntryState.UNKNOWN, reason="the answer is missing")
        moments: list[dt.datetime] = [self._clock.now()] if self._lookout.is_first else []
        sight = self._lookout.look()
        unknown = self._postings.find_in(UNSETTLED, kind=self._kind.name)
        moments += [entry.sent_at for entry in unknown if entry.sent_at is not None]
        if moments:
            self._wait_until(max(moments).timestamp() + self._settle_s, unknown=len(unknown))
            sight = self._lookout.look()
            self._refuse_parts()
            self._move(
                self._postings.find_in(UNSETTLED, kind=self._kind.name),
                EntryState.ABSENT,
                reason=f"not found by {_LOOKS} looks, the last when no answer could be late",
            )
        self._lookout.save(sight)

    def _refuse_parts(self) -> None:
        for entry in self._postings.find_in(UNSETTLED, kind=self._kind.name):
            place = self._lookout.in_part.get(entry.entry_id)
            if place is not None:
                raise LedgerError(
                    f"entry {entry.name} stands in batch {place.batch} of Sage 300 in part only",
                    transaction_id=min(entry.references),
                    remedy="Nothing more was posted. Delete the batch in Sage 300 and run again.",
                )

    def _wait_until(self, moment: float, *, unknown: int) -> None:
        left_s = moment - self._clock.now().timestamp()
        if left_s > 0:
            event(log, "settling", seconds=round(left_s), unknown_entries=unknown)
        wait_until(moment, clock=self._clock, check_stop=self._check_stop)

    # Post

    def post(self, entries: Sequence[Entry]) -> Iterator[Refusal]:
        """Post one batch of entries nobody claims; yield those that Sage refused.

        Raises:
            OutcomeUnknownError: the answer was lost, and the batch is not in Sage.
            LedgerError: an id is claimed meanwhile, or stands twice in Sage.
            ConnectorError: Sage cannot be used; what was sent stays unknown for the next run.
        """
        self._check_stop()
        token = f"{_DESCRIPTION_START} {self._clock.now().date()} {secrets.token_hex(6)}"
        batch = self._postings.prepare(
            self._run,
            kind=self._kind.name,
            token=token,
            entries=[entry.draft() for entry in entries],
        )
        self._check_lease()
        self._postings.record_sent(self._run, batch)
        try:
            answer = self._kind.post(entries, token=token)
        except RefusedError as error:
            yield from self._after_refusal(entries, batch, error)
        except (OutcomeUnknownError, UnexpectedReplyError) as error:
            self._after_silence(batch, error)
        except TransientError as error:
            # It provably did nothing, however often it was tried.
            place = Place(state=EntryState.ABSENT, reason=error.problem)
            self._postings.move(self._run, [(one, place) for one in batch.entry_ids])
            raise
        else:
            self._after_answer(entries, batch, answer)

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
        self._lookout.look()
        if not self._find_open(batch):
            return
        self.settle()
        lost = set(batch.entry_ids) & {
            entry.entry_id
            for entry in self._postings.find_in({EntryState.ABSENT}, kind=self._kind.name)
        }
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
        self._lookout.look()
        still_open = self._find_open(batch)
        left = [
            (entry, entry_id)
            for entry, entry_id in zip(entries, batch.entry_ids, strict=True)
            if entry_id in still_open
        ]
        is_alone = len(left) == 1 == len(entries)
        state = EntryState.REFUSED if is_alone else EntryState.ABSENT
        place = Place(state=state, reason=error.reason)
        self._postings.move(self._run, [(entry_id, place) for _, entry_id in left])
        if is_alone:
            yield Refusal(left[0][0], error.reason)
            return
        event(log, "batch.refused", entries=len(left), found=len(entries) - len(left))
        middle = (len(left) + 1) // 2
        for half in (left[:middle], left[middle:]):
            if half:
                yield from self.post([entry for entry, _ in half])

    def _find_open(self, batch: PostingBatch) -> set[int]:
        unsettled = {
            entry.entry_id for entry in self._postings.find_in(UNSETTLED, kind=self._kind.name)
        }
        return unsettled & set(batch.entry_ids)

    def _move(self, entries: Sequence[RecordedEntry], state: EntryState, *, reason: str) -> None:
        place = Place(state=state, reason=reason)
        if entries:
            self._postings.move(self._run, [(entry.entry_id, place) for entry in entries])


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
