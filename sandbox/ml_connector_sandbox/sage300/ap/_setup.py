"""What A/P looks up before it can book: currencies, rates, account sets, terms, taxes, banks.

Banks (`BK`) and tax authorities (`TX`) are not served by the sandbox, but A/P needs their
accounts and rates: they are the switches `ap_banks` and `ap_tax_groups`.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from ml_connector_sandbox.sage300._values import details_of
from ml_connector_sandbox.sage300.ap._documents import AccountSet, Bank
from ml_connector_sandbox.sage300.ap._money import Currency, Operation, Rate, decimal_of
from ml_connector_sandbox.sage300.ap._taxes import TaxAuthority
from ml_connector_sandbox.sage300.ap._terms import DayRule, Instalment, Terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ml_connector_sandbox._switches import Switches
    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._records import Company, Key

_DECIMALS_DEFAULT = 2
_NO_CURRENCY = "CAD"
"""Functional currency of a company whose profile is not installed."""


class Setup:
    """The company's set-up, as it stands at one moment."""

    def __init__(self, company: Company, *, switches: Switches) -> None:
        """Read the functional currency; everything else is looked up when asked for."""
        self._company = company
        self._switches = switches
        self._currencies: dict[str, Currency] = {}
        self._account_sets: dict[str, AccountSet | None] = {}
        self._terms: dict[str, Terms | None] = {}
        self._tax_groups: dict[str, tuple[TaxAuthority, ...] | None] = {}
        self.functional = self.currency(functional_code(company))

    def currency(self, code: str) -> Currency:
        """Return a currency; one the company does not list has two decimals."""
        if code not in self._currencies:
            record = self._find("CS", "CSCurrencyCodes", code)
            places = str(record.get("DecimalPlaces", "")) if record else ""
            decimals = int(places[3:]) if places[3:] else _DECIMALS_DEFAULT
            self._currencies[code] = Currency(code, decimals)
        return self._currencies[code]

    def account_set(self, code: str) -> AccountSet | None:
        """Return an account set, if the company has it."""
        if code not in self._account_sets:
            record = self._find("AP", "APAccountSets", code)
            self._account_sets[code] = None if record is None else read_account_set(record)
        return self._account_sets[code]

    def terms(self, code: str) -> Terms | None:
        """Return terms of payment, if the company has them."""
        if code not in self._terms:
            record = self._find("AP", "APTerms", code)
            self._terms[code] = None if record is None else read_terms(record)
        return self._terms[code]

    def tax_group(self, code: str) -> tuple[TaxAuthority, ...] | None:
        """Return the authorities of a tax group, if the site has it; none for a blank one."""
        if not code:
            return ()
        if code not in self._tax_groups:
            self._tax_groups[code] = self._read_tax_group(code)
        return self._tax_groups[code]

    def bank(self, code: str) -> Bank | None:
        """Return a bank, if the site has it."""
        banks = cast("Mapping[str, Mapping[str, str]]", self._switches["ap_banks"])
        if code not in banks:
            return None
        bank = banks[code]
        return Bank(code=code, account=bank["account"], currency=self.currency(bank["currency"]))

    def rate(self, currency: str, *, rate_type: str, day: str) -> tuple[Rate, str] | None:
        """Return a rate to functional currency and its day; None when the tables have none.

        Which of several days is taken is the table's `DateMatching` (§4.6, D).
        """
        if currency == self.functional.code:
            return Rate(), day
        record = self._find("CS", "CSCurrencyRates", (self.functional.code, rate_type))
        if record is None:
            return None
        rates = {
            str(line["RateDate"]): decimal_of(line["Rate"])
            for line in details_of(record["CurrencyRateDetail"])
            if line["FromCurrency"] == currency
        }
        date = _match_day(rates, day, matching=str(record["DateMatching"]))
        if date is None:
            return None
        return Rate(rates[date], Operation(record["RateOperation"])), date

    def default_rate_type(self) -> str:
        """Return the company's own rate type."""
        for record in _all(self._company, "CS", "CSCompanyProfile"):
            return str(record.get("DefaultRateType", ""))
        return ""

    def _read_tax_group(self, code: str) -> tuple[TaxAuthority, ...] | None:
        groups = cast("Mapping[str, list[Mapping[str, str]]]", self._switches["ap_tax_groups"])
        if code not in groups:
            return None
        return tuple(
            TaxAuthority(
                code=authority["authority"],
                percent=Decimal(authority["percent"]),
                account=authority.get("account", ""),
            )
            for authority in groups[code]
        )

    def _find(self, module: str, name: str, key: Key) -> JsonObject | None:
        table = self._company.find_table(module, name)
        row = None if table is None else table.find(key)
        if table is None or row is None:
            return None
        return {
            item.name: value for item, value in zip(table.resource.properties, row, strict=True)
        }


def functional_code(company: Company) -> str:
    """Return the company's functional currency (`CSCompanyProfile`, Sage sheet §4.6)."""
    for record in _all(company, "CS", "CSCompanyProfile"):
        return str(record.get("FunctionalCurrency", _NO_CURRENCY))
    return _NO_CURRENCY


def read_account_set(record: Mapping[str, object]) -> AccountSet:
    """Read the accounts of a record of `APAccountSets`."""
    return AccountSet(
        code=str(record["AccountSetCode"]),
        payables=str(record["PayablesControlAccount"]),
        discounts=str(record["DiscountsAccount"]),
        prepayments=str(record["PrepaymentAccount"]),
        currency=str(record["CurrencyCodeForAccount"]),
        gain=str(record["ExchangeGainAccount"]),
        loss=str(record["ExchangeLossAccount"]),
        rounding=str(record["ExchangeRoundingAccount"]),
    )


def read_terms(record: Mapping[str, object]) -> Terms:
    """Read a record of `APTerms` with its payment schedule."""
    due = str(record["MethodOfCalcForDueDate"])
    discount = str(record["MethodOfCalcForDiscountDate"])
    lines = details_of(record["TermsPaymentSchedule"])
    instalments = tuple(
        Instalment(
            percent=decimal_of(line["PercentageDue"]),
            discount_percent=decimal_of(line["DiscountPercent"]),
            due=_day_rule(due, line["DueNumberOfDays"], line["DueDayOfMonth"]),
            discount=_day_rule(discount, line["DiscountNumberOfDays"], line["DiscountDayOfMonth"]),
        )
        for line in lines
    )
    return Terms(
        code=str(record["TermsCode"]),
        instalments=instalments or (Instalment(),),
        has_discount_on_tax=record["CalculationBaseForDiscountwithTax"] == "Included",
    )


def _match_day(days: Iterable[str], day: str, *, matching: str) -> str | None:
    wanted = dt.date.fromisoformat(day[:10])
    allowed = [
        (abs((dt.date.fromisoformat(found[:10]) - wanted).days), found)
        for found in days
        if found == day
        or matching == "Closest"
        or (matching == "Earlier" and found < day)
        or (matching == "Later" and found > day)
    ]
    return min(allowed)[1] if allowed else None


def _day_rule(method: str, days: object, day_of_month: object) -> DayRule:
    return DayRule(method=method, days=int(str(days)), day_of_month=int(str(day_of_month)))


def _all(company: Company, module: str, name: str) -> list[JsonObject]:
    table = company.find_table(module, name)
    if table is None:
        return []
    names = [item.name for item in table.resource.properties]
    return [dict(zip(names, row, strict=True)) for row in table.rows_between()]
