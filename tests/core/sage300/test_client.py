"""The thin half over HTTP: against bytes of our choosing, and against the sandbox."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from ml_connector.errors import (
    AccessError,
    ConnectorError,
    RefusedError,
    SettingError,
    TransientError,
    UnexpectedReplyError,
)
from ml_connector.sage300 import CollectionQuery, Sage300Client, Sage300Settings, open_sage300

from tests.core.fakes import FakeClock, Recorder
from tests.core.raw_server import RawServer, reply
from tests.support.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

ORDERS = CollectionQuery(module="PO", resource="POPurchaseOrders")
KEYS = CollectionQuery(
    module="PO", resource="POPurchaseOrders", select=("PurchaseOrderSequenceKey",)
)


def client_of(server: RawServer, clock: FakeClock | None = None) -> Sage300Client:
    settings = Sage300Settings(
        base_url=f"{server.url}/v1.0/-", company="SAMLTD", username="WEBAPI", password="SECRET-1"
    )
    return open_sage300(settings, clock=clock or FakeClock(), audit=Recorder())


def page(*keys: int, **more: object) -> bytes:
    return reply(200, {"value": [{"K": key} for key in keys], **more})


def test_each_request_signs_in_and_names_its_content_type() -> None:
    with RawServer([page()]) as server:
        client_of(server).fetch_page(ORDERS)

    expected = base64.b64encode(b"WEBAPI:SECRET-1").decode()
    assert server.received[0].headers["authorization"] == f"Basic {expected}"
    assert server.received[0].headers["content-type"] == "application/json"


def test_the_servers_day_is_told_by_its_answers() -> None:
    dated = reply(200, {"value": []}, headers=[("Date", "Mon, 05 Jan 2026 23:30:00 GMT")])
    with RawServer([dated, page()]) as server:
        client = client_of(server)
        assert client.server_date is None
        client.fetch_page(ORDERS)
        client.fetch_page(ORDERS)

    assert str(client.server_date) == "2026-01-05 23:30:00+00:00"


def test_a_collection_is_read_along_its_next_links() -> None:
    link = {"@odata.nextLink": "http://inner/x?$skip=2&$count=true"}
    with RawServer([page(1, 2, **link), page(3, **{"@odata.count": 3})]) as server:
        found = [row["K"] for row in client_of(server).fetch_collection(ORDERS)]

        assert found == [1, 2, 3]
        assert server.received[1].target.endswith("POPurchaseOrders?$skip=2&$count=true")


def test_a_count_that_is_reached_ends_a_collection_without_another_request() -> None:
    with RawServer([page(1, 2, **{"@odata.count": 2}), page()]) as server:
        assert len(list(client_of(server).fetch_collection(ORDERS))) == 2

        assert len(server.received) == 1


def test_without_link_and_count_a_collection_is_read_until_a_page_is_empty() -> None:
    with RawServer([page(1, 2), page(3), page()]) as server:
        found = [row["K"] for row in client_of(server).fetch_collection(ORDERS)]

        assert found == [1, 2, 3]
        assert "$skip=3" in server.received[2].target


def test_a_server_that_goes_in_circles_is_an_error_not_an_end() -> None:
    with RawServer([page(1, **{"@odata.nextLink": "x?$skip=1"})]) as server:
        with pytest.raises(UnexpectedReplyError, match="same page again"):
            list(client_of(server).fetch_collection(ORDERS))

        assert len(server.received) == 2


def test_a_server_that_stops_before_its_own_count_is_an_error_not_an_end() -> None:
    pages = [page(1, 2, **{"@odata.count": 5}), page(**{"@odata.count": 5})]
    with RawServer(pages) as server, pytest.raises(UnexpectedReplyError, match="2 of 5"):
        list(client_of(server).fetch_collection(ORDERS))


@pytest.mark.parametrize("told", [5, None])
def test_a_slice_of_a_collection_ends_where_it_was_asked_to(told: int | None) -> None:
    count = {} if told is None else {"@odata.count": told}
    query = CollectionQuery(module="PO", resource="POPurchaseOrders", top=3, skip=1)
    with RawServer([page(2, 3, **count), page(4, **count)]) as server:
        found = [row["K"] for row in client_of(server).fetch_collection(query)]

        assert found == [2, 3, 4]
        assert "$skip=3" in server.received[1].target


def test_what_was_skipped_counts_towards_the_servers_count() -> None:
    query = CollectionQuery(module="PO", resource="POPurchaseOrders", skip=2)
    with RawServer([page(3, **{"@odata.count": 3})]) as server:
        assert len(list(client_of(server).fetch_collection(query))) == 1

        assert len(server.received) == 1


def test_an_empty_collection_costs_one_request() -> None:
    with RawServer([page(**{"@odata.count": 0})]) as server:
        assert list(client_of(server).fetch_collection(ORDERS)) == []

        assert len(server.received) == 1


def test_a_record_that_is_no_json_is_read_again() -> None:
    with RawServer([reply(200, b"{"), reply(200, {"@odata.context": "x", "K": 1})]) as server:
        assert client_of(server).fetch_record("PO", "POPurchaseOrders", 1) == {"K": 1}


def test_a_missing_resource_is_not_a_missing_record() -> None:
    body = {"error": {"code": "ResourceNotFound", "message": "no such resource"}}
    with RawServer([reply(404, body)]) as server:
        client = client_of(server)
        with pytest.raises(RefusedError, match="no such resource"):
            client.fetch_record("PO", "Nothing", 1)
        client.close()


def test_a_page_cut_short_is_read_again() -> None:
    with RawServer([reply(200, b'{"value": [{"K"', length=900), page(1)]) as server:
        assert client_of(server).fetch_page(ORDERS).records == [{"K": 1}]


def test_a_page_that_stays_cut_short_is_an_error_not_an_end() -> None:
    with RawServer([reply(200, b'{"value": [{"K": 1}')]) as server:
        with pytest.raises(UnexpectedReplyError, match="cannot be read"):
            client_of(server).fetch_page(ORDERS)

        assert len(server.received) == 3


def test_a_refused_password_is_not_tried_again() -> None:
    with RawServer([reply(401, b"")]) as server:
        with pytest.raises(AccessError) as caught:
            client_of(server).fetch_page(ORDERS)

        assert len(server.received) == 1
    assert "SECRET-1" not in str(caught.value)


def test_metadata_that_is_a_sign_in_page_is_an_error_naming_the_address() -> None:
    sign_in = reply(200, b"<html>Sign in</html>", content_type="text/html")
    with RawServer([sign_in]) as server, pytest.raises(UnexpectedReplyError, match="base_url"):
        client_of(server).fetch_metadata("PO")


def test_day_end_processing_is_waited_for() -> None:
    body = {"error": {"code": "RecordDuplicate", "message": {"value": "Day End Processing ..."}}}
    clock = FakeClock()
    with RawServer([reply(409, body), page(1)]) as server:
        assert client_of(server, clock).fetch_page(ORDERS).records

    assert clock.sleeps[0] >= 2.5


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    served = Sandbox.start("--orders", "230")
    yield served
    served.stop()


@pytest.fixture
def fresh(sandbox: Sandbox) -> Sandbox:
    """The same sandbox without faults of other tests."""
    sandbox.sage("DELETE", "faults")
    return sandbox


def open_company(sandbox: Sandbox, clock: FakeClock | None = None, **changes: str) -> Sage300Client:
    given = {**sandbox.info["sage300"], **changes}
    settings = Sage300Settings(
        base_url=given["base_url"],
        company=given["company"],
        username=given["username"],
        password=given["password"],
    )
    return open_sage300(settings, clock=clock or FakeClock(), audit=Recorder())


def test_every_order_of_the_sandbox_is_read_once(sandbox: Sandbox) -> None:
    keys = [row["PurchaseOrderSequenceKey"] for row in open_company(sandbox).fetch_collection(KEYS)]

    assert len(keys) == len(set(keys)) == 230


def test_an_order_is_read_by_key_with_its_lines_and_a_missing_one_is_none(sandbox: Sandbox) -> None:
    client = open_company(sandbox)
    key = int(str(client.fetch_page(KEYS).records[0]["PurchaseOrderSequenceKey"]))

    order = client.fetch_record("PO", "POPurchaseOrders", key)

    assert order is not None
    assert order["PurchaseOrderLines"]
    assert client.fetch_record("PO", "POPurchaseOrders", 999_999_999) is None


def test_metadata_of_the_sandbox_names_resource_key_and_lines(sandbox: Sandbox) -> None:
    found = open_company(sandbox).fetch_metadata("PO").find_entity_set("popurchaseorders")

    assert found is not None
    assert found[1].key == ("PurchaseOrderSequenceKey",)
    assert found[1].find_property("purchaseorderlines") is not None


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"password": "WRONG"}, AccessError, "UPPER CASE"),
        ({"username": "NOBODY"}, AccessError, "NOBODY"),
        ({"company": "NOPE"}, RefusedError, "Check company"),
    ],
)
def test_what_a_user_gets_wrong_is_explained(
    sandbox: Sandbox, changes: dict[str, str], kind: type[ConnectorError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        open_company(sandbox, **changes).fetch_page(KEYS)


def test_a_wrong_path_is_told_as_a_wrong_base_url(sandbox: Sandbox) -> None:
    wrong = sandbox.info["sage300"]["base_url"].replace("Sage300WebApi", "Sage")

    with pytest.raises(SettingError, match="base_url"):
        open_company(sandbox, base_url=wrong).fetch_page(KEYS)


def test_a_filter_the_server_does_not_understand_is_refused(sandbox: Sandbox) -> None:
    query = CollectionQuery(module="PO", resource="POPurchaseOrders", filter_="Vendor eq BLACK")

    with pytest.raises(RefusedError, match="BLACK"):
        open_company(sandbox).fetch_page(query)


def test_a_module_that_does_not_exist_is_named(sandbox: Sandbox) -> None:
    with pytest.raises((RefusedError, AccessError, TransientError), match="XX"):
        open_company(sandbox).fetch_metadata("XX")


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 429, "retry_after": 1},
        {"kind": "status", "status": 429},
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 502},
        {"kind": "cut_before"},
        {"kind": "cut_after"},
        {"kind": "truncate", "bytes": 30},
    ],
    ids=str,
)
def test_a_read_survives_each_fault_of_the_sandbox(
    fresh: Sandbox, fault: dict[str, object]
) -> None:
    fresh.sage("POST", "faults", {**fault, "times": 2, "path": "POPurchaseOrders"})
    clock = FakeClock()

    records = open_company(fresh, clock).fetch_page(KEYS).records

    assert len(records) == 100
    assert len(clock.sleeps) == 2
