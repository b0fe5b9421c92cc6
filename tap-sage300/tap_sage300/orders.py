"""One purchase order of the Web API becomes one header record and one record per line.

Everything planning needs is computed here, once: outstanding amounts, functional twins, what is
completed, and the identity of each line. Property names and meanings: Sage 300 sheet §4.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tap_sage300 import fields, money
from tap_sage300.commitments import (
    is_line_completed,
    read_header_discount_share,
    read_line_discount_share,
    read_outstanding_quantity,
)
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
    add_up,
    convert_totals,
    read_lines,
)
from tap_sage300.rates import find_rate
from tap_sage300.reader import RecordReader
from tap_sage300.values import Kind

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

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
    find_item_code: FindItemCode = find_no_code

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
        header[fields.OUTSTANDING_AMOUNT] = add_up(lines, fields.OUTSTANDING_AMOUNT)
        header[fields.FUNCTIONAL_OUTSTANDING_AMOUNT] = add_up(
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
        record = build_nothing(self.header_fields)
        record |= self._build_known(key, known)
        record |= dict.fromkeys(_COMPUTED_HEADER_AMOUNTS, money.ZERO)
        return record | {fields.DELETED_AT: deleted_at}

    def _build_header(self, order: RecordReader, *, key: int) -> Record:
        header = copy_fields(order, self.header_fields)
        header |= {
            KEY: key,
            NUMBER: order.record,
            fields.COMPANY: self.company,
            "OnHold": order.flag("OnHold"),
            COMPLETED: order.flag(COMPLETED),
            fields.DELETED_AT: None,
        }
        rate = find_rate(order, self.functional, currency="Currency")
        return header | convert_totals(order, rate, _TWINS)

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
        raw_lines = read_lines(order, collection=LINE_COLLECTION, stream=LINES)
        arrival = order.date("ExpectedArrivalDate")
        header_share = read_header_discount_share(order, raw_lines)
        lines = [
            self._build_line(line, shared, arrival=arrival, header_share=header_share)
            for line in raw_lines
        ]
        if order.flag(COMPLETED):
            for record in lines:
                record |= {COMPLETED: True, fields.OUTSTANDING_AMOUNT: money.ZERO}
        rate = find_rate(order, self.functional, currency="Currency")
        add_twins(lines, "ExtendedCost", fields.FUNCTIONAL_EXTENDED_COST, rate)
        add_twins(lines, fields.OUTSTANDING_AMOUNT, fields.FUNCTIONAL_OUTSTANDING_AMOUNT, rate)
        return lines

    def _build_line(
        self, line: RecordReader, shared: Record, *, arrival: str | None, header_share: Decimal
    ) -> Record:
        number = line.whole_key("LineNumber")
        record = copy_fields(line, self.line_fields)
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
            fields.ITEM_CODE: self.find_item_code(line.text("ItemNumber")),
            "ExpectedArrivalDate": line.date("ExpectedArrivalDate") or arrival,
            COMPLETED: completed,
            "QuantityOutstanding": quantity,
            "ExtendedCost": line.amount("ExtendedCost"),
            fields.OUTSTANDING_AMOUNT: money.ZERO if completed else outstanding,
        }

    def _build_gone_line(self, shared: Record, number: int, *, deleted_at: str) -> Record:
        record = build_nothing(self.line_fields)
        record |= {"ExpectedArrivalDate": None, fields.ITEM_CODE: None, **shared}
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


def _read_order(raw: Raw) -> RecordReader:
    nameless = RecordReader(raw=raw, stream=HEADERS, record=f"{KEY} {raw.get(KEY, '(missing)')}")
    nameless.whole_key(KEY)
    number = nameless.text(NUMBER).strip()
    if not number:
        raise nameless.wrong(NUMBER, "the order's number; it is part of its lines' identity")
    return RecordReader(raw=raw, stream=HEADERS, record=number)


def _is_open(order: RecordReader, lines: list[Record]) -> bool:
    if order.raw.get(COMPLETED) is not None:
        return not order.flag(COMPLETED)
    return not all(line[COMPLETED] for line in lines)
