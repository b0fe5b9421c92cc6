"""One run: what earlier runs left, what the stream brings, what becomes of it.

records ──> spooled in the ledger, entry by entry ──> the end of input
finish  ──> books read ──> settled ──> gate ──> claims ──> batches posted ──> STATE
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ml_connector.errors import ExitCode, InputError, MismatchError
from ml_connector.events import event

from target_sage300._advancing import Advancer
from target_sage300._context import Context
from target_sage300._fields import GL_JOURNAL
from target_sage300._judging import Judge, Kept, Outcome
from target_sage300._looking import Lookout
from target_sage300._opening import Opening
from target_sage300._posting import Poster
from target_sage300._review import Review
from target_sage300._settings import OnRefused, PostMode, UnmappedStreams
from target_sage300._settling import settle
from target_sage300._spooling import ActiveStream
from target_sage300._watching import tell_watched
from target_sage300._working import Work, in_batches

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from ml_connector.clock import Clock
    from ml_connector.ledger import Departures, Lease, PostingInputs, Postings, Run
    from ml_connector.sage300 import Sage300Client

    from target_sage300._advancing import Steps
    from target_sage300._books import Books
    from target_sage300._entries import Entry
    from target_sage300._kinds import Kind
    from target_sage300._settings import PostingSettings, TargetSettings
    from target_sage300._spooling import Spool

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class PostingRun:
    """Everything a run has opened, and its streams."""

    settings: TargetSettings
    client: Sage300Client
    postings: Postings
    inputs: PostingInputs
    departures: Departures
    run: Run
    lease: Lease
    clock: Clock
    check_stop: Callable[[], None]
    streams: dict[str, ActiveStream] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    short: int = 0
    """Entries that were not taken as far as the setting `post` says, or that posting refused."""
    _kept: dict[str, Kept] = field(default_factory=dict)

    def begin_stream(self, stream: str, *, properties: Collection[str]) -> ActiveStream | None:
        """Begin to take the lines of `stream`; `None` when it is to be left out.

        Raises:
            MismatchError: nothing becomes of the stream, or it lacks a property.
        """
        postings = self.settings.find_postings(stream)
        if not postings:
            self._leave_out(stream)
            return None
        for posting in postings:
            _check_properties(posting, properties)
        if stream not in self.streams:
            if not self.streams:
                self.inputs.clear()
            self.streams[stream] = ActiveStream(
                postings, inputs=self.inputs, origin=self.settings.origin
            )
        return self.streams[stream]

    def finish(self, *, complete: Mapping[str, bool]) -> ExitCode:
        """Judge and post what came.

        Raises:
            InputError: a stream did not come to its end; nothing was posted.
            ConnectorError: something failed as a whole.
        """
        for stream in self.streams.values():
            stream.flush()
        self._check_complete(complete)
        if not self.streams:
            return ExitCode.OK
        opening = Opening(self.client)
        # All that settings and Sage do not allow is found before the first batch leaves.
        opened: list[tuple[Spool, Kind, Steps | None]] = []
        for stream in self.streams.values():
            for spool in stream.spools:
                route = opening.open_steps(spool.posting, mode=self.settings.post)
                if route is not None and self.settings.post is PostMode.POSTED:
                    route.identify()
                opened.append((spool, opening.open(spool.posting), route))
        if self.settings.dry_run:
            self._review(opened, opening.fetch_books())
        else:
            self._enter(opened)
        event(
            log,
            "entries.finished",
            entered=sum(one.entered for one in self.outcomes),
            standing=sum(one.standing for one in self.outcomes),
            refused=sum(one.refused for one in self.outcomes),
            left_out=sum(one.left_out for one in self.outcomes),
            short=self.short,
        )
        refused_or_held = any(one.refused or one.held for one in self.outcomes)
        fails = refused_or_held and self.settings.on_refused is OnRefused.FAIL
        # No later step of a job tells that a batch did not go as far as it was to go.
        fails = fails or self.short > 0
        return ExitCode.REJECTS_KEPT if fails else ExitCode.OK

    @property
    def holds_state(self) -> bool:
        """Whether the entries have to come again: what is held back is kept nowhere."""
        is_short = any(one.refused or one.held for one in self.outcomes)
        return self.settings.all_or_nothing and is_short

    def open_context(self, kind: Kind, lookout: Lookout) -> Context:
        """Return what the run works with on entries of a kind."""
        return Context(
            kind=kind,
            lookout=lookout,
            postings=self.postings,
            departures=self.departures,
            run=self.run,
            clock=self.clock,
            settle_s=self.settings.settle_s,
            check_stop=self.check_stop,
            check_lease=self.lease.assert_held,
        )

    def _enter(self, opened: Iterable[tuple[Spool, Kind, Steps | None]]) -> None:
        works: list[Work] = []
        by_kind: dict[str, list[tuple[Work, Steps | None]]] = defaultdict(list)
        for spool, kind, steps in opened:
            works.append(self._open_work(spool, kind))
            by_kind[kind.name].append((works[-1], steps))
        settle([work.context for work in works])
        for work in works:
            work.begin()
        holds = self.settings.all_or_nothing and any(work.judge.refuses_any() for work in works)
        for work in works:
            has_refused = work.enter(holds=holds, lines_max=self.settings.batch_lines)
            holds = holds or (self.settings.all_or_nothing and has_refused)
        for name, group in by_kind.items():
            self._follow(name, group, holds=holds)

    def _follow(
        self, kind: str, group: Sequence[tuple[Work, Steps | None]], *, holds: bool
    ) -> None:
        """Take the batches of a kind further, and say what a person ought to know of them."""
        work, steps = group[0]
        if steps is not None and not holds:
            approved = {one for each, _ in group for one in each.judge.find_standing()}
            advancer = Advancer(work.context, mode=self.settings.post, steps=steps)
            self.short += advancer.advance(approved)
        streams = {one.stream for one in self.settings.postings if one.kind == kind}
        is_whole = self.streams.keys() >= streams
        self.short += tell_watched(
            work.context, self.inputs, origin=self.settings.origin, is_whole=is_whole
        )
        self._kept[kind].close(self.run, is_whole=is_whole)

    def _open_work(self, spool: Spool, kind: Kind) -> Work:
        context = self.open_context(kind, Lookout(kind, self.postings, self.run))
        return Work(
            context=context,
            spool=spool.name,
            inputs=self.inputs,
            open_judge=lambda: self._open_judge(spool, kind, context.lookout),
            outcome=self._open_outcome(kind),
            poster=Poster(context, keeps_together=self.settings.all_or_nothing),
        )

    def _review(self, opened: Iterable[tuple[Spool, Kind, Steps | None]], books: Books) -> None:
        """Show what a run would do; nothing is entered, and nothing kept."""
        judges: list[tuple[Kind, Judge]] = []
        with Review(self.settings.review_file, books=books) as review:
            for spool, kind, _ in opened:
                lookout = Lookout(kind, self.postings, self.run)
                if lookout.is_first:
                    review.say_first(kind)
                judges.append((kind, self._open_judge(spool, kind, lookout)))
            holds = self.settings.all_or_nothing and any(judge.refuses_any() for _, judge in judges)
            for kind, judge in judges:
                entries = self._show(kind, judge, review, holds=holds)
                for batch in in_batches(entries, lines_max=self.settings.batch_lines):
                    review.write_batch(kind, batch)

    def _show(self, kind: Kind, judge: Judge, review: Review, *, holds: bool) -> Iterator[Entry]:
        outcome = self._open_outcome(kind)
        for verdict in judge.verdicts():
            review.show(kind, verdict, holds=holds)
            if verdict.free is None:
                outcome.note(verdict, keep=False)
            elif not holds:
                yield verdict.free

    def _open_judge(self, spool: Spool, kind: Kind, lookout: Lookout) -> Judge:
        return Judge(
            kind=kind,
            spool=spool.name,
            company=self.settings.connection.company,
            inputs=self.inputs,
            postings=self.postings,
            blurred=lookout.read_blurred(),
            # Payables are corrected by documents of their own, which planners enter.
            may_revise=self.settings.may_revise and kind.name == GL_JOURNAL,
        )

    def _open_outcome(self, kind: Kind) -> Outcome:
        if kind.name not in self._kept:
            origin = self.settings.origin
            self._kept[kind.name] = Kept(self.postings, self.inputs, kind=kind.name, origin=origin)
        kept = self._kept[kind.name]
        outcome = Outcome(kind=kind.name, postings=self.postings, run=self.run, kept=kept)
        self.outcomes.append(outcome)
        return outcome

    def _leave_out(self, stream: str) -> None:
        if self.settings.unmapped_streams is UnmappedStreams.REFUSE:
            raise MismatchError(
                "stream",
                stream,
                expected="a posting for it",
                found="none in the setting postings",
                remedy="Add one, or set unmapped_streams to ignore.",
            )
        event(log, "stream.left_out", stream=stream)

    def _check_complete(self, complete: Mapping[str, bool]) -> None:
        for name in self.streams:
            if not complete.get(name, self.settings.trust_end_of_input):
                raise InputError(
                    name,
                    "did not come marked as complete; nothing was posted, for what is missing may"
                    " belong to its entries",
                    remedy="Run the tap again to its end; for a tap that does not mark its streams"
                    " set trust_end_of_input.",
                )


def _check_properties(posting: PostingSettings, properties: Collection[str]) -> None:
    for name in posting.field_names:
        column = posting.column(name)
        if column not in properties and not posting.may_lack(name):
            raise MismatchError(
                "stream",
                posting.stream,
                expected=f"a property {column!r} for the field {name}",
                found="none of that name in its schema",
                remedy="Say in postings, under fields, which property it is.",
            )
