"""Adjustment batches of Accounts Payable: what is owed on posted documents, corrected.

Sage sheet §4.3, §5.3; decision 60. An entry is known by EntryReference, the lowest id among its
lines; each line's own id is the Reference of its distribution. All of ours have the posting's
`mark` in the Reference of the adjusted document. Once posted, they stand in their batch alone.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from ml_connector.ledger import DraftEntry, DraftLine, EntryState
from ml_connector.sage300 import CollectionQuery, Spelling, parse_date, quote_literal
from ml_connector.wire import as_list, as_object

from target_sage300._books import fetch_rows, read_text
from target_sage300._entries import Problem, normal_amount
from target_sage300._fields import AP_ADJUSTMENT
from target_sage300._heads import walk_heads
from target_sage300._kinds import FoundEntry, keep_identified
from target_sage300._payables import HEADER, SELECTOR, read_error_place, read_head, read_number
from target_sage300._payables_gate import AdjustmentGate
from target_sage300._vendors import MODULE

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ml_connector.sage300 import Sage300Client, ServiceMetadata

    from target_sage300._books import Books
    from target_sage300._entries import Entry, Line
    from target_sage300._gate import Gate
    from target_sage300._kinds import Answer, BatchHead, PostedLine
    from target_sage300._settings import PostingSettings
    from target_sage300._vendors import Payables

_DISTRIBUTION: Final = 81
"""`TransactionType` of an adjustment's distribution (Sage sheet §4.3)."""
_ENTRIES: Final = "PaymentsAdjustments"
_APPLIED: Final = "AppliedPayments"
_BELOW: Final = "AdjustmentGLDistributions"
_ENTRY: Final = (
    *("EntryNumber", "VendorNumber", "PaymentDateAdjustmentDate", "PostingDate"),
    *("EntryDescription", "EntryReference", "CurrencyCode", "ErrorBatch", "ErrorEntry", _APPLIED),
)
_LINE: Final = ("DistributionGLAccount", "DistributionAmount", "Reference")


class Adjustments:
    """`APPaymentAndAdjustmentBatches` of selector AD of one company (a `Kind`)."""

    name = AP_ADJUSTMENT
    shows_posted = False
    call = f"POST …/{MODULE}/APPaymentAndAdjustmentBatches"

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
        self._client = client
        self._metadata = metadata
        self._posting = posting
        self._books = books
        self._payables = payables
        self._batches = Spelling(metadata, "APPaymentAndAdjustmentBatches")

    @property
    def identity(self) -> str:
        """The mark."""
        return self._posting.mark

    def gate(self, *, company: str, ambiguous: frozenset[str]) -> Gate:
        """Return what judges adjustments."""
        return AdjustmentGate(
            self._posting,
            books=self._books,
            payables=self._payables,
            company=company,
            ambiguous=ambiguous,
        )

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
        number = read_number(self._batches.read(stored, "BatchNumber").get("BatchNumber"))
        return (number, self._read_entries(stored)) if number else None

    def find_period(self, day: dt.date) -> dt.date | None:
        """Return the first day of the fiscal period of a day."""
        return self._books.find_period(day)

    def fetch_heads(self, after: int) -> Iterator[BatchHead]:
        """Yield every batch with a number above `after`, in the order of the numbers."""
        name = self._batches.name

        def build_query(last: int) -> CollectionQuery:
            return CollectionQuery(
                module=MODULE,
                resource=self._batches.resource,
                filter_=f"{name('BatchSelector')} eq {quote_literal(SELECTOR)}"
                f" and {name('BatchNumber')} gt {last}",
                select=tuple(name(one) for one in HEADER),
                orderby=name("BatchNumber"),
            )

        return walk_heads(
            self._client,
            build_query,
            read=lambda record: read_head(self._batches.read(record, *HEADER)),
            after=after,
        )

    def fetch_entries(self, number: str) -> list[FoundEntry] | None:
        """Read a batch's entries; `None` when Sage has no such batch (any more)."""
        record = self._fetch_batch(number)
        return None if record is None else self._read_entries(record)

    def fetch_posted(self, *, after: int) -> Iterator[PostedLine]:
        """Yield nothing: posted adjustments stand in their batches only."""
        del after
        yield from ()

    def fetch_blurred(self) -> Iterator[tuple[str, str]]:
        """Yield each vendor that has more posted adjustments than its batches show.

        Vendor statistics count what was posted (Sage sheet §4.1, U); batches can be purged. Where
        there are no statistics, nothing can be proven of any vendor: a blank one.
        """
        if self._metadata.find_entity_set("APVendorStatistics") is None:
            yield "", ""
            return
        shown = self._count_shown()
        spelling = Spelling(self._metadata, "APVendorStatistics")
        keys = ("VendorNumber", "FiscalYear", "FiscalPeriod")
        counted: Counter[str] = Counter()
        for row in fetch_rows(
            self._client, MODULE, spelling, *keys, "NumberOfAdjustments", key_parts=len(keys)
        ):
            count = int(read_number(row.get("NumberOfAdjustments")) or 0)
            counted[read_text(row, "VendorNumber")] += count
        for vendor, count in sorted(counted.items()):
            if count > shown[vendor]:
                yield vendor, ""

    def describe_blurred(self, first: str, second: str) -> str:
        """Say of which vendors posted adjustments cannot be read."""
        del second
        whose = f"of vendor {first}" if first else "of all vendors, which have no statistics here"
        return f"posted adjustments {whose}: batches of them may be gone"

    def find_unprovable(
        self, entry: Entry, *, blurred: Sequence[tuple[str, str]]
    ) -> Problem | None:
        """Object to documents that are missing or settled, or may have been adjusted already."""
        vendor = entry.facts["vendor"]
        unread = {one for one, _ in blurred}
        for number, lines in group_lines(entry).items():
            document = self._payables.fetch_document(vendor, number)
            total = sum((line.amount for line in lines), Decimal(0))
            if document is None:
                problem = f"vendor {vendor} has no such posted document"
                remedy = "Correct it, or post the document first."
            elif document.is_paid:
                problem = "the document is fully paid"
                remedy = "Take the adjustment back, or name a document of which something is open."
            elif (document.due + total) * document.due < 0:
                problem = f"{abs(total):f} exceeds what is open of it, {abs(document.due):f}"
                remedy = "Correct the amounts."
            elif unread & {vendor, ""} and document.due != document.total:
                problem = (
                    "this ledger is younger than adjustments of the vendor whose batches were"
                    " purged, and something was set against the document: whether the line was"
                    " cannot be proven"
                )
                remedy = (
                    "Look in Sage 300. If it was not, enter it by hand, with"
                    f" {self._posting.mark} as the document's Reference and each line's id as that"
                    " of its distribution: the next run finds it there."
                )
            else:
                continue
            return Problem(
                entry=entry.name,
                record=lines[0].reference,
                field=self._posting.column("applies_to"),
                value=number,
                problem=problem,
                remedy=remedy,
            )
        return None

    def _fetch_batch(self, number: str) -> dict[str, object] | None:
        name = self._batches.name
        key: dict[str, str | int | Decimal] = {
            name("BatchSelector"): SELECTOR,
            name("BatchNumber"): int(number),
        }
        return self._client.fetch_record(MODULE, self._batches.resource, key)

    def _count_shown(self) -> Counter[str]:
        """Count, by vendor, the documents that posted batches adjusted."""
        shown: Counter[str] = Counter()
        for head in self.fetch_heads(0):
            record = self._fetch_batch(head.number) if head.state is EntryState.POSTED else None
            for entry in self._entries_of(record or {}):
                found = self._batches.read(entry, *_ENTRY)
                if read_error_place(found) is None:
                    shown[read_text(found, "VendorNumber")] += len(
                        as_list(found.get(_APPLIED), _APPLIED)
                    )
        return shown

    def _entries_of(self, record: Mapping[str, object]) -> Iterator[dict[str, object]]:
        for one in as_list(self._batches.read(record, _ENTRIES).get(_ENTRIES) or [], _ENTRIES):
            yield as_object(one, "an entry")

    def _read_entries(self, record: Mapping[str, object]) -> list[FoundEntry]:
        return [
            _read_entry(self._batches, entry, posting=self._posting)
            for entry in self._entries_of(record)
        ]


def group_lines(entry: Entry) -> dict[str, list[Line]]:
    """Return the lines of each adjusted document."""
    groups: dict[str, list[Line]] = {}
    for line in entry.lines:
        groups.setdefault(line.facts["applies_to"], []).append(line)
    return groups


def build_batch(
    entries: Sequence[Entry], *, token: str, posting: PostingSettings
) -> dict[str, object]:
    """Return the body of a batch; its properties stand in the order in which Sage takes them."""
    return {
        "BatchSelector": SELECTOR,
        "Description": token,
        _ENTRIES: [_build_entry(entry, posting=posting) for entry in entries],
    }


def _build_entry(entry: Entry, *, posting: PostingSettings) -> dict[str, object]:
    return {
        "VendorNumber": entry.facts["vendor"],
        "PaymentTransactionType": "Adjustment",
        "PaymentDateAdjustmentDate": entry.date.isoformat(),
        "PostingDate": entry.date.isoformat(),
        "EntryDescription": entry.description,
        "EntryReference": min(entry.references),
        _APPLIED: [
            {
                "DocumentNumber": number,
                "Description": entry.description,
                "Reference": posting.mark,
                _BELOW: [
                    {
                        "TransactionType": _DISTRIBUTION,
                        "DistributionCode": line.facts["distribution_code"],
                        "DistributionGLAccount": line.account,
                        "DistributionAmount": line.amount * posting.sign,
                        "Description": line.description or entry.description,
                        "Reference": line.reference,
                    }
                    for line in lines
                ],
            }
            for number, lines in group_lines(entry).items()
        ],
    }


def _read_entry(
    spelling: Spelling, record: Mapping[str, object], *, posting: PostingSettings
) -> FoundEntry:
    found = spelling.read(record, *_ENTRY)
    day = parse_date(found.get("PaymentDateAdjustmentDate"))
    header: dict[str, str | None] = {
        "date": day.isoformat() if day else None,
        "vendor": read_text(found, "VendorNumber"),
        "currency": read_text(found, "CurrencyCode"),
    }
    lines: list[DraftLine] = []
    line_count = 0
    for one in as_list(found.get(_APPLIED), _APPLIED):
        applied = spelling.read(as_object(one, "a line"), "DocumentNumber", "Reference", _BELOW)
        below = as_list(applied.get(_BELOW), _BELOW)
        line_count += len(below)
        if read_text(applied, "Reference") == posting.mark:
            where = {**header, "applies_to": read_text(applied, "DocumentNumber")}
            lines += [
                _read_line(spelling.read(as_object(each, "a distribution"), *_LINE), where, posting)
                for each in below
            ]
    posting_day = parse_date(found.get("PostingDate"))
    return FoundEntry(
        number=read_number(found.get("EntryNumber")),
        error_place=read_error_place(found),
        draft=DraftEntry(
            name=read_text(found, "EntryDescription"),
            content={
                "date": header["date"],
                "posting_date": posting_day.isoformat() if posting_day else None,
            },
            lines=keep_identified(lines),
        ),
        line_count=line_count,
        is_ours=bool(lines),
    )


def _read_line(
    line: Mapping[str, object], where: Mapping[str, str | None], posting: PostingSettings
) -> DraftLine:
    amount = Decimal(str(line.get("DistributionAmount") or 0)) * posting.sign
    return DraftLine(
        reference=read_text(line, "Reference"),
        content={
            **where,
            "account": read_text(line, "DistributionGLAccount"),
            "amount": normal_amount(amount),
        },
    )
