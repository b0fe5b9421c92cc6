"""What batches of Accounts Payable have in common (Sage sheet §4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from ml_connector.ledger import EntryState
from typing_extensions import override

from target_sage300._batches import BatchKind
from target_sage300._kinds import BatchHead
from target_sage300._rows import read_number, read_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector.sage300 import Sage300Client, ServiceMetadata

    from target_sage300._books import Books
    from target_sage300._gate import Gate
    from target_sage300._payables_gate import PayablesGate
    from target_sage300._settings import PostingSettings
    from target_sage300._vendors import Payables

_STATES: Final = {
    "Posted": EntryState.POSTED,
    "Deleted": EntryState.WITHDRAWN,
    "ReadyToPost": EntryState.READY,
}


class PayablesKind(BatchKind):
    """A kind of documents of vendors; ours are told by the posting's `mark`."""

    header: ClassVar[tuple[str, ...]] = (
        "BatchNumber",
        "Description",
        "BatchStatus",
        "NumberOfEntries",
    )
    posted = "APPostedDocuments"
    judged_by: ClassVar[type[PayablesGate]]
    """The gate of the kind."""

    def __init__(
        self,
        client: Sage300Client,
        metadata: ServiceMetadata,
        *,
        posting: PostingSettings,
        books: Books,
        payables: Payables,
    ) -> None:
        """Speak through `client`; nothing is called yet."""
        super().__init__(client, metadata, posting=posting, books=books)
        self._payables = payables

    @property
    @override
    def identity(self) -> str:
        return self._posting.mark

    @override
    def gate(self, *, company: str, ambiguous: frozenset[str]) -> Gate:
        return self.judged_by(
            self._posting,
            books=self._books,
            payables=self._payables,
            company=company,
            ambiguous=ambiguous,
        )

    @override
    def read_head(self, record: Mapping[str, object]) -> BatchHead:
        status = read_text(record, "BatchStatus")
        return BatchHead(
            number=read_number(record, "BatchNumber"),
            state=_STATES.get(status, EntryState.CREATED),
            is_moving=status == "PostInProgress",
            description=read_text(record, "Description"),
            entry_count=int(read_number(record, "NumberOfEntries") or 0),
        )


def read_error_place(entry: Mapping[str, object]) -> tuple[str, str] | None:
    """Return batch and entry of the copy of an entry that posting refused."""
    batch = read_number(entry, "ErrorBatch")
    return (batch, read_number(entry, "ErrorEntry")) if batch.strip("0") else None
