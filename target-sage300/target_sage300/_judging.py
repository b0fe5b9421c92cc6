"""What is said of each entry that came, and the account of a run that is made of it."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from ml_connector.events import event
from ml_connector.ledger import (
    WATCHED,
    DraftEntry,
    DraftLine,
    EntryState,
    InputLine,
    Place,
    RecordedEntry,
)

from target_sage300._claims import Stands, judge_claims
from target_sage300._entries import Entry, Problem
from target_sage300._revisions import group_by_base, read_lines
from target_sage300._watching import is_own, is_surely_own, tell_not_approved

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from ml_connector.ledger import PostingInputs, Postings, Run

    from target_sage300._kinds import Kind

log = logging.getLogger(__name__)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of one entry: exactly one of `free`, `standing`, `problems`, `left_out`."""

    name: str
    free: Entry | None = None
    standing: int | None = None
    """The ledger's id of the entry that stands in Sage as it came."""
    document: str | None = None
    """The reference that stands for all lines of what stands, see `Stands`."""
    deleted_in: str | None = None
    """The batch it was deleted in, see `Stands`."""
    problems: tuple[Problem, ...] = ()
    left_out: str | None = None
    stands: RecordedEntry | None = None
    """Of an entry that is left out: where it can still be taken back in Sage."""
    lines: tuple[InputLine, ...] = ()
    """As they came: what is kept of a refused entry, and shown of any."""


class Judge:
    """Judges the entries of one stream, by the books and by the ledger."""

    def __init__(
        self,
        *,
        kind: Kind,
        spool: str,
        company: str,
        inputs: PostingInputs,
        postings: Postings,
        blurred: Sequence[tuple[str, str]],
        may_revise: bool,
    ) -> None:
        """Judge what is spooled in `inputs`; what changed in Sage may be revised, or is refused."""
        self._may_revise = may_revise
        self._revised: dict[str, list[str]] = {}
        self._kind = kind
        self._spool = spool
        self._inputs = inputs
        self._postings = postings
        self._blurred = blurred
        ambiguous = inputs.find_ambiguous()
        self._gate = kind.gate(company=company, ambiguous=ambiguous)

    def verdicts(self) -> Iterator[Verdict]:
        """Judge each entry, in the order of their names."""
        self._revised = group_by_base(self._postings.find_revised())
        dismissed: dict[str, list[RecordedEntry]] = defaultdict(list)
        for one in self._postings.find_dismissed(kind=self._kind.name):
            dismissed[one.name].append(one)
        for name, lines in self._inputs.iterate_entries(self._spool):
            verdict = self._judge(name, lines)
            for one in dismissed.get(name, ()):
                if _is_as_dismissed(one, verdict, lines):
                    verdict = Verdict(name=name, left_out=f"was {one.reason}, and comes as it was")
            yield msgspec.structs.replace(verdict, lines=tuple(lines))

    def refuses_any(self) -> bool:
        """Tell whether any entry is refused."""
        return any(verdict.problems for verdict in self.verdicts())

    def find_standing(self) -> set[int]:
        """Return the ledger's ids of what stands in Sage as it came."""
        return {one.standing for one in self.verdicts() if one.standing is not None}

    def _judge(self, name: str, lines: Sequence[InputLine]) -> Verdict:
        judgement = self._gate.judge(name, lines)
        if judgement.left_out is not None:
            stands = self._find_watched(line.reference for line in lines)
            return Verdict(name=name, left_out=judgement.left_out, stands=stands)
        if judgement.entry is None:
            return Verdict(name=name, problems=judgement.problems)
        entry = judgement.entry
        claim = judge_claims(
            entry,
            self._find_claims(entry.references),
            may_revise=self._may_revise,
            coming=self._inputs.find_coming,
        )
        if isinstance(claim, Stands):
            return Verdict(
                name=name,
                standing=claim.entry_id,
                document=claim.document,
                deleted_in=claim.deleted_in,
            )
        if isinstance(claim, Entry):
            return Verdict(name=name, free=claim)
        problem = (
            claim
            if isinstance(claim, Problem)
            else self._kind.find_unprovable(entry, blurred=self._blurred)
        )
        if problem is not None:
            return Verdict(name=name, problems=(problem,))
        return Verdict(name=name, free=entry)

    def _find_claims(self, references: AbstractSet[str]) -> dict[str, RecordedEntry]:
        revised = {one for base in references for one in self._revised.get(base, ())}
        return self._postings.find_claims(references | revised)

    def _find_watched(self, references: Iterable[str]) -> RecordedEntry | None:
        """Return what has one of these ids, and stands in a batch that is not posted."""
        owners = self._find_claims(set(references)).values()
        return next((one for one in owners if one.state in WATCHED), None)


def _is_as_dismissed(
    dismissed: RecordedEntry, verdict: Verdict, lines: Sequence[InputLine]
) -> bool:
    """Tell whether an entry that is not in Sage comes as it was when a person dismissed it."""
    if verdict.free is not None:
        draft = verdict.free.draft()
        # Sage had refused it: what was sent is kept.
        if _has_all(dismissed.content, draft.content) and _are_alike(dismissed.lines, draft.lines):
            return True
    is_judged_anew = verdict.free is not None or bool(verdict.problems)
    return is_judged_anew and _are_alike(dismissed.lines, _draft_lines(lines))


def _are_alike(before: Sequence[DraftLine], now: Sequence[DraftLine]) -> bool:
    """Compare lines in whatever order, by the fields that they had before.

    An id may come twice, which is why such an entry is refused.
    """
    left: dict[str, list[DraftLine]] = defaultdict(list)
    for line in now:
        left[line.reference].append(line)
    for line in before:
        found = left[line.reference]
        same = next((one for one in found if _has_all(line.content, one.content)), None)
        if same is None:
            return False
        found.remove(same)
    return not any(left.values())


def _has_all(before: Mapping[str, str | None], now: Mapping[str, str | None]) -> bool:
    return all((value or "") == (now.get(field) or "") for field, value in before.items())


def _draft_lines(lines: Sequence[InputLine]) -> tuple[DraftLine, ...]:
    return tuple(DraftLine(reference=one.reference, content=one.content) for one in lines)


class Kept:
    """What was refused in earlier runs of this model, of one kind, and is kept."""

    def __init__(
        self, postings: Postings, inputs: PostingInputs, *, kind: str, origin: str
    ) -> None:
        """Read what is kept; ids of payables are in upper case, the model's short name too."""
        self._postings = postings
        self._inputs = inputs
        self._origin = origin
        self._entries = [
            one
            for one in postings.find_in({EntryState.REFUSED}, kind=kind)
            if is_own(one, origin=origin)
        ]
        self._by_name: dict[str, list[RecordedEntry]] = defaultdict(list)
        for one in self._entries:
            self._by_name[one.name].append(one)
        self._found: set[int] = set()

    def finds_again(self, name: str, reason: str, lines: Sequence[DraftLine]) -> bool:
        """Tell whether an entry comes again as it was, and is refused as it was."""
        for one in self._by_name.get(name, ()):
            if one.reason == reason and _are_alike(one.lines, lines):
                self._found.add(one.entry_id)
                return True
        return False

    def close(self, run: Run, *, is_whole: bool) -> None:
        """Keep no longer what came again otherwise, or not any more.

        `is_whole` says that all streams of the kind have come.
        """
        steps = []
        for one in self._entries:
            if one.entry_id in self._found:
                continue
            if self._inputs.find_coming(read_lines(one).keys()):
                reason = "superseded"
            elif is_whole and is_surely_own(one, origin=self._origin):
                reason = "not in the export any more"
            else:
                continue
            steps.append((one.entry_id, Place(state=EntryState.ABSENT, reason=reason)))
        self._postings.move(run, steps)


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What became of the entries of one stream; refusals are kept in the ledger."""

    kind: str
    postings: Postings
    run: Run
    kept: Kept
    entered: int = 0
    standing: int = 0
    refused: int = 0
    refused_by_sage: int = 0
    """Of these, the ones that the gate let pass."""
    left_out: int = 0
    held: int = 0

    def note(self, verdict: Verdict, *, keep: bool) -> None:
        """Count an entry that is not to be posted, say why, and keep a refused one."""
        if verdict.standing is not None:
            self.standing += 1
        elif verdict.left_out is not None:
            self.left_out += 1
            if verdict.stands is None:
                event(log, "entry.left_out", entry=verdict.name, reason=verdict.left_out)
            else:
                tell_not_approved(verdict.stands, reason=f"it {verdict.left_out}")
        else:
            self.refused += 1
            _tell_refused(verdict)
            if keep:
                self._keep(verdict)

    def note_held(self, entry: Entry) -> None:
        """Count an entry that might have been posted."""
        self.held += 1
        event(
            log,
            "entry.not_posted",
            entry=entry.name,
            date=entry.date.isoformat(),
            lines=len(entry.lines),
            reason="all_or_nothing, and another entry is refused",
        )

    def note_refused_by_sage(self, entry: Entry, reason: str) -> None:
        """Count an entry that Sage refused; the protocol has kept it."""
        self.refused += 1
        self.refused_by_sage += 1
        event(log, "entry.refused", level=logging.WARNING, entry=entry.name, reason=reason)

    def _keep(self, verdict: Verdict) -> None:
        lines = _draft_lines(verdict.lines)
        reason = "\n".join(str(problem) for problem in verdict.problems)
        if self.kept.finds_again(verdict.name, reason, lines):
            return
        draft = DraftEntry(name=verdict.name, content={}, lines=lines)
        self.postings.keep_refused(self.run, kind=self.kind, refused=[(draft, reason)])


def _tell_refused(verdict: Verdict) -> None:
    first = verdict.problems[0]
    event(
        log,
        "entry.refused",
        level=logging.WARNING,
        entry=verdict.name,
        record=first.record,
        field=first.field,
        reason=first.problem,
        remedy=first.remedy,
        problems=len(verdict.problems),
    )
