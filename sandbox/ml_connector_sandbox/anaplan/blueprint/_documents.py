"""Loads of document lines: one list item is one line, so what changed can be sent by itself.

Columns carry the properties' names in Sage 300 and those the link adds: the transaction id, the
functional twins, the cost center, fiscal year and period.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan.blueprint._load import (
    Cell,
    Load,
    boolean,
    chosen,
    date,
    number,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


def purchase_order_lines(*, item: Mapping[str, Cell]) -> Load:
    """Return the load of order lines; `item` says which column is the item, a text or of the list.

    Lines name an item in its formatted form; the list Items is by the unformatted one.
    """
    return Load(
        name="purchase_order_lines",
        number=3,
        list_number=3,
        list_name="PO Lines",
        module_number=3,
        module="DAT PO Lines",
        key="TransactionId",
        amount="Functional Amount",
        headers=(
            *("TransactionId", "Company", "PurchaseOrderNumber", "LineNumber", "Vendor"),
            *("OrderDate", "ExpectedArrivalDate", "PurchaseOrderType", "OnHold", "Completed"),
            *("Deleted", "ItemNumber", "UnformattedItemNumber", "ItemDescription"),
            *("QuantityOrdered", "QuantityReceived", "QuantityCanceled", "QuantityOutstanding"),
            *("UnitCost", "ExtendedCost"),
            *("OutstandingAmount", "Currency", "FunctionalExtendedCost"),
            *("FunctionalOutstandingAmount", "ExpenseAccount"),
        ),
        cells={
            "Vendor": chosen("Vendor", "Vendors"),
            **item,
            "PurchaseOrderNumber": text("Order Number"),
            "OrderDate": date("Order Date"),
            "ExpectedArrivalDate": date("Expected Arrival Date"),
            "PurchaseOrderType": text("Order Type"),
            "OnHold": boolean("On Hold"),
            "Completed": boolean("Completed"),
            "Deleted": boolean("Deleted"),
            "QuantityOrdered": number("Quantity Ordered"),
            "QuantityReceived": number("Quantity Received"),
            "QuantityCanceled": number("Quantity Canceled"),
            "QuantityOutstanding": number("Quantity Outstanding"),
            "UnitCost": number("Unit Cost"),
            "ExtendedCost": number("Amount"),
            "OutstandingAmount": number("Outstanding Amount"),
            "Currency": text("Currency"),
            "FunctionalExtendedCost": number("Functional Amount"),
            "FunctionalOutstandingAmount": number("Functional Outstanding"),
            "ExpenseAccount": text("Expense Account"),
        },
    )


AP_INVOICE_LINES = Load(
    name="ap_invoice_lines",
    number=8,
    list_number=9,
    list_name="AP Invoice Lines",
    module_number=10,
    module="DAT AP Invoice Lines",
    key="TransactionId",
    amount="Functional Amount",
    headers=(
        *("TransactionId", "Company", "BatchNumber", "EntryNumber", "LineNumber"),
        *("VendorNumber", "GLAccount", "CostCenter", "DocumentNumber", "DocumentType"),
        *("DocumentDate", "PostingDate", "FiscalYear", "FiscalPeriod", "BatchStatus", "Posted"),
        *("Deleted", "SignedAmount", "CurrencyCode", "FunctionalAmount"),
    ),
    cells={
        "VendorNumber": chosen("Vendor", "Vendors"),
        "GLAccount": chosen("GL Account", "GL Accounts"),
        "CostCenter": chosen("Cost Center", "Cost Centers"),
        "DocumentNumber": text("Document Number"),
        "DocumentType": text("Document Type"),
        "DocumentDate": date("Document Date"),
        "PostingDate": date("Posting Date"),
        "FiscalYear": number("Fiscal Year"),
        "FiscalPeriod": number("Fiscal Period"),
        "BatchStatus": text("Batch Status"),
        "Posted": boolean("Posted"),
        "Deleted": boolean("Deleted"),
        "SignedAmount": number("Signed Amount"),
        "CurrencyCode": text("Currency"),
        "FunctionalAmount": number("Functional Amount"),
    },
)
PO_INVOICE_LINES = Load(
    name="po_invoice_lines",
    number=9,
    list_number=10,
    list_name="PO Invoice Lines",
    module_number=11,
    module="DAT PO Invoice Lines",
    key="TransactionId",
    amount="Functional Amount",
    headers=(
        *("TransactionId", "Company", "InvoiceNumber", "LineNumber", "Vendor", "ItemNumber"),
        *("UnformattedItemNumber", "ItemDescription", "InvoiceDate", "PostingDate"),
        *("FiscalYear", "FiscalPeriod"),
        *("PurchaseOrderNumber", "ReceiptNumber", "UnitOfMeasure", "QuantityReceived"),
        *("UnitCost", "ExtendedCost", "Currency", "FunctionalExtendedCost", "ExpenseAccount"),
        "Deleted",
    ),
    cells={
        "Vendor": chosen("Vendor", "Vendors"),
        "UnformattedItemNumber": chosen("Item", "Items"),
        "InvoiceNumber": text("Invoice Number"),
        "InvoiceDate": date("Invoice Date"),
        "PostingDate": date("Posting Date"),
        "FiscalYear": number("Fiscal Year"),
        "FiscalPeriod": number("Fiscal Period"),
        "PurchaseOrderNumber": text("Order Number"),
        "ReceiptNumber": text("Receipt Number"),
        "Deleted": boolean("Deleted"),
        "UnitOfMeasure": text("Unit Of Measure"),
        "QuantityReceived": number("Quantity Received"),
        "UnitCost": number("Unit Cost"),
        "ExtendedCost": number("Amount"),
        "Currency": text("Currency"),
        "FunctionalExtendedCost": number("Functional Amount"),
        "ExpenseAccount": text("Expense Account"),
    },
)
GL_POSTED_TRANSACTIONS = Load(
    name="gl_posted_transactions",
    number=10,
    list_number=11,
    list_name="GL Actual Lines",
    module_number=12,
    module="DAT GL Actuals",
    key="TransactionId",
    amount="Functional Amount",
    headers=(
        *("TransactionId", "Company", "PostingSequenceNumber", "AccountNumber", "CostCenter"),
        *("FiscalYear", "FiscalPeriod", "JournalDate", "JournalTransactionAmount"),
        "FromPlanning",
    ),
    cells={
        "AccountNumber": chosen("GL Account", "GL Accounts"),
        "CostCenter": chosen("Cost Center", "Cost Centers"),
        "FiscalYear": number("Fiscal Year"),
        "FiscalPeriod": number("Fiscal Period"),
        "JournalTransactionAmount": number("Functional Amount"),
        "FromPlanning": boolean("From Planning"),
    },
)
