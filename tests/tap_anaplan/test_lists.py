"""Lists as streams, read in one answer or in pages, over real HTTP."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.tap_anaplan.models import Model

PARTNERS = {"list": "Partners"}
ITEMS: list[dict[str, Any]] = [
    {
        "code": "P1",
        "name": 'Zürich, "Old Town"',
        "parent": "EU",
        "subsets": {"Active": True},
        "properties": {"Days": "30", "Since": "2024-02-29", "Key": "0012", "Open": "true"},
    },
    {"code": "P2", "name": "Zero", "properties": {"Days": "0", "Key": ""}},
    {"code": "P3", "name": "Nothing"},
]


@pytest.fixture
def partners(model: Model) -> Model:
    """A model with a list that has everything a list can have."""
    properties = [
        {"name": "Days", "format": "NUMBER"},
        {"name": "Since", "format": "DATE"},
        {"name": "Key"},
        {"name": "Open", "format": "BOOLEAN"},
    ]
    new = [
        {"name": "Regions"},
        {
            "name": "Partners",
            "parent": "Regions",
            "properties": properties,
            "subsets": ["Active"],
        },
    ]
    model.control("POST", "objects", {"lists": new})
    model.control("POST", "lists/Regions", {"items": [{"code": "EU", "name": "EU"}]})
    model.control("POST", "lists/Partners", {"items": ITEMS})
    return model


@pytest.mark.switch("read_page_header", "read_page_rows", "list_read_max")
@pytest.mark.parametrize(
    ("how", "header"), [("direct", "first"), ("pages", "first"), ("pages", "every")]
)
def test_items_come_with_typed_properties_whichever_way_they_are_read(
    partners: Model, monkeypatch: pytest.MonkeyPatch, how: str, header: str
) -> None:
    if how == "pages":
        monkeypatch.setattr("ml_connector.anaplan._reading.ITEMS_DIRECT_MAX", 2)
        switches = {"list_read_max": 2, "read_page_rows": 2, "read_page_header": header}
        partners.control("POST", "switches", switches)

    run = partners.run(lists=[PARTNERS])

    assert run.code == 0, run.log
    assert run.marks == [False, True]
    first, zero, nothing = run.records
    parent, item = first.pop("parentId"), first.pop("id")
    assert parent.isdigit()
    assert item.isdigit()
    assert first == {
        "name": 'Zürich, "Old Town"',
        "code": "P1",
        "parent": "EU",
        "Active": True,
        "Days": Decimal("30.0"),
        "Since": "2024-02-29",
        "Key": "0012",
        "Open": True,
    }
    assert (zero["Days"], zero["parent"]) == (0, None)
    assert (nothing["Days"], nothing["Since"], nothing["Key"]) == (None, None, None)
    assert partners.control("GET", "model")["read_requests"] == 0


def test_a_list_may_be_named_by_its_id_and_its_stream_by_the_settings(partners: Model) -> None:
    schema = partners.run(lists=[{**PARTNERS, "stream": "partners_by_name"}]).messages[0]
    ids = {one["id"] for one in partners.run(metadata=["model_lists"]).records}

    by_id = [partners.run(lists=[{"list": one}]).messages[0]["stream"] for one in sorted(ids)[-1:]]

    assert schema["stream"] == "partners_by_name"
    assert schema["key_properties"] == ["id"]
    assert by_id == ["partners"]


def test_a_property_of_another_column_s_name_is_refused(model: Model) -> None:
    new = {"name": "Odd", "properties": [{"name": "code"}]}
    model.control("POST", "objects", {"lists": [new]})

    run = model.run(lists=[{"list": "Odd"}])

    assert run.code == 2
    assert "List 'Odd'" in run.log
    assert "one column 'code'" in run.log
