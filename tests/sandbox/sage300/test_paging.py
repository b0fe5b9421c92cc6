"""Envelope, paging, order and selection (Sage sheet §3.1, §3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.web import Sage, call

if TYPE_CHECKING:
    from tests.sandbox.conftest import ServeSage

ORDERS = "PO/POPurchaseOrders"
KEY = "PurchaseOrderSequenceKey"


def test_a_page_has_at_most_a_hundred_records_and_a_next_link(sage: Sage) -> None:
    answer = sage.get(ORDERS, select=KEY).json

    assert len(answer["value"]) == 100
    assert "$skip=100" in answer["@odata.nextLink"]
    assert f"$select={KEY}" in answer["@odata.nextLink"]
    assert "@odata.count" not in answer


def test_next_links_lead_to_every_record_once_in_key_order(sage: Sage) -> None:
    keys = [order[KEY] for order in sage.follow(ORDERS)]

    assert len(keys) == 250
    assert keys == sorted(set(keys))


def test_next_link_carries_a_filter_with_odd_letters(sage: Sage) -> None:
    condition = "Name ne 'Müller & Söhne+Co, 100%'"

    assert len(sage.follow(ORDERS, filter=condition)) == 250


def test_the_last_page_has_no_next_link(sage: Sage) -> None:
    assert "@odata.nextLink" not in sage.get(ORDERS, skip=150).json


def test_skip_beyond_the_end_is_an_empty_page(sage: Sage) -> None:
    assert sage.values(ORDERS, skip=1000) == []


def test_count_is_the_number_of_all_matches(sage: Sage) -> None:
    answer = sage.get(ORDERS, count="true", top=1, skip=3, filter="Completed eq true").json

    assert answer["@odata.count"] == len(sage.follow(ORDERS, filter="Completed eq true"))
    assert len(answer["value"]) == 1


def test_top_within_a_page_gets_no_next_link(sage: Sage) -> None:
    answer = sage.get(ORDERS, top=7).json

    assert len(answer["value"]) == 7
    assert "@odata.nextLink" not in answer


def test_top_beyond_the_page_size_is_reached_by_next_links(sage: Sage) -> None:
    assert len(sage.get(ORDERS, top=230).json["value"]) == 100
    assert len(sage.follow(ORDERS, top=230)) == 230


@pytest.mark.switch("next_link_with_top")
def test_top_beyond_the_page_size_may_get_one_page_without_a_next_link(sage: Sage) -> None:
    sage.control.turn(next_link_with_top="absent")

    answer = sage.get(ORDERS, top=230).json

    assert len(answer["value"]) == 100
    assert "@odata.nextLink" not in answer


def test_page_size_is_the_sites(serve_sage: ServeSage) -> None:
    sage = serve_sage(orders=12, page_size=5)

    assert len(sage.values(ORDERS)) == 5
    assert len(sage.follow(ORDERS)) == 12


@pytest.mark.switch("page_size")
def test_the_page_size_can_be_switched(sage: Sage) -> None:
    sage.control.turn(page_size=1000)

    assert len(sage.values(ORDERS)) == 250


@pytest.mark.parametrize(
    ("orderby", "reverse"), [(KEY, False), (f"{KEY} asc", False), (f"{KEY} desc", True)]
)
def test_orderby_key(sage: Sage, orderby: str, reverse: bool) -> None:  # noqa: FBT001
    keys = [order[KEY] for order in sage.follow(ORDERS, orderby=orderby)]

    assert keys == sorted(keys, reverse=reverse)


def test_orderby_several_properties_with_blank_dates_first(sage: Sage) -> None:
    orders = sage.follow(ORDERS, orderby=f"DateCompleted,Vendor desc,{KEY}")

    dates = [order["DateCompleted"] or "" for order in orders]
    last = [
        order["Vendor"] for order in orders if order["DateCompleted"] == orders[-1]["DateCompleted"]
    ]
    assert dates == sorted(dates)
    assert last == sorted(last, reverse=True)


@pytest.mark.switch("order")
def test_without_orderby_the_order_may_be_any_but_the_same(sage: Sage) -> None:
    sage.control.turn(order="shuffled")

    first, again = sage.follow(ORDERS), sage.follow(ORDERS)
    ordered = [order[KEY] for order in sage.follow(ORDERS, orderby=KEY)]

    assert [order[KEY] for order in first] != ordered
    assert sorted(order[KEY] for order in first) == ordered
    assert first == again


@pytest.mark.switch("orderby")
def test_orderby_may_be_refused(sage: Sage) -> None:
    sage.control.turn(orderby=False)

    answer = sage.get(ORDERS, orderby=KEY)

    assert (answer.status, answer.error_code) == (400, "InvalidParameters")


def test_select_narrows_records_and_names_them_in_the_context(sage: Sage) -> None:
    answer = sage.get(ORDERS, select="Vendor, PurchaseOrderLines", top=1).json

    assert list(answer["value"][0]) == ["Vendor", "PurchaseOrderLines"]
    assert answer["@odata.context"].endswith("#POPurchaseOrders(Vendor,PurchaseOrderLines)")


@pytest.mark.parametrize(
    "query",
    [
        "$top=0",
        "$top=-1",
        "$top=ten",
        "$top=",
        "$skip=-1",
        "$skip=1.5",
        "$count=yes",
        "$select=Vendor,Nothing",
        "$orderby=Nothing",
        "$orderby=Vendor up",
        "$orderby=PurchaseOrderLines",
        "$expand=PurchaseOrderLines",
        "$search=x",
        "$top=1&$top=2",
        "$filter=Completed&$filter=Completed",
    ],
)
def test_options_that_make_no_sense_are_refused(sage: Sage, query: str) -> None:
    url = f"{sage.url(ORDERS)}?{query.replace(' ', '%20')}"

    answer = call("GET", url, headers=sage.headers)

    assert (answer.status, answer.error_code) == (400, "InvalidParameters")


def test_an_option_without_the_dollar_is_ignored(sage: Sage) -> None:
    answer = call("GET", f"{sage.url(ORDERS)}?top=2", headers=sage.headers)

    assert len(answer.json["value"]) == 100


def test_records_added_and_deleted_while_paging_by_key_lose_nothing(serve_sage: ServeSage) -> None:
    sage = serve_sage(orders=40, page_size=10)
    expected = {order[KEY] for order in sage.follow(ORDERS)}
    seen: list[int] = []
    last = 0

    while page := sage.values(ORDERS, filter=f"{KEY} gt {last}", orderby=KEY, select=KEY):
        seen += [order[KEY] for order in page]
        last = seen[-1]
        if len(seen) == 10:
            sage.control.send("DELETE", f"records/PO/POPurchaseOrders/{seen[0]}")
            sage.control.post("records/PO/POPurchaseOrders", {"Vendor": "1000"})
            expected.add(max(expected) + 1)

    assert seen == sorted(expected)


def test_records_deleted_while_skipping_are_lost_as_in_the_real_product(
    serve_sage: ServeSage,
) -> None:
    sage = serve_sage(orders=40, page_size=10)
    expected = {order[KEY] for order in sage.follow(ORDERS)}
    first = sage.values(ORDERS)

    sage.control.send("DELETE", f"records/PO/POPurchaseOrders/{first[0][KEY]}")
    second = sage.values(ORDERS, skip=10)

    assert {order[KEY] for order in first + second} < expected
    assert second[0][KEY] > sorted(expected)[10]
