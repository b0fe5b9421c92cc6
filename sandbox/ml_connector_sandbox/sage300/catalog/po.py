"""Resources of Purchase Orders, with types and lengths of the Sage sheet §4.4."""

from __future__ import annotations

from ml_connector_sandbox.sage300._types import parse_properties
from ml_connector_sandbox.sage300.catalog._define import (
    define,
    define_process,
    details,
)

_LINE = parse_properties("""
LineNumber dec0, PurchaseOrderLineSequence dec0, ItemNumber code24, Location code6
ItemDescription str60, VendorItemNumber str24, ManufacturersItemNumber str24
UnitOfMeasure str10, QuantityOrdered dec4, QuantityReceived dec4, QuantityCanceled dec4
QuantityOutstanding dec4, UnitCost dec6, ExtendedCost dec3
DiscountPercentage dec5, DiscountAmount dec3, NetOfTax dec3, TaxIncluded dec3
TaxExcluded dec3, TotalTax dec3, TaxClass1-5 int, TaxBase1-5 dec3, TaxRate1-5 dec5
TaxAmount1-5 dec3, ExpectedArrivalDate date
CompletionStatus CompletionStatus(No Yes Yes1), DateCompleted date, OrderNumber code22
ExpenseAccount code45, NonStockClearingAccount code45, StockItem bool, DropShip bool
Contract code16, Project code16, Category code16, NumberOfOptionalFields int, DetailNumber int
""")

_ORDER = parse_properties("""
PurchaseOrderSequenceKey dec0, PurchaseOrderNumber code22, PurchaseOrderDate date
OrderDate date, ExpectedArrivalDate date, Vendor code12, Name str60, Address1-4 str60
City str30, StateProvince str30, ZipPostalCode str20, Country str30, PhoneNumber str30
Contact str60, Email str50
PurchaseOrderType PurchaseOrderType(Active Standing Future Blanket)
OnHold bool, Completed bool, Printed bool, DateCompleted date, LastPostingDate date
TemplateCode code6, FOBPoint str60, TermsCode code6, Description str60, Reference str60
Comment str250, ShipVia code6, ShipToLocation code6, BillToLocation code6
LastReceiptNumber code22, ReceiptDate date, NumberOfPostedReceipts int
Currency code3, ExchangeRate dec7, RateType code2, RateDate date
RateOperation RateOperation(Multiply Divide), RateOverridden bool
ExtendedCost dec3, Total dec3, ExtendedReceivedAmount dec3, ExtendedCanceledAmount dec3
AmountReceivedToDate dec3, QuantityOrdered dec4, ExtendedWeight dec4
TaxGroup code12, TaxAuthority1-5 code12, TaxClass1-5 int, TaxBase1-5 dec3, IncludedTaxAmount1-5 dec3
ExcludedTaxAmount1-5 dec3, TaxAmount1-5 dec3, TotalTax dec3
DiscountPercentage dec5, DiscountAmount dec3, RequisitionNumber code22
DocumentSource DocumentSource(Entered Internet), VendorAccountSet code6, EnteredBy code8
NumberOfOptionalFields int
""")

_RECEIPT = """
ReceiptSequenceKey dec0, ReceiptNumber code22, ReceiptDate date, FiscalYear str4
FiscalPeriod FiscalPeriod(Num1 Num2 Num3 Num4 Num5 Num6 Num7 Num8 Num9 Num10 Num11 Num12
  Num13 Num14 Num15)
Vendor code12, Name str60, PurchaseOrderSequenceKey dec0, PurchaseOrderNumber code22
TemplateCode code6, FOBPoint str60, TermsCode code6, Description str60, Reference str60
Comment str250, ShipVia code6, ShipToLocation code6, BillToLocation code6
InvoiceNumber code22, Invoiced bool, Completed bool, DateCompleted date, LastPostingDate date
PostingDate date, Currency code3, ExchangeRate dec7, RateType code2, RateDate date
RateOperation RateOperation(Multiply Divide), RateOverridden bool, ExtendedCost dec3
AdditionalCosts dec3, QuantityReceived dec4, TaxGroup code12, TaxAuthority1-5 code12
TaxClass1-5 int, TaxBase1-5 dec3, TaxAmount1-5 dec3, TotalTax dec3, DiscountPercentage dec5
DiscountAmount dec3, Total dec3, VendorAccountSet code6, EnteredBy code8
NumberOfOptionalFields int
"""

_RECEIPT_LINE = """
ReceiptSequenceKey dec0, LineNumber dec0, ReceiptLineSequence dec0
PurchaseOrderSequenceKey dec0, PurchaseOrderLineSequence dec0, PurchaseOrderNumber code22
ItemNumber code24, Location code6, ItemDescription str60, VendorItemNumber code24
UnitOfMeasure str10, QuantityOrdered dec4, QuantityReceived dec4, QuantityCanceled dec4
QuantityOutstanding dec4, StockingQuantityReceived dec4, UnitCost dec6, ExtendedCost dec3
DiscountPercentage dec5, DiscountAmount dec3, TaxClass1-5 int, TaxBase1-5 dec3, TaxRate1-5 dec5
TaxAmount1-5 dec3, NetOfTax dec3, TotalTax dec3, ExpenseAccount code45
NonStockClearingAccount code45, StockItem bool, QuantityInvoiced dec4, QuantityReturned dec4
FullyInvoiced bool, Completed bool, DateCompleted date, NumberOfOptionalFields int
"""

_RETURN = """
ReturnSequenceKey dec0, ReturnNumber code22, ReturnDate date, FiscalYear str4
FiscalPeriod FiscalPeriod(Num1 Num2 Num3 Num4 Num5 Num6 Num7 Num8 Num9 Num10 Num11 Num12
  Num13 Num14 Num15)
Vendor code12, Name str60, ReceiptSequenceKey dec0, ReceiptNumber code22
PurchaseOrderNumber code22, TemplateCode code6, FOBPoint str60, TermsCode code6
Description str60, Reference str60, Comment str250, ShipVia code6, ShipToLocation code6
BillToLocation code6, CreditNoteNumber code22, Completed bool, DateCompleted date
LastPostingDate date, PostingDate date, Currency code3, ExchangeRate dec7, RateType code2
RateDate date, RateOperation RateOperation(Multiply Divide), RateOverridden bool
ExtendedCost dec3, QuantityReturned dec4, TaxGroup code12, TaxAuthority1-5 code12
TaxClass1-5 int, TaxBase1-5 dec3, TaxAmount1-5 dec3, TotalTax dec3, Total dec3
VendorAccountSet code6, EnteredBy code8, NumberOfOptionalFields int
"""

_RETURN_LINE = """
ReturnSequenceKey dec0, LineNumber dec0, ReturnLineSequence dec0, ReceiptSequenceKey dec0
ReceiptLineSequence dec0, ReceiptNumber code22, ItemNumber code24, Location code6
ItemDescription str60, UnitOfMeasure str10, QuantityReceived dec4, QuantityReturned dec4
StockingQuantityReturned dec4, UnitCost dec6, ExtendedCost dec3, TaxClass1-5 int
TaxBase1-5 dec3, TaxRate1-5 dec5, TaxAmount1-5 dec3, NetOfTax dec3, TotalTax dec3
ExpenseAccount code45, NonStockClearingAccount code45, StockItem bool
NumberOfOptionalFields int
"""

_REQUISITION = """
RequisitionSequenceKey dec0, RequisitionNumber code22, RequisitionDate date, DateRequired date
RequisitionType RequisitionType(Active Future), ExpirationDate date, RequestedBy str60
Vendor code12, Name str60, Location code6, OnHold bool, Completed bool, DateCompleted date
Description str60, Reference str60, Comment str250
ApprovalStatus ApprovalStatus(NotSubmitted Submitted Approved Rejected), EnteredBy code8
LastPostingDate date, NumberOfOptionalFields int
"""

_REQUISITION_LINE = """
RequisitionSequenceKey dec0, LineNumber dec0, RequisitionLineSequence dec0, Vendor code12
ItemNumber code24, Location code6, ItemDescription str60, UnitOfMeasure str10
QuantityOrdered dec4, UnitCost dec6, ExpectedArrivalDate date, OrderNumber code22
Completed bool, NumberOfOptionalFields int
"""

# Confirmed by compiled code, the odd RCPUNIT and the cut name among them (§4.4, C).
_INVOICE = """
InvoiceSequenceKey dec0, InvoiceNumber code22, InvoiceDate date, FiscalYear str4
FiscalPeriod FiscalPeriod(Num1 Num2 Num3 Num4 Num5 Num6 Num7 Num8 Num9 Num10 Num11 Num12
  Num13 Num14 Num15)
Vendor code12, Name str60, PurchaseOrderSequenceKey dec0, PurchaseOrderNumber code22
FromDocument InvoiceFromDocument(Receipt Return), ReceiptSequenceKey dec0
ReceiptNumber code22, ReceiptDate date, ReturnNumber code22, Description str60, Reference str60
TermsCode code6, ShipToLocation code6, Currency code3, ExchangeRate dec7, RateType code2
RateDate date, RateOperation RateOperation(Multiply Divide), ExtendedCost dec3
AdditionalCosts dec3, QuantityReceived dec4, TaxGroup code12, TaxAuthority1-5 code12
TaxClass1-5 int, TaxBase1-5 dec3, TaxAmount1-5 dec3, TotalTax dec3, DiscountPercentage dec5
DiscountAmount dec3, Total dec3, Payments dec0, OnHold bool, Completed bool
DateCompleted date, LastPostingDate date, PostingDate date, VendorAccountSet code6
EnteredBy code8, NumberOfOptionalFields int
"""

_INVOICE_LINE = """
InvoiceSequenceKey dec0, LineNumber dec0, InvoiceLineSequence dec0, ReceiptNumber code22
PurchaseOrderNumber code22, ItemNumber code24, Location code6, ItemDescription str60
UnitOfMeasure str10, RCPUNIT str10, QuantityReceived dec4, StockingQuantityReceived dec4
UnitCost dec6, ExtendedCost dec3, PaymentDiscountBaseWithoutTa dec3, TaxClass1-5 int
TaxBase1-5 dec3, TaxRate1-5 dec5, TaxAmount1-5 dec3, ExpenseAccount code45
FullyInvoiced bool, NumberOfOptionalFields int
"""

_CREDIT_DEBIT_NOTE = """
CreditDebitNoteSequenceKey dec0, CreditDebitNoteNumber code22, CreditDebitNoteDate date
TransactionType CreditDebitNoteType(CreditNote DebitNote)
FromDocument CreditDebitNoteFromDocument(Return Invoice), FiscalYear str4
FiscalPeriod FiscalPeriod(Num1 Num2 Num3 Num4 Num5 Num6 Num7 Num8 Num9 Num10 Num11 Num12
  Num13 Num14 Num15)
InvoiceNumber code22, ReturnNumber code22, Vendor code12, Name str60, Description str60
Reference str60, TermsCode code6, Currency code3, ExchangeRate dec7, RateType code2
RateDate date, RateOperation RateOperation(Multiply Divide), ExtendedCost dec3
QuantityReturned dec4, TaxGroup code12, TaxAuthority1-5 code12, TaxBase1-5 dec3
TaxAmount1-5 dec3, TotalTax dec3, Total dec3, Completed bool, DateCompleted date
LastPostingDate date, PostingDate date, VendorAccountSet code6, EnteredBy code8
NumberOfOptionalFields int
"""

_CREDIT_DEBIT_NOTE_LINE = """
CreditDebitNoteSequenceKey dec0, LineNumber dec0, CreditDebitNoteLineSequence dec0
ReturnNumber code22, ItemNumber code24, Location code6, ItemDescription str60
UnitOfMeasure str10, QuantityReturned dec4, StockingQuantityReturned dec4, UnitCost dec6
ExtendedCost dec3, TaxBase1-5 dec3, TaxRate1-5 dec5, TaxAmount1-5 dec3, ExpenseAccount code45
NumberOfOptionalFields int
"""

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

# Two names for one view: what is posted through the first is read through the second.
RECEIPTS = define(
    "PO/POReceipts",
    "Receipt",
    (
        *parse_properties(_RECEIPT),
        details(
            "ReceiptLine2s",
            "ReceiptLine2",
            parse_properties(_RECEIPT_LINE),
            key="LineNumber",
            step=10,
        ),
    ),
    verbs="P",
    stamp="LastPostingDate",
)

GET_RECEIPTS = define(
    "PO/POGetReceipts",
    "GetReceipt",
    (
        *parse_properties(_RECEIPT),
        details(
            "ReceiptLines",
            "ReceiptLine",
            parse_properties(_RECEIPT_LINE),
            key="LineNumber",
            step=10,
        ),
    ),
    verbs="G",
    stamp="LastPostingDate",
)

RETURNS = define(
    "PO/POReturns",
    "Return",
    (
        *parse_properties(_RETURN),
        details(
            "ReturnLines", "ReturnLine", parse_properties(_RETURN_LINE), key="LineNumber", step=10
        ),
    ),
    verbs="GP",
    stamp="LastPostingDate",
)

REQUISITIONS = define(
    "PO/PORequisitions",
    "Requisition",
    (
        *parse_properties(_REQUISITION),
        details(
            "RequisitionLines",
            "RequisitionLine",
            parse_properties(_REQUISITION_LINE),
            key="LineNumber",
            step=1000,
        ),
    ),
    verbs="GP",
    stamp="LastPostingDate",
)

INVOICES = define(
    "PO/POInvoices",
    "Invoice",
    (
        *parse_properties(_INVOICE),
        details(
            "InvoiceLines",
            "InvoiceLine",
            parse_properties(_INVOICE_LINE),
            key="LineNumber",
            step=10,
        ),
    ),
    verbs="G",
    stamp="LastPostingDate",
)

CREDIT_DEBIT_NOTES = define(
    "PO/POCreditDebitNotes",
    "CreditDebitNote",
    (
        *parse_properties(_CREDIT_DEBIT_NOTE),
        details(
            "CreditDebitNoteLines",
            "CreditDebitNoteLine",
            parse_properties(_CREDIT_DEBIT_NOTE_LINE),
            key="LineNumber",
            step=10,
        ),
    ),
    verbs="G",
    stamp="LastPostingDate",
)

DAY_END = define_process("PO/PODayEndProcessing", "DayEndProcessing")

RESOURCES = (
    PURCHASE_ORDERS,
    RECEIPTS,
    GET_RECEIPTS,
    RETURNS,
    REQUISITIONS,
    INVOICES,
    CREDIT_DEBIT_NOTES,
    DAY_END,
)
