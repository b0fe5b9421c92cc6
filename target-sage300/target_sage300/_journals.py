"""Journal batches of General Ledger: how one is written, and what stands in one that is read.

Sage sheet §4.2, §5.1.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from ml_connector.ledger import DraftEntry, DraftLine, EntryState
from ml_connector.sage300 import CollectionQuery, Spelling, parse_date, quote_literal
from ml_connector.wire import as_list, as_object

from target_sage300._claims import find_unprovable
from target_sage300._entries import normal_amount
from target_sage300._fields import GL_JOURNAL
from target_sage300._heads import walk_heads
from target_sage300._journal_gate import JournalGate
from target_sage300._kinds import BatchHead, FoundEntry, PostedLine, keep_identified
from target_sage300._optional_fields import LINE, build_values

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ml_connector.sage300 import Sage300Client, ServiceMetadata

    from target_sage300._books import Books
    from target_sage300._entries import Entry, Problem
    from target_sage300._gate import Gate
    from target_sage300._kinds import Answer
    from target_sage300._settings import PostingSettings

MODULE: Final = "GL"
_BATCH_DIGITS: Final = 6
_ENTRY_DIGITS: Final = 5
_HEADER: Final = (
    *("BatchNumber", "Description", "Status", "ReadyToPost", "JournalBatchType", "NumberOfEntries"),
)
_ENTRY: Final = (
    *("EntryNumber", "Description", "SourceLedger", "SourceType", "PostingDate", "DocumentDate"),
    *("AutoReversal", "ErrorBatch", "ErrorEntry"),
)
_LINE: Final = ("AccountNumber", "SourceCurrency", "SourceCurrencyAmount", "Reference")
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
_STATES: Final = {"Deleted": EntryState.WITHDRAWN, "Posted": EntryState.POSTED}
_NO_REVERSAL: Final = frozenset({"", "AutoReversalOff", "No"})
_MOVING: Final = frozenset({"PostInProgress", "ProvPostInProgress"})


class Journals:
    """`GLJournalBatches` and `GLPostedTransactions` of one company (a `Kind`)."""

    name = GL_JOURNAL
    shows_posted = True
    call = f"POST …/{MODULE}/GLJournalBatches"

    def __init__(
        self,
        client: Sage300Client,
        metadata: ServiceMetadata,
        *,
        posting: PostingSettings,
        books: Books,
    ) -> None:
        """Speak through `client`; nothing is called yet."""
        self._client = client
        self._posting = posting
        self._books = books
        self._batches = Spelling(metadata, "GLJournalBatches")
        self._posted = Spelling(metadata, "GLPostedTransactions")

    @property
    def identity(self) -> str:
        """The source code."""
        return f"{self._posting.source_ledger}-{self._posting.source_type}"

    def gate(self, *, company: str, ambiguous: frozenset[str]) -> Gate:
        """Return what judges journals."""
        return JournalGate(self._posting, books=self._books, company=company, ambiguous=ambiguous)

    def build_body(self, entries: Sequence[Entry], *, token: str) -> dict[str, object]:
        """Return the body of a batch, spelled as the server spells it."""
        return self._batches.write(build_batch(entries, token=token, posting=self._posting))

    def post(
        self, body: Mapping[str, object], *, before_try: Callable[[int], None]
    ) -> Answer | None:
        """Send one batch, once; return its number and entries if Sage's answer shows them."""
        stored = self._client.post_record(
            MODULE, self._batches.resource, body, before_try=before_try
        )
        if stored is None:
            return None
        head = self._batches.read(stored, "BatchNumber")
        number = str(head.get("BatchNumber") or "")
        return (number, self._read_entries(stored)) if number else None

    def find_period(self, day: dt.date) -> dt.date | None:
        """Return the first day of the fiscal period of a day."""
        return self._books.find_period(day)

    def fetch_heads(self, after: int) -> Iterator[BatchHead]:
        """Yield every batch with a number above `after`, in the order of the numbers."""
        key = self._batches.name("BatchNumber")

        def build_query(last: int) -> CollectionQuery:
            return CollectionQuery(
                module=MODULE,
                resource=self._batches.resource,
                filter_=f"{key} gt {quote_literal(f'{last:0{_BATCH_DIGITS}}')}",
                select=tuple(self._batches.name(name) for name in _HEADER),
                orderby=key,
            )

        return walk_heads(
            self._client,
            build_query,
            read=lambda record: _read_head(self._batches.read(record, *_HEADER)),
            after=after,
        )

    def fetch_entries(self, number: str) -> list[FoundEntry] | None:
        """Read a batch's entries; `None` when Sage has no such batch (any more)."""
        record = self._client.fetch_record(MODULE, self._batches.resource, number)
        return None if record is None else self._read_entries(record)

    def fetch_posted(self, *, after: int) -> Iterator[PostedLine]:
        """Yield the posted lines of our source code behind posting sequence `after`."""
        posting = self._posting
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

    def fetch_blurred(self) -> Iterator[tuple[str, str]]:
        """Yield nothing: the posted ledger itself tells where references are missing."""
        yield from ()

    def describe_blurred(self, first: str, second: str) -> str:
        """Say which posted lines may be anybody's."""
        return (
            f"lines posted to account {first} under {second}: their references were dropped, and"
            " their batch is gone"
        )

    def find_unprovable(
        self, entry: Entry, *, blurred: Sequence[tuple[str, str]]
    ) -> Problem | None:
        """Object when a posted line without a reference may be one of the entry's."""
        source = f"{self._posting.source_ledger}-{self._posting.source_type}"
        return find_unprovable(entry, blurred=blurred, books=self._books, source=source)

    def _read_entries(self, record: Mapping[str, object]) -> list[FoundEntry]:
        read = self._batches.read
        headers = as_list(read(record, "JournalHeaders").get("JournalHeaders"), "JournalHeaders")
        return [
            _read_entry(self._batches, as_object(one, "an entry"), identity=self.identity)
            for one in headers
        ]


def build_batch(
    entries: Sequence[Entry], *, token: str, posting: PostingSettings
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


def _build_entry(entry: Entry, posting: PostingSettings) -> dict[str, object]:
    is_reversed = entry.facts.get("auto_reversal") == "true"
    reversal = {"AutoReversal": "NextPeriod"} if is_reversed else {}
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
                **build_values(line.facts, setting=LINE, collection="JournalDetailOptionalFields"),
            }
            for line in entry.lines
        ],
    }


def _read_head(record: Mapping[str, object]) -> BatchHead:
    status = str(record.get("Status") or "")
    is_ready = record.get("ReadyToPost") == "Yes" or status == "ReadyToPost"
    return BatchHead(
        number=str(record["BatchNumber"]),
        state=_STATES.get(status) or (EntryState.READY if is_ready else EntryState.CREATED),
        is_moving=status in _MOVING,
        is_made_by_sage=record.get("JournalBatchType") in _MADE_BY_SAGE,
        description=str(record.get("Description") or ""),
        entry_count=int(str(record.get("NumberOfEntries") or 0)),
    )


def _read_entry(spelling: Spelling, header: Mapping[str, object], *, identity: str) -> FoundEntry:
    found = spelling.read(header, *_ENTRY, "JournalDetails")
    date, document_date = (
        day.isoformat() if (day := parse_date(found.get(name))) else None
        for name in ("PostingDate", "DocumentDate")
    )
    lines = as_list(found.get("JournalDetails"), "JournalDetails")
    is_reversed = str(found.get("AutoReversal") or "") not in _NO_REVERSAL
    return FoundEntry(
        number=str(found.get("EntryNumber") or ""),
        error_place=_read_error_place(found),
        draft=DraftEntry(
            name=str(found.get("Description") or ""),
            content={
                "date": date,
                "document_date": document_date,
                "auto_reversal": "true" if is_reversed else "false",
            },
            lines=keep_identified(
                _read_line(spelling.read(as_object(line, "a line"), *_LINE), date=date)
                for line in lines
            ),
        ),
        line_count=len(lines),
        is_ours=f"{found.get('SourceLedger')}-{found.get('SourceType')}" == identity,
    )


def _read_error_place(header: Mapping[str, object]) -> tuple[str, str] | None:
    # The header has numbers where batch and entry themselves have codes (Sage sheet §4.2).
    batch, entry = (str(header.get(name) or "") for name in ("ErrorBatch", "ErrorEntry"))
    if not batch.strip("0"):
        return None
    return batch.zfill(_BATCH_DIGITS), entry.zfill(_ENTRY_DIGITS)


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
