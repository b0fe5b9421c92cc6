"""What `$metadata` offers is matched to the names we know, and what lacks is said once."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from ml_connector.sage300 import EntityType, Property, ServiceMetadata
from tap_sage300.discovery import (
    Resource,
    UnavailableError,
    build_schema,
    find_kind,
    locate,
    locate_lines,
)
from tap_sage300.resources import (
    PURCHASE_INVOICE_LINES,
    PURCHASE_INVOICES,
    PURCHASE_ORDER_LINES,
    PURCHASE_ORDERS,
    VENDORS,
    ResourceSpec,
)
from tap_sage300.values import Kind

log = logging.getLogger("test")


def make_metadata(
    resource: str, properties: dict[str, str], *, items: dict[str, str] | None = None
) -> ServiceMetadata:
    """Build the metadata of one resource; `items` are the properties of its lines."""
    own = [Property(name=name, type_name=kind) for name, kind in properties.items()]
    types = {}
    if items is not None:
        own.append(Property(name="PurchaseOrderLines", type_name="S.Line", is_collection=True))
        found = tuple(Property(name=name, type_name=kind) for name, kind in items.items())
        types["S.Line"] = EntityType(name="S.Line", properties=found)
    entity = EntityType(name="S.Entity", key=(own[0].name,), properties=tuple(own))
    return ServiceMetadata(entity_sets={resource: entity}, types={"S.Entity": entity, **types})


def make_vendors(**properties: str) -> Resource:
    metadata = make_metadata("APVendors", {"VendorNumber": "Edm.String", **properties})
    return locate(VENDORS, metadata, log=log)


LINE = dict.fromkeys(PURCHASE_ORDER_LINES.wanted, "Edm.Decimal")
HEADER = dict.fromkeys(PURCHASE_ORDERS.wanted, "Edm.String")
INVOICE = dict.fromkeys(PURCHASE_INVOICES.wanted, "Edm.String")
INVOICE_LINE = dict.fromkeys(PURCHASE_INVOICE_LINES.wanted, "Edm.Decimal")


@pytest.mark.parametrize(
    ("edm", "kind"),
    [
        ("Edm.String", Kind.TEXT),
        ("Edm.Decimal", Kind.NUMBER),
        ("Edm.Int32", Kind.INTEGER),
        ("Edm.Boolean", Kind.FLAG),
        ("Edm.DateTimeOffset", Kind.DATE),
        ("Edm.DateTime", Kind.DATE),
        ("S.SomeEnum", Kind.TEXT),
    ],
)
def test_edm_types_decide_the_form_of_values(edm: str, kind: Kind) -> None:
    assert find_kind(Property(name="X", type_name=edm)) is kind


def test_keys_are_never_null_and_everything_else_may_be() -> None:
    assert build_schema(Kind.TEXT, is_key=True) == {"type": "string"}
    assert build_schema(Kind.DATE, is_key=False) == {"type": ["string", "null"], "format": "date"}


def test_resource_and_properties_are_found_whatever_their_case() -> None:
    metadata = make_metadata("apvendors", {"Vendornumber": "Edm.String", "GROUPCODE": "Edm.String"})

    resource = locate(VENDORS, metadata, log=log)

    assert resource.name == "apvendors"
    assert resource.type.find_server_name("VendorNumber") == "Vendornumber"
    assert resource.rename({"Vendornumber": "1200", "GROUPCODE": "A"}) == {
        "VendorNumber": "1200",
        "GroupCode": "A",
    }


def test_another_word_for_the_same_property_is_known() -> None:
    resource = make_vendors(LastMaintainedDate="Edm.DateTimeOffset")

    assert resource.type.find_server_name("DateLastMaintained") == "LastMaintainedDate"


def test_records_keep_the_names_of_an_older_catalog() -> None:
    resource = make_vendors(Website="Edm.String").adopt_names(["WebSite", "VendorNumber"])

    assert resource.rename({"Website": "x"}) == {"WebSite": "x"}


def test_missing_optional_properties_get_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        make_vendors(GroupCode="Edm.String")

    assert len(caplog.records) == 1
    assert "ShortName" in caplog.text


@pytest.mark.parametrize(
    ("spec", "metadata", "words"),
    [
        (VENDORS, make_metadata("Other", {"X": "Edm.String"}), "no resource APVendors"),
        (VENDORS, make_metadata("APVendors", {"X": "Edm.String"}), "has no VendorNumber"),
        (PURCHASE_ORDERS, make_metadata("POPurchaseOrders", HEADER), "has no lines"),
    ],
)
def test_what_cannot_be_read_rightly_is_not_offered(
    spec: ResourceSpec, metadata: ServiceMetadata, words: str
) -> None:
    with pytest.raises(UnavailableError, match=words):
        locate(spec, metadata, log=log)


def test_lines_without_their_cost_are_not_offered() -> None:
    items = {name: kind for name, kind in LINE.items() if name != "UnitCost"}
    resource = locate(
        PURCHASE_ORDERS, make_metadata("POPurchaseOrders", HEADER, items=items), log=log
    )

    with pytest.raises(UnavailableError, match="has no UnitCost"):
        locate_lines(PURCHASE_ORDER_LINES, resource, log=log)


def test_lines_are_renamed_inside_their_order() -> None:
    items = {name.lower(): kind for name, kind in LINE.items()}
    resource = locate(
        PURCHASE_ORDERS, make_metadata("POPurchaseOrders", HEADER, items=items), log=log
    )
    renamed: Any = locate_lines(PURCHASE_ORDER_LINES, resource, log=log).rename(
        {"PurchaseOrderLines": [{"linenumber": 1000, "unitcost": 2}]}
    )

    assert renamed["PurchaseOrderLines"] == [{"LineNumber": 1000, "UnitCost": 2}]


def test_nested_collections_and_operation_flags_are_no_properties() -> None:
    resource = make_vendors(UpdateOperation="Edm.String", Nested="S.Complex")

    assert set(resource.type.kinds) == {"VendorNumber"}


def test_lines_are_found_whatever_their_collection_is_called() -> None:
    metadata = make_metadata("POInvoices", INVOICE, items=INVOICE_LINE)

    resource = locate(PURCHASE_INVOICES, metadata, log=log)

    assert (resource.spec.collection, resource.collection) == ("InvoiceLines", "PurchaseOrderLines")
    assert resource.rename({"PurchaseOrderLines": [{"LineNumber": 10}]})["InvoiceLines"] == [
        {"LineNumber": 10}
    ]
