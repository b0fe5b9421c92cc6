"""Adjustment batches of Accounts Payable: what is owed on posted documents, corrected.

Sage sheet §4.3, §5.3; decision 60. An entry is known by EntryReference, the lowest id among its
lines; each line's own id is the Reference of its distribution. All of ours have the posting's
`mark` in the Reference of the adjusted document. Once posted, they stand in their batch alone.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Final

from ml_connector.ledger import DraftEntry, DraftLine, EntryState
from ml_connector.sage300 import Spelling
from ml_connector.wire import as_list, as_object
from typing_extensions import override

from target_sage300._entries import Problem, normal_amount
from target_sage300._fields import AP_ADJUSTMENT
from target_sage300._kinds import FoundEntry, keep_identified
from target_sage300._payables import PayablesKind, read_error_place
from target_sage300._payables_gate import AdjustmentGate
from target_sage300._rows import fetch_rows, read_amount, read_day, read_number, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ml_connector.ledger import RecordedEntry

    from target_sage300._entries import Entry, Line
    from target_sage300._kinds import PostedLine
    from target_sage300._payables_gate import PayablesGate

_DISTRIBUTION: Final = 81
"""`TransactionType` of an adjustment's distribution (Sage sheet §4.3)."""
_APPLIED: Final = "AppliedPayments"
_BELOW: Final = "AdjustmentGLDistributions"
_ENTRY: Final = (
    *("EntryNumber", "VendorNumber", "PaymentDateAdjustmentDate", "PostingDate"),
    *("EntryDescription", "EntryReference", "CurrencyCode", "ErrorBatch", "ErrorEntry", _APPLIED),
)
_LINE: Final = ("DistributionGLAccount", "DistributionAmount", "Reference")


class Adjustments(PayablesKind):
    """`APPaymentAndAdjustmentBatches` of one company, those of adjustments."""

    name = AP_ADJUSTMENT
    shows_posted = False
    entries = "PaymentsAdjustments"
    judged_by: ClassVar[type[PayablesGate]] = AdjustmentGate

    @override
    def fetch_posted(self, *, after: int) -> Iterator[PostedLine]:
        """Yield nothing: posted adjustments stand in their batches only."""
        del after
        yield from ()

    @override
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
            self._client, self._route.module, spelling, *keys, "NumberOfAdjustments", key=keys
        ):
            count = int(read_number(row, "NumberOfAdjustments") or 0)
            counted[read_text(row, "VendorNumber")] += count
        for vendor, count in sorted(counted.items()):
            if count > shown[vendor]:
                yield vendor, ""

    @override
    def fetch_hidden(self, lost: Sequence[RecordedEntry]) -> Iterator[tuple[str, str]]:
        """Yield the vendors of `lost` of which batches with posted adjustments are gone.

        What was posted and purged before the ledger knew of it has left no other trace.
        """
        vendors = {str(entry.content["vendor"]) for entry in lost}
        gone = {vendor for vendor, _ in self.fetch_blurred()}
        yield from ((vendor, "") for vendor in sorted(vendors) if gone & {vendor, ""})

    @override
    def describe_blurred(self, vendor: str, _: str, /) -> str:
        whose = f"of vendor {vendor}" if vendor else "of all vendors, which have no statistics here"
        return f"posted adjustments {whose}: batches of them may be gone"

    @override
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
                    "adjustments of the vendor were posted whose batches were purged before this"
                    " ledger knew of them, and something was set against the document: whether the"
                    " line was cannot be proven"
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

    def _count_shown(self) -> Counter[str]:
        """Count, by vendor, the documents that posted batches adjusted."""
        shown: Counter[str] = Counter()
        for head in self.fetch_heads(0):
            record = self._fetch_batch(head.number) if head.state is EntryState.POSTED else None
            for entry in self._list_entries(record or {}):
                found = self._batches.read(entry, *_ENTRY)
                if read_error_place(found) is None:
                    shown[read_text(found, "VendorNumber")] += len(
                        as_list(found.get(_APPLIED), _APPLIED)
                    )
        return shown

    @override
    def build_head(self, token: str) -> dict[str, object]:
        return {"BatchSelector": self._route.selector, **super().build_head(token)}

    @override
    def build_entry(self, entry: Entry) -> dict[str, object]:
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
                    "Reference": self._posting.mark,
                    _BELOW: [
                        {
                            "TransactionType": _DISTRIBUTION,
                            "DistributionCode": line.facts["distribution_code"],
                            "DistributionGLAccount": line.account,
                            "DistributionAmount": line.amount * self._posting.sign,
                            "Description": line.description or entry.description,
                            "Reference": line.reference,
                        }
                        for line in lines
                    ],
                }
                for number, lines in group_lines(entry).items()
            ],
        }

    @override
    def read_entry(self, record: Mapping[str, object]) -> FoundEntry:
        read = self._batches.read
        found = read(record, *_ENTRY)
        header = {
            "date": read_day(found, "PaymentDateAdjustmentDate"),
            "vendor": read_text(found, "VendorNumber"),
            "currency": read_text(found, "CurrencyCode"),
        }
        lines: list[DraftLine] = []
        line_count = 0
        for one in as_list(found.get(_APPLIED), _APPLIED):
            applied = read(as_object(one, "a line"), "DocumentNumber", "Reference", _BELOW)
            below = as_list(applied.get(_BELOW), _BELOW)
            line_count += len(below)
            if read_text(applied, "Reference") == self._posting.mark:
                where = {**header, "applies_to": read_text(applied, "DocumentNumber")}
                lines += [
                    _read_line(
                        read(as_object(each, "a distribution"), *_LINE),
                        where,
                        sign=self._posting.sign,
                    )
                    for each in below
                ]
        return FoundEntry(
            number=read_number(found, "EntryNumber"),
            error_place=read_error_place(found),
            draft=DraftEntry(
                name=read_text(found, "EntryDescription"),
                content={
                    "date": header["date"],
                    "posting_date": read_day(found, "PostingDate"),
                },
                lines=keep_identified(lines),
            ),
            line_count=line_count,
            is_ours=bool(lines),
        )


def group_lines(entry: Entry) -> dict[str, list[Line]]:
    """Return the lines of each adjusted document."""
    groups: dict[str, list[Line]] = {}
    for line in entry.lines:
        groups.setdefault(line.facts["applies_to"], []).append(line)
    return groups


def _read_line(
    line: Mapping[str, object], where: Mapping[str, str | None], *, sign: int
) -> DraftLine:
    return DraftLine(
        reference=read_text(line, "Reference"),
        content={
            **where,
            "account": read_text(line, "DistributionGLAccount"),
            "amount": normal_amount(read_amount(line, "DistributionAmount") * sign),
        },
    )
