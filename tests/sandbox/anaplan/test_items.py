"""List items and cells through the transactional API (Anaplan sheet §7.1, §7.3)."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.anaplan.service import Anaplan, make_lines

if TYPE_CHECKING:
    from tests.sandbox.web import Answer

pytestmark = pytest.mark.usefixtures("orders_only")

STANDARD = ("standard@example.com", "Standard-4-Sandbox!")
LINE = "S:PO:1:1"


def _path(anaplan: Anaplan, name: str = "Vendors") -> str:
    return f"./lists/{anaplan.id_of('lists', name)}/items"


def _add(anaplan: Anaplan, *items: dict[str, str]) -> Answer:
    return anaplan.send("POST", f"{_path(anaplan)}?action=add", body={"items": list(items)})


def _write(anaplan: Anaplan, *cells: dict[str, object], module: str = "DAT PO Lines") -> Answer:
    path = f"./modules/{anaplan.id_of('modules', module)}/data"
    return anaplan.send("POST", path, body=list(cells))


def _cell(line_item: str, value: object, *, code: str = LINE) -> dict[str, object]:
    place = [{"dimensionName": "PO Lines", "itemCode": code}]
    return {"lineItemName": line_item, "dimensions": place, "value": value}


@pytest.fixture
def one_line(anaplan: Anaplan) -> Anaplan:
    anaplan.fill()
    anaplan.load("PO Lines from purchase_order_lines.csv", make_lines({}))
    return anaplan


def test_items_are_read_whole_with_parents_where_asked(anaplan: Anaplan) -> None:
    anaplan.fill()

    full = anaplan.get(f"{_path(anaplan)}?includeAll=true").json["listItems"][0]
    bare = anaplan.get(_path(anaplan)).json["listItems"][0]

    assert (full["code"], full["parent"], full["listName"]) == ("V1", "G1", "Vendors")
    assert full["parentId"] != full["id"]
    assert set(bare) == {"id", "name", "code"}


def test_items_are_read_as_csv(anaplan: Anaplan) -> None:
    anaplan.fill()

    answer = anaplan.get(f"{_path(anaplan)}?includeAll=true", Accept="text/csv")

    rows = list(csv.DictReader(io.StringIO(answer.raw.decode())))
    assert (rows[0]["code"], rows[0]["parent"]) == ("V1", "G1")


def test_an_empty_list_has_no_items_key(anaplan: Anaplan) -> None:
    assert "listItems" not in anaplan.get(_path(anaplan)).json


def test_added_items_are_counted_and_known_ones_are_duplicates(anaplan: Anaplan) -> None:
    anaplan.fill()

    body = _add(
        anaplan,
        {"name": "V2", "code": "V2", "parent": "G1"},
        {"name": "V1", "code": "V1"},
        {"code": "V3"},
        {"name": "V4", "parent": "NOPE"},
    ).json

    kinds = [(one["requestIndex"], one["failureType"]) for one in body["failures"]]
    assert (body["added"], body["ignored"], body["total"]) == (1, 3, 4)
    assert kinds == [(1, "DUPLICATE"), (2, "INCOMPLETE_DATA"), (3, "INCORRECT_FORMAT")]
    assert anaplan.items("Vendors") == {"V1": "G1", "V2": "G1"}


def test_failures_are_missing_when_all_went_well(anaplan: Anaplan) -> None:
    assert "failures" not in _add(anaplan, {"name": "V2", "code": "V2"}).json


@pytest.mark.switch("update_failures")
@pytest.mark.parametrize(("position", "shown"), [("emit", True), ("omit", False)])
def test_updates_find_items_by_code_and_show_failures_or_not(
    anaplan: Anaplan, position: str, *, shown: bool
) -> None:
    anaplan.fill()
    anaplan.control.turn(update_failures=position)
    changes = [{"code": "V1", "name": "Acme"}, {"code": "V9", "name": "Nobody"}]

    body = anaplan.send("PUT", _path(anaplan), body={"items": changes}).json

    assert (body["updated"], body["ignored"], body["total"]) == (1, 1, 2)
    assert ("failures" in body) is shown
    assert anaplan.control.get("lists/Vendors")[0]["name"] == "Acme"


def test_deleted_items_take_their_cells_and_links_with_them(one_line: Anaplan) -> None:
    _write(one_line, _cell("Vendor", "V1"), _cell("Amount", 7))
    path = f"{_path(one_line)}?action=delete"

    body = one_line.send("POST", path, body={"items": [{"code": "V1"}, {"code": "V9"}]}).json

    assert (body["deleted"], body["failures"][0]["requestIndex"]) == (1, 1)
    assert one_line.cells("DAT PO Lines")[LINE]["Vendor"] == ""
    assert one_line.cells("DAT PO Lines")[LINE]["Amount"] == "7"


def test_a_deleted_item_never_gives_its_id_to_another(anaplan: Anaplan) -> None:
    anaplan.fill()
    before = anaplan.get(_path(anaplan)).json["listItems"][0]["id"]
    delete = {"items": [{"id": before}]}
    anaplan.send("POST", f"{_path(anaplan)}?action=delete", body=delete)

    _add(anaplan, {"name": "V1", "code": "V1"})

    assert anaplan.get(_path(anaplan)).json["listItems"][0]["id"] != before


def test_an_unknown_action_is_400(anaplan: Anaplan) -> None:
    path = f"{_path(anaplan)}?action=replace"

    assert anaplan.send("POST", path, body={"items": []}).status == 400


def test_cells_of_every_format_are_written(one_line: Anaplan) -> None:
    body = _write(
        one_line,
        _cell("Amount", 1111),
        _cell("Unit Cost", "12.345678"),
        _cell("On Hold", True),  # noqa: FBT003  # the value of a Boolean cell
        _cell("Order Date", "2024-02-29"),
        _cell("Vendor", "V1"),
        _cell("Item", "I9"),
    ).json

    line = one_line.cells("DAT PO Lines")[LINE]
    assert body["numberOfCellsChanged"] == 6
    assert "failures" not in body
    assert (line["Amount"], line["Unit Cost"], line["On Hold"]) == ("1111", "12.345678", "true")
    assert (line["Order Date"], line["Vendor"], line["Item"]) == ("2024-02-29", "V1", "I9")


def test_one_bad_cell_does_not_stop_the_others(one_line: Anaplan) -> None:
    body = _write(
        one_line,
        _cell("Amount", "x"),
        _cell("Nothing", 1),
        _cell("Amount", 1, code="NOPE"),
        _cell("Amount", None),
        {"lineItemName": "Amount", "dimensions": [], "value": 1},
        _cell("Amount", 5),
    ).json

    kinds = [one["failureType"] for one in body["failures"]]
    assert kinds == [
        *("invalidValue", "lineItemNotFound", "itemNotFound", "invalidValue"),
        "dimensionMissing",
    ]
    assert one_line.cells("DAT PO Lines")[LINE]["Amount"] == "5"


def test_a_calculated_cell_refuses_to_be_written(anaplan: Anaplan) -> None:
    place = [{"dimensionName": "Loads", "itemCode": "vendors"}]
    cell = {"lineItemName": "Rows", "dimensions": place, "value": 1}

    body = _write(anaplan, cell, module="CTL Loads").json

    assert body["failures"][0]["failureType"] == "cellIsCalculated"
    assert body["numberOfCellsChanged"] == 0


@pytest.mark.switch("cell_write_max")
def test_the_size_of_a_write_is_limited(one_line: Anaplan) -> None:
    cells = [_cell("Amount", 1)] * 1001
    one_line.control.turn(cell_write_max=1000)

    refused = _write(one_line, *cells)

    assert refused.status == 400
    one_line.control.turn(cell_write_max=100_000)
    assert _write(one_line, *cells).json["numberOfCellsChanged"] == 1001


def test_a_write_of_more_than_15_megabytes_is_413(one_line: Anaplan) -> None:
    answer = _write(one_line, _cell("Item", "x" * 15_000_000))

    assert answer.status == 413


def test_a_period_is_written_by_its_label(anaplan: Anaplan) -> None:
    item = {"name": "Starts", "format": "TIME_ENTITY"}
    anaplan.build(modules=[{"name": "Terms", "by": ["Loads"], "lineItems": [item]}])
    place = [{"dimensionName": "Loads", "itemCode": "vendors"}]
    labels = ("Dec 20", "Q1 FY20", "H1 FY20", "FY20", "Week 1 FY20", "Dec 99")

    answers = {
        label: _write(
            anaplan,
            {"lineItemName": "Starts", "dimensions": place, "value": label},
            module="Terms",
        ).json["numberOfCellsChanged"]
        for label in labels
    }

    assert [label for label, changed in answers.items() if changed] == list(labels[:4])
    assert anaplan.cells("Terms")["vendors"]["Starts"] == "FY20"


@pytest.mark.switch("cell_write_role")
@pytest.mark.parametrize(("position", "status"), [("administrator", 403), ("standard", 200)])
def test_who_may_write_cells_is_a_switch(one_line: Anaplan, position: str, status: int) -> None:
    one_line.control.turn(cell_write_role=position)
    standard = one_line.as_user(*STANDARD)

    assert _write(standard, _cell("Amount", 1)).status == status
