"""Where entries stand in Sage, by what a look has found; and what stands there twice."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec
from ml_connector.errors import LedgerError
from ml_connector.ledger import UNSETTLED, EntryState, Place

from target_sage300._claims import EDITED, find_edit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ml_connector.ledger import DraftEntry, RecordedEntry

    from target_sage300._kinds import BatchHead, FoundEntry, PostedLine

BATCH_DELETED: Final = "its batch was deleted in Sage 300"
"""The reason of what a person turned down with its batch."""


def place_found(one: FoundEntry, place: Place, owners: Sequence[RecordedEntry]) -> Place | None:
    """Return where an entry stands that was found at `place`; `None` when that says nothing.

    It may be none of ours. When posting refused it, its copy is read by itself, which may have been
    corrected, or deleted, by now.
    """
    if not one.references or not (one.is_ours or owners):
        return None
    if one.error_place is None:
        return place
    is_unsettled = bool(owners) and owners[0].state in UNSETTLED
    return in_error_batch(one.error_place) if is_unsettled else None


def find_unclaimed(
    one: FoundEntry, place: Place, owners: Sequence[RecordedEntry]
) -> list[DraftEntry]:
    """Return what of an entry is to be claimed: all, or what was added to one that is known."""
    claimed = {reference for owner in owners for reference in owner.references}
    lines = tuple(line for line in one.draft.lines if line.reference not in claimed)
    is_open = place.state is not EntryState.WITHDRAWN or not owners
    if not lines or not is_open or any(owner.sage_batch != place.batch for owner in owners):
        return []
    return [msgspec.structs.replace(one.draft, lines=lines)]


def place_now(entry: RecordedEntry, head: BatchHead) -> Place:
    """Return where an entry stands by the head of its batch."""
    state = head.state
    if entry.state is EntryState.IN_ERROR_BATCH and state in (
        EntryState.CREATED,
        EntryState.READY,
    ):
        state = EntryState.IN_ERROR_BATCH
    return place_in(state, batch=entry.sage_batch, entry=entry.sage_entry)


def place_in(state: EntryState, *, batch: str | None, entry: str | None = None) -> Place:
    """Return the place of an entry in a batch of this state; of a deleted one it says so."""
    reason = BATCH_DELETED if state is EntryState.WITHDRAWN else None
    return Place(state=state, batch=batch, entry=entry, reason=reason)


def place_posted(entry: RecordedEntry, found: Sequence[FoundEntry]) -> Place:
    """Return where an entry stands by what its posted batch holds.

    Raises:
        LedgerError: the batch holds it twice.
    """
    batch = entry.sage_batch
    shown = [one for one in found if one.references & entry.references] or [
        one for one in found if one.number == entry.sage_entry and not one.references
    ]
    if not shown:
        return place_taken_out(entry)
    one = shown[0]
    if one.error_place is not None:
        return in_error_batch(one.error_place)
    place = Place(state=EntryState.POSTED, batch=batch, entry=one.number)
    if len(shown) > 1:
        other = Place(state=EntryState.POSTED, batch=batch, entry=shown[1].number)
        raise stand_twice(min(entry.references), place, other)
    edit = find_edit(entry, one)
    return place if edit is None else msgspec.structs.replace(place, reason=f"{EDITED}: {edit}")


def place_taken_out(entry: RecordedEntry) -> Place:
    """Return where an entry stands that is not in its batch any more: nowhere."""
    reason = f"it was taken out of batch {entry.sage_batch} before that was posted"
    return Place(state=EntryState.WITHDRAWN, batch=entry.sage_batch, reason=reason)


def is_among(entry: RecordedEntry, found: Sequence[FoundEntry]) -> bool:
    """Tell whether an entry is among those of its batch, by its ids, or its number there."""
    return any(one.references & entry.references or one.number == entry.sage_entry for one in found)


def in_error_batch(place: tuple[str, str]) -> Place:
    """Return the place of the copy of an entry that posting refused."""
    batch, number = place
    return Place(state=EntryState.IN_ERROR_BATCH, batch=batch, entry=number)


def is_at(owner: RecordedEntry, place: Place) -> bool:
    """Tell whether an entry is known to stand at `place`; zeros in front are the kinds' habit."""
    known, found = (owner.sage_batch, owner.sage_entry), (place.batch, place.entry)
    return [str(one).lstrip("0") for one in known] == [str(one).lstrip("0") for one in found]


def is_reversal(owner: RecordedEntry, lines: Iterable[PostedLine]) -> bool:
    """Tell whether posted lines take back what `owner` entered: the other sign, in every line."""
    entered = {line.reference: line.content.get("amount") for line in owner.lines}
    amounts = [
        (entered.get(line.reference), line.draft.content.get("amount"))
        for line in lines
        if line.reference in entered
    ]
    return all(
        before and after and (Decimal(before) > 0) != (Decimal(after) > 0)
        for before, after in amounts
    )


def stands_twice(owner: RecordedEntry, place: Place, references: Iterable[str] = ()) -> LedgerError:
    """Return the error for an entry that was found at another `place` as well."""
    known = Place(state=owner.state, batch=owner.sage_batch, entry=owner.sage_entry)
    return stand_twice(min(references or owner.references), known, place)


def stand_twice(reference: str, one: Place, other: Place) -> LedgerError:
    """Return the error for an id that stands in two places."""
    return LedgerError(
        f"it stands in batch {one.batch} entry {one.entry} ({one.state}) and in batch"
        f" {other.batch} entry {other.entry} ({other.state}) of Sage 300",
        transaction_id=reference,
        remedy="Nothing was posted. Delete one of the two in Sage 300, or reverse it if both are"
        " posted, and run again.",
    )
