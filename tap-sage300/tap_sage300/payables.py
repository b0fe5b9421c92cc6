"""One A/P invoice batch of the Web API becomes the documents of those of its entries that stand.

An entry that posting refused stays in its batch and names the error batch its copy went to: the
copy stands in its place. A batch that was deleted holds nothing. Amounts are what a document
charges to accounts, credit notes negative. Property names and meanings: Sage 300 sheet §4.3, §5.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from tap_sage300 import fields, money
from tap_sage300.batch_entries import ENTRIES_MAX, ENTRY, Batch, Entry, Line, read_batch
from tap_sage300.documents import (
    DocumentFamily,
    Field,
    Raw,
    Record,
    SharedNumbers,
    SourceDocument,
    build_nothing,
    copy_fields,
)
from tap_sage300.identity import DocumentKind, build_transaction_id, join_key
from tap_sage300.rates import find_rate
from tap_sage300.values import Kind

if TYPE_CHECKING:
    from collections.abc import Collection

    from tap_sage300.bookmarks import KnownDocument
    from tap_sage300.calendars import FiscalCalendar
    from tap_sage300.orders import FunctionalCurrency
    from tap_sage300.reader import RecordReader

HEADERS: Final = "ap_invoices"
LINES: Final = "ap_invoice_lines"
KEY: Final = "BatchNumber"
STATUS: Final = "BatchStatus"
STAMP: Final = "DateLastEdited"
VENDOR: Final = "VendorNumber"
NUMBER: Final = "DocumentNumber"
CURRENCY: Final = "CurrencyCode"

_TWINS: Final = (
    ("DocumentTotalIncludingTax", fields.FUNCTIONAL_DOCUMENT_TOTAL),
    ("TaxTotal", fields.FUNCTIONAL_TAX_TOTAL),
)
_COMPUTED_AMOUNTS: Final = (fields.SIGNED_AMOUNT, fields.FUNCTIONAL_AMOUNT)
_COMPUTED_HEADER_AMOUNTS: Final = (*_COMPUTED_AMOUNTS, *(twin for _, twin in _TWINS))

FAMILY: Final = DocumentFamily(
    headers=HEADERS,
    lines=LINES,
    key=KEY,
    number=NUMBER,
    stamp=STAMP,
    dates=("BatchDate",),
    state=STATUS,
    final_states=("Posted", "Deleted"),
    documents_per_unit=ENTRIES_MAX,
    shared_numbers=SharedNumbers.FIRST_STANDS,
    header_amounts=_COMPUTED_HEADER_AMOUNTS,
)

_ABOUT_DOCUMENT: Final = (
    "DocumentType",
    "DocumentDate",
    "PostingDate",
    "FiscalYear",
    "FiscalPeriod",
    STATUS,
    CURRENCY,
    "ExchangeRate",
    STAMP,
)


class PostedDocuments(Protocol):
    """Knows which entries of batches have become posted documents."""

    def find_posted(self, *, batch: int, entries: Collection[int]) -> Collection[int]:
        """Return those of these entries that a posted document came from, as of now."""


class Accounts(Protocol):
    """Knows the chart of accounts as far as lines need it."""

    def find(self, account: str) -> str | None:
        """Return the cost center of an account, formatted or not."""

    def find_unformatted(self, account: str) -> str:
        """Return an account without separators, as the chart is keyed."""


@dataclass(frozen=True, kw_only=True)
class PayablesSplitter:
    """Splits raw batches of one company; pure, so that each rule can be tried by itself."""

    company: str
    functional: FunctionalCurrency
    calendar: FiscalCalendar
    posted: PostedDocuments
    accounts: Accounts
    batch_fields: tuple[Field, ...]
    header_fields: tuple[Field, ...]
    line_fields: tuple[Field, ...]

    def split(self, raw: Raw) -> list[SourceDocument]:
        """Return the documents that stand in a batch.

        Raises:
            InputError: a key is missing or a value is not what its property promises; names the
                batch, the entry, the field and the value.
        """
        batch = read_batch(raw)
        posted = self._find_posted(batch)
        found = []
        for entry in batch.entries:
            is_posted = entry.number in posted
            if batch.stands(entry, is_posted=is_posted):
                found.append(self._build_document(batch, entry, is_posted=is_posted))
        return found

    def build_gone_lines(self, key: int, known: KnownDocument, *, deleted_at: str) -> list[Record]:
        """Build the lines of a document that Sage no longer has, with amounts zero."""
        nothing = build_nothing(self.line_fields) | dict.fromkeys(_ABOUT_DOCUMENT)
        shared = nothing | self._build_known(key, known)
        return [
            shared
            | dict.fromkeys(_COMPUTED_AMOUNTS, money.ZERO)
            | {
                fields.TRANSACTION_ID: self._identify(shared, line),
                "LineNumber": line,
                "GLAccount": None,
                fields.COST_CENTER: None,
                fields.DELETED_AT: deleted_at,
            }
            for line in known.line_numbers()
        ]

    def build_gone_header(self, key: int, known: KnownDocument, *, deleted_at: str) -> Record:
        """Build the header of a document that Sage no longer has, with amounts zero."""
        record = build_nothing((*self.batch_fields, *self.header_fields))
        record |= dict.fromkeys(_ABOUT_DOCUMENT)
        record |= self._build_known(key, known)
        record |= dict.fromkeys(_COMPUTED_HEADER_AMOUNTS, money.ZERO)
        return record | {fields.DELETED_AT: deleted_at}

    def _find_posted(self, batch: Batch) -> set[int]:
        """Return the entries that are in the books: by the batch, else by the posted documents."""
        shown = {one.number for one in batch.entries if batch.shows_as_posted(one)}
        possible = {one.number for one in batch.entries if batch.may_be_posted(one)} - shown
        if possible:
            shown.update(self.posted.find_posted(batch=batch.number, entries=possible))
        return shown

    def _build_document(self, batch: Batch, entry: Entry, *, is_posted: bool) -> SourceDocument:
        shared = self._build_shared(batch, entry, is_posted=is_posted)
        lines = [self._build_line(line, shared) for line in entry.lines]
        rate = find_rate(
            entry.reader, self.functional, currency=CURRENCY, otherwise=entry.guess_operation()
        )
        amounts = entry.list_signed_amounts()
        converted = rate.convert_lines(amounts) if rate else amounts
        for record, amount, twin in zip(lines, amounts, converted, strict=True):
            record |= {fields.SIGNED_AMOUNT: amount, fields.FUNCTIONAL_AMOUNT: twin}
        header = self._build_header(batch, entry, shared, rate)
        header |= {
            fields.SIGNED_AMOUNT: money.add(amounts),
            fields.FUNCTIONAL_AMOUNT: money.add(converted),
        }
        return SourceDocument(
            key=batch.number * FAMILY.documents_per_unit + entry.number,
            number=join_key(entry.vendor, entry.document),
            vendor=entry.vendor,
            stamp=batch.reader.date(STAMP),
            is_open=batch.is_open,
            header=header,
            lines=lines,
        )

    def _build_shared(self, batch: Batch, entry: Entry, *, is_posted: bool) -> Record:
        document_date = entry.reader.date("DocumentDate")
        posting_date = entry.reader.date("PostingDate") or document_date
        year, period = self._find_period(entry.reader, posting_date)
        return {
            fields.COMPANY: self.company,
            KEY: batch.number,
            ENTRY: entry.number,
            VENDOR: entry.vendor,
            NUMBER: entry.document,
            "DocumentType": entry.kind,
            "DocumentDate": document_date,
            "PostingDate": posting_date,
            "FiscalYear": year,
            "FiscalPeriod": period,
            STATUS: batch.status,
            fields.POSTED: is_posted,
            CURRENCY: entry.reader.text(CURRENCY) or self.functional.code or "",
            "ExchangeRate": entry.reader.value("ExchangeRate", Kind.NUMBER),
            STAMP: batch.reader.date(STAMP),
            fields.DELETED_AT: None,
        }

    def _find_period(
        self, entry: RecordReader, posting_date: str | None
    ) -> tuple[str | None, str | None]:
        """Return fiscal year and period of the posting date; Sage's own without a calendar."""
        if not self.calendar.is_known:
            year, period = entry.text("FiscalYear").strip(), entry.text("FiscalPeriod").strip()
            return year or None, period.zfill(2) if period else None
        found = self.calendar.find_period(posting_date) if posting_date else None
        return (found.year, found.period) if found else (None, None)

    def _build_header(
        self, batch: Batch, entry: Entry, shared: Record, rate: money.Rate | None
    ) -> Record:
        header = copy_fields(batch.reader, self.batch_fields) | copy_fields(
            entry.reader, self.header_fields
        )
        header |= shared
        for source, twin in _TWINS:
            amount = entry.reader.amount(source)
            converted = rate.convert(amount) if rate else amount
            header[twin] = converted if source in entry.reader.raw else None
        return header

    def _build_line(self, line: Line, shared: Record) -> Record:
        account = line.reader.text("GLAccount").strip()
        return {
            fields.TRANSACTION_ID: self._identify(shared, line.number),
            **copy_fields(line.reader, self.line_fields),
            **shared,
            "LineNumber": line.number,
            "GLAccount": self.accounts.find_unformatted(account) if account else None,
            fields.COST_CENTER: self.accounts.find(account) if account else None,
        }

    def _build_known(self, key: int, known: KnownDocument) -> Record:
        return {
            fields.COMPANY: self.company,
            KEY: FAMILY.unit_of(key),
            ENTRY: key % FAMILY.documents_per_unit,
            VENDOR: known.vendor,
            NUMBER: known.number.removeprefix(join_key(known.vendor, "")),
            fields.POSTED: False,
        }

    def _identify(self, shared: Record, line: int) -> str:
        return build_transaction_id(
            company=self.company,
            kind=DocumentKind.AP_INVOICE,
            document=(str(shared[VENDOR]), str(shared[NUMBER])),
            line=str(line),
        )
