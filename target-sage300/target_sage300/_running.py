"""One run: what earlier runs left, what the stream brings, what becomes of it.

records ──> spooled in the ledger, entry by entry ──> the end of input
finish  ──> books read ──> settled ──> gate ──> claims ──> batches posted ──> STATE
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ml_connector.errors import ExitCode, InputError, MismatchError
from ml_connector.events import event
from ml_connector.ledger import WATCHED

from target_sage300._advancing import Advancer
from target_sage300._context import Context
from target_sage300._fields import GL_JOURNAL
from target_sage300._judging import Judge, Kept, Outcome, is_own, tell_not_approved
from target_sage300._looking import Lookout
from target_sage300._opening import Opening
from target_sage300._posting import Poster
from target_sage300._review import Review
from target_sage300._revisions import read_lines
from target_sage300._settings import ORIGIN_CHARS_MAX, OnRefused, PostMode, UnmappedStreams
from target_sage300._settling import settle
from target_sage300._spooling import ActiveStream
from target_sage300._working import Work, in_batches

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

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

_OF_A_MODEL: Final = re.compile(rf"[A-Za-z0-9]{{1,{ORIGIN_CHARS_MAX}}}/")
"""How an id may begin that another model, one with a short name, has."""


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
            short=sum(one.short for one in self.outcomes),
        )
        refused_or_held = any(one.refused or one.held for one in self.outcomes)
        fails = refused_or_held and self.settings.on_refused is OnRefused.FAIL
        # No later step of a job tells that a batch did not go as far as it was to go.
        fails = fails or any(one.short for one in self.outcomes)
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
        contexts, works = [], []
        for spool, kind, steps in opened:
            context = self.open_context(kind, Lookout(kind, self.postings, self.run))
            contexts.append(context)
            works.append(self._open_work(spool, context, steps))
        settle(contexts)
        for work in works:
            work.begin()
        holds = self.settings.all_or_nothing and any(work.judge.refuses_any() for work in works)
        for work in works:
            has_refused = work.enter(holds=holds, lines_max=self.settings.batch_lines)
            holds = holds or (self.settings.all_or_nothing and has_refused)
        for work in works:
            work.finish(holds=holds)
        for kept in self._kept.values():
            kept.close(self.run)
        for context in {context.kind.name: context for context in contexts}.values():
            self._tell_gone(context)

    def _tell_gone(self, context: Context) -> None:
        """Name what was entered, can still be taken back, and does not come any more."""
        kind, origin = context.kind.name, self.settings.origin
        postings = [one for one in self.settings.postings if one.kind == kind]
        if not self.streams.keys() >= {one.stream for one in postings}:
            return  # it may come in a stream that this run has not
        for entry in context.find_in(WATCHED):
            if entry.was_adopted or not is_own(entry, origin=origin):
                continue
            if not origin and any(_OF_A_MODEL.match(one) for one in entry.references):
                continue
            lines = read_lines(entry).keys()
            if not any(self.inputs.find_coming(one.spool, lines) for one in postings):
                tell_not_approved(entry, reason="none of its lines is in the export any more")

    def _open_work(self, spool: Spool, context: Context, steps: Steps | None) -> Work:
        mode = self.settings.post
        return Work(
            spool=spool.name,
            inputs=self.inputs,
            open_judge=lambda: self._open_judge(spool, context.kind, context.lookout),
            outcome=self._open_outcome(context.kind),
            poster=Poster(context, keeps_together=self.settings.all_or_nothing),
            advancer=None if steps is None else Advancer(context, mode=mode, steps=steps),
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
            refuses_any = any(judge.refuses_any() for _, judge in judges)
            holds = self.settings.all_or_nothing and refuses_any
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
            self._kept[kind.name] = Kept(self.postings, kind=kind.name, origin=origin)
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
