"""`$metadata`: types, lengths, keys, enums, collections, and how switches bend them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest
from ml_connector_sandbox.sage300.catalog import RESOURCES

if TYPE_CHECKING:
    from tests.sandbox.web import Sage

_EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
_PO = "Sage.CA.SBS.ERP.Sage300.PO.WebApi.Models"


def _schema(sage: Sage, module: str) -> ET.Element:
    root = ET.fromstring(sage.get(f"{module}/$metadata").raw)  # noqa: S314  # our own server
    return next(iter(root.iter(f"{_EDM}Schema")))


def _type(sage: Sage, module: str, name: str) -> ET.Element:
    schema = _schema(sage, module)
    return next(item for item in schema if item.get("Name") == name)


def _properties(element: ET.Element) -> dict[str, ET.Element]:
    return {item.attrib["Name"]: item for item in element.findall(f"{_EDM}Property")}


def test_every_module_lists_its_entity_sets(sage: Sage) -> None:
    sets = {
        module: {
            item.attrib["Name"]
            for item in ET.fromstring(sage.get(f"{module}/$metadata").raw).iter(  # noqa: S314
                f"{_EDM}EntitySet"
            )
        }
        for module in ("PO", "AP", "CS")
    }

    assert sets["CS"] == {
        "CSCompanyProfile",
        "CSFiscalCalendars",
        "CSCurrencyCodes",
        "CSCurrencyRates",
    }
    assert {"POPurchaseOrders", "POReceipts", "POGetReceipts"} <= sets["PO"]
    assert {"APVendors", "APVendorGroups", "APInvoiceBatches"} <= sets["AP"]


def test_metadata_is_edmx_4(sage: Sage) -> None:
    answer = sage.get("PO/$metadata")

    assert answer.headers["Content-Type"].startswith("application/xml")
    assert ET.fromstring(answer.raw).get("Version") == "4.0"  # noqa: S314


def test_properties_carry_their_types_and_lengths(sage: Sage) -> None:
    properties = _properties(_type(sage, "PO", "PurchaseOrder"))

    def facets(name: str) -> tuple[str | None, str | None, str | None]:
        item = properties[name]
        return item.get("Type"), item.get("MaxLength"), item.get("Scale")

    assert facets("PurchaseOrderNumber") == ("Edm.String", "22", None)
    assert facets("PurchaseOrderSequenceKey") == ("Edm.Decimal", None, "0")
    assert facets("ExchangeRate") == ("Edm.Decimal", None, "7")
    assert facets("OnHold") == ("Edm.Boolean", None, None)
    assert facets("LastPostingDate") == ("Edm.DateTimeOffset", None, None)
    assert facets("PurchaseOrderType") == (f"{_PO}.PurchaseOrderType", None, None)
    assert facets("PurchaseOrderLines") == (f"Collection({_PO}.PurchaseOrderLine)", None, None)


def test_keys_lines_and_enums_are_described(sage: Sage) -> None:
    order = _type(sage, "PO", "PurchaseOrder")
    line = _properties(_type(sage, "PO", "PurchaseOrderLine"))
    statuses = [item.get("Name") for item in _type(sage, "PO", "CompletionStatus")]

    key = [item.get("Name") for item in order.iter(f"{_EDM}PropertyRef")]
    assert key == ["PurchaseOrderSequenceKey"]
    assert line["UnitCost"].get("Scale") == "6"
    assert statuses == ["No", "Yes", "Yes1"]


@pytest.mark.switch("omitted_properties", "property_casing", "renamed_properties")
@pytest.mark.parametrize(
    ("module", "path", "name"),
    [
        ("PO", "PO/POPurchaseOrders", "PurchaseOrder"),
        ("AP", "AP/APVendors", "Vendor"),
        ("AP", "AP/APVendorGroups", "VendorGroup"),
        ("CS", "CS/CSFiscalCalendars", "FiscalCalendar"),
    ],
)
@pytest.mark.parametrize("casing", ["documented", "lowered"])
def test_records_have_exactly_the_properties_described(
    sage: Sage, module: str, path: str, name: str, casing: str
) -> None:
    sage.control.turn(
        property_casing=casing,
        omitted_properties=["Status", "RateOperation", "QuarterWith4Periods"],
        renamed_properties={"OnHold": "HoldSwitch"},
    )

    record = sage.values(path, top=1)[0]

    assert list(record) == list(_properties(_type(sage, module, name)))


@pytest.mark.switch("property_casing", "renamed_properties")
def test_switched_names_work_in_queries_and_old_ones_do_not(sage: Sage) -> None:
    sage.control.turn(
        property_casing="lowered", renamed_properties={"PurchaseOrderLines": "Details"}
    )

    found = sage.values(
        "PO/POPurchaseOrders",
        filter="Purchaseordersequencekey gt 10020100",
        orderby="Purchaseordersequencekey",
        select="Purchaseordernumber,Details",
        top=1,
    )
    refused = sage.get("PO/POPurchaseOrders", filter="PurchaseOrderSequenceKey gt 1")

    assert found[0].keys() == {"Purchaseordernumber", "Details"}
    assert "Unitcost" in found[0]["Details"][0]
    assert refused.error_code == "InvalidParameters"


@pytest.mark.switch("property_casing")
def test_the_key_can_be_used_under_its_switched_name(sage: Sage) -> None:
    sage.control.turn(property_casing="lowered")

    answer = sage.get("AP/APVendors(Vendornumber='1000')")

    assert answer.status == 200


@pytest.mark.parametrize("module", sorted({module for module, _ in RESOURCES}))
@pytest.mark.parametrize("booleans", ["boolean", "words"])
def test_templates_have_exactly_the_properties_described(
    sage: Sage, module: str, booleans: str
) -> None:
    sage.control.turn(booleans=booleans)
    schema = _schema(sage, module)
    types = {item.attrib["Name"]: item for item in schema}
    writable = [
        resource
        for resource in RESOURCES.values()
        if resource.module == module and "P" in resource.verbs
    ]

    for resource in writable:
        template = sage.send("POST", f"{module}/{resource.name}('$template')").json
        names = [name for name in template if not name.startswith("@")]
        assert names == list(_properties(types[resource.entity]))


@pytest.mark.parametrize("module", sorted({module for module, _ in RESOURCES}))
def test_every_type_named_is_described(sage: Sage, module: str) -> None:
    schema = _schema(sage, module)
    described = {item.attrib["Name"] for item in schema}
    namespace = f"{schema.attrib['Namespace']}."

    named = {
        item.attrib["Type"].removeprefix("Collection(").removesuffix(")")
        for item in schema.iter(f"{_EDM}Property")
    }

    own = {name.removeprefix(namespace) for name in named if name.startswith(namespace)}
    assert own <= described
