"""Purchase Orders: orders and invoices, each with its lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from typing_extensions import override

from tap_sage300 import fields, invoices, orders
from tap_sage300.resources import (
    PURCHASE_INVOICE_LINES,
    PURCHASE_INVOICES,
    PURCHASE_ORDER_LINES,
    PURCHASE_ORDERS,
)
from tap_sage300.streams.documents import DocumentSource, HeaderStream, LineStream, list_fields
from tap_sage300.values import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

_ON_LINES: Final[Mapping[str, Kind]] = {
    fields.TRANSACTION_ID: Kind.TEXT,
    fields.COMPANY: Kind.TEXT,
    orders.KEY: Kind.INTEGER,
    orders.NUMBER: Kind.TEXT,
    "LineNumber": Kind.INTEGER,
    fields.ITEM_CODE: Kind.TEXT,
    "Vendor": Kind.TEXT,
    orders.ORDER_DATE: Kind.DATE,
    "ExpectedArrivalDate": Kind.DATE,
    "PurchaseOrderType": Kind.TEXT,
    "OnHold": Kind.FLAG,
    orders.COMPLETED: Kind.FLAG,
    "QuantityOutstanding": Kind.NUMBER,
    "ExtendedCost": Kind.NUMBER,
    fields.OUTSTANDING_AMOUNT: Kind.NUMBER,
    "Currency": Kind.TEXT,
    "ExchangeRate": Kind.NUMBER,
    fields.FUNCTIONAL_EXTENDED_COST: Kind.NUMBER,
    fields.FUNCTIONAL_OUTSTANDING_AMOUNT: Kind.NUMBER,
    orders.STAMP: Kind.DATE,
}
"""What every line record says; the line's other properties come beside it."""

_ON_HEADERS: Final[Mapping[str, Kind]] = {
    fields.COMPANY: Kind.TEXT,
    "OnHold": Kind.FLAG,
    orders.COMPLETED: Kind.FLAG,
    fields.OUTSTANDING_AMOUNT: Kind.NUMBER,
    fields.FUNCTIONAL_EXTENDED_COST: Kind.NUMBER,
    fields.FUNCTIONAL_TOTAL_TAX: Kind.NUMBER,
    fields.FUNCTIONAL_TOTAL: Kind.NUMBER,
    fields.FUNCTIONAL_OUTSTANDING_AMOUNT: Kind.NUMBER,
}


class OrderSource(DocumentSource):
    """Reads `POPurchaseOrders`."""

    family = orders.FAMILY
    spec = PURCHASE_ORDERS
    line_spec = PURCHASE_ORDER_LINES
    needed: ClassVar[tuple[str, ...]] = orders.NEEDED_HEADER_FIELDS
    needed_for_headers: ClassVar[tuple[str, ...]] = orders.TWIN_SOURCES

    @override
    def build_splitter(self) -> orders.OrderSplitter:
        return orders.OrderSplitter(
            company=self.session.company,
            functional=self.session.find_functional_currency(),
            header_fields=list_fields(self.headers, self.resource.type),
            line_fields=list_fields(self.lines, self.resource.items),
            find_item_code=self.find_item_codes(),
        )


class PurchaseOrders(HeaderStream):
    """Purchase order headers (`POPurchaseOrders`)."""

    name = orders.HEADERS
    key_names: ClassVar[tuple[str, ...]] = (orders.KEY, fields.COMPANY)
    by_default = False
    source: ClassVar[type[DocumentSource]] = OrderSource
    additions: ClassVar[Mapping[str, Kind]] = _ON_HEADERS


class PurchaseOrderLines(LineStream):
    """Purchase order lines with what is outstanding on them."""

    name = orders.LINES
    source: ClassVar[type[DocumentSource]] = OrderSource
    additions: ClassVar[Mapping[str, Kind]] = _ON_LINES


class InvoiceSource(DocumentSource):
    """Reads `POInvoices`."""

    family = invoices.FAMILY
    spec = PURCHASE_INVOICES
    line_spec = PURCHASE_INVOICE_LINES
    needed: ClassVar[tuple[str, ...]] = invoices.NEEDED_HEADER_FIELDS
    needed_for_headers: ClassVar[tuple[str, ...]] = invoices.TWIN_SOURCES

    @override
    def build_splitter(self) -> invoices.InvoiceSplitter:
        return invoices.InvoiceSplitter(
            company=self.session.company,
            functional=self.session.find_functional_currency(),
            calendar=self.session.fetch_fiscal_calendar(),
            header_fields=list_fields(self.headers, self.resource.type),
            line_fields=list_fields(self.lines, self.resource.items),
            find_item_code=self.find_item_codes(),
        )


class PurchaseInvoices(HeaderStream):
    """Purchase invoice headers (`POInvoices`)."""

    name = invoices.HEADERS
    key_names: ClassVar[tuple[str, ...]] = (invoices.KEY, fields.COMPANY)
    by_default = False
    source: ClassVar[type[DocumentSource]] = InvoiceSource
    additions: ClassVar[Mapping[str, Kind]] = invoices.ON_HEADERS


class PurchaseInvoiceLines(LineStream):
    """Purchase invoice lines."""

    name = invoices.LINES
    source: ClassVar[type[DocumentSource]] = InvoiceSource
    additions: ClassVar[Mapping[str, Kind]] = invoices.ON_LINES
