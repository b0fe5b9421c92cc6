"""What A/P documents are entered by: account sets, terms, distribution codes (Sage sheet §4.1).

Property names are those of the official sample payloads (D S4) as far as these go; errors of
posting (AP0038) and vendor statistics (AP0019) follow the generator's rules (M, spelling U).
"""

from __future__ import annotations

from ml_connector_sandbox.sage300._types import parse_properties
from ml_connector_sandbox.sage300.catalog._define import define, details

ACCOUNT_SETS = define(
    "AP/APAccountSets",
    "AccountSet",
    parse_properties("""
    AccountSetCode code6, Description str60, Status Status(Active Inactive), InactiveDate date
    DateLastMaintained date, PayablesControlAccount code45, DiscountsAccount code45
    PrepaymentAccount code45, CurrencyCodeForAccount code3
    UnrealizedExchangeGainAccount code45, UnrealizedExchangeLossAccount code45
    ExchangeGainAccount code45, ExchangeLossAccount code45, RetainageAccount code45
    ExchangeRoundingAccount code45
    """),
    stamp="DateLastMaintained",
)

DISTRIBUTION_CODES = define(
    "AP/APDistributionCodes",
    "DistributionCode",
    parse_properties("""
    DistributionCodeKey code6, Description str60, Status Status(Active Inactive)
    InactiveDate date, DateLastMaintained date, GLAccount code45, Discountable YesNo(No Yes)
    """),
    stamp="DateLastMaintained",
)

TERMS = define(
    "AP/APTerms",
    "Term",
    (
        *parse_properties("""
        TermsCode code6, Description str60, Status Status(Active Inactive), InactiveDate date
        DateLastMaintained date, UsePaymentSchedule YesNo(No Yes)
        CalculationBaseForDiscountwithTax CalculationBaseForDiscountwithTax(Excluded Included)
        MethodOfCalcForDiscountDate MethodOfCalcForDiscountDate(DaysFromInvoiceDate
          EndOfNextMonth DayOfNextMonth DaysFromDayOfNextMonth DueDateTable)
        MethodOfCalcForDueDate MethodOfCalcForDueDate(DaysFromInvoiceDate EndOfNextMonth
          DayOfNextMonth DaysFromDayOfNextMonth DueDateTable)
        NumberOfPayments int, TotalPercentageDue dec5
        """),
        details(
            "TermsPaymentSchedule",
            "TermsPaymentScheduleLine",
            parse_properties("""
            TermsCode code6, PaymentNumber int, PercentageDue dec5, DiscountPercent dec5
            DiscountNumberOfDays int, DiscountDayOfMonth int, DueNumberOfDays int
            DueDayOfMonth int
            """),
            key="PaymentNumber",
            step=20,
        ),
    ),
    stamp="DateLastMaintained",
)

POSTING_ERROR_MESSAGES = define(
    "AP/APPostingErrorMessages",
    "PostingErrorMessage",
    parse_properties("""
    BatchType code2, PostingSequenceNumber dec0, SequenceNumber dec0, BatchNumber dec0
    EntryNumber dec0, LineNumber dec0, ErrorMessage str250
    """),
    verbs="G",
    key=("BatchType", "PostingSequenceNumber", "SequenceNumber"),
)

VENDOR_STATISTICS = define(
    "AP/APVendorStatistics",
    "VendorStatistic",
    parse_properties("""
    VendorNumber code12, FiscalYear str4, FiscalPeriod str2, NumberOfInvoices dec0
    NumberOfCreditNotes dec0, NumberOfDebitNotes dec0, NumberOfPayments dec0
    NumberOfAdjustments dec0
    InvoiceAmountInVendorCurrency dec3, InvoiceAmountInFuncCurrency dec3
    CreditNoteAmountInVendorCurrency dec3, CreditNoteAmountInFuncCurrency dec3
    DebitNoteAmountInVendorCurrency dec3, DebitNoteAmountInFuncCurrency dec3
    PaymentAmountInVendorCurrency dec3, PaymentAmountInFuncCurrency dec3
    AdjustmentAmountInVendorCurrency dec3, AdjustmentAmountInFuncCurrency dec3
    """),
    verbs="G",
    key=("VendorNumber", "FiscalYear", "FiscalPeriod"),
)

RESOURCES = (
    ACCOUNT_SETS,
    DISTRIBUTION_CODES,
    TERMS,
    POSTING_ERROR_MESSAGES,
    VENDOR_STATISTICS,
)
