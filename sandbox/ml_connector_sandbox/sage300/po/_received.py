"""What a receipt does to its purchase order (Sage sheet §4.4)."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._order_rules import settle_header, settle_line
from ml_connector_sandbox.sage300._values import plain_number
from ml_connector_sandbox.sage300.catalog.po import PURCHASE_ORDERS
from ml_connector_sandbox.sage300.po._amounts import decimal_of
from ml_connector_sandbox.sage300.writing._checks import field_invalid
from ml_connector_sandbox.sage300.writing._session import open_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.writing._session import Session

_FROM_ORDER = (
    "Vendor",
    "Name",
    "TermsCode",
    "FOBPoint",
    "ShipVia",
    "ShipToLocation",
    "BillToLocation",
    "Currency",
    "ExchangeRate",
    "RateType",
    "RateDate",
    "RateOperation",
    "TaxGroup",
    "DiscountPercentage",
    "VendorAccountSet",
)


def take_order(session: Session, receipt: JsonObject) -> None:
    """Fill a receipt from the order it is against, over what was put before."""
    order = _find(session, receipt)
    if order is None:
        return
    receipt |= {name: order[name] for name in _FROM_ORDER}
    receipt["PurchaseOrderSequenceKey"] = order["PurchaseOrderSequenceKey"]


def find_order(session: Session, receipt: JsonObject) -> JsonObject | None:
    """Return the order a receipt is against; None for a receipt without order.

    Raises:
        WebApiError: There is no such order, or nothing can be received against it.
    """
    number = receipt["PurchaseOrderNumber"]
    if not number:
        return None
    order = _find(session, receipt)
    if order is None:
        raise field_invalid(f"Purchase order number '{number}' does not exist.")
    if order["Vendor"] != receipt["Vendor"]:
        raise field_invalid(f"Purchase order '{number}' is not for vendor '{receipt['Vendor']}'.")
    if order["OnHold"]:
        raise field_invalid(f"Purchase order '{number}' is on hold.")
    if order["Completed"] and not receipt["ReceiptSequenceKey"]:
        raise field_invalid(f"Purchase order '{number}' is completed.")
    if order["PurchaseOrderType"] in {"Future", "Blanket"}:
        kind = str(order["PurchaseOrderType"]).lower()
        raise field_invalid(f"Purchase order '{number}' is a {kind} order.")
    return order


def receive(
    session: Session, order: JsonObject, receipt: JsonObject, *, lines: Sequence[JsonObject]
) -> None:
    """Note what was received on the order's lines and header, and store it."""
    before = order["PurchaseOrderLines"]
    after = copy.deepcopy(before)
    by_sequence = {line["PurchaseOrderLineSequence"]: line for line in after}
    for line in lines:
        ordered = by_sequence.get(line["PurchaseOrderLineSequence"])
        if ordered is None:
            continue
        received = decimal_of(ordered["QuantityReceived"]) + decimal_of(line["QuantityReceived"])
        ordered["QuantityReceived"] = plain_number(received)
        settle_line(ordered, touched=["QuantityReceived"], day=session.day)
    settle_header(order, before=before, after=after, touched=(), day=session.day)
    order |= {
        "PurchaseOrderLines": after,
        "LastReceiptNumber": receipt["ReceiptNumber"],
        "ReceiptDate": receipt["ReceiptDate"],
        "NumberOfPostedReceipts": int(str(order["NumberOfPostedReceipts"])) + 1,
    }
    if session.switches.is_on("stamps_move"):
        order["LastPostingDate"] = session.day
    session.store(*PURCHASE_ORDERS.path, order)


def _find(session: Session, receipt: JsonObject) -> JsonObject | None:
    """Find the order by its key where a receipt knows it already, else by its number."""
    table = session.company.find_table(*PURCHASE_ORDERS.path)
    if table is None:
        return None
    number, index = receipt["PurchaseOrderNumber"], table.resource.index["PurchaseOrderNumber"]
    row = table.find(receipt["PurchaseOrderSequenceKey"])
    if row is None or row[index] != number:
        row = next((row for row in table.rows_between() if row[index] == number), None)
    return None if row is None else open_record(table.resource, row)
