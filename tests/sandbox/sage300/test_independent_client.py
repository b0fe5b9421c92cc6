"""A client nobody here wrote reads the server: python-odata, which reflects `$metadata`."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
import requests
from ml_connector_sandbox.sage300.catalog import RESOURCES
from odata import ODataService  # type: ignore[import-untyped]  # it ships no types

if TYPE_CHECKING:
    from tests.sandbox.web import Sage


def _service(sage: Sage, module: str) -> Any:
    session = requests.Session()  # noqa: TID251  # the other client's own HTTP
    session.headers.update(sage.headers)
    return ODataService(
        f"{sage.base}/{module}/", session=session, reflect_entities=True, quiet_progress=True
    )


@pytest.mark.parametrize(
    ("module", "name", "count"),
    [("PO", "POPurchaseOrders", 250), ("AP", "APVendors", 200), ("CS", "CSFiscalCalendars", 7)],
)
def test_it_reads_every_record_page_by_page(sage: Sage, module: str, name: str, count: int) -> None:
    service = _service(sage, module)

    records = list(service.query(service.entities[name]).all())

    assert len(records) == count


def test_it_finds_an_order_by_number_and_understands_its_types(sage: Sage) -> None:
    service = _service(sage, "PO")
    orders = service.entities["POPurchaseOrders"]

    order = service.query(orders).filter(orders.PurchaseOrderNumber == "PO000007").first()

    assert order.PurchaseOrderSequenceKey == 10020008
    assert order.PurchaseOrderType.name in {"Active", "Standing", "Future", "Blanket"}
    assert order.OrderDate.hour == 0
    assert order.PurchaseOrderLines[0]["LineNumber"] == 1000


@pytest.mark.parametrize("module", sorted({module for module, _ in RESOURCES}))
def test_it_understands_the_whole_catalogue(sage: Sage, module: str) -> None:
    expected = {name for owner, name in RESOURCES if owner == module}

    service = _service(sage, module)

    assert set(service.entities) == expected


@pytest.mark.parametrize(
    ("module", "name"),
    [(module, name) for (module, name), resource in RESOURCES.items() if "G" in resource.verbs],
)
def test_it_reads_a_page_of_every_readable_resource(sage: Sage, module: str, name: str) -> None:
    service = _service(sage, module)

    records = list(service.query(service.entities[name]).limit(3))

    assert len(records) == min(3, sage.get(f"{module}/{name}", count="true").json["@odata.count"])


def test_it_filters_by_member_date_and_number(sage: Sage) -> None:
    service = _service(sage, "PO")
    orders = service.entities["POPurchaseOrders"]
    query = service.query(orders).filter(orders.Total > 1000)
    query = query.filter(orders.OrderDate >= dt.datetime(2020, 1, 1, tzinfo=dt.UTC))

    found = list(query.all())

    assert found
    assert all(order.Total > 1000 for order in found)
    assert {line["UpdateOperation"] for line in found[0].PurchaseOrderLines} == {"Unspecified"}
