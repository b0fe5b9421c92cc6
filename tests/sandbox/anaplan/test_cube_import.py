"""Module imports into several dimensions: lists, time and versions (§5.5, §9.4, §9.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.anaplan.service import Anaplan, counts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

IMPORT = "Plan from plan.csv"
ASKED_ACTUAL = {"entityType": "Version", "entityName": "Actual"}
HEADERS = ("Plant", "Line", "Period", "Amount", "Note")
LISTS: dict[str, list[dict[str, str]]] = {
    "Sites": [{"code": "S1"}],
    "Plants": [{"code": "P1", "parent": "S1"}, {"code": "P2", "name": "South", "parent": "S1"}],
    "Lines": [{"code": "L1"}, {"code": "L2"}],
}


@pytest.fixture
def plan(anaplan: Anaplan) -> Callable[..., None]:
    """Makes module Plan by plants, lines and time, and the import the test describes."""

    def make(
        *dimensions: dict[str, object],
        by: Iterable[str] = ("Plants", "Lines", "Time"),
        columns: dict[str, str] | None = None,
        headers: Iterable[str] = HEADERS,
        value_column: str = "",
        **options: str,
    ) -> None:
        anaplan.build(
            lists=[
                {"name": "Sites"},
                {"name": "Plants", "parent": "Sites"},
                {"name": "Lines"},
            ],
            modules=[
                {
                    "name": "Plan",
                    "by": list(by),
                    "lineItems": [
                        {"name": "Amount", "format": "NUMBER"},
                        {"name": "Note"},
                        {"name": "Double", "format": "NUMBER", "formula": "Amount * 2"},
                    ],
                }
            ],
            files=[{"name": "plan.csv", "headers": list(headers)}],
            imports=[
                {
                    "name": IMPORT,
                    "file": "plan.csv",
                    "target": "Plan",
                    "key": "Plant",
                    "columns": {"Amount": "Amount", "Note": "Note"} if columns is None else columns,
                    "valueColumn": value_column,
                    "dimensions": dimensions,
                    "options": options,
                }
            ],
        )
        for name, items in LISTS.items():
            anaplan.control.post(f"lists/{name}", {"items": items})

    return make


LINE = {"dimension": "Lines", "column": "Line"}
PERIOD = {"dimension": "Time", "column": "Period"}


def _load(anaplan: Anaplan, *rows: str, headers: Iterable[str] = HEADERS) -> dict[str, Any]:
    return anaplan.load(IMPORT, "\n".join([",".join(headers), *rows]) + "\n")


def _amounts(anaplan: Anaplan) -> dict[str, str]:
    return {at: cells["Amount"] for at, cells in anaplan.cells("Plan").items() if "Amount" in cells}


def _errors(task: dict[str, Any]) -> list[tuple[str, str]]:
    return [(row["_Status_"], row["_Error_1_"]) for row in task["dump"]]


# --- where rows belong -------------------------------------------------------------------------


def test_rows_of_several_dimensions_land_where_they_meet_and_are_added_up(
    anaplan: Anaplan, plan: Callable[..., None]
) -> None:
    plan(LINE, PERIOD)

    task = _load(anaplan, "P1,L1,Jan 24,10.5,a", "P1,L2,Jan 24,2,", "P1,L1,Jan 24,1.5,b")

    assert task["result"]["successful"] is True
    assert counts_of(task)["successUpdateCount"] == "3"
    assert anaplan.cells("Plan") == {
        "P1 | L1 | Jan 24": {"Amount": "12", "Note": "b"},
        "P1 | L2 | Jan 24": {"Amount": "2"},
    }


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("", "Feb 24"),
        ("names", "Feb 24"),
        ("Y-M-D", "2024-02-29"),
        ("Y-M-D", "24/Feb/1"),
        ("Y-D-M", "2024.29.02"),
        ("D-M-Y", "29 Feb 2024"),
        ("M-D-Y", "2/9/24"),
        ("YYYYMMDD", "20240229"),
        ("YYYYDDMM", "20242902"),
        ("DDMMYYYY", "29022024"),
        ("MMDDYYYY", "02292024"),
        ("YYMMDD", "240229"),
        ("YYDDMM", "242902"),
        ("DDMMYY", "290224"),
        ("MMDDYY", "022924"),
    ],
)
def test_dates_of_every_form_are_folded_into_their_month(
    anaplan: Anaplan, plan: Callable[..., None], form: str, text: str
) -> None:
    plan(LINE, PERIOD | {"dates": form})

    _load(anaplan, f"P1,L1,{text},1,")

    assert _amounts(anaplan) == {"P1 | L1 | Feb 24": "1"}


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("", "Jan 99"),
        ("", "January 2024"),
        ("Y-M-D", "2024-02-30"),
        ("Y-M-D", "1999-01-01"),
        ("Y-M-D", "2024-01"),
        ("M-D-Y", "Feb 9 4"),
        ("YYYYMMDD", "2024011"),
        ("YYYYMMDD", "2024O101"),
    ],
)
def test_a_period_outside_the_calendar_rejects_the_row(
    anaplan: Anaplan, plan: Callable[..., None], form: str, text: str
) -> None:
    plan(LINE, PERIOD | {"dates": form})

    task = _load(anaplan, f"P1,L1,{text},1,")

    assert _errors(task) == [("E", f"Item not found in calendar: {text}")]
    assert task["result"]["details"][1]["type"] == "moduleImportInvalidTimeEntityIdentifier"


def test_periods_matched_by_hand_are_found(anaplan: Anaplan, plan: Callable[..., None]) -> None:
    plan(LINE, PERIOD | {"matches": {"P01": "Jan 24"}})

    _load(anaplan, "P1,L1,P01,1,")

    assert _amounts(anaplan) == {"P1 | L1 | Jan 24": "1"}


def test_periods_may_be_the_headers_of_the_columns(
    anaplan: Anaplan, plan: Callable[..., None]
) -> None:
    headers = ("Plant", "Jan 24", "Feb 24")
    plan(
        {"dimension": "Lines", "fixed": "L1"},
        {"dimension": "Time", "inHeaders": True},
        headers=headers,
        columns={"Jan 24": "Amount", "Feb 24": "Amount"},
    )

    _load(anaplan, "P1,3,4", headers=headers)

    assert _amounts(anaplan) == {"P1 | L1 | Jan 24": "3", "P1 | L1 | Feb 24": "4"}


def test_line_items_may_lie_in_rows(anaplan: Anaplan, plan: Callable[..., None]) -> None:
    headers = ("Plant", "Line", "Period", "Measure", "Value")
    plan(
        *(LINE, PERIOD, {"dimension": "Line Items", "column": "Measure"}),
        headers=headers,
        columns={},
        value_column="Value",
    )

    task = _load(
        anaplan,
        "P1,L1,Jan 24,Amount,5",
        "P1,L1,Jan 24,Note,x",
        "P1,L1,Jan 24,Double,9",
        "P1,L1,Jan 24,Price,9",
        headers=headers,
    )

    assert anaplan.cells("Plan") == {"P1 | L1 | Jan 24": {"Amount": "5", "Note": "x"}}
    assert counts_of(task)["ignoredCount"] == "1"
    assert _errors(task) == [("E", "Invalid line item identifier: Price")]


@pytest.mark.switch("row_identification")
@pytest.mark.parametrize(
    ("position", "places"),
    [
        ("code", ["P2 | L1 | Jan 24"]),
        ("name", ["P2 | L1 | Feb 24"]),
        ("name_or_code", ["P2 | L1 | Jan 24", "P2 | L1 | Feb 24"]),
    ],
)
def test_list_items_are_found_by_code_or_name(
    anaplan: Anaplan, plan: Callable[..., None], position: str, places: list[str]
) -> None:
    plan(LINE, PERIOD)
    anaplan.control.turn(row_identification=position)

    _load(anaplan, "P2,L1,Jan 24,1,", "South,L1,Feb 24,1,")

    assert list(_amounts(anaplan)) == places


def test_an_unknown_item_of_any_list_rejects_the_row(
    anaplan: Anaplan, plan: Callable[..., None]
) -> None:
    plan(LINE, PERIOD)

    task = _load(anaplan, "P9,L1,Jan 24,1,", "P1,L9,Jan 24,1,", "P1,,Jan 24,1,")

    assert _errors(task) == [
        ("E", "Invalid list identifier: P9"),
        ("E", "Invalid list identifier: L9"),
        ("E", "Invalid list identifier: "),
    ]


def test_totals_and_blank_rows_are_ignored_without_an_error(
    anaplan: Anaplan, plan: Callable[..., None]
) -> None:
    plan(LINE, PERIOD)

    task = _load(
        anaplan,
        "S1,L1,Jan 24,1,",
        "P1,L1,FY24,1,",
        "P1,L1,Q1 FY24,1,",
        ",,,,",
        "P1,L1,Jan 24,1,",
    )

    assert counts_of(task)["ignoredCount"] == "4"
    assert task["result"]["failureDumpAvailable"] is False
    assert _amounts(anaplan) == {"P1 | L1 | Jan 24": "1"}


def test_a_parent_is_ignored_by_a_module_of_one_list_too(anaplan: Anaplan) -> None:
    anaplan.fill()
    headers = "VendorNumber,VendorName,ShortName,GroupCode,Status,OnHold,CurrencyCode,Terms,"
    rows = "G1,N,N,G1,A,,USD,N30,,,1\nV1,N,N,G1,A,,USD,N30,,,1\n"

    task = anaplan.load("SYS Vendors from vendors.csv", headers + "City,Country,Checksum\n" + rows)

    counts = counts_of(task)
    assert (counts["ignoredCount"], counts["failedCount"]) == ("1", "0")


def test_a_cell_that_does_not_fit_is_left_out_of_its_row(
    anaplan: Anaplan, plan: Callable[..., None]
) -> None:
    plan(LINE, PERIOD)

    task = _load(anaplan, "P1,L1,Jan 24,much,a")
    anaplan.control.turn(invalid_cell="reject")
    rejected = _load(anaplan, "P1,L1,Feb 24,much,a")

    assert _errors(task) == [("W", "Invalid number: much")]
    assert _errors(rejected) == [("E", "Invalid number: much")]
    assert anaplan.cells("Plan") == {"P1 | L1 | Jan 24": {"Note": "a"}}


# --- versions ----------------------------------------------------------------------------------


def test_a_version_asked_for_is_answered_by_mapping_parameters(
    anaplan: Anaplan, plan: Callable[..., None]
) -> None:
    plan({"dimension": "Versions", "asks": True}, by=("Plants", "Versions"))
    rows = "Plant,Line,Period,Amount,Note\nP1,,,7,\n"

    unanswered = anaplan.load(IMPORT, rows)
    unknown = anaplan.load(IMPORT, rows, {"entityType": "Version", "entityName": "Budget"})
    answered = anaplan.load(IMPORT, rows, ASKED_ACTUAL)

    failures = [one["result"]["details"][0]["type"] for one in (unanswered, unknown)]
    assert failures == ["failedToLocateEntity"] * 2
    assert answered["result"]["successful"] is True
    assert _amounts(anaplan) == {"P1 | Actual": "7"}


def test_answers_in_a_process_may_name_the_import_they_are_for(
    anaplan: Anaplan, plan: Callable[..., None]
) -> None:
    plan({"dimension": "Versions", "asks": True}, by=("Plants", "Versions"))
    anaplan.build(processes=[{"name": "Load plan", "actions": [IMPORT]}])
    anaplan.upload("plan.csv", "Plant,Line,Period,Amount,Note\nP1,,,7,\n")
    mine = {"importId": anaplan.id_of("imports", IMPORT)}

    other = anaplan.run("processes", "Load plan", ASKED_ACTUAL | {"importId": "112000000001"})
    own = anaplan.run(
        "processes", "Load plan", {"entityType": "Version", "entityName": "Forecast"} | mine
    )

    assert other["result"]["successful"] is False
    assert own["result"]["successful"] is True
    assert _amounts(anaplan) == {"P1 | Forecast": "7"}


@pytest.mark.parametrize(
    ("mapped", "place"),
    [
        ({"fixed": "Forecast"}, "P1 | Forecast"),
        ({"column": "Line"}, "P1 | Actual"),
    ],
)
def test_a_version_may_be_fixed_or_in_a_column(
    anaplan: Anaplan, plan: Callable[..., None], mapped: dict[str, str], place: str
) -> None:
    plan({"dimension": "Versions", **mapped}, by=("Plants", "Versions"))

    _load(anaplan, "P1,Actual,,7,")

    assert _amounts(anaplan) == {place: "7"}


def test_an_import_that_maps_no_dimension_of_its_module_fails(
    anaplan: Anaplan, plan: Callable[..., None]
) -> None:
    plan(LINE)

    task = _load(anaplan, "P1,L1,Jan 24,1,")

    assert task["result"]["details"][0]["type"] == "failedToLocateEntity"


# --- clearing ----------------------------------------------------------------------------------


@pytest.mark.switch("clear_target")
@pytest.mark.parametrize(
    ("position", "kept"),
    [
        ("update_only", {"P1 | L1", "P1 | L2", "P2 | L1", "P2 | L2"}),
        ("source_items", {"P1 | L1", "P1 | L2", "P2 | L1", "P2 | L2"}),
        ("mapped_items", {"P1 | L1"}),
        ("all_items", {"P1 | L1"}),
    ],
)
def test_clearing_reaches_as_far_as_its_scope(
    anaplan: Anaplan, plan: Callable[..., None], position: str, kept: set[str]
) -> None:
    plan(LINE, PERIOD)
    anaplan.control.turn(clear_target="mapped_items")
    _load(anaplan, "P1,L1,Jan 24,1,", "P1,L2,Jan 24,1,", "P2,L1,Jan 24,1,", "P2,L2,Jan 24,1,")
    anaplan.control.turn(clear_target=position)

    _load(anaplan, "P1,L1,Jan 24,9,")

    amounts = _amounts(anaplan)
    assert {at.removesuffix(" | Jan 24") for at in amounts} == kept
    assert amounts["P1 | L1 | Jan 24"] == "9"


def test_clearing_the_source_s_items_empties_cells_the_rows_do_not_name(
    anaplan: Anaplan, plan: Callable[..., None]
) -> None:
    plan(LINE, PERIOD, clear_target="source_items")
    _load(anaplan, "P1,L1,Jan 24,1,", "P2,L2,Jan 24,1,", "P1,L2,Feb 24,1,")

    _load(anaplan, "P1,L2,Jan 24,5,", "P2,L1,Jan 24,6,")

    assert _amounts(anaplan) == {
        "P1 | L2 | Jan 24": "5",
        "P1 | L2 | Feb 24": "1",
        "P2 | L1 | Jan 24": "6",
    }


def test_a_dimension_may_have_a_scope_of_its_own(
    anaplan: Anaplan, plan: Callable[..., None]
) -> None:
    plan(LINE | {"clears": "all_items"}, PERIOD, clear_target="source_items")
    _load(anaplan, "P1,L1,Jan 24,1,", "P1,L2,Jan 24,1,", "P2,L2,Jan 24,1,")

    _load(anaplan, "P1,L1,Jan 24,5,")

    assert _amounts(anaplan) == {"P1 | L1 | Jan 24": "5", "P2 | L2 | Jan 24": "1"}


@pytest.mark.switch("clear_time")
@pytest.mark.parametrize(
    ("position", "kept"),
    [
        ("source_periods", {"Jan 24", "Feb 24", "Mar 24", "Apr 24"}),
        ("from_current_period", {"Jan 24", "Feb 24"}),
        ("all_periods", {"Feb 24"}),
    ],
)
def test_clearing_on_time_has_options_of_its_own(
    anaplan: Anaplan, plan: Callable[..., None], position: str, kept: set[str]
) -> None:
    plan(LINE, PERIOD, clear_target="all_items")
    anaplan.control.post("clock", {"set": "2024-03-10T12:00:00Z"})
    anaplan.login()
    for month in ("Jan 24", "Feb 24", "Mar 24", "Apr 24"):
        _load(anaplan, f"P1,L1,{month},1,")
    anaplan.control.turn(clear_time=position)

    _load(anaplan, "P1,L1,Feb 24,9,")

    assert {at.rpartition(" | ")[2] for at in _amounts(anaplan)} == kept


def test_a_file_without_rows_clears_nothing(anaplan: Anaplan, plan: Callable[..., None]) -> None:
    plan(LINE, PERIOD, clear_target="all_items")
    _load(anaplan, "P1,L1,Jan 24,1,")

    _load(anaplan)

    assert _amounts(anaplan) == {"P1 | L1 | Jan 24": "1"}


# --- failures and reads ------------------------------------------------------------------------


@pytest.mark.switch("module_access")
def test_without_write_access_the_whole_import_fails(
    anaplan: Anaplan, plan: Callable[..., None]
) -> None:
    plan(LINE, PERIOD)
    allowed = _load(anaplan, "P1,L1,Jan 24,1,")
    anaplan.control.turn(module_access="none")
    refused = _load(anaplan, "P1,L1,Jan 24,2,")

    assert allowed["result"]["successful"] is True
    assert refused["result"]["details"][0]["type"] == "moduleImportNoWriteAccess"
    assert _amounts(anaplan) == {"P1 | L1 | Jan 24": "1"}


def test_what_was_loaded_is_read_back_with_its_totals(
    anaplan: Anaplan, plan: Callable[..., None]
) -> None:
    plan(LINE, PERIOD)
    _load(anaplan, "P1,L1,Jan 24,1,", "P2,L1,Jan 24,2,", "P1,L1,Feb 24,4,")
    view = anaplan.id_of("modules", "Plan")

    answer = anaplan.get(f"./views/{view}/data?format=v1", Accept="application/json").json

    by_row = {row["rowCoordinates"][0]: row["cells"] for row in answer["rows"]}
    columns = [one[0] for one in answer["columnCoordinates"]]
    january, year = columns.index("Jan 24"), columns.index("FY24")
    assert (by_row["P1"][january], by_row["S1"][january]) == ("1", "3")
    assert by_row["P1"][year] == "5"


def test_a_cell_of_several_dimensions_is_written_where_every_one_is_named(
    anaplan: Anaplan, plan: Callable[..., None]
) -> None:
    plan(LINE, PERIOD, by=("Plants", "Lines", "Time", "Versions"))
    place = [
        {"dimensionName": "Plants", "itemCode": "P1"},
        {"dimensionName": "Lines", "itemName": "L1"},
        {"dimensionId": "20000000003", "itemName": "Jan 24"},
        {"dimensionName": "Version", "itemName": "Actual"},
    ]

    def change(position: int, **named: str) -> list[dict[str, str]]:
        changed = [dict(one) for one in place]
        changed[position] = {"dimensionName": changed[position].get("dimensionName", "Time")}
        changed[position] |= named
        return changed

    wrong = [
        place[:3],
        change(0, itemCode="S1"),
        change(0, itemCode="P9"),
        change(2, itemName="FY24"),
        change(2, itemName="Jan 99"),
        change(3, itemName="Budget"),
    ]
    cells = [{"lineItemName": "Amount", "dimensions": one, "value": 5} for one in (place, *wrong)]

    answer = anaplan.send("POST", f"./modules/{anaplan.id_of('modules', 'Plan')}/data", body=cells)

    assert answer.json["numberOfCellsChanged"] == 1
    assert [one["failureType"] for one in answer.json["failures"]] == [
        *("dimensionMissing", "cellIsAggregate", "itemNotFound", "cellIsAggregate"),
        *("itemNotFound", "itemNotFound"),
    ]
    assert _amounts(anaplan) == {"P1 | L1 | Jan 24 | Actual": "5"}


def test_deleting_an_item_takes_its_cells_along(
    anaplan: Anaplan, plan: Callable[..., None]
) -> None:
    plan(LINE, PERIOD)
    _load(anaplan, "P1,L1,Jan 24,1,", "P1,L2,Jan 24,2,")

    anaplan.control.send("DELETE", "lists/Lines", {"codes": ["L1"]})

    assert _amounts(anaplan) == {"P1 | L2 | Jan 24": "2"}


def test_a_snapshot_brings_cells_of_several_dimensions_back(
    anaplan: Anaplan, plan: Callable[..., None]
) -> None:
    plan(LINE, PERIOD)
    _load(anaplan, "P1,L1,Jan 24,1,")
    anaplan.control.post("snapshot", {})
    _load(anaplan, "P1,L1,Jan 24,2,")

    anaplan.control.post("restore", {})

    assert _amounts(anaplan) == {"P1 | L1 | Jan 24": "1"}


def test_every_line_item_of_a_made_module_can_be_read_calculated_ones_as_zero(
    anaplan: Anaplan, plan: Callable[..., None]
) -> None:
    plan(LINE, PERIOD, by=("Plants", "Versions"))
    module = anaplan.id_of("modules", "Plan")

    table = anaplan.get(
        f"./views/{module}/data?exportType=TABULAR_MULTI_COLUMN&moduleId={module}",
        Accept="text/csv",
    )

    rows = table.raw.decode().splitlines()
    assert rows[0] == "Plants,Versions,Amount,Note,Double"
    assert "P1,Actual,0,,0" in rows


def test_what_a_builder_made_survives_his_work_on_the_blueprint(
    anaplan: Anaplan, plan: Callable[..., None]
) -> None:
    plan(LINE, PERIOD)
    _load(anaplan, "P1,L1,Jan 24,1,")

    anaplan.control.turn(process_imports="all")

    _load(anaplan, "P1,L2,Jan 24,2,")
    assert _amounts(anaplan) == {"P1 | L1 | Jan 24": "1", "P1 | L2 | Jan 24": "2"}
