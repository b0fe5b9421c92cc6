"""Faults in the words of Sage 300's side, and what befalls its listings (Sage sheet §1.6, §3.3)."""

from __future__ import annotations

import http.client
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from ml_connector_sandbox.sage300.catalog import RESOURCES

from tests.sandbox.web import call

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.conftest import ServeSage
    from tests.sandbox.web import Answer, Sage

_CUT = (ConnectionError, http.client.RemoteDisconnected)
_GROUPS = "AP/APVendorGroups"
_ORDERS = "PO/POPurchaseOrders"
_ORDER_KEY = "PurchaseOrderSequenceKey"


@pytest.mark.fault("error")
@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "InvalidParameters"),
        (401, "Unauthorized"),
        (403, "Forbidden"),
        (404, "RecordNotFound"),
        (409, "General"),
        (429, "TooManyRequests"),
        (500, "InternalServerError"),
    ],
)
def test_an_error_of_the_web_api_is_json_with_its_code(sage: Sage, status: int, code: str) -> None:
    sage.control.arm(kind="error", status=status)

    answer = sage.get(_GROUPS)

    assert (answer.status, answer.error_code) == (status, code)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json["error"]["message"].keys() == {"lang", "value"}
    assert ("WWW-Authenticate" in answer.headers) is (status == 401)
    assert sage.control.get("counters")["faults"] == {"error": 1}


@pytest.mark.fault("error")
@pytest.mark.parametrize("status", [423, 424, 502, 503, 504])
def test_an_error_from_before_the_web_api_is_a_web_page(sage: Sage, status: int) -> None:
    sage.control.arm(kind="error", status=status)

    answer = sage.get(_GROUPS)

    assert answer.status == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert f"<title>{status} - ".encode() in answer.raw
    assert sage.control.get("counters")["faults"] == {"error": 1}


def test_day_end_is_told_as_a_duplicate_when_asked_for(sage: Sage) -> None:
    text = "Day End Processing is running."
    sage.control.arm(kind="error", status=409, code="RecordDuplicate", message=text)

    answer = sage.get(_GROUPS)

    assert (answer.status, answer.error_code, answer.error_text) == (409, "RecordDuplicate", text)


@pytest.mark.switch("error_media_type")
def test_injected_errors_follow_the_switch_of_the_media_type(sage: Sage) -> None:
    sage.control.turn(error_media_type="text/plain")
    sage.control.arm(kind="error", status=500)

    answer = sage.get(_GROUPS)

    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.error_code == "InternalServerError"


def _pages(sage: Sage, path: str, key: str) -> list[Any]:
    """Keys of a whole listing by `$skip`, in the order they came."""
    return [record[key] for record in sage.follow(path)]


@pytest.mark.fault("shuffle")
def test_pages_of_different_orders_repeat_and_miss_records(serve_sage: ServeSage) -> None:
    sage = serve_sage(orders=60, page_size=20)
    whole = _pages(sage, _ORDERS, _ORDER_KEY)
    sage.control.arm(kind="shuffle", times=0, seed=3)

    seen = _pages(sage, _ORDERS, _ORDER_KEY)

    assert len(seen) == len(whole)
    assert set(seen) < set(whole), "no record was missed"
    assert sage.control.get("counters")["faults"] == {"shuffle": 3}


def test_an_order_asked_for_is_kept_although_shuffled(serve_sage: ServeSage) -> None:
    sage = serve_sage(orders=40)
    sage.control.arm(kind="shuffle", times=0)

    found = sage.values(_ORDERS, orderby=_ORDER_KEY)

    assert [one[_ORDER_KEY] for one in found] == sorted(one[_ORDER_KEY] for one in found)


def _changed(sage: Sage) -> dict[str, list[Any]]:
    did: dict[str, list[Any]] = {"inserted": [], "changed": [], "deleted": []}
    for fault in sage.control.get("faults"):
        for note in fault["did"]:
            for name in did.keys() & note.keys():
                did[name].append(note[name])
    return did


@pytest.mark.fault("changing_records")
@pytest.mark.parametrize("resource", ["PO/POPurchaseOrders", "AP/APVendors"])
def test_records_change_behind_the_page_that_was_read(serve_sage: ServeSage, resource: str) -> None:
    sage = serve_sage(orders=60, page_size=10)
    key = {"PO/POPurchaseOrders": _ORDER_KEY, "AP/APVendors": "VendorNumber"}[resource]
    before = {record[key]: record for record in sage.control.get(f"records/{resource}")}
    sage.control.arm(kind="changing_records", inserts=2, changes=2, deletes=2, seed=5)

    page = sage.values(resource)
    after = {record[key]: record for record in sage.control.get(f"records/{resource}")}

    did = _changed(sage)
    assert [record[key] for record in page] == list(before)[:10], "the page itself was changed"
    assert sorted(after.keys() - before.keys()) == sorted(did["inserted"])
    assert sorted(before.keys() - after.keys()) == sorted(did["deleted"])
    differing = [one for one in after if one in before and after[one] != before[one]]
    assert sorted(differing) == sorted(did["changed"])
    assert [len(keys) for keys in did.values()] == [2, 2, 2]
    assert sage.control.get("counters")["faults"] == {"changing_records": 1}


@pytest.mark.fault("changing_records")
def test_what_changes_between_pages_follows_from_the_seed(serve_sage: ServeSage) -> None:
    def stir(seed: int) -> dict[str, list[Any]]:
        sage.control.post("reset", {})
        sage.control.arm(kind="changing_records", times=0, seed=seed)
        _pages(sage, _ORDERS, _ORDER_KEY)
        return _changed(sage)

    sage = serve_sage(orders=60, page_size=10)

    assert stir(1) == stir(1)
    assert stir(1) != stir(2)


def test_reading_by_position_misses_a_record_that_moved_up(serve_sage: ServeSage) -> None:
    sage = serve_sage(orders=100, page_size=10)
    missed = []
    for seed in range(5):
        sage.control.post("reset", {})
        sage.control.arm(
            kind="changing_records", times=0, seed=seed, inserts=0, changes=0, deletes=1
        )
        seen = set(_pages(sage, _ORDERS, _ORDER_KEY))
        left = {record[_ORDER_KEY] for record in sage.control.get(f"records/{_ORDERS}")}
        missed.append(left - seen)

    assert all(missed), "every record was seen: nothing was deleted from pages already read"


def test_an_added_order_has_a_number_of_its_own(serve_sage: ServeSage) -> None:
    sage = serve_sage(orders=30)
    sage.control.arm(kind="changing_records", inserts=5, changes=0, deletes=0)
    sage.values(_ORDERS)

    orders = sage.control.get(f"records/{_ORDERS}")

    numbers = [order["PurchaseOrderNumber"] for order in orders]
    assert len(numbers) == len(set(numbers)) == 35


def test_only_pages_of_listings_are_struck(sage: Sage) -> None:
    sage.control.arm(kind="changing_records")
    group = sage.values(_GROUPS, top=1)[0]["GroupCode"]
    sage.control.send("DELETE", "faults")
    sage.control.arm(kind="changing_records")

    sage.get("AP/$metadata")
    sage.get(f"{_GROUPS}('{group}')")

    (fault,) = sage.control.get("faults")
    assert (fault["seen"], fault["fired"]) == (0, 0)


def test_kinds_of_the_other_product_are_refused_by_name(sage: Sage) -> None:
    with pytest.raises(AssertionError, match=r"no fault of kind .*vanished_dump"):
        sage.control.arm(kind="vanished_dump")


def test_any_listing_can_change_behind_its_pages(serve_sage: ServeSage) -> None:
    sage = serve_sage(orders=30, page_size=5)
    readable = [resource for resource in RESOURCES.values() if "G" in resource.verbs]
    sage.control.arm(kind="changing_records", times=0)

    statuses = {
        sage.get(f"{resource.module}/{resource.name}").status
        for resource in readable
        for _ in range(3)
    }

    assert statuses == {200}
    did = _changed(sage)
    assert min(len(keys) for keys in did.values()) > len(readable)


# --- effects that come late ------------------------------------------------------------------

_JOURNALS = "GL/GLJournalBatches"
_PAYABLES = "AP/APInvoiceBatches"
_ENTRY = {
    "SourceLedger": "GL",
    "SourceType": "JE",
    "JournalDetails": [
        {"AccountNumber": "6100-210", "Amount": 10, "SourceCurrencyAmount": 10},
        {"AccountNumber": "6100-100", "Amount": -10, "SourceCurrencyAmount": -10},
    ],
}
_BATCHES = {
    _JOURNALS: {"Description": "LATE", "JournalHeaders": [_ENTRY]},
    _PAYABLES: {"Description": "LATE", "Invoices": []},
}


def _post(sage: Sage, path: str, body: object) -> Answer:
    return call("POST", sage.url(path), body=body, headers=sage.headers)


def _found(sage: Sage, path: str) -> list[dict[str, Any]]:
    return sage.values(path, filter="Description eq 'LATE'", select="BatchNumber,Description")


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"


@pytest.mark.fault("late")
@pytest.mark.parametrize("path", [_JOURNALS, _PAYABLES])
def test_a_batch_appears_after_the_client_has_looked_for_it(
    serve_sage: ServeSage, path: str
) -> None:
    sage = serve_sage(orders=5)
    look = {"path": path, "times": 2}
    sage.control.arm(kind="late", method="POST", path=f"{path}$", until=look)

    with pytest.raises(_CUT):
        _post(sage, path, _BATCHES[path])
    looks = [_found(sage, path), _found(sage, path)]

    assert looks == [[], []]
    assert len(_found(sage, path)) == 1
    assert sage.control.get("counters")["faults"] == {"late": 1}


@pytest.mark.fault("hang")
@pytest.mark.parametrize("path", [_JOURNALS, _PAYABLES])
def test_a_batch_appears_although_its_client_has_died(serve_sage: ServeSage, path: str) -> None:
    sage = serve_sage(orders=5)
    sage.control.arm(
        kind="hang", method="POST", path=f"{path}$", effect="later", until={"path": path}
    )
    connection = http.client.HTTPConnection(sage.control.origin.removeprefix("http://"))
    target = sage.url(path).removeprefix(sage.control.origin)
    body = json.dumps(_BATCHES[path]).encode()
    connection.request("POST", target, body=body, headers=sage.headers)
    _wait_until(lambda: bool(sage.control.get("faults")[0]["holding"]))
    connection.close()

    first_look = _found(sage, path)

    assert first_look == []
    assert len(_found(sage, path)) == 1


@pytest.mark.fault("error")
def test_a_gateway_gives_up_on_a_posting_that_happens_all_the_same(serve_sage: ServeSage) -> None:
    sage = serve_sage(orders=5)
    number = _post(sage, _JOURNALS, _BATCHES[_JOURNALS]).json["BatchNumber"]
    one = f"{_JOURNALS}('{number}')"
    call("PATCH", sage.url(one), body={"ReadyToPost": "Yes"}, headers=sage.headers)
    sage.control.arm(
        kind="error", status=502, path="GLPostJournal", effect="later", until={"path": "Status"}
    )
    chosen = {
        "PostAllBatchesSwitch": "PostbyBatchRange",
        "FromBatchNumber": number,
        "ToBatchNumber": number,
    }

    answer = _post(sage, "GL/GLPostJournal('$process')", chosen)
    looks = [sage.get(one, select="Status").json["Status"] for _ in range(2)]

    assert answer.status == 502
    assert looks == ["ReadyToPost", "Posted"]
    assert sage.control.get("counters")["faults"] == {"error": 1}
