"""Names of resources and their streams, and the two settings about reading more, or at once."""

from __future__ import annotations

from typing import Any

import pytest
from ml_connector.errors import SettingError
from tap_sage300.named import name_stream, parse_resource_name
from tap_sage300.settings import parse_settings

CONNECTION = {
    "base_url": "https://erp.example.com/Sage300WebApi/v1.0/-",
    "company": "SAMLTD",
    "username": "WEBAPI",
    "password": "X",
}


@pytest.mark.parametrize(
    ("resource", "stream"),
    [
        ("APTerms", "ap_terms"),
        ("ICCategories", "ic_categories"),
        ("GLSourceCodes", "gl_source_codes"),
        ("AP1099CPRSCodes", "ap_1099_cprs_codes"),
        ("POGetReceipts", "po_get_receipts"),
        ("TXTaxGroups", "tx_tax_groups"),
        ("Customers", "ar_customers"),
    ],
)
def test_a_stream_is_named_after_its_module_and_resource(resource: str, stream: str) -> None:
    module = stream[:2].upper()

    assert name_stream(module, resource) == stream
    assert parse_resource_name(f"{module.lower()}/{resource}").matches(stream)
    assert parse_resource_name(f"{module}/{resource.lower()}").matches(stream)


def test_the_module_of_a_bare_name_is_its_first_two_letters() -> None:
    assert parse_resource_name(" icCategories ").module == "IC"


def test_one_resource_in_two_spellings_is_read_once() -> None:
    settings = parse(resources=["APTerms", "ap/apterms", "ICItems"])

    assert [one.name for one in settings.resources] == ["apterms", "ICItems"]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("parallel_reads", 0, "is not a whole number of 1 or more"),
        ("parallel_reads", 9, "is more than 8"),
        ("parallel_reads", "two", "is not a whole number"),
        ("resources", "APTerms", "is not a list"),
        ("resources", [17], "is not the name of a resource"),
        ("resources", ["AP/AP/APTerms"], "is not the name of a resource"),
        ("resources", ["../APTerms"], "is not the name of a resource"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused_by_name(
    name: str, value: object, told: str
) -> None:
    with pytest.raises(SettingError, match=told) as raised:
        parse(**{name: value})

    assert raised.value.setting == name
    assert raised.value.remedy


def parse(**settings: Any) -> Any:
    config = {**CONNECTION, **settings}
    return parse_settings(config, known=set(config))
