"""Rules of purchase orders (Sage sheet §4.4, §1.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from ml_connector_sandbox.sage300.catalog.po import PURCHASE_ORDERS
from ml_connector_sandbox.sage300.ic._day_end import check_day_end
from ml_connector_sandbox.sage300.ic._stock import ON_ORDER, move_stock
from ml_connector_sandbox.sage300.po._amounts import decimal_of, settle_amounts
from ml_connector_sandbox.sage300.po._documents import (
    check_lines,
    check_period,
    check_vendor,
    number_lines,
    put_numbers,
    put_rate,
    take_item,
    take_vendor,
)
from ml_connector_sandbox.sage300.writing._rules import Rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._types import Property
    from ml_connector_sandbox.sage300.writing._rules import DetailDriver, Driver
    from ml_connector_sandbox.sage300.writing._session import Session

LINES = "PurchaseOrderLines"
_DRIVERS: Mapping[str, Driver] = {"Vendor": take_vendor}
_LINE_DRIVERS: Mapping[str, Mapping[str, DetailDriver]] = {LINES: {"ItemNumber": take_item}}


class OrderRules(Rules):
    """A purchase order is posted when it is inserted; the Web API cannot change it later."""

    drivers = _DRIVERS
    detail_drivers = _LINE_DRIVERS
    kept = frozenset(
        {
            "PurchaseOrderSequenceKey",
            "Completed",
            "DateCompleted",
            "LastPostingDate",
            "LastReceiptNumber",
            "ReceiptDate",
            "NumberOfPostedReceipts",
            "ExtendedReceivedAmount",
            "ExtendedCanceledAmount",
            "AmountReceivedToDate",
            "EnteredBy",
        }
    )

    @override
    def template(self, session: Session) -> JsonObject:
        """A new order is of today."""
        return super().template(session) | {
            "PurchaseOrderDate": session.day,
            "EnteredBy": session.user,
        }

    @override
    def detail_template(
        self, session: Session, record: JsonObject, collection: Property
    ) -> JsonObject:
        """A new line goes where the order goes, and arrives with it."""
        detail = super().detail_template(session, record, collection)
        if collection.name == LINES:
            detail["ExpectedArrivalDate"] = record["ExpectedArrivalDate"]
        return detail

    @override
    def prepare(self, session: Session, record: JsonObject, given: JsonObject) -> None:
        """Number the order and its lines, and open every line."""
        del given
        check_day_end(session)
        check_vendor(session, record)
        check_period(session, record["PurchaseOrderDate"], label="Purchase Order")
        check_lines(session, record[LINES], quantity="QuantityOrdered")
        put_rate(session, record, day=record["PurchaseOrderDate"])
        put_numbers(session, record, PURCHASE_ORDERS, number="PurchaseOrderNumber", prefix="PO")
        record["OrderDate"] = record["OrderDate"] or record["PurchaseOrderDate"]
        record["LastPostingDate"] = session.day
        number_lines(record[LINES], name="PurchaseOrderLineSequence")
        number_lines(record[LINES], name="DetailNumber")
        for line in record[LINES]:
            line |= {"QuantityReceived": 0, "QuantityCanceled": 0, "CompletionStatus": "No"}
            line["QuantityOutstanding"] = line["QuantityOrdered"]

    @override
    def settle(self, session: Session, record: JsonObject) -> None:
        """Compute amounts and totals."""
        settle_amounts(session, record, record[LINES], quantity="QuantityOrdered")

    @override
    def after_insert(self, session: Session, record: JsonObject) -> None:
        """Items are now on order."""
        if record["PurchaseOrderType"] not in {"Active", "Standing"}:
            return
        for line in record[LINES]:
            quantity = decimal_of(line["QuantityOrdered"])
            move_stock(session, line, name=ON_ORDER, quantity=quantity)


RULES = {PURCHASE_ORDERS.path: OrderRules(PURCHASE_ORDERS)}
