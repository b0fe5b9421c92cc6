"""Invoice batches of Accounts Payable: invoices, debit notes and credit notes.

Sage sheet §4.3, §5.2; decision 59. A document is known by its number, the lowest id among its
lines; the highest one stands in PONumber, and each line's own id in its comment. All of ours have
the posting's `mark` in OrderNumber, as journals have their source code.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from ml_connector.ledger import DraftEntry, DraftLine
from ml_connector.sage300 import CollectionQuery, Spelling, parse_date, quote_literal
from ml_connector.wire import as_list, as_object

from target_sage300._entries import Problem, normal_amount
from target_sage300._fields import AP_INVOICE
from target_sage300._heads import walk_heads
from target_sage300._kinds import FoundEntry, PostedLine, keep_identified
from target_sage300._optional_fields import DOCUMENT, LINE, build_values
from target_sage300._payables import HEADER, read_error_place, read_head, read_number
from target_sage300._payables_gate import InvoiceGate
from target_sage300._vendors import MODULE

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ml_connector.sage300 import Sage300Client, ServiceMetadata

    from target_sage300._books import Books
    from target_sage300._entries import Entry
    from target_sage300._gate import Gate
    from target_sage300._kinds import Answer, BatchHead
    from target_sage300._settings import PostingSettings
    from target_sage300._vendors import Payables

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


class Invoices:
    """`APInvoiceBatches` and `APPostedDocuments` of one company (a `Kind`)."""

    name = AP_INVOICE
    shows_posted = True
    call = f"POST …/{MODULE}/APInvoiceBatches"

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
        self._posting = posting
        self._books = books
        self._payables = payables
        self._batches = Spelling(metadata, "APInvoiceBatches")
        self._posted = Spelling(metadata, "APPostedDocuments")

    @property
    def identity(self) -> str:
        """The mark."""
        return self._posting.mark

    def gate(self, *, company: str, ambiguous: frozenset[str]) -> Gate:
        """Return what judges documents."""
        return InvoiceGate(
            self._posting,
            books=self._books,
            payables=self._payables,
            company=company,
            ambiguous=ambiguous,
        )

    def build_body(self, entries: Sequence[Entry], *, token: str) -> dict[str, object]:
        """Return the body of a batch, spelled as the server spells it."""
        return self._batches.write(build_batch(entries, token=token, mark=self._posting.mark))

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
        key = self._batches.name("BatchNumber")

        def build_query(last: int) -> CollectionQuery:
            return CollectionQuery(
                module=MODULE,
                resource=self._batches.resource,
                filter_=f"{key} gt {last}",
                select=tuple(self._batches.name(name) for name in HEADER),
                orderby=key,
            )

        return walk_heads(
            self._client,
            build_query,
            read=lambda record: read_head(self._batches.read(record, *HEADER)),
            after=after,
        )

    def fetch_entries(self, number: str) -> list[FoundEntry] | None:
        """Read a batch's entries; `None` when Sage has no such batch (any more)."""
        record = self._client.fetch_record(MODULE, self._batches.resource, int(number))
        return None if record is None else self._read_entries(record)

    def fetch_posted(self, *, after: int) -> Iterator[PostedLine]:
        """Yield our posted documents behind posting sequence `after`."""
        name = self._posted.name
        query = CollectionQuery(
            module=MODULE,
            resource=self._posted.resource,
            filter_=f"{name('OrderNumber')} eq {quote_literal(self._posting.mark)}"
            f" and {name('PostingSequenceNumber')} gt {after}",
            select=tuple(name(one) for one in _POSTED),
            orderby=",".join(name(one) for one in _POSTED_KEY),
        )
        for record in self._client.fetch_collection(query):
            yield _read_posted(self._posted.read(record, *_POSTED))

    def fetch_blurred(self) -> Iterator[tuple[str, str]]:
        """Yield nothing: documents whose batch is gone are told by `last_reference`."""
        yield from ()

    def describe_blurred(self, first: str, second: str) -> str:
        """Say which document's lines are not known."""
        return (
            f"the lines of posted document {first}, but for the highest id, {second}: its batch is"
            " gone"
        )

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

    def _read_entries(self, record: Mapping[str, object]) -> list[FoundEntry]:
        entries = as_list(self._batches.read(record, "Invoices").get("Invoices"), "Invoices")
        return [
            _read_entry(self._batches, as_object(one, "an entry"), mark=self._posting.mark)
            for one in entries
        ]


def build_batch(entries: Sequence[Entry], *, token: str, mark: str) -> dict[str, object]:
    """Return the body of a batch; its properties stand in the order in which Sage takes them.

    The vendor brings what its record says, so it comes first; terms compute the due date, so that
    comes after them (Sage sheet §1.4, §5.2).
    """
    return {
        "Description": token,
        "Invoices": [_build_entry(entry, mark=mark) for entry in entries],
    }


def _build_entry(entry: Entry, *, mark: str) -> dict[str, object]:
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
        "OrderNumber": mark,
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
                **build_values(line.facts, setting=LINE, collection="InvoiceDetailOptionalFields"),
            }
            for line in entry.lines
        ],
        **build_values(facts, setting=DOCUMENT, collection="InvoiceOptionalFields"),
    }


def _tie(number: str) -> str:
    """Return what follows a line's id in its comment, so that no other text is taken for one."""
    return f" (of {number})"


def _read_entry(spelling: Spelling, record: Mapping[str, object], *, mark: str) -> FoundEntry:
    found = spelling.read(record, *_ENTRY)
    number = str(found.get("DocumentNumber") or "").rstrip()
    is_ours = str(found.get("OrderNumber") or "").rstrip() == mark
    details = as_list(found.get("InvoiceDetails"), "InvoiceDetails")
    header = {**_read_header(found), "applies_to": str(found.get("ApplytoDocument") or "").rstrip()}
    lines = [
        _read_line(spelling.read(as_object(one, "a line"), *_LINE), number, header=header)
        for one in (details if is_ours else [])
    ]
    if is_ours and number not in {line.reference for line in lines}:
        # Its comments were edited: the number is what is left of it.
        lines.append(DraftLine(reference=number, content=header))
    posting_day = parse_date(found.get("PostingDate"))
    return FoundEntry(
        number=read_number(found.get("EntryNumber")),
        error_place=read_error_place(found),
        draft=DraftEntry(
            name=str(found.get("InvoiceDescription") or ""),
            content={
                "date": header["date"],
                "posting_date": posting_day.isoformat() if posting_day else None,
                "total": normal_amount(Decimal(str(found.get("DocumentTotalIncludingTax") or 0))),
            },
            lines=keep_identified(lines),
        ),
        line_count=len(details),
        is_ours=is_ours,
    )


def _read_header(found: Mapping[str, object]) -> dict[str, str | None]:
    day = parse_date(found.get("DocumentDate"))
    return {
        "date": day.isoformat() if day else None,
        "vendor": str(found.get("VendorNumber") or ""),
        "document_type": str(found.get("DocumentType") or ""),
        "currency": str(found.get("CurrencyCode") or ""),
    }


def _read_line(
    line: Mapping[str, object], number: str, *, header: Mapping[str, str | None]
) -> DraftLine:
    comment = str(line.get("Comment") or "").rstrip()
    is_tied = comment.endswith(_tie(number))
    return DraftLine(
        reference=comment.removesuffix(_tie(number)) if is_tied else "",
        content={
            **header,
            "account": str(line.get("GLAccount") or ""),
            "amount": normal_amount(Decimal(str(line.get("DistributedAmount") or 0))),
        },
    )


def _read_posted(row: Mapping[str, object]) -> PostedLine:
    number = str(row.get("DocumentNumber") or "").rstrip()
    # Credit notes are shown as what is owed: less than nothing.
    total = abs(Decimal(str(row.get("VendorCurrencyInvoiceAmount") or 0)))
    last = str(row.get("PONumber") or "").rstrip() or number
    return PostedLine(
        batch=read_number(row.get("BatchNumber")),
        entry=read_number(row.get("EntryNumber")),
        sequence=int(str(row.get("PostingSequenceNumber") or 0)),
        reference=number,
        last_reference=last,
        draft=DraftLine(
            reference=number,
            content={**_read_header(row), "total": normal_amount(total), "last_reference": last},
        ),
    )
