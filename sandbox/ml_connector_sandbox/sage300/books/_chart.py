"""The chart of accounts: account groups, segments, cost centres, source codes.

Accounts of the balance sheet have one segment (structure `ACCT`), those of the income statement
a cost centre as well (`ACCTCC`, `6100-100`): Sage sheet §4.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._account_sets import ACCOUNT_SETS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BANK = "1020"
RECEIVABLES = "1100"
INVENTORY = "1200"
TAX_RECOVERABLE = "1260"
PREPAYMENTS = "1300"
EQUIPMENT = "1500"
DEPRECIATION_TO_DATE = "1550"
CLEARING = "2050"
"""What was received and not yet invoiced."""
RETAINAGE = "2060"
ACCRUALS = "2100"
PAYROLL_LIABILITIES = "2200"
TAX_PAYABLE = "2300"
LOAN = "2400"
CAPITAL = "3000"
RETAINED_EARNINGS = "3500"
SALES = "4000"
COST_OF_SALES = "5000"
SERVICES = "6000"
RENT = "6100"
UTILITIES = "6200"
SUPPLIES = "6300"
TRAVEL = "6400"
FEES = "6500"
WAGES = "6600"
BENEFITS = "6610"
DEPRECIATION = "6700"
BANK_CHARGES = "6800"
DISCOUNTS = "7000"
EXCHANGE_GAIN = "7100"
EXCHANGE_LOSS = "7110"
UNREALIZED_GAIN = "7120"
UNREALIZED_LOSS = "7130"
ROUNDING = "7190"
INTEREST = "7200"
INCOME_TAX = "8000"

COST_CENTERS = (
    ("100", "Administration"),
    ("210", "Sales east"),
    ("220", "Sales west"),
    ("300", "Production"),
    ("400", "Warehouse & dispatch"),
    ("500", "Développement"),
    ("900", "Closed: mail order"),
)
SALES_CENTERS = ("210", "220")
STAFFED_CENTERS = ("100", "210", "220", "300", "400", "500")
SEGMENT_NUMBER = "000002"
"""The cost centre's segment; the first is the account itself and has no codes."""

GROUPS = (
    ("CASH", "Cash and banks", "CashandCashEquivalents"),
    ("AR", "Receivables", "AccountsReceivable"),
    ("INV", "Inventory", "Inventory"),
    ("OCA", "Other current assets", "OtherCurrentAssets"),
    ("FA", "Equipment", "FixedAssets"),
    ("FADEP", "Accumulated depreciation", "AccumulatedDepreciation"),
    ("AP", "Payables", "AccountsPayable"),
    ("OCL", "Other current liabilities", "OtherCurrentLiabilities"),
    ("LTL", "Loans", "LongTermLiabilities"),
    ("CAP", "Share capital", "ShareCapital"),
    ("EQ", "Retained earnings", "ShareholdersEquity"),
    ("REV", "Sales", "Revenue"),
    ("COS", "Cost of sales", "CostofSales"),
    ("EXP", "Operating expenses", "OtherExpenses"),
    ("DEP", "Depreciation", "DepreciationExpense"),
    ("OREV", "Other income", "OtherRevenue"),
    ("FX", "Exchange differences", "GainsLosses"),
    ("INT", "Interest", "InterestExpense"),
    ("TAX", "Income taxes", "IncomeTaxes"),
)

SOURCE_CODES = (
    ("AP", "AD", "A/P adjustments"),
    ("AP", "CR", "A/P credit notes"),
    ("AP", "DB", "A/P debit notes"),
    ("AP", "IN", "A/P invoices"),
    ("AP", "IT", "A/P interest"),
    ("AP", "MC", "A/P miscellaneous payments"),
    ("AP", "PI", "A/P prepayments"),
    ("AP", "PY", "A/P payments"),
    ("AR", "IN", "A/R invoices"),
    ("AR", "PY", "A/R receipts"),
    ("BK", "EN", "Bank entries"),
    ("GL", "CL", "Closing entries"),
    ("GL", "JE", "Journal entries"),
    ("GL", "PL", "Planning adjustments"),
    ("GL", "RV", "Revaluation"),
    ("IC", "SH", "Shipments"),
    ("PO", "CR", "PO returns"),
    ("PO", "RC", "PO receipts"),
    ("PR", "PY", "Payroll"),
)


@dataclass(frozen=True, kw_only=True)
class Account:
    """One account."""

    number: str
    description: str
    group: str
    is_debit: bool
    kind: str
    """`IncomeStatement`, `BalanceSheet` or `RetainedEarnings`."""
    center: str = ""
    posting: str = "Detail"
    is_active: bool = True
    is_multicurrency: bool = False
    currency: str = ""
    """The only currency a multicurrency account takes beside the functional one; blank for any."""
    subledger: str = ""
    """The application a control account belongs to."""

    @property
    def key(self) -> str:
        """The number without separators."""
        return f"{self.number}{self.center}"

    @property
    def formatted(self) -> str:
        """The number as people read it."""
        return f"{self.number}-{self.center}" if self.center else self.number


# Number, description, group, normal balance.
_BALANCE_SHEET = (
    ("1010", "Petty cash", "CASH", "D"),
    (BANK, "Bank, Canadian dollars", "CASH", "D"),
    ("1030", "Bank, US dollars", "CASH", "D"),
    ("1040", "Bank, euros", "CASH", "D"),
    (RECEIVABLES, "Accounts receivable", "AR", "D"),
    (INVENTORY, "Inventory", "INV", "D"),
    (TAX_RECOVERABLE, "GST recoverable", "OCA", "D"),
    (PREPAYMENTS, "Prepayments to vendors", "OCA", "D"),
    (EQUIPMENT, "Equipment", "FA", "D"),
    (DEPRECIATION_TO_DATE, "Accumulated depreciation", "FADEP", "C"),
    *((one.payables, one.payables_description, "AP", "C") for one in ACCOUNT_SETS),
    (CLEARING, "Payables clearing", "AP", "C"),
    (RETAINAGE, "Retainage payable", "AP", "C"),
    (ACCRUALS, "Accrued liabilities", "OCL", "C"),
    (PAYROLL_LIABILITIES, "Payroll liabilities", "OCL", "C"),
    (TAX_PAYABLE, "GST payable", "OCL", "C"),
    (LOAN, "Bank loan", "LTL", "C"),
    (CAPITAL, "Share capital", "CAP", "C"),
)
_BY_CENTER = (
    (SALES, "Sales", "REV", "C"),
    (COST_OF_SALES, "Cost of sales", "COS", "D"),
    (RENT, "Rent", "EXP", "D"),
    (UTILITIES, "Electricity, heat, water", "EXP", "D"),
    (SUPPLIES, "Office supplies", "EXP", "D"),
    (TRAVEL, "Travel & entertainment", "EXP", "D"),
    (FEES, "Professional fees", "EXP", "D"),
    (WAGES, "Wages and salaries", "EXP", "D"),
    (BENEFITS, "Benefits", "EXP", "D"),
    (DEPRECIATION, "Depreciation", "DEP", "D"),
)
_WHOLE_COMPANY = (
    (SERVICES, "Purchased services", "EXP", "D"),
    (BANK_CHARGES, "Bank charges", "EXP", "D"),
    (DISCOUNTS, "Purchase discounts taken", "OREV", "C"),
    (EXCHANGE_GAIN, "Exchange gains", "FX", "C"),
    (EXCHANGE_LOSS, "Exchange losses", "FX", "D"),
    (UNREALIZED_GAIN, "Unrealized exchange gains", "FX", "C"),
    (UNREALIZED_LOSS, "Unrealized exchange losses", "FX", "D"),
    (ROUNDING, "Exchange rounding", "FX", "D"),
    (INTEREST, "Interest on loans", "INT", "D"),
    (INCOME_TAX, "Income tax", "TAX", "D"),
)
_PAYABLES = {one.payables: one.currency for one in ACCOUNT_SETS}
"""Payables control accounts, each with the one currency that is booked to it."""
_CONTROL = {RECEIVABLES: "AR", INVENTORY: "IC", **dict.fromkeys(_PAYABLES, "AP")}
_MULTICURRENCY = frozenset(
    {"1030", "1040", RECEIVABLES, INVENTORY, TAX_RECOVERABLE, PREPAYMENTS, CLEARING, RETAINAGE}
    | _PAYABLES.keys()
)
_CONSOLIDATED = frozenset({COST_OF_SALES, BENEFITS})
_CLOSED_CENTER = "900"


def accounts() -> Iterator[Account]:
    """Yield every account of the company."""
    for number, description, group, side in _BALANCE_SHEET:
        yield Account(
            number=number,
            description=description,
            group=group,
            is_debit=side == "D",
            kind="BalanceSheet",
            is_multicurrency=number in _MULTICURRENCY,
            currency=_PAYABLES.get(number, ""),
            subledger=_CONTROL.get(number, ""),
        )
    yield Account(
        number=RETAINED_EARNINGS,
        description="Retained earnings",
        group="EQ",
        is_debit=False,
        kind="RetainedEarnings",
    )
    for number, description, group, side in _WHOLE_COMPANY:
        yield _income(number, description, group, side, center="")
    for number, description, group, side in _BY_CENTER:
        for center, name in COST_CENTERS:
            if number in {SALES, COST_OF_SALES} and center not in {*SALES_CENTERS, _CLOSED_CENTER}:
                continue
            yield _income(number, f"{description}, {name}"[:60], group, side, center=center)
    # A heading that nothing may be posted to.
    heading = _income("6999", "Total operating expenses", "EXP", "D", center="")
    yield Account(**{**heading.__dict__, "posting": "Prohibited"})


def _income(number: str, description: str, group: str, side: str, *, center: str) -> Account:
    return Account(
        number=number,
        description=description,
        group=group,
        is_debit=side == "D",
        kind="IncomeStatement",
        center=center,
        posting="Consolidated" if number in _CONSOLIDATED else "Detail",
        is_active=center != _CLOSED_CENTER,
        is_multicurrency=True,
    )


def account_index() -> Mapping[str, Account]:
    """Return all accounts by their numbers without separators."""
    return {account.key: account for account in accounts()}
