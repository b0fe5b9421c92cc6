"""`$filter`: what works, what is refused, and that speed never changes the answer (§3.2)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ml_connector_sandbox.sage300._filter import compile_filter
from ml_connector_sandbox.sage300._query import parse_query, read_page
from ml_connector_sandbox.sage300._records import Table
from ml_connector_sandbox.sage300._switchboard import build_switches
from ml_connector_sandbox.sage300._types import Resource, parse_properties
from ml_connector_sandbox.sage300._values import stored_row
from ml_connector_sandbox.sage300._view import Look, ResourceView

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.web import Sage

ORDERS = "PO/POPurchaseOrders"
VENDORS = "AP/APVendors"

Record = dict[str, Any]


def _date(text: str) -> Callable[[Record], bool]:
    return lambda order: bool(order["OrderDate"] and order["OrderDate"] >= text)


@pytest.mark.parametrize(
    ("condition", "test"),
    [
        (
            "PurchaseOrderSequenceKey gt 10020100",
            lambda r: r["PurchaseOrderSequenceKey"] > 10020100,
        ),
        (
            "10020100 ge PurchaseOrderSequenceKey",
            lambda r: r["PurchaseOrderSequenceKey"] <= 10020100,
        ),
        ("Completed eq false", lambda r: not r["Completed"]),
        ("Completed", lambda r: r["Completed"]),
        ("not Completed", lambda r: not r["Completed"]),
        ("OrderDate ge 2025-01-01T00:00:00Z", _date("2025-01-01")),
        ("OrderDate ge 2025-01-01T00:00:00.000Z", _date("2025-01-01")),
        ("OrderDate ge 2025-01-01T02:00:00+02:00", _date("2025-01-01")),
        ("DateCompleted eq null", lambda r: r["DateCompleted"] is None),
        ("DateCompleted ne null", lambda r: r["DateCompleted"] is not None),
        ("Currency eq 'USD' or Currency eq 'EUR'", lambda r: r["Currency"] in {"USD", "EUR"}),
        ("RateOperation eq 'Divide'", lambda r: r["RateOperation"] == "Divide"),
        ("'Divide' ne RateOperation", lambda r: r["RateOperation"] != "Divide"),
        ("Total gt 1000.5 and Total le 90000", lambda r: Decimal("1000.5") < r["Total"] <= 90000),
        ("Total gt 1e4", lambda r: r["Total"] > 10000),
        ("contains(Name,'Inc')", lambda r: "Inc" in r["Name"]),
        ("startswith(Name,'M') eq true", lambda r: r["Name"].startswith("M")),
        ("endswith(PurchaseOrderNumber,'7')", lambda r: r["PurchaseOrderNumber"].endswith("7")),
        ("length(Vendor) gt 6", lambda r: len(r["Vendor"]) > 6),
        ("tolower(Name) eq 'o''brien & sons ltd.'", lambda r: r["Name"] == "O'Brien & Sons Ltd."),
        (
            "(Completed eq false or OnHold eq true) and Currency eq 'CAD'",
            lambda r: (not r["Completed"] or r["OnHold"]) and r["Currency"] == "CAD",
        ),
        (
            "QuantityOrdered eq ExtendedWeight",
            lambda r: r["QuantityOrdered"] == r["ExtendedWeight"],
        ),
    ],
)
def test_filter_finds_what_it_says(
    sage: Sage, condition: str, test: Callable[[Record], bool]
) -> None:
    everything = sage.follow(ORDERS)

    found = sage.follow(ORDERS, filter=condition)

    assert found == [order for order in everything if test(order)]


@pytest.mark.parametrize(
    ("condition", "gist"),
    [
        ("Nothing eq 1", "Could not find a property named 'Nothing'"),
        ("currency eq 'USD'", "Could not find a property named 'currency'"),
        ("Currency eq USD", "Could not find a property named 'USD'"),
        ("Currency eq 5", "incompatible types"),
        ("Total eq '5'", "incompatible types"),
        ("Completed eq 'true'", "incompatible types"),
        ("OrderDate ge 2025-01-01", "incompatible types"),
        ("OrderDate ge 2025-01-01T00:00:00", "Unrecognized 'Edm.DateTimeOffset'"),
        ("OrderDate ge 2025-13-01T00:00:00Z", ""),
        ("OrderDate ge datetime'2015-12-31T12:00'", "Syntax error"),
        ("OrderDate ge '2025-01-01'", "incompatible types"),
        ("RateOperation eq 'Add'", "not a valid enumeration"),
        ("RateOperation gt 'Divide'", "incompatible types"),
        ("Total gt null", "incompatible types"),
        ("Total eq 99.99m", "Syntax error"),
        ("Total eq", "Syntax error"),
        ("", "Syntax error"),
        ("Total", "single boolean"),
        ("'x'", "single boolean"),
        ("Total add 1 eq 2", "not supported"),
        ("Currency in ('USD','CAD')", ""),
        ("substringof('x',Name)", "Syntax error"),
        ("indexof(Name,'x') eq 1", ""),
        ("year(OrderDate) eq 2025", "unknown function"),
        ("contains(Total,'x')", "No function signature"),
        ("contains(Name)", ""),
        ("length(Total) eq 1", "No function signature"),
        ("PurchaseOrderLines eq 'x'", "cannot be used"),
        ("PurchaseOrderLines/any(l: l/UnitCost gt 5)", ""),
    ],
)
def test_filter_refuses_what_it_cannot_mean(sage: Sage, condition: str, gist: str) -> None:
    answer = sage.get(ORDERS, filter=condition)

    assert (answer.status, answer.error_code) == (400, "InvalidParameters")
    assert gist in answer.error_text


@pytest.mark.switch("parentheses", "contains", "null_literals")
@pytest.mark.parametrize(
    ("switch", "condition"),
    [
        ("parentheses", "(Status eq 'Active')"),
        ("contains", "contains(VendorName,'x')"),
        ("null_literals", "InactiveDate eq null"),
    ],
)
def test_syntax_of_unknown_standing_can_be_refused(sage: Sage, switch: str, condition: str) -> None:
    accepted = sage.get(VENDORS, filter=condition)
    sage.control.turn(**{switch: False})
    refused = sage.get(VENDORS, filter=condition)

    assert accepted.status == 200
    assert (refused.status, refused.error_code) == (400, "InvalidParameters")


@pytest.mark.switch("parentheses")
def test_refusing_parentheses_leaves_functions_and_texts_alone(sage: Sage) -> None:
    sage.control.turn(parentheses=False)

    answer = sage.get(VENDORS, filter="startswith(VendorName,'(') and VendorName ne '(x)'")

    assert answer.status == 200


@pytest.mark.switch("substringof")
def test_substringof_works_where_the_site_speaks_v3(sage: Sage) -> None:
    sage.control.turn(substringof=True)

    found = sage.values(VENDORS, filter="substringof('O''Brien',VendorName)")

    assert [vendor["VendorName"] for vendor in found] == ["O'Brien & Sons Ltd."]


def test_a_very_long_condition_is_refused_not_crashed(sage: Sage) -> None:
    sage.control.turn(query_length_max=10_000_000)
    condition = " or ".join(f"Total eq {number}" for number in range(3000))

    answer = sage.get(ORDERS, filter=condition)

    assert answer.status in {200, 400}


_RESOURCE = Resource(
    module="XX",
    name="XXThings",
    entity="Thing",
    key=("Id",),
    properties=parse_properties("Id dec0, Colour str5, Size dec2"),
)
_SWITCHES = build_switches(page_size=100)
_VIEW = ResourceView(_RESOURCE, Look(_SWITCHES))
_COMPARISON = st.builds(
    "{} {} {}".format,
    st.just("Id"),
    st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]),
    st.integers(0, 12),
) | st.sampled_from(["Colour eq 'red'", "Size gt 2.5", "5 lt Id", "not (Id eq 3)"])
_CONDITION = st.recursive(
    _COMPARISON,
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(condition=_CONDITION, ids=st.sets(st.integers(0, 12)))
def test_using_the_key_index_never_changes_what_a_filter_finds(
    condition: str, ids: set[int]
) -> None:
    rows = [
        stored_row(
            _RESOURCE.properties,
            {"Id": number, "Colour": "red" if number % 2 else "blue", "Size": number},
        )
        for number in ids
    ]
    table = Table(_RESOURCE, rows)
    test = compile_filter(condition, _VIEW, switches=_SWITCHES).test

    query = parse_query({"$filter": condition}, _VIEW, switches=_SWITCHES)
    page = read_page(table, query, switches=_SWITCHES)

    assert page.rows == sorted(
        (row for row in rows if test(row)), key=lambda row: str(row[0]).zfill(3)
    )
