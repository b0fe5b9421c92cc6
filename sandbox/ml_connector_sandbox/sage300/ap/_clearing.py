"""What people clear to save space: finished batches, paid documents, old messages (§4.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300.ap._batch_states import DELETED, POSTED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ml_connector_sandbox.sage300.writing._session import Session

_BATCHES = ("APInvoiceBatches", "APPaymentAndAdjustmentBatches")


def clear(session: Session, given: Mapping[str, object]) -> int:
    """Clear what is asked for and return how many records went.

    Args:
        session: Whose company.
        given: `batches`: posted and deleted batches; `documents_through`: fully paid documents
            without activity after a day, and the payments of that time; `errors`: messages.
    """
    cleared = 0
    if given.get("batches"):
        for name in _BATCHES:
            cleared += _remove(
                session, name, lambda record: record["BatchStatus"] in {POSTED, DELETED}
            )
    if through := given.get("documents_through"):
        last = f"{str(through)[:10]}T00:00:00Z"
        cleared += _remove(
            session,
            "APPostedDocuments",
            lambda record: record["FullyPaid"] == "Yes" and str(record["LastActivityDate"]) <= last,
        )
        cleared += _remove(
            session, "APPostedPayments", lambda record: str(record["CheckDate"]) <= last
        )
    if given.get("errors"):
        cleared += _remove(session, "APPostingErrorMessages", lambda _: True)
    return cleared


def _remove(session: Session, name: str, is_cleared: Callable[[Mapping[str, object]], bool]) -> int:
    table = session.company.find_table("AP", name)
    if table is None:
        return 0
    names = [item.name for item in table.resource.properties]
    gone = [
        table.key_of(row)
        for row in table.rows_between()
        if is_cleared(dict(zip(names, row, strict=True)))
    ]
    for key in reversed(gone):
        table.remove(key)
    return len(gone)
