"""General Ledger's resources: module, key and the fields we want (Sage sheet §4.2)."""

from __future__ import annotations

from typing import Final

from tap_sage300.resources import ResourceSpec
from tap_sage300.values import Kind

SEGMENTS: Final = tuple(f"AccountSegmentCode{number}" for number in range(1, 11))
"""An account's code in each segment, by the segment's number."""

PERIOD_AMOUNTS: Final = tuple(f"Period{number:02}NetAmount" for number in range(1, 16))

GL_ACCOUNTS: Final = ResourceSpec(
    module="GL",
    name="GLAccounts",
    key="UnformattedAccount",
    wanted=(
        "UnformattedAccount",
        "AccountNumber",
        "Description",
        "AccountType",
        "NormalBalanceDRCR",
        "Status",
        "PostToAccount",
        "ControlAccount",
        "Multicurrency",
        "AccountGroupCode",
        "AccountGroupSortCode",
        "StructureCode",
        "QuantitiesAllowed",
        "UnitOfMeasure",
        "DefaultCurrencyCode",
        "DateCreated",
        "YearLastClosed",
        *SEGMENTS,
    ),
)

GL_ACCOUNT_GROUPS: Final = ResourceSpec(
    module="GL",
    name="GLAccountGroups",
    key="AccountGroupCode",
    wanted=(
        "AccountGroupCode",
        "AccountGroupDescription",
        "AccountGroupSortCode",
        "GroupCategory",
    ),
)

GL_SEGMENT_CODES: Final = ResourceSpec(
    module="GL",
    name="GLSegmentCodes",
    key=("SegmentNumber", "SegmentCode"),
    wanted=("SegmentNumber", "SegmentCode", "SegmentCodeDescription", "ClosingAccount"),
)

GL_POSTED_TRANSACTIONS: Final = ResourceSpec(
    module="GL",
    name="GLPostedTransactions",
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
    required=("JournalDate", "JournalTransactionAmount"),
    kinds={
        "PostingSequenceNumber": Kind.INTEGER,
        "DetailCount": Kind.INTEGER,
        "JournalTransactionAmount": Kind.NUMBER,
        "SourceCurrencyAmount": Kind.NUMBER,
        "CurrencyRateForConversion": Kind.NUMBER,
    },
    wanted=(
        "AccountNumber",
        "FiscalYear",
        "FiscalPeriod",
        "SourceCurrencyCode",
        "SourceLedgerCode",
        "SourceTypeCode",
        "PostingSequenceNumber",
        "DetailCount",
        "JournalDate",
        "DocumentDate",
        "BatchNumber",
        "JournalEntryNumber",
        "JournalTransactionNumber",
        "ConsolidationOccurredOnPost",
        "JournalDetailDescription",
        "JournalDetailReference",
        "JournalTransactionAmount",
        "JournalTransactionQuantity",
        "SourceCurrencyAmount",
        "HomeCurrencyCode",
        "CurrencyRateTableType",
        "DateOfCurrencyRateSelected",
        "CurrencyRateForConversion",
        "CurrencyRateOperator",
    ),
)

GL_ACCOUNT_FISCAL_SETS: Final = ResourceSpec(
    module="GL",
    name="GLAccountFiscalSets",
    key=(
        "AccountNumber",
        "FiscalSetYear",
        "FiscalSetDesignator",
        "CurrencyCode",
        "CurrencyType",
    ),
    kinds=dict.fromkeys(("BeginningBalance", *PERIOD_AMOUNTS), Kind.NUMBER),
    wanted=(
        "AccountNumber",
        "FiscalSetYear",
        "FiscalSetDesignator",
        "CurrencyCode",
        "CurrencyType",
        "BeginningBalance",
        *PERIOD_AMOUNTS,
        "ActivitySwitch",
    ),
)
