"""One purchase order of the Web API becomes one header record and one record per line.

Everything planning needs is computed here, once: outstanding amounts, functional twins, what is
completed, and the identity of each line. Property names and meanings: Sage 300 sheet §4.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from tap_sage300 import fields, money
from tap_sage300.commitments import (
    is_line_completed,
    read_header_discount_share,
    read_line_discount_share,
    read_outstanding_quantity,
)
from tap_sage300.documents import DocumentFamily, Field, Raw, Record, SourceDocument
from tap_sage300.identity import DocumentKind, build_transaction_id
from tap_sage300.reader import RecordReader
from tap_sage300.values import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_sage300.bookmarks import KnownDocument

HEADERS: Final = "purchase_orders"
LINES: Final = "purchase_order_lines"
KEY: Final = "PurchaseOrderSequenceKey"
NUMBER: Final = "PurchaseOrderNumber"
STAMP: Final = "LastPostingDate"
COMPLETED: Final = "Completed"
ORDER_DATE: Final = "OrderDate"
LINE_COLLECTION: Final = "PurchaseOrderLines"

FAMILY: Final = DocumentFamily(
    headers=HEADERS,
    lines=LINES,
    key=KEY,
    number=NUMBER,
    stamp=STAMP,
    dates=(ORDER_DATE, "PurchaseOrderDate"),
    state=COMPLETED,
)

NEEDED_HEADER_FIELDS: Final = (
    KEY,
    NUMBER,
    "Vendor",
    ORDER_DATE,
    "PurchaseOrderDate",
    "ExpectedArrivalDate",
    "PurchaseOrderType",
    "OnHold",
    COMPLETED,
    STAMP,
    "Currency",
    "ExchangeRate",
    "RateOperation",
    "ExtendedCost",
    "DiscountPercentage",
    "DiscountAmount",
    LINE_COLLECTION,
)
"""What must be read of an order to compute its lines, whatever the catalog selects."""

TWIN_SOURCES: Final = ("ExtendedCost", "TotalTax", "Total")
"""What must be read of an order besides to compute its header."""

_TWINS: Final = (
    ("ExtendedCost", fields.FUNCTIONAL_EXTENDED_COST),
    ("TotalTax", fields.FUNCTIONAL_TOTAL_TAX),
    ("Total", fields.FUNCTIONAL_TOTAL),
)
_ABOUT_ORDER: Final = (
    ORDER_DATE,
    "ExpectedArrivalDate",
    "PurchaseOrderType",
    "Currency",
    "ExchangeRate",
    STAMP,
)
_COMPUTED_LINE_AMOUNTS: Final = (
    "QuantityOutstanding",
    "ExtendedCost",
    fields.OUTSTANDING_AMOUNT,
    fields.FUNCTIONAL_EXTENDED_COST,
    fields.FUNCTIONAL_OUTSTANDING_AMOUNT,
)
_COMPUTED_HEADER_AMOUNTS: Final = (
    fields.OUTSTANDING_AMOUNT,
    fields.FUNCTIONAL_EXTENDED_COST,
    fields.FUNCTIONAL_TOTAL_TAX,
    fields.FUNCTIONAL_TOTAL,
    fields.FUNCTIONAL_OUTSTANDING_AMOUNT,
)


@dataclass(frozen=True, kw_only=True)
class FunctionalCurrency:
    """The company's own currency; its decimals are looked up only when an order needs them."""

    code: str | None
    """None when the company profile cannot be read: then a rate of one tells own currency."""
    find_decimals: Callable[[], int]


@dataclass(frozen=True, kw_only=True)
class OrderSplitter:
    """Splits raw orders of one company; pure, so that each rule can be tried by itself."""

    company: str
    functional: FunctionalCurrency
    header_fields: tuple[Field, ...]
    line_fields: tuple[Field, ...]

    def split(self, raw: Raw) -> tuple[SourceDocument]:
        """Return the order's header, its lines, and what the bookmark keeps of it.

        Raises:
            InputError: a key is missing or a value is not what its property promises; names the
                order, the field and the value.
        """
        order = _read_order(raw)
        key = order.whole_key(KEY)
        header = self._build_header(order, key=key)
        shared = self._build_shared(order, header, key=key)
        lines = self._build_lines(order, shared)
        header[fields.OUTSTANDING_AMOUNT] = _sum(lines, fields.OUTSTANDING_AMOUNT)
        header[fields.FUNCTIONAL_OUTSTANDING_AMOUNT] = _sum(
            lines, fields.FUNCTIONAL_OUTSTANDING_AMOUNT
        )
        document = SourceDocument(
            key=key,
            number=order.record,
            vendor=order.text("Vendor"),
            stamp=order.date(STAMP),
            is_open=_is_open(order, lines),
            header=header,
            lines=lines,
        )
        return (document,)

    def build_gone_lines(self, key: int, known: KnownDocument, *, deleted_at: str) -> list[Record]:
        """Build the lines of an order that Sage no longer has, with amounts zero."""
        nothing: Record = dict.fromkeys(_ABOUT_ORDER)
        shared = nothing | self._build_known(key, known)
        return [
            self._build_gone_line(shared, line, deleted_at=deleted_at)
            for line in known.line_numbers()
        ]

    def build_gone_header(self, key: int, known: KnownDocument, *, deleted_at: str) -> Record:
        """Build the header of an order that Sage no longer has, with amounts zero."""
        record = _build_nothing(self.header_fields)
        record |= self._build_known(key, known)
        record |= dict.fromkeys(_COMPUTED_HEADER_AMOUNTS, money.ZERO)
        return record | {fields.DELETED_AT: deleted_at}

    def _build_header(self, order: RecordReader, *, key: int) -> Record:
        header: Record = {
            field.name: order.value(field.name, field.kind) for field in self.header_fields
        }
        header |= {
            KEY: key,
            NUMBER: order.record,
            fields.COMPANY: self.company,
            "OnHold": order.flag("OnHold"),
            COMPLETED: order.flag(COMPLETED),
            fields.DELETED_AT: None,
        }
        rate = self._find_rate(order)
        for source, twin in _TWINS:
            amount = order.amount(source)
            converted = rate.convert(amount) if rate else amount
            header[twin] = converted if source in order.raw else None
        return header

    def _build_shared(self, order: RecordReader, header: Record, *, key: int) -> Record:
        return {
            fields.COMPANY: self.company,
            KEY: key,
            NUMBER: order.record,
            "Vendor": order.text("Vendor"),
            ORDER_DATE: order.date(ORDER_DATE) or order.date("PurchaseOrderDate"),
            "PurchaseOrderType": order.text("PurchaseOrderType"),
            "OnHold": header["OnHold"],
            "Currency": order.text("Currency") or self.functional.code or "",
            "ExchangeRate": order.value("ExchangeRate", Kind.NUMBER),
            STAMP: order.date(STAMP),
            fields.DELETED_AT: None,
        }

    def _build_known(self, key: int, known: KnownDocument) -> Record:
        return {
            fields.COMPANY: self.company,
            KEY: key,
            NUMBER: known.number,
            "Vendor": known.vendor,
            "OnHold": False,
            COMPLETED: True,
        }

    def _build_lines(self, order: RecordReader, shared: Record) -> list[Record]:
        raw_lines = _read_lines(order)
        arrival = order.date("ExpectedArrivalDate")
        header_share = read_header_discount_share(order, raw_lines)
        lines = [
            self._build_line(line, shared, arrival=arrival, header_share=header_share)
            for line in raw_lines
        ]
        if order.flag(COMPLETED):
            for record in lines:
                record |= {COMPLETED: True, fields.OUTSTANDING_AMOUNT: money.ZERO}
        _check_line_numbers(order, lines)
        rate = self._find_rate(order)
        _add_twins(lines, "ExtendedCost", fields.FUNCTIONAL_EXTENDED_COST, rate)
        _add_twins(lines, fields.OUTSTANDING_AMOUNT, fields.FUNCTIONAL_OUTSTANDING_AMOUNT, rate)
        return lines

    def _build_line(
        self, line: RecordReader, shared: Record, *, arrival: str | None, header_share: Decimal
    ) -> Record:
        number = line.whole_key("LineNumber")
        record = {field.name: line.value(field.name, field.kind) for field in self.line_fields}
        completed = is_line_completed(line)
        quantity = read_outstanding_quantity(line)
        share = money.join_discount_shares(read_line_discount_share(line), header_share)
        outstanding = money.compute_outstanding(
            quantity=quantity, unit_cost=line.amount("UnitCost"), discount_share=share
        )
        return {
            fields.TRANSACTION_ID: self._identify(str(shared[NUMBER]), number),
            **record,
            **shared,
            "LineNumber": number,
            "ExpectedArrivalDate": line.date("ExpectedArrivalDate") or arrival,
            COMPLETED: completed,
            "QuantityOutstanding": quantity,
            "ExtendedCost": line.amount("ExtendedCost"),
            fields.OUTSTANDING_AMOUNT: money.ZERO if completed else outstanding,
        }

    def _build_gone_line(self, shared: Record, number: int, *, deleted_at: str) -> Record:
        record = _build_nothing(self.line_fields)
        record |= {"ExpectedArrivalDate": None, **shared}
        record |= dict.fromkeys(_COMPUTED_LINE_AMOUNTS, money.ZERO)
        return record | {
            fields.TRANSACTION_ID: self._identify(str(shared[NUMBER]), number),
            "LineNumber": number,
            COMPLETED: True,
            fields.DELETED_AT: deleted_at,
        }

    def _identify(self, number: str, line: int) -> str:
        return build_transaction_id(
            company=self.company,
            kind=DocumentKind.PURCHASE_ORDER,
            document=(number,),
            line=str(line),
        )

    def _find_rate(self, order: RecordReader) -> money.Rate | None:
        """Return the rate of a foreign order, None when it is in the company's own currency."""
        currency = (order.text("Currency") or "").strip().upper()
        own = (self.functional.code or "").strip().upper()
        if not currency or currency == own:
            return None
        value = order.amount("ExchangeRate")
        if not own and value == 1:
            return None
        if value <= 0:
            raise order.wrong("ExchangeRate", "the rate of a foreign currency, above zero")
        return money.Rate(
            value=value,
            operation=_read_rate_operation(order),
            decimals=self.functional.find_decimals(),
        )


def _build_nothing(copied: tuple[Field, ...]) -> Record:
    """Return the properties of a record that is gone: numbers zero, everything else null."""
    return {field.name: money.ZERO if field.kind is Kind.NUMBER else None for field in copied}


def _read_order(raw: Raw) -> RecordReader:
    nameless = RecordReader(raw=raw, stream=HEADERS, record=f"{KEY} {raw.get(KEY, '(missing)')}")
    nameless.whole_key(KEY)
    number = nameless.text(NUMBER).strip()
    if not number:
        raise nameless.wrong(NUMBER, "the order's number; it is part of its lines' identity")
    return RecordReader(raw=raw, stream=HEADERS, record=number)


def _read_lines(order: RecordReader) -> list[RecordReader]:
    raw_lines = order.raw.get(LINE_COLLECTION)
    if not isinstance(raw_lines, list):
        raise order.wrong(LINE_COLLECTION, "the order's lines, inline")
    lines = []
    for raw in raw_lines:
        if not isinstance(raw, dict):
            raise order.wrong(LINE_COLLECTION, "a list of lines")
        name = f"{order.record} line {raw.get('LineNumber', '(missing)')}"
        lines.append(RecordReader(raw=raw, stream=LINES, record=name))
    return lines


def _check_line_numbers(order: RecordReader, lines: list[Record]) -> None:
    if len({line["LineNumber"] for line in lines}) != len(lines):
        raise order.wrong(LINE_COLLECTION, "each LineNumber once, for it is the line's identity")


def _read_rate_operation(order: RecordReader) -> money.RateOperation:
    named = order.text("RateOperation").strip().capitalize()
    if not named:
        return money.RateOperation.MULTIPLY
    try:
        return money.RateOperation(named)
    except ValueError as error:
        raise order.wrong("RateOperation", "Multiply or Divide") from error


def _is_open(order: RecordReader, lines: list[Record]) -> bool:
    if order.raw.get(COMPLETED) is not None:
        return not order.flag(COMPLETED)
    return not all(line[COMPLETED] for line in lines)


def _add_twins(lines: list[Record], source: str, twin: str, rate: money.Rate | None) -> None:
    amounts = [_amount(line, source) for line in lines]
    converted = rate.convert_lines(amounts) if rate else amounts
    for line, amount in zip(lines, converted, strict=True):
        line[twin] = amount


def _sum(lines: list[Record], name: str) -> Decimal:
    return money.add([_amount(line, name) for line in lines])


def _amount(line: Record, name: str) -> Decimal:
    value = line[name]
    return value if isinstance(value, Decimal) else Decimal(0)
