"""Sage's resources behind the typed streams: module, key, change stamp and the fields we want.

Names marked M in the Sage sheet (§4) are derived, not verified: they are matched against
`$metadata` without regard to case, with the alternatives listed here, and the server's spelling is
used.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tap_sage300.values import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class ResourceSpec:
    """One resource as this product wants it."""

    module: str
    name: str
    key: str | tuple[str, ...]
    """The property that is the key, or all of them in the order of the metadata."""
    required: tuple[str, ...] = ()
    """Properties without which no correct record can be built."""
    wanted: tuple[str, ...] = ()
    """Properties read by default; others of the resource can be selected in the catalog."""
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    """Forms we insist on, whatever `$metadata` says."""
    stamp: str | None = None
    collection: str | None = None
    """The nested collection of lines."""
    page_rows: int | None = None
    """Records per page at most, where they come with all they hold: see `page_sizes`."""
    nested: tuple[ResourceSpec, ...] = ()
    """Collections within the lines; `name` is the collection's."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The key's properties."""
        return (self.key,) if isinstance(self.key, str) else self.key


ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "DateLastMaintained": ("LastMaintainedDate", "LastMaintained"),
    "OnHold": ("OnHoldSwitch",),
    "Terms": ("TermsCode",),
    "TermsCode": ("Terms",),
    "Description": ("GroupDescription",),
    "DateLastEdited": ("LastEditedDate", "LastEdited"),
    "LastActivityDate": ("DateOfLastActivity", "LastActivity"),
    "Vendor": ("VendorNumber",),
    "Currency": ("CurrencyCode",),
    "SegmentCode": ("SegmentCodeKey",),
    "SegmentCodeDescription": ("Description",),
    "AccountGroupDescription": ("Description",),
    "FiscalSetYear": ("FiscalYear",),
    "FiscalSetDesignator": ("Designator",),
}
"""Other spellings of one property, seen in web screens or other modules (Sage sheet §4.3)."""

VENDOR_GROUPS: Final = ResourceSpec(
    module="AP",
    name="APVendorGroups",
    key="GroupCode",
    stamp="DateLastMaintained",
    wanted=(
        "GroupCode",
        "Description",
        "Status",
        "DateLastMaintained",
        "AccountSet",
        "CurrencyCode",
        "Terms",
        "TaxGroup",
    ),
)

VENDORS: Final = ResourceSpec(
    module="AP",
    name="APVendors",
    key="VendorNumber",
    stamp="DateLastMaintained",
    wanted=(
        "VendorNumber",
        "ShortName",
        "GroupCode",
        "Status",
        "InactiveDate",
        "DateLastMaintained",
        "OnHold",
        "VendorName",
        "City",
        "StateProvince",
        "ZipPostalCode",
        "Country",
        "AccountSet",
        "CurrencyCode",
        "Terms",
        "TaxGroup",
    ),
)

PURCHASE_ORDERS: Final = ResourceSpec(
    module="PO",
    name="POPurchaseOrders",
    key="PurchaseOrderSequenceKey",
    stamp="LastPostingDate",
    collection="PurchaseOrderLines",
    required=("PurchaseOrderNumber", "Vendor", "Currency"),
    kinds={
        "PurchaseOrderSequenceKey": Kind.INTEGER,
        "OnHold": Kind.FLAG,
        "Completed": Kind.FLAG,
        "ExchangeRate": Kind.NUMBER,
    },
    wanted=(
        "PurchaseOrderSequenceKey",
        "PurchaseOrderNumber",
        "PurchaseOrderDate",
        "OrderDate",
        "ExpectedArrivalDate",
        "Vendor",
        "Name",
        "PurchaseOrderType",
        "OnHold",
        "Completed",
        "DateCompleted",
        "LastPostingDate",
        "TermsCode",
        "Description",
        "Reference",
        "Currency",
        "ExchangeRate",
        "RateType",
        "RateDate",
        "RateOperation",
        "ExtendedCost",
        "DiscountPercentage",
        "DiscountAmount",
        "TotalTax",
        "Total",
        "TaxGroup",
        "VendorAccountSet",
        "EnteredBy",
    ),
)

PURCHASE_ORDER_LINES: Final = ResourceSpec(
    module="PO",
    name="POPurchaseOrders",
    key="LineNumber",
    required=("QuantityOrdered", "UnitCost", "ExtendedCost"),
    kinds={"LineNumber": Kind.INTEGER},
    wanted=(
        "LineNumber",
        "ItemNumber",
        "ItemDescription",
        "Location",
        "UnitOfMeasure",
        "QuantityOrdered",
        "QuantityReceived",
        "QuantityCanceled",
        "QuantityOutstanding",
        "UnitCost",
        "ExtendedCost",
        "DiscountPercentage",
        "DiscountAmount",
        "ExpectedArrivalDate",
        "CompletionStatus",
        "ExpenseAccount",
    ),
)

PURCHASE_INVOICES: Final = ResourceSpec(
    module="PO",
    name="POInvoices",
    key="InvoiceSequenceKey",
    stamp="LastPostingDate",
    collection="InvoiceLines",
    required=("InvoiceNumber", "Vendor", "Currency"),
    kinds={
        "InvoiceSequenceKey": Kind.INTEGER,
        "PurchaseOrderSequenceKey": Kind.INTEGER,
        "ReceiptSequenceKey": Kind.INTEGER,
        "OnHold": Kind.FLAG,
        "Completed": Kind.FLAG,
        "ExchangeRate": Kind.NUMBER,
    },
    wanted=(
        "InvoiceSequenceKey",
        "InvoiceNumber",
        "InvoiceDate",
        "PostingDate",
        "FiscalYear",
        "FiscalPeriod",
        "Vendor",
        "Name",
        "PurchaseOrderNumber",
        "FromDocument",
        "ReceiptNumber",
        "ReturnNumber",
        "Description",
        "Reference",
        "TermsCode",
        "OnHold",
        "Completed",
        "DateCompleted",
        "LastPostingDate",
        "Currency",
        "ExchangeRate",
        "RateType",
        "RateDate",
        "RateOperation",
        "ExtendedCost",
        "AdditionalCosts",
        "DiscountAmount",
        "TotalTax",
        "Total",
        "TaxGroup",
        "VendorAccountSet",
        "EnteredBy",
    ),
)

PURCHASE_INVOICE_LINES: Final = ResourceSpec(
    module="PO",
    name="POInvoices",
    key="LineNumber",
    required=("ExtendedCost",),
    kinds={"LineNumber": Kind.INTEGER},
    wanted=(
        "LineNumber",
        "ReceiptNumber",
        "PurchaseOrderNumber",
        "ItemNumber",
        "ItemDescription",
        "Location",
        "UnitOfMeasure",
        "QuantityReceived",
        "UnitCost",
        "ExtendedCost",
        "ExpenseAccount",
    ),
)

COMPANY_PROFILE: Final = ResourceSpec(
    module="CS",
    name="CSCompanyProfile",
    key="DatabaseID",
    wanted=(
        "DatabaseID",
        "Name",
        "FunctionalCurrency",
        "Multicurrency",
        "NumberOfFiscalPeriods",
        "LockedFiscalPeriod",
        "InactiveGLAccount",
        "NonexistentGLAccount",
    ),
)

FISCAL_CALENDARS: Final = ResourceSpec(
    module="CS",
    name="CSFiscalCalendars",
    key="FiscalYear",
    wanted=(
        "FiscalYear",
        "NumberOfFiscalPeriods",
        "Active",
        *(f"FiscalPeriod{period}StartDate" for period in range(1, 14)),
        *(f"FiscalPeriod{period}EndDate" for period in range(1, 14)),
    ),
)

CURRENCY_CODES: Final = ResourceSpec(module="CS", name="CSCurrencyCodes", key="CurrencyCodeKey")

ITEMS: Final = ResourceSpec(
    module="IC",
    name="ICItems",
    key="UnformattedItemNumber",
    stamp="DateLastMaintained",
    kinds={"Status": Kind.STATUS, "StockItem": Kind.FLAG, "Sellable": Kind.FLAG},
    wanted=(
        "UnformattedItemNumber",
        "ItemNumber",
        "Description",
        "DateLastMaintained",
        "Status",
        "DateInactive",
        "Category",
        "AccountSetCode",
        "StockItem",
        "StockingUnitOfMeasure",
        "Sellable",
        "CostingMethod",
    ),
)

ITEM_LOCATIONS: Final = ResourceSpec(
    module="IC",
    name="ICLocationDetails",
    key=("ItemNumber", "Location"),
    kinds={"Allowed": Kind.FLAG, "InUse": Kind.FLAG},
    wanted=(
        "ItemNumber",
        "Location",
        "Allowed",
        "InUse",
        "DateLastUsed",
        "QuantityOnHand",
        "QuantityOnPurchaseOrder",
        "QuantityOnSalesOrder",
        "QuantityCommitted",
        "TotalCost",
        "StandardCost",
        "MostRecentCost",
        "LastUnitCost",
        "AverageCost",
        "LastReceiptDate",
        "LastShipmentDate",
    ),
)
"""Not in the endpoint list of 2022, though newer clients read it: sites may lack it (§4.1)."""

CURRENCY_RATES: Final = ResourceSpec(
    module="CS",
    name="CSCurrencyRates",
    key=("ToCurrency", "RateType"),
    collection="CurrencyRateDetail",
    wanted=("ToCurrency", "RateType", "DateMatching", "RateOperation", "SourceOfRates"),
)

CURRENCY_RATE_LINES: Final = ResourceSpec(
    module="CS",
    name="CSCurrencyRates",
    key=("FromCurrency", "RateDate"),
    required=("Rate",),
    kinds={"RateDate": Kind.DATE, "Rate": Kind.NUMBER},
    wanted=("FromCurrency", "RateDate", "Rate", "Spread"),
)
