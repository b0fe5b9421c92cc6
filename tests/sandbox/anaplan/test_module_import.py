"""Module imports: what becomes of each cell (Anaplan sheet §5.4, §5.5)."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.anaplan.service import Anaplan, counts_of, make_groups, make_lines

pytestmark = pytest.mark.usefixtures("orders_only")

LIST = "PO Lines from purchase_order_lines.csv"
MODULE = "DAT PO Lines from purchase_order_lines.csv"
ONE = "S:PO:1:1"
TWO = "S:PO:1:2"


def _load(anaplan: Anaplan, *changes: dict[str, str]) -> dict[str, object]:
    """Load lines into the list, then into the module; returns the module's task."""
    anaplan.load(LIST, make_lines(*changes))
    return anaplan.run("imports", MODULE)


def _line(anaplan: Anaplan, code: str = ONE) -> dict[str, str]:
    return anaplan.cells("DAT PO Lines")[code]


def test_every_mapped_column_reaches_its_line_item(anaplan: Anaplan) -> None:
    anaplan.fill()

    task = _load(anaplan, {})

    assert _line(anaplan) == {
        "Vendor": "V1",
        "Item": "I1",
        "Order Number": "PO1",
        "Order Date": "2024-01-05",
        "Expected Arrival Date": "2024-02-10",
        "Order Type": "Active",
        "On Hold": "false",
        "Completed": "false",
        "Deleted": "false",
        "Quantity Ordered": "2",
        "Quantity Received": "0",
        "Quantity Canceled": "0",
        "Quantity Outstanding": "2",
        "Unit Cost": "1.25",
        "Amount": "2.5",
        "Outstanding Amount": "2.5",
        "Currency": "USD",
        "Functional Amount": "2.5",
        "Functional Outstanding": "2.5",
        "Expense Account": "6000",
        "Checksum": "7",
    }
    assert counts_of(task)["successRowCount"] == "1"


def test_a_row_whose_item_is_unknown_is_rejected(anaplan: Anaplan) -> None:
    anaplan.fill()

    task = anaplan.load(MODULE, make_lines({"TransactionId": "NOPE"}))

    assert task["result"]["successful"] is True
    assert task["dump"][0]["_Status_"] == "E"
    assert task["dump"][0]["_Error_1_"] == "Invalid list identifier: NOPE"
    assert counts_of(task)["failedCount"] == "1"


@pytest.mark.parametrize(
    ("header", "text", "message"),
    [
        ("Vendor", "NOPE", "Invalid list identifier: NOPE"),
        ("UnitCost", "1,5", "Invalid number: 1,5"),
        ("UnitCost", "1e5", "Invalid number: 1e5"),
        ("UnitCost", "NaN", "Invalid number: NaN"),
        ("UnitCost", "9" * 400, f"Invalid number: {'9' * 400}"),
        ("OrderDate", "05/01/2024", "Invalid date: 05/01/2024"),
        ("OrderDate", "2024-02-30", "Invalid date: 2024-02-30"),
        ("OnHold", "maybe", "Invalid boolean: maybe"),
    ],
)
def test_a_cell_that_does_not_fit_is_left_out_and_warned_of(
    anaplan: Anaplan, header: str, text: str, message: str
) -> None:
    anaplan.fill()
    _load(anaplan, {})
    before = _line(anaplan)

    task = _load(anaplan, {header: text, "ItemNumber": "I2"})

    assert task["dump"][0]["_Status_"] == "W"  # type: ignore[index]  # rows of the dump
    assert task["dump"][0]["_Error_1_"] == message  # type: ignore[index]  # as above
    assert _line(anaplan) == before | {"Item": "I2"}
    assert counts_of(task)["warningsRowCount"] == "1"


@pytest.mark.switch("blank_cells")
def test_a_cell_that_does_not_fit_stays_even_where_blanks_clear(anaplan: Anaplan) -> None:
    anaplan.fill()
    anaplan.control.turn(blank_cells="clear")
    _load(anaplan, {})

    _load(anaplan, {"Vendor": "NOPE"})

    assert _line(anaplan)["Vendor"] == "V1"


@pytest.mark.switch("invalid_cell")
@pytest.mark.parametrize(("position", "status", "item"), [("warn", "W", "I1"), ("reject", "E", "")])
def test_cells_that_do_not_fit_warn_or_reject_the_row(
    anaplan: Anaplan, position: str, status: str, item: str
) -> None:
    anaplan.fill()
    anaplan.control.turn(invalid_cell=position)

    task = _load(anaplan, {"UnitCost": "x", "OnHold": "y"})

    row = task["dump"][0]  # type: ignore[index]  # rows of the dump
    assert row["_Status_"] == status
    assert {row["_Error_1_"], row["_Error_2_"]} == {"Invalid number: x", "Invalid boolean: y"}
    assert _line(anaplan)["Item"] == item


def test_booleans_may_be_yes_or_no_in_any_case(anaplan: Anaplan) -> None:
    anaplan.fill()

    _load(anaplan, {"OnHold": "YES", "Completed": "True", "Deleted": "no"})

    line = _line(anaplan)
    assert (line["On Hold"], line["Completed"], line["Deleted"]) == ("true", "true", "false")


def test_rows_that_meet_in_one_cell_are_added_up(anaplan: Anaplan) -> None:
    anaplan.fill()

    _load(anaplan, {"ItemNumber": "I1"}, {"ItemNumber": "I2"})

    line = _line(anaplan)
    assert (line["Amount"], line["Quantity Ordered"]) == ("5", "4")
    assert line["Item"] == "I2"


@pytest.mark.switch("repeated_cells")
@pytest.mark.parametrize(("position", "item"), [("last_wins", "I2"), ("first_wins", "I1")])
def test_of_texts_that_meet_the_last_or_the_first_wins(
    anaplan: Anaplan, position: str, item: str
) -> None:
    anaplan.fill()
    anaplan.control.turn(repeated_cells=position)

    _load(anaplan, {"ItemNumber": "I1"}, {"ItemNumber": "I2"})

    assert _line(anaplan)["Item"] == item


def test_a_second_load_replaces_and_does_not_add(anaplan: Anaplan) -> None:
    anaplan.fill()
    _load(anaplan, {})

    _load(anaplan, {"ExtendedCost": "7"})

    assert _line(anaplan)["Amount"] == "7"


@pytest.mark.switch("blank_cells")
@pytest.mark.parametrize(("position", "item"), [("keep", "I1"), ("clear", "")])
def test_a_blank_cell_keeps_or_clears(anaplan: Anaplan, position: str, item: str) -> None:
    anaplan.fill()
    _load(anaplan, {})
    anaplan.control.turn(blank_cells=position)

    _load(anaplan, {"ItemNumber": ""})

    assert _line(anaplan)["Item"] == item


@pytest.mark.switch("clear_target")
@pytest.mark.parametrize(
    ("position", "first", "second"),
    [("update_only", "I1", "I1"), ("source_items", "I1", ""), ("all_items", "", "")],
)
def test_the_target_is_cleared_as_far_as_the_import_says(
    anaplan: Anaplan, position: str, first: str, second: str
) -> None:
    anaplan.fill()
    _load(anaplan, {}, {"TransactionId": TWO})
    anaplan.control.turn(clear_target=position)

    _load(anaplan, {"TransactionId": TWO, "ItemNumber": ""})

    cells = anaplan.cells("DAT PO Lines")
    assert (cells[ONE]["Item"], cells[TWO]["Item"]) == (first, second)


@pytest.mark.switch("clear_target")
def test_a_file_without_data_clears_nothing(anaplan: Anaplan) -> None:
    anaplan.fill()
    _load(anaplan, {})
    anaplan.control.turn(clear_target="all_items")

    anaplan.load(MODULE, make_lines({}).splitlines()[0] + "\n")

    assert _line(anaplan)["Item"] == "I1"


def test_a_calculated_target_is_ignored_and_counted(anaplan: Anaplan) -> None:
    name = "SYS Vendor Groups from vendor_groups.csv"
    mapping = {"columns": {"Status": "Amount"}, "target": "CTL Loads"}
    anaplan.control.send("PATCH", f"imports/{quote(name)}", mapping)

    task = anaplan.load(name, make_groups("vendors"))

    assert counts_of(task)["ignoredCount"] == "1"
    assert task["result"]["failureDumpAvailable"] is False


@pytest.mark.switch("module_values")
@pytest.mark.parametrize(
    ("position", "key"), [("rows", "successRowCount"), ("cells", "cellsChanged"), ("none", "")]
)
def test_the_values_of_a_module_import_are_anybody_s_guess(
    anaplan: Anaplan, position: str, key: str
) -> None:
    anaplan.fill()
    anaplan.control.turn(module_values=position)

    task = _load(anaplan, {})

    detail = task["result"]["details"][0]  # type: ignore[index]  # a task's result
    known = {"successRowCount", "cellsChanged"} & set(detail.get("values", []))
    assert known == ({key} if key else set())
    assert ("values" in detail) is bool(key)


def test_a_missing_key_column_fails_the_import(anaplan: Anaplan) -> None:
    anaplan.fill()

    task = anaplan.load(MODULE, make_lines({}).replace("TransactionId", "Id"))

    assert task["result"]["details"][0]["type"] == "missingFields"


def test_a_text_of_100_kilobytes_with_everything_in_it_arrives_whole(anaplan: Anaplan) -> None:
    anaplan.fill()
    text = ('Ä "quoted", comma;\r\nnext line\t\0' * 4000)[:100_000]

    _load(anaplan, {"ItemNumber": text})

    assert _line(anaplan)["Item"] == text


@given(
    amounts=st.lists(
        st.decimals(min_value=-(10**15), max_value=10**15, places=6), min_size=1, max_size=8
    )
)
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_sums_are_exact(anaplan: Anaplan, amounts: list[Decimal]) -> None:
    anaplan.control.post("reset", {})
    anaplan.control.turn(task_ms=0, process_imports="orders")
    anaplan.login()
    rows = [
        {"TransactionId": f"L{number}", "FunctionalExtendedCost": format(amount, "f")}
        for number, amount in enumerate(amounts)
    ]

    _load(anaplan, *rows)

    view = anaplan.id_of("views", "CTL Loads")
    grid = anaplan.get(f"./views/{view}/data?format=v1").json
    lines = next(r for r in grid["rows"] if r["rowCoordinates"] == ["purchase_order_lines"])
    assert Decimal(lines["cells"][1]) == sum(amounts)
    assert lines["cells"][0] == str(len(amounts))
