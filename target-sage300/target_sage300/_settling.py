"""Finds out what earlier runs, this one, and runs with another ledger left in Sage.

Prepared entries are absent: they never left. Entries sent without a known answer are unknown, and
their ids stay claimed. Look; while something may still come late, wait, and look again. What two
looks have not found is absent.

Something may come late

* while an entry is unknown, `settle_minutes` from when its batch left;
* when the ledger is new, `settle_minutes` from now: nobody knows what left;
* when this computer sent a batch that the ledger does not know, for it is an older copy:
  `settle_minutes` from when that batch left.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from ml_connector.errors import LedgerError
from ml_connector.events import event
from ml_connector.ledger import EntryState

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from target_sage300._context import Context

log = logging.getLogger(__name__)

_LOOKS: Final = 2
_SAME_S: Final = 30
"""A batch leaves so soon after the ledger has noted it, unless a limiter makes it wait."""


def settle(contexts: Sequence[Context]) -> None:
    """Settle what there is of every kind; what may come late is waited for once, for all of them.

    Raises:
        LedgerError: an id stands twice in Sage, or an entry in part.
        LeaseLostError: another run may post by now.
        Stopped: a signal came while nothing was under way.
    """
    unsettled: list[Context] = []
    moments: list[dt.datetime] = []
    for context in contexts:
        _record_unanswered(context)
        is_new = context.lookout.is_first
        sight = context.lookout.look()
        left = _find_departures(context, is_new=is_new)
        if left:
            unsettled.append(context)
            moments += left
        else:
            context.lookout.save(sight)
    if unsettled:
        _wait(unsettled, max(moments))
        # Another run may have taken over meanwhile, and be posting.
        unsettled[0].check_lease()
    for context in unsettled:
        sight = context.lookout.look()
        refuse_parts(context)
        context.lookout.follow_names(sight)
        lost = context.find_unsettled()
        if lost:
            sight.blurred |= set(context.kind.fetch_hidden(lost))
            # Before its claims are given up: nobody would ask again.
            context.lookout.save_blurred(sight)
        context.check_lease()
        context.move(
            [entry.entry_id for entry in lost],
            EntryState.ABSENT,
            reason=f"not found by {_LOOKS} looks, the last when no answer could be late",
        )
        context.lookout.save(sight)


def refuse_parts(context: Context) -> None:
    """Insist that the last look found no entry in part.

    Raises:
        LedgerError: it did.
    """
    for entry in context.find_unsettled():
        place = context.lookout.in_part.get(entry.entry_id)
        if place is not None:
            raise LedgerError(
                f"entry {entry.name} stands in batch {place.batch} of Sage 300 in part only",
                transaction_id=min(entry.references),
                remedy="Nothing more was posted. Delete the batch in Sage 300 and run again.",
            )


def _record_unanswered(context: Context) -> None:
    for before, after, reason in (
        (EntryState.PREPARED, EntryState.ABSENT, "it was never sent"),
        (EntryState.SENT, EntryState.UNKNOWN, "the answer is missing"),
    ):
        found = context.find_in({before})
        context.move([entry.entry_id for entry in found], after, reason=reason)


def _find_departures(context: Context, *, is_new: bool) -> list[dt.datetime]:
    """Return when that left which may come late; nothing left later than now."""
    now = context.clock.now()
    moments: list[dt.datetime] = [now] if is_new else []
    moments += [one.sent_at for one in context.find_unsettled() if one.sent_at is not None]
    last = context.departures.read_last()
    if last is not None:
        age_s = now.timestamp() - last.left_at.timestamp()
        sent_at = context.postings.find_sent_at(last.token)
        is_known = sent_at is not None and sent_at.timestamp() + _SAME_S > last.left_at.timestamp()
        if not is_known and age_s < context.settle_s:
            event(
                log,
                "ledger.older",
                level=logging.WARNING,
                batch=last.token,
                left_at=last.left_at.isoformat(timespec="seconds"),
                remedy="The ledger does not know this batch, which left this computer: it is an"
                " older copy, or another one. What stands in Sage 300 is looked for twice.",
            )
            moments.append(last.left_at)
    return [min(moment, now) for moment in moments]


def _wait(contexts: Sequence[Context], moment: dt.datetime) -> None:
    waiting = contexts[0]
    until = moment.timestamp() + waiting.settle_s
    left_s = until - waiting.clock.now().timestamp()
    if left_s > 0:
        unknown = sum(len(context.find_unsettled()) for context in contexts)
        event(log, "settling", seconds=round(left_s), unknown_entries=unknown)
    waiting.wait_until(until)
