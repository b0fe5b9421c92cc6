"""Values in bodies: what is taken, in which forms, and what is refused (Sage sheet §3.4, §4.0)."""

from __future__ import annotations

import http.client
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.sandbox.web import call

if TYPE_CHECKING:
    from tests.sandbox.web import Answer, Sage

RATES = "CS/CSCurrencyRates"


def _post(sage: Sage, **fields: object) -> Answer:
    return sage.send("POST", "IC/ICLocations", {"LocationKey": "Z1", **fields})


def _post_rate(sage: Sage, **fields: object) -> Answer:
    rate = {"FromCurrency": "USD", "RateDate": "2026-05-01", "Rate": 1, **fields}
    body = {"ToCurrency": "EUR", "RateType": "AV", "CurrencyRateDetail": [rate]}
    return sage.send("POST", RATES, body)


def _rate_of(answer: Answer) -> Decimal:
    value: Decimal = answer.json["CurrencyRateDetail"][0]["Rate"]
    return value


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"5", b"null", b'"x"', b"\xff"])
def test_what_is_no_json_object_is_refused(sage: Sage, raw: bytes) -> None:
    parts = urlsplit(sage.url("IC/ICLocations"))
    connection = http.client.HTTPConnection(parts.netloc, timeout=20)
    connection.request("POST", parts.path, body=raw, headers=sage.headers)
    response = connection.getresponse()
    text = response.read()
    connection.close()

    assert (response.status, b"InvalidPayload" in text) == (400, True)


@pytest.mark.parametrize(
    "fields",
    [
        {"Nothing": 1},
        {"locationkey": "Z2"},
        {"Name": 5},
        {"Name": ["x"]},
        {"Status": "Active"},
        {"Status": 1},
        {"LocationType": "Virtual"},
        {"LocationType": "physical"},
        {"LocationType": 1},
        {"LocationType": None},
        {"SegmentNumber1": "1"},
        {"SegmentNumber1": 1.5},
        {"SegmentNumber1": 2**31},
        {"DateInactive": "31.12.2026"},
        {"DateInactive": "2026-02-30"},
        {"DateInactive": "20261231"},
        {"DateInactive": 20261231},
        {"DateInactive": "2026-12-31T00:00:00"},
        {"DateInactive": "2026-12-31 00:00:00Z"},
    ],
)
def test_what_cannot_be_deserialised_is_an_invalid_payload(
    sage: Sage, fields: dict[str, object]
) -> None:
    answer = _post(sage, **fields)

    assert (answer.status, answer.error_code) == (400, "InvalidPayload")
    assert sage.get("IC/ICLocations('Z1')").status == 404


@pytest.mark.parametrize(
    "detail", [{"Nothing": 1}, {"Rate": "1"}, {"RateDate": "x"}, {"FromCurrency": True}]
)
def test_details_are_read_as_strictly(sage: Sage, detail: dict[str, object]) -> None:
    assert _post_rate(sage, **detail).error_code == "InvalidPayload"


@pytest.mark.parametrize(
    ("value", "shown"), [({}, "{}"), (True, "true"), ([{}], "[{}]"), ("x", "x")]
)
def test_what_cannot_be_deserialised_is_shown_as_it_was_sent(
    sage: Sage, value: object, shown: str
) -> None:
    answer = _post(sage, SegmentNumber1=value)

    assert f"Cannot convert '{shown}'" in answer.error_text


@pytest.mark.parametrize("value", [{}, "x", [1], None])
def test_details_come_as_a_list_of_objects(sage: Sage, value: object) -> None:
    body = {"ToCurrency": "EUR", "RateType": "AV", "CurrencyRateDetail": value}

    assert sage.send("POST", RATES, body).error_code == "InvalidPayload"


def test_members_of_the_base_class_and_annotations_are_passed_over(sage: Sage) -> None:
    answer = _post(
        sage,
        **{"@odata.context": "x", "Name@odata.type": "y"},
        Warnings=[],
        ETag="a",
        IsDeleted=False,
        HasChanged=True,
        IsNewLine=True,
        PreviousKey=None,
    )

    assert answer.status == 201
    assert "ETag" not in answer.json


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-31",
        "2026-05-31T00:00:00Z",
        "2026-05-31T00:00:00.000Z",
        "2026-05-31T23:30:00Z",
        "2026-05-31T23:30:00+02:00",
    ],
)
def test_a_date_is_its_day_in_every_form(sage: Sage, text: str) -> None:
    answer = _post(sage, DateInactive=text)

    assert answer.json["DateInactive"] == "2026-05-31T00:00:00Z"


def test_null_is_a_blank_field(sage: Sage) -> None:
    answer = _post(sage, Name=None, DateInactive=None, SegmentNumber1=None, Status=None)

    record = answer.json
    names = ("Name", "DateInactive", "SegmentNumber1", "Status")
    assert [record[name] for name in names] == ["", None, 0, False]


@pytest.mark.switch("long_texts")
def test_a_text_too_long_is_refused_or_cut(sage: Sage) -> None:
    refused = _post(sage, City="x" * 31)
    sage.control.turn(long_texts="cut")
    cut = _post(sage, City="x" * 31)

    assert (refused.status, refused.error_code) == (409, "FieldInvalid")
    assert cut.json["City"] == "x" * 30


def test_a_text_that_fills_its_field_is_taken(sage: Sage) -> None:
    assert _post(sage, City="x" * 30 + "  ").json["City"] == "x" * 30


@pytest.mark.switch("extra_decimals")
def test_decimals_too_many_are_refused_or_rounded(sage: Sage) -> None:
    refused = _post_rate(sage, Rate=Decimal("1.00000005"))
    sage.control.turn(extra_decimals="rounded")
    rounded = _post_rate(sage, Rate=Decimal("1.00000005"))

    assert (refused.status, refused.error_code) == (409, "FieldInvalid")
    assert _rate_of(rounded) == Decimal("1.0000001")


def test_decimals_that_fit_are_kept(sage: Sage) -> None:
    assert _rate_of(_post_rate(sage, Rate=Decimal("1.3141593"))) == Decimal("1.3141593")


@pytest.mark.switch("upper_case_codes")
def test_codes_are_folded_to_upper_case_or_left(sage: Sage) -> None:
    folded = _post(sage, LocationKey="ab1", Name="Main")
    sage.control.turn(upper_case_codes=False)
    left = _post(sage, LocationKey="ab2", Name="Main")

    assert (folded.json["LocationKey"], folded.json["Name"]) == ("AB1", "Main")
    assert left.json["LocationKey"] == "ab2"


def test_booleans_are_written_as_they_are_read(sage: Sage) -> None:
    sage.control.turn(booleans="words")

    refused = _post(sage, Status=True)
    taken = _post(sage, Status="Inactive")

    assert refused.error_code == "InvalidPayload"
    assert taken.json["Status"] == "Inactive"
    assert sage.values("IC/ICLocations", filter="Status eq 'Inactive'")[0]["LocationKey"] == "Z1"


def test_zoneless_dates_are_taken_where_they_are_sent(sage: Sage) -> None:
    sage.control.turn(dates="zoneless")

    answer = _post(sage, DateInactive="2026-05-31T00:00:00")

    assert answer.json["DateInactive"] == "2026-05-31T00:00:00"


def test_a_warning_may_come_with_an_insertion(sage: Sage) -> None:
    sage.control.turn(warnings=True)

    answer = _post(sage)

    assert answer.status == 201
    assert answer.json["Warnings"][0]["PriorityString"] == "Warning"


def test_a_body_without_content_type_is_500(sage: Sage) -> None:
    headers = {"Authorization": sage.headers["Authorization"]}

    answer = call("POST", sage.url("IC/ICLocations"), body={"LocationKey": "Z1"}, headers=headers)

    assert answer.status == 500
