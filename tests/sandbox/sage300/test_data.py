"""Companies from files: Adventure Works, and small ones made for a test."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from ml_connector_sandbox._part import ServeOptions
from ml_connector_sandbox._server import serving
from ml_connector_sandbox.sage300._load import load_company

from tests.sandbox.web import Sage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sandbox.conftest import ServeSage


@pytest.fixture(scope="module")
def bikes(adventure_works: Path) -> Iterator[Sage]:
    """Adventure Works, served once for all tests that only read."""
    with serving(ServeOptions(data=adventure_works)) as ready:
        yield Sage(ready["sage300"])


def _orders(bikes: Sage) -> list[dict[str, Any]]:
    return bikes.follow(
        "PO/POPurchaseOrders", select="Vendor,OrderDate,Completed,OnHold,PurchaseOrderLines"
    )


def test_adventure_works_is_complete_to_the_digit(bikes: Sage, adventure_works: Path) -> None:
    totals = json.loads((adventure_works / "totals.json").read_text())  # noqa: TID251
    orders = _orders(bikes)
    by_month: defaultdict[str, Decimal] = defaultdict(Decimal)

    for order in orders:
        for line in order["PurchaseOrderLines"]:
            by_month[f"{order['Vendor']}|{order['OrderDate'][:7]}"] += line["ExtendedCost"]

    assert (len(orders), sum(len(order["PurchaseOrderLines"]) for order in orders)) == (4012, 8845)
    assert by_month == {key: Decimal(value) for key, value in totals["by_vendor_month"].items()}


def test_the_company_is_called_as_its_profile_says(bikes: Sage) -> None:
    assert bikes.ready["company"] == "ADVWKS"
    profile = bikes.get("CS/CSCompanyProfile('ADVWKS')").json
    assert (profile["FunctionalCurrency"], profile["Multicurrency"]) == ("USD", "No")


def test_a_resource_without_a_file_is_not_installed(bikes: Sage) -> None:
    assert bikes.get("CS/CSCurrencyCodes").error_code == "ResourceNotFound"
    assert b"CSCurrencyCodes" not in bikes.get("CS/$metadata").raw


def test_processes_come_with_their_module(bikes: Sage) -> None:
    assert bikes.send("POST", "AP/APPostInvoices('$template')").status == 200
    assert bikes.send("POST", "PO/POReceipts('$template')").error_code == "ResourceNotFound"


def test_receipts_can_be_posted_where_they_can_be_read(
    serve_sage: ServeSage, tmp_path: Path
) -> None:
    (tmp_path / "PO.POGetReceipts.jsonl").write_text("")
    sage = serve_sage(data=tmp_path)
    line = {"ItemNumber": "A", "QuantityReceived": 1}

    answer = sage.send("POST", "PO/POReceipts", {"Vendor": "V", "ReceiptLine2s": [line]})

    assert answer.status == 201
    assert sage.values("PO/POGetReceipts")[0]["ReceiptLines"][0]["ItemNumber"] == "A"


def test_fields_the_files_leave_out_are_blank(bikes: Sage) -> None:
    order = bikes.get("PO/POPurchaseOrders(1)").json

    assert (order["City"], order["DiscountAmount"], order["RateDate"]) == ("", 0, None)
    assert order["PurchaseOrderLines"][0]["DiscountAmount"] == 0


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("GL/GLAccounts", "('1000')"),
        ("IC/ICItems", "('AR5381')"),
        ("AP/APInvoiceBatches", "(1)"),
        ("AP/APPostedDocuments", "('LITWARE0001','INV000001')"),
    ],
)
def test_other_resources_are_served_as_they_are(bikes: Sage, path: str, key: str) -> None:
    assert bikes.get(f"{path}{key}").status == 200
    assert bikes.get(f"{path.split('/', maxsplit=1)[0]}/$metadata").status == 200


def test_inferred_types_can_be_filtered_by(bikes: Sage) -> None:
    found = bikes.follow(
        "AP/APPostedDocuments",
        filter="DocumentDate ge 2024-06-01T00:00:00Z and FunctionalCurrencyInvoiceAmount gt 50000",
    )

    assert found
    assert all(document["FunctionalCurrencyInvoiceAmount"] > 50000 for document in found)


def test_properties_of_the_site_are_added_to_known_resources(
    serve_sage: ServeSage, tmp_path: Path
) -> None:
    (tmp_path / "AP.APVendorGroups.jsonl").write_text(
        '{"GroupCode":"A","SiteRating":4.50,"SiteDate":"2024-01-31T00:00:00Z"}\n'
    )
    sage = serve_sage(data=tmp_path)

    group = sage.values("AP/APVendorGroups", filter="SiteDate eq 2024-01-31T00:00:00Z")[0]

    assert (group["SiteRating"], group["Status"]) == (Decimal("4.5"), "Active")
    assert sage.ready["company"] == "SAMLTD"


def test_empty_files_are_empty_resources(serve_sage: ServeSage, tmp_path: Path) -> None:
    (tmp_path / "PO.POPurchaseOrders.jsonl").write_text("\n")
    sage = serve_sage(data=tmp_path)

    assert sage.get("PO/POPurchaseOrders", count="true").json["@odata.count"] == 0


@pytest.mark.parametrize(
    ("text", "gist"),
    [
        ("{", "line 1"),
        ("[]", "line 1"),
        ('{"GroupCode": 5}', "GroupCode"),
        ('{"GroupCode": "A"}\n{"Status": 1}', "Status"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, text: str, gist: str) -> None:
    (tmp_path / "AP.APVendorGroups.jsonl").write_text(text)

    with pytest.raises(ValueError, match=r"AP\.APVendorGroups\.jsonl") as caught:
        load_company(tmp_path)

    assert gist in str(caught.value)
