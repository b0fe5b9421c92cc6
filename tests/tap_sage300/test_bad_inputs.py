"""What a user can get wrong, or find wrong: correct data or one clear error, never a traceback.

Goal: each mistake ends with its own exit code and a line that names what is wrong and what to do.
Method: the installed command; what the company itself has wrong is put there through the sandbox.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.tap_sage300.runs import Sandbox, Tap, add, edit, read_orders, switch

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

REFUSED, FAILED = 2, 1


@pytest.fixture
def tap(company: Sandbox, tmp_path: Path) -> Tap:
    return Tap(company, tmp_path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"company": None}, ("company", "required")),
        ({"base_url": None}, ("base_url", "required")),
        ({"base_url": "erp.example.com"}, ("base_url", "not an address", "Sage300WebApi/v1.0/-")),
        ({"base_url": "http://erp.example.com/Sage300WebApi/v1.0/-"}, ("base_url", "https")),
        ({"base_url": "https://u:p@erp.example.com/x"}, ("base_url", "Use username")),
        ({"company": "samltd"}, ("company", "upper case", "SAMLTD")),
        ({"company": "TOOLONGNAME"}, ("company", "six")),
        ({"username": "WEB:API"}, ("username", "colon")),
        ({"username": " "}, ("username", "missing")),
        ({"password": "env:NO_SUCH_VARIABLE"}, ("password", "NO_SUCH_VARIABLE")),
        ({"password": "file:/no/such/file"}, ("password", "/no/such/file")),
        ({"lookback_days": -1}, ("lookback_days", "whole number of 0 or more")),
        ({"sweep_days": 0}, ("sweep_days", "whole number of 1 or more")),
        ({"lookback_days": "many"}, ("lookback_days", "integer")),
        ({"page_size": -5}, ("page_size", "whole number of 0 or more")),
        ({"timezone": "Europe/Atlantis"}, ("timezone", "Europe/Atlantis", "Europe/Berlin")),
        ({"start_date": "last year"}, ("start_date", "YYYY-MM-DD")),
        ({"lookback": 3}, ("lookback", "Did you mean lookback_days?")),
        ({"ca_bundle": "/no/such.pem", "base_url": "https://localhost:9/x"}, ("/no/such.pem",)),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_setting_that_cannot_be_used_is_refused_before_anything_is_called(
    tap: Tap, changes: dict[str, Any], words: tuple[str, ...]
) -> None:
    run = tap.run(**changes)

    assert run.exit_code == REFUSED
    assert run.messages == []
    assert all(word in run.error for word in words), run.error


def test_wrong_password_in_lower_case_is_explained(tap: Tap) -> None:
    run = tap.run(password="webapi-300")

    assert run.exit_code == FAILED
    assert "UPPER CASE" in run.error
    assert "webapi-300" not in run.errors


def test_unknown_company_is_named(tap: Tap) -> None:
    run = tap.run(company="NOSUCH", select=None)

    assert run.exit_code == REFUSED
    assert "NOSUCH" in run.error


def test_wrong_host_is_named(tap: Tap) -> None:
    run = tap.run(base_url="http://127.0.0.1:9/Sage300WebApi/v1.0/-")

    assert run.exit_code in {FAILED, REFUSED}
    assert "127.0.0.1" in run.error


def test_address_that_is_no_web_api_is_named(tap: Tap) -> None:
    run = tap.run(base_url=f"{tap.sandbox.sage_root}/SomewhereElse")

    assert run.exit_code == REFUSED
    assert "base_url" in run.error


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("not json", ("--state", "cannot be read")),
        (
            {"bookmarks": {"purchase_order_lines": {"open": 5}}},
            ("purchase_order_lines", "bookmark", "unchanged"),
        ),
        (
            {"bookmarks": {"vendors": {"last_maintained": 7}}},
            ("vendors", "bookmark", "unchanged"),
        ),
        (
            {"bookmarks": {"vendors": {"company": "OTHER", "last_maintained": "2026-01-01"}}},
            ("vendors", "company OTHER", "one state per company"),
        ),
    ],
    ids=["no-json", "orders", "vendors", "other-company"],
)
def test_state_that_is_not_ours_is_refused(tap: Tap, state: object, words: tuple[str, ...]) -> None:
    run = tap.run(state=state)

    assert run.exit_code in {FAILED, REFUSED}
    assert all(word in run.error for word in words), run.error


def test_missing_right_for_a_selected_stream_fails_after_the_others_are_read(tap: Tap) -> None:
    switch(tap.sandbox, modules_without_right=["PO"])

    run = tap.run()

    assert run.exit_code == FAILED
    for words in ("purchase_order_lines", "module PO", "'Sage 300 Web API'", "deselect"):
        assert words in run.error
    assert "purchase_orders" not in run.error
    assert run.records("purchase_order_lines") == []
    assert run.bookmark()["complete"] is False
    assert run.records("vendors")
    assert run.bookmark("vendors")["complete"] is True


def test_right_withdrawn_after_a_complete_run_fails_and_takes_the_mark_back(tap: Tap) -> None:
    select = ("purchase_order_lines",)
    before = tap.run(select=select)
    switch(tap.sandbox, modules_without_right=["PO"])

    run = tap.run(select=select, state=before.state)

    assert run.exit_code == FAILED
    assert "purchase_order_lines" in run.error
    assert run.bookmark()["complete"] is False
    assert run.bookmark()["last_sequence_key"] == before.bookmark()["last_sequence_key"]


def test_missing_right_for_streams_nobody_selected_costs_one_line_each(tap: Tap) -> None:
    switch(tap.sandbox, modules_without_right=["CS"])

    run = tap.run(select=None)

    assert run.exit_code == 0
    lines = [line for line in run.errors.splitlines() if "stream.unavailable" in line]
    assert len([line for line in lines if "company_profile" in line]) == 1
    assert "Sage 300 Web API" in lines[0]


def test_missing_right_for_a_deselected_stream_is_nobodys_business(tap: Tap) -> None:
    switch(tap.sandbox, modules_without_right=["PO"])

    run = tap.run(select=("vendors",))

    assert run.exit_code == 0
    assert run.bookmark("vendors")["complete"] is True


def test_discovery_offers_what_may_be_read_and_names_the_rest(tap: Tap) -> None:
    switch(tap.sandbox, modules_without_right=["PO"])

    process = tap.start("--discover")
    _, errors = process.communicate(timeout=120)

    assert process.returncode == 0
    assert "purchase_order_lines" in errors.decode()


@pytest.mark.parametrize("code", ["SessionError", "DBLinkError", "General"])
def test_refusal_that_may_pass_ends_the_run_instead_of_skipping_the_module(
    tap: Tap, code: str
) -> None:
    fault = {
        "kind": "status",
        "status": 500,
        "path": r"PO/\$metadata",
        "headers": {"Content-Type": "application/json"},
        "body": f'{{"error": {{"code": "{code}", "message": {{"value": "Not now."}}}}}}',
    }
    tap.sandbox.sage("POST", "faults", fault)

    run = tap.run()

    assert run.exit_code == FAILED
    assert "PO/$metadata" in run.error
    assert code in run.error
    assert "stream.unavailable" not in run.errors


def test_no_right_at_all_is_an_error(tap: Tap) -> None:
    switch(tap.sandbox, modules_without_right=["AP", "CS", "GL", "IC", "PO"])

    run = tap.run(select=None)

    assert run.exit_code == REFUSED
    assert "Sage 300 Web API" in run.error


def test_module_not_installed_leaves_the_others_and_fails_for_its_selected_streams(
    tap: Tap,
) -> None:
    switch(tap.sandbox, not_installed=["AP"])

    run = tap.run()

    assert run.exit_code == FAILED
    assert "vendor_groups, vendors: module AP" in run.error
    assert run.records("purchase_order_lines")
    assert run.bookmark()["complete"] is True


def test_unreadable_company_profile_is_a_warning(tap: Tap) -> None:
    switch(tap.sandbox, not_installed=["CS"])

    run = tap.run()

    assert run.exit_code == 0
    (warning,) = (line for line in run.errors.splitlines() if "company_profile.unavail" in line)
    assert "Sage 300 Web API in module CS" in warning
    assert "rounded to two decimals" in warning


def test_decimals_that_cannot_be_looked_up_are_assumed_with_one_warning(tap: Tap) -> None:
    expected = tap.run().lines()
    switch(tap.sandbox, not_installed=["CSCurrencyCodes"])

    run = tap.run()

    assert run.exit_code == 0
    (warning,) = (line for line in run.errors.splitlines() if "currency_decimals" in line)
    assert "Sage 300 Web API in module CS" in warning
    assert "currency=CAD decimals=2" in warning
    assert run.lines() == expected


@pytest.mark.parametrize("resource", ["CSCurrencyCodes", "CSCompanyProfile"])
def test_refusal_that_concerns_everything_is_not_taken_for_a_missing_right(
    tap: Tap, resource: str
) -> None:
    tap.sandbox.sage("POST", "faults", {"kind": "status", "status": 401, "path": resource})

    run = tap.run()

    assert run.exit_code == FAILED
    assert "password" in run.error
    assert run.bookmark()["complete"] is False


def test_optional_properties_the_server_lacks_are_dropped_with_one_warning(tap: Tap) -> None:
    switch(tap.sandbox, omitted_properties=["TermsCode", "Reference", "VendorName"])

    run = tap.run()

    assert run.exit_code == 0
    assert "VendorName" not in run.records("vendors")[0]
    warned = [line for line in run.errors.splitlines() if "properties_missing" in line]
    about_vendors = [line for line in warned if "resource=APVendors " in line]
    assert len(about_vendors) == 1
    assert "VendorName" in about_vendors[0]


def test_property_without_which_money_would_be_wrong_makes_the_stream_unavailable(
    tap: Tap,
) -> None:
    switch(tap.sandbox, omitted_properties=["UnitCost"])

    run = tap.run()

    assert run.exit_code == FAILED
    assert run.records("purchase_order_lines") == []
    assert "purchase_order_lines: " in run.error
    assert "has no UnitCost" in run.error


def test_other_spellings_are_matched_and_records_keep_the_known_names(tap: Tap) -> None:
    expected = tap.run().lines()
    switch(tap.sandbox, property_casing="lowered")

    run = tap.run()

    assert run.exit_code == 0
    assert run.lines() == expected


@pytest.mark.parametrize(
    "positions",
    [
        {"booleans": "words"},
        {"decimals": "exponent"},
        {"decimals": "scaled"},
        {"dates": "zoneless"},
        {"error_media_type": "text/plain"},
        {"orderby": False},
        {"order": "shuffled"},
        {"order": "shuffled", "orderby": False},
        {"page_size": 7, "next_link_with_top": "absent"},
        {"parentheses": False, "null_literals": False, "warnings": True},
    ],
    ids="-".join,
)
def test_whatever_is_unknown_about_the_server_the_lines_are_the_same(
    tap: Tap, positions: dict[str, object]
) -> None:
    orders = read_orders(tap.sandbox)
    expected = sum(
        (line["ExtendedCost"] for order in orders for line in order["PurchaseOrderLines"]),
        Decimal(0),
    )
    switch(tap.sandbox, **positions)

    run = tap.run()

    assert run.exit_code == 0
    lines = run.lines()
    assert len(lines) == sum(len(order["PurchaseOrderLines"]) for order in orders)
    assert sum((line["ExtendedCost"] for line in lines.values()), Decimal(0)) == expected


def test_difficult_texts_and_dates_survive(tap: Tap) -> None:
    order = read_orders(tap.sandbox)[0]
    key = order["PurchaseOrderSequenceKey"]
    text = 'a "b",\r\nc;\x00 é ' + "x" * 100_000
    number = order["PurchaseOrderLines"][0]["LineNumber"]
    line = {
        "LineNumber": number,
        "ItemDescription": text,
        "ExpectedArrivalDate": "9999-12-31T00:00:00Z",
        "UnitCost": Decimal("12345678901234567890.123456"),
    }
    edit(tap.sandbox, key, OrderDate="1899-12-30T00:00:00Z", PurchaseOrderLines=[line])

    run = tap.run()

    assert run.exit_code == 0
    found = run.lines()[f"SAMLTD:PO:{order['PurchaseOrderNumber']}:{number}"]
    assert found["ItemDescription"] == text
    assert found["ExpectedArrivalDate"] == "9999-12-31"
    assert found["OrderDate"] == "1899-12-30"
    assert found["UnitCost"] == Decimal("12345678901234567890.123456")


def test_order_without_its_number_is_named_and_the_stream_stays_incomplete(tap: Tap) -> None:
    key = read_orders(tap.sandbox)[0]["PurchaseOrderSequenceKey"]
    edit(tap.sandbox, key, PurchaseOrderNumber="")

    run = tap.run()

    assert run.exit_code == FAILED
    assert "PurchaseOrderNumber" in run.error
    assert str(key) in run.error
    assert run.bookmark()["complete"] is False


def test_foreign_order_without_a_rate_is_named(tap: Tap) -> None:
    order = next(one for one in read_orders(tap.sandbox) if one["Currency"] == "EUR")
    edit(tap.sandbox, order["PurchaseOrderSequenceKey"], ExchangeRate=0)

    run = tap.run()

    assert run.exit_code == FAILED
    assert "ExchangeRate" in run.error
    assert order["PurchaseOrderNumber"] in run.error


def test_truncated_answer_is_asked_for_again(tap: Tap) -> None:
    tap.sandbox.sage("POST", "faults", {"kind": "truncate", "path": "POPurchaseOrders", "times": 1})

    run = tap.run()

    assert run.exit_code == 0
    assert run.bookmark()["complete"] is True


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 429, "retry_after": 1},
        {"kind": "status", "status": 500},
        {"kind": "cut_before"},
        {"kind": "cut_after"},
    ],
    ids=lambda fault: f"{fault['kind']}-{fault.get('status', '')}",
)
def test_passing_trouble_of_the_server_is_waited_out(tap: Tap, fault: dict[str, Any]) -> None:
    tap.sandbox.sage("POST", "faults", {**fault, "path": "POPurchaseOrders", "times": 1})

    run = tap.run()

    assert run.exit_code == 0
    assert run.bookmark()["complete"] is True


def test_empty_company_gives_empty_complete_streams(tap: Tap) -> None:
    for order in read_orders(tap.sandbox):
        tap.sandbox.sage(
            "DELETE", f"records/PO/POPurchaseOrders/{order['PurchaseOrderSequenceKey']}"
        )

    run = tap.run()

    assert run.exit_code == 0
    assert run.records("purchase_order_lines") == []
    assert run.bookmark()["complete"] is True


def test_vendor_with_a_blank_key_is_named(tap: Tap) -> None:
    add(tap.sandbox, {"VendorNumber": " ", "VendorName": "Nobody"}, resource="AP/APVendors")

    run = tap.run(select=("vendors",))

    assert run.exit_code == FAILED
    assert "VendorNumber" in run.error
