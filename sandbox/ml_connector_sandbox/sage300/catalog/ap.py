"""Resources of Accounts Payable, with types and lengths of the Sage sheet §4.3."""

from __future__ import annotations

from ml_connector_sandbox.sage300._types import parse_properties
from ml_connector_sandbox.sage300.catalog._define import (
    define,
    define_process,
    details,
    optional_fields,
)

_VENDOR = parse_properties("""
VendorNumber code12, ShortName str10, GroupCode code6, Status Status(Active Inactive)
InactiveDate date, DateLastMaintained date, OnHold OnHold(NotOnHold OnHold), StartDate date
ParticipantID str12, VendorName str60, AddressLine1-4 str60, City str30, StateProvince str30
ZipPostalCode str20, Country str30, ContactName str60, PhoneNumber str30, FaxNumber str30
Email str50, ContactsEmail str50, ContactsPhone str30, ContactsFax str30, WebSite str100
PrimaryRemitToLocation code6
AccountSet code6, CurrencyCode code3, RateType code2, BankCode code8, Terms code6
TaxGroup code12, PaymentCode code12
PrintSeparateChecks PrintSeparateChecks(DoNotPrintSeparateChecks PrintSeparateChecks)
DistributionType DistributionType(DistributionSet DistributionCode GLAccount None)
DistributionSet code6, DistributionCode code6, GLAccount code45
DuplicateAmountCode DuplicateAmountCode(None Warning Error)
DuplicateDateCode DuplicateDateCode(None Warning Error)
TaxClassCode1-5 int, TaxRegistrationCode1-5 str20, TaxIncluded1-5 YesNo(No Yes)
TaxReportingType TaxReportingType(None Num1099 CPRS), Num1099CPRSTaxNumber str20
Num1099CPRSCode code6, CreditLimit dec3
BalanceDueInVendorCurrency dec3, BalanceDueInFunctionalCurrency dec3
NumberOfOpenInvoices dec0, NumberOfPaidInvoices dec0, NumberOfDaysToPay dec0
AverageDaysToPay dec1, DateOfLastActivity date, DateOfLastInvoice date
DateOfLastCreditNote date, DateOfLastDebitNote date
DateOfLastPayment date, DateOfLastDiscount date, DateOfLastAdjustment date
DateOfLastRevaluation date, DateOfLargestInvoice date, CheckLanguage code3
PercentRetained dec5, DaysRetained int, RetainageTermsCode code6
NumberOfOptionalFields int, NextClientUniqueID int, LegalName str60
CustomerNumber code12, BusinessRegistrationNumber str30
""")

_VENDOR_GROUP = parse_properties("""
GroupCode code6, Description str60, Status Status(Active Inactive), DateLastMaintained date
AccountSet code6, CurrencyCode code3, RateType code2, BankCode code8
PrintSeparateChecks PrintSeparateChecksSwitch(No Yes), DistributionSet code6
DistributionCode code6, GeneralLedgerAccountNumber code45, Terms code6
DuplicateAmountCode DuplicateAmountCode(None Warning Error)
DuplicateDateCode DuplicateDateCode(None Warning Error), TaxGroup code12, TaxClass1-5 int
PaymentCode code12
DistributionType DistributionType(DistributionSet DistributionCode GLAccount None)
TaxIncluded1-5 YesNo(No Yes)
""")

_INVOICE_BATCH = parse_properties("""
BatchNumber dec0, BatchDate date, Description str60, NumberOfEntries dec0, BatchTotal dec3
LastEntryNumber dec0, NumberOfErrors dec0, PostingSequenceNumber dec0
BatchType InvoiceBatchType(Entered Imported Generated Recurring External Retainage)
BatchStatus InvoiceBatchStatus(Open Posted Deleted PostInProgress ReadyToPost)
InvoiceType InvoiceType(Summary), DateLastEdited date, BatchPrintedFlag YesNo(No Yes)
ICTRelated YesNo(No Yes), SourceApplication code2
ProcessCommandCode ProcessCommandCode(UnlockBatchResource LockBatchResourceShared
  LockBatchResourceExclusive)
""")

_INVOICE = parse_properties("""
BatchNumber dec0, EntryNumber dec0, VendorNumber code12, DocumentNumber code22
RemitToLocation code6
DocumentType InvoiceDocumentType(Invoice DebitNote CreditNote Interest)
TransactionType InvoiceTransactionType(InvoiceSummaryEntered InvoiceRecurringCharge
  DebitNoteSummaryEntered CreditNoteSummaryEntered InterestCharge)
OrderNumber str22, PONumber str22, InvoiceDescription str60, ApplytoDocument code22
AccountSet code6, DocumentDate date, AsOfDate date, FiscalYear str4, FiscalPeriod str2
CurrencyCode code3, RateType code2, RateDate date, RateOverridden YesNo(No Yes)
ExchangeRate dec7, RateOperation RateOperation(Multiply Divide)
Terms code6, TermsOverridden YesNo(No Yes), DueDate date, DiscountDate date
DiscountPercentage dec5, DiscountAmountAvailable dec3, Taxable YesNo(No Yes)
TaxAmountControl TaxAmountControl(Calculate Enter Distribute)
TaxBaseControl TaxBaseControl(Calculate Enter Distribute), TaxGroup code12
TaxAuthority1-5 code12, TaxClass1-5 int, TaxInclusive1-5 YesNo(No Yes), TaxBase1-5 dec3
TaxAmount1-5 dec3, DocumentTotalBeforeTaxes dec3, DistributedTotalBeforeTaxes dec3
DistributedTotalIncludingTax dec3, TaxTotal dec3, DocumentTotalIncludingTax dec3
NumberOfScheduledPayments dec0, VendorGroupCode code6, DistributionSet code6
JobRelated YesNo(No Yes), ErrorBatch dec0, ErrorEntry dec0, OnHold YesNo(No Yes)
SourceApplication code2, AmountDue dec3, VendorName str60, EnteredBy code8, PostingDate date
ImportDeclarationNumber str30, NumberOfOptionalFields int
""")

_INVOICE_DETAIL = parse_properties("""
BatchNumber dec0, EntryNumber dec0, LineNumber dec0, DistributionCode code6
DistributionDescription str60, GLAccount code45, DistributedAmount dec3
DistributedAmountBeforeTaxes dec3, TaxClass1-5 int, TaxInclusive1-5 YesNo(No Yes)
TaxRate1-5 dec5, TaxAmount1-5 dec3, BaseTax1-5 dec3, TaxTotal dec3
ManualTaxEntry YesNo(No Yes), Comment str250, Discountable YesNo(No Yes)
ContractCode code16, ProjectCode code16, CategoryCode code16, ItemNumber code16
UnitOfMeasure str10, Quantity dec5, Cost dec6, Destination code6, RouteNumber int
FixedAsset YesNo(No Yes), NumberOfOptionalFields int
""")

_PAYMENT_SCHEDULE = parse_properties("""
BatchNumber dec0, EntryNumber dec0, PaymentNumber dec0, DueDate date, AmountDue dec3
DiscountDate date, DiscountAmount dec3, FunctionalAmountDue dec3
FunctionalDiscountAmount dec3
""")

_POSTED_DOCUMENT = parse_properties("""
VendorNumber code12, DocumentNumber code22, CheckNumber str18, OrderNumber str22
PONumber str22, DueDate date, RemitToLocation code6
TransactionType PostedTransactionType(InvoiceSummaryEntered InvoiceRecurringCharge
  DebitNoteSummaryEntered CreditNoteSummaryEntered InterestCharge PrepaymentPosted
  PaymentPosted)
DocumentType PostedDocumentType(Invoice DebitNote CreditNote Interest Prepayment Payment)
BatchDate date, BatchNumber dec0, EntryNumber dec0, GroupCode code6
DocumentDescription str60, DocumentDate date, InvoiceasofDate date, Terms code6
DiscountDate date, CurrencyCode code3, RateType code2, ExchangeRate dec7
RateOperation RateOperation(Multiply Divide)
FunctionalCurrencyInvoiceAmount dec3, FunctionalCurrencyAmountDue dec3
FunctionalCurrencyTaxableAmount dec3, FunctionalCurrencyTaxAmount dec3
FunctionalCurrencyDiscountAmount dec3, VendorCurrencyInvoiceAmount dec3
VendorCurrencyAmountDue dec3, VendorCurrencyTaxableAmount dec3, VendorCurrencyTaxAmount dec3
VendorCurrencyDiscountAmount dec3, FullyPaid YesNo(No Yes), LastActivityDate date
LastStatementDate date, NumberOfScheduledPayments dec0, TaxAuthority1-5 code12
FiscalYear str4, FiscalPeriod str2, PostingDate date, PostingSequenceNumber dec0
BankCode code8, CheckSerialNumber dec0, JobRelated YesNo(No Yes), HasRetainage YesNo(No Yes)
PaymentStatus PaymentStatus(Normal OnHold Forced), DatePaymentStatusChanged date
BatchType code2, TaxGroup code12, AccountSet code6, DatePaid date
EarliestBackdatedActivityDate date, LastRevaluationDate date
""")

_POSTED_PAYMENT = parse_properties("""
BankCode code8, VendorNumber code12, CheckNumber str18, CheckSerialNumber dec0
CheckDate date, BatchDate date, CheckAmountVendorCurrency dec3, PaymentAmount dec3
DiscountAmount dec3, PaymentCode code12, BankRateType code2, BankExchangeRate dec7
FiscalYear str4, FiscalPeriod str2, RemitTo str60, BatchNumber dec0, EntryNumber dec0
CheckCleared YesNo(No Yes), AmountAdjusted dec3, DateCleared date, DateReversed date
DocumentType PostedPaymentType(UnappliedCash Prepayment Payment), DocumentNumber code22
PaymentType int, GLAccount code45, InvoiceNumber code22, PostingDate date, TaxGroup code12
""")

_PAYMENT_BATCH = parse_properties("""
BatchSelector code2, BatchNumber dec0, BatchDate date, Description str60
NumberOfEntries dec0, LastEntryNumber dec0, BatchTotal dec3, NumberOfErrors dec0
BatchType PaymentBatchType(Entered Imported Generated System External)
BatchStatus PaymentBatchStatus(Open Posted Deleted PostInProgress ReadyToPost
  CheckCreationInProgress)
BankCode code8, BankCurrencyCode code3, DateLastEdited date, PostingSequenceNumber dec0
ProcessCommandCode ProcessCommandCode(UnlockBatchResource LockBatchResourceShared
  LockBatchResourceExclusive)
""")

_PAYMENT = parse_properties("""
BatchType code2, BatchNumber dec0, EntryNumber dec0, VendorNumber code12
PaymentDateAdjustmentDate date, EntryDescription str60, EntryReference str60
VendorPayeeName str60, CheckNumber str18, CheckAmountInBankCurrency dec3
CheckAmountInVendorCurrency dec3, TotalPrepayVendorCurrency dec3
PaymentTransactionType PaymentTransactionType(Payment Prepayment ApplyDocument MiscPayment
  Adjustment)
CheckPrintRequired CheckPrintRequired(Yes No), PaymentCode code12, DocumentNumber code22
PostingDate date, FiscalYear str4, FiscalPeriod str2, CurrencyCode code3, RateType code2
RateDate date, ExchangeRate dec7, RateOperation RateOperation(Multiply Divide)
EnteredBy code8, ErrorBatch dec0, ErrorEntry dec0
""")

_APPLIED_PAYMENT = parse_properties("""
BatchType code2, BatchNumber dec0, EntryNumber dec0, LineNumber dec0, VendorNumber code12
DocumentNumber code22, PaymentNumber dec0
PaymentType AppliedPaymentType(Payment Prepayment Adjustment), PaymentAmount dec3
DiscountAmountTaken dec3, Description str60, Reference str60, DocumentDate date
""")

_GL_DISTRIBUTION = parse_properties("""
BatchType code2, BatchNumber dec0, EntryNumber dec0, LineNumber dec0, SequenceNumber dec0
TransactionType int, DistributionAmount dec3, DistributionCode code6
DistributionGLAccount code45, Description str60, Reference str60, DocumentLineNumber dec0
""")

VENDORS = define(
    "AP/APVendors",
    "Vendor",
    (
        *_VENDOR,
        optional_fields(
            "VendorOptionalFieldValues", "VendorOptionalFieldValue", "VendorNumber code12"
        ),
    ),
    stamp="DateLastMaintained",
)

VENDOR_GROUPS = define(
    "AP/APVendorGroups", "VendorGroup", _VENDOR_GROUP, stamp="DateLastMaintained"
)

INVOICE_BATCHES = define(
    "AP/APInvoiceBatches",
    "InvoiceBatch",
    (
        *_INVOICE_BATCH,
        details(
            "Invoices",
            "Invoice",
            (
                *_INVOICE,
                details(
                    "InvoiceDetails",
                    "InvoiceDetail",
                    (
                        *_INVOICE_DETAIL,
                        optional_fields(
                            "InvoiceDetailOptionalFields",
                            "InvoiceDetailOptionalField",
                            "BatchNumber dec0, EntryNumber dec0, LineNumber dec0",
                        ),
                    ),
                    key="LineNumber",
                    step=20,
                ),
                details(
                    "InvoicePaymentSchedules",
                    "InvoicePaymentSchedule",
                    _PAYMENT_SCHEDULE,
                    key="PaymentNumber",
                    step=1,
                ),
                optional_fields(
                    "InvoiceOptionalFields",
                    "InvoiceOptionalField",
                    "BatchNumber dec0, EntryNumber dec0",
                ),
            ),
            key="EntryNumber",
            step=1,
        ),
    ),
    verbs="GPA",
    stamp="DateLastEdited",
)

PAYMENT_BATCHES = define(
    "AP/APPaymentAndAdjustmentBatches",
    "PaymentAndAdjustmentBatch",
    (
        *_PAYMENT_BATCH,
        details(
            "PaymentsAdjustments",
            "PaymentAdjustment",
            (
                *_PAYMENT,
                details(
                    "AppliedPayments",
                    "AppliedPayment",
                    (
                        *_APPLIED_PAYMENT,
                        details(
                            "AdjustmentGLDistributions",
                            "AdjustmentGLDistribution",
                            _GL_DISTRIBUTION,
                            key="SequenceNumber",
                            step=1,
                        ),
                    ),
                    key="LineNumber",
                    step=20,
                ),
            ),
            key="EntryNumber",
            step=1,
        ),
    ),
    verbs="GPA",
    key=("BatchSelector", "BatchNumber"),
    stamp="DateLastEdited",
)

POSTED_DOCUMENTS = define(
    "AP/APPostedDocuments",
    "PostedDocument",
    _POSTED_DOCUMENT,
    verbs="G",
    key=("VendorNumber", "DocumentNumber"),
)

POSTED_PAYMENTS = define(
    "AP/APPostedPayments",
    "PostedPayment",
    _POSTED_PAYMENT,
    verbs="G",
    key=("BankCode", "VendorNumber", "CheckNumber", "CheckSerialNumber"),
)

POST_INVOICES = define_process(
    "AP/APPostInvoices",
    "PostInvoices",
    """
    ProcessAllBatches ProcessAllBatches(Donotpostallbatches Postallbatches)
    FromBatch dec0, ToBatch dec0
    """,
)

POST_PAYMENTS = define_process(
    "AP/APPostPaymentsAndAdjustments",
    "PostPaymentsAndAdjustments",
    """
    BatchType code2, PostAllBatches ProcessAllBatches(Donotpostallbatches Postallbatches)
    PostBatchFrom dec0, PostBatchTo dec0
    """,
)

CREATE_GL_BATCH = define_process("AP/APCreateGLBatch", "CreateGLBatch")

RESOURCES = (
    VENDORS,
    VENDOR_GROUPS,
    INVOICE_BATCHES,
    PAYMENT_BATCHES,
    POSTED_DOCUMENTS,
    POSTED_PAYMENTS,
    POST_INVOICES,
    POST_PAYMENTS,
    CREATE_GL_BATCH,
)
