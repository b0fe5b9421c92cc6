"""States of an A/P batch, and what may be done in each (Sage sheet §4.3, §5.2).

==============  =======================================================
BatchStatus     may become
==============  =======================================================
Open            edited, ready, deleted
ReadyToPost     Open again, posted; nothing else
PostInProgress  Posted, when posting is over
Posted          nothing, until somebody purges it
Deleted         nothing, until somebody purges it
==============  =======================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._errors import WebApiError
from ml_connector_sandbox.sage300.ap._book import book_of
from ml_connector_sandbox.sage300.writing._checks import field_invalid

if TYPE_CHECKING:
    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.writing._session import Session

STATUS = "BatchStatus"
OPEN, READY, IN_PROGRESS, POSTED, DELETED = (
    "Open",
    "ReadyToPost",
    "PostInProgress",
    "Posted",
    "Deleted",
)

_REASONS = {
    READY: "is set Ready To Post; it cannot be changed",
    IN_PROGRESS: "is being posted and cannot be edited",
    "CheckCreationInProgress": "has checks being created and cannot be edited",
    POSTED: "is posted and cannot be edited",
    DELETED: "is deleted and cannot be edited",
}


def check_open(batch: JsonObject) -> None:
    """Refuse changes of a batch that is not open.

    Raises:
        WebApiError: `RecordInvalid`.
    """
    status = batch[STATUS]
    if status != OPEN:
        message = f"Batch {batch['BatchNumber']} {_REASONS[status]}."
        raise WebApiError("RecordInvalid", message)


def check_settable(status: object) -> None:
    """Refuse states that no user gives a batch.

    Raises:
        WebApiError: `FieldInvalid`.
    """
    if status not in {OPEN, READY}:
        raise field_invalid(f"BatchStatus cannot be set to {status}.")


def check_entries(batch: JsonObject, *, entries: str) -> None:
    """Refuse to make an empty batch ready (I).

    Raises:
        WebApiError: `RecordInvalid`.
    """
    if batch[STATUS] == READY and not batch[entries]:
        message = f"Batch {batch['BatchNumber']} has no entries; it cannot be set Ready To Post."
        raise WebApiError("RecordInvalid", message)


def check_lock(session: Session, selector: str, number: object) -> None:
    """Refuse what somebody at a desk keeps to himself (§5.6).

    Raises:
        WebApiError: `General`; the batch is locked.
    """
    user = book_of(session.company).locked_batches.get((selector, int(str(number))))
    if user is not None and user != session.user:
        raise WebApiError("General", f"Batch {number} is locked by user {user}.")
