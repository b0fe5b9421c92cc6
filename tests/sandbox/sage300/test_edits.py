"""Edits through the control, as a desktop user would make them (design §5.6)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.web import Sage, call

if TYPE_CHECKING:
    from tests.sandbox.conftest import ServeSage

ORDERS = "records/PO/POPurchaseOrders"

Record = dict[str, Any]


@pytest.fixture
def books(serve_sage: ServeSage) -> Sage:
    """A company of this test's own, its clock in June 2027."""
    sage = serve_sage(orders=20)
    sage.control.post("clock", {"set": "2027-06-15T12:00:00Z"})
    return sage


def _add_order(books: Sage, *lines: Record, **fields: object) -> Record:
    order: Record = books.control.post(
        ORDERS, {"Vendor": "1000", "PurchaseOrderLines": list(lines), **fields}
    )
    return order


def _edit(books: Sage, order: Record, **fields: object) -> Record:
    key = order["PurchaseOrderSequenceKey"]
    edited: Record = books.control.send("PATCH", f"{ORDERS}/{key}", fields)
    return edited


def _read(books: Sage, order: Record) -> Record:
    key = order["PurchaseOrderSequenceKey"]
    read: Record = books.get(f"PO/POPurchaseOrders({key})").json
    return read


def test_a_new_order_gets_key_number_dates_and_its_vendors_terms(books: Sage) -> None:
    vendor = books.get("AP/APVendors('1000')").json
    last = books.values("PO/POPurchaseOrders", orderby="PurchaseOrderSequenceKey desc", top=1)[0]

    order = _add_order(books, {"ItemNumber": "A1", "QuantityOrdered": 3, "UnitCost": 1.234567})

    assert order["PurchaseOrderSequenceKey"] == last["PurchaseOrderSequenceKey"] + 1
    assert order["OrderDate"] == order["LastPostingDate"] == "2027-06-15T00:00:00Z"
    assert (order["Name"], order["Currency"]) == (vendor["VendorName"], vendor["CurrencyCode"])
    assert order["PurchaseOrderLines"][0]["LineNumber"] == 1000
    assert order["PurchaseOrderLines"][0]["QuantityOutstanding"] == 3
    assert order["Total"] == order["ExtendedCost"] == Decimal("3.7")
    assert order["Completed"] is False


def test_an_added_order_is_served_like_any_other(books: Sage) -> None:
    order = _add_order(books, {"QuantityOrdered": 1, "UnitCost": 2}, {"QuantityOrdered": 2})

    served = _read(books, order)

    assert [line["LineNumber"] for line in served["PurchaseOrderLines"]] == [1000, 2000]
    assert served["PurchaseOrderNumber"] == order["PurchaseOrderNumber"]


def test_an_edit_moves_the_stamp_to_the_session_date(books: Sage) -> None:
    order = _add_order(books, {"QuantityOrdered": 1})

    by_clock = _edit(books, order, Reference="A")
    by_hand = _edit(books, order, Reference="B", stamp="2020-01-02")
    left = _edit(books, order, Reference="C", stamp=None)

    assert by_clock["LastPostingDate"] == "2027-06-15T00:00:00Z"
    assert by_hand["LastPostingDate"] == "2020-01-02T00:00:00Z"
    assert left["LastPostingDate"] == "2020-01-02T00:00:00Z"
    assert left["Reference"] == "C"


def test_a_stamp_given_as_a_field_stays_as_given(books: Sage) -> None:
    order = _add_order(books, {"QuantityOrdered": 1})

    edited = _edit(books, order, LastPostingDate="1999-12-31")

    assert edited["LastPostingDate"] == "1999-12-31T00:00:00Z"


@pytest.mark.switch("stamps_move")
def test_edits_may_leave_stamps_alone_altogether(books: Sage) -> None:
    order = _add_order(books, {"QuantityOrdered": 1}, LastPostingDate="2026-01-01")
    books.control.turn(stamps_move=False)

    edited = _edit(books, order, Reference="A")

    assert edited["LastPostingDate"] == "2026-01-01T00:00:00Z"


def test_a_vendors_stamp_moves_too(books: Sage) -> None:
    edited = books.control.send("PATCH", "records/AP/APVendors/1000", {"City": "Oslo"})

    assert edited["DateLastMaintained"] == "2027-06-15T00:00:00Z"
    assert books.get("AP/APVendors('1000')").json["City"] == "Oslo"


def test_another_quantity_moves_cost_outstanding_and_totals(books: Sage) -> None:
    order = _add_order(
        books,
        {"QuantityOrdered": 10, "UnitCost": 5, "DiscountPercentage": 10},
        {"QuantityOrdered": 1, "UnitCost": 7},
    )

    edited = _edit(books, order, PurchaseOrderLines=[{"LineNumber": 1000, "QuantityOrdered": 4}])

    line = edited["PurchaseOrderLines"][0]
    assert (line["ExtendedCost"], line["DiscountAmount"], line["NetOfTax"]) == (20, 2, 18)
    assert line["QuantityOutstanding"] == 4
    assert (edited["ExtendedCost"], edited["Total"], edited["QuantityOrdered"]) == (27, 25, 5)


def test_a_receipt_leaves_the_cost_and_moves_what_is_outstanding(books: Sage) -> None:
    order = _add_order(books, {"QuantityOrdered": 10, "UnitCost": 5})

    edited = _edit(
        books,
        order,
        PurchaseOrderLines=[{"LineNumber": 1000, "QuantityReceived": "3.5", "QuantityCanceled": 1}],
    )

    line = edited["PurchaseOrderLines"][0]
    assert (line["ExtendedCost"], line["QuantityOutstanding"]) == (50, Decimal("5.5"))
    assert edited["AmountReceivedToDate"] == Decimal("17.5")
    assert edited["Completed"] is False


def test_the_last_receipt_completes_line_and_order(books: Sage) -> None:
    order = _add_order(books, {"QuantityOrdered": 10, "UnitCost": 5})

    edited = _edit(books, order, PurchaseOrderLines=[{"LineNumber": 1000, "QuantityReceived": 10}])

    line = edited["PurchaseOrderLines"][0]
    assert (line["CompletionStatus"], line["QuantityOutstanding"]) == ("Yes", 0)
    assert edited["Completed"] is True
    assert line["DateCompleted"] == edited["DateCompleted"] == "2027-06-15T00:00:00Z"


def test_completing_an_order_closes_its_lines_and_may_leave_the_stamp(books: Sage) -> None:
    order = _add_order(books, {"QuantityOrdered": 10}, LastPostingDate="2027-01-01")

    edited = _edit(books, order, Completed=True, stamp=None)

    line = edited["PurchaseOrderLines"][0]
    assert (line["CompletionStatus"], line["QuantityOutstanding"]) == ("Yes", 0)
    assert edited["LastPostingDate"] == "2027-01-01T00:00:00Z"
    assert edited["DateCompleted"] == "2027-06-15T00:00:00Z"


def test_one_line_can_be_deleted(books: Sage) -> None:
    order = _add_order(
        books, {"QuantityOrdered": 1, "UnitCost": 5}, {"QuantityOrdered": 1, "UnitCost": 7}
    )

    _edit(books, order, PurchaseOrderLines=[{"LineNumber": 1000, "UpdateOperation": "Delete"}])

    served = _read(books, order)
    assert [line["LineNumber"] for line in served["PurchaseOrderLines"]] == [2000]
    assert (served["Total"], served["QuantityOrdered"]) == (7, 1)


def test_a_line_can_be_added_between_others(books: Sage) -> None:
    order = _add_order(books, {"QuantityOrdered": 1}, {"QuantityOrdered": 1})

    edited = _edit(
        books, order, PurchaseOrderLines=[{"LineNumber": 1500, "QuantityOrdered": 2, "UnitCost": 3}]
    )

    assert [line["LineNumber"] for line in edited["PurchaseOrderLines"]] == [1000, 1500, 2000]
    assert edited["PurchaseOrderLines"][1]["ExtendedCost"] == 6


def test_dependent_fields_that_are_given_stay_as_given(books: Sage) -> None:
    order = _add_order(books, {"QuantityOrdered": 1, "UnitCost": 5})

    edited = _edit(
        books,
        order,
        Total=999,
        PurchaseOrderLines=[{"LineNumber": 1000, "QuantityOrdered": 2, "QuantityOutstanding": 77}],
    )

    assert edited["Total"] == 999
    assert edited["PurchaseOrderLines"][0]["QuantityOutstanding"] == 77


def test_editing_the_header_leaves_lines_and_totals_alone(books: Sage) -> None:
    before = books.control.get(ORDERS)[0]

    after = _edit(books, before, Vendor="NOSUCH", stamp=None)

    assert after == before | {"Vendor": "NOSUCH"}


def test_tax_follows_the_cost(books: Sage) -> None:
    order = next(
        order for order in books.control.get(ORDERS) if order["TotalTax"] and order["Total"] > 100
    )
    line = order["PurchaseOrderLines"][0]

    edited = _edit(
        books,
        order,
        PurchaseOrderLines=[
            {"LineNumber": line["LineNumber"], "UnitCost": str(Decimal(line["UnitCost"]) * 2)}
        ],
    )

    lines = edited["PurchaseOrderLines"]
    assert edited["TotalTax"] == edited["TaxAmount1"] == sum(item["TotalTax"] for item in lines)
    assert edited["TotalTax"] > order["TotalTax"]


def test_a_deleted_order_is_gone(books: Sage) -> None:
    order = _add_order(books, {"QuantityOrdered": 1})
    key = order["PurchaseOrderSequenceKey"]

    books.control.send("DELETE", f"{ORDERS}/{key}")

    assert books.get(f"PO/POPurchaseOrders({key})").error_code == "RecordNotFound"
    assert len(books.follow("PO/POPurchaseOrders")) == 20
    assert call("DELETE", f"{books.control.origin}/_sandbox/{ORDERS}/{key}").status == 404


def test_a_changed_key_moves_the_record(books: Sage) -> None:
    books.control.send("PATCH", "records/AP/APVendors/1000", {"VendorNumber": "X" * 61})

    assert books.get("AP/APVendors('1000')").status == 404
    assert books.get(f"AP/APVendors('{'X' * 61}')").status == 200


def test_records_can_be_added_to_any_resource(books: Sage) -> None:
    added = books.control.post(
        "records/AP/APVendorGroups", {"GroupCode": "NEW", "Description": "ñ"}
    )

    assert added["DateLastMaintained"] == "2027-06-15T00:00:00Z"
    assert books.get("AP/APVendorGroups('NEW')").json["Description"] == "ñ"


@pytest.mark.parametrize(
    "text", ["a\u0000b", "x" * 100_000, 'quo"te', "line\nbreak", "😀", "\ufeff", "</script>"]
)
def test_texts_no_desktop_would_take_can_be_planted(books: Sage, text: str) -> None:
    books.control.send("PATCH", "records/AP/APVendors/1000", {"VendorName": text})

    assert books.get("AP/APVendors('1000')").json["VendorName"] == text


@pytest.mark.parametrize("value", ["1899-12-31", "9999-12-31", "0001-01-01"])
def test_dates_at_the_edges_can_be_planted(books: Sage, value: str) -> None:
    order = _add_order(books, {"QuantityOrdered": 1}, OrderDate=value)

    assert _read(books, order)["OrderDate"] == f"{value}T00:00:00Z"


def test_numbers_beyond_a_float_stay_exact(books: Sage) -> None:
    cost = "123456789012345678901234567890.123457"

    order = _add_order(books, {"QuantityOrdered": 1, "UnitCost": cost})

    assert str(_read(books, order)["PurchaseOrderLines"][0]["UnitCost"]) == cost


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PATCH", "records/AP/APVendors/1000", {"Nothing": 1}, 400),
        ("PATCH", "records/AP/APVendors/1000", {"City": 5}, 400),
        ("PATCH", "records/AP/APVendors/1000", {"CreditLimit": "much"}, 400),
        ("PATCH", "records/AP/APVendors/1000", [], 400),
        ("PATCH", "records/AP/APVendors/NOSUCH", {"City": "x"}, 404),
        ("PATCH", "records/AP/APNothing/1000", {"City": "x"}, 404),
        ("PATCH", "records/PO/POPurchaseOrders/x", {"City": "x"}, 400),
        ("PATCH", "records/PO/POPurchaseOrders/1", {"City": "x"}, 404),
        ("POST", "records/AP/APVendorGroups", {"Status": True}, 400),
        ("POST", "records/PO/POPurchaseOrders", {"PurchaseOrderLines": [{"Nothing": 1}]}, 400),
        (
            "POST",
            "records/PO/POPurchaseOrders",
            {"PurchaseOrderLines": [{"LineNumber": 1, "UpdateOperation": "Delete"}]},
            400,
        ),
        ("POST", "records/PO/POPurchaseOrders", {"PurchaseOrderLines": "x"}, 400),
        ("POST", "records/PO/POPurchaseOrders", {"PurchaseOrderLines": [1]}, 400),
        ("PATCH", "records/AP/APVendors/1000", {"CreditLimit": "Infinity"}, 400),
        ("PATCH", "records/AP/APVendors/1000", {"CreditLimit": "1e999999999"}, 400),
    ],
)
def test_an_edit_that_makes_no_sense_is_refused_and_changes_nothing(
    books: Sage, method: str, path: str, body: object, status: int
) -> None:
    before = (books.control.get("records/AP/APVendors"), books.control.get(ORDERS))

    answer = call(method, f"{books.control.origin}/_sandbox/{path}", body=body)

    assert answer.status == status
    assert answer.json["error"]
    assert (books.control.get("records/AP/APVendors"), books.control.get(ORDERS)) == before


@pytest.mark.parametrize(
    "change",
    [{"QuantityOrdered": "9" * 201}, {"QuantityOrdered": "9" * 120, "UnitCost": "9" * 120}],
)
def test_a_number_that_no_record_holds_is_refused_by_name(books: Sage, change: Record) -> None:
    order = _add_order(books, {"QuantityOrdered": 1, "UnitCost": 1})
    key = order["PurchaseOrderSequenceKey"]
    edit = {"PurchaseOrderLines": [{"LineNumber": 1000, **change}]}

    answer = call("PATCH", f"{books.control.origin}/_sandbox/{ORDERS}/{key}", body=edit)

    assert answer.status == 400
    assert "is no number of 200 digits" in answer.json["error"]
    assert _read(books, order)["PurchaseOrderLines"] == order["PurchaseOrderLines"]
