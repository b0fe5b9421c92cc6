"""A record becomes a row: exact, by column, with one identity."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ml_connector.errors import InputError, MismatchError, SettingError
from target_anaplan._mapping import (
    RowMapping,
    build_mapping,
    check_fields,
    join_key,
    map_record,
)
from target_anaplan._settings import KeyPrefix, LoadSettings
from target_anaplan._values import render_value

HEADERS = ("TransactionId", "Vendor", "Deleted", "FunctionalExtendedCost")


def make_mapping(
    *, headers: tuple[str, ...] = HEADERS, prefix: KeyPrefix = KeyPrefix.NONE, **load: Any
) -> RowMapping:
    settings = LoadSettings(**{"stream": "purchase_order_lines", **load})
    return build_mapping(settings, headers, prefix=prefix)


def make_record(**fields: object) -> dict[str, object]:
    return {
        "TransactionId": "SAMLTD:PO:PO1:1000",
        "Company": "SAMLTD",
        "Vendor": "1200",
        "FunctionalExtendedCost": Decimal("10.50"),
        "_sdc_deleted_at": None,
        "Extra": "not sent",
        **fields,
    }


def test_columns_are_filled_by_name_and_extra_properties_are_not_sent() -> None:
    row = map_record(make_mapping(), make_record(), key_properties=["TransactionId"])

    assert row.content == ("SAMLTD:PO:PO1:1000", "1200", "false", "10.50")
    assert row.row_key == "SAMLTD:PO:PO1:1000"
    assert row.amount == Decimal("10.50")
    assert not row.deleted


def test_columns_setting_maps_header_to_property() -> None:
    columns = {"Code": "id", "Name": "title"}
    mapping = make_mapping(headers=("Code", "Name"), stream="s", columns=columns)

    row = map_record(mapping, {"id": 7, "title": "Seven"}, key_properties=["id"])

    assert row.content == ("7", "Seven")
    assert row.row_key == "7"


def test_columns_filled_by_the_target_need_not_be_mapped() -> None:
    headers = ("Code", "Deleted", "Checksum")
    mapping = make_mapping(headers=headers, stream="s", columns={"Code": "id"})

    row = map_record(mapping, {"id": "A"}, key_properties=["id"])

    assert row.content[:2] == ("A", "false")
    assert row.checksum == int(row.content[2]) > 0


def test_deleted_is_computed_from_the_deletion_stamp() -> None:
    record = make_record(_sdc_deleted_at="2026-01-01T00:00:00Z")

    row = map_record(make_mapping(), record, key_properties=["TransactionId"])

    assert row.content[2] == "true"
    assert row.deleted


def test_a_property_named_deleted_wins_over_the_computed_one() -> None:
    row = map_record(make_mapping(), make_record(Deleted="maybe"), key_properties=["TransactionId"])

    assert row.content[2] == "maybe"


def test_company_is_put_before_codes_once() -> None:
    mapping = make_mapping(prefix=KeyPrefix.COMPANY)

    row = map_record(mapping, make_record(), key_properties=["TransactionId"])

    assert row.content[0] == "SAMLTD:PO:PO1:1000"
    assert row.content[1] == "SAMLTD:1200"


def test_an_empty_code_gets_no_company() -> None:
    mapping = make_mapping(prefix=KeyPrefix.COMPANY)

    row = map_record(mapping, make_record(Vendor=""), key_properties=["TransactionId"])

    assert row.content[1] == ""


def test_company_prefix_needs_a_company() -> None:
    mapping = make_mapping(prefix=KeyPrefix.COMPANY)

    with pytest.raises(InputError, match="Company"):
        map_record(mapping, make_record(Company=None), key_properties=["TransactionId"])


def test_an_empty_key_names_the_record_and_the_field() -> None:
    with pytest.raises(InputError, match="TransactionId") as refused:
        map_record(make_mapping(), make_record(TransactionId=""), key_properties=["TransactionId"])

    assert "purchase_order_lines" in str(refused.value)


def test_the_first_column_identifies_rows_whose_key_is_not_in_the_file() -> None:
    mapping = make_mapping(headers=("Code", "Name"), stream="s")
    record = {"Code": "A", "Name": "n", "_sdc_path": "p", "_sdc_line_number": 1}

    row = map_record(mapping, record, key_properties=["_sdc_path", "_sdc_line_number"])

    assert row.row_key == "A"


def test_the_key_setting_decides() -> None:
    mapping = make_mapping(headers=("Code", "Name"), stream="s", key=("Name", "Code"))

    row = map_record(mapping, {"Code": "A", "Name": "n|m"}, key_properties=["Code"])

    assert row.row_key == "n\\|m|A"


def test_a_stream_without_key_goes_by_the_first_column() -> None:
    mapping = make_mapping(headers=("a", "b"), stream="s")

    assert map_record(mapping, {"a": "x", "b": "y"}, key_properties=[]).row_key == "x"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", ""),
        ('a,"b"\n', 'a,"b"\n'),
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-7"), "0.0000001"),
        (Decimal("-0.00"), "0.00"),
        (Decimal("12345678901234567890.123456"), "12345678901234567890.123456"),
        (dt.date(1899, 12, 31), "1899-12-31"),
        (dt.date(9999, 12, 31), "9999-12-31"),
        ([1, "a"], '[1,"a"]'),
        ({"a": Decimal("1.10")}, '{"a":1.10}'),
    ],
)
def test_values_are_written_plainly(value: object, text: str) -> None:
    assert render_value(value) == text


def test_decimals_follow_the_separator_of_the_import() -> None:
    assert render_value(Decimal("1.5"), decimal_separator=",") == "1,5"


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("1E+5000"), object()])
def test_values_without_a_form_name_record_and_field(value: object) -> None:
    record = make_record(FunctionalExtendedCost=value)

    with pytest.raises(InputError, match="FunctionalExtendedCost") as refused:
        map_record(make_mapping(amount="Deleted"), record, key_properties=["TransactionId"])

    assert "SAMLTD:PO:PO1:1000" in str(refused.value)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20))
def test_every_amount_survives_the_file(amount: Decimal) -> None:
    assert Decimal(render_value(amount)) == amount


@given(st.lists(st.text(alphabet="a|\\", min_size=1), min_size=2, max_size=3), st.data())
def test_different_keys_stay_different(parts: list[str], data: st.DataObject) -> None:
    size = len(parts)
    text = st.text(alphabet="a|\\", min_size=1)
    other = data.draw(st.lists(text, min_size=size, max_size=size))

    assert (join_key(parts) == join_key(other)) == (parts == other)


def test_settings_and_header_must_name_the_same_columns() -> None:
    with pytest.raises(MismatchError) as refused:
        make_mapping(headers=("Code", "Nme"), stream="s", columns={"Code": "a", "Name": "b"})

    assert "Name" in str(refused.value)
    assert "Nme" in str(refused.value)


def test_a_header_twice_is_refused() -> None:
    with pytest.raises(MismatchError, match="Code"):
        make_mapping(headers=("Code", "Code"), stream="s")


def test_an_unknown_amount_column_is_refused_with_the_nearest() -> None:
    with pytest.raises(SettingError, match="nearest: 'Vendor'"):
        make_mapping(amount="Vendr")


def test_a_property_the_stream_lacks_is_named_with_column_and_nearest() -> None:
    with pytest.raises(MismatchError) as refused:
        check_fields(make_mapping(), {"TransactionId", "Vendors", "FunctionalExtendedCost"})

    assert "'Vendor'" in str(refused.value)
    assert "'Vendors'" in str(refused.value)


def test_the_digest_changes_with_columns_and_not_with_the_stream() -> None:
    same = make_mapping(stream="other", amount="FunctionalExtendedCost")

    assert make_mapping().digest == same.digest
    assert make_mapping().digest != make_mapping(headers=HEADERS[:2]).digest
    assert make_mapping().digest != make_mapping(prefix=KeyPrefix.COMPANY).digest


def test_the_digest_changes_with_key_and_amount() -> None:
    assert make_mapping().digest != make_mapping(amount=HEADERS[1]).digest
    assert make_mapping().digest != make_mapping(key=(HEADERS[0],)).digest


def test_codes_that_two_segments_have_are_one_item_of_the_list() -> None:
    headers = ("SegmentNumber", "SegmentCode", "SegmentCodeDescription")
    mapping = make_mapping(headers=headers, stream="gl_segment_codes")
    records = [{"SegmentNumber": number, "SegmentCode": "210"} for number in ("000002", "000003")]

    keys = {
        map_record(mapping, record, key_properties=("SegmentNumber", "SegmentCode")).row_key
        for record in records
    }

    assert keys == {"210"}
