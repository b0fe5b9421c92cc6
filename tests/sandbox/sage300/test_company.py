"""The generated company: believable, odd, consistent, and always the same."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from ml_connector_sandbox._wire import encode_json
from ml_connector_sandbox.sage300._edits import record_of
from ml_connector_sandbox.sage300._values import details_of
from ml_connector_sandbox.sage300.books._generate import generate_company

if TYPE_CHECKING:
    from tests.sandbox.web import Sage

_TODAY = dt.date(2026, 11, 23)
_ORDERS = 2500

Record = dict[str, Any]


@cache
def _table(name: str, seed: int = 1, orders: int = _ORDERS) -> tuple[Record, ...]:
    company = generate_company(seed=seed, orders=orders, today=_TODAY)
    table = company.tables[name[:2], name]
    return tuple(record_of(table, row) for row in table.rows_between())


def _lines(order: Record) -> list[Record]:
    return details_of(order["PurchaseOrderLines"])


def _all_lines() -> list[Record]:
    return [line for order in _table("POPurchaseOrders") for line in _lines(order)]


def _total(lines: list[Record], name: str) -> Decimal:
    return sum((Decimal(line[name]) for line in lines), Decimal(0))


def test_the_same_seed_makes_the_same_books() -> None:
    def encoded() -> bytes:
        company = generate_company(seed=1, orders=300, today=_TODAY)
        rows = company.tables["PO", "POPurchaseOrders"].rows_between()
        return encode_json([list(row) for row in rows])

    assert encoded() == encoded()


def test_another_seed_makes_other_books() -> None:
    assert _table("APVendors", 2, 5) != _table("APVendors", 1, 5)


def test_size_and_span() -> None:
    orders = _table("POPurchaseOrders")
    dates = sorted(order["OrderDate"][:10] for order in orders)

    assert len(orders) == _ORDERS
    assert len(_table("APVendors")) == 200
    assert len(_table("APVendorGroups")) == 8
    assert dates[0] < "2023-12"
    assert dates[-1] <= "2026-11-23"


def test_order_numbers_and_keys_are_unique() -> None:
    orders = _table("POPurchaseOrders")

    assert len({order["PurchaseOrderNumber"] for order in orders}) == _ORDERS
    assert len({order["PurchaseOrderSequenceKey"] for order in orders}) == _ORDERS
    assert all(
        len({line["LineNumber"] for line in _lines(order)}) == len(_lines(order))
        for order in orders
    )


def test_texts_fit_their_fields() -> None:
    assert max(len(order["PurchaseOrderNumber"]) for order in _table("POPurchaseOrders")) <= 22
    assert max(len(vendor["VendorNumber"]) for vendor in _table("APVendors")) <= 12
    assert max(len(vendor["VendorName"]) for vendor in _table("APVendors")) <= 60
    assert len({vendor["VendorNumber"] for vendor in _table("APVendors")}) == 200


def test_every_order_has_a_vendor_and_every_vendor_a_group() -> None:
    groups = {group["GroupCode"] for group in _table("APVendorGroups")}
    vendors = {vendor["VendorNumber"]: vendor for vendor in _table("APVendors")}

    assert {vendor["GroupCode"] for vendor in vendors.values()} <= groups
    assert {order["Vendor"] for order in _table("POPurchaseOrders")} <= vendors.keys()


def test_about_six_percent_of_orders_are_open() -> None:
    share = sum(not order["Completed"] for order in _table("POPurchaseOrders")) / _ORDERS

    assert 0.045 < share < 0.075


def test_an_order_is_completed_when_none_of_its_lines_is_open() -> None:
    for order in _table("POPurchaseOrders"):
        is_open = any(line["CompletionStatus"] == "No" for line in _lines(order))
        assert is_open is not order["Completed"]
        assert (order["DateCompleted"] is None) is is_open


def test_totals_are_the_sum_of_the_lines() -> None:
    for order in _table("POPurchaseOrders"):
        lines = _lines(order)
        net = _total(lines, "ExtendedCost") - _total(lines, "DiscountAmount")
        assert order["ExtendedCost"] == _total(lines, "ExtendedCost")
        assert order["TotalTax"] == _total(lines, "TotalTax") == order["TaxAmount1"]
        assert order["Total"] == net - order["DiscountAmount"] + order["TotalTax"]
        assert order["QuantityOrdered"] == _total(lines, "QuantityOrdered")


def test_quantities_of_open_lines_add_up() -> None:
    open_lines = [line for line in _all_lines() if line["CompletionStatus"] == "No"]

    assert open_lines
    for line in open_lines:
        parts = sum(
            Decimal(line[name])
            for name in ("QuantityReceived", "QuantityCanceled", "QuantityOutstanding")
        )
        assert parts == line["QuantityOrdered"]
        assert line["QuantityOutstanding"] > 0


def test_lines_show_every_course_an_order_can_take() -> None:
    lines = _all_lines()
    seen = Counter(line["CompletionStatus"] for line in lines)

    assert seen.keys() == {"No", "Yes", "Yes1"}
    assert any(line["CompletionStatus"] == "No" and line["QuantityReceived"] for line in lines)
    assert any(line["QuantityCanceled"] == line["QuantityOrdered"] for line in lines)
    assert any(line["CompletionStatus"] == "Yes1" and line["QuantityOutstanding"] for line in lines)
    assert any(line["DiscountAmount"] for line in lines)
    assert any(line["ExpectedArrivalDate"] is None for line in lines)
    assert any(f"{Decimal(line['UnitCost']):f}"[::-1].find(".") == 6 for line in lines)
    assert any(line["LineNumber"] % 1000 == 500 for line in lines)


def test_orders_are_of_every_type_and_currency_and_some_are_held() -> None:
    orders = _table("POPurchaseOrders")
    rates = {order["Currency"]: order["RateOperation"] for order in orders}

    assert rates == {"CAD": "Multiply", "USD": "Multiply", "EUR": "Divide"}
    assert {order["PurchaseOrderType"] for order in orders} == {
        "Active",
        "Standing",
        "Future",
        "Blanket",
    }
    assert all(order["ExchangeRate"] == 1 for order in orders if order["Currency"] == "CAD")
    assert any(order["OnHold"] and not order["Completed"] for order in orders)


def test_stamps_lie_now_and_then() -> None:
    orders = _table("POPurchaseOrders")

    assert any(order["LastPostingDate"][:10] > _TODAY.isoformat() for order in orders)
    assert any(
        order["LastPostingDate"] > order["OrderDate"] and order["OrderDate"] < "2023-10"
        for order in orders
    )


def test_names_are_as_odd_as_in_real_books() -> None:
    names = [vendor["VendorName"] for vendor in _table("APVendors")]

    assert any(name.startswith("'") for name in names)
    assert any(name.endswith("'") for name in names)
    for letter in ('"', ",", "ü", "株", "  ", "=", "\\"):
        assert any(letter in name for name in names), letter
    assert any(vendor["City"] == "" for vendor in _table("APVendors"))
    assert any("\n" in order["Comment"] for order in _table("POPurchaseOrders"))


def test_fiscal_years_are_not_calendar_years() -> None:
    calendars = {record["FiscalYear"]: record for record in _table("CSFiscalCalendars")}

    assert calendars["2027"]["FiscalPeriod1StartDate"] == "2026-04-01T00:00:00Z"
    assert calendars["2027"]["FiscalPeriod12EndDate"] == "2027-03-31T00:00:00Z"
    assert calendars["2027"]["FiscalPeriod13StartDate"] is None
    assert calendars["2024"]["FiscalPeriod11EndDate"] == "2024-02-29T00:00:00Z"


def test_profile_and_currencies_agree(sage: Sage) -> None:
    profile = sage.get("CS/CSCompanyProfile('SAMLTD')").json
    currency = sage.get("CS/CSCurrencyCodes('CAD')").json

    assert (profile["FunctionalCurrency"], profile["Multicurrency"]) == ("CAD", "Yes")
    assert currency["DecimalPlaces"] == "Num2"
    assert sage.get("CS/CSCurrencyCodes('JPY')").json["DecimalPlaces"] == "Num0"


def test_what_was_posted_says_that_its_rate_multiplies() -> None:
    operators = {
        *(row["CurrencyRateOperator"] for row in _table("GLPostedTransactions")),
        *(row["Currencyrateoperator"] for row in _table("GLPostingJournalDetails")),
        *(
            line["CurrencyRateOperator"]
            for batch in _table("GLJournalBatches")
            for entry in details_of(batch["JournalHeaders"])
            for line in details_of(entry["JournalDetails"])
        ),
    }

    assert operators == {"1"}
