"""Revisions of a line: how they are named in Sage, which of them counts, and how one is corrected.

    A-7          the first revision
    A-7~2        the second
    A-7~1~r2     the first, its sign turned, reversed for the second

A revision counts (is *live*) unless it was deleted in Sage, or a reversal of it stands there. The
reversal and the new revision are one entry, so that Sage posts both or neither.
"""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec
from ml_connector.ledger import EntryState

from target_sage300._entries import REFERENCE_CHARS_MAX, Entry, Line
from target_sage300._optional_fields import LINE as OPTIONAL_FIELDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ml_connector.ledger import DraftLine, RecordedEntry

_FORM: Final = re.compile(r"(?P<base>.+?)~(?P<revision>\d+)(?:~r(?P<by>\d+))?", re.DOTALL)
_DESCRIPTION_CHARS_MAX: Final = 60


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What a reference says: whose it is, which revision, and for which one that is reversed."""

    base: str
    revision: int = 1
    reversed_by: int | None = None


def parse_reference(reference: str) -> Mark:
    """Read a reference as it stands in Sage."""
    found = _FORM.fullmatch(reference)
    if found is None:
        return Mark(base=reference)
    by = found["by"]
    return Mark(
        base=found["base"], revision=int(found["revision"]), reversed_by=int(by) if by else None
    )


def group_by_base(references: Iterable[str]) -> dict[str, list[str]]:
    """Return references of revisions and reversals by the reference of the first revision."""
    grouped: dict[str, list[str]] = defaultdict(list)
    for reference in references:
        grouped[parse_reference(reference).base].append(reference)
    return grouped


def read_lines(owner: RecordedEntry) -> dict[str, DraftLine]:
    """Return what an entry enters, without what it reverses, by the first revision's reference."""
    marks = {line.reference: parse_reference(line.reference) for line in owner.lines}
    return {
        marks[line.reference].base: line
        for line in owner.lines
        if marks[line.reference].reversed_by is None
    }


class Trail:
    """What the ledger knows of the revisions of some lines."""

    def __init__(self, bases: Collection[str], claims: Mapping[str, RecordedEntry]) -> None:
        """Read `claims`, which may hold those of other lines."""
        self._revisions: dict[str, dict[int, RecordedEntry]] = defaultdict(dict)
        self._reversals: dict[tuple[str, int], list[RecordedEntry]] = defaultdict(list)
        self.last = 0
        """The highest revision that was ever tried."""
        owners = {}
        for reference, owner in claims.items():
            mark = parse_reference(reference)
            if mark.base not in bases:
                continue
            owners[owner.entry_id] = owner
            if mark.reversed_by is None:
                self._revisions[mark.base][mark.revision] = owner
            else:
                self._reversals[mark.base, mark.revision].append(owner)
            self.last = max(self.last, mark.revision, mark.reversed_by or 0)
        self.owners = [owners[key] for key in sorted(owners)]

    def knows(self, base: str) -> bool:
        """Tell whether the line ever had a revision."""
        return base in self._revisions

    def find_live(self, base: str) -> dict[int, RecordedEntry]:
        """Return the revisions of a line that count; more than one is one too many."""
        return {
            revision: owner
            for revision, owner in self._revisions.get(base, {}).items()
            if owner.state is not EntryState.WITHDRAWN
            and not any(
                reversal.state is not EntryState.WITHDRAWN
                for reversal in self._reversals.get((base, revision), ())
            )
        }

    def find_live_owners(self) -> list[RecordedEntry]:
        """Return the entries that hold what counts, oldest first."""
        live = {
            owner.entry_id: owner
            for base in self._revisions
            for owner in self.find_live(base).values()
        }
        return [live[key] for key in sorted(live)]

    def find_turned_down(self) -> list[RecordedEntry]:
        """Return the entries of the last revision that were deleted in Sage."""
        marks = [
            (owner, revision)
            for revisions in self._revisions.values()
            for revision, owner in revisions.items()
        ]
        turned_down = {
            owner.entry_id: owner
            for owner, revision in marks
            if owner.state is EntryState.WITHDRAWN and revision == self.last
        }
        return [turned_down[key] for key in sorted(turned_down)]

    def find_doubled(self) -> str | None:
        """Return a line of which two revisions count."""
        return next((base for base in self._revisions if len(self.find_live(base)) > 1), None)


def find_obstacle(entry: Entry, trail: Trail, *, coming: Collection[str]) -> str | None:
    """Say why `entry` cannot be corrected in Sage; `coming` are ids that come in this export."""
    live = trail.find_live_owners()
    if len(live) > 1:
        return "its lines stand in several entries"
    for owner in trail.owners:
        if owner.has_vanished:
            return f"whether batch {owner.sage_batch} was posted before it was purged is not known"
        if owner.state not in (EntryState.POSTED, EntryState.WITHDRAWN):
            return (
                f"batch {owner.sage_batch} is not posted yet ({owner.state}): post it or delete it"
                " in Sage 300, and run again"
            )
    longest = max(len(base) for base in entry.references) + len(f"~{trail.last}~r{trail.last + 1}")
    if longest > REFERENCE_CHARS_MAX:
        return f"with a revision behind it an id has more than {REFERENCE_CHARS_MAX} characters"
    return next((found for one in live if (found := _object(entry, one, coming))), None)


def _object(entry: Entry, owner: RecordedEntry, coming: Collection[str]) -> str | None:
    """Say why what `owner` entered cannot be taken back by the entry that comes now."""
    if owner.reason:
        return f"it was {owner.reason}"
    if owner.was_adopted:
        return "this ledger did not enter it, and does not know whether Sage 300 reverses it"
    now = entry.draft().content
    for name, value in owner.content.items():
        # Reversal and revision are one entry, which has one day and one way to be reversed.
        if name != "description" and now.get(name) != value:
            return f"the {name} of the entry was {value!r} and is {now.get(name)!r} now"
    moved = (read_lines(owner).keys() - entry.references) & set(coming)
    return f"its line {min(moved)} comes in another entry now" if moved else None


def revise(entry: Entry, trail: Trail) -> Entry:
    """Return the entry that takes back what counts and enters `entry` as a revision."""
    revision = trail.last + 1
    reversals = [
        _reverse(line, revision)
        for owner in trail.find_live_owners()
        for line in read_lines(owner).values()
    ]
    lines = [
        msgspec.structs.replace(line, reference=f"{line.reference}~{revision}")
        if trail.knows(line.reference)
        else line
        for line in entry.lines
    ]
    return msgspec.structs.replace(entry, lines=(*reversals, *lines))


def _reverse(line: DraftLine, by: int) -> Line:
    mark = parse_reference(line.reference)
    said = f"Reversal of {mark.base} revision {mark.revision}"
    return Line(
        reference=f"{mark.base}~{mark.revision}~r{by}",
        account=str(line.content["account"]),
        currency=str(line.content["currency"]),
        amount=-Decimal(str(line.content["amount"])),
        description=said[:_DESCRIPTION_CHARS_MAX],
        # What is planned by project is taken back by project.
        facts={
            field: value or ""
            for field, value in line.content.items()
            if field.startswith(f"{OPTIONAL_FIELDS}.")
        },
    )
