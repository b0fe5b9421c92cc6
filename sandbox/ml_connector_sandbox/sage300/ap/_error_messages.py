"""`APPostingErrorMessages`: why entries went to an error batch (Sage sheet §4.3, U)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.writing._session import Session

NAME = "APPostingErrorMessages"

_TEXT_MAX = 250


def note_error(
    session: Session,
    *,
    selector: str,
    sequence: int,
    batch: JsonObject,
    entry: JsonObject,
    text: str,
) -> None:
    """Write down why an entry was not posted, where the company has the resource."""
    table = session.company.find_table("AP", NAME)
    if table is None:
        return
    this = (selector, sequence)
    known = sum(1 for _ in table.rows_between(above=(*this, 0), below=(selector, sequence + 1, 0)))
    session.store(
        "AP",
        NAME,
        {
            "BatchType": selector,
            "PostingSequenceNumber": sequence,
            "SequenceNumber": known + 1,
            "BatchNumber": batch["BatchNumber"],
            "EntryNumber": entry["EntryNumber"],
            "ErrorMessage": text[:_TEXT_MAX],
        },
    )
