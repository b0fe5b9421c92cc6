from __future__ import annotations

import pytest
from ml_connector.sage300 import ServiceMetadata, parse_metadata
from ml_connector.sage300.metadata import MetadataError

NAMESPACE = "Sage.CA.SBS.ERP.Sage300.PO.WebApi.Models"


def edmx(*, version: str = "v4", extra: str = "") -> bytes:
    """A small service in either version's namespaces."""
    outer, inner = {
        "v4": (
            "http://docs.oasis-open.org/odata/ns/edmx",
            "http://docs.oasis-open.org/odata/ns/edm",
        ),
        "v3": (
            "http://schemas.microsoft.com/ado/2007/06/edmx",
            "http://schemas.microsoft.com/ado/2009/11/edm",
        ),
    }[version]
    return f"""<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="{outer}"><edmx:DataServices>
<Schema Namespace="{NAMESPACE}" xmlns="{inner}">
  <EntityType Name="Base" Abstract="true"><Property Name="ETag" Type="Edm.String"/></EntityType>
  <EntityType Name="PurchaseOrder" BaseType="{NAMESPACE}.Base">
    <Key><PropertyRef Name="PurchaseOrderSequenceKey"/></Key>
    <Property Name="PurchaseOrderSequenceKey" Type="Edm.Decimal" Nullable="false"
              Precision="19" Scale="0"/>
    <Property Name="Vendor" Type="Edm.String" MaxLength="12"/>
    <Property Name="Comment" Type="Edm.String" MaxLength="max"/>
    <Property Name="PurchaseOrderType" Type="{NAMESPACE}.OrderType"/>
    <Property Name="PurchaseOrderLines" Type="Collection({NAMESPACE}.Line)"/>
  </EntityType>
  <ComplexType Name="Line"><Property Name="LineNumber" Type="Edm.Int32"/></ComplexType>
  <EnumType Name="OrderType">
    <Member Name="Active" Value="1"/><Member Name="Standing" Value="2"/>
  </EnumType>
  {extra}
</Schema>
<Schema Namespace="Default" xmlns="{inner}"><EntityContainer Name="Container">
  <EntitySet Name="POPurchaseOrders" EntityType="{NAMESPACE}.PurchaseOrder"/>
  <EntitySet Name="Broken" EntityType="{NAMESPACE}.Missing"/>
  <Singleton Name="Me" Type="{NAMESPACE}.PurchaseOrder"/>
</EntityContainer></Schema>
</edmx:DataServices></edmx:Edmx>""".encode()


@pytest.fixture(params=["v4", "v3"])
def metadata(request: pytest.FixtureRequest) -> ServiceMetadata:
    return parse_metadata(edmx(version=request.param))


def test_a_resource_is_found_whatever_the_case_and_told_in_the_servers_spelling(
    metadata: ServiceMetadata,
) -> None:
    found = metadata.find_entity_set("popurchaseORDERS")

    assert found is not None
    assert found[0] == "POPurchaseOrders"
    assert found[1].key == ("PurchaseOrderSequenceKey",)


def test_an_unknown_resource_is_not_found(metadata: ServiceMetadata) -> None:
    assert metadata.find_entity_set("POInvoices") is None


def test_properties_carry_size_kind_and_base_types(metadata: ServiceMetadata) -> None:
    order = metadata.entity_sets["POPurchaseOrders"]

    vendor, key = order.find_property("VENDOR"), order.find_property("PurchaseOrderSequenceKey")

    assert vendor is not None
    assert key is not None
    assert (vendor.name, vendor.max_length, vendor.nullable) == ("Vendor", 12, True)
    assert (key.type_name, key.precision, key.scale, key.nullable) == ("Edm.Decimal", 19, 0, False)
    assert order.properties[0].name == "ETag"


def test_a_length_of_max_is_no_number(metadata: ServiceMetadata) -> None:
    comment = metadata.entity_sets["POPurchaseOrders"].find_property("Comment")

    assert comment is not None
    assert comment.max_length is None


def test_lines_are_a_collection_whose_type_can_be_looked_up(metadata: ServiceMetadata) -> None:
    lines = metadata.entity_sets["POPurchaseOrders"].find_property("PurchaseOrderLines")

    assert lines is not None
    assert lines.is_collection
    item = metadata.find_item_type(lines)
    assert item is not None
    assert [prop.name for prop in item.properties] == ["LineNumber"]


def test_an_enum_tells_its_members(metadata: ServiceMetadata) -> None:
    kind = metadata.entity_sets["POPurchaseOrders"].find_property("PurchaseOrderType")

    assert kind is not None
    assert kind.members == ("Active", "Standing")


def test_a_set_of_an_unknown_type_is_left_out_and_a_singleton_is_kept(
    metadata: ServiceMetadata,
) -> None:
    assert set(metadata.entity_sets) == {"POPurchaseOrders", "Me"}


def test_the_exact_spelling_wins_over_another_case() -> None:
    twins = '<ComplexType Name="T"><Property Name="abc"/><Property Name="ABC"/></ComplexType>'

    kind = parse_metadata(edmx(extra=twins)).types[f"{NAMESPACE}.T"]

    found = kind.find_property("ABC")
    assert found is not None
    assert found.name == "ABC"


def test_a_circle_of_base_types_ends() -> None:
    circle = (
        f'<EntityType Name="A" BaseType="{NAMESPACE}.B"/>'
        f'<EntityType Name="B" BaseType="{NAMESPACE}.A"/>'
    )

    assert f"{NAMESPACE}.A" in parse_metadata(edmx(extra=circle)).types


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b"<html><body>Sign in</body></html>",
        edmx()[:200],
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>',
    ],
    ids=["nothing", "JSON", "HTML", "cut", "entities"],
)
def test_what_is_no_metadata_is_refused(raw: bytes) -> None:
    with pytest.raises(MetadataError):
        parse_metadata(raw)
