"""Optional fields: set up beforehand, written as texts (Sage sheet §4.0, §6.12)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.sage300.masters import plant_group

if TYPE_CHECKING:
    from tests.sandbox.web import Answer, Sage

FIELDS = "VendorOptionalFieldValues"


def _post(sage: Sage, name: str, value: object) -> Answer:
    plant_group(sage)
    fields = [{"OptionalField": name, "Value": value}]
    body = {"VendorNumber": "Q1", "GroupCode": "TSTG", FIELDS: fields}
    return sage.send("POST", "AP/APVendors", body)


def _field(answer: Answer) -> dict[str, Any]:
    field: dict[str, Any] = answer.json[FIELDS][0]
    return field


@pytest.mark.parametrize(
    ("name", "text", "typed", "value"),
    [
        ("TRANSID", "7c9e", "TextValue", "7c9e"),
        ("PAYDATE", "20260531", "DateValue", "2026-05-31T00:00:00Z"),
        ("APPROVED", "1", "YesNoValue", "Yes"),
        ("HOURS", "1.5", "NumberValue", Decimal("1.5")),
        ("BUDGET", "-3", "AmountValue", -3),
        ("PIECES", "12", "IntegerValue", 12),
        ("PICKUP", "093000", "TimeValue", "1899-12-30T09:30:00Z"),
        ("PAYDATE", "", "DateValue", None),
    ],
)
def test_a_value_is_a_text_and_typed_by_the_server(
    sage: Sage, name: str, text: str, typed: str, value: object
) -> None:
    answer = _post(sage, name, text)

    field = _field(answer)
    assert answer.status == 201
    assert (field["Value"], field[typed], field["ValueSet"]) == (text, value, "Yes")
    assert field["VendorOptionalFieldValueType"] == typed.removesuffix("Value")
    assert answer.json["NumberOfOptionalFields"] == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PAYDATE", "2026-05-31"),
        ("PAYDATE", "20260231"),
        ("APPROVED", "maybe"),
        ("HOURS", "many"),
        ("HOURS", "NaN"),
        ("PIECES", "1.5"),
        ("PICKUP", "9:30"),
    ],
)
def test_a_value_that_is_not_of_its_type_is_refused(sage: Sage, name: str, text: str) -> None:
    answer = _post(sage, name, text)

    assert (answer.status, answer.error_code) == (409, "FieldInvalid")


def test_a_value_that_is_no_text_is_an_invalid_payload(sage: Sage) -> None:
    assert _post(sage, "HOURS", 1.5).error_code == "InvalidPayload"


@pytest.mark.switch("optional_fields")
def test_a_field_must_be_set_up_first(sage: Sage) -> None:
    refused = _post(sage, "MINE", "x")
    sage.control.turn(optional_fields={"MINE": "Text"})
    taken = _post(sage, "MINE", "x")
    gone = _post(sage, "TRANSID", "x")

    assert "'MINE' does not exist" in refused.error_text
    assert taken.status == 201
    assert gone.error_code == "FieldInvalid"


@pytest.mark.switch("optional_field_values")
def test_a_validated_field_takes_its_own_values_only(sage: Sage) -> None:
    free = _post(sage, "PROJECT", "ELSE")
    sage.send("DELETE", "AP/APVendors('Q1')")
    sage.control.turn(optional_field_values={"PROJECT": ["NORTH", "SOUTH"]})
    refused = sage.send("POST", "AP/APVendors", {**_body("ELSE")})
    taken = sage.send("POST", "AP/APVendors", {**_body("NORTH")})

    assert free.status == 201
    assert "'ELSE' does not exist" in refused.error_text
    assert (taken.status, _field(taken)["Validate"]) == (201, True)


def _body(value: str) -> dict[str, object]:
    fields = [{"OptionalField": "PROJECT", "Value": value}]
    return {"VendorNumber": "Q1", "GroupCode": "TSTG", FIELDS: fields}


def test_a_patch_changes_one_field_of_several(sage: Sage) -> None:
    _post(sage, "TRANSID", "old")
    fields = [
        {"OptionalField": "TRANSID", "Value": "new", "UpdateOperation": "Update"},
        {"OptionalField": "PAYDATE", "Value": "20260531", "UpdateOperation": "Insert"},
    ]

    answer = sage.send("PATCH", "AP/APVendors('Q1')", {FIELDS: fields})

    vendor = sage.get("AP/APVendors('Q1')").json
    assert answer.status == 204
    assert [field["Value"] for field in vendor[FIELDS]] == ["new", "20260531"]
    assert vendor["NumberOfOptionalFields"] == 2
