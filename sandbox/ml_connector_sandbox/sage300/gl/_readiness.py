"""States of a journal batch, and what may be done in each (Sage sheet §4.2 M, §5.1).

==============  ===================================  =========================================
Status          ReadyToPost                          may become
==============  ===================================  =========================================
Open            No                                   edited, ready, deleted
ReadyToPost     Yes (Status may stay Open, switch)   Open again, posted; nothing else
ProvPosted      Yes                                  Open again (figures taken back), posted
Posted          Yes                                  nothing
Deleted         No                                   nothing
==============  ===================================  =========================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._errors import WebApiError
from ml_connector_sandbox.sage300.gl._entries import ENTRIES
from ml_connector_sandbox.sage300.gl._ledger import ledger_of
from ml_connector_sandbox.sage300.gl._provisional import take_back

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.writing._session import Session

READY_FIELDS = {"ReadyToPost": "Yes", "Status": "ReadyToPost"}
UNREADY_FIELDS = {"ReadyToPost": "No", "Status": "Open"}


def is_open(batch: JsonObject) -> bool:
    """Tell whether entries of a batch may be edited."""
    return bool(batch["Status"] == "Open" and batch["ReadyToPost"] == "No")


def is_ready(batch: JsonObject) -> bool:
    """Tell whether a batch waits for posting, provisionally posted or not."""
    return batch["Status"] in {"Open", "ReadyToPost", "ProvPosted"} and not is_open(batch)


def check_lock(session: Session, number: str) -> None:
    """Refuse what somebody at a desk keeps to himself (§5.6).

    Raises:
        WebApiError: `General`; the batch is locked.
    """
    user = ledger_of(session.company).locked_batches.get(number)
    if user is not None and user != session.user:
        raise WebApiError("General", f"Batch {number} is locked by user {user}.")


def check_open(batch: JsonObject) -> None:
    """Refuse changes of a batch that waits for posting.

    Raises:
        WebApiError: `RecordInvalid`.
    """
    if not is_open(batch):
        message = f"Batch {batch['BatchNumber']} is set Ready To Post; it cannot be changed."
        raise WebApiError("RecordInvalid", message)


def put_ready(session: Session, batch: JsonObject) -> None:
    """Make a batch ready to post, or open again: `ReadyToPost` was put (unknown 6)."""
    if batch["ReadyToPost"] == "No":
        take_back(session.company, batch["BatchNumber"])
        batch["Status"] = "Open"
        return
    if not batch[ENTRIES]:
        message = f"Batch {batch['BatchNumber']} has no entries; it cannot be set Ready To Post."
        raise WebApiError("RecordInvalid", message)
    shows = session.switches.is_on("ready_shows_in_status")
    batch["Status"] = "ReadyToPost" if shows else "Open"


def put_status(session: Session, batch: JsonObject) -> None:
    """Take the status for the field of its own: `Status` was put (unknown 6)."""
    batch["ReadyToPost"] = "Yes" if batch["Status"] == "ReadyToPost" else "No"
    put_ready(session, batch)


def check_readiness(session: Session, given: JsonObject) -> None:
    """Refuse the field that does nothing on this site, and what no user can set."""
    works = session.switches.text("ready_field")
    for name in READY_FIELDS.keys() & given.keys():
        if works not in {name, "either"}:
            raise WebApiError("FieldInvalid", f"{name} cannot be edited.")
        if given[name] not in {READY_FIELDS[name], UNREADY_FIELDS[name]}:
            raise WebApiError("FieldInvalid", f"{name} cannot be set to {given[name]}.")


def is_only_readiness(given: JsonObject, changes: AbstractSet[str]) -> bool:
    """Tell whether all changes say ready, or open again."""
    return all(
        name in READY_FIELDS and given[name] in {READY_FIELDS[name], UNREADY_FIELDS[name]}
        for name in changes
    )
