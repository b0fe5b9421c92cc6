"""Resources of Purchase Orders, with types and lengths of the Sage sheet §4.4."""

from __future__ import annotations

from ml_connector_sandbox.sage300._types import parse_properties
from ml_connector_sandbox.sage300.catalog._define import define, details

_LINE = parse_properties("""
LineNumber dec0, PurchaseOrderLineSequence dec0, ItemNumber str24, Location str6
ItemDescription str60, VendorItemNumber str24, ManufacturersItemNumber str24
UnitOfMeasure str10, QuantityOrdered dec4, QuantityReceived dec4, QuantityCanceled dec4
QuantityOutstanding dec4, UnitCost dec6, ExtendedCost dec3
DiscountPercentage dec5, DiscountAmount dec3, NetOfTax dec3, TaxIncluded dec3
TaxExcluded dec3, TotalTax dec3, ExpectedArrivalDate date
CompletionStatus CompletionStatus(No Yes Yes1), DateCompleted date, OrderNumber str22
ExpenseAccount str45, NonStockClearingAccount str45, StockItem bool, DropShip bool
NumberOfOptionalFields int, DetailNumber int
""")

_ORDER = parse_properties("""
PurchaseOrderSequenceKey dec0, PurchaseOrderNumber str22, PurchaseOrderDate date
OrderDate date, ExpectedArrivalDate date, Vendor str12, Name str60, Address1-4 str60
City str30, StateProvince str30, ZipPostalCode str20, Country str30, PhoneNumber str30
Contact str60, Email str50
PurchaseOrderType PurchaseOrderType(Active Standing Future Blanket)
OnHold bool, Completed bool, Printed bool, DateCompleted date, LastPostingDate date
TemplateCode str6, FOBPoint str60, TermsCode str6, Description str60, Reference str60
Comment str250, ShipVia str6, ShipToLocation str6, BillToLocation str6
LastReceiptNumber str22, ReceiptDate date, NumberOfPostedReceipts int
Currency str3, ExchangeRate dec7, RateType str2, RateDate date
RateOperation RateOperation(Multiply Divide), RateOverridden bool
ExtendedCost dec3, Total dec3, ExtendedReceivedAmount dec3, ExtendedCanceledAmount dec3
AmountReceivedToDate dec3, QuantityOrdered dec4, ExtendedWeight dec4
TaxGroup str12, TaxAuthority1-5 str12, TaxBase1-5 dec3, IncludedTaxAmount1-5 dec3
ExcludedTaxAmount1-5 dec3, TaxAmount1-5 dec3, TotalTax dec3
DiscountPercentage dec5, DiscountAmount dec3, RequisitionNumber str22
DocumentSource DocumentSource(Entered Internet), VendorAccountSet str6, EnteredBy str8
NumberOfOptionalFields int
""")

PURCHASE_ORDERS = define(
    "PO/POPurchaseOrders",
    "PurchaseOrder",
    (
        *_ORDER,
        details("PurchaseOrderLines", "PurchaseOrderLine", _LINE, key="LineNumber", step=1000),
    ),
    verbs="GP",
    stamp="LastPostingDate",
)

RESOURCES = (PURCHASE_ORDERS,)
