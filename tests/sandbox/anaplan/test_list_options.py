"""The options of list imports a builder chooses, on lists made for the test (§5.5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.anaplan.service import Anaplan, counts_of

IMPORT = "Plants from plants.csv"
COLUMNS = {"Code": "Code", "Name": "Name", "Parent": "Parent", "Since": "Since", "Area": "Area"}
PROPERTIES = [{"name": "Since", "format": "DATE"}, {"name": "Area", "format": "NUMBER"}]

Load = Callable[..., dict[str, Any]]


@pytest.fixture
def load(anaplan: Anaplan) -> Load:
    """Loads rows into a list of its own, its own parent, made as the first call says."""
    headers: list[str] = []

    def load(
        *rows: str,
        columns: tuple[str, ...] = ("Code", "Name", "Parent"),
        numbered: bool = False,
        key_properties: tuple[str, ...] = (),
        **options: str,
    ) -> dict[str, Any]:
        if not headers:
            headers.extend(columns)
            anaplan.build(
                lists=[
                    {
                        "name": "Plants",
                        "parent": "Plants",
                        "numbered": numbered,
                        "properties": PROPERTIES,
                    }
                ],
                files=[{"name": "plants.csv", "headers": list(columns)}],
                imports=[
                    {
                        "name": IMPORT,
                        "file": "plants.csv",
                        "target": "Plants",
                        "columns": {one: COLUMNS[one] for one in columns},
                        "keyProperties": key_properties,
                        "options": options,
                    }
                ],
            )
        return anaplan.load(IMPORT, "\n".join([",".join(headers), *rows]) + "\n")

    return load


def _names(anaplan: Anaplan) -> dict[str, str]:
    return {row["code"]: row["name"] for row in anaplan.rows_of("Plants")}


def _errors(task: dict[str, Any]) -> list[tuple[str, str]]:
    return [(row["_Status_"], row["_Error_1_"]) for row in task["dump"]]


def _codes(task: dict[str, Any]) -> set[str]:
    return {detail["type"] for detail in task["result"]["details"][1:]}


# --- identification ----------------------------------------------------------------------------


@pytest.mark.switch("identification")
@pytest.mark.parametrize(
    ("position", "held"),
    [
        ("code", {"P1": "North", "P2": "South", "P9": "East"}),
        ("name", {"P1": "North", "P2": "Middle"}),
        ("name_or_code", {"P1": "North", "P2": "South", "P9": "East"}),
    ],
)
def test_a_row_finds_its_item_by_what_the_switch_says(
    anaplan: Anaplan, load: Load, position: str, held: dict[str, str]
) -> None:
    load("P1,North,", "P2,Middle,")
    anaplan.control.turn(identification=position)

    load("P2,South,", "P9,East,") if position != "name" else load("P2,South,")

    assert _names(anaplan) == held


def test_a_name_finds_the_item_whose_code_the_row_changes(anaplan: Anaplan, load: Load) -> None:
    load("P1,North,", identification="name_or_code")

    task = load("P7,North,")

    assert counts_of(task)["updatedCount"] == "1"
    assert _names(anaplan) == {"P7": "North"}


def test_a_combination_of_properties_finds_the_item(anaplan: Anaplan, load: Load) -> None:
    columns = ("Code", "Name", "Since", "Area")
    key = ("Since", "Area")
    load(
        *("P1,North,2020-01-01,5", "P2,South,2020-01-01,6"),
        columns=columns,
        key_properties=key,
        identification="properties",
    )

    task = load("P9,East,2020-01-01,6.0", "P3,West,2021-01-01,6")

    assert counts_of(task)["createdCount"] == "1"
    assert _names(anaplan) == {"P1": "North", "P9": "East", "P3": "West"}


# --- duplicates --------------------------------------------------------------------------------


@pytest.mark.switch("duplicate_keys")
def test_the_same_key_twice_rejects_the_later_row_or_the_whole_import(
    anaplan: Anaplan, load: Load
) -> None:
    first = load("P1,North,", "P1,South,")
    anaplan.control.turn(duplicate_keys="reject_import")
    whole = load("P2,East,", "P2,West,")

    assert _errors(first) == [("E", "Duplicate key: P1")]
    assert whole["result"]["successful"] is False
    assert whole["result"]["details"][0]["type"] == "hierarchyImportDuplicateSourceKey"
    assert _names(anaplan) == {"P1": "North"}


@pytest.mark.switch("duplicate_targets")
def test_a_key_of_several_items_rejects_its_rows_or_the_whole_import(
    anaplan: Anaplan, load: Load
) -> None:
    columns = ("Code", "Name", "Area")
    load("P1,North,5", columns=columns, key_properties=("Area",), identification="properties")
    anaplan.control.post("lists/Plants", {"items": [{"code": "P2", "properties": {"Area": "5"}}]})

    rows = load("P1,Other,5", "P3,East,7")
    anaplan.control.turn(duplicate_targets="reject_import")
    whole = load("P4,West,8")

    assert _errors(rows) == [("E", "Duplicate key in the target: 5")]
    assert whole["result"]["details"][0]["type"] == "hierarchyImportDuplicateTargetKey"
    assert _names(anaplan) == {"P1": "North", "P2": "P2", "P3": "East"}


# --- names -------------------------------------------------------------------------------------


@pytest.mark.switch("unique_names")
def test_a_name_of_another_item_is_refused_or_gets_a_tilde_and_a_number(
    anaplan: Anaplan, load: Load
) -> None:
    refused = load("P1,North,", "P2,North,")
    anaplan.control.turn(unique_names="append")
    appended = load("P2,North,", "P3,North,")

    assert _errors(refused) == [("E", "Name or code exists: North")]
    assert appended["result"]["failureDumpAvailable"] is False
    assert _names(anaplan) == {"P1": "North", "P2": "North~1", "P3": "North~2"}


# --- numbered lists ----------------------------------------------------------------------------


def test_a_numbered_list_names_its_items_itself_and_keeps_the_code(
    anaplan: Anaplan, load: Load
) -> None:
    load("P1", "P2", columns=("Code",), numbered=True)

    load("P2", "P3")

    assert _names(anaplan) == {"P1": "#1", "P2": "#2", "P3": "#3"}


def test_a_code_that_begins_like_a_numbered_name_is_refused(anaplan: Anaplan, load: Load) -> None:
    task = load("#9", "P1", columns=("Code",), numbered=True)

    assert _errors(task) == [("E", "Invalid code: #9")]
    assert _names(anaplan) == {"P1": "#1"}


def test_matching_by_name_cannot_add_to_a_numbered_list(anaplan: Anaplan, load: Load) -> None:
    columns = ("Name", "Code")
    task = load("Acme,P1", columns=columns, numbered=True, identification="name_or_code")

    assert _errors(task) == [("E", "New entities cannot be added to a numbered list: Acme")]
    assert _names(anaplan) == {}


# --- parents -----------------------------------------------------------------------------------


@pytest.mark.switch("later_parents")
def test_a_parent_whose_row_comes_later_is_not_found_or_found(anaplan: Anaplan, load: Load) -> None:
    early = load("P1,North,P2", "P2,South,")
    anaplan.control.turn(later_parents="found")
    late = load("P3,East,P4", "P4,West,P5", "P5,Top,")

    parents = {row["code"]: row["parent"] for row in anaplan.rows_of("Plants")}
    assert _errors(early) == [("W", "Invalid parent")]
    assert late["result"]["failureDumpAvailable"] is False
    assert parents == {"P1": None, "P2": None, "P3": "West", "P4": "Top", "P5": None}


def test_no_item_comes_to_lie_below_itself(anaplan: Anaplan, load: Load) -> None:
    load("P1,North,", "P2,South,P1", "P3,East,P2")

    task = load("P1,North,P3", "P2,South,P2")
    path = f"./lists/{anaplan.id_of('lists', 'Plants')}/items"
    moves = [{"code": "P1", "parent": "P2"}, {"code": "P3", "parent": "P1"}]
    answer = anaplan.send("PUT", path, body={"items": moves}).json

    assert _errors(task) == [("W", "Invalid parent"), ("W", "Invalid parent")]
    assert (answer["updated"], answer["failures"][0]["failureType"]) == (1, "INCORRECT_FORMAT")
    assert anaplan.items("Plants") == {"P1": None, "P2": "North", "P3": "North"}


# --- properties --------------------------------------------------------------------------------


def test_a_bad_date_leaves_the_property_out_and_loads_the_item(
    anaplan: Anaplan, load: Load
) -> None:
    task = load("P1,2020-02-30,5", "P2,2020-02-29,x", columns=("Code", "Since", "Area"))

    rows = {row["code"]: row["properties"] for row in anaplan.rows_of("Plants")}
    assert _errors(task) == [("W", "Invalid date: 2020-02-30"), ("W", "Invalid number: x")]
    assert _codes(task) == {"dateFormatInvalid", "moduleImportNumberFormat"}
    assert counts_of(task)["warningsCreateCount"] == "2"
    assert rows == {"P1": {"Area": "5.0"}, "P2": {"Since": "2020-02-29"}}


def test_two_problems_of_one_row_stand_in_two_columns_of_its_line(load: Load) -> None:
    task = load("P1,N,NOPE,bad", columns=("Code", "Name", "Parent", "Since"))

    (row,) = task["dump"]
    assert (row["_Status_"], row["_Error_1_"], row["_Error_2_"]) == (
        *("W", "Invalid parent"),
        "Invalid date: bad",
    )


@pytest.mark.switch("blank_cells")
def test_a_blank_property_keeps_what_was_there_until_blanks_clear(
    anaplan: Anaplan, load: Load
) -> None:
    load("P1,5", columns=("Code", "Area"))
    load("P1,")
    kept = anaplan.rows_of("Plants")[0]["properties"]
    anaplan.control.turn(blank_cells="clear")
    load("P1,")

    assert kept == {"Area": "5.0"}
    assert anaplan.rows_of("Plants")[0]["properties"] == {}


# --- what may be missing -----------------------------------------------------------------------


@pytest.mark.switch("list_access")
def test_without_access_items_are_not_updated_or_not_moved(anaplan: Anaplan, load: Load) -> None:
    load("P1,North,", "P2,South,")
    anaplan.control.turn(list_access="no_update")
    no_update = load("P1,Other,")
    anaplan.control.turn(list_access="no_move")
    no_move = load("P1,Other,P2", "P2,South,")

    assert _codes(no_update) == {"hierarchyImportAccessNoUpdate"}
    assert _codes(no_move) == {"hierarchyImportAccessNoMove"}
    assert _names(anaplan) == {"P1": "North", "P2": "South"}


@pytest.mark.switch("unmapped_columns")
def test_a_column_nobody_mapped_or_ignored_is_warned_of(anaplan: Anaplan, load: Load) -> None:
    load("P1", columns=("Code",))
    quiet = anaplan.load(IMPORT, "Code,Extra\nP2,x\n")
    anaplan.control.turn(unmapped_columns="warn")
    warned = anaplan.load(IMPORT, "Code,Extra\nP3,x\n")

    assert len(quiet["result"]["details"]) == 1
    assert warned["result"]["details"][1]["localMessageText"] == "Unmapped columns: Extra"


def test_an_import_that_maps_no_code_goes_by_the_name(anaplan: Anaplan, load: Load) -> None:
    load("North", "South", columns=("Name",))

    task = load("North")

    assert counts_of(task)["updatedCount"] == "1"
    assert [row["name"] for row in anaplan.rows_of("Plants")] == ["North", "South"]


def test_the_item_index_ends_at_999_999_999(anaplan: Anaplan, load: Load) -> None:
    anaplan.build(lists=[{"name": "Old", "numbered": True}])
    load("P1", columns=("Code",))
    anaplan.control.send("PATCH", "lists/Old", {"nextItemIndex": 999_999_999})
    anaplan.control.send("PATCH", f"imports/{IMPORT.replace(' ', '%20')}", {"target": "Old"})

    task = load("O1", "O2")

    assert [row["name"] for row in anaplan.rows_of("Old")] == ["#999999999"]
    assert _errors(task) == [("E", "The list has no item index left")]


def test_options_a_builder_cannot_choose_are_refused(anaplan: Anaplan) -> None:
    with pytest.raises(AssertionError, match="nonsense"):
        anaplan.build(
            imports=[
                {
                    "name": "X",
                    "file": "vendors.csv",
                    "target": "Vendors",
                    "options": {"nonsense": "1"},
                }
            ]
        )
