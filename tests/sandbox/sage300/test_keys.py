"""Look-ups by key, in every documented spelling (Sage sheet §1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ml_connector_sandbox.sage300._errors import WebApiError
from ml_connector_sandbox.sage300._keys import parse_key
from ml_connector_sandbox.sage300._types import Resource, parse_properties
from ml_connector_sandbox.sage300.catalog.ap import VENDORS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox.conftest import ServeSage
    from tests.sandbox.web import Sage

_PAIR = Resource(
    module="AR",
    name="ARThings",
    entity="Thing",
    key=("Kind", "Number"),
    properties=parse_properties("Kind str2, Number dec0"),
)


def test_a_record_comes_without_an_envelope(sage: Sage) -> None:
    first = sage.values("PO/POPurchaseOrders", top=1)[0]

    record = sage.get(f"PO/POPurchaseOrders({first['PurchaseOrderSequenceKey']})").json

    assert record.pop("@odata.context").endswith("/SAMLTD/PO/$metadata#POPurchaseOrders/$entity")
    assert record == first


@pytest.mark.parametrize("key", ["('1000')", "(1000)", "(VendorNumber='1000')", "( '1000' )"])
def test_text_keys_may_be_quoted_named_or_bare(sage: Sage, key: str) -> None:
    assert sage.get(f"AP/APVendors{key}").json["VendorNumber"] == "1000"


def test_a_numeric_key_may_be_named(sage: Sage) -> None:
    number = sage.values("PO/POPurchaseOrders", top=1)[0]["PurchaseOrderSequenceKey"]

    path = f"PO/POPurchaseOrders(PurchaseOrderSequenceKey={number})"

    assert sage.get(path).json["PurchaseOrderSequenceKey"] == number


@pytest.mark.parametrize(
    "key", ["('1')", "(x)", "()", "(1,2)", "(Other=1)", "(1.5)", "(1", "('a''b)", "(=1)"]
)
def test_a_key_that_cannot_be_read_is_refused(sage: Sage, key: str) -> None:
    answer = sage.get(f"PO/POPurchaseOrders{key}")

    assert answer.status in {400, 404}
    assert answer.error_code in {"InvalidEntityKey", "ResourceNotFound"}


def test_a_key_nobody_has_is_not_found(sage: Sage) -> None:
    answer = sage.get("PO/POPurchaseOrders(7)")

    assert (answer.status, answer.error_code) == (404, "RecordNotFound")


@pytest.mark.switch("upper_case_keys")
def test_text_keys_are_upper_cased_by_the_mask_unless_switched_off(sage: Sage) -> None:
    code = sage.values("AP/APVendorGroups", top=1)[0]["GroupCode"].lower()

    folded = sage.get(f"AP/APVendorGroups('{code}')").status
    sage.control.turn(upper_case_keys=False)
    exact = sage.get(f"AP/APVendorGroups('{code}')").status

    assert (folded, exact) == (200, 404)


def test_select_works_on_a_single_record(sage: Sage) -> None:
    record = sage.get("AP/APVendors('1000')", select="VendorName,VendorNumber").json

    assert list(record) == ["@odata.context", "VendorNumber", "VendorName"]
    assert record["@odata.context"].endswith("#APVendors(VendorNumber,VendorName)/$entity")


@pytest.mark.parametrize("text", ["'CA',65", "Kind='CA',Number=65", "Number=65,Kind='CA'", "CA,65"])
def test_composite_keys_are_positional_or_named_in_any_order(text: str) -> None:
    assert parse_key(text, _PAIR, upper_case="upper") == ("CA", 65)


@pytest.mark.parametrize("text", ["'CA'", "Kind='CA'", "Kind='CA',Kind='CA'", "'CA',65,1"])
def test_a_missing_part_of_a_composite_key_is_an_error(text: str) -> None:
    with pytest.raises(WebApiError) as caught:
        parse_key(text, _PAIR, upper_case="upper")

    assert caught.value.code == "InvalidEntityKey"


def test_quotes_inside_a_key_are_doubled() -> None:
    assert parse_key("'O''BRIEN, A'", VENDORS, upper_case="asis") == "O'BRIEN, A"


def test_composite_keys_work_over_http(serve_sage: ServeSage, tmp_path: Path) -> None:
    (tmp_path / "AP.APPostedDocuments.jsonl").write_text(
        '{"VendorNumber":"A","DocumentNumber":"INV 1"}\n{"VendorNumber":"B","DocumentNumber":"X"}\n'
    )
    sage = serve_sage(data=tmp_path)

    named = sage.get("AP/APPostedDocuments(DocumentNumber='INV 1',VendorNumber='A')")
    positional = sage.get("AP/APPostedDocuments('B','X')")

    assert named.json["DocumentNumber"] == "INV 1"
    assert positional.json["VendorNumber"] == "B"
