"""Purchase Orders: orders and invoices, each with its lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from typing_extensions import override

from tap_sage300 import fields, orders
from tap_sage300.discovery import Resource, locate_lines
from tap_sage300.resources import PURCHASE_ORDER_LINES, PURCHASE_ORDERS
from tap_sage300.streams.documents import (
    DocumentSource,
    DocumentStream,
    build_document_schema,
    list_fields,
)
from tap_sage300.values import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk import Tap

    from tap_sage300.client import CompanySession

_ON_LINES: Final[Mapping[str, Kind]] = {
    fields.TRANSACTION_ID: Kind.TEXT,
    fields.COMPANY: Kind.TEXT,
    orders.KEY: Kind.INTEGER,
    orders.NUMBER: Kind.TEXT,
    "LineNumber": Kind.INTEGER,
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

    @override
    def build_splitter(self) -> orders.OrderSplitter:
        return orders.OrderSplitter(
            company=self.session.company,
            functional=self.session.find_functional_currency(),
            header_fields=list_fields(self.headers, self.resource.type),
            line_fields=list_fields(self.lines, self.resource.items),
        )

    @override
    def list_needed(self) -> tuple[str, ...]:
        if self.headers is None:
            return orders.NEEDED_HEADER_FIELDS
        wanted = self.headers.list_selected()
        return (*orders.NEEDED_HEADER_FIELDS, *orders.TWIN_SOURCES, *wanted)


class _PurchaseOrderStream(DocumentStream):
    source: ClassVar[type[DocumentSource]] = OrderSource

    @classmethod
    def locate(cls, session: CompanySession) -> Resource:
        """Find the orders and their lines in the company's metadata.

        Raises:
            UnavailableError: the company does not offer them.
        """
        resource = session.locate(PURCHASE_ORDERS)
        return locate_lines(PURCHASE_ORDER_LINES, resource, log=session.log)


class PurchaseOrders(_PurchaseOrderStream):
    """Purchase order headers (`POPurchaseOrders`)."""

    name = orders.HEADERS
    key_names: ClassVar[tuple[str, ...]] = (orders.KEY, fields.COMPANY)
    by_default = False

    @override
    @classmethod
    def discover(cls, tap: Tap, *, session: CompanySession) -> PurchaseOrders:
        """Build the stream from the company's metadata.

        Raises:
            UnavailableError: the company does not offer it.
        """
        resource = cls.locate(session)
        kinds = {**resource.type.kinds, **_ON_HEADERS}
        schema = build_document_schema(kinds, cls.key_names)
        return cls(tap, session=session, resource=resource, schema=schema)


class PurchaseOrderLines(_PurchaseOrderStream):
    """Purchase order lines with what is outstanding on them."""

    name = orders.LINES
    key_names: ClassVar[tuple[str, ...]] = (fields.TRANSACTION_ID,)

    @override
    @classmethod
    def discover(cls, tap: Tap, *, session: CompanySession) -> PurchaseOrderLines:
        """Build the stream from the company's metadata.

        Raises:
            UnavailableError: the company does not offer it.
        """
        resource = cls.locate(session)
        items = resource.items.kinds if resource.items else {}
        kinds = {**_ON_LINES, **{n: k for n, k in items.items() if n not in _ON_LINES}}
        schema = build_document_schema(kinds, cls.key_names)
        return cls(tap, session=session, resource=resource, schema=schema)

    @override
    def list_extras(self) -> list[str]:
        items = self.resource.items.kinds if self.resource.items else {}
        return [
            name
            for name in items
            if name not in PURCHASE_ORDER_LINES.wanted and name not in _ON_LINES
        ]
