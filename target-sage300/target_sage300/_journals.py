"""Journal batches of General Ledger: how one is written, and what stands in one that is read.

Sage sheet §4.2, §5.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from ml_connector.ledger import DraftEntry, DraftLine, EntryState
from ml_connector.sage300 import quote_literal
from ml_connector.wire import as_list, as_object
from typing_extensions import override

from target_sage300._batches import BatchKind
from target_sage300._claims import find_unprovable
from target_sage300._entries import normal_amount
from target_sage300._fields import GL_JOURNAL
from target_sage300._journal_gate import JournalGate
from target_sage300._kinds import BatchHead, FoundEntry, PostedLine, keep_identified
from target_sage300._optional_fields import LINE, build_values
from target_sage300._routes import BATCH_DIGITS
from target_sage300._rows import fetch_rows, read_amount, read_day, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from target_sage300._entries import Entry, Problem
    from target_sage300._gate import Gate

_ENTRY_DIGITS: Final = 5
_ENTRY: Final = (
    *("EntryNumber", "Description", "SourceLedger", "SourceType", "PostingDate", "DocumentDate"),
    *("AutoReversal", "ErrorBatch", "ErrorEntry", "JournalDetails"),
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


class Journals(BatchKind):
    """`GLJournalBatches` and `GLPostedTransactions` of one company."""

    name = GL_JOURNAL
    shows_posted = True
    header: ClassVar[tuple[str, ...]] = (
        *("BatchNumber", "Description", "Status", "ReadyToPost", "JournalBatchType"),
        "NumberOfEntries",
    )
    entries = "JournalHeaders"
    posted = "GLPostedTransactions"

    @property
    @override
    def identity(self) -> str:
        """The source code."""
        return f"{self._posting.source_ledger}-{self._posting.source_type}"

    @override
    def gate(self, *, company: str, ambiguous: frozenset[str]) -> Gate:
        return JournalGate(self._posting, books=self._books, company=company, ambiguous=ambiguous)

    @override
    def fetch_posted(self, *, after: int) -> Iterator[PostedLine]:
        """Return the posted lines of our source code behind posting sequence `after`."""
        name = self._posted.name
        rows = fetch_rows(
            self._client,
            self._route.module,
            self._posted,
            *_POSTED,
            key=_POSTED_KEY,
            filter_=f"{name('SourceLedgerCode')} eq {quote_literal(self._posting.source_ledger)}"
            f" and {name('SourceTypeCode')} eq {quote_literal(self._posting.source_type)}"
            f" and {name('PostingSequenceNumber')} gt {after}",
        )
        return map(_read_posted, rows)

    @override
    def describe_blurred(self, account: str, day: str, /) -> str:
        return (
            f"lines posted to account {account} under {day}: their references were dropped, and"
            " their batch is gone"
        )

    @override
    def find_unprovable(
        self, entry: Entry, *, blurred: Sequence[tuple[str, str]]
    ) -> Problem | None:
        """Object when a posted line without a reference may be one of the entry's."""
        return find_unprovable(entry, blurred=blurred, books=self._books, source=self.identity)

    @override
    def build_head(self, token: str) -> dict[str, object]:
        return {**super().build_head(token), "SourceLedger": self._posting.source_ledger}

    @override
    def build_entry(self, entry: Entry) -> dict[str, object]:
        """Return an entry of a body.

        The account brings its currency, so the currency comes after it, and the amount after both
        (Sage sheet §1.4, §5.1). What Sage defaults is left out.
        """
        is_reversed = entry.facts.get("auto_reversal") == "true"
        reversal = {"AutoReversal": "NextPeriod"} if is_reversed else {}
        return {
            "SourceLedger": self._posting.source_ledger,
            "SourceType": self._posting.source_type,
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
                    **build_values(
                        line.facts, setting=LINE, collection="JournalDetailOptionalFields"
                    ),
                }
                for line in entry.lines
            ],
        }

    @override
    def read_head(self, record: Mapping[str, object]) -> BatchHead:
        status = read_text(record, "Status")
        is_ready = record.get("ReadyToPost") == "Yes" or status == "ReadyToPost"
        return BatchHead(
            number=read_text(record, "BatchNumber"),
            state=_STATES.get(status) or (EntryState.READY if is_ready else EntryState.CREATED),
            is_moving=status in _MOVING,
            is_made_by_sage=record.get("JournalBatchType") in _MADE_BY_SAGE,
            description=read_text(record, "Description"),
            entry_count=int(read_text(record, "NumberOfEntries") or 0),
        )

    @override
    def read_entry(self, record: Mapping[str, object]) -> FoundEntry:
        read = self._batches.read
        found = read(record, *_ENTRY)
        date = read_day(found, "PostingDate")
        lines = as_list(found.get("JournalDetails"), "JournalDetails")
        is_reversed = read_text(found, "AutoReversal") not in _NO_REVERSAL
        return FoundEntry(
            number=read_text(found, "EntryNumber"),
            error_place=_read_error_place(found),
            draft=DraftEntry(
                name=read_text(found, "Description"),
                content={
                    "date": date,
                    "document_date": read_day(found, "DocumentDate"),
                    "auto_reversal": "true" if is_reversed else "false",
                },
                lines=keep_identified(
                    _read_line(read(as_object(line, "a line"), *_LINE), date=date) for line in lines
                ),
            ),
            line_count=len(lines),
            is_ours=f"{found.get('SourceLedger')}-{found.get('SourceType')}" == self.identity,
        )


def _read_error_place(header: Mapping[str, object]) -> tuple[str, str] | None:
    # The header has numbers where batch and entry themselves have codes (Sage sheet §4.2).
    batch, entry = read_text(header, "ErrorBatch"), read_text(header, "ErrorEntry")
    if not batch.strip("0"):
        return None
    return batch.zfill(BATCH_DIGITS), entry.zfill(_ENTRY_DIGITS)


def _read_line(line: Mapping[str, object], *, date: str | None) -> DraftLine:
    return DraftLine(
        reference=read_text(line, "Reference"),
        content={
            "date": date,
            "account": read_text(line, "AccountNumber"),
            "currency": read_text(line, "SourceCurrency"),
            "amount": normal_amount(read_amount(line, "SourceCurrencyAmount")),
        },
    )


def _read_posted(row: Mapping[str, object]) -> PostedLine:
    reference = read_text(row, "JournalDetailReference")
    return PostedLine(
        batch=read_text(row, "BatchNumber"),
        entry=read_text(row, "JournalEntryNumber"),
        sequence=int(str(row.get("PostingSequenceNumber"))),
        reference=reference,
        draft=DraftLine(
            reference=reference,
            content={
                "date": read_day(row, "JournalDate"),
                "account": read_text(row, "AccountNumber"),
                "currency": read_text(row, "SourceCurrencyCode"),
                "amount": normal_amount(read_amount(row, "SourceCurrencyAmount")),
            },
        ),
    )
