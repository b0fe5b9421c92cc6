"""The life of an entry on its way into the books: its states, and which may follow which.

    prepared ──> sent ──> created ──> ready ──> posted
       │          │  │       │          │          partly_posted
       │          │  └──> refused       │          in_error_batch ──> posted
       │          v          │          v
       └──> absent <── unknown <────────┴──> withdrawn

* prepared: recorded with its batch; nothing has left this computer.
* sent: recorded before the batch leaves; from here on it may stand in Sage.
* unknown: the answer is missing; a look decides between what a look finds and absent.
* created, ready, posted, partly_posted, in_error_batch, withdrawn: as Sage shows it; withdrawn is
  what a person deleted there. Only looks and answers of Sage lead here.
* refused: the gate, or Sage, said no; kept until it comes again, or not any more. absent: it
  provably does not stand in Sage; refused again when a dismissal is taken back. The ids of both
  are free.

Whatever has a `CLAIMED` state may stand in Sage, so nobody may post its ids. An illegal step raises
and changes nothing.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from ml_connector.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Mapping


class EntryState(StrEnum):
    """How far an entry came."""

    PREPARED = "prepared"
    SENT = "sent"
    UNKNOWN = "unknown"
    CREATED = "created"
    READY = "ready"
    POSTED = "posted"
    PARTLY_POSTED = "partly_posted"
    IN_ERROR_BATCH = "in_error_batch"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    ABSENT = "absent"


_FOUND = frozenset(
    {
        EntryState.CREATED,
        EntryState.READY,
        EntryState.POSTED,
        EntryState.PARTLY_POSTED,
        EntryState.IN_ERROR_BATCH,
        EntryState.WITHDRAWN,
    }
)
"""What a look into Sage can show."""

FREE = frozenset({EntryState.REFUSED, EntryState.ABSENT})
"""States whose ids may be posted; in all others they are claimed."""

UNSETTLED = frozenset({EntryState.SENT, EntryState.UNKNOWN})
"""States in which only a look can tell what stands in Sage."""

WATCHED = frozenset({EntryState.CREATED, EntryState.READY, EntryState.IN_ERROR_BATCH})
"""States that people and posting may change at any time."""

FIRST = frozenset({EntryState.PREPARED, EntryState.REFUSED, *_FOUND})
"""States a record can begin with: prepared or refused here, or found in Sage."""

TRANSITIONS: Mapping[EntryState, frozenset[EntryState]] = {
    EntryState.PREPARED: frozenset({EntryState.SENT, EntryState.ABSENT}),
    EntryState.SENT: _FOUND | FREE | {EntryState.UNKNOWN},
    EntryState.UNKNOWN: _FOUND | FREE,
    EntryState.CREATED: _FOUND - {EntryState.CREATED},
    # It stays ready while Sage is asked to post it: the step says that it was asked.
    EntryState.READY: _FOUND,
    # Posting the error batch may make another one.
    EntryState.IN_ERROR_BATCH: _FOUND,
    EntryState.POSTED: frozenset(),
    EntryState.PARTLY_POSTED: frozenset({EntryState.POSTED}),
    # It was copied before it was deleted; or a person decides that it may be posted again.
    EntryState.WITHDRAWN: (_FOUND | {EntryState.ABSENT}) - {EntryState.WITHDRAWN},
    # It is no longer kept: it came again, or not any more.
    EntryState.REFUSED: frozenset({EntryState.ABSENT}),
    # What a person dismissed is kept again, when a person takes that back.
    EntryState.ABSENT: frozenset({EntryState.REFUSED}),
}


def check_step(before: EntryState, after: EntryState, *, entry: str) -> None:
    """Refuse a step that is not in the table.

    Raises:
        LedgerError: `after` may not follow `before`.
    """
    if after not in TRANSITIONS[before]:
        raise LedgerError(
            f"entry {entry} is {before} and cannot become {after}",
            remedy="Nothing was changed. This is a defect of the connector: report it.",
        )
