"""How values are written, in every position of the switches (Sage sheet §3.4, §7)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from ml_connector_sandbox.sage300._values import plain_number, scaled_number

if TYPE_CHECKING:
    from tests.sandbox.web import Sage

ORDERS = "PO/POPurchaseOrders"
_DATE = re.compile(r"\d{4}-\d\d-\d\dT00:00:00Z")


def _numbers_of(sage: Sage, name: str) -> list[str]:
    raw = sage.get(ORDERS, select="Total,PurchaseOrderLines").raw.decode()
    return re.findall(rf'"{name}":(-?[0-9.E+-]+)', raw)


def test_dates_are_midnight_zulu_or_null(sage: Sage) -> None:
    orders = sage.follow(ORDERS, select="OrderDate,DateCompleted")

    values = [value for order in orders for value in order.values()]
    assert None in values
    assert all(_DATE.fullmatch(value) for value in values if value is not None)


@pytest.mark.switch("dates")
def test_dates_may_come_without_a_zone(sage: Sage) -> None:
    sage.control.turn(dates="zoneless")

    order = sage.values(ORDERS, filter="OrderDate ge 2000-01-01T00:00:00Z", top=1)[0]

    assert order["OrderDate"].endswith("T00:00:00")
    assert not any(
        str(line["ExpectedArrivalDate"]).endswith("Z") for line in order["PurchaseOrderLines"]
    )


def test_decimals_are_plain_by_default(sage: Sage) -> None:
    costs = _numbers_of(sage, "UnitCost")

    assert any(re.fullmatch(r"\d+\.\d{6}", cost) for cost in costs)
    assert not any(re.search(r"\.\d*0$|E", cost) for cost in costs)


@pytest.mark.switch("decimals")
def test_decimals_may_have_forced_zeros(sage: Sage) -> None:
    plain = _numbers_of(sage, "UnitCost")
    sage.control.turn(decimals="scaled")

    scaled = _numbers_of(sage, "UnitCost")

    assert scaled
    assert all(re.fullmatch(r"\d+\.\d{6}", cost) for cost in scaled)
    assert [Decimal(cost) for cost in scaled] == [Decimal(cost) for cost in plain]


@pytest.mark.switch("decimals")
def test_decimals_may_have_an_exponent(sage: Sage) -> None:
    plain = _numbers_of(sage, "Total")
    sage.control.turn(decimals="exponent")

    written = _numbers_of(sage, "Total")

    assert any("E+" in number for number in written)
    assert [Decimal(number) for number in written] == [Decimal(number) for number in plain]


@pytest.mark.switch("booleans")
def test_booleans_may_be_words(sage: Sage) -> None:
    expected = sage.values(ORDERS, filter="Completed eq false", select="PurchaseOrderNumber")
    sage.control.turn(booleans="words")

    found = sage.values(ORDERS, filter="Completed eq 'No'")

    assert [order["PurchaseOrderNumber"] for order in found] == [
        order["PurchaseOrderNumber"] for order in expected
    ]
    assert found[0]["Completed"] == "No"
    assert found[0]["PurchaseOrderLines"][0]["DropShip"] == "No"
    assert b'Name="YesNo"' in sage.get("PO/$metadata").raw
    assert sage.get(ORDERS, filter="Completed eq 'Maybe'").status == 400


@pytest.mark.switch("warnings")
def test_warnings_may_ride_along(sage: Sage) -> None:
    sage.control.turn(warnings=True)

    vendor = sage.get("AP/APVendors('1000')").json

    assert vendor["Warnings"][0].keys() == {"Message", "Priority", "PriorityString", "Tag"}


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("4.0", "4"),
        ("86.600", "86.6"),
        ("0.000000", "0"),
        ("-0.10", "-0.1"),
        ("1E+3", "1000"),
        ("1.50E-3", "0.0015"),
        ("123456789012345678901234567890.1234567890", "123456789012345678901234567890.123456789"),
    ],
)
def test_plain_numbers_lose_zeros_and_nothing_else(given: str, plain: str) -> None:
    assert str(plain_number(Decimal(given))) == plain


@pytest.mark.parametrize(
    ("units", "decimals", "text"),
    [(0, 2, "0"), (100, 2, "1"), (-105, 1, "-10.5"), (7, 6, "0.000007")],
)
def test_scaled_numbers_are_exact(units: int, decimals: int, text: str) -> None:
    assert f"{Decimal(scaled_number(units, decimals=decimals)):f}" == text
