"""What the ledger knows of an entry's ids: free, standing as they came, or in the way."""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import TYPE_CHECKING, Final

import msgspec
from ml_connector.ledger import EntryState

from target_sage300._entries import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from ml_connector.ledger import DraftEntry, DraftLine, RecordedEntry

    from target_sage300._books import Books
    from target_sage300._entries import Entry


class Claim(Enum):
    """What may be done with an entry that passed the gate, if nothing is known of it."""

    FREE = "free"
    """Nobody has its ids: it may be posted."""


class Stands(msgspec.Struct, frozen=True, kw_only=True):
    """It stands in Sage as it came: there is nothing to enter."""

    entry_id: int


_COMPARED_WHEN_ADOPTED: Final = ("date", "account", "currency", "amount")
"""What Sage shows of a line wherever it stands; texts are cut, or edited in review."""


def judge_claims(entry: Entry, claims: Mapping[str, RecordedEntry]) -> Claim | Stands | Problem:
    """Judge `entry` by the entries that claim its references; `claims` may hold others."""
    held = {name: claims[name] for name in entry.references if name in claims}
    if not held:
        return Claim.FREE
    owners = {owner.entry_id: owner for owner in held.values()}
    owner = next(iter(owners.values()))
    if len(owners) > 1 or len(held) < len(entry.references) or len(owner.lines) != len(held):
        return _problem(
            entry,
            owner,
            min(held),
            "other lines of its entry do not",
        )
    lines = {line.reference: line for line in entry.draft().lines}
    for known in owner.lines:
        changed = _find_change(known, lines[known.reference], was_adopted=owner.was_adopted)
        if changed is not None:
            field, before, now = changed
            return _problem(
                entry, owner, known.reference, f"its {field} was {before!r} and is {now!r} now"
            )
    if owner.was_adopted or owner.content == entry.draft().content:
        return Stands(entry_id=owner.entry_id)
    return _problem(entry, owner, min(held), "its entry has another header now")


def find_edit(entry: RecordedEntry, shown: DraftEntry) -> str | None:
    """Say in which line Sage shows something else than the ledger has; texts may be edited."""
    lines = {line.reference: line for line in shown.lines}
    for known in entry.lines:
        now = lines[known.reference]
        changed = _find_change(known, now, was_adopted=True)
        if changed is not None:
            field, before, after = changed
            return f"{known.reference}: {field} was {before!r} and is {after!r} now"
    return None


def find_unprovable(
    entry: Entry, *, blurred: Sequence[tuple[str, str]], books: Books
) -> Problem | None:
    """Object when a posted line without a reference may be one of the entry's.

    Consolidated accounts drop references (Sage sheet §4.2), and the batch that had them is gone.
    """
    places = {
        (account, books.find_period(dt.date.fromisoformat(date))) for account, date in blurred
    }
    for line in entry.lines:
        if (line.account, books.find_period(entry.date)) in places:
            return Problem(
                entry=entry.name,
                record=line.reference,
                field="account",
                value=line.account,
                problem="this ledger is younger than postings to the account in this period,"
                " which Sage 300 shows without their references: whether the line is among them"
                " cannot be proven",
                remedy="Look in Sage 300. If it is not there, give the lines new ids in the model.",
            )
    return None


def _find_change(
    known: DraftLine, now: DraftLine, *, was_adopted: bool
) -> tuple[str, str | None, str | None] | None:
    fields: Collection[str] = _COMPARED_WHEN_ADOPTED if was_adopted else now.content.keys()
    for field in fields:
        if known.content.get(field) != now.content.get(field):
            return field, known.content.get(field), now.content.get(field)
    return None


def _problem(entry: Entry, owner: RecordedEntry, reference: str, difference: str) -> Problem:
    if owner.state is EntryState.WITHDRAWN:
        stood = f"was deleted in Sage 300 (batch {owner.sage_batch})"
    elif owner.sage_batch is None:
        stood = f"may stand in Sage 300 ({owner.state})"
    else:
        stood = f"stands in batch {owner.sage_batch} entry {owner.sage_entry} ({owner.state})"
    return Problem(
        entry=entry.name,
        record=reference,
        problem=f"it {stood} of Sage 300, and {difference}",
        remedy="Take the change back in the model and enter the difference as lines with new ids.",
    )
