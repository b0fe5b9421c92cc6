"""What a person decides of an entry outside of a run, and what Sage 300 must show for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector.clock import SystemClock
from ml_connector.errors import ConnectorError, ExitCode, LedgerError
from ml_connector.ledger import UNSETTLED, EntryState, Place

from target_sage300._config_schema import build_config_schema
from target_sage300._looking import Lookout
from target_sage300._opening import Opening
from target_sage300._session import Session
from target_sage300._settings import parse_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector.ledger import RecordedEntry

    from target_sage300._kinds import BatchHead, Kind
    from target_sage300._running import PostingRun

_LEFT = "Nothing was changed; the entry stays withdrawn."


def retry(config: Mapping[str, object], name: str, *, by: str) -> str:
    """Free the ids of an entry that a person deleted in Sage 300, so that a run enters it again.

    `name` is the entry's, or the reference of one of its lines. Returns the entry's name.

    Raises:
        ConnectorError: Sage 300 cannot be looked through, or does not prove that the entry stands
            nowhere.
    """
    settings = parse_settings(config, known=build_config_schema()["properties"])
    session = Session(settings, clock=SystemClock(), check_stop=_go_on)
    outcome, exit_code = "failed", int(ExitCode.FAILED)
    try:
        entry = _retry(session.open_posting_run(), name, by=by)
    except ConnectorError as error:
        exit_code = int(error.exit_code)
        raise
    else:
        outcome, exit_code = "an entry may be entered again", int(ExitCode.OK)
        return entry.name
    finally:
        session.close(outcome, exit_code=exit_code)


def _go_on() -> None:
    """Nobody asks a command to stop between two calls."""


def _retry(run: PostingRun, name: str, *, by: str) -> RecordedEntry:
    kind_name, entry = _find_withdrawn(run, name)
    opening = Opening(run.client)
    kinds = [opening.open(one) for one in run.settings.postings if one.kind == kind_name]
    lookout = Lookout(kinds[0], run.postings, run.run)
    if lookout.is_first or run.postings.find_in(UNSETTLED, kind=kind_name):
        raise LedgerError(
            f"entry {entry.name}: an earlier run was cut short, and what it left is not settled",
            remedy=f"{_LEFT} Run the job to its end, and try again.",
        )
    lookout.look()
    _check_still_withdrawn(run, entry)
    _check_batches(kinds[0], entry)
    for kind in kinds:
        _check_posted(kind, entry)
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
        " deleted after the last run is known to be withdrawn after the next one.",
    )


def _check_still_withdrawn(run: PostingRun, entry: RecordedEntry) -> None:
    now = run.postings.find_claims(entry.references)[min(entry.references)]
    if now.state is not EntryState.WITHDRAWN:
        raise _stands(entry, f"batch {now.sage_batch} entry {now.sage_entry} ({now.state})")


def _check_batches(kind: Kind, entry: RecordedEntry) -> None:
    """Insist that its batch is there and deleted, and that no other batch has an id of it."""
    own: BatchHead | None = None
    for head in kind.fetch_heads(0):
        if head.number == entry.sage_batch:
            own = head
        if head.is_moving:
            raise LedgerError(
                f"batch {head.number} of Sage 300 is being posted at this moment",
                remedy=f"{_LEFT} Try again when it is posted.",
            )
        is_in_posted = kind.shows_posted and head.state is EntryState.POSTED
        if head.state is EntryState.WITHDRAWN or head.entry_count == 0 or is_in_posted:
            continue
        for found in kind.fetch_entries(head.number) or []:
            if found.error_place is None and found.references & entry.references:
                raise _stands(entry, f"batch {head.number} entry {found.number}")
    if own is None or own.state is not EntryState.WITHDRAWN:
        raise LedgerError(
            f"entry {entry.name}: its batch {entry.sage_batch} is not in Sage 300 as a deleted one,"
            " so whether it was posted before cannot be proven",
            transaction_id=min(entry.references),
            remedy=f"{_LEFT} Look in Sage 300; if it is not there, give its lines new ids in the"
            " model.",
        )


def _check_posted(kind: Kind, entry: RecordedEntry) -> None:
    for line in kind.fetch_posted(after=0):
        if line.reference in entry.references:
            raise _stands(entry, f"the posted ledger, batch {line.batch} entry {line.entry}")


def _stands(entry: RecordedEntry, where: str) -> LedgerError:
    return LedgerError(
        f"entry {entry.name} stands in Sage 300: {where}",
        transaction_id=min(entry.references),
        remedy="It is not entered again. Delete or reverse it there, if it is not to stand.",
    )
