"""Invoice batches of Accounts Payable: invoices, debit notes and credit notes.

Sage sheet §4.3, §5.2; decision 59. A document is known by its number, the lowest id among its
lines; the highest one stands in PONumber, and each line's own id in its comment. All of ours have
the posting's `mark` in OrderNumber, as journals have their source code.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Final

from ml_connector.ledger import DraftEntry, DraftLine
from ml_connector.sage300 import quote_literal
from ml_connector.wire import as_list, as_object
from typing_extensions import override

from target_sage300._entries import Problem, normal_amount
from target_sage300._fields import AP_INVOICE
from target_sage300._kinds import FoundEntry, PostedLine, keep_identified
from target_sage300._optional_fields import DOCUMENT, LINE, build_values
from target_sage300._payables import PayablesKind, read_error_place
from target_sage300._payables_gate import InvoiceGate
from target_sage300._rows import fetch_rows, read_amount, read_day, read_number, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from target_sage300._entries import Entry
    from target_sage300._payables_gate import PayablesGate

_ENTRY: Final = (
    *("EntryNumber", "VendorNumber", "DocumentNumber", "DocumentType", "OrderNumber"),
    *("InvoiceDescription", "DocumentDate", "PostingDate", "CurrencyCode", "ApplytoDocument"),
    *("DocumentTotalIncludingTax", "ErrorBatch", "ErrorEntry", "InvoiceDetails"),
)
_LINE: Final = ("GLAccount", "DistributedAmount", "Comment")
_POSTED: Final = (
    *("VendorNumber", "DocumentNumber", "DocumentType", "DocumentDate", "CurrencyCode"),
    *("VendorCurrencyInvoiceAmount", "PONumber", "BatchNumber", "EntryNumber"),
    "PostingSequenceNumber",
)
_POSTED_KEY: Final = ("VendorNumber", "DocumentNumber")


class Invoices(PayablesKind):
    """`APInvoiceBatches` and `APPostedDocuments` of one company."""

    name = AP_INVOICE
    shows_posted = True
    entries = "Invoices"
    judged_by: ClassVar[type[PayablesGate]] = InvoiceGate

    @override
    def fetch_posted(self, *, after: int) -> Iterator[PostedLine]:
        """Return our posted documents behind posting sequence `after`."""
        name = self._posted.name
        rows = fetch_rows(
            self._client,
            self._route.module,
            self._posted,
            *_POSTED,
            key=_POSTED_KEY,
            filter_=f"{name('OrderNumber')} eq {quote_literal(self._posting.mark)}"
            f" and {name('PostingSequenceNumber')} gt {after}",
        )
        return map(_read_posted, rows)

    @override
    def describe_blurred(self, first: str, last: str, /) -> str:
        return (
            f"the lines of posted document {first}, but for the highest id, {last}: its batch is"
            " gone"
        )

    @override
    def find_unprovable(
        self, entry: Entry, *, blurred: Sequence[tuple[str, str]]
    ) -> Problem | None:
        """Object to lines that a posted document may have, and to a document that is not there."""
        for line in entry.lines:
            for first, last in blurred:
                if not first <= line.reference <= last:
                    continue
                return Problem(
                    entry=entry.name,
                    record=line.reference,
                    field=self._posting.column("transaction_id"),
                    value=line.reference,
                    problem="this ledger is younger than a posted document that may have the line:"
                    " its batch was purged, and only its first and last id are left",
                    remedy="Look in Sage 300. If it is not there, give the line an id in the model"
                    f" that does not lie between {first} and {last}.",
                )
        vendor, applies_to = entry.facts["vendor"], entry.lines[0].facts["applies_to"]
        if applies_to and self._payables.fetch_document(vendor, applies_to) is None:
            return Problem(
                entry=entry.name,
                record=min(entry.references),
                field=self._posting.column("applies_to"),
                value=applies_to,
                problem=f"vendor {vendor} has no such posted document",
                remedy="Correct it, or leave it blank.",
            )
        return None

    @override
    def build_entry(self, entry: Entry) -> dict[str, object]:
        """Return an entry of a body.

        The vendor brings what its record says, so it comes first; terms compute the due date, so
        that comes after them (Sage sheet §1.4, §5.2).
        """
        number = min(entry.references)
        facts = entry.lines[0].facts
        given = {
            "ApplytoDocument": facts["applies_to"],
            "Terms": facts["terms"],
            "DueDate": facts["due_date"],
            "TaxGroup": facts["tax_group"],
        }
        return {
            "VendorNumber": entry.facts["vendor"],
            "DocumentNumber": number,
            "DocumentType": entry.facts["document_type"],
            "OrderNumber": self._posting.mark,
            "PONumber": entry.facts["last_reference"],
            "InvoiceDescription": entry.description,
            "DocumentDate": entry.date.isoformat(),
            "PostingDate": entry.date.isoformat(),
            **{name: value for name, value in given.items() if value},
            # Entered, and none: what planning charges is without tax (sheet §5.2).
            "TaxAmountControl": "Enter",
            "DocumentTotalIncludingTax": Decimal(entry.facts["total"]),
            "InvoiceDetails": [
                {
                    "DistributionCode": line.facts["distribution_code"],
                    "GLAccount": line.account,
                    "DistributedAmount": line.amount,
                    "DistributionDescription": line.description or entry.description,
                    "Comment": f"{line.reference}{_tie(number)}",
                    **build_values(
                        line.facts, setting=LINE, collection="InvoiceDetailOptionalFields"
                    ),
                }
                for line in entry.lines
            ],
            **build_values(facts, setting=DOCUMENT, collection="InvoiceOptionalFields"),
        }

    @override
    def read_entry(self, record: Mapping[str, object]) -> FoundEntry:
        read = self._batches.read
        found = read(record, *_ENTRY)
        number = read_text(found, "DocumentNumber")
        is_ours = read_text(found, "OrderNumber") == self._posting.mark
        details = as_list(found.get("InvoiceDetails"), "InvoiceDetails")
        header = {**_read_header(found), "applies_to": read_text(found, "ApplytoDocument")}
        lines = [
            _read_line(read(as_object(one, "a line"), *_LINE), number, header=header)
            for one in (details if is_ours else [])
        ]
        if is_ours and number not in {line.reference for line in lines}:
            # Its comments were edited: the number is what is left of it.
            lines.append(DraftLine(reference=number, content=header))
        return FoundEntry(
            number=read_number(found, "EntryNumber"),
            error_place=read_error_place(found),
            draft=DraftEntry(
                name=read_text(found, "InvoiceDescription"),
                content={
                    "date": header["date"],
                    "posting_date": read_day(found, "PostingDate"),
                    "total": normal_amount(read_amount(found, "DocumentTotalIncludingTax")),
                },
                lines=keep_identified(lines),
            ),
            line_count=len(details),
            is_ours=is_ours,
        )


def _tie(number: str) -> str:
    """Return what follows a line's id in its comment, so that no other text is taken for one."""
    return f" (of {number})"


def _read_header(found: Mapping[str, object]) -> dict[str, str | None]:
    return {
        "date": read_day(found, "DocumentDate"),
        "vendor": read_text(found, "VendorNumber"),
        "document_type": read_text(found, "DocumentType"),
        "currency": read_text(found, "CurrencyCode"),
    }


def _read_line(
    line: Mapping[str, object], number: str, *, header: Mapping[str, str | None]
) -> DraftLine:
    comment = read_text(line, "Comment")
    is_tied = comment.endswith(_tie(number))
    return DraftLine(
        reference=comment.removesuffix(_tie(number)) if is_tied else "",
        content={
            **header,
            "account": read_text(line, "GLAccount"),
            "amount": normal_amount(read_amount(line, "DistributedAmount")),
        },
    )


def _read_posted(row: Mapping[str, object]) -> PostedLine:
    number = read_text(row, "DocumentNumber")
    # Credit notes are shown as what is owed: less than nothing.
    total = abs(read_amount(row, "VendorCurrencyInvoiceAmount"))
    last = read_text(row, "PONumber") or number
    return PostedLine(
        batch=read_number(row, "BatchNumber"),
        entry=read_number(row, "EntryNumber"),
        sequence=int(str(row.get("PostingSequenceNumber") or 0)),
        reference=number,
        last_reference=last,
        draft=DraftLine(
            reference=number,
            content={**_read_header(row), "total": normal_amount(total), "last_reference": last},
        ),
    )
