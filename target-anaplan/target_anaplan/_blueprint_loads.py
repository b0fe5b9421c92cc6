"""The loads of the blueprint, parents before children: file, list, module, column by column.

The one source of what `ml-connector ping` compares a model with, of the target's defaults, and of
the tables in `docs/anaplan-model.md`. Columns carry the records' property names.
"""

from __future__ import annotations

from typing import Final

from target_anaplan._blueprint_parts import (
    LoadBlueprint,
    boolean,
    chosen,
    date,
    ignored,
    number,
    text,
)

VENDOR_GROUPS: Final = LoadBlueprint(
    stream="vendor_groups",
    list_name="Vendor Groups",
    module="SYS Vendor Groups",
    code="GroupCode",
    columns=(
        *ignored("GroupCode"),
        text("Description"),
        text("Status"),
        text("CurrencyCode", "Currency"),
        text("Terms"),
    ),
)
VENDORS: Final = LoadBlueprint(
    stream="vendors",
    list_name="Vendors",
    module="SYS Vendors",
    code="VendorNumber",
    parent=("Vendor Groups", "GroupCode"),
    columns=(
        *ignored("VendorNumber"),
        text("VendorName", "Vendor Name"),
        text("ShortName", "Short Name"),
        *ignored("GroupCode"),
        text("Status"),
        text("OnHold", "On Hold"),
        text("CurrencyCode", "Currency"),
        text("Terms"),
        text("City"),
        text("Country"),
    ),
)
GL_ACCOUNT_GROUPS: Final = LoadBlueprint(
    stream="gl_account_groups",
    list_name="GL Account Groups",
    module="SYS GL Account Groups",
    code="AccountGroupCode",
    columns=(
        *ignored("AccountGroupCode"),
        text("AccountGroupDescription", "Description"),
        text("AccountGroupSortCode", "Sort Code"),
        text("GroupCategory", "Group Category"),
    ),
)
GL_ACCOUNTS: Final = LoadBlueprint(
    stream="gl_accounts",
    list_name="GL Accounts",
    module="SYS GL Accounts",
    code="UnformattedAccount",
    parent=("GL Account Groups", "AccountGroupCode"),
    columns=(
        *ignored("UnformattedAccount"),
        text("AccountNumber", "Account Number"),
        text("Description"),
        *ignored("AccountGroupCode"),
        text("AccountType", "Account Type"),
        text("NormalBalanceDRCR", "Normal Balance"),
        text("Status"),
        text("PostToAccount", "Post To Account"),
        text("ControlAccount", "Control Account"),
        text("Multicurrency"),
        *ignored("CostCenter"),
    ),
)
COST_CENTERS: Final = LoadBlueprint(
    stream="gl_segment_codes",
    list_name="Cost Centers",
    module="SYS Cost Centers",
    code="SegmentCode",
    columns=(
        *ignored("SegmentNumber", "SegmentCode"),
        text("SegmentCodeDescription", "Description"),
    ),
)
ITEMS: Final = LoadBlueprint(
    stream="items",
    list_name="Items",
    module="SYS Items",
    code="UnformattedItemNumber",
    columns=(
        *ignored("UnformattedItemNumber"),
        text("ItemNumber", "Item Number"),
        text("Description"),
        text("Category"),
        text("Status"),
        boolean("StockItem", "Stock Item"),
        text("StockingUnitOfMeasure", "Unit Of Measure"),
    ),
)
PO_LINES: Final = LoadBlueprint(
    stream="purchase_order_lines",
    list_name="PO Lines",
    module="DAT PO Lines",
    code="TransactionId",
    amount="FunctionalExtendedCost",
    columns=(
        *ignored("TransactionId", "Company"),
        text("PurchaseOrderNumber", "Order Number"),
        *ignored("LineNumber"),
        chosen("Vendor", "Vendor", of="Vendors"),
        date("OrderDate", "Order Date"),
        date("ExpectedArrivalDate", "Expected Arrival Date"),
        text("PurchaseOrderType", "Order Type"),
        boolean("OnHold", "On Hold"),
        boolean("Completed"),
        boolean("Deleted"),
        *ignored("ItemNumber"),
        chosen("UnformattedItemNumber", "Item", of="Items"),
        *ignored("ItemDescription"),
        number("QuantityOrdered", "Quantity Ordered"),
        number("QuantityReceived", "Quantity Received"),
        number("QuantityCanceled", "Quantity Canceled"),
        number("QuantityOutstanding", "Quantity Outstanding"),
        number("UnitCost", "Unit Cost"),
        number("ExtendedCost", "Amount"),
        number("OutstandingAmount", "Outstanding Amount"),
        text("Currency"),
        number("FunctionalExtendedCost", "Functional Amount"),
        number("FunctionalOutstandingAmount", "Functional Outstanding"),
        text("ExpenseAccount", "Expense Account"),
    ),
)
AP_INVOICE_LINES: Final = LoadBlueprint(
    stream="ap_invoice_lines",
    list_name="AP Invoice Lines",
    module="DAT AP Invoice Lines",
    code="TransactionId",
    amount="FunctionalAmount",
    columns=(
        *ignored("TransactionId", "Company", "BatchNumber", "EntryNumber", "LineNumber"),
        chosen("VendorNumber", "Vendor", of="Vendors"),
        chosen("GLAccount", "GL Account", of="GL Accounts"),
        chosen("CostCenter", "Cost Center", of="Cost Centers"),
        text("DocumentNumber", "Document Number"),
        text("DocumentType", "Document Type"),
        date("DocumentDate", "Document Date"),
        date("PostingDate", "Posting Date"),
        number("FiscalYear", "Fiscal Year"),
        number("FiscalPeriod", "Fiscal Period"),
        text("BatchStatus", "Batch Status"),
        boolean("Posted"),
        boolean("Deleted"),
        number("SignedAmount", "Signed Amount"),
        text("CurrencyCode", "Currency"),
        number("FunctionalAmount", "Functional Amount"),
    ),
)
PO_INVOICE_LINES: Final = LoadBlueprint(
    stream="po_invoice_lines",
    list_name="PO Invoice Lines",
    module="DAT PO Invoice Lines",
    code="TransactionId",
    amount="FunctionalExtendedCost",
    columns=(
        *ignored("TransactionId", "Company"),
        text("InvoiceNumber", "Invoice Number"),
        *ignored("LineNumber"),
        chosen("Vendor", "Vendor", of="Vendors"),
        *ignored("ItemNumber"),
        chosen("UnformattedItemNumber", "Item", of="Items"),
        *ignored("ItemDescription"),
        date("InvoiceDate", "Invoice Date"),
        date("PostingDate", "Posting Date"),
        number("FiscalYear", "Fiscal Year"),
        number("FiscalPeriod", "Fiscal Period"),
        text("PurchaseOrderNumber", "Order Number"),
        text("ReceiptNumber", "Receipt Number"),
        text("UnitOfMeasure", "Unit Of Measure"),
        number("QuantityReceived", "Quantity Received"),
        number("UnitCost", "Unit Cost"),
        number("ExtendedCost", "Amount"),
        text("Currency"),
        number("FunctionalExtendedCost", "Functional Amount"),
        text("ExpenseAccount", "Expense Account"),
        boolean("Deleted"),
    ),
)
GL_ACTUAL_LINES: Final = LoadBlueprint(
    stream="gl_posted_transactions",
    list_name="GL Actual Lines",
    module="DAT GL Actuals",
    code="TransactionId",
    amount="JournalTransactionAmount",
    columns=(
        *ignored("TransactionId", "Company", "PostingSequenceNumber"),
        chosen("AccountNumber", "GL Account", of="GL Accounts"),
        chosen("CostCenter", "Cost Center", of="Cost Centers"),
        number("FiscalYear", "Fiscal Year"),
        number("FiscalPeriod", "Fiscal Period"),
        *ignored("JournalDate"),
        number("JournalTransactionAmount", "Functional Amount"),
        boolean("FromPlanning", "From Planning"),
    ),
)
POSTING_RESULTS: Final = LoadBlueprint(
    stream="posting_results",
    list_name="Posting Status",
    module="SYS Posting Status",
    code="TransactionId",
    columns=(
        *ignored("TransactionId"),
        number("Revision"),
        text("Status"),
        text("Batch"),
        text("Entry"),
        text("Reason"),
        date("PostedDate", "Posted Date"),
    ),
)
"""What became of what planners approved; it comes with the way back, by a process of its own."""
BLUEPRINT_LOADS: Final = (
    VENDOR_GROUPS,
    VENDORS,
    GL_ACCOUNT_GROUPS,
    GL_ACCOUNTS,
    COST_CENTERS,
    ITEMS,
    PO_LINES,
    AP_INVOICE_LINES,
    PO_INVOICE_LINES,
    GL_ACTUAL_LINES,
)
"""Parents before children: the order in which the lists depend on each other."""
