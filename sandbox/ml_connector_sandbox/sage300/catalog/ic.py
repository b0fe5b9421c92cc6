"""Resources of Inventory Control, with types and lengths of the Sage sheet §4.5."""

from __future__ import annotations

from ml_connector_sandbox.sage300._types import parse_properties
from ml_connector_sandbox.sage300.catalog._define import (
    define,
    define_process,
    details,
    optional_fields,
)

_ITEM = parse_properties("""
UnformattedItemNumber code24, ItemNumber code24, Description str60, DateLastMaintained date
Status bool(Active Inactive), DateInactive date, StructureCode code6, Category code6
AccountSetCode code6, StockItem bool, StockingUnitOfMeasure str10
DefaultPriceListCode code6, UnitWeight dec4, WeightUnitOfMeasure str10
CommodityNumber code16, Segment1-10 code24, Comment1-4 str80
AllowItemInWebStore bool, KittingItem bool, Sellable bool, SerialNumbers bool
LotNumbers bool
CostingMethod CostingMethod(MovingAverage FIFO LIFO StandardCost MostRecentCost
  UserSpecified)
QuantityOnHand dec4, QuantityOnPurchaseOrder dec4, QuantityOnSalesOrder dec4
QuantityAvailable dec4, NumberOfOptionalFields int
""")

ITEMS = define(
    "IC/ICItems",
    "Item",
    (
        *_ITEM,
        details(
            "ItemUnitsOfMeasure",
            "ItemUnitOfMeasure",
            # The second "conversion factor" of the view keeps its raw name (§4.0).
            parse_properties("""
            ItemNumber code24, UnitOfMeasure str10, ConversionFactor dec6, FACTOR dec6
            """),
            key="UnitOfMeasure",
        ),
        optional_fields("ItemOptionalFields", "ItemOptionalField", "ItemNumber code24"),
        details(
            "ItemTaxAuthorities",
            "ItemTaxAuthority",
            parse_properties("""
            ItemNumber code24, TaxAuthority code12, SalesTaxClass int, PurchaseTaxClass int
            """),
            key="TaxAuthority",
        ),
    ),
    stamp="DateLastMaintained",
)

CATEGORIES = define(
    "IC/ICCategories",
    "Category",
    parse_properties("""
    CategoryCode code6, Description str60, Status bool(Active Inactive), DateLastMaintained date
    DateInactive date, CommissionPaid bool, CommissionRate dec5, SalesAccount code45
    ReturnsAccount code45, CostOfGoodsSoldAccount code45, CostVarianceAccount code45
    DamagedGoodsAccount code45, InternalUsageAccount code45, DefaultPriceListCode code6
    """),
    stamp="DateLastMaintained",
)

LOCATIONS = define(
    "IC/ICLocations",
    "Location",
    parse_properties("""
    LocationKey code6, Name str60, Address1-4 str60, City str30, StateProvince str30
    ZipPostalCode str20, Country str30, PhoneNumber str30, FaxNumber str30, Contact str60
    Status bool(Active Inactive), DateInactive date, DateLastMaintained date
    LocationType LocationType(Physical Logical), SegmentNumber1-9 int, SegmentValue1-9 code15
    """),
    stamp="DateLastMaintained",
)

LOCATION_DETAILS = define(
    "IC/ICLocationDetails",
    "LocationDetail",
    parse_properties("""
    ItemNumber code24, Location code6, PickingSequence str10, Allowed bool, InUse bool
    DateLastUsed date, QuantityOnHand dec4, QuantityOnPurchaseOrder dec4
    QuantityOnSalesOrder dec4, QuantityCommitted dec4, TotalCost dec3, StandardCost dec6
    MostRecentCost dec6, LastUnitCost dec6, LastReceiptDate date, LastShipmentDate date
    AverageCost dec6
    """),
    verbs="G",
    key=("ItemNumber", "Location"),
)

DAY_END = define_process("IC/ICDayEndProcessing", "DayEndProcessing")

RESOURCES = (ITEMS, CATEGORIES, LOCATIONS, LOCATION_DETAILS, DAY_END)
