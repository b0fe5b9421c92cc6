"""List items with properties and subsets, numbered and production lists, large lists (§7.1)."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.anaplan.service import Anaplan
    from tests.sandbox.web import Answer

PROPERTIES = [
    {"name": "Terms", "format": "NUMBER"},
    {"name": "Since", "format": "DATE"},
    {"name": "Foreign", "format": "BOOLEAN"},
    {"name": "Group", "format": "ENTITY", "list": "Vendor Groups"},
    {"name": "Start", "format": "TIME_ENTITY"},
]
FULL = {
    "name": "Acme",
    "code": "A1",
    "properties": {
        "Terms": 30,
        "Since": "2019-04-01",
        "Foreign": True,
        "Group": "G1",
        "Start": "Q1 FY20",
    },
    "subsets": {"Active": True},
}


@pytest.fixture
def partners(anaplan: Anaplan) -> Anaplan:
    """A server with the list Partners, which has properties and subsets."""
    anaplan.fill()
    anaplan.build(
        lists=[{"name": "Partners", "properties": PROPERTIES, "subsets": ["Active", "Old"]}]
    )
    return anaplan


def _path(anaplan: Anaplan, name: str = "Partners") -> str:
    return f"./lists/{anaplan.id_of('lists', name)}/items"


def _add(anaplan: Anaplan, *items: dict[str, Any], name: str = "Partners") -> Answer:
    return anaplan.send("POST", f"{_path(anaplan, name)}?action=add", body={"items": list(items)})


def _failures(answer: Answer) -> list[tuple[int, str]]:
    return [(one["requestIndex"], one["failureType"]) for one in answer.json["failures"]]


def test_properties_and_subsets_are_written_and_read_back_as_text(partners: Anaplan) -> None:
    _add(partners, FULL, {"name": "Bare", "code": "B1"})

    full, bare = partners.get(f"{_path(partners)}?includeAll=true").json["listItems"]

    assert full["properties"] == {
        "Terms": "30.0",
        "Since": "2019-04-01",
        "Foreign": "true",
        "Group": "G1",
        "Start": "Q1 FY20",
    }
    assert full["subsets"] == {"Active": True, "Old": False}
    assert "properties" not in bare


def test_the_csv_form_has_subsets_and_properties_behind_the_fixed_columns(
    partners: Anaplan,
) -> None:
    _add(partners, FULL)

    answer = partners.get(f"{_path(partners)}?includeAll=true", Accept="text/csv")

    header, row = csv.reader(io.StringIO(answer.raw.decode()))
    assert header[:7] == ["id", "name", "code", "parent", "parentId", "listId", "listName"]
    assert header[7:] == ["Active", "Old", "Terms", "Since", "Foreign", "Group", "Start"]
    assert row[7:] == ["true", "false", "30.0", "2019-04-01", "true", "G1", "Q1 FY20"]


def test_an_update_changes_only_what_it_names(partners: Anaplan) -> None:
    _add(partners, FULL)
    change = {"code": "A1", "properties": {"Terms": None}, "subsets": {"Active": False}}

    answer = partners.send("PUT", _path(partners), body={"items": [change]})

    (item,) = partners.get(f"{_path(partners)}?includeAll=true").json["listItems"]
    assert answer.json["updated"] == 1
    assert "Terms" not in item["properties"]
    assert item["properties"]["Since"] == "2019-04-01"
    assert item["subsets"] == {"Active": False, "Old": False}


@pytest.mark.parametrize(
    "wrong",
    [
        {"properties": {"Since": "April"}},
        {"properties": {"Terms": "x"}},
        {"properties": {"Foreign": "maybe"}},
        {"properties": {"Group": "NOPE"}},
        {"properties": {"Start": "Jan 99"}},
        {"properties": {"Nothing": "1"}},
        {"properties": {"Terms": []}},
        {"properties": "30"},
        {"subsets": {"Unknown": True}},
        {"subsets": {"Active": "yes"}},
        {"subsets": ["Active"]},
        {"code": "C" * 61},
        {"parent": "NOPE"},
    ],
)
def test_an_item_that_does_not_fit_is_refused_and_leaves_nothing(
    partners: Anaplan, wrong: dict[str, object]
) -> None:
    answer = _add(partners, {"name": "Bad", "code": "B1"} | wrong, {"name": "Good", "code": "G1"})

    assert _failures(answer) == [(0, "INCORRECT_FORMAT")]
    assert (answer.json["added"], answer.json["ignored"], answer.json["total"]) == (1, 1, 2)
    assert [row["code"] for row in partners.rows_of("Partners")] == ["G1"]


def test_each_way_to_fail_has_its_type(partners: Anaplan) -> None:
    answer = _add(
        partners,
        {"name": "Acme", "code": "A1"},
        {"name": "Acme", "code": "A2"},
        {"name": "Other", "code": "A1"},
        {"code": "A3"},
        {"name": "Bad", "code": "B1", "properties": {"Since": "x"}},
    )

    assert _failures(answer) == [
        (1, "DUPLICATE"),
        (2, "DUPLICATE"),
        (3, "INCOMPLETE_DATA"),
        (4, "INCORRECT_FORMAT"),
    ]


def test_a_deletion_takes_an_id_or_a_code_never_both(partners: Anaplan) -> None:
    _add(partners, {"name": "A", "code": "A"}, {"name": "B", "code": "B"})
    first, second = (row["id"] for row in partners.get(_path(partners)).json["listItems"])
    given = [{"id": first, "code": "A"}, {"id": second}, {"code": "NOPE"}]

    answer = partners.send("POST", f"{_path(partners)}?action=delete", body={"items": given})

    assert answer.json["deleted"] == 1
    assert _failures(answer) == [(0, "INCORRECT_FORMAT"), (2, "INCORRECT_FORMAT")]
    assert [row["code"] for row in partners.rows_of("Partners")] == ["A"]


def test_at_most_100_000_items_are_written_at_once(partners: Anaplan) -> None:
    items = [{"code": ""}] * 100_001

    answer = partners.send("PUT", _path(partners), body={"items": items})

    assert answer.status == 400


@pytest.mark.switch("list_read_max")
def test_a_list_of_more_items_than_one_response_holds_is_400(partners: Anaplan) -> None:
    _add(partners, {"name": "A"}, {"name": "B"}, {"name": "C"})
    fits = partners.get(_path(partners)).status
    partners.control.turn(list_read_max=2)

    assert fits == 200
    assert partners.get(_path(partners)).status == 400


def test_a_preview_shows_the_first_1000_items(partners: Anaplan) -> None:
    _add(partners, *({"name": f"N{number}"} for number in range(1001)))

    answer = partners.get(_path(partners).replace("/items", "/preview"), Accept="text/csv")

    rows = answer.raw.decode().splitlines()
    assert len(rows) == 1001
    assert rows[-1].split(",")[1] == "N999"


# --- numbered lists ----------------------------------------------------------------------------


@pytest.fixture
def numbered(anaplan: Anaplan) -> Anaplan:
    """A server with the numbered list Notes."""
    anaplan.build(lists=[{"name": "Notes", "numbered": True}])
    return anaplan


def test_a_numbered_list_takes_codes_and_makes_the_names(numbered: Anaplan) -> None:
    answer = _add(
        numbered,
        {"code": "N1"},
        {"name": "Mine", "code": "N2"},
        {"code": "#7"},
        {"code": "N1"},
        name="Notes",
    )

    assert [row["name"] for row in numbered.rows_of("Notes")] == ["#1"]
    assert _failures(answer) == [
        (1, "INCORRECT_FORMAT"),
        (2, "INCORRECT_FORMAT"),
        (3, "DUPLICATE"),
    ]
    metadata = numbered.get(f"./lists/{numbered.id_of('lists', 'Notes')}").json["metadata"]
    assert metadata["numberedList"] is True
    assert metadata["nextItemIndex"] == 2


def test_list_metadata_describe_properties_and_subsets(anaplan: Anaplan) -> None:
    rank = {"name": "Rank", "format": "NUMBER"}
    made = anaplan.build(lists=[{"name": "Ranked", "properties": [rank], "subsets": ["Best"]}])

    metadata = anaplan.get(f"./lists/{made['lists']['Ranked']}").json["metadata"]

    (described,) = metadata["properties"]
    assert (described["name"], described["formatMetadata"]["dataType"]) == ("Rank", "NUMBER")
    assert [one["name"] for one in metadata["subsets"]] == ["Best"]


def test_an_item_of_a_numbered_list_is_updated_by_its_code_or_else_its_id(
    numbered: Anaplan,
) -> None:
    _add(numbered, {"code": "N1"}, {}, name="Notes")
    rows = numbered.get(_path(numbered, "Notes")).json["listItems"]

    answer = numbered.send(
        "PUT",
        _path(numbered, "Notes"),
        body={
            "items": [
                {"code": "N1"},
                {"id": rows[0]["id"]},
                {"code": "N1", "id": rows[0]["id"]},
                {"name": "#2"},
                {"id": rows[1]["id"]},
            ]
        },
    )

    assert answer.json["updated"] == 2
    assert _failures(answer) == [(number, "INCORRECT_FORMAT") for number in (1, 2, 3)]


def test_only_production_lists_change_in_a_deployed_model(anaplan: Anaplan) -> None:
    anaplan.build(lists=[{"name": "Fixed"}, {"name": "Live", "production": True}])
    anaplan.control.turn(activeState="PRODUCTION")

    assert _add(anaplan, {"name": "A"}, name="Fixed").status == 425
    assert _add(anaplan, {"name": "A"}, name="Live").status == 200


# --- large reads -------------------------------------------------------------------------------


def _start_read(anaplan: Anaplan, path: str, body: object) -> tuple[str, dict[str, Any]]:
    answer = anaplan.send("POST", path, body=body).json
    request = answer.get("viewReadRequest") or answer["listReadRequest"]
    return f"{path}/{request['requestId']}", request


def test_a_large_read_of_a_list_holds_what_the_list_holds(partners: Anaplan) -> None:
    _add(partners, FULL, {"name": "Bare", "code": "B1"})
    path = f"./lists/{partners.id_of('lists', 'Partners')}/readRequests"

    one, request = _start_read(partners, path, {})

    status = partners.get(one).json["listReadRequest"]
    rows = list(csv.DictReader(io.StringIO(partners.get(f"{one}/pages/0").raw.decode())))
    assert request["url"].endswith(request["requestId"])
    assert (status["requestState"], status["successful"]) == ("COMPLETE", True)
    assert [(row["code"], row["Terms"]) for row in rows] == [("A1", "30.0"), ("B1", "")]


def test_pages_appear_while_a_large_read_still_runs(partners: Anaplan) -> None:
    _add(partners, *({"name": f"N{number}"} for number in range(10)))
    partners.control.turn(task_ms=100_000, read_page_rows=1)
    path = f"./lists/{partners.id_of('lists', 'Partners')}/readRequests"
    one, request = _start_read(partners, path, {})
    partners.control.post("clock", {"advance_s": 55})

    status = partners.get(one).json["listReadRequest"]

    assert (request["requestState"], request["availablePages"]) == ("NOT_STARTED", 0)
    assert (status["requestState"], status["availablePages"]) == ("IN_PROGRESS", 5)
    assert partners.get(f"{one}/pages/4").status == 200
    assert partners.get(f"{one}/pages/6").status == 404


def test_every_hundredth_page_keeps_a_large_read_alive(partners: Anaplan) -> None:
    _add(partners, *({"name": f"N{number}"} for number in range(101)))
    partners.control.turn(read_page_rows=1)
    path = f"./lists/{partners.id_of('lists', 'Partners')}/readRequests"
    one, _ = _start_read(partners, path, {})
    twenty = {"advance_s": 20 * 60}
    partners.control.post("clock", twenty)
    partners.get(f"{one}/pages/100")
    partners.control.post("clock", twenty)
    partners.login()
    alive = partners.get(f"{one}/pages/99").status

    partners.control.post("clock", twenty)

    partners.login()
    assert alive == 200
    assert partners.get(one).status == 404


@pytest.mark.switch("large_read")
@pytest.mark.parametrize(("position", "successful"), [("succeeds", True), ("unsuccessful", False)])
def test_a_large_read_may_be_complete_and_have_to_start_again(
    partners: Anaplan, position: str, *, successful: bool
) -> None:
    partners.control.turn(large_read=position)
    path = f"./views/{partners.id_of('views', 'CTL Loads')}/readRequests"

    one, _ = _start_read(partners, path, {"exportType": "TABULAR_MULTI_COLUMN"})

    status = partners.get(one).json["viewReadRequest"]
    assert (status["requestState"], status["successful"]) == ("COMPLETE", successful)
    assert (partners.get(f"{one}/pages/0").status == 200) is successful


@pytest.mark.parametrize(
    ("layout", "first"),
    [
        ("TABULAR_MULTI_COLUMN", "Vendors,Time,Functional Outstanding"),
        ("TABULAR_SINGLE_COLUMN", "Vendors,Time,Line Items,Value"),
        ("GRID_CURRENT_PAGE", "Functional Outstanding"),
        ("GRID_ALL_PAGES", "Functional Outstanding"),
    ],
)
def test_a_view_is_read_in_every_layout(partners: Anaplan, layout: str, first: str) -> None:
    path = f"./views/{partners.id_of('views', 'Commitments')}/readRequests"

    one, _ = _start_read(partners, path, {"exportType": layout})

    assert partners.get(f"{one}/pages/0").raw.decode().splitlines()[0] == first


def test_a_view_is_read_with_at_most_so_many_rows(partners: Anaplan) -> None:
    view = partners.id_of("views", "CTL Loads")

    cells = partners.get(f"./views/{view}/data?format=v1&maxRows=2").json["rows"]
    grid = partners.get(
        f"./views/{view}/data?exportType=GRID_ALL_PAGES&maxRows=2", Accept="text/csv"
    )
    refused = partners.get(f"./views/{view}/data?maxRows=many")

    assert len(cells) == 2
    assert len(grid.raw.decode().splitlines()) == 3
    assert refused.status == 400


def test_a_layout_nobody_knows_is_400(partners: Anaplan) -> None:
    path = f"./views/{partners.id_of('views', 'Commitments')}/readRequests"

    assert partners.send("POST", path, body={"exportType": "CUBE"}).status == 400
