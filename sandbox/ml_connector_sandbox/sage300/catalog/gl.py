"""Resources of General Ledger, with types and lengths of the Sage sheet §4.2."""

from __future__ import annotations

from ml_connector_sandbox.sage300._types import parse_properties
from ml_connector_sandbox.sage300.catalog._define import (
    define,
    define_process,
    details,
    optional_fields,
)

_ACCOUNT = parse_properties("""
UnformattedAccount code45, DateCreated date, Description str60
AccountType AccountType(IncomeStatement BalanceSheet RetainedEarnings)
NormalBalanceDRCR NormalBalanceDRCR(Debit Credit), Status AccountStatus(Active Inactive)
PostToAccount PostToAccount(Detail Consolidated Prohibited)
QuantitiesAllowed YesNo(No Yes), UnitOfMeasure str6
AllocationsAllowed AllocationsAllowed(NoAllocation AllocatedbyAccountBalance
  AllocatedbyAccountQuantity)
AllocOffsetAccount code45, AllocSourceType code2, AllocationPercentTotal dec5
Multicurrency YesNo(No Yes), SpecificCurrency SpecificCurrency(AllCurrencies SpecificCurrencies)
ControlAccount YesNo(No Yes), StructureCode code6, YearLastClosed int, AccountNumber code45
AccountSegmentCode1-10 code15, SegmentCode code15, PostToSegmentID code6
DefaultCurrencyCode code3, NumberOfOptionalFields int, TransactionOptionalFields int
AccountGroupCode code12, AccountGroupSortCode code12, RollupSwitch YesNo(No Yes)
RollupMemberNonRollup int, ProcessSwitch int, NumberOfcreatedpreviewaccounts int
RollupMembersInOtherAccounts int
""")

_ACCOUNT_DETAILS = (
    details(
        "AccountAllocationInstructions",
        "AccountAllocationInstruction",
        parse_properties("AccountNumber code45, AllocationAccount code45, Percentage dec5"),
        key="AllocationAccount",
    ),
    details(
        "AccountValidCurrencies",
        "AccountValidCurrency",
        parse_properties("""
        AccountNumber code45, CurrencyCode code3
        RevaluationSwitch RevaluationSwitch(Donotrevalue Revalue), RevaluationCode code6
        """),
        key="CurrencyCode",
    ),
    details(
        "ControlAccountSubledgers",
        "ControlAccountSubledger",
        parse_properties("AccountNumber code45, SubledgerCode code2"),
        key="SubledgerCode",
    ),
    optional_fields("AccountOptionalFields", "AccountOptionalField", "AccountNumber code45"),
    optional_fields(
        "AccountTransactionOptionalFields",
        "AccountTransactionOptionalField",
        "AccountNumber code45",
    ),
    details(
        "RollupGroups",
        "RollupGroup",
        parse_properties("AccountNumber code45, MemberAccount code45"),
        key="MemberAccount",
    ),
    details(
        "RollupMemberPreview",
        "RollupMemberPreviewItem",
        parse_properties("AccountNumber code45, MemberAccount code45"),
        key="MemberAccount",
    ),
)

_JOURNAL_BATCH = parse_properties("""
BatchNumber code6, ActiveSwitch ActiveSwitch(Active Inactive), Description str60
SourceLedger code2, DateCreated date, DateLastEdited date
JournalBatchType JournalBatchType(Entered Subledger Imported Generated Recurring)
Status JournalBatchStatus(Open Deleted Posted ProvPosted PostInProgress ReadyToPost
  ProvPostInProgress)
PostingSequence int, Debits dec3, Credits dec3, QuantityTotal dec5
NumberOfEntries int, NextEntryNumber int, NumberOfErrors int, OriginalStatus str1
Printed YesNo(No Yes), ICTRelated YesNo(No Yes), RevaluationRecognizedBatch YesNo(No Yes)
EligibleForEditSwitch YesNo(No Yes), EligibleForDeleteSwitch YesNo(No Yes)
EligibleForPostingSwitch YesNo(No Yes), EligibleForPrintingSwitch YesNo(No Yes)
EligibleForProvisionalPostSwitch YesNo(No Yes), ReadyToPost YesNo(No Yes)
LockBatchSwitch LockBatchSwitch(UnlockBatchResource LockBatchResourceShared
  LockBatchResourceExclusive)
""")

_JOURNAL_HEADER = parse_properties("""
BatchNumber code6, EntryNumber code5, Originator code6, SourceLedger code2, SourceType code2
FiscalYear str4, FiscalPeriod str2
AutoReversal AutoReversal(AutoReversalOff NextPeriod SpecificPeriod)
Description str60, Debits dec3, Credits dec3, Quantity dec5, PostingDate date, DocumentDate date
DrillDownType str2, DrillDownLinkNumber dec0, DrillDownApplicationSource str2
OutOfBalanceBy dec3, SpecificReversalYear str4, SpecificReversalPeriod str2
ErrorBatch int, ErrorEntry int, NumberOfDetails int, Processswitches str8, EnteredBy code8
SourceCodeExists int, SourceCodeDescription str60
TaxGroup code12, EntryType int, DoNotCalculationTax int, CustomerVendorNumber code12
DocumentType JournalDocumentType(Invoice DebitNote CreditNote), DocumentNumber code22
TaxAuthority1-5 code12, TaxVendorClass1-5 int, TaxItemClass1-5 int, TaxBaseAmount1-5 dec3
TaxAmount1-5 dec3, TaxExpenseAmount1-5 dec3, TaxRecoverableAmount1-5 dec3
TaxAllocatedAmount1-5 dec3, TaxRate1-5 dec5
""")

_JOURNAL_DETAIL = parse_properties("""
BatchNumber code6, EntryNumber code5, TransactionNumber code10, Destination code6
RouteNumber int, AccountNumber code45, CompanyID code8, Amount dec3, Quantity dec5
SourceCurrencyDecimals str1, SourceCurrencyAmount dec3, HomeCurrency code3
CurrencyRateTable code2, SourceCurrency code3, CurrencyRateDate date, CurrencyRate dec7
CurrencyRateSpread dec7, CurrencyRateDateMatching str1, CurrencyRateOperator str1
Description str60, Reference str60, JournalDate date, SourceLedger code2, SourceType code2
Comment str250, NumberOfOptionalFields int, Processswitches str8
AcctExists int, AcctFormatted str45, AcctDescription str60, AcctStatus int
TaxAuthority code12, TaxAccountType int
""")

_POSTED_TRANSACTION = parse_properties("""
AccountNumber code45, FiscalYear str4, FiscalPeriod str2, SourceCurrencyCode code3
SourceLedgerCode code2, SourceTypeCode code2, PostingSequenceNumber dec0, DetailCount dec0
JournalDate date, BatchNumber code6, JournalEntryNumber code5, JournalTransactionNumber code10
ConsolidationOccurredOnPost YesNo(No Yes), CompanyID code8, JournalDetailDescription str60
JournalDetailReference str60, JournalTransactionAmount dec3, JournalTransactionQuantity dec5
NbrOfSourceCurrencyDecimals str1, SourceCurrencyAmount dec3, HomeCurrencyCode code3
CurrencyRateTableType code2, SCURNCODE code3, DateOfCurrencyRateSelected date
CurrencyRateForConversion dec7, CurrencyRateSpreadAllowed dec7, CodeForRateDateMatching str1
CurrencyRateOperator str1, DrillDownType str2, DrillDownLinkNumber dec0
DrillDownApplicationSource str2, ReportCurrencyAmount dec3, NumberOfOptionalFields int
DocumentDate date, TaxReportingStatus int, TaxAuthority code12, TaxAccountType int
""")

# The casing is the server's own (§4.2, C).
_POSTING_JOURNAL_DETAIL = parse_properties("""
Postingsequencenumber dec0, BatchNumber code6, Journalentrynumber code5
Journaltransactionnumber code10, Journaldate date, Fiscalyear str4, Fiscalperiod str2
SourceLedgerCode code2, SourceTypeCode code2, ConsolidationoccurredOnpost YesNo(No Yes)
AccountNumber code45, CompanyID code8, Journaldetaildescription str60
Journaldetailreference str60, Journaltransactionamount dec3, Journaltransactionquantity dec5
NbrOfsourcecurrencydecimals str1, Sourcecurrencyamount dec3, Homecurrencycode code3
Currencyratetabletype code2, Sourcecurrencycode code3, DateOfcurrencyrateselected date
CurrencyrateForconversion dec7, Currencyratespreadallowed dec7, CodeForratedatematching str1
Currencyrateoperator str1, Printedstatuscode str1, PostingDate date, Reportcurrencyamount dec3
NumberOfOptionalFields int, Originator code6
AutoReversal AutoReversal(AutoReversalOff NextPeriod SpecificPeriod), Destination code6
RouteNumber int, DocumentDate date, TaxAuthority code12, TaxAccountType int
""")

ACCOUNTS = define("GL/GLAccounts", "Account", (*_ACCOUNT, *_ACCOUNT_DETAILS))

ACCOUNT_GROUPS = define(
    "GL/GLAccountGroups",
    "AccountGroup",
    parse_properties("""
    AccountGroupCode code12, AccountGroupDescription str60, AccountGroupSortCode code12
    GroupCategory GroupCategory(None CashandCashEquivalents AccountsReceivable Inventory
      OtherCurrentAssets FixedAssets AccumulatedDepreciation OtherAssets AccountsPayable
      OtherCurrentLiabilities LongTermLiabilities OtherLiabilities ShareCapital
      ShareholdersEquity Revenue CostofSales OtherRevenue OtherExpenses DepreciationExpense
      GainsLosses InterestExpense IncomeTaxes)
    """),
)

SEGMENT_CODES = define(
    "GL/GLSegmentCodes",
    "SegmentCode",
    parse_properties("""
    SegmentNumber code6, SegmentCode code15, SegmentCodeDescription str60, ClosingAccount code45
    """),
    key=("SegmentNumber", "SegmentCode"),
)

SOURCE_CODES = define(
    "GL/GLSourceCodes",
    "SourceCode",
    parse_properties("SourceLedger code2, SourceType code2, Description str60"),
    key=("SourceLedger", "SourceType"),
)

JOURNAL_BATCHES = define(
    "GL/GLJournalBatches",
    "JournalBatch",
    (
        *_JOURNAL_BATCH,
        details(
            "JournalHeaders",
            "JournalHeader",
            (
                *_JOURNAL_HEADER,
                details(
                    "JournalDetails",
                    "JournalDetail",
                    (
                        *_JOURNAL_DETAIL,
                        optional_fields(
                            "JournalDetailOptionalFields",
                            "JournalDetailOptionalField",
                            "BatchNumber code6, EntryNumber code5, TransactionNumber code10",
                        ),
                    ),
                    key="TransactionNumber",
                ),
            ),
            key="EntryNumber",
        ),
    ),
    verbs="GPA",
    stamp="DateLastEdited",
)

POSTED_TRANSACTIONS = define(
    "GL/GLPostedTransactions",
    "PostedTransaction",
    _POSTED_TRANSACTION,
    verbs="G",
    key=(
        "AccountNumber",
        "FiscalYear",
        "FiscalPeriod",
        "SourceCurrencyCode",
        "SourceLedgerCode",
        "SourceTypeCode",
        "PostingSequenceNumber",
        "DetailCount",
    ),
)

POSTING_JOURNAL_DETAILS = define(
    "GL/GLPostingJournalDetails",
    "PostingJournalDetail",
    _POSTING_JOURNAL_DETAIL,
    verbs="G",
    key=(
        "Postingsequencenumber",
        "BatchNumber",
        "Journalentrynumber",
        "Journaltransactionnumber",
    ),
)

ACCOUNT_FISCAL_SETS = define(
    "GL/GLAccountFiscalSets",
    "AccountFiscalSet",
    parse_properties("""
    AccountNumber code45, FiscalSetYear str4, FiscalSetDesignator str1, CurrencyCode code3
    CurrencyType str1, BeginningBalance dec3, Period01-15NetAmount dec3
    ActivitySwitch ActivitySwitch(Inactive PeriodsActive BalanceForwardActive)
    """),
    verbs="G",
    key=(
        "AccountNumber",
        "FiscalSetYear",
        "FiscalSetDesignator",
        "CurrencyCode",
        "CurrencyType",
    ),
)

POST_JOURNAL = define_process(
    "GL/GLPostJournal",
    "PostJournal",
    """
    PostAllBatchesSwitch PostAllBatchesSwitch(PostallBatches PostbyBatchRange)
    ProvisionalPostSwitch ProvisionalPostSwitch(ActualPost ProvisionalPost)
    FromBatchNumber code6, ToBatchNumber code6, ErrorBatchCreatedSwitch YesNo(No Yes)
    """,
)

RESOURCES = (
    ACCOUNTS,
    ACCOUNT_GROUPS,
    SEGMENT_CODES,
    SOURCE_CODES,
    JOURNAL_BATCHES,
    POSTED_TRANSACTIONS,
    POSTING_JOURNAL_DETAILS,
    ACCOUNT_FISCAL_SETS,
    POST_JOURNAL,
)
