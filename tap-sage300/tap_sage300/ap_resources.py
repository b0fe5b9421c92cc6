"""Resources of payables documents: batches with their entries and lines, and posted documents.

Names are those of the Sage sheet (§4.3), matched as `tap_sage300.resources` says.
"""

from __future__ import annotations

from typing import Final

from tap_sage300.resources import ResourceSpec
from tap_sage300.values import Kind

AP_INVOICE_BATCHES: Final = ResourceSpec(
    module="AP",
    name="APInvoiceBatches",
    key="BatchNumber",
    stamp="DateLastEdited",
    collection="Invoices",
    page_rows=100,
    required=("BatchStatus",),
    kinds={"BatchNumber": Kind.INTEGER, "PostingSequenceNumber": Kind.INTEGER},
    wanted=(
        "BatchNumber",
        "BatchDate",
        "Description",
        "BatchType",
        "BatchStatus",
        "DateLastEdited",
        "PostingSequenceNumber",
        "NumberOfErrors",
    ),
)

AP_INVOICE_LINES: Final = ResourceSpec(
    module="AP",
    name="InvoiceDetails",
    key="LineNumber",
    required=("GLAccount", "DistributedAmount"),
    kinds={"LineNumber": Kind.INTEGER},
    wanted=(
        "LineNumber",
        "DistributionCode",
        "DistributionDescription",
        "GLAccount",
        "DistributedAmountBeforeTaxes",
        "Comment",
        *(f"TaxAmount{number}" for number in range(1, 6)),
        *(f"TaxInclusive{number}" for number in range(1, 6)),
    ),
)

AP_INVOICES: Final = ResourceSpec(
    module="AP",
    name="APInvoiceBatches",
    key="EntryNumber",
    required=("VendorNumber", "DocumentNumber", "DocumentType", "CurrencyCode"),
    kinds={
        "EntryNumber": Kind.INTEGER,
        "ErrorBatch": Kind.INTEGER,
        "ErrorEntry": Kind.INTEGER,
        "OnHold": Kind.FLAG,
    },
    wanted=(
        "EntryNumber",
        "VendorNumber",
        "VendorName",
        "DocumentNumber",
        "DocumentType",
        "OrderNumber",
        "PONumber",
        "InvoiceDescription",
        "ApplytoDocument",
        "DocumentDate",
        "PostingDate",
        "DueDate",
        "FiscalYear",
        "FiscalPeriod",
        "CurrencyCode",
        "ExchangeRate",
        "RateType",
        "RateDate",
        "RateOperation",
        "Terms",
        "TaxGroup",
        "TaxTotal",
        "DocumentTotalBeforeTaxes",
        "DocumentTotalIncludingTax",
        "OnHold",
        "ErrorBatch",
        "EnteredBy",
    ),
    nested=(
        AP_INVOICE_LINES,
        ResourceSpec(
            module="AP",
            name="InvoicePaymentSchedules",
            key="PaymentNumber",
            wanted=("AmountDue", "FunctionalAmountDue"),
        ),
    ),
)

AP_POSTED_DOCUMENTS: Final = ResourceSpec(
    module="AP",
    name="APPostedDocuments",
    key=("VendorNumber", "DocumentNumber"),
    stamp="LastActivityDate",
    kinds={
        "BatchNumber": Kind.INTEGER,
        "EntryNumber": Kind.INTEGER,
        "PostingSequenceNumber": Kind.INTEGER,
        "FullyPaid": Kind.FLAG,
    },
    wanted=(
        "VendorNumber",
        "DocumentNumber",
        "DocumentType",
        "OrderNumber",
        "PONumber",
        "BatchType",
        "BatchNumber",
        "EntryNumber",
        "GroupCode",
        "DocumentDescription",
        "DocumentDate",
        "DueDate",
        "PostingDate",
        "FiscalYear",
        "FiscalPeriod",
        "CurrencyCode",
        "ExchangeRate",
        "RateOperation",
        "VendorCurrencyInvoiceAmount",
        "VendorCurrencyAmountDue",
        "VendorCurrencyTaxAmount",
        "FunctionalCurrencyInvoiceAmount",
        "FunctionalCurrencyAmountDue",
        "FunctionalCurrencyTaxAmount",
        "FullyPaid",
        "DatePaid",
        "PaymentStatus",
        "LastActivityDate",
        "PostingSequenceNumber",
    ),
)
