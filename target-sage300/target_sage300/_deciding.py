"""What a person decides of an entry outside of a run, and what Sage 300 must show for it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
from ml_connector.clock import SystemClock
from ml_connector.errors import ConnectorError, ExitCode, LedgerError
from ml_connector.ledger import UNSETTLED, EntryState, Place, RecordedEntry, open_ledger

from target_sage300._config_schema import build_config_schema
from target_sage300._looking import Lookout, Reach
from target_sage300._opening import Opening
from target_sage300._session import Session
from target_sage300._settings import parse_settings
from target_sage300._settling import settle

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ml_connector.clock import Clock
    from ml_connector.ledger import Postings

    from target_sage300._context import Context
    from target_sage300._kinds import BatchHead, Kind
    from target_sage300._running import PostingRun
    from target_sage300._settings import TargetSettings

_LEFT = "Nothing was changed; the entry stays withdrawn."


class Retriable(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that may be entered again when a person says so: deleted in Sage, or dismissed."""

    kind: str
    entry: RecordedEntry


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """What a look through Sage 300 brought for one posting."""

    kind: str
    source: str
    """What its entries are known by in Sage: a source code, or a mark."""
    entries: tuple[RecordedEntry, ...]
    """Entries of which the ledger knows something since that it did not know before."""
    untold: tuple[str, ...]
    """What Sage 300 does not show, in words."""


def adopt(config: Mapping[str, object], *, clock: Clock | None = None) -> list[Learned]:
    """Look through all that stands in Sage 300, and claim every id that is found; post nothing.

    What an earlier run left open is settled, as a run would. A new ledger looks twice,
    `settle_minutes` apart.

    Raises:
        ConnectorError: Sage 300 cannot be looked through, or an id stands there twice.
    """
    with _deciding(config, "Sage 300 was looked through", clock=clock) as run:
        opening = Opening(run.client)
        contexts = []
        for posting in run.settings.postings:
            kind = opening.open(posting)
            lookout = Lookout(kind, run.postings, run.run, reach=Reach.ALL)
            contexts.append(run.open_context(kind, lookout))
        settle(contexts)
        return _tell(contexts)


def find_retriable(config: Mapping[str, object], name: str) -> Retriable:
    """Find the entry that `retry` would have entered again; Sage 300 is not asked.

    Raises:
        LedgerError: there is none of that name, or more than one.
    """
    settings = parse_settings(config, known=build_config_schema()["properties"])
    with open_ledger(settings.ledger_place) as ledger:
        postings = ledger.postings(subject=settings.connection.subject)
        return _find_retriable(postings, settings, name)


def retry(config: Mapping[str, object], name: str, *, by: str) -> None:
    """Have an entry entered again by the next run that brings it, if it is good.

    Of one that a person deleted in Sage 300 the ids are freed; of one that a person dismissed the
    dismissal is taken back. `name` is the entry's, or the reference of one of its lines.

    Raises:
        ConnectorError: Sage 300 cannot be looked through, or does not prove that the deleted entry
            stands nowhere.
    """
    with _deciding(config, "an entry may be entered again") as run:
        found = _find_retriable(run.postings, run.settings, name)
        if found.entry.is_dismissed:
            run.postings.take_back_dismissal(run.run, found.entry.entry_id, by=by)
        else:
            _free(run, found, by=by)


@contextmanager
def _deciding(
    config: Mapping[str, object], outcome: str, *, clock: Clock | None = None
) -> Iterator[PostingRun]:
    """Open what a run opens, for the length of a block; `outcome` is recorded if it ends well."""
    settings = parse_settings(config, known=build_config_schema()["properties"])
    session = Session(settings, clock=clock or SystemClock(), check_stop=_go_on)
    ended, exit_code = "failed", ExitCode.FAILED
    try:
        yield session.open_posting_run()
        ended, exit_code = outcome, ExitCode.OK
    except ConnectorError as error:
        exit_code = ExitCode(error.exit_code)
        raise
    finally:
        session.close(ended, exit_code=int(exit_code))


def _go_on() -> None:
    """Nobody asks a command to stop between two calls."""


def _tell(contexts: Sequence[Context]) -> list[Learned]:
    told: set[int] = set()
    learned = []
    for context in contexts:
        kind, lookout = context.kind, context.lookout
        touched = context.postings.find_touched(context.run, kind=kind.name)
        untold = [
            *(f"batch {one}: it is being posted at this moment" for one in sorted(lookout.moving)),
            *(f"batch {one}: it is open, and has no entries" for one in sorted(lookout.empty)),
            *(kind.describe_blurred(first, second) for first, second in lookout.read_blurred()),
        ]
        # Postings may share a kind: what is told of one is not told of the next.
        entries = tuple(one for one in touched if one.entry_id not in told)
        told |= {one.entry_id for one in entries}
        learned.append(
            Learned(kind=kind.name, source=kind.identity, entries=entries, untold=tuple(untold))
        )
    return learned


def _free(run: PostingRun, found: Retriable, *, by: str) -> None:
    kind_name, entry = found.kind, found.entry
    opening = Opening(run.client)
    kinds = [opening.open(one) for one in run.settings.postings if one.kind == kind_name]
    lookouts = [Lookout(one, run.postings, run.run, reach=Reach.ALL) for one in kinds]
    is_unsettled = bool(run.postings.find_in(UNSETTLED, kind=kind_name))
    if is_unsettled or any(one.is_first for one in lookouts):
        raise LedgerError(
            f"entry {entry.name}: an earlier run was cut short, and what it left is not settled",
            remedy=f"{_LEFT} Run the job to its end, or `ml-connector postings adopt`; and try"
            " again.",
        )
    for lookout in lookouts:
        # A person may have put its ids into a batch older than the last look.
        lookout.look()
    _check_still_withdrawn(run, entry)
    _check_batch(kinds[0], entry)
    run.lease.assert_held()
    reason = f"to be entered again, decided by {by}; it stands nowhere in Sage 300"
    run.postings.move(run.run, [(entry.entry_id, Place(state=EntryState.ABSENT, reason=reason))])


def _find_retriable(postings: Postings, settings: TargetSettings, name: str) -> Retriable:
    newest: dict[tuple[str, str], Retriable] = {}
    for kind in dict.fromkeys(one.kind for one in settings.postings):
        entries = [
            *postings.find_in({EntryState.WITHDRAWN}, kind=kind),
            *postings.find_dismissed(kind=kind),
        ]
        for entry in sorted(entries, key=lambda one: one.entry_id):
            if name == entry.name or name in entry.references:
                newest[kind, min(entry.references)] = Retriable(kind=kind, entry=entry)
    if len(newest) == 1:
        return next(iter(newest.values()))
    if newest:
        ids = ", ".join(reference for _, reference in newest)
        raise LedgerError(
            f"{len(newest)} entries that were deleted or dismissed have the name {name}",
            remedy=f"Name one by its first id: {ids}.",
        )
    raise LedgerError(
        f"no entry that was deleted in Sage 300 has the name {name}, and no line of one this id;"
        " nor was one of it dismissed",
        remedy="`ml-connector postings list --state withdrawn` shows them, and `--state absent`"
        " those that were dismissed. An entry that a person deleted after the last run is known to"
        " be withdrawn after the next one, or after `ml-connector postings adopt`.",
    )


def _check_still_withdrawn(run: PostingRun, entry: RecordedEntry) -> None:
    now = run.postings.find_claims(entry.references)[min(entry.references)]
    if now.state is not EntryState.WITHDRAWN:
        raise LedgerError(
            f"entry {entry.name} stands in Sage 300: batch {now.sage_batch} entry {now.sage_entry}"
            f" ({now.state})",
            transaction_id=min(entry.references),
            remedy="It is not entered again. Delete or reverse it there, if it is not to stand.",
        )


def _check_batch(kind: Kind, entry: RecordedEntry) -> None:
    """Insist that its batch is there and deleted, and that no batch is being posted."""
    own: BatchHead | None = None
    for head in kind.fetch_heads(0):
        if head.number == entry.sage_batch:
            own = head
        if head.is_moving:
            raise LedgerError(
                f"batch {head.number} of Sage 300 is being posted at this moment",
                remedy=f"{_LEFT} Try again when it is posted.",
            )
    if own is None or own.state is not EntryState.WITHDRAWN:
        raise LedgerError(
            f"entry {entry.name}: its batch {entry.sage_batch} is not in Sage 300 as a deleted one,"
            " so whether it was posted before cannot be proven",
            transaction_id=min(entry.references),
            remedy=f"{_LEFT} Look in Sage 300; if it is not there, give its lines new ids in the"
            " model.",
        )
