"""One order becomes a header and lines that say everything planning needs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from ml_connector.errors import InputError
from tap_sage300.bookmarks import KnownDocument

from tests.tap_sage300.orders import make_line, make_order, make_splitter, split


def test_line_carries_identity_header_facts_and_what_is_outstanding() -> None:
    order = split(make_line(2000))

    line = order.lines[0]

    assert line["TransactionId"] == "SAMLTD:PO:PO000007:2000"
    assert line["Company"] == "SAMLTD"
    assert line["Vendor"] == "1200"
    assert line["OrderDate"] == "2026-11-02"
    assert line["OutstandingAmount"] == Decimal("30.75")
    assert line["FunctionalExtendedCost"] == 41
    assert line["_sdc_deleted_at"] is None


def test_header_adds_up_what_is_outstanding_on_its_lines() -> None:
    order = split(make_line(1000), make_line(2000, UnitCost=Decimal(1)))

    assert order.header["OutstandingAmount"] == Decimal("33.75")


@pytest.mark.parametrize("changes", [{"CompletionStatus": "Yes"}, {"CompletionStatus": "Yes1"}])
def test_nothing_is_outstanding_on_a_completed_line(changes: dict[str, Any]) -> None:
    order = split(make_line(**changes), make_line(2000))

    assert [line["OutstandingAmount"] for line in order.lines] == [0, Decimal("30.75")]
    assert [line["Completed"] for line in order.lines] == [True, False]
    assert order.is_open


def test_nothing_is_outstanding_on_a_completed_order() -> None:
    order = split(make_line(), Completed=True)

    assert order.lines[0]["OutstandingAmount"] == 0
    assert order.lines[0]["Completed"] is True
    assert not order.is_open


def test_order_without_completed_property_is_open_while_a_line_is() -> None:
    raw = make_order(make_line())
    del raw["Completed"]

    assert make_splitter().split(raw)[0].is_open


def test_arrival_of_the_line_wins_over_the_orders() -> None:
    order = split(make_line(), make_line(2000, ExpectedArrivalDate=None))

    assert [line["ExpectedArrivalDate"] for line in order.lines] == ["2026-12-05", "2026-12-24"]


def test_outstanding_quantity_is_computed_where_sage_gives_none() -> None:
    order = split(make_line(QuantityOutstanding=None, QuantityCanceled=Decimal(1)))

    assert order.lines[0]["QuantityOutstanding"] == 2


def test_outstanding_is_net_of_the_lines_own_discount() -> None:
    order = split(make_line(DiscountAmount=Decimal("4.10"), DiscountPercentage=Decimal("10.0")))

    assert order.lines[0]["OutstandingAmount"] == Decimal("27.675")


def test_header_discount_is_shared_by_what_the_lines_own_discounts_left() -> None:
    order = split(
        make_line(DiscountAmount=Decimal(1)),
        make_line(2000),
        DiscountAmount=Decimal("8.1"),
    )

    # 1.00 is the line's own; 8.10 of the 81.00 that is left is a tenth.
    assert [line["OutstandingAmount"] for line in order.lines] == [
        Decimal(27),
        Decimal("27.675"),
    ]


def test_header_discount_that_only_repeats_its_lines_is_not_taken_twice() -> None:
    order = split(make_line(DiscountAmount=Decimal("4.1")), DiscountAmount=Decimal("4.1"))

    assert order.lines[0]["OutstandingAmount"] == Decimal("27.675")


def test_header_discount_given_only_as_a_percentage_counts() -> None:
    order = split(make_line(), DiscountAmount=Decimal(0), DiscountPercentage=Decimal(10))

    assert order.lines[0]["OutstandingAmount"] == Decimal("27.675")


def test_foreign_lines_are_converted_and_tied_to_their_header() -> None:
    lines = [make_line(n * 1000, ExtendedCost=Decimal("0.33")) for n in (1, 2, 3)]
    raw = make_order(*lines, Currency="EUR", ExchangeRate=Decimal("1.1"), Total=Decimal(1))

    [order] = make_splitter().split(raw)

    twins = [line["FunctionalExtendedCost"] for line in order.lines]
    assert twins == [Decimal("0.37"), Decimal("0.36"), Decimal("0.36")]
    assert order.header["FunctionalExtendedCost"] == Decimal("1.09")
    assert order.header["FunctionalTotal"] == Decimal("1.10")


def test_own_currency_is_not_rounded() -> None:
    order = split(make_line(ExtendedCost=Decimal("10.123456")), ExchangeRate=Decimal(2))

    assert order.lines[0]["FunctionalExtendedCost"] == Decimal("10.123456")


def test_without_company_profile_a_rate_of_one_is_own_currency() -> None:
    splitter = make_splitter(currency=None)

    [order] = splitter.split(make_order(make_line(ExtendedCost=Decimal("1.005"))))

    assert order.lines[0]["FunctionalExtendedCost"] == Decimal("1.005")


def test_blank_currency_is_the_companys() -> None:
    assert split(make_line(), Currency="").lines[0]["Currency"] == "USD"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"PurchaseOrderSequenceKey": None}, "PurchaseOrderSequenceKey"),
        ({"PurchaseOrderNumber": " "}, "PurchaseOrderNumber"),
        ({"PurchaseOrderLines": None}, "PurchaseOrderLines"),
        ({"PurchaseOrderLines": ["x"]}, "PurchaseOrderLines"),
        ({"Currency": "EUR", "ExchangeRate": 0}, "ExchangeRate"),
        ({"Currency": "EUR", "ExchangeRate": 2, "RateOperation": "Guess"}, "RateOperation"),
        ({"OrderDate": "soon"}, "OrderDate"),
        ({"OnHold": "Perhaps"}, "OnHold"),
    ],
)
def test_what_makes_an_order_unusable_is_named(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=named) as caught:
        split(make_line(), **changes)

    assert "000007" in str(caught.value) or "SequenceKey" in str(caught.value)


def test_line_without_number_and_number_used_twice_are_refused() -> None:
    with pytest.raises(InputError, match="LineNumber"):
        split(make_line(LineNumber=None))
    with pytest.raises(InputError, match="each LineNumber once"):
        split(make_line(1000), make_line(1000))


def test_gone_lines_keep_their_identity_and_have_no_amounts() -> None:
    known = KnownDocument("PO000007", "1200", (2000,))

    lines = make_splitter().build_gone_lines(7, known, deleted_at="2026-11-23T00:00:00Z")

    assert [line["TransactionId"] for line in lines] == ["SAMLTD:PO:PO000007:2000"]
    line = lines[0]
    assert line["Vendor"] == "1200"
    assert {line[name] for name in line if name.endswith(("Cost", "Amount"))} == {Decimal(0)}
    assert line["_sdc_deleted_at"] == "2026-11-23T00:00:00Z"


def test_gone_records_have_the_same_properties_as_living_ones() -> None:
    splitter = make_splitter()
    [order] = splitter.split(make_order(make_line(1000)))
    at = "2026-11-23T00:00:00Z"

    gone = splitter.build_gone_lines(7, order.known(), deleted_at=at)

    assert set(gone[0]) == set(order.lines[0])
