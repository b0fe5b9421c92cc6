"""What a person decides of an entry outside of a run, and what Sage 300 must show for it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
from ml_connector.clock import SystemClock
from ml_connector.errors import ConnectorError, ExitCode, LedgerError
from ml_connector.ledger import UNSETTLED, EntryState, Place, RecordedEntry

from target_sage300._config_schema import build_config_schema
from target_sage300._looking import Lookout, Reach
from target_sage300._opening import Opening
from target_sage300._session import Session
from target_sage300._settings import parse_settings
from target_sage300._settling import settle

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ml_connector.clock import Clock

    from target_sage300._context import Context
    from target_sage300._kinds import BatchHead, Kind
    from target_sage300._running import PostingRun

_LEFT = "Nothing was changed; the entry stays withdrawn."


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


def retry(config: Mapping[str, object], name: str, *, by: str) -> str:
    """Free the ids of an entry that a person deleted in Sage 300, so that a run enters it again.

    `name` is the entry's, or the reference of one of its lines. Returns the entry's name.

    Raises:
        ConnectorError: Sage 300 cannot be looked through, or does not prove that the entry stands
            nowhere.
    """
    with _deciding(config, "an entry may be entered again") as run:
        return _retry(run, name, by=by).name


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


def _retry(run: PostingRun, name: str, *, by: str) -> RecordedEntry:
    kind_name, entry = _find_withdrawn(run, name)
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
    return entry


def _find_withdrawn(run: PostingRun, name: str) -> tuple[str, RecordedEntry]:
    found = [
        (kind, entry)
        for kind in dict.fromkeys(one.kind for one in run.settings.postings)
        for entry in run.postings.find_in({EntryState.WITHDRAWN}, kind=kind)
        if name == entry.name or name in entry.references
    ]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(min(entry.references) for _, entry in found)
        raise LedgerError(
            f"{len(found)} withdrawn entries have the name {name}",
            remedy=f"Name one by its first id: {ids}.",
        )
    raise LedgerError(
        f"no entry that was deleted in Sage 300 has the name {name}, and no line of one this id",
        remedy="`ml-connector postings list --state withdrawn` shows them. An entry that a person"
        " deleted after the last run is known to be withdrawn after the next one, or after"
        " `ml-connector postings adopt`.",
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
