"""Looks into Sage: what stands there in any form, and what became of what stood there before.

A look reads the batches above the last one that every earlier look has seen, the batches of entries
that may still change, and the lines of our source code that were posted since; or, when a person
asks, all that is there. What it finds goes into the ledger at once: an id that is found is claimed,
by whomever it was sent. Entries of other people are met only where they have an id that is claimed.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final

import msgspec
from ml_connector.errors import LedgerError, MismatchError
from ml_connector.events import event
from ml_connector.ledger import (
    UNSETTLED,
    VANISHED,
    WATCHED,
    DraftEntry,
    EntryState,
    Place,
)
from ml_connector.wire import decode_as, encode_json

from target_sage300._claims import DOCUMENT, SEEN
from target_sage300._kinds import keep_identified
from target_sage300._places import (
    find_unclaimed,
    is_among,
    is_at,
    is_reversal,
    place_found,
    place_in,
    place_now,
    place_posted,
    place_taken_out,
    stand_twice,
    stands_twice,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ml_connector.ledger import Postings, RecordedEntry, Run

    from target_sage300._kinds import BatchHead, FoundEntry, Kind, PostedLine

log = logging.getLogger(__name__)

_BATCH: Final = "batch"
_SEQUENCE: Final = "posting_sequence"
_BLURRED: Final = "without_reference"
_IDENTITY: Final = "identity"
_TOLD: Final = "posted_twice"
"""Marks in the ledger, each behind the kind's name."""


class Reach(Enum):
    """What a look looks through."""

    NEWS = "news"
    """What may have changed since the last look: all that a run needs."""
    ALL = "all"
    """Everything: what people did to batches that no run reads any more, too."""


@dataclass(slots=True)
class Sight:
    """How far a look has seen."""

    batch: int
    sequence: int
    blurred: set[tuple[str, str]] = field(default_factory=set)
    """What cannot be read of any more, as the kind's `fetch_blurred` and posted lines tell it."""
    named: dict[str, BatchHead] = field(default_factory=dict)
    """The batches it came by, by their descriptions."""


class Lookout:
    """Looks for the postings of one source code, or mark."""

    def __init__(
        self, kind: Kind, postings: Postings, run: Run, *, reach: Reach = Reach.NEWS
    ) -> None:
        """Look through what `kind` shows, record in `postings`."""
        self._kind = kind
        self._postings = postings
        self._run = run
        self._reach = reach
        self.empty: set[str] = set()
        """Open batches without entries."""
        self.in_part: dict[int, Place] = {}
        """Entries of which the last look found some lines only, or not as one entry."""
        self.moving: set[str] = set()
        """Batches that Sage was posting when the last look came by."""

    @property
    def is_first(self) -> bool:
        """Whether this ledger has never looked through the company."""
        return self._read_mark(_BATCH) is None

    def read_blurred(self) -> list[tuple[str, str]]:
        """Return what earlier looks could not read of, see `Sight.blurred`."""
        return decode_as(self._read_mark(_BLURRED) or "[]", list[tuple[str, str]])

    def save(self, sight: Sight) -> None:
        """Remember how far was seen; the next look begins there.

        Only when nothing is unsettled: a batch that is being filled has its number already.
        """
        self._postings.save_marks(
            {
                self._mark(_BATCH): str(sight.batch),
                self._mark(_SEQUENCE): str(sight.sequence),
                self._mark(_BLURRED): self._write_blurred(sight),
                self._mark(_IDENTITY): self._kind.identity,
            }
        )

    def save_blurred(self, sight: Sight) -> None:
        """Remember only what could not be read of."""
        self._postings.save_marks({self._mark(_BLURRED): self._write_blurred(sight)})

    def _write_blurred(self, sight: Sight) -> str:
        return encode_json(sorted({*self.read_blurred(), *sight.blurred})).decode()

    def look(self) -> Sight:
        """Look once.

        Raises:
            LedgerError: an id stands twice in Sage.
            MismatchError: this ledger has looked for another source code or mark so far.
        """
        self._check_identity()
        mark = self._read_mark(_BATCH)
        self.in_part.clear()
        self.moving.clear()
        sight = Sight(
            batch=int(mark or 0),
            sequence=int(self._read_mark(_SEQUENCE) or 0),
        )
        watched: dict[str, list[RecordedEntry]] = defaultdict(list)
        for entry in self._postings.find_in(WATCHED, kind=self._kind.name):
            watched[str(entry.sage_batch)].append(entry)
        unsettled = self._postings.find_in(UNSETTLED, kind=self._kind.name)
        missing = {entry.token for entry in unsettled}
        is_whole = mark is None or self._reach is Reach.ALL
        seen = 0 if is_whole else sight.batch
        begin = min([seen, *(int(number) - 1 for number in watched)])
        for head in self._kind.fetch_heads(begin):
            sight.named[head.description.strip()] = head
            if head.is_moving:
                self.moving.add(head.number)
            known = watched.pop(head.number, [])
            if known:
                self._refresh(head, known)
            # Of a batch that was being filled, an earlier look may have seen a part.
            is_read = bool(known) and head.description.strip() not in missing
            if head.position > seen and (not is_read or self._reach is Reach.ALL):
                self._read_batch(head, is_whole=is_whole)
            sight.batch = max(sight.batch, head.position)
        self._read_posted(sight, after=0 if is_whole else sight.sequence)
        if mark is None:
            sight.blurred |= set(self._kind.fetch_blurred())
        self._note_vanished(watched)
        return sight

    def follow_names(self, sight: Sight) -> None:
        """Follow unsettled entries by the names their batches were sent with.

        The name is no proof that something stands. But a batch of that name which was deleted was
        turned down by a person, and one that holds what nobody knows may be ours, edited.

        Raises:
            LedgerError: a batch has the name, and entries that were not sent in it.
        """
        for entry in self._postings.find_in(UNSETTLED, kind=self._kind.name):
            head = sight.named.get(entry.token) if entry.token else None
            if head is None:
                continue
            if head.state is EntryState.WITHDRAWN:
                place = place_in(head.state, batch=head.number)
                self._postings.move(self._run, [(entry.entry_id, place)])
            elif any(
                entry.token not in {owner.token for owner in self._claim(one).values()}
                for one in self._kind.fetch_entries(head.number) or []
            ):
                raise LedgerError(
                    f"batch {head.number} of Sage 300 has the name that entry {entry.name} was sent"
                    " in, and lines with other ids",
                    transaction_id=min(entry.references),
                    remedy="Nothing more was posted. If somebody edited the references in it, put"
                    " them back or delete the batch, and run again.",
                )

    def _check_identity(self) -> None:
        known = self._read_mark(_IDENTITY)
        if known is not None and known != self._kind.identity:
            raise MismatchError(
                "posting",
                self._kind.name,
                expected=f"{known}, which this ledger knows the company's postings by",
                found=self._kind.identity,
                remedy="Nothing was posted. All postings of a kind into one company have the same"
                " source code or mark: set it back in postings, for what was entered under it"
                " would be entered again.",
            )

    def _mark(self, name: str) -> str:
        return f"{self._kind.name}:{name}"

    def _read_mark(self, name: str) -> str | None:
        return self._postings.read_mark(self._mark(name))

    def _claim(self, one: FoundEntry) -> dict[int, RecordedEntry]:
        """Return what claims an id of what was found."""
        claims = self._postings.find_claims(one.references)
        return {owner.entry_id: owner for owner in claims.values()}

    def _read_batch(self, head: BatchHead, *, is_whole: bool) -> None:
        if head.is_made_by_sage:
            return
        if head.entry_count == 0:
            self._tell_empty(head)
        # When all is looked through, the posted ledger tells of posted batches in a few calls.
        elif not (is_whole and self._kind.shows_posted and head.state is EntryState.POSTED):
            # What is being posted gains and loses nothing meanwhile.
            state = EntryState.READY if head.is_moving else head.state
            self._record(head.number, self._kind.fetch_entries(head.number) or [], state)

    def _tell_empty(self, head: BatchHead) -> None:
        if head.state is EntryState.CREATED and head.number not in self.empty:
            self.empty.add(head.number)
            event(
                log,
                "batch.empty",
                level=logging.WARNING,
                batch=head.number,
                remedy="a batch without entries may be left of one that Sage 300 refused; delete"
                " it there",
            )

    def _record(self, number: str, found: Sequence[FoundEntry], state: EntryState) -> None:
        news: list[tuple[DraftEntry, Place]] = []
        seen: dict[str, Place] = {}
        for one in found:
            owners = list(self._claim(one).values())
            place = place_found(one, place_in(state, batch=number, entry=one.number), owners)
            if place is None:
                continue
            twice = one.references & seen.keys()
            if twice and state is not EntryState.WITHDRAWN:
                raise stand_twice(min(twice), seen[min(twice)], place)
            seen |= dict.fromkeys(one.references, place)
            if owners:
                self._meet(one, place, owners)
            unclaimed = [] if twice else find_unclaimed(one, place, owners)
            if unclaimed and not self._was_freed(one, place):
                news += [(draft, place) for draft in unclaimed]
        if news:
            self._postings.adopt(self._run, kind=self._kind.name, found=news)
            event(log, "entries.adopted", batch=number, entries=len(news))

    def _meet(self, one: FoundEntry, place: Place, owners: Sequence[RecordedEntry]) -> None:
        """Bring together what was found and what claims its ids."""
        elsewhere = [each for each in owners if each.sage_batch != place.batch]
        owner = [*elsewhere, *owners][0]
        is_whole = len(owners) == 1 and owner.references == one.references
        if place.state is EntryState.WITHDRAWN:
            # What was deleted says nothing of what stands; but an answer need not be waited for.
            if is_whole and owner.state in UNSETTLED:
                self._postings.move(self._run, [(owner.entry_id, place)])
            return
        if not is_whole and elsewhere:
            if all(each.state in UNSETTLED for each in owners):
                # It is being written at this moment, or was stored in part: the next look tells.
                self.in_part |= {each.entry_id: place for each in owners}
                return
            raise stands_twice(owner, place, one.references & owner.references)
        if owner.state in UNSETTLED or owner.state is EntryState.WITHDRAWN:
            self._postings.move(self._run, [(owner.entry_id, place)])
        elif elsewhere:
            raise stands_twice(owner, place)

    def _was_freed(self, one: FoundEntry, place: Place) -> bool:
        """Tell whether a person had a deleted entry retried: its ids are free since."""
        return place.state is EntryState.WITHDRAWN and any(
            each.sage_batch == place.batch and each.references & one.references
            for each in self._postings.find_in({EntryState.ABSENT}, kind=self._kind.name)
        )

    def _refresh(self, head: BatchHead, entries: Sequence[RecordedEntry]) -> None:
        """See what became of a batch we know."""
        if head.is_moving:
            return
        is_posted = head.state is EntryState.POSTED
        # A batch that holds fewer entries than are known in it says so by itself.
        is_less = head.state is not EntryState.WITHDRAWN and head.entry_count < len(entries)
        is_read = is_posted or is_less
        found = (self._kind.fetch_entries(head.number) or []) if is_read else []
        steps = []
        for entry in entries:
            place = place_posted(entry, found) if found and is_posted else place_now(entry, head)
            if is_less and not is_posted and not is_among(entry, found):
                place = place_taken_out(entry)
            if place.state is not entry.state or place.batch != entry.sage_batch:
                steps.append((entry.entry_id, place))
        if steps:
            self._postings.move(self._run, steps)

    def _read_posted(self, sight: Sight, *, after: int) -> None:
        groups: dict[tuple[int, str, str], list[PostedLine]] = defaultdict(list)
        seen = sight.sequence
        for line in self._kind.fetch_posted(after=after):
            groups[line.sequence, line.batch, line.entry].append(line)
            seen = max(seen, line.sequence)
        unidentified: dict[str, list[PostedLine]] = defaultdict(list)
        for (_, batch, _), lines in groups.items():
            unidentified[batch] += [line for line in lines if not line.reference]
        # Batches first: of an entry that lost some of its references they have all.
        for batch, lines in unidentified.items():
            if lines:
                self._read_blurred_batch(sight, batch, lines)
        for (_, batch, number), lines in sorted(groups.items()):
            identified = [line for line in lines if line.reference]
            if identified:
                self._record_posted(sight, batch, number, identified)
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
            draft = DraftEntry(
                name="", content={}, lines=keep_identified(line.draft for line in lines)
            )
            self._postings.adopt(self._run, kind=self._kind.name, found=[(draft, place)])
            event(log, "entries.adopted", batch=batch, entries=1)
        # The sight of every look has them, since the last one is remembered.
        sight.blurred |= {
            (line.reference, str(line.last_reference))
            for line in lines
            for owner in owners.values()
            if owner.content.get(SEEN) == DOCUMENT
        }
        for owner in owners.values():
            if owner.state in UNSETTLED or owner.state is EntryState.WITHDRAWN:
                self._postings.move(self._run, [(owner.entry_id, place)])
            elif not is_at(owner, place) and not is_reversal(owner, lines):
                self._alarm(owner, place)
            elif owner.state in WATCHED and is_at(owner, place):
                self._postings.move(self._run, [(owner.entry_id, place)])

    def _alarm(self, owner: RecordedEntry, place: Place) -> None:
        """Stop over what stands twice: always while one is not posted, once when both are."""
        if owner.state is EntryState.POSTED:
            key = f"{min(owner.references)} {place.batch} {place.entry}"
            told = set(decode_as(self._read_mark(_TOLD) or "[]", list[str]))
            if key in told:
                return
            self._postings.save_marks(
                {self._mark(_TOLD): encode_json(sorted({*told, key})).decode()}
            )
        raise stands_twice(owner, place)

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
                (str(one.draft.content["account"]), str(one.draft.content["date"]))
                for one in lines
                # What was posted before, an earlier look has read while its batch was there.
                if one.sequence > sight.sequence
            }
            return
        place = Place(state=EntryState.POSTED, batch=batch)
        may_be = UNSETTLED | {EntryState.WITHDRAWN}
        for one in found:
            owners = self._claim(one)
            if one.error_place is not None or not one.references:
                continue
            if not owners:
                self._record(batch, [one], EntryState.POSTED)
            else:
                there = msgspec.structs.replace(place, entry=one.number)
                self._postings.move(
                    self._run,
                    [(key, there) for key, each in owners.items() if each.state in may_be],
                )

    def _note_vanished(self, vanished: Mapping[str, Sequence[RecordedEntry]]) -> None:
        """Note what is neither in its batch nor posted: the batch was purged."""
        if not vanished:
            return
        place = Place(state=EntryState.WITHDRAWN, reason=VANISHED)
        known = {one.entry_id for one in self._postings.find_in(WATCHED, kind=self._kind.name)}
        for number, entries in vanished.items():
            steps = [(one.entry_id, place) for one in entries if one.entry_id in known]
            # A list that ends too early is no proof.
            if steps and self._kind.fetch_entries(number) is None:
                self._postings.move(self._run, steps)
