"""Views, calculated modules and large reads (Anaplan sheet §6.3, §6.4, §7.2, §7.4)."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from tests.sandbox.anaplan.service import Anaplan, make_groups, make_lines, make_vendors
from tests.sandbox.anaplan.test_blueprint import load_postings

pytestmark = pytest.mark.usefixtures("orders_only")

LINES = "purchase_order_lines.csv"
MONTHS = "Commitments.Vendors by Month"


def _load_lines(anaplan: Anaplan, *changes: dict[str, str]) -> None:
    numbered = [
        {"TransactionId": f"L{number}"} | change for number, change in enumerate(changes, start=1)
    ]
    anaplan.load(f"PO Lines from {LINES}", make_lines(*numbered))
    anaplan.run("imports", f"DAT PO Lines from {LINES}")


def _read(anaplan: Anaplan, name: str, query: str = "") -> dict[str, Any]:
    view = anaplan.id_of("views", name)
    grid: dict[str, Any] = anaplan.get(f"./views/{view}/data?format=v1{query}").json
    return grid


def _commitments(anaplan: Anaplan, name: str = MONTHS) -> dict[tuple[str, str], str]:
    """Cells that are not zero, by row and column."""
    grid = _read(anaplan, name)
    columns = [column[0] for column in grid["columnCoordinates"]]
    return {
        (row["rowCoordinates"][0], column): cell
        for row in grid["rows"]
        for column, cell in zip(columns, row["cells"], strict=True)
        if cell != "0"
    }


def test_commitments_sum_open_lines_by_vendor_and_month_of_arrival(anaplan: Anaplan) -> None:
    anaplan.fill()
    amount = "FunctionalOutstandingAmount"
    _load_lines(
        anaplan,
        {amount: "10.10"},
        {amount: "0.000001", "ExpectedArrivalDate": "2024-02-29"},
        {amount: "3", "ExpectedArrivalDate": "2024-03-01"},
        {amount: "100", "OnHold": "true"},
        {amount: "100", "Completed": "true"},
        {amount: "100", "Deleted": "true"},
        {amount: "100", "PurchaseOrderType": "Standing"},
        {amount: "100", "ExpectedArrivalDate": ""},
        {amount: "100", "ExpectedArrivalDate": "1899-12-31"},
        {amount: "100", "Vendor": "NOPE"},
    )

    assert _commitments(anaplan) == {("V1", "Feb 24"): "10.100001", ("V1", "Mar 24"): "3"}


def test_the_default_view_also_shows_parents_and_years(anaplan: Anaplan) -> None:
    anaplan.load("Vendor Groups from vendor_groups.csv", make_groups("G1", "G2"))
    anaplan.load("Vendors from vendors.csv", make_vendors("V1,G1", "V2,G1", "V3,NOPE"))
    _load_lines(anaplan, {}, {"Vendor": "V2"}, {"Vendor": "V3"})

    cells = _commitments(anaplan, "Commitments")

    assert cells["G1", "Feb 24"] == "5"
    assert cells["V1", "FY24"] == "2.5"
    assert cells["V3", "Feb 24"] == "2.5"
    rows = [row["rowCoordinates"][0] for row in _read(anaplan, "Commitments")["rows"]]
    assert rows == ["V1", "V2", "G1", "G2", "V3"]


def test_commitments_follow_every_change(anaplan: Anaplan) -> None:
    anaplan.fill()
    _load_lines(anaplan, {})
    before = _commitments(anaplan)

    anaplan.control.send("PATCH", "cells/DAT%20PO%20Lines", {"L1": {"Completed": True}})

    assert before == {("V1", "Feb 24"): "2.5"}
    assert _commitments(anaplan) == {}


def test_ctl_loads_count_items_and_sum_amounts(anaplan: Anaplan) -> None:
    anaplan.fill()
    anaplan.run("imports", "SYS Vendors from vendors.csv")
    anaplan.run("imports", "SYS Vendor Groups from vendor_groups.csv")
    _load_lines(
        anaplan,
        {"FunctionalExtendedCost": "1.5", "Checksum": "999999"},
        {"FunctionalExtendedCost": "-0.25", "Checksum": "2"},
    )

    grid = _read(anaplan, "CTL Loads")

    assert grid["columnCoordinates"] == [["Rows"], ["Amount"], ["Checksum"]]
    assert [(row["rowCoordinates"][0], row["cells"]) for row in grid["rows"]][:4] == [
        ("vendor_groups", ["1", "0", "13"]),
        ("vendors", ["1", "0", "11"]),
        ("purchase_order_lines", ["2", "1.25", "1000001"]),
        ("gl_account_groups", ["0", "0", "0"]),
    ]


@pytest.mark.switch("numbers")
def test_numbers_can_carry_binary_residue(anaplan: Anaplan) -> None:
    anaplan.fill()
    _load_lines(anaplan, {"FunctionalExtendedCost": "62.25"})
    anaplan.control.turn(numbers="binary")

    rows = _read(anaplan, "CTL Loads")["rows"]

    assert rows[2]["cells"] == ["1", "62.25000000000001", "7"]


def test_axes_of_a_view_are_told_and_empty_ones_left_out(anaplan: Anaplan) -> None:
    control = anaplan.get(f"./views/{anaplan.id_of('views', 'CTL Loads')}").json
    commitments = anaplan.get(f"./views/{anaplan.id_of('views', 'Commitments')}").json

    assert [axis["name"] for axis in control["rows"]] == ["Loads"]
    assert "pages" not in control
    assert [axis["name"] for axis in commitments["pages"]] == ["Line Items"]


def test_pages_are_chosen_by_dimension_and_item_or_refused(anaplan: Anaplan) -> None:
    anaplan.fill()
    view = anaplan.id_of("views", "Commitments")
    path = f"./views/{view}/data?format=v1&pages="
    items = anaplan.get(f"./views/{view}/dimensions/101999999999/items").json["items"]

    chosen = anaplan.get(f"{path}101999999999:{items[0]['id']}")
    unknown = anaplan.get(f"{path}20000000003:1")

    assert chosen.json["pages"] == ["Functional Outstanding"]
    assert unknown.status == 400
    assert unknown.json["status"]["message"] == "Invalid page selector [20000000003:1]"


def test_csv_only_quotes_where_the_escaped_form_is_asked_for(anaplan: Anaplan) -> None:
    anaplan.fill()
    _load_lines(anaplan, {"ItemNumber": 'a,"b"'})
    module = anaplan.id_of("modules", "DAT PO Lines")
    path = f"./views/{module}/data?exportType=TABULAR_MULTI_COLUMN&moduleId={module}"

    plain = anaplan.get(path, Accept="text/csv").raw.decode()
    escaped = anaplan.get(path, Accept="text/csv;escaped=true").raw.decode()

    row = next(csv.DictReader(io.StringIO(escaped)))
    assert 'L1,V1,a,"b",PO1' in plain
    assert (row["PO Lines"], row["Item"], row["On Hold"]) == ("L1", 'a,"b"', "false")


def test_a_grid_in_csv_has_a_line_of_pages_and_one_of_columns(anaplan: Anaplan) -> None:
    anaplan.fill()

    text = anaplan.get(f"./views/{anaplan.id_of('views', MONTHS)}/data").raw.decode()

    pages, columns, row = text.splitlines()
    assert pages == "Functional Outstanding"
    assert columns.startswith(",Apr 18,")
    assert row.startswith("V1,0,0")


def test_a_tabular_single_column_has_a_line_per_cell(anaplan: Anaplan) -> None:
    module = anaplan.id_of("modules", "CTL Loads")

    answer = anaplan.get(
        f"./views/{module}/data?exportType=TABULAR_SINGLE_COLUMN&moduleId={module}"
    )

    assert answer.raw.decode().splitlines()[:2] == [
        "Loads,Line Items,Value",
        "vendor_groups,Rows,0",
    ]


def test_a_view_of_more_than_a_million_cells_is_400(anaplan: Anaplan) -> None:
    items = [{"code": f"V{number}"} for number in range(7000)]
    anaplan.control.post("lists/Vendors", {"items": items})

    answer = anaplan.get(f"./views/{anaplan.id_of('views', 'Commitments')}/data?format=v1")

    assert answer.status == 400


@pytest.mark.switch("read_page_header", "read_page_rows")
@pytest.mark.parametrize(("position", "headers"), [("first", 1), ("every", 11)])
def test_a_large_read_comes_in_pages(anaplan: Anaplan, position: str, headers: int) -> None:
    anaplan.control.turn(read_page_rows=1, read_page_header=position)
    view = anaplan.id_of("views", "CTL Loads")
    path = f"./views/{view}/readRequests"

    started = anaplan.send("POST", path, body={"exportType": "TABULAR_MULTI_COLUMN"}).json

    request = started["viewReadRequest"]
    one = f"{path}/{request['requestId']}"
    status = anaplan.get(one).json["viewReadRequest"]
    pages = [anaplan.get(f"{one}/pages/{number}").raw.decode() for number in range(11)]
    dropped = anaplan.send("DELETE", one)
    assert (status["requestState"], status["availablePages"]) == ("COMPLETE", 11)
    assert "".join(pages).count("Loads,Rows,Amount,Checksum") == headers
    assert dropped.status == 200
    assert dropped.json["viewReadRequest"]["requestState"] == "COMPLETE"
    assert anaplan.get(one).status == 404


def test_a_large_read_takes_its_time_and_expires_idle(anaplan: Anaplan) -> None:
    anaplan.fill()
    anaplan.control.turn(task_ms=60_000)
    path = f"./lists/{anaplan.id_of('lists', 'Vendors')}/readRequests"
    request = anaplan.send("POST", path, body={}).json["listReadRequest"]
    one = f"{path}/{request['requestId']}"
    early = anaplan.get(f"{one}/pages/0").status
    anaplan.control.post("clock", {"advance_s": 61})

    page = anaplan.get(f"{one}/pages/0")

    assert request["requestState"] == "NOT_STARTED"
    assert early == 404
    assert page.raw.decode().splitlines()[0].startswith("id,name,code,parent")
    anaplan.control.post("clock", {"advance_s": 31 * 60})
    assert anaplan.get(one).status == 404


def test_an_unfinished_large_read_ends_cancelled(anaplan: Anaplan) -> None:
    anaplan.control.turn(task_ms=60_000)
    path = f"./views/{anaplan.id_of('views', 'CTL Loads')}/readRequests"
    body = {"exportType": "GRID_CURRENT_PAGE"}
    request = anaplan.send("POST", path, body=body).json["viewReadRequest"]

    dropped = anaplan.send("DELETE", f"{path}/{request['requestId']}")

    assert dropped.json["viewReadRequest"]["requestState"] == "CANCELLED"


def test_a_view_can_have_two_dimensions_on_rows_and_pages_besides(anaplan: Anaplan) -> None:
    load_postings(anaplan, {}, {"CostCenter": "200", "JournalTransactionAmount": "1"})
    view = anaplan.id_of("views", "Actuals.Accounts and Cost Centers")
    periods = anaplan.get(f"./views/{view}/dimensions/20000000003/items").json["items"]
    year = next(one["id"] for one in periods if one["name"] == "FY24")

    grid = anaplan.get(f"./views/{view}/data?format=v1&pages=20000000003:{year}").json

    axes = anaplan.get(f"./views/{view}").json
    assert [axis["name"] for axis in axes["rows"]] == ["GL Accounts", "Cost Centers"]
    assert grid["pages"] == ["FY24"]
    assert grid["rows"][0] == {"rowCoordinates": ["6000100", "100"], "cells": ["10.25", "0"]}
    assert grid["rows"][-1] == {"rowCoordinates": ["OPEX", "200"], "cells": ["1", "0"]}


def test_a_saved_view_can_be_filtered(anaplan: Anaplan) -> None:
    cells = anaplan.cells("GL Adjustments")
    approved = [code for code, line in cells.items() if line["Approved"] == "true"]

    rows = _read(anaplan, "GL Adjustments.Approved")["rows"]

    assert [row["rowCoordinates"][0] for row in rows] == approved
    assert 0 < len(approved) < len(cells)
    assert rows[0]["cells"][0] == approved[0]


@pytest.mark.switch("empty_view")
@pytest.mark.parametrize(("position", "status"), [("error", 500), ("empty", 200)])
def test_a_view_without_data_is_an_error_or_empty(
    anaplan: Anaplan, position: str, status: int
) -> None:
    anaplan.control.turn(empty_view=position)

    answer = anaplan.get(f"./views/{anaplan.id_of('views', 'SYS Vendors')}/data?format=v1")

    assert answer.status == status
    assert answer.json.get("rows", []) == []


@pytest.mark.parametrize(("position", "status"), [("error", 500), ("empty", 200)])
def test_a_view_with_an_empty_page_has_no_data_either(
    anaplan: Anaplan, position: str, status: int
) -> None:
    anaplan.control.post("lists/GL%20Accounts", {"items": [{"code": "Salaries"}]})
    anaplan.control.turn(empty_view=position)
    path = f"./views/{anaplan.id_of('views', 'Actuals')}/data"

    answer, grid = anaplan.get(f"{path}?format=v1"), anaplan.get(path)

    assert (answer.status, grid.status) == (status, status)
    assert answer.json.get("rows", []) == []
    assert b"Salaries" not in grid.raw


def test_a_list_that_is_its_own_parent_shows_each_item_once(anaplan: Anaplan) -> None:
    anaplan.build(
        lists=[{"name": "Plants", "parent": "Plants"}],
        modules=[
            {
                "name": "DAT Plants",
                "by": ["Plants"],
                "lineItems": [{"name": "Area", "format": "NUMBER"}],
            }
        ],
    )
    for code, parent in (("Top", None), ("Mid", "Top"), ("One", "Mid"), ("Two", "Top")):
        items = [{"code": code, "parent": parent} if parent else {"code": code}]
        anaplan.control.post("lists/Plants", {"items": items})
    anaplan.control.send("PATCH", "cells/DAT%20Plants", {"One": {"Area": 3}, "Two": {"Area": 4}})

    rows = _read(anaplan, "DAT Plants")["rows"]

    cells = {row["rowCoordinates"][0]: row["cells"][0] for row in rows}
    assert [row["rowCoordinates"][0] for row in rows] == ["One", "Mid", "Two", "Top"]
    assert cells == {"One": "3", "Mid": "3", "Two": "4", "Top": "7"}


def test_a_table_counts_the_cells_of_every_page(anaplan: Anaplan) -> None:
    for name in ("GL Accounts", "Cost Centers"):
        items = [{"code": f"I{number}"} for number in range(90)]
        anaplan.control.post(f"lists/{name.replace(' ', '%20')}", {"items": items})
    view = anaplan.id_of("views", "Actuals")

    page = anaplan.get(f"./views/{view}/data?format=v1")
    table = anaplan.get(f"./views/{view}/data?exportType=TABULAR_MULTI_COLUMN&moduleId={view}")

    assert (page.status, table.status) == (200, 400)


def test_a_line_item_shows_the_members_of_its_dimensions(anaplan: Anaplan) -> None:
    load_postings(anaplan, {})
    module = anaplan.id_of("modules", "Actuals")
    item = anaplan.get(f"./modules/{module}/lineItems").json["items"][0]["id"]
    path = f"./lineItems/{item}/dimensions"

    members = {
        one["name"]: anaplan.get(f"{path}/{one['id']}/items").json["items"][0]["name"]
        for one in anaplan.get(path).json["dimensions"]
    }

    assert members == {"GL Accounts": "6000100", "Cost Centers": "100", "Time": "Apr 18"}
    assert anaplan.get(f"{path}/101000000001/items").status == 404
