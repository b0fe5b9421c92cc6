"""One invoice of Purchase Orders becomes one header record and one record per line.

Sage only lets them be read: they come from posting an invoice against a receipt. An invoice number
is unique per vendor at most, so they go by their sequence key. Property names and meanings: Sage
300 sheet §4.4; many of them are derived, so each may be missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tap_sage300 import fields, money
from tap_sage300.documents import (
    DocumentFamily,
    Field,
    Raw,
    Record,
    SourceDocument,
    build_nothing,
    copy_fields,
)
from tap_sage300.identity import DocumentKind, build_transaction_id
from tap_sage300.item_codes import FindItemCode, find_no_code
from tap_sage300.purchasing import (
    add_twins,
    convert_totals,
    read_lines,
)
from tap_sage300.rates import find_rate
from tap_sage300.reader import RecordReader
from tap_sage300.values import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_sage300.bookmarks import KnownDocument
    from tap_sage300.calendars import FiscalCalendar
    from tap_sage300.orders import FunctionalCurrency

HEADERS: Final = "po_invoices"
LINES: Final = "po_invoice_lines"
KEY: Final = "InvoiceSequenceKey"
NUMBER: Final = "InvoiceNumber"
STAMP: Final = "LastPostingDate"
COMPLETED: Final = "Completed"
INVOICE_DATE: Final = "InvoiceDate"
POSTING_DATE: Final = "PostingDate"
FISCAL_YEAR: Final = "FiscalYear"
LINE_COLLECTION: Final = "InvoiceLines"

FAMILY: Final = DocumentFamily(
    headers=HEADERS,
    lines=LINES,
    key=KEY,
    number=KEY,
    stamp=STAMP,
    dates=(POSTING_DATE, INVOICE_DATE),
    state=COMPLETED,
)

ON_LINES: Final[Mapping[str, Kind]] = {
    fields.TRANSACTION_ID: Kind.TEXT,
    fields.COMPANY: Kind.TEXT,
    KEY: Kind.INTEGER,
    NUMBER: Kind.TEXT,
    "LineNumber": Kind.INTEGER,
    "Vendor": Kind.TEXT,
    fields.ITEM_CODE: Kind.TEXT,
    INVOICE_DATE: Kind.DATE,
    POSTING_DATE: Kind.DATE,
    FISCAL_YEAR: Kind.TEXT,
    fields.FISCAL_PERIOD: Kind.TEXT,
    "PurchaseOrderNumber": Kind.TEXT,
    "ReceiptNumber": Kind.TEXT,
    "ExtendedCost": Kind.NUMBER,
    "Currency": Kind.TEXT,
    "ExchangeRate": Kind.NUMBER,
    fields.FUNCTIONAL_EXTENDED_COST: Kind.NUMBER,
    STAMP: Kind.DATE,
}
"""What every line record says; the line's other properties come beside it."""

ON_HEADERS: Final[Mapping[str, Kind]] = {
    fields.COMPANY: Kind.TEXT,
    POSTING_DATE: Kind.DATE,
    FISCAL_YEAR: Kind.TEXT,
    fields.FISCAL_PERIOD: Kind.TEXT,
    COMPLETED: Kind.FLAG,
    fields.FUNCTIONAL_EXTENDED_COST: Kind.NUMBER,
    fields.FUNCTIONAL_TOTAL_TAX: Kind.NUMBER,
    fields.FUNCTIONAL_TOTAL: Kind.NUMBER,
}

NEEDED_HEADER_FIELDS: Final = (
    *(KEY, NUMBER, "Vendor", INVOICE_DATE, POSTING_DATE, FISCAL_YEAR, fields.FISCAL_PERIOD),
    *("PurchaseOrderNumber", "ReceiptNumber", COMPLETED, STAMP, "Currency", "ExchangeRate"),
    *("RateOperation", LINE_COLLECTION),
)
"""What must be read of an invoice to compute its lines, whatever the catalog selects."""

TWIN_SOURCES: Final = ("ExtendedCost", "TotalTax", "Total")
"""What must be read of an invoice besides to compute its header."""

_TWINS: Final = (
    ("ExtendedCost", fields.FUNCTIONAL_EXTENDED_COST),
    ("TotalTax", fields.FUNCTIONAL_TOTAL_TAX),
    ("Total", fields.FUNCTIONAL_TOTAL),
)
_ABOUT_INVOICE: Final = (NUMBER, INVOICE_DATE, "Currency", "ExchangeRate", STAMP)
_FROM_HEADER: Final = ("PurchaseOrderNumber", "ReceiptNumber")
"""What a line says itself where the server has it on lines."""


@dataclass(frozen=True, kw_only=True)
class InvoiceSplitter:
    """Splits raw invoices of one company; pure, so that each rule can be tried by itself."""

    company: str
    functional: FunctionalCurrency
    calendar: FiscalCalendar
    header_fields: tuple[Field, ...]
    line_fields: tuple[Field, ...]
    find_item_code: FindItemCode = find_no_code

    def split(self, raw: Raw) -> tuple[SourceDocument]:
        """Return the invoice's header and lines.

        Raises:
            InputError: a key is missing or a value is not what its property promises; names the
                invoice, the field and the value.
        """
        invoice, key = _read_invoice(raw)
        shared = self._build_shared(invoice, key=key)
        rate = find_rate(invoice, self.functional, currency="Currency")
        lines = [
            self._build_line(line, shared, invoice=invoice)
            for line in read_lines(invoice, collection=LINE_COLLECTION, stream=LINES)
        ]
        add_twins(lines, "ExtendedCost", fields.FUNCTIONAL_EXTENDED_COST, rate)
        header = copy_fields(invoice, self.header_fields) | shared
        header |= {COMPLETED: invoice.flag(COMPLETED), **convert_totals(invoice, rate, _TWINS)}
        document = SourceDocument(
            key=key,
            number=str(key),
            vendor=str(shared["Vendor"]),
            stamp=invoice.date(STAMP),
            # Only a flag that is there can say that an invoice may still go.
            is_open=invoice.raw.get(COMPLETED) is not None and not invoice.flag(COMPLETED),
            header=header,
            lines=lines,
        )
        return (document,)

    def build_gone_lines(self, key: int, known: KnownDocument, *, deleted_at: str) -> list[Record]:
        """Build the lines of an invoice that Sage no longer has, with amounts zero."""
        nothing = dict.fromkeys(ON_LINES) | build_nothing(self.line_fields)
        nothing |= self._build_known(key, known)
        return [
            nothing
            | {
                fields.TRANSACTION_ID: self._identify(key, line),
                "LineNumber": line,
                "ExtendedCost": money.ZERO,
                fields.FUNCTIONAL_EXTENDED_COST: money.ZERO,
                fields.DELETED_AT: deleted_at,
            }
            for line in known.line_numbers()
        ]

    def build_gone_header(self, key: int, known: KnownDocument, *, deleted_at: str) -> Record:
        """Build the header of an invoice that Sage no longer has, with amounts zero."""
        record = dict.fromkeys((*_ABOUT_INVOICE, *ON_HEADERS)) | build_nothing(self.header_fields)
        record |= dict.fromkeys((twin for _, twin in _TWINS), money.ZERO)
        record |= self._build_known(key, known)
        return record | {COMPLETED: True, fields.DELETED_AT: deleted_at}

    def _build_shared(self, invoice: RecordReader, *, key: int) -> Record:
        posting_date = invoice.date(POSTING_DATE) or invoice.date(INVOICE_DATE)
        year, period = self._find_period(invoice, posting_date)
        return {
            fields.COMPANY: self.company,
            KEY: key,
            NUMBER: invoice.text(NUMBER),
            "Vendor": invoice.text("Vendor"),
            INVOICE_DATE: invoice.date(INVOICE_DATE),
            POSTING_DATE: posting_date,
            FISCAL_YEAR: year,
            fields.FISCAL_PERIOD: period,
            "Currency": invoice.text("Currency") or self.functional.code or "",
            "ExchangeRate": invoice.value("ExchangeRate", Kind.NUMBER),
            STAMP: invoice.date(STAMP),
            fields.DELETED_AT: None,
        }

    def _build_known(self, key: int, known: KnownDocument) -> Record:
        return {fields.COMPANY: self.company, KEY: key, "Vendor": known.vendor}

    def _build_line(self, line: RecordReader, shared: Record, *, invoice: RecordReader) -> Record:
        number = line.whole_key("LineNumber")
        return {
            fields.TRANSACTION_ID: self._identify(int(str(shared[KEY])), number),
            **copy_fields(line, self.line_fields),
            **shared,
            "LineNumber": number,
            fields.ITEM_CODE: self.find_item_code(line.text("ItemNumber")),
            "ExtendedCost": line.amount("ExtendedCost"),
            **{name: line.text(name) or invoice.text(name) for name in _FROM_HEADER},
        }

    def _find_period(
        self, invoice: RecordReader, posting_date: str | None
    ) -> tuple[str | None, str | None]:
        """Return the fiscal year and period Sage posted to; those of the date where it says none.

        Sage's own win: a posted invoice stands in one period, whatever the calendar says later.
        """
        year = invoice.text(FISCAL_YEAR).strip()
        # A list of values with numbers in it: `Num10` (Sage sheet §3.4).
        period = invoice.text(fields.FISCAL_PERIOD).strip().removeprefix("Num")
        if year.strip("0") and period.isdigit() and int(period):
            return year, f"{int(period):02}"
        found = self.calendar.find_period(posting_date) if posting_date else None
        return (found.year, found.period) if found else (None, None)

    def _identify(self, key: int, line: int) -> str:
        return build_transaction_id(
            company=self.company,
            kind=DocumentKind.PURCHASE_INVOICE,
            document=(str(key),),
            line=str(line),
        )


def _read_invoice(raw: Raw) -> tuple[RecordReader, int]:
    nameless = RecordReader(raw=raw, stream=HEADERS, record=f"{KEY} {raw.get(KEY, '(missing)')}")
    key = nameless.whole_key(KEY)
    number = nameless.text(NUMBER).strip()
    name = f"{number} ({nameless.record})" if number else nameless.record
    return RecordReader(raw=raw, stream=HEADERS, record=name), key
