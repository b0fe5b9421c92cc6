"""Rules of receipts: posted through POReceipts, read through POGetReceipts (Sage sheet §4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from ml_connector_sandbox._switches import Switch
from ml_connector_sandbox.sage300.catalog.po import GET_RECEIPTS, RECEIPTS
from ml_connector_sandbox.sage300.ic._day_end import check_day_end
from ml_connector_sandbox.sage300.ic._stock import ON_HAND, ON_ORDER, move_stock
from ml_connector_sandbox.sage300.ic._stock_journal import note_movement
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
from ml_connector_sandbox.sage300.po._received import find_order, receive, take_order
from ml_connector_sandbox.sage300.writing._checks import field_invalid
from ml_connector_sandbox.sage300.writing._rules import Rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.writing._rules import DetailDriver, Driver
    from ml_connector_sandbox.sage300.writing._session import Session

LINES = "ReceiptLine2s"
_READ_LINES = "ReceiptLines"
_DRIVERS: Mapping[str, Driver] = {"Vendor": take_vendor, "PurchaseOrderNumber": take_order}
_LINE_DRIVERS: Mapping[str, Mapping[str, DetailDriver]] = {LINES: {"ItemNumber": take_item}}

SWITCHES: Mapping[str, Switch] = {
    "over_receipts": Switch(
        default="accepted",
        positions=("accepted", "refused"),
        about="§4.4 (U): a receipt of more than is outstanding on the order is taken, or refused",
    ),
}


class ReceiptRules(Rules):
    """A receipt, against an order or without; it is posted at once."""

    drivers = _DRIVERS
    detail_drivers = _LINE_DRIVERS
    kept = frozenset(
        {
            "ReceiptSequenceKey",
            "PurchaseOrderSequenceKey",
            "FiscalYear",
            "FiscalPeriod",
            "Invoiced",
            "Completed",
            "DateCompleted",
            "LastPostingDate",
            "PostingDate",
            "InvoiceNumber",
            "EnteredBy",
        }
    )

    @override
    def template(self, session: Session) -> JsonObject:
        """A new receipt is of today."""
        return super().template(session) | {
            "ReceiptDate": session.day,
            "EnteredBy": session.user,
        }

    @override
    def prepare(self, session: Session, record: JsonObject, given: JsonObject) -> None:
        """Match the lines with the order's, and number everything."""
        del given
        check_day_end(session)
        check_vendor(session, record)
        order = find_order(session, record)
        period = check_period(session, record["ReceiptDate"], label="Receipt")
        if period is not None:
            record |= {"FiscalYear": period.year, "FiscalPeriod": f"Num{period.number}"}
        check_lines(session, record[LINES], quantity="QuantityReceived")
        put_rate(session, record, day=record["ReceiptDate"])
        if order is not None:
            _match_lines(session, record, order)
        put_numbers(session, record, GET_RECEIPTS, number="ReceiptNumber", prefix="RC")
        record |= {"LastPostingDate": session.day, "PostingDate": record["ReceiptDate"]}
        number_lines(record[LINES], name="ReceiptLineSequence")
        for line in record[LINES]:
            line["ReceiptSequenceKey"] = record["ReceiptSequenceKey"]
            line["StockingQuantityReceived"] = line["QuantityReceived"]

    @override
    def settle(self, session: Session, record: JsonObject) -> None:
        """Compute amounts and totals."""
        settle_amounts(session, record, record[LINES], quantity="QuantityReceived")

    @override
    def after_insert(self, session: Session, record: JsonObject) -> None:
        """Show the receipt to readers, move stock, and tell the order."""
        shown = {name: value for name, value in record.items() if name != LINES}
        session.store(*GET_RECEIPTS.path, shown | {_READ_LINES: record[LINES]})
        note_movement(session, record, record[LINES], number="ReceiptNumber", day="ReceiptDate")
        for line in record[LINES]:
            quantity = decimal_of(line["QuantityReceived"])
            move_stock(session, line, name=ON_HAND, quantity=quantity)
            if line["PurchaseOrderLineSequence"]:
                expected = min(quantity, decimal_of(line["QuantityOrdered"]))
                move_stock(session, line, name=ON_ORDER, quantity=-expected)
        order = find_order(session, record)
        if order is not None:
            receive(session, order, record, lines=record[LINES])


def _match_lines(session: Session, receipt: JsonObject, order: JsonObject) -> None:
    """Find each received line on the order; a line that is not on it stands for itself.

    Raises:
        WebApiError: More is received than is outstanding, and the site refuses that.
    """
    open_lines = [line for line in order["PurchaseOrderLines"] if line["CompletionStatus"] == "No"]
    for line in receipt[LINES]:
        names = ("ItemNumber", "Location", "UnitOfMeasure")
        found = next(
            (item for item in open_lines if all(item[name] == line[name] for name in names)), None
        )
        if found is None:
            continue
        open_lines.remove(found)
        outstanding = decimal_of(found["QuantityOutstanding"])
        is_refused = session.switches.text("over_receipts") == "refused"
        if is_refused and decimal_of(line["QuantityReceived"]) > outstanding:
            message = f"Quantity received exceeds the {outstanding:f} outstanding on the order."
            raise field_invalid(message)
        line |= {
            "PurchaseOrderSequenceKey": order["PurchaseOrderSequenceKey"],
            "PurchaseOrderNumber": order["PurchaseOrderNumber"],
            "PurchaseOrderLineSequence": found["PurchaseOrderLineSequence"],
            "QuantityOrdered": found["QuantityOrdered"],
            "UnitCost": line["UnitCost"] or found["UnitCost"],
        }


RULES = {RECEIPTS.path: ReceiptRules(RECEIPTS)}
