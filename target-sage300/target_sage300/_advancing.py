"""Takes batches that stand open as far as the setting `post` says: ready, or posted.

    open ──> looked at once more ──> set ready ──> looked at ──> posted ──> read back

A batch is advanced only while everything in it is what this run's export approves, and what was
sent: a person's edit, an entry of somebody else, an entry the model has changed or taken back leave
it to a person. Setting ready and posting one batch may be asked for twice without harm, as Sage
posts a batch once; so no claim depends on their answers, and what came of them is looked up.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, ParamSpec, Protocol

from ml_connector.errors import OutcomeUnknownError, RefusedError, UnexpectedReplyError
from ml_connector.events import event
from ml_connector.ledger import EntryState

from target_sage300._claims import find_edit
from target_sage300._settings import PostMode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from ml_connector.errors import RemoteError
    from ml_connector.ledger import RecordedEntry

    from target_sage300._context import Context

log = logging.getLogger(__name__)
P = ParamSpec("P")

_OPEN: Final = frozenset({EntryState.CREATED, EntryState.READY})
_READY: Final = frozenset({EntryState.READY})


class Steps(Protocol):
    """What a kind of batch can be taken through, one batch at a time."""

    @property
    def ready_changes(self) -> Sequence[Mapping[str, str]]:
        """What may set a batch ready, the likelier first."""

    def set_ready(self, number: str, change: Mapping[str, str]) -> None:
        """Set a batch ready by one of `ready_changes`."""

    def identify(self) -> None:
        """Find out how exactly one batch is posted; nothing is posted."""

    def post(self, number: str) -> None:
        """Have Sage post exactly this batch; the answer does not say what came of it."""


class Advancer:
    """Advances the batches of one kind."""

    def __init__(self, context: Context, *, mode: PostMode, steps: Steps) -> None:
        """Take over what the run has opened."""
        self._context = context
        self._mode = mode
        self._steps = steps

    def advance(self, approved: AbstractSet[int]) -> int:
        """Advance what holds nothing but `approved` entries; return how many fell short.

        Raises:
            LedgerError: an id stands twice in Sage.
            OutcomeUnknownError: an answer was lost, and Sage does not show what came of it; the
                next run goes on from there.
        """
        waiting = {str(one.sage_batch) for one in self._find(_OPEN)}
        for number in sorted(waiting, key=int):
            self._context.check_stop()
            reason = self._advance(number, approved)
            if reason is not None:
                self._tell_left(number, reason, approved)
        short = {EntryState.CREATED}
        short |= _READY if self._mode is PostMode.POSTED else frozenset()
        return sum(one.entry_id in approved for one in self._find(short))

    def _advance(self, number: str, approved: AbstractSet[int]) -> str | None:
        """Advance one batch; return why it is left to a person instead."""
        # Between its creation and now it may have come twice, or been changed by a person.
        self._context.lookout.look()
        entries = self._find(_OPEN, number)
        if not entries:
            return None
        if number in self._context.lookout.moving:
            return "it is being posted at this moment"
        reason = self._find_objection(number, entries, approved)
        if reason is None and entries[0].state is EntryState.CREATED:
            # Once it is ready nobody can change it: what was changed until then is seen now.
            reason = self._set_ready(number) or self._find_objection(number, entries, approved)
        if reason is None and self._mode is PostMode.POSTED:
            reason = self._post(number)
        return reason

    def _find_objection(
        self, number: str, entries: Sequence[RecordedEntry], approved: AbstractSet[int]
    ) -> str | None:
        for entry in entries:
            if entry.entry_id not in approved:
                return f"entry {entry.name} is not among what is approved now"
        if self._find({EntryState.WITHDRAWN}, number):
            return "somebody took an entry out of it"
        known = {entry.references: entry for entry in entries}
        found = self._context.kind.fetch_entries(number) or []
        if len(found) != len(known):
            return f"it holds {len(found)} entries, where {len(known)} were entered"
        if {one.references for one in found} != known.keys():
            return "its lines are not those that were entered"
        for one in found:
            edit = find_edit(known[one.references], one)
            if edit is not None:
                return f"it was edited: {edit}"
        return None

    def _set_ready(self, number: str) -> str | None:
        if self._context.postings.has_been(number, EntryState.READY, kind=self._context.kind.name):
            return "it was ready, and somebody has opened it again"
        self._context.check_lease()
        reason = ""
        for change in self._steps.ready_changes:
            answer = _ask(self._steps.set_ready, number, change)
            self._context.lookout.look()
            if not self._find({EntryState.CREATED}, number):
                event(log, "batch.ready", batch=number)
                return None
            if answer is not None and not isinstance(answer, RefusedError):
                raise answer
            reason = answer.reason if answer is not None else "Sage 300 left it open"
        return f"it could not be set ready: {reason}"

    def _post(self, number: str) -> str | None:
        ready = self._find(_READY, number)
        if not ready:
            return None
        self._context.check_lease()
        self._context.move(
            [one.entry_id for one in ready],
            EntryState.READY,
            reason="Sage 300 was asked to post its batch",
        )
        answer = _ask(self._steps.post, number)
        self._context.lookout.look()
        if self._find(_READY, number) and not isinstance(answer, RefusedError):
            # Posting may outlast its answer.
            settle_s = self._context.settle_s
            event(log, "settling", seconds=settle_s, batch=number)
            self._context.wait_until(self._context.clock.now().timestamp() + settle_s)
            self._context.lookout.look()
        if not self._find(_READY, number):
            event(log, "batch.posted", batch=number)
            return None
        if isinstance(answer, RefusedError):
            return f"Sage 300 refused to post it: {answer.reason}"
        raise answer or OutcomeUnknownError(
            f"Sage 300 was asked to post batch {number}, and shows it as not posted",
            system="Sage 300",
            call="POST …('$process')",
            remedy="Run again: a batch that is posted meanwhile is found. If it stays, post it in"
            " Sage 300.",
        )

    def _find(
        self, states: AbstractSet[EntryState], number: str | None = None
    ) -> list[RecordedEntry]:
        return self._context.find_in(states, sage_batch=number)

    def _tell_left(self, number: str, reason: str, approved: AbstractSet[int]) -> None:
        concerned = any(one.entry_id in approved for one in self._find(_OPEN, number))
        event(
            log,
            "batch.left",
            level=logging.WARNING if concerned else logging.INFO,
            batch=number,
            reason=reason,
            remedy="Look at it in Sage 300, and post or delete it there.",
        )


def _ask(call: Callable[P, None], *arguments: P.args, **named: P.kwargs) -> RemoteError | None:
    """Make one call; return the error that leaves open what came of it."""
    try:
        call(*arguments, **named)
    except (RefusedError, OutcomeUnknownError, UnexpectedReplyError) as error:
        return error
    return None
