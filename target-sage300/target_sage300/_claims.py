"""What the ledger knows of an entry's ids: free, standing as they came, or in the way."""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import TYPE_CHECKING, Final

import msgspec
from ml_connector.ledger import WATCHED, EntryState

from target_sage300._entries import WRITTEN, Entry, Problem
from target_sage300._revisions import Trail, find_obstacle, read_lines, revise

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from ml_connector.ledger import DraftLine, RecordedEntry

    from target_sage300._books import Books
    from target_sage300._kinds import FoundEntry


class Claim(Enum):
    """What may be done with an entry that passed the gate, if nothing is known of it."""

    FREE = "free"
    """Nobody has its ids: it may be posted."""


class Stands(msgspec.Struct, frozen=True, kw_only=True):
    """It stands in Sage as it came: there is nothing to enter."""

    entry_id: int
    document: str | None = None
    """The reference that stands for all its lines, where its document is all that is left."""
    deleted_in: str | None = None
    """The batch it was deleted in: it stands nowhere, and is not entered again."""


SEEN: Final = "seen"
"""In the content of what was adopted by its document alone: `DOCUMENT`."""
DOCUMENT: Final = "document"


EDITED: Final = "edited in Sage 300 before it was posted"
"""How the reason begins of what was not posted as it was entered."""


def judge_claims(
    entry: Entry,
    claims: Mapping[str, RecordedEntry],
    *,
    may_revise: bool,
    coming: Callable[[Collection[str]], Collection[str]],
) -> Claim | Stands | Entry | Problem:
    """Judge `entry` by the entries that claim its references; `claims` may hold others.

    What stands there otherwise is a problem, or, where the settings say so, comes back as the entry
    that corrects it. `coming` tells which ids come in this export.
    """
    trail = Trail(entry.references, claims)
    if not trail.owners:
        return Claim.FREE
    live = trail.find_live_owners()
    # What was turned down in Sage and comes again as it was is not entered again.
    shown = [*live, *trail.find_turned_down()]
    doubled = trail.find_doubled()
    differences = [_find_difference(entry, owner) for owner in shown]
    if doubled is None and None in differences:
        owner = shown[differences.index(None)]
        is_document = owner.content.get(SEEN) == DOCUMENT
        document = min(owner.references) if is_document else None
        is_deleted = owner.state is EntryState.WITHDRAWN and not owner.has_vanished
        return Stands(
            entry_id=owner.entry_id,
            document=document,
            deleted_in=owner.sage_batch if is_deleted else None,
        )
    reference, said = min(entry.references), "was reversed there"
    if doubled is not None:
        reference, said = doubled, "two of its revisions count"
    elif differences and differences[0] is not None:
        reference, said = differences[0]
    owner = [*shown, *trail.owners][0]
    obstacle = ""
    if may_revise:
        gone = {base for each in live for base in read_lines(each)} - entry.references
        found_obstacle = find_obstacle(entry, trail, coming=coming(gone) if gone else ())
        if found_obstacle is None:
            return revise(entry, trail)
        obstacle = f"; it cannot be revised, for {found_obstacle}"
    return _problem(entry, owner, reference, said + obstacle)


def _find_difference(entry: Entry, owner: RecordedEntry) -> tuple[str, str] | None:
    """Say for which id `entry` is not what its owner entered, and how."""
    if owner.content.get(SEEN) == DOCUMENT:
        return _find_document_difference(entry, owner)
    known = read_lines(owner)
    draft = entry.draft()
    lines = {line.reference: line for line in draft.lines}
    if known.keys() != lines.keys():
        return min(
            known.keys() & lines.keys(), default=min(lines)
        ), "other lines of its entry do not"
    for base, line in known.items():
        changed = _find_change(line, lines[base], was_adopted=owner.was_adopted)
        if changed is not None:
            field, before, now = changed
            return base, f"its {field} was {before!r} and is {now!r} now"
    if owner.was_adopted or owner.content == draft.content:
        return None
    return min(lines), "its entry has another header now"


def find_edit(entry: RecordedEntry, found: FoundEntry) -> str | None:
    """Say what Sage shows of an entry otherwise than the ledger has it; texts may be edited."""
    lines = {line.reference: line for line in found.draft.lines}
    gone = entry.references - lines.keys()
    if gone:
        return f"line {min(gone)} is not in it any more"
    if found.line_count != len(entry.lines):
        return f"it has {found.line_count} lines, where {len(entry.lines)} were entered"
    date = entry.content.get("date")
    entered = {"posting_date": date, "document_date": date, **entry.content}
    for field, after in found.draft.content.items():
        if entered.get(field) and entered[field] != after:
            return f"{field} was {entered[field]!r} and is {after!r} now"
    for known in entry.lines:
        changed = _find_change(known, lines[known.reference], was_adopted=True)
        if changed is not None:
            field, before, after = changed
            return f"{known.reference}: {field} was {before!r} and is {after!r} now"
    return None


def _find_document_difference(entry: Entry, owner: RecordedEntry) -> tuple[str, str] | None:
    """Compare with a posted document whose lines nobody can read any more."""
    now = {**entry.draft().content, SEEN: DOCUMENT}
    for field, before in owner.content.items():
        if now.get(field) != before:
            said = f"its {field} was {before!r} and is {now.get(field)!r} now"
            return min(owner.references), said
    return None


def find_unprovable(
    entry: Entry, *, blurred: Sequence[tuple[str, str]], books: Books, source: str
) -> Problem | None:
    """Object when a posted line without a reference may be one of the entry's.

    `source` is the source code under which it would be found.

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
                remedy=f"Look in Sage 300. If it is not there, enter it by hand under source code"
                f" {source}, each line with its id as Reference: the next run finds it there. New"
                " ids would be refused as well.",
            )
    return None


def _find_change(
    known: DraftLine, now: DraftLine, *, was_adopted: bool
) -> tuple[str, str | None, str | None] | None:
    # Of what Sage shows, only what both have: texts are cut, or edited in review.
    both: Collection[str] = known.content.keys() & now.content.keys()
    fields = both if was_adopted else now.content.keys()
    for field in fields:
        if field != WRITTEN and (known.content.get(field) or "") != (now.content.get(field) or ""):
            return field, known.content.get(field), now.content.get(field)
    return None


def _problem(entry: Entry, owner: RecordedEntry, reference: str, difference: str) -> Problem:
    at, retry = (
        f"batch {owner.sage_batch}",
        f"`ml-connector postings retry {min(owner.references)}`",
    )
    stood = f"stands in {at} entry {owner.sage_entry} of Sage 300 ({owner.state})"
    remedy = "Take the change back in the model and enter the difference as lines with new ids."
    if owner.has_vanished:
        stood = f"stood in {at} of Sage 300, which is there no more"
        remedy = (
            "Look in Sage 300 whether it was posted: if so, enter the difference as lines with new"
            " ids, else the whole entry."
        )
    elif owner.state is EntryState.WITHDRAWN:
        # Nothing of it stands: the difference alone would be the wrong amount.
        stood = f"was deleted in Sage 300 ({at})"
        remedy = f"Enter the whole entry with new ids; or {retry}, and run again."
    elif owner.state in WATCHED:
        remedy = (
            "Take the change back in the model; or delete the entry in that batch and enter the"
            " whole of it with new ids."
        )
    elif owner.sage_batch is None:
        stood = f"may stand in Sage 300 ({owner.state})"
    return Problem(
        entry=entry.name,
        record=reference,
        problem=f"it {stood}, and {difference}",
        remedy=remedy,
    )
