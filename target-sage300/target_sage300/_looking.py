"""Looks into Sage: what stands there in any form, and what became of what stood there before.

A look reads the batches above the last one that every earlier look has seen, the batches of entries
that may still change, and the lines of our source code that were posted since. What it finds goes
into the ledger at once: an id that is found is claimed, by whomever it was sent.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ml_connector.errors import LedgerError
from ml_connector.events import event
from ml_connector.ledger import (
    UNSETTLED,
    WATCHED,
    DraftEntry,
    EntryState,
    Place,
)
from ml_connector.wire import decode_as, encode_json

from target_sage300._claims import DOCUMENT, SEEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ml_connector.ledger import Postings, RecordedEntry, Run

    from target_sage300._kinds import BatchHead, FoundEntry, Kind, PostedLine

log = logging.getLogger(__name__)

_BATCH: Final = "batch"
_SEQUENCE: Final = "posting_sequence"
_BLURRED: Final = "without_reference"
"""Marks in the ledger, each behind the kind's name."""


@dataclass(slots=True)
class Sight:
    """How far a look has seen."""

    batch: int
    sequence: int
    blurred: set[tuple[str, str]] = field(default_factory=set)
    """Account and date of posted lines that lost their reference, and whose batch is gone."""


class Lookout:
    """Looks for the postings of one source code."""

    def __init__(self, kind: Kind, postings: Postings, run: Run) -> None:
        """Look through what `kind` shows, record in `postings`."""
        self._kind = kind
        self._postings = postings
        self._run = run
        self._warned: set[str] = set()
        self.in_part: dict[int, Place] = {}
        """Entries of which the last look found some lines only, or not as one entry."""

    @property
    def is_first(self) -> bool:
        """Whether this ledger has never looked through the company."""
        return self._read_mark(_BATCH) is None

    def read_blurred(self) -> list[tuple[str, str]]:
        """Return account and date of posted lines that may be anybody's."""
        return decode_as(self._read_mark(_BLURRED) or "[]", list[tuple[str, str]])

    def save(self, sight: Sight) -> None:
        """Remember how far was seen; the next look begins there.

        Only when nothing is unsettled: a batch that is being filled has its number already.
        """
        blurred = sorted({*self.read_blurred(), *sight.blurred})
        self._postings.save_marks(
            {
                self._mark(_BATCH): str(sight.batch),
                self._mark(_SEQUENCE): str(sight.sequence),
                self._mark(_BLURRED): encode_json(blurred).decode(),
            }
        )

    def look(self) -> Sight:
        """Look once.

        Raises:
            LedgerError: an id stands twice in Sage.
        """
        mark = self._read_mark(_BATCH)
        self.in_part.clear()
        sight = Sight(
            batch=int(mark or 0),
            sequence=int(self._read_mark(_SEQUENCE) or 0),
        )
        watched: dict[str, list[RecordedEntry]] = defaultdict(list)
        for entry in self._postings.find_in(WATCHED, kind=self._kind.name):
            watched[str(entry.sage_batch)].append(entry)
        begin = min([sight.batch, *(int(number) - 1 for number in watched)])
        for head in self._kind.fetch_heads(begin):
            if head.number in watched:
                self._refresh(head, watched.pop(head.number))
            elif head.position > int(mark or 0):
                self._read_batch(head, is_first=mark is None)
            sight.batch = max(sight.batch, head.position)
        self._read_posted(sight)
        if mark is None:
            sight.blurred |= set(self._kind.fetch_blurred())
        self._note_vanished(watched.values())
        return sight

    def _mark(self, name: str) -> str:
        return f"{self._kind.name}:{name}"

    def _read_mark(self, name: str) -> str | None:
        return self._postings.read_mark(self._mark(name))

    def _read_batch(self, head: BatchHead, *, is_first: bool) -> None:
        # On a new ledger the posted ledger tells of posted batches, all in a few calls.
        if head.is_made_by_sage or head.is_moving:
            return
        if head.entry_count == 0:
            self._tell_empty(head)
        elif not (is_first and self._kind.shows_posted and head.state is EntryState.POSTED):
            self._record(head.number, self._kind.fetch_entries(head.number) or [], head.state)

    def _tell_empty(self, head: BatchHead) -> None:
        if head.state is EntryState.CREATED and head.number not in self._warned:
            self._warned.add(head.number)
            event(
                log,
                "batch.empty",
                level=logging.WARNING,
                batch=head.number,
                remedy="a batch without entries may be left of one that Sage 300 refused; delete"
                " it there",
            )

    def _record(self, number: str, found: Sequence[FoundEntry], state: EntryState) -> None:
        claims = self._postings.find_claims(
            {reference for one in found for reference in one.references if reference}
        )
        news: list[tuple[DraftEntry, Place]] = []
        for one in found:
            references = one.references - {""}
            if not references or one.error_place is not None:
                continue
            place = Place(state=state, batch=number, entry=one.number)
            owners = {claims[name].entry_id: claims[name] for name in references & claims.keys()}
            if not owners:
                news.append((_only_identified(one.draft), place))
            elif state is not EntryState.WITHDRAWN:
                self._meet(one, place, list(owners.values()))
        if news:
            self._postings.adopt(self._run, kind=self._kind.name, found=news)
            event(log, "entries.adopted", batch=number, entries=len(news))

    def _meet(self, one: FoundEntry, place: Place, owners: Sequence[RecordedEntry]) -> None:
        """Bring together what was found and what claims its ids."""
        owner = owners[0]
        if len(owners) > 1 or owner.references != one.references - {""}:
            if all(each.state in UNSETTLED for each in owners):
                # It is being written at this moment, or was stored in part: the next look tells.
                self.in_part |= {each.entry_id: place for each in owners}
                return
            raise _stands_twice(one.references & owner.references, owner, place)
        if owner.state in UNSETTLED or owner.state is EntryState.WITHDRAWN:
            self._postings.move(self._run, [(owner.entry_id, place)])
        elif owner.sage_batch != place.batch:
            raise _stands_twice(one.references, owner, place)

    def _refresh(self, head: BatchHead, entries: Sequence[RecordedEntry]) -> None:
        """See what became of a batch we know."""
        if head.is_moving:
            return
        errors: Mapping[str, tuple[str, str] | None] = {}
        if head.state is EntryState.POSTED:
            found = self._kind.fetch_entries(head.number) or []
            errors = {one.number: one.error_place for one in found}
        steps = []
        for entry in entries:
            place = _place_now(entry, head, errors.get(str(entry.sage_entry)))
            if place.state is not entry.state or place.batch != entry.sage_batch:
                steps.append((entry.entry_id, place))
        if steps:
            self._postings.move(self._run, steps)

    def _read_posted(self, sight: Sight) -> None:
        groups: dict[tuple[int, str, str], list[PostedLine]] = defaultdict(list)
        seen = sight.sequence
        for line in self._kind.fetch_posted(after=sight.sequence):
            groups[line.sequence, line.batch, line.entry].append(line)
            seen = max(seen, line.sequence)
        blurred: dict[str, list[PostedLine]] = defaultdict(list)
        for (_, batch, number), lines in sorted(groups.items()):
            identified = [line for line in lines if line.reference]
            if identified:
                self._record_posted(sight, batch, number, identified)
            if len(identified) < len(lines):
                blurred[batch] += [line for line in lines if not line.reference]
        for batch, lines in blurred.items():
            self._read_blurred_batch(sight, batch, lines)
        sight.sequence = seen

    def _record_posted(
        self, sight: Sight, batch: str, number: str, lines: Sequence[PostedLine]
    ) -> None:
        """Record an entry of the posted ledger; reversals repeat ids that are claimed by then."""
        place = Place(state=EntryState.POSTED, batch=batch, entry=number)
        owners = self._find_owners(lines)
        if not owners and lines[0].last_reference is not None:
            self._adopt_document(place, lines[0])
            owners = self._find_owners(lines)
        elif not owners:
            draft = DraftEntry(name="", content={}, lines=tuple(line.draft for line in lines))
            self._postings.adopt(self._run, kind=self._kind.name, found=[(draft, place)])
            event(log, "entries.adopted", batch=batch, entries=1)
        # The sight of every look has them, since the last one is remembered.
        sight.blurred |= {
            (line.reference, str(line.last_reference))
            for line in lines
            for owner in owners.values()
            if owner.content.get(SEEN) == DOCUMENT
        }
        may_be = UNSETTLED | WATCHED | {EntryState.WITHDRAWN}
        steps = [(each.entry_id, place) for each in owners.values() if each.state in may_be]
        if steps:
            self._postings.move(self._run, steps)

    def _find_owners(self, lines: Sequence[PostedLine]) -> dict[int, RecordedEntry]:
        claims = self._postings.find_claims({line.reference for line in lines})
        return {entry.entry_id: entry for entry in claims.values()}

    def _adopt_document(self, place: Place, posted: PostedLine) -> None:
        """Adopt a posted document with its lines, or as it is known when its batch was purged."""
        found = self._kind.fetch_entries(posted.batch) or []
        whole = [one for one in found if one.number == posted.entry and one.references]
        if whole:
            self._record(posted.batch, whole, EntryState.POSTED)
            return
        draft = DraftEntry(
            name="",
            content={**posted.draft.content, SEEN: DOCUMENT},
            lines=(posted.draft,),
        )
        self._postings.adopt(self._run, kind=self._kind.name, found=[(draft, place)])
        event(log, "entries.adopted", batch=posted.batch, entries=1)

    def _read_blurred_batch(self, sight: Sight, batch: str, lines: Iterable[PostedLine]) -> None:
        """Consolidated accounts drop references: the batch has them, unless it was purged."""
        found = self._kind.fetch_entries(batch)
        if found is None:
            sight.blurred |= {
                (str(one.draft.content["account"]), str(one.draft.content["date"])) for one in lines
            }
            return
        for one in found:
            if one.error_place is None and one.references != {""}:
                identified = _only_identified(one.draft).lines
                claims = self._postings.find_claims({line.reference for line in identified})
                if not claims:
                    self._record(batch, [one], EntryState.POSTED)
                    continue
                place = Place(state=EntryState.POSTED, batch=batch, entry=one.number)
                owners = {each.entry_id: each for each in claims.values()}
                self._postings.move(
                    self._run,
                    [(key, place) for key, each in owners.items() if each.state in UNSETTLED],
                )

    def _note_vanished(self, vanished: Iterable[Sequence[RecordedEntry]]) -> None:
        """Note what is neither in its batch nor posted: the batch was deleted and purged."""
        place = Place(state=EntryState.WITHDRAWN, reason="its batch is not in Sage 300 any more")
        known = {one.entry_id for one in self._postings.find_in(WATCHED, kind=self._kind.name)}
        steps = [
            (entry.entry_id, place)
            for entries in vanished
            for entry in entries
            if entry.entry_id in known
        ]
        if steps:
            self._postings.move(self._run, steps)


def _place_now(entry: RecordedEntry, head: BatchHead, error_place: tuple[str, str] | None) -> Place:
    if error_place is not None:
        batch, number = error_place
        return Place(state=EntryState.IN_ERROR_BATCH, batch=batch, entry=number)
    state = head.state
    if entry.state is EntryState.IN_ERROR_BATCH and state in (
        EntryState.CREATED,
        EntryState.READY,
    ):
        state = EntryState.IN_ERROR_BATCH
    return Place(state=state, batch=entry.sage_batch, entry=entry.sage_entry)


def _only_identified(draft: DraftEntry) -> DraftEntry:
    return DraftEntry(
        name=draft.name,
        content=draft.content,
        lines=tuple(line for line in draft.lines if line.reference),
    )


def _stands_twice(references: Iterable[str], owner: RecordedEntry, place: Place) -> LedgerError:
    shown = min(references)
    return LedgerError(
        f"it stands in batch {owner.sage_batch} entry {owner.sage_entry} ({owner.state}) and in"
        f" batch {place.batch} entry {place.entry} ({place.state}) of Sage 300",
        transaction_id=shown,
        remedy="Nothing was posted. Delete one of the two in Sage 300, or reverse it if both are"
        " posted, and run again.",
    )
