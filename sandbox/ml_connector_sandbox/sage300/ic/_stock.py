"""Quantities of items that documents move: on the item, and at its location (Sage sheet §4.5)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._values import plain_number
from ml_connector_sandbox.sage300.catalog.ic import ITEMS, LOCATION_DETAILS
from ml_connector_sandbox.sage300.writing._session import blank_record

if TYPE_CHECKING:
    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.writing._session import Session

ON_HAND = "QuantityOnHand"
ON_ORDER = "QuantityOnPurchaseOrder"


def find_item(session: Session, number: object) -> JsonObject | None:
    """Return an item by its number, with or without separators; None when there is none."""
    text = str(number)
    bare = "".join(letter for letter in text if letter.isalnum())
    return session.find(*ITEMS.path, text) or session.find(*ITEMS.path, bare)


def move_stock(session: Session, line: JsonObject, *, name: str, quantity: Decimal) -> None:
    """Add to a quantity (`ON_HAND`, `ON_ORDER`) of a line's item, and at its location.

    Neither the item's stamp nor anything else a person maintains moves.
    """
    if not quantity:
        return
    item = find_item(session, line["ItemNumber"])
    if item is None or not item["StockItem"]:
        return
    quantity *= conversion_factor(item, line["UnitOfMeasure"])
    item[name] = _added(item[name], quantity)
    if name == ON_HAND:
        item["QuantityAvailable"] = _added(item["QuantityAvailable"], quantity)
    session.store(*ITEMS.path, item)
    if session.is_installed(*LOCATION_DETAILS.path):
        key = (item["UnformattedItemNumber"], line["Location"])
        detail = session.find(*LOCATION_DETAILS.path, key) or _new_detail(key)
        _move_at_location(session, detail, line, name=name, quantity=quantity)


def conversion_factor(item: JsonObject, unit: object) -> Decimal:
    """Return how many stocking units one `unit` of an item is."""
    for known in item["ItemUnitsOfMeasure"]:
        if known["UnitOfMeasure"] == unit:
            return Decimal(str(known["ConversionFactor"]))
    return Decimal(1)


def _new_detail(key: tuple[object, object]) -> JsonObject:
    found = {"ItemNumber": key[0], "Location": key[1], "Allowed": True, "InUse": True}
    return blank_record(LOCATION_DETAILS.properties) | found


def _move_at_location(
    session: Session, detail: JsonObject, line: JsonObject, *, name: str, quantity: Decimal
) -> None:
    detail[name] = _added(detail[name], quantity)
    detail["DateLastUsed"] = session.day
    if name == ON_HAND and quantity > 0:
        detail |= {"LastReceiptDate": session.day, "MostRecentCost": line["UnitCost"]}
    session.store(*LOCATION_DETAILS.path, detail)


def _added(value: object, quantity: Decimal) -> object:
    return plain_number(Decimal(str(value)) + quantity)
