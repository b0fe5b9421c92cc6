"""Purchase Orders: headers and lines are two streams fed by one read of `POPurchaseOrders`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, ClassVar, Final

from ml_connector.errors import AccessError, RefusedError
from ml_connector.events import event
from typing_extensions import override

from tap_sage300 import fields, orders
from tap_sage300.bookmarks import (
    DocumentBookmark,
    check_bookmark_company,
    parse_document_bookmark,
)
from tap_sage300.calendars import split_calendar
from tap_sage300.changes import (
    DateRange,
    DocumentNames,
    Horizon,
    find_open_years,
    join_bookmarks,
    plan_documents,
)
from tap_sage300.client import check_is_lasting
from tap_sage300.discovery import Resource, UnavailableError, locate_lines
from tap_sage300.resources import FISCAL_CALENDARS, PURCHASE_ORDER_LINES, PURCHASE_ORDERS
from tap_sage300.streams.base import Record, Sage300Stream, build_object_schema
from tap_sage300.values import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from singer_sdk import Tap

    from tap_sage300.client import CompanySession
    from tap_sage300.discovery import ScalarType

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


class _PurchaseOrderStream(Sage300Stream):
    """Either of the two streams; whichever is selected first reads for both."""

    @classmethod
    def locate(cls, session: CompanySession) -> Resource:
        """Find the orders and their lines in the company's metadata.

        Raises:
            UnavailableError: the company does not offer them.
        """
        resource = session.locate(PURCHASE_ORDERS)
        return locate_lines(PURCHASE_ORDER_LINES, resource, log=session.log)

    @override
    def siblings(self) -> list[Sage300Stream]:
        family = (orders.HEADERS, orders.LINES)
        found = [self._tap.streams[name] for name in family if name in self._tap.streams]
        return [stream for stream in found if isinstance(stream, Sage300Stream) and stream.selected]

    @override
    def read_and_write(self) -> None:
        streams = {stream.name: stream for stream in self.siblings()}
        OrderSource(self.session, self.resource, streams).read()


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
        return cls(
            tap, session=session, resource=resource, schema=_with_deletion(kinds, cls.key_names)
        )


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
        return cls(
            tap, session=session, resource=resource, schema=_with_deletion(kinds, cls.key_names)
        )

    @override
    def list_extras(self) -> list[str]:
        items = self.resource.items.kinds if self.resource.items else {}
        return [
            name
            for name in items
            if name not in PURCHASE_ORDER_LINES.wanted and name not in _ON_LINES
        ]


class OrderSource:
    """What a read of `POPurchaseOrders` needs to know of the streams it feeds."""

    def __init__(
        self, session: CompanySession, resource: Resource, streams: Mapping[str, Sage300Stream]
    ) -> None:
        """Take the streams that are selected; nothing is called yet."""
        self._session = session
        self._resource = resource
        self._streams = streams
        self._headers = streams.get(orders.HEADERS)
        self._lines = streams.get(orders.LINES)

    def read(self) -> None:
        """Read from the earliest bookmark of the streams."""
        # The database's code takes longer to import than a wrong setting takes to be refused.
        from tap_sage300.reading import OrderRead  # noqa: PLC0415

        splitter = self._build_splitter()
        horizon = Horizon.of(self._session)
        bookmark = join_bookmarks([self._parse_bookmark(one) for one in self._streams.values()])
        plan = plan_documents(
            bookmark,
            names=_find_names(self._resource),
            horizon=horizon,
            open_years=self._find_open_years(bookmark, horizon),
        )
        read = OrderRead(
            self._session,
            self._resource,
            self._streams,
            splitter=splitter,
            select=self._list_needed(),
        )
        read.run(bookmark, plan, horizon)

    def _build_splitter(self) -> orders.OrderSplitter:
        return orders.OrderSplitter(
            company=self._session.company,
            functional=self._session.find_functional_currency(),
            header_fields=_list_fields(self._headers, self._resource.type),
            line_fields=_list_fields(self._lines, self._resource.items),
        )

    def _list_needed(self) -> tuple[str, ...]:
        if self._headers is None:
            return orders.NEEDED_HEADER_FIELDS
        wanted = self._headers.list_selected()
        return (*orders.NEEDED_HEADER_FIELDS, *orders.TWIN_SOURCES, *wanted)

    def _parse_bookmark(self, stream: Sage300Stream) -> DocumentBookmark:
        bookmark = parse_document_bookmark(stream.bookmark_state, stream=stream.name)
        check_bookmark_company(bookmark, company=self._session.company, stream=stream.name)
        return bookmark

    def _find_open_years(
        self, bookmark: DocumentBookmark, horizon: Horizon
    ) -> list[DateRange] | None:
        """Return the open fiscal years when a sweep needs them and they can be read."""
        if bookmark.is_new or not horizon.is_sweep_due(bookmark.swept_on):
            return None
        try:
            calendars = self._session.locate(FISCAL_CALENDARS)
            return find_open_years(self._read_periods(calendars))
        except (UnavailableError, AccessError, RefusedError) as error:
            check_is_lasting(error)
            event(
                self._session.log,
                "fiscal_calendars.unavailable",
                level=logging.WARNING,
                right="Sage 300 Web API in module CS",
                consequence="the sweep reads every order, not those of the open years",
                reason=str(error),
            )
            return None

    def _read_periods(self, calendars: Resource) -> Iterator[Record]:
        for raw in self._session.read(calendars, select=(), clauses=()):
            yield from split_calendar(raw, company=self._session.company)


def _with_deletion(kinds: Mapping[str, Kind], keys: Sequence[str]) -> dict[str, object]:
    schema = build_object_schema(kinds, keys=keys)
    properties = schema["properties"]
    assert isinstance(properties, dict)  # noqa: S101 - built one line above
    properties[fields.DELETED_AT] = {"type": ["string", "null"], "format": "date-time"}
    return schema


def _find_names(resource: Resource) -> DocumentNames:
    find = resource.type.find_server_name
    members = {member.lower(): member for member in resource.completed_members}
    return DocumentNames(
        key=resource.type.server_names[orders.KEY],
        stamp=find(orders.STAMP),
        completed=find(orders.COMPLETED),
        date=find(orders.ORDER_DATE) or find("PurchaseOrderDate"),
        open_value=members.get("no", False),
    )


def _list_fields(
    stream: Sage300Stream | None, scalars: ScalarType | None
) -> tuple[orders.Field, ...]:
    if stream is None or scalars is None:
        return ()
    return tuple(
        orders.Field(name=name, kind=scalars.kinds[name])
        for name in stream.list_selected()
        if name in scalars.kinds
    )
