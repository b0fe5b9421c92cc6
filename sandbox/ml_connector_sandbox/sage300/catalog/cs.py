"""Resources of Common Services, with types and lengths of the Sage sheet §4.6."""

from __future__ import annotations

from ml_connector_sandbox.sage300._types import parse_properties
from ml_connector_sandbox.sage300.catalog._define import define, details

COMPANY_PROFILE = define(
    "CS/CSCompanyProfile",
    "CompanyProfile",
    parse_properties("""
DatabaseID code6, Name str60, Address1-4 str60, City str30, StateProvince str30
ZipPostalCode str20, Country str30, PhoneNumber str30, ContactName str60
NumberOfFiscalPeriods NumberOfFiscalPeriods(Num12 Num13), FunctionalCurrency code3
Multicurrency Multicurrency(No Yes), DefaultRateType code2
LockedFiscalPeriod LockedFiscalPeriod(None Warning Error)
InactiveGLAccount InactiveGLAccount(None Warning Error)
NonexistentGLAccount NonexistentGLAccount(None Warning Error)
"""),
    verbs="GUDA",
)

FISCAL_CALENDARS = define(
    "CS/CSFiscalCalendars",
    "FiscalCalendar",
    parse_properties("""
FiscalYear str4, NumberOfFiscalPeriods int, QuarterWith4Periods int, Active Active(No Yes)
FiscalPeriod1-13StartDate date, FiscalPeriod1-13EndDate date
AdjustmentPeriodStatus AdjustmentPeriodStatus(Unlocked Locked)
ClosingPeriodStatus ClosingPeriodStatus(Unlocked Locked)
"""),
    verbs="G",
)

CURRENCY_CODES = define(
    "CS/CSCurrencyCodes",
    "CurrencyCode",
    parse_properties("""
CurrencyCodeKey code3, Description str60, Symbol str4
DecimalPlaces DecimalPlaces(Num0 Num1 Num2 Num3)
SymbolPosition SymbolPosition(Beforewithspace Beforewithoutspace Afterwithspace
  Afterwithoutspace)
ThousandsSeparator ThousandsSeparator(Comma Period Space Apostrophe)
DecimalSeparator DecimalSeparator(Period Comma)
NegativeDisplay NegativeDisplay(Leadingminus Trailingminus Brackets)
"""),
)

CURRENCY_RATES = define(
    "CS/CSCurrencyRates",
    "CurrencyRate",
    (
        *parse_properties("""
        ToCurrency code3, RateType code2, TableDescription str60
        DateMatching DateMatching(Exact Earlier Later Closest)
        RateOperation RateOperation(Multiply Divide), SourceOfRates str60
        """),
        details(
            "CurrencyRateDetail",
            "CurrencyRateDetailItem",
            parse_properties("""
            ToCurrency code3, RateType code2, FromCurrency code3, RateDate date, Rate dec7
            Spread dec7
            """),
            key="FromCurrency RateDate",
        ),
    ),
    key=("ToCurrency", "RateType"),
)

RESOURCES = (COMPANY_PROFILE, FISCAL_CALENDARS, CURRENCY_CODES, CURRENCY_RATES)
