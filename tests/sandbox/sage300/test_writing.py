"""POST, PUT, PATCH, DELETE, templates and processes, the same for all (Sage sheet §1.4, §1.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.sage300.masters import plant_account

if TYPE_CHECKING:
    from tests.sandbox.web import Answer, Sage

RATES = "CS/CSCurrencyRates"
TABLE = f"{RATES}('EUR','AV')"


def _post_category(sage: Sage, **fields: object) -> Answer:
    return sage.send("POST", "IC/ICCategories", {"CategoryCode": "Z1", **fields})


def _post_rates(sage: Sage, *rates: dict[str, Any]) -> Answer:
    """A record with details: rates of the dollar and the pound to the euro."""
    body = {"ToCurrency": "EUR", "RateType": "AV", "CurrencyRateDetail": list(rates)}
    return sage.send("POST", RATES, body)


def _rate(day: int, value: object = 1, **fields: object) -> dict[str, object]:
    return {"FromCurrency": "USD", "RateDate": f"2026-05-{day:02}", "Rate": value, **fields}


def _rates(sage: Sage) -> dict[str, object]:
    details = sage.get(TABLE).json["CurrencyRateDetail"]
    return {detail["RateDate"][8:10]: detail["Rate"] for detail in details}


def test_an_insertion_answers_with_the_stored_record(sage: Sage) -> None:
    answer = _post_category(sage, Description="Bolts ", CommissionPaid=True, CommissionRate=10)

    assert answer.status == 201
    assert answer.json["@odata.context"].endswith("/IC/$metadata#ICCategories/$entity")
    assert answer.json["Description"] == "Bolts"
    assert answer.json == sage.get("IC/ICCategories('Z1')").json


@pytest.mark.switch("insert_status")
@pytest.mark.parametrize("status", [201, 200, 204])
def test_the_status_of_an_insertion_can_be_switched(sage: Sage, status: int) -> None:
    sage.control.turn(insert_status=status)

    answer = _post_category(sage)

    assert answer.status == status
    assert bool(answer.raw) is (status != 204)
    assert sage.get("IC/ICCategories('Z1')").status == 200


@pytest.mark.switch("location_header")
def test_an_insertion_may_tell_the_location(sage: Sage) -> None:
    without = _post_category(sage)
    sage.control.turn(location_header=True)
    told = _post_category(sage, CategoryCode="O'B")

    assert without.headers["Location"] is None
    assert told.headers["Location"] == sage.url("IC/ICCategories('O''B')")


@pytest.mark.switch("empty_status")
@pytest.mark.parametrize("status", [204, 200])
def test_changes_and_deletions_answer_without_a_body(sage: Sage, status: int) -> None:
    sage.control.turn(empty_status=status)
    _post_category(sage)

    answers = [
        sage.send("PATCH", "IC/ICCategories('Z1')", {"Description": "A"}),
        sage.send("PUT", "IC/ICCategories('Z1')", {"Description": "B"}),
        sage.send("DELETE", "IC/ICCategories('Z1')"),
    ]

    assert [(answer.status, answer.raw) for answer in answers] == [(status, b"")] * 3
    assert sage.get("IC/ICCategories('Z1')").status == 404


def test_an_insertion_takes_exactly_one_record(sage: Sage) -> None:
    answer = sage.send("POST", "IC/ICCategories", [{"CategoryCode": "Z1"}])

    assert (answer.status, answer.error_code) == (400, "InvalidPayload")


def test_a_key_that_exists_is_a_duplicate(sage: Sage) -> None:
    _post_category(sage)

    answer = _post_category(sage)

    assert (answer.status, answer.error_code) == (409, "RecordDuplicate")


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_what_does_not_exist_cannot_be_changed(sage: Sage, method: str) -> None:
    answer = sage.send(method, "IC/ICCategories('NOSUCH')", {})

    assert (answer.status, answer.error_code) == (404, "RecordNotFound")


def test_a_patch_leaves_what_it_does_not_name(sage: Sage) -> None:
    _post_category(sage, Description="A", CommissionPaid=True)

    sage.send("PATCH", "IC/ICCategories('Z1')", {"Description": "B"})

    record = sage.get("IC/ICCategories('Z1')").json
    assert (record["Description"], record["CommissionPaid"]) == ("B", True)


@pytest.mark.switch("put_missing_fields")
@pytest.mark.parametrize(("position", "description"), [("blank", ""), ("kept", "A")])
def test_a_put_blanks_or_keeps_fields_it_leaves_out(
    sage: Sage, position: str, description: str
) -> None:
    sage.control.turn(put_missing_fields=position)
    _post_category(sage, Description="A")

    sage.send("PUT", "IC/ICCategories('Z1')", {"CommissionPaid": True})

    record = sage.get("IC/ICCategories('Z1')").json
    assert (record["Description"], record["CommissionPaid"]) == (description, True)


def test_a_refused_change_changes_nothing(sage: Sage) -> None:
    _post_category(sage, Description="A")
    before = sage.get("IC/ICCategories('Z1')").json

    answer = sage.send(
        "PATCH", "IC/ICCategories('Z1')", {"Description": "B", "SalesAccount": "NOSUCH"}
    )

    assert answer.error_code == "FieldInvalid"
    assert sage.get("IC/ICCategories('Z1')").json == before


def test_another_key_in_the_body_is_refused(sage: Sage) -> None:
    _post_category(sage)

    answer = sage.send("PATCH", "IC/ICCategories('Z1')", {"CategoryCode": "Z2"})

    assert (answer.status, answer.error_code) == (400, "InvalidPayload")


@pytest.mark.parametrize("position", ["blank", "kept"])
def test_a_put_purges_details_that_are_not_in_the_body(sage: Sage, position: str) -> None:
    sage.control.turn(put_missing_fields=position)
    _post_rates(sage, _rate(1), _rate(2))

    answer = sage.send("PUT", TABLE, {"CurrencyRateDetail": [_rate(2, 5), _rate(3, 6)]})

    assert answer.status == 204
    assert _rates(sage) == {"02": 5, "03": 6}


def test_unspecified_details_are_updated_by_key_or_inserted(sage: Sage) -> None:
    _post_rates(sage, _rate(1), _rate(2))

    sage.send("PATCH", TABLE, {"CurrencyRateDetail": [_rate(2, 5), _rate(3, 6)]})

    assert _rates(sage) == {"01": 1, "02": 5, "03": 6}


def test_details_are_inserted_updated_and_deleted_by_operation(sage: Sage) -> None:
    _post_rates(sage, _rate(1), _rate(2))
    details = [
        _rate(1, 7, UpdateOperation="Update"),
        _rate(2, UpdateOperation="Delete"),
        _rate(3, 8, UpdateOperation="Insert"),
    ]

    answer = sage.send("PATCH", TABLE, {"CurrencyRateDetail": details})

    assert answer.status == 204
    assert _rates(sage) == {"01": 7, "03": 8}


@pytest.mark.parametrize(
    ("operation", "day", "code"),
    [
        ("Update", 9, "RecordNotFound"),
        ("Delete", 9, "RecordNotFound"),
        ("Insert", 1, "RecordDuplicate"),
    ],
)
def test_an_explicit_operation_is_validated(
    sage: Sage, operation: str, day: int, code: str
) -> None:
    _post_rates(sage, _rate(1))

    detail = _rate(day, 5, UpdateOperation=operation)
    answer = sage.send("PATCH", TABLE, {"CurrencyRateDetail": [_rate(2), detail]})

    assert answer.error_code == code
    assert _rates(sage) == {"01": 1}


def test_reads_show_the_operation_as_unspecified(sage: Sage) -> None:
    answer = _post_rates(sage, _rate(1, UpdateOperation="Insert"))

    stored = sage.get(TABLE).json
    assert answer.json == stored
    assert stored["UpdateOperation"] == "Unspecified"
    assert stored["CurrencyRateDetail"][0]["UpdateOperation"] == "Unspecified"


@pytest.mark.parametrize("action", ["('$template')", "($template)"])
def test_a_template_shows_what_the_view_would_start_with(sage: Sage, action: str) -> None:
    answer = sage.send("POST", f"IC/ICItems{action}")

    assert answer.status == 200
    assert (answer.json["UnformattedItemNumber"], answer.json["StockItem"]) == ("", True)
    assert answer.json["ItemUnitsOfMeasure"] == []


def test_a_template_comes_where_no_record_exists(sage: Sage) -> None:
    assert sage.send("POST", "GL/GLPostJournal('$template')").status == 200
    assert sage.send("POST", "PO/POReceipts('$template')").status == 200


@pytest.mark.parametrize("action", ["('$process')", "($process)"])
def test_a_process_is_run_in_both_spellings(sage: Sage, action: str) -> None:
    answer = sage.send("POST", f"IC/ICDayEndProcessing{action}", {})

    assert (answer.status, answer.raw) == (204, b"")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("IC/ICCategories('$process')", 400, "InvalidAction"),
        ("IC/ICCategories('$nothing')", 400, "InvalidAction"),
        ("IC/ICCategories('Z1')", 400, "InvalidAction"),
        ("IC/ICDayEndProcessing", 405, "MethodNotAllowed"),
        ("PO/POInvoices", 405, "MethodNotAllowed"),
        ("PO/POInvoices('$template')", 405, "MethodNotAllowed"),
    ],
)
def test_actions_that_a_resource_does_not_have_are_refused(
    sage: Sage, path: str, status: int, code: str
) -> None:
    answer = sage.send("POST", path, {})

    assert (answer.status, answer.error_code) == (status, code)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "PO/POReceipts"),
        ("GET", "PO/POReceipts(1)"),
        ("GET", "IC/ICDayEndProcessing"),
        ("POST", "PO/POGetReceipts"),
        ("PATCH", "PO/POPurchaseOrders(1)"),
        ("DELETE", "PO/POPurchaseOrders(1)"),
        ("PUT", "GL/GLJournalBatches('000001')"),
        ("DELETE", "AP/APInvoiceBatches(1)"),
        ("POST", "CS/CSCompanyProfile"),
        ("PATCH", "AP/APVendors"),
        ("DELETE", "AP/APVendors"),
    ],
)
def test_each_resource_answers_to_its_own_verbs_only(sage: Sage, method: str, path: str) -> None:
    answer = sage.send(method, path, {})

    assert (answer.status, answer.error_code) == (405, "MethodNotAllowed")


@pytest.mark.parametrize(
    "path", ["GL/GLBudgets", "GL/GLRevaluationCodes", "AP/APRecurringPayables", "IC/ICShipments"]
)
def test_what_is_not_installed_is_not_found_for_writers_either(sage: Sage, path: str) -> None:
    answer = sage.send("POST", path, {})

    assert (answer.status, answer.error_code) == (404, "ResourceNotFound")


def test_names_switched_for_reading_are_those_for_writing(sage: Sage) -> None:
    sage.control.turn(property_casing="lowered", renamed_properties={"Description": "Desc"})

    refused = _post_category(sage, Description="A")
    taken = sage.send("POST", "IC/ICCategories", {"Categorycode": "Z1", "Desc": "A"})

    assert refused.error_code == "InvalidPayload"
    assert (taken.status, taken.json["Desc"]) == (201, "A")


@pytest.mark.switch("nested_creation")
@pytest.mark.parametrize(
    ("position", "entries"),
    [("rolled_back", None), ("orphan_header", 0), ("first_entries", 2)],
)
def test_a_refused_entry_leaves_nothing_a_header_or_the_entries_before_it(
    sage: Sage, position: str, entries: int | None
) -> None:
    sage.control.turn(nested_creation=position)
    batch = {"Description": "TOKEN-7", "JournalHeaders": [*_entries(sage), {"SourceLedger": "??"}]}

    answer = sage.send("POST", "GL/GLJournalBatches", batch)

    left = sage.follow("GL/GLJournalBatches", filter="Description eq 'TOKEN-7'")
    assert answer.status == 409
    assert [len(batch["JournalHeaders"]) for batch in left] == (
        [] if entries is None else [entries]
    )
    assert all(batch["NumberOfEntries"] == entries for batch in left)
    assert all(batch["Status"] == "Open" for batch in left)


def _entries(sage: Sage) -> list[dict[str, object]]:
    """Two entries that balance, on an account of the test's own."""
    plant_account(sage, "Q1300")
    lines = [{"AccountNumber": "Q1300", "Amount": amount} for amount in (5, -5)]
    source = {"SourceLedger": "GL", "SourceType": "JE"}
    return [{**source, "Description": text, "JournalDetails": lines} for text in ("A", "B")]
