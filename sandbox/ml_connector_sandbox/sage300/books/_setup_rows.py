"""What the books are kept by, as records: accounts, segments, terms, rates, items, places."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._account_sets import ACCOUNT_SETS
from ml_connector_sandbox.sage300._rates import FUNCTIONAL_CURRENCY, RATE_TYPE, multiplier_of
from ml_connector_sandbox.sage300.books import _chart, _texts
from ml_connector_sandbox.sage300.books._expenses import DISTRIBUTION_CODES
from ml_connector_sandbox.sage300.books._generate_lines import unpack_lines
from ml_connector_sandbox.sage300.books._terms import TERMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.books._calendar import Calendar
    from ml_connector_sandbox.sage300.books._generate_lines import Item
    from ml_connector_sandbox.sage300.books._generate_orders import OrderBook

_CATEGORIES = (
    ("FASTEN", "Fasteners & hardware"),
    ("LIQUID", "Solvents, greases"),
    ("PACK", "Packaging"),
    ("RAW", "Raw material"),
    ("SERV", "Services"),
)
_BY_UNIT = {
    "DRUM": "LIQUID",
    "BOX": "PACK",
    "ROLL": "PACK",
    "KG": "RAW",
    "LB": "RAW",
    "M": "RAW",
    "HR": "SERV",
}
_RATE_TYPES = ((RATE_TYPE, "Spot rates, monthly"),)


class SetupRows:
    """Makes records of what the books are kept by; none of it needs the history."""

    def __init__(self, book: OrderBook, calendar: Calendar) -> None:
        """Describe the company that has these orders and this calendar."""
        self._book = book
        self._calendar = calendar
        self._created = calendar.start_of(calendar.years[0])

    def accounts(self) -> Iterator[JsonObject]:
        """Yield `GLAccounts`."""
        closed = int(self._calendar.years_over()[-1])
        for account in _chart.accounts():
            yield {
                "UnformattedAccount": account.key,
                "DateCreated": _texts.day(self._created),
                "Description": account.description,
                "AccountType": account.kind,
                "NormalBalanceDRCR": "Debit" if account.is_debit else "Credit",
                "Status": "Active" if account.is_active else "Inactive",
                "PostToAccount": account.posting,
                "Multicurrency": "Yes" if account.is_multicurrency else "No",
                "ControlAccount": "Yes" if account.subledger else "No",
                "StructureCode": "ACCTCC" if account.center else "ACCT",
                "YearLastClosed": closed,
                "AccountNumber": account.formatted,
                "AccountSegmentCode1": account.number,
                "AccountSegmentCode2": account.center,
                "AccountGroupCode": account.group,
                "AccountGroupSortCode": account.group,
                **_account_details(account),
            }

    def account_groups(self) -> Iterator[JsonObject]:
        """Yield `GLAccountGroups`."""
        for code, description, category in _chart.GROUPS:
            yield {
                "AccountGroupCode": code,
                "AccountGroupDescription": description,
                "AccountGroupSortCode": code,
                "GroupCategory": category,
            }

    def segment_codes(self) -> Iterator[JsonObject]:
        """Yield `GLSegmentCodes`: the cost centres."""
        for code, description in _chart.COST_CENTERS:
            yield {
                "SegmentNumber": _chart.SEGMENT_NUMBER,
                "SegmentCode": code,
                "SegmentCodeDescription": description,
                "ClosingAccount": _chart.RETAINED_EARNINGS,
            }

    def source_codes(self) -> Iterator[JsonObject]:
        """Yield `GLSourceCodes`."""
        for ledger, kind, description in _chart.SOURCE_CODES:
            yield {"SourceLedger": ledger, "SourceType": kind, "Description": description}

    def account_sets(self) -> Iterator[JsonObject]:
        """Yield `APAccountSets`: one for each currency."""
        for one in ACCOUNT_SETS:
            yield {
                "AccountSetCode": one.code,
                "Description": one.description,
                "DateLastMaintained": _texts.day(self._created),
                "PayablesControlAccount": one.payables,
                "DiscountsAccount": _chart.DISCOUNTS,
                "PrepaymentAccount": _chart.PREPAYMENTS,
                "CurrencyCodeForAccount": one.currency,
                "UnrealizedExchangeGainAccount": _chart.UNREALIZED_GAIN,
                "UnrealizedExchangeLossAccount": _chart.UNREALIZED_LOSS,
                "ExchangeGainAccount": _chart.EXCHANGE_GAIN,
                "ExchangeLossAccount": _chart.EXCHANGE_LOSS,
                "RetainageAccount": _chart.RETAINAGE,
                "ExchangeRoundingAccount": _chart.ROUNDING,
            }

    def terms(self) -> Iterator[JsonObject]:
        """Yield `APTerms`."""
        for terms in TERMS:
            yield {
                "TermsCode": terms.code,
                "Description": terms.description,
                "DateLastMaintained": _texts.day(self._created),
                "NumberOfPayments": 1,
                "TotalPercentageDue": 100,
                "TermsPaymentSchedule": [
                    {
                        "TermsCode": terms.code,
                        "PaymentNumber": 1,
                        "PercentageDue": 100,
                        "DiscountPercent": terms.discount_percent,
                        "DiscountNumberOfDays": terms.discount_days,
                        "DueNumberOfDays": terms.days,
                    }
                ],
            }

    def distribution_codes(self) -> Iterator[JsonObject]:
        """Yield `APDistributionCodes`."""
        for code in DISTRIBUTION_CODES:
            yield {
                "DistributionCodeKey": code.code,
                "Description": code.description,
                "DateLastMaintained": _texts.day(self._created),
                "GLAccount": f"{code.account}{code.center}",
                "Discountable": "Yes",
            }

    def currency_rates(self) -> Iterator[JsonObject]:
        """Yield `CSCurrencyRates`: a rate for every month the books cover."""
        first = self._created.replace(day=1)
        months = (self._calendar.today - first).days // 30 + 1
        days = sorted({(first + dt.timedelta(days=30 * at)).replace(day=1) for at in range(months)})
        rates = self._book.rates
        for code, description in _RATE_TYPES:
            yield {
                "ToCurrency": FUNCTIONAL_CURRENCY,
                "RateType": code,
                "TableDescription": description,
                "DateMatching": "Earlier",
                "RateOperation": "Multiply",
                "SourceOfRates": "Bank",
                "CurrencyRateDetail": [
                    {
                        "ToCurrency": FUNCTIONAL_CURRENCY,
                        "RateType": code,
                        "FromCurrency": currency,
                        "RateDate": _texts.day(day),
                        "Rate": _texts.rate(multiplier_of(currency, rates.find(currency, day))),
                    }
                    for currency in ("EUR", "USD")
                    for day in days
                ],
            }

    def categories(self) -> Iterator[JsonObject]:
        """Yield `ICCategories`."""
        for code, description in _CATEGORIES:
            yield {
                "CategoryCode": code,
                "Description": description,
                "DateLastMaintained": _texts.day(self._created),
                "SalesAccount": f"{_chart.SALES}210",
                "ReturnsAccount": f"{_chart.SALES}210",
                "CostOfGoodsSoldAccount": f"{_chart.COST_OF_SALES}210",
            }

    def locations(self) -> Iterator[JsonObject]:
        """Yield `ICLocations`."""
        for key, name, city in (
            ("1", "Main warehouse", "Toronto"),
            ("2", "Entrepôt de Montréal", "Montréal"),
            ("GIT", "Goods in transit", ""),
        ):
            yield {
                "LocationKey": key,
                "Name": name,
                "City": city,
                "Country": "Canada" if city else "",
                "DateLastMaintained": _texts.day(self._created),
                "LocationType": "Physical" if city else "Logical",
            }

    def items(self) -> Iterator[JsonObject]:
        """Yield `ICItems`, with what is on order."""
        on_order = self._on_order()
        for position, item in enumerate(self._book.items):
            on_hand = 10_000 * (position * 37 % 400) if item.is_stock else 0
            is_inactive = position % 29 == 7  # noqa: PLR2004
            changed = self._calendar.today - dt.timedelta(days=position * 9 + 1)
            yield {
                "UnformattedItemNumber": unformatted(item),
                "ItemNumber": item.number,
                "Description": item.description,
                "DateLastMaintained": _texts.day(changed),
                "Status": is_inactive,
                "DateInactive": _texts.day(changed) if is_inactive else None,
                "StructureCode": "ITEM",
                "AccountSetCode": "GOODS" if item.is_stock else "",
                "Category": _BY_UNIT.get(item.unit, "FASTEN"),
                "StockItem": item.is_stock,
                "StockingUnitOfMeasure": item.unit,
                "Sellable": True,
                "QuantityOnHand": _texts.quantity(on_hand),
                "QuantityOnPurchaseOrder": _texts.quantity(on_order[position]),
                "QuantityAvailable": _texts.quantity(on_hand),
                "ItemUnitsOfMeasure": [
                    {"ItemNumber": item.number, "UnitOfMeasure": item.unit, "ConversionFactor": 1}
                ],
            }

    def location_details(self) -> Iterator[JsonObject]:
        """Yield `ICLocationDetails`: everything lies in the main warehouse."""
        on_order = self._on_order()
        for position, item in enumerate(self._book.items):
            if item.is_stock:
                yield {
                    "ItemNumber": unformatted(item),
                    "Location": "1",
                    "Allowed": True,
                    "InUse": True,
                    "QuantityOnHand": _texts.quantity(10_000 * (position * 37 % 400)),
                    "QuantityOnPurchaseOrder": _texts.quantity(on_order[position]),
                    "MostRecentCost": _texts.cost(item.price),
                    "StandardCost": _texts.cost(item.price),
                }

    def _on_order(self) -> dict[int, int]:
        """Sum what open lines have outstanding, by item."""
        book, found = self._book, defaultdict[int, int](int)
        for position, is_open in enumerate(book.is_open):
            if is_open:
                for line in unpack_lines(book.lines_of(position)):
                    if line.is_open:
                        found[line.item] += line.outstanding
        return found


def unformatted(item: Item) -> str:
    """Return an item's number without its separator."""
    return item.number.replace("-", "")


def _account_details(account: _chart.Account) -> JsonObject:
    subledgers = [{"AccountNumber": account.key, "SubledgerCode": account.subledger}]
    currencies = [
        {"AccountNumber": account.key, "CurrencyCode": currency}
        for currency in ([account.currency] if account.currency else ("CAD", "EUR", "USD"))
    ]
    return {
        "SpecificCurrency": "SpecificCurrencies" if account.currency else "AllCurrencies",
        "DefaultCurrencyCode": account.currency,
        "ControlAccountSubledgers": subledgers if account.subledger else [],
        "AccountValidCurrencies": currencies if account.is_multicurrency else [],
    }
