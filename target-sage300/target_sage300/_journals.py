"""Journal batches of General Ledger: how one is written, and what stands in one that is read.

Sage sheet §4.2, §5.1. A kind of posting is what the protocol in `_posting` needs to know of a
resource; this is the first.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec
from ml_connector.errors import UnexpectedReplyError
from ml_connector.ledger import DraftEntry, DraftLine, EntryState
from ml_connector.sage300 import CollectionQuery, Spelling, parse_date, quote_literal
from ml_connector.wire import as_list, as_object

from target_sage300._entries import normal_amount

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ml_connector.sage300 import Sage300Client, ServiceMetadata

    from target_sage300._entries import JournalEntry
    from target_sage300._settings import PostingSettings

MODULE: Final = "GL"
KIND: Final = "gl_journal"
FIRST_NUMBER: Final = "000000"
_ENTRY_DIGITS: Final = 5
_HEADER: Final = (
    *("BatchNumber", "Description", "Status", "ReadyToPost", "JournalBatchType", "NumberOfEntries"),
)
_ENTRY: Final = ("EntryNumber", "Description", "PostingDate", "ErrorBatch", "ErrorEntry")
_LINE: Final = (
    *("AccountNumber", "SourceCurrency", "SourceCurrencyAmount", "Reference", "Description"),
    "Comment",
)
_POSTED: Final = (
    *("AccountNumber", "BatchNumber", "JournalEntryNumber", "PostingSequenceNumber"),
    *("JournalDate", "JournalDetailReference", "SourceCurrencyAmount", "SourceCurrencyCode"),
    "ConsolidationOccurredOnPost",
)
_POSTED_KEY: Final = (
    *("PostingSequenceNumber", "AccountNumber", "FiscalYear", "FiscalPeriod"),
    *("SourceCurrencyCode", "DetailCount"),
)
"""The key, less the source code, which is the same for all that is read (Sage sheet §4.2)."""
_MADE_BY_SAGE: Final = frozenset({"Subledger", "Generated", "Recurring"})
"""Types of batches nobody sends; reversals among them repeat the references of their entries."""
_MOVING: Final = frozenset({"PostInProgress", "ProvPostInProgress"})


class BatchHead(msgspec.Struct, frozen=True, kw_only=True):
    """A batch as the list of batches shows it."""

    number: str
    status: str
    is_ready: bool
    is_made_by_sage: bool
    description: str
    entry_count: int

    @property
    def is_moving(self) -> bool:
        """Whether it is being posted at this moment, so that nothing can be said of it."""
        return self.status in _MOVING

    @property
    def state(self) -> EntryState:
        """What its entries are by it, errors apart."""
        if self.status == "Deleted":
            return EntryState.WITHDRAWN
        if self.status == "Posted":
            return EntryState.POSTED
        return EntryState.READY if self.is_ready else EntryState.CREATED


class FoundEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as it stands in a batch, or in the posted ledger."""

    number: str
    error_place: tuple[str, str] | None
    """Batch and entry of its copy, when posting refused it."""
    draft: DraftEntry

    @property
    def references(self) -> frozenset[str]:
        """The identities of its lines; blank where a line has none."""
        return frozenset(line.reference for line in self.draft.lines)


class PostedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the posted ledger; `reference` is blank on consolidated accounts."""

    batch: str
    entry: str
    sequence: int
    reference: str
    draft: DraftLine


class Journals:
    """`GLJournalBatches` and `GLPostedTransactions` of one company."""

    kind = KIND

    def __init__(self, client: Sage300Client, metadata: ServiceMetadata) -> None:
        """Speak through `client`; nothing is called yet."""
        self._client = client
        self._batches = Spelling(metadata, "GLJournalBatches")
        self._posted = Spelling(metadata, "GLPostedTransactions")

    def post(
        self, entries: Sequence[JournalEntry], *, token: str, posting: PostingSettings
    ) -> tuple[str, list[FoundEntry]] | None:
        """Send one batch, once; return its number and entries if Sage's answer shows them.

        Raises:
            RemoteError: see `Sage300Client.post_record`.
        """
        body = self._batches.write(build_batch(entries, token=token, posting=posting))
        stored = self._client.post_record(MODULE, self._batches.resource, body)
        if stored is None:
            return None
        head = self._batches.read(stored, "BatchNumber")
        number = str(head.get("BatchNumber") or "")
        return (number, self._read_entries(stored)) if number else None

    def fetch_heads(self, after: str) -> Iterator[BatchHead]:
        """Yield every batch with a number above `after`, in the order of the numbers.

        Raises:
            UnexpectedReplyError: the server does not give them in that order.
        """
        key = self._batches.name("BatchNumber")
        last = after
        while True:
            query = CollectionQuery(
                module=MODULE,
                resource=self._batches.resource,
                filter_=f"{key} gt {quote_literal(last)}",
                select=tuple(self._batches.name(name) for name in _HEADER),
                orderby=key,
            )
            page = self._client.fetch_page(query)
            if not page.records:
                return
            for record in page.records:
                head = _read_head(self._batches.read(record, *_HEADER))
                if head.number <= last:
                    raise _disordered(self._batches.resource)
                last = head.number
                yield head

    def fetch_entries(self, number: str) -> list[FoundEntry] | None:
        """Read a batch's entries; `None` when Sage has no such batch (any more)."""
        record = self._client.fetch_record(MODULE, self._batches.resource, number)
        return None if record is None else self._read_entries(record)

    def fetch_posted(self, posting: PostingSettings, *, after: int) -> Iterator[PostedLine]:
        """Yield the posted lines of our source code behind posting sequence `after`."""
        name = self._posted.name
        query = CollectionQuery(
            module=MODULE,
            resource=self._posted.resource,
            filter_=f"{name('SourceLedgerCode')} eq {quote_literal(posting.source_ledger)}"
            f" and {name('SourceTypeCode')} eq {quote_literal(posting.source_type)}"
            f" and {name('PostingSequenceNumber')} gt {after}",
            select=tuple(name(one) for one in _POSTED),
            # Without an order nobody promises that pages part the rows (Sage sheet §7 row 9).
            orderby=",".join(name(one) for one in _POSTED_KEY),
        )
        for record in self._client.fetch_collection(query):
            yield _read_posted(self._posted.read(record, *_POSTED))

    def _read_entries(self, record: Mapping[str, object]) -> list[FoundEntry]:
        read = self._batches.read
        headers = as_list(read(record, "JournalHeaders").get("JournalHeaders"), "JournalHeaders")
        return [_read_entry(self._batches, as_object(header, "an entry")) for header in headers]


def build_batch(
    entries: Sequence[JournalEntry], *, token: str, posting: PostingSettings
) -> dict[str, object]:
    """Return the body of a batch; its properties stand in the order in which Sage takes them.

    The account brings its currency, so the currency comes after it, and the amount after both
    (Sage sheet §1.4, §5.1). What Sage defaults is left out.
    """
    return {
        "Description": token,
        "SourceLedger": posting.source_ledger,
        "JournalHeaders": [_build_entry(entry, posting) for entry in entries],
    }


def _build_entry(entry: JournalEntry, posting: PostingSettings) -> dict[str, object]:
    reversal = {"AutoReversal": "NextPeriod"} if entry.is_reversed else {}
    return {
        "SourceLedger": posting.source_ledger,
        "SourceType": posting.source_type,
        "Description": entry.description,
        "DocumentDate": entry.date.isoformat(),
        "PostingDate": entry.date.isoformat(),
        **reversal,
        "JournalDetails": [
            {
                "AccountNumber": line.account,
                "SourceCurrency": line.currency,
                "SourceCurrencyAmount": line.amount,
                "Description": line.description or entry.description,
                "Reference": line.reference,
                "Comment": line.comment,
            }
            for line in entry.lines
        ],
    }


def _read_head(record: Mapping[str, object]) -> BatchHead:
    status = str(record.get("Status") or "")
    return BatchHead(
        number=str(record["BatchNumber"]),
        status=status,
        is_ready=record.get("ReadyToPost") == "Yes" or status == "ReadyToPost",
        is_made_by_sage=record.get("JournalBatchType") in _MADE_BY_SAGE,
        description=str(record.get("Description") or ""),
        entry_count=int(str(record.get("NumberOfEntries") or 0)),
    )


def _read_entry(spelling: Spelling, header: Mapping[str, object]) -> FoundEntry:
    found = spelling.read(header, *_ENTRY, "JournalDetails")
    day = parse_date(found.get("PostingDate"))
    date = day.isoformat() if day else None
    lines = as_list(found.get("JournalDetails"), "JournalDetails")
    return FoundEntry(
        number=str(found.get("EntryNumber") or ""),
        error_place=_read_error_place(found),
        draft=DraftEntry(
            name=str(found.get("Description") or ""),
            content={"date": date},
            lines=tuple(
                _read_line(spelling.read(as_object(line, "a line"), *_LINE), date=date)
                for line in lines
            ),
        ),
    )


def _read_error_place(header: Mapping[str, object]) -> tuple[str, str] | None:
    # The header has numbers where batch and entry themselves have codes (Sage sheet §4.2).
    batch, entry = (str(header.get(name) or "") for name in ("ErrorBatch", "ErrorEntry"))
    if not batch.strip("0"):
        return None
    return batch.zfill(len(FIRST_NUMBER)), entry.zfill(_ENTRY_DIGITS)


def _read_line(line: Mapping[str, object], *, date: str | None) -> DraftLine:
    return DraftLine(
        reference=str(line.get("Reference") or "").rstrip(),
        content={
            "date": date,
            "account": str(line.get("AccountNumber") or ""),
            "currency": str(line.get("SourceCurrency") or ""),
            "amount": _amount(line.get("SourceCurrencyAmount")),
        },
    )


def _read_posted(row: Mapping[str, object]) -> PostedLine:
    day = parse_date(row.get("JournalDate"))
    sequence = row.get("PostingSequenceNumber")
    reference = str(row.get("JournalDetailReference") or "").rstrip()
    return PostedLine(
        batch=str(row.get("BatchNumber") or ""),
        entry=str(row.get("JournalEntryNumber") or ""),
        sequence=sequence if isinstance(sequence, int) else int(str(sequence)),
        reference=reference,
        draft=DraftLine(
            reference=reference,
            content={
                "date": day.isoformat() if day else None,
                "account": str(row.get("AccountNumber") or ""),
                "currency": str(row.get("SourceCurrencyCode") or ""),
                "amount": _amount(row.get("SourceCurrencyAmount")),
            },
        ),
    )


def _amount(value: object) -> str:
    return normal_amount(Decimal(str(value or 0)))


def _disordered(resource: str) -> UnexpectedReplyError:
    return UnexpectedReplyError(
        "batches do not come in the order of their numbers",
        system="Sage 300",
        call=f"GET …/{MODULE}/{resource}",
        remedy="Nothing was posted. Report it with the Sage 300 version.",
    )
