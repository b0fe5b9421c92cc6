"""The generated company: believable, odd, and the same for the same seed and day."""

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._account_sets import TRADE, account_set_of
from ml_connector_sandbox.sage300._rates import FUNCTIONAL_CURRENCY
from ml_connector_sandbox.sage300._records import Company, Table
from ml_connector_sandbox.sage300._values import date_text, stored_row
from ml_connector_sandbox.sage300.books import Books, Past, _wording, calendar_records
from ml_connector_sandbox.sage300.books._generate_orders import OrderBook, VendorFacts
from ml_connector_sandbox.sage300.books._order_rows import OrderRows
from ml_connector_sandbox.sage300.catalog import RESOURCES
from ml_connector_sandbox.sage300.catalog.ap import VENDOR_GROUPS
from ml_connector_sandbox.sage300.catalog.cs import (
    COMPANY_PROFILE,
    CURRENCY_CODES,
    FISCAL_CALENDARS,
)
from ml_connector_sandbox.sage300.catalog.po import PURCHASE_ORDERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml_connector_sandbox.sage300._types import Resource

DATABASE_ID = "SAMLTD"
_VENDOR_COUNT = 200
_YEARS = 3
_CURRENCIES = (
    ("CAD", "Canadian dollars", "$", "Num2"),
    ("USD", "US dollars", "$", "Num2"),
    ("EUR", "Euro", "€", "Num2"),
    ("JPY", "Japanese yen", "¥", "Num0"),
)


def generate_company(
    *, seed: int, orders: int, today: dt.date, fiscal_periods: int = 12
) -> Company:
    """Build the company, with its purchase orders up to `today`.

    The orders are made at once, the rest of the books when somebody first looks at them.
    """
    dice = random.Random(seed)  # noqa: S311  # books, not secrets
    vendors = list(_vendors(dice, today))
    facts = [_facts_of(vendor) for vendor in vendors]
    book = OrderBook(dice, vendors=facts, today=today)
    book.fill(orders)
    past = Past(book=book, vendors=vendors, today=today, seed=seed, fiscal_periods=fiscal_periods)
    filled = [
        Table(PURCHASE_ORDERS, OrderRows(book, PURCHASE_ORDERS)),
        _table(VENDOR_GROUPS, _vendor_groups(today)),
        _table(COMPANY_PROFILE, _profile(fiscal_periods)),
        _table(FISCAL_CALENDARS, calendar_records(today, periods=fiscal_periods)),
        _table(CURRENCY_CODES, _currencies()),
        *Books(past, company=DATABASE_ID).tables(),
    ]
    # Everything of the catalog is installed; what nobody fills is empty.
    empty = [Table(resource) for resource in RESOURCES.values()]
    return Company(DATABASE_ID, [*empty, *filled])


def _table(resource: Resource, records: Iterator[dict[str, object]]) -> Table:
    return Table(resource, [stored_row(resource.properties, record) for record in records])


def _facts_of(vendor: dict[str, object]) -> VendorFacts:
    return VendorFacts(
        number=str(vendor["VendorNumber"]),
        name=str(vendor["VendorName"]),
        currency=str(vendor["CurrencyCode"]),
        terms=str(vendor["Terms"]),
        tax_group=str(vendor["TaxGroup"]),
    )


def _vendor_groups(today: dt.date) -> Iterator[dict[str, object]]:
    for position, (code, description) in enumerate(_wording.GROUPS):
        yield {
            "GroupCode": code,
            "Description": description,
            "DateLastMaintained": date_text(today - dt.timedelta(days=200 + 90 * position)),
            "AccountSet": TRADE.code,
            "CurrencyCode": FUNCTIONAL_CURRENCY,
            "Terms": "NET30" if position % 2 else "2N10",
            "TaxGroup": "GST",
        }


def _vendors(dice: random.Random, today: dt.date) -> Iterator[dict[str, object]]:
    names = list(_wording.ODD_VENDORS)
    while len(names) < _VENDOR_COUNT:
        words = (
            dice.choice(_wording.STEMS),
            dice.choice(_wording.TRADES),
            dice.choice(_wording.FORMS),
        )
        names.append(" ".join(words))
    dice.shuffle(names)
    for position, name in enumerate(names):
        yield _vendor(dice, position, name, today)


def _vendor(dice: random.Random, position: int, name: str, today: dt.date) -> dict[str, object]:
    city, state, country = dice.choice(_wording.CITIES)
    is_inactive = dice.random() < 0.04  # noqa: PLR2004  # shares of the book, each used once
    changed = today - dt.timedelta(days=dice.randrange(1, 365 * _YEARS))
    currency = dice.choices(("CAD", "USD", "EUR"), (70, 20, 10))[0]
    return {
        "VendorNumber": _vendor_number(position, name),
        "ShortName": name[:10].rstrip() if position % 9 else "",
        "GroupCode": dice.choice(_wording.GROUPS)[0],
        "Status": "Inactive" if is_inactive else "Active",
        "InactiveDate": date_text(changed) if is_inactive else None,
        "DateLastMaintained": date_text(changed),
        "OnHold": "OnHold" if position % 47 == 1 else "NotOnHold",
        "StartDate": date_text(today - dt.timedelta(days=365 * 9 + position)),
        "VendorName": name[:60],
        "AddressLine1": f"{dice.randrange(1, 9999)} {dice.choice(_wording.STEMS)} St., #{position}",
        "City": city,
        "StateProvince": state,
        "Country": country,
        "AccountSet": account_set_of(currency).code,
        "CurrencyCode": currency,
        "RateType": "" if currency == FUNCTIONAL_CURRENCY else "SP",
        "Terms": dice.choice(("NET30", "2N10", "NET60", "COD")),
        "TaxGroup": "GST" if currency == FUNCTIONAL_CURRENCY else "EXEMPT",
        "LegalName": name[:60] if position % 5 == 0 else "",
    }


def _vendor_number(position: int, name: str) -> str:
    if position % 4 == 0:
        return str(1000 + position * 5)
    if position % 11 == 0:
        return f"{position:06d}"
    head = "".join(letter for letter in name.upper() if letter.isascii() and letter.isalnum())
    joint = "-" if position % 3 == 0 else ""
    return f"{head[:8] or 'V'}{joint}{position:03d}"


def _profile(fiscal_periods: int) -> Iterator[dict[str, object]]:
    yield {
        "DatabaseID": DATABASE_ID,
        "Name": "Sample Company Limited",
        "City": "Toronto",
        "StateProvince": "ON",
        "Country": "Canada",
        "NumberOfFiscalPeriods": f"Num{fiscal_periods}",
        "FunctionalCurrency": FUNCTIONAL_CURRENCY,
        "Multicurrency": "Yes",
        "DefaultRateType": "SP",
        "LockedFiscalPeriod": "Error",
        "InactiveGLAccount": "Error",
        "NonexistentGLAccount": "Error",
    }


def _currencies() -> Iterator[dict[str, object]]:
    for code, description, symbol, places in _CURRENCIES:
        yield {
            "CurrencyCodeKey": code,
            "Description": description,
            "Symbol": symbol,
            "DecimalPlaces": places,
            "ThousandsSeparator": "Comma",
            "DecimalSeparator": "Period",
        }
