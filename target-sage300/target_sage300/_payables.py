"""What batches of Accounts Payable have in common when they are read (Sage sheet §4.3)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from ml_connector.ledger import EntryState

from target_sage300._kinds import BatchHead

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADER: Final = ("BatchNumber", "Description", "BatchStatus", "NumberOfEntries")
SELECTOR: Final = "AD"
"""What batches of adjustments are told by from those of payments."""
_STATES: Final = {
    "Posted": EntryState.POSTED,
    "Deleted": EntryState.WITHDRAWN,
    "ReadyToPost": EntryState.READY,
}


def read_head(record: Mapping[str, object]) -> BatchHead:
    """Read a batch as the list of batches shows it."""
    status = str(record.get("BatchStatus") or "")
    return BatchHead(
        number=read_number(record["BatchNumber"]),
        state=_STATES.get(status, EntryState.CREATED),
        is_moving=status == "PostInProgress",
        description=str(record.get("Description") or ""),
        entry_count=int(read_number(record.get("NumberOfEntries")) or 0),
    )


def read_number(value: object) -> str:
    """Write a number that Sage keeps as a decimal (`58`, `58.000`); blank for none."""
    return str(int(Decimal(str(value)))) if value else ""


def read_error_place(entry: Mapping[str, object]) -> tuple[str, str] | None:
    """Return batch and entry of the copy of an entry that posting refused."""
    batch = read_number(entry.get("ErrorBatch"))
    return (batch, read_number(entry.get("ErrorEntry"))) if batch.strip("0") else None
