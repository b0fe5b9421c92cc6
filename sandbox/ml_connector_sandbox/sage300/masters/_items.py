"""Rules of items, categories and locations (Sage sheet §4.5)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from typing_extensions import override

from ml_connector_sandbox.sage300.catalog.ic import CATEGORIES, ITEMS, LOCATIONS
from ml_connector_sandbox.sage300.writing._checks import (
    check_account,
    check_references,
    check_required,
    check_unused,
    field_invalid,
    put_stamp,
    record_invalid,
)
from ml_connector_sandbox.sage300.writing._rules import Rules
from ml_connector_sandbox.sage300.writing._session import blank_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._types import Property
    from ml_connector_sandbox.sage300.writing._rules import Driver
    from ml_connector_sandbox.sage300.writing._session import Session

_STAMP = "DateLastMaintained"
_UNITS = "ItemUnitsOfMeasure"
_ACCOUNTS = {
    "SalesAccount": "Sales account",
    "ReturnsAccount": "Returns account",
    "CostOfGoodsSoldAccount": "Cost of goods sold account",
    "CostVarianceAccount": "Cost variance account",
    "DamagedGoodsAccount": "Damaged goods account",
    "InternalUsageAccount": "Internal usage account",
}


def _date_inactivity(session: Session, record: JsonObject) -> None:
    record["DateInactive"] = session.day if record["Status"] else None


def _take_category(session: Session, item: JsonObject) -> None:
    category = session.find(*CATEGORIES.path, item["Category"])
    if category is not None and category["DefaultPriceListCode"]:
        item["DefaultPriceListCode"] = category["DefaultPriceListCode"]


_STATUS_DRIVERS: Mapping[str, Driver] = {"Status": _date_inactivity}
_ITEM_DRIVERS: Mapping[str, Driver] = {**_STATUS_DRIVERS, "Category": _take_category}


class ItemRules(Rules):
    """An item: category, account set, structure and units must make sense."""

    drivers = _ITEM_DRIVERS
    kept = frozenset(
        {
            _STAMP,
            "QuantityOnHand",
            "QuantityOnPurchaseOrder",
            "QuantityOnSalesOrder",
            "QuantityAvailable",
        }
    )

    @override
    def template(self, session: Session) -> JsonObject:
        """A new item is stocked and can be sold."""
        return super().template(session) | {"StockItem": True, "Sellable": True}

    @override
    def detail_template(
        self, session: Session, record: JsonObject, collection: Property
    ) -> JsonObject:
        """Start a detail with its item's number."""
        detail = super().detail_template(session, record, collection)
        return detail | {"ItemNumber": record["UnformattedItemNumber"]}

    @override
    def prepare(self, session: Session, record: JsonObject, given: JsonObject) -> None:
        """Format the number; the stocking unit is one of the item's units."""
        del session, given
        check_required(
            record,
            {
                "UnformattedItemNumber": "Item number",
                "StructureCode": "Structure code",
                "Category": "Category",
                "StockingUnitOfMeasure": "Stocking unit of measure",
            },
        )
        if record["StockItem"]:
            check_required(record, {"AccountSetCode": "Account set code"})
        record["ItemNumber"] = record["ItemNumber"] or record["UnformattedItemNumber"]
        if not record[_UNITS]:
            record[_UNITS] = [self._stocking_unit(record)]

    @override
    def check(self, session: Session, record: JsonObject) -> None:
        """Check references and units."""
        references = {"Category": (CATEGORIES.path, "Category")}
        check_references(session, record, references)
        stocking = record["StockingUnitOfMeasure"]
        units = {unit["UnitOfMeasure"]: unit for unit in record[_UNITS]}
        if stocking not in units:
            raise field_invalid(f"Unit of measure '{stocking}' does not exist for the item.")
        for unit in units.values():
            if Decimal(str(unit["ConversionFactor"])) <= 0:
                raise field_invalid("Conversion factor must be greater than zero.")
        if Decimal(str(units[stocking]["ConversionFactor"])) != 1:
            raise field_invalid("The stocking unit's conversion factor must be 1.")

    @override
    def settle(self, session: Session, record: JsonObject) -> None:
        """Stamp what was maintained."""
        put_stamp(session, record, _STAMP)

    @override
    def check_delete(self, session: Session, record: JsonObject) -> None:
        """An item in stock, or known at a location, stays."""
        number = record["UnformattedItemNumber"]
        if record["QuantityOnHand"] or record["QuantityOnPurchaseOrder"]:
            raise record_invalid(f"Item '{number}' has quantities; it cannot be deleted.")
        check_unused(session, number, label="Item", uses={"IC/ICLocationDetails": "ItemNumber"})

    def _stocking_unit(self, record: JsonObject) -> JsonObject:
        units = self.resource.find(_UNITS)
        unit = blank_record(units.details if units is not None else ())
        return unit | {
            "ItemNumber": record["UnformattedItemNumber"],
            "UnitOfMeasure": record["StockingUnitOfMeasure"],
            "ConversionFactor": 1,
            "FACTOR": 1,
        }


class CategoryRules(Rules):
    """A category of items, with the accounts its movements go to."""

    drivers = _STATUS_DRIVERS
    kept = frozenset({_STAMP})

    @override
    def prepare(self, session: Session, record: JsonObject, given: JsonObject) -> None:
        """The code is needed."""
        del session, given
        check_required(record, {"CategoryCode": "Category code"})

    @override
    def check(self, session: Session, record: JsonObject) -> None:
        """Accounts must exist; a rate needs commission to be paid."""
        for name, label in _ACCOUNTS.items():
            check_account(session, record[name], label=label)
        if record["CommissionRate"] and not record["CommissionPaid"]:
            raise field_invalid("Commission rate cannot be given when no commission is paid.")

    @override
    def settle(self, session: Session, record: JsonObject) -> None:
        """Stamp what was maintained."""
        put_stamp(session, record, _STAMP)

    @override
    def check_delete(self, session: Session, record: JsonObject) -> None:
        """A category with items stays."""
        code = record["CategoryCode"]
        check_unused(session, code, label="Category", uses={"IC/ICItems": "Category"})


class LocationRules(Rules):
    """A place where items are."""

    drivers = _STATUS_DRIVERS
    kept = frozenset({_STAMP})

    @override
    def prepare(self, session: Session, record: JsonObject, given: JsonObject) -> None:
        """The code is needed."""
        del session, given
        check_required(record, {"LocationKey": "Location"})

    @override
    def settle(self, session: Session, record: JsonObject) -> None:
        """Stamp what was maintained."""
        put_stamp(session, record, _STAMP)

    @override
    def check_delete(self, session: Session, record: JsonObject) -> None:
        """A location that keeps items stays."""
        uses = {"IC/ICLocationDetails": "Location", "PO/POPurchaseOrders": "ShipToLocation"}
        check_unused(session, record["LocationKey"], label="Location", uses=uses)


RULES = {
    ITEMS.path: ItemRules(ITEMS),
    CATEGORIES.path: CategoryRules(CATEGORIES),
    LOCATIONS.path: LocationRules(LOCATIONS),
}
