"""The pure half with plain values: what is asked, and what answers mean."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ml_connector.errors import (
    AccessError,
    ConnectorError,
    OutcomeUnknownError,
    RefusedError,
    SettingError,
    TransientError,
    UnexpectedReplyError,
)
from ml_connector.sage300 import (
    CollectionQuery,
    build_collection_request,
    build_metadata_request,
    build_record_request,
    judge_reply,
    parse_page,
    quote_literal,
)
from ml_connector.sage300.protocol import build_next_request
from ml_connector.transport import BrokenReplyError, Repeat

from tests.core.fakes import make_reply, make_request

COMPANY = "https://erp.example.com/Sage300WebApi/v1.0/-/SAMLTD"
ORDERS = CollectionQuery(module="PO", resource="POPurchaseOrders")
REQUEST = make_request(f"{COMPANY}/PO/POPurchaseOrders", system="Sage 300", setting="base_url")


def error_body(code: str, text: str) -> bytes:
    return json.dumps({"error": {"code": code, "message": {"value": text}}}).encode()


def judged(status: int, body: bytes = b"", account: str = "WEBAPI", **fields: object) -> Exception:
    request = make_request(REQUEST.url, system="Sage 300", setting="base_url", **fields)
    with pytest.raises(ConnectorError) as caught:
        judge_reply(request, make_reply(status, body), account=account)
    return caught.value


def test_a_query_carries_its_options_quoted() -> None:
    query = CollectionQuery(
        module="PO",
        resource="POPurchaseOrders",
        filter_="Vendor eq 'A&B + Söhne'",
        select=("Vendor", "OrderDate"),
        orderby="PurchaseOrderSequenceKey",
        top=50,
        skip=100,
        count=True,
    )

    request = build_collection_request(COMPANY, query=query)

    assert request.url.startswith(f"{COMPANY}/PO/POPurchaseOrders?$filter=Vendor%20eq%20'A%26B")
    assert parse_qs(urlsplit(request.url).query) == {
        "$filter": ["Vendor eq 'A&B + Söhne'"],
        "$select": ["Vendor,OrderDate"],
        "$orderby": ["PurchaseOrderSequenceKey"],
        "$top": ["50"],
        "$skip": ["100"],
        "$count": ["true"],
    }


def test_a_bare_query_has_no_options_and_always_a_content_type() -> None:
    request = build_collection_request(COMPANY, query=ORDERS)

    assert request.url == f"{COMPANY}/PO/POPurchaseOrders"
    assert request.headers["Content-Type"] == "application/json"
    assert request.repeat is Repeat.SAFE


def test_the_content_type_is_sent_with_metadata_as_well() -> None:
    request = build_metadata_request(COMPANY, module="PO")

    assert request.url == f"{COMPANY}/PO/$metadata"
    assert request.headers["Content-Type"] == "application/json"


@given(st.text(min_size=1, max_size=40).filter(lambda text: not text.isspace()))
def test_any_text_survives_the_way_into_a_filter(text: str) -> None:
    encodable = text.encode("utf-8", "ignore").decode()
    query = CollectionQuery(module="AP", resource="APVendors", filter_=quote_literal(encodable))

    url = build_collection_request(COMPANY, query=query).url

    literal = parse_qs(urlsplit(url).query, keep_blank_values=True)["$filter"][0]
    assert literal[1:-1].replace("''", "'") == encodable


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ("BLACK", "'BLACK'"),
        ("O'Neill", "'O''Neill'"),
        ("970", "'970'"),
        ("", "''"),
        (58, "58"),
        (Decimal("1000.50"), "1000.50"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.000001"), "0.000001"),
        (dt.date(2024, 1, 31), "2024-01-31T00:00:00Z"),
        (dt.date(1, 1, 1), "0001-01-01T00:00:00Z"),
        (True, "true"),
        (False, "false"),
    ],
)
def test_literals_are_written_as_sage_reads_them(value: object, literal: str) -> None:
    assert quote_literal(value) == literal  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("key", "path"),
    [
        (10021638, "POPurchaseOrders(10021638)"),
        (Decimal(10021638), "POPurchaseOrders(10021638)"),
        ("1200", "POPurchaseOrders('1200')"),
        ("A B/ö", "POPurchaseOrders('A%20B%2F%C3%B6')"),
        ("O'N", "POPurchaseOrders('O''N')"),
        ({"Type": "CA", "Number": 65}, "POPurchaseOrders(Type='CA',Number=65)"),
    ],
)
def test_keys_are_written_as_sage_reads_them(key: object, path: str) -> None:
    request = build_record_request(COMPANY, module="PO", resource="POPurchaseOrders", key=key)  # type: ignore[arg-type]

    assert request.url == f"{COMPANY}/PO/{path}"


@pytest.mark.parametrize(
    "link",
    [
        "https://inner-host:81/Other/v1.0/-/SAMLTD/PO/POPurchaseOrders?$filter=A%20eq%20'x'&$skip=100",
        "POPurchaseOrders?$filter=A%20eq%20'x'&$skip=100",
        "https://evil.example.com/?$filter=A%20eq%20'x'&$skip=100",
    ],
)
def test_a_next_link_is_followed_on_our_own_address_only(link: str) -> None:
    request = build_next_request(COMPANY, query=ORDERS, next_link=link)

    assert request.url == f"{COMPANY}/PO/POPurchaseOrders?$filter=A%20eq%20'x'&$skip=100"


def test_a_page_keeps_numbers_exact() -> None:
    body = (
        b'{"@odata.count": 2, "value": [{"UnitCost": 86.600001}], "@odata.nextLink": "x?$skip=1"}'
    )

    page = parse_page(REQUEST, make_reply(200, body))

    assert page.records == [{"UnitCost": Decimal("86.600001")}]
    assert (page.count, page.next_link) == (2, "x?$skip=1")


def test_the_first_releases_spelling_of_a_page_is_read_as_well() -> None:
    body = b'{"odata.count": "625", "value": [], "odata.nextLink": "y"}'

    page = parse_page(REQUEST, make_reply(200, body))

    assert (page.count, page.next_link, page.records) == (625, "y", [])


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"{}", b'{"value": {}}', b'{"value": [1]}', b"<html></html>", b"\xff\xfe"],
)
def test_what_is_no_page_is_broken_and_says_so(body: bytes) -> None:
    with pytest.raises(BrokenReplyError, match=r"cannot be read.*base_url"):
        parse_page(REQUEST, make_reply(200, body))


@pytest.mark.parametrize("status", [200, 201, 204])
def test_any_success_is_a_success(status: int) -> None:
    reply = make_reply(status)

    assert judge_reply(REQUEST, reply, account="WEBAPI") is reply


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "Unauthorized", AccessError),
        (403, "Forbidden", AccessError),
        (429, "TooManyRequests", TransientError),
        (500, "InternalServerError", TransientError),
        (400, "InvalidParameters", RefusedError),
        (404, "ResourceNotFound", RefusedError),
        (400, "InvalidEntityKey", RefusedError),
        (404, "RecordNotFound", RefusedError),
        (405, "MethodNotAllowed", RefusedError),
        (400, "InvalidPayload", RefusedError),
        (400, "InvalidAction", RefusedError),
        (500, "DBLinkError", RefusedError),
        (500, "SessionError", RefusedError),
        (409, "RecordDuplicate", RefusedError),
        (409, "RecordInvalid", RefusedError),
        (409, "FieldInvalid", RefusedError),
        (409, "General", RefusedError),
        (418, "SomethingNew", RefusedError),
    ],
)
def test_each_documented_code_is_one_kind_of_error_with_sages_words(
    status: int, code: str, kind: type[ConnectorError]
) -> None:
    error = judged(status, error_body(code, "Sage's own words"))

    assert type(error) is kind
    assert error.code == code  # type: ignore[attr-defined]
    assert error.remedy  # type: ignore[attr-defined]
    if code != "Unauthorized":
        assert "Sage's own words" in str(error)


def test_the_code_counts_more_than_the_status() -> None:
    assert isinstance(judged(500, error_body("Unauthorized", "")), AccessError)
    assert isinstance(judged(400, error_body("TooManyRequests", "")), TransientError)


@pytest.mark.parametrize("status", [409, 500])
def test_day_end_processing_is_a_lock_whatever_its_code(status: int) -> None:
    body = error_body("RecordDuplicate", "Day End Processing is being run by another user.")

    error = judged(status, body, method="POST", repeat=Repeat.NEVER)

    assert isinstance(error, TransientError)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, SettingError),
        (400, RefusedError),
        (401, AccessError),
        (403, AccessError),
        (404, SettingError),
        (405, SettingError),
        (409, RefusedError),
        (418, UnexpectedReplyError),
        (423, TransientError),
        (429, TransientError),
        (500, TransientError),
        (502, TransientError),
        (503, TransientError),
        (504, TransientError),
    ],
)
def test_without_sages_body_the_status_decides(status: int, kind: type[ConnectorError]) -> None:
    assert type(judged(status, b"<html>Gateway</html>")) is kind


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_that_fails_at_a_post_may_have_done_it(status: int) -> None:
    error = judged(status, b"", method="POST", repeat=Repeat.NEVER)

    assert isinstance(error, OutcomeUnknownError)


def test_wrong_credentials_hint_at_upper_case() -> None:
    assert "UPPER CASE" in str(judged(401, error_body("Unauthorized", "x"), account="webapi"))


def test_a_missing_right_is_named_with_its_module() -> None:
    error = judged(403, error_body("Forbidden", "no"))

    assert isinstance(error, AccessError)
    assert error.right == "Sage 300 Web API (PO)"
    assert "Sage 300 Web API" in error.remedy


def test_admin_is_told_why_it_may_not() -> None:
    assert "AllowWebApiAccessForAdmin" in str(judged(403, b"", account="ADMIN"))


def test_an_error_is_read_whatever_its_content_type() -> None:
    reply = make_reply(
        404, error_body("RecordNotFound", "gone"), headers={"Content-Type": "text/plain"}
    )
    with pytest.raises(RefusedError) as caught:
        judge_reply(REQUEST, reply, account="WEBAPI")

    assert caught.value.code == "RecordNotFound"


def test_paragraphs_in_a_message_become_one_line() -> None:
    error = judged(409, error_body("FieldInvalid", "Item does not exist.\n\nWarning: backorder."))

    assert "Item does not exist. Warning: backorder." in str(error)


def test_a_not_found_with_a_code_of_its_own_keeps_it() -> None:
    error = judged(404, error_body("CompanyNotFound", "no company"))

    assert isinstance(error, RefusedError)
    assert error.code == "CompanyNotFound"


@pytest.mark.parametrize("length", [300, 2_100])
def test_a_query_too_long_for_the_web_server_is_told_apart_from_a_wrong_address(
    length: int,
) -> None:
    request = make_request(f"{REQUEST.url}?$filter={'x' * (length - 8)}", setting="base_url")
    with pytest.raises(RefusedError, match=f"maxQueryString.* above {length}"):
        judge_reply(request, make_reply(404, b"<html>"), account="WEBAPI")


def test_a_short_query_that_is_not_found_has_a_wrong_address() -> None:
    request = make_request(f"{REQUEST.url}?$top=1", setting="base_url")
    with pytest.raises(SettingError, match="not as a Sage 300 Web API"):
        judge_reply(request, make_reply(404, b"<html>"), account="WEBAPI")


def test_a_page_cut_short_is_told_by_length_and_place_and_never_by_its_rows() -> None:
    whole = b'{"value": [{"Vendor": "1200", "UnitCost": 99.75}, {"Vendor": "1300"}]}'

    for body in (whole[:60], whole.replace(b"[", b"[,"), b"\xef\xbb\xbf \r\n" + whole[:60]):
        with pytest.raises(BrokenReplyError) as caught:
            parse_page(REQUEST, make_reply(200, body))

        assert f"{len(body)} bytes" in str(caught.value)
        assert "99.75" not in str(caught.value)
        assert "99.75" in caught.value.excerpt


def test_the_place_of_malformed_json_is_named() -> None:
    with pytest.raises(BrokenReplyError, match="byte 11"):
        parse_page(REQUEST, make_reply(200, b'{"value": [,{"Vendor": "1200"}]}'))


def test_a_web_page_in_place_of_an_answer_is_shown() -> None:
    with pytest.raises(BrokenReplyError, match="<html>Sign in to the proxy"):
        parse_page(REQUEST, make_reply(200, b"<html>Sign in to the proxy</html>"))


@pytest.mark.parametrize("code", ["InvalidParameters", "InvalidEntityKey", "MethodNotAllowed"])
def test_a_question_not_understood_sends_nobody_to_settings_that_are_not_there(code: str) -> None:
    error = judged(400, error_body(code, "No."))

    assert "resources" not in str(error)
    assert "version" in str(error)
