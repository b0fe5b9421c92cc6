"""What nobody outside knows of Anaplan's lists: a builder's own, those written by item, all ten.

Goal and method as in `test_unknowns`: in each position a first load, a second one with a change
and a row that is refused, and what stands in the model compared with the records.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.target_anaplan.singer import (
    TEXT,
    Message,
    Record,
    make_group,
    make_vendor,
    records,
    schema,
    state,
    stream,
)
from tests.target_anaplan.ten_loads import (
    LISTS,
    headers_of,
    make_documents,
    one_stream,
    ten_streams,
)
from tests.target_anaplan.two_loads import (
    MISFITS,
    NEVER,
    PROCESS,
    Books,
    find_error,
    first_rows,
    kept_rejects,
    load_second,
    messages_of,
    read_totals,
)

if TYPE_CHECKING:
    from tests.target_anaplan.conftest import Model

pytestmark = pytest.mark.slow

# --- lists of a builder's own -------------------------------------------------------------------

OFF = {"control": {"module": ""}}
PLANTS = {"stream": "plants", "file": "plants.csv"}
COLUMNS = ("Code", "Name", "Parent", "Area")


def build_plants(model: Model, columns: tuple[str, ...], **options: Any) -> None:
    """A list that is its own parent, and an import of the columns."""
    new = {"name": "Plants", "parent": "Plants", "properties": [{"name": "Area", "format": "TEXT"}]}
    reader = {
        "name": "Plants from plants.csv",
        "file": "plants.csv",
        "target": "Plants",
        "columns": {name: name for name in columns},
        **options,
    }
    files = [{"name": "plants.csv", "headers": list(columns)}]
    model.control("POST", "objects", {"lists": [new], "files": files, "imports": [reader]})


def plants(*rows: Record) -> list[Message]:
    properties = dict.fromkeys(COLUMNS, TEXT)
    return [
        schema("plants", properties=properties, keys=["Code"]),
        state(plants={"complete": False}),
        *records("plants", rows),
        state(plants={"complete": True}),
    ]


def parents(model: Model) -> dict[str, str | None]:
    return {item["code"]: item["parent"] for item in model.control("GET", "lists/Plants")}


@pytest.mark.parametrize(
    ("switches", "exit_code"),
    [({"later_parents": "not_found"}, 3), ({"later_parents": "found"}, 0)],
    ids=str,
)
def test_a_parent_that_comes_behind_its_child_is_found_in_this_run_or_the_next(
    clocked: Model, switches: dict[str, str], exit_code: int
) -> None:
    clocked.switch(**switches)
    build_plants(clocked, ("Code", "Parent"))
    rows = [{"Code": "P1", "Parent": "P2"}, {"Code": "P2", "Parent": "P3"}, {"Code": "P3"}]

    first = clocked.run(plants(*rows), loads=[PLANTS], **OFF)

    assert first.exit_code == exit_code, first.log
    assert clocked.run([], loads=[PLANTS], **OFF).exit_code == 0
    assert parents(clocked) == {"P1": "P2", "P2": "P3", "P3": None}
    moved = clocked.run(plants({"Code": "P1", "Parent": "P3"}), loads=[PLANTS], **OFF)
    assert moved.exit_code == 0
    assert parents(clocked) == {"P1": "P3", "P2": "P3", "P3": None}


@pytest.mark.parametrize(
    ("switches", "exit_code"),
    [({"duplicate_targets": "reject_rows"}, 3), ({"duplicate_targets": "reject_import"}, 1)],
    ids=str,
)
def test_a_key_that_several_items_share_is_named_and_loaded_once_it_is_one_s(
    clocked: Model, switches: dict[str, str], exit_code: int
) -> None:
    clocked.switch(**switches)
    build_plants(
        clocked,
        ("Code", "Name", "Area"),
        keyProperties=["Area"],
        options={"identification": "properties"},
    )
    clocked.load(plants({"Code": "P1", "Name": "North", "Area": "5"}), loads=[PLANTS], **OFF)
    by_hand = {"items": [{"code": "P2", "properties": {"Area": "5"}}]}
    clocked.control("POST", "lists/Plants", by_hand)
    rows = [{"Code": "P1", "Name": "South", "Area": "5"}, {"Code": "P3", "Name": "E", "Area": "7"}]

    shared = clocked.run(plants(*rows), loads=[PLANTS], **OFF)

    assert shared.exit_code == exit_code, shared.log
    assert "in the target" in shared.log
    clocked.control("DELETE", "lists/Plants", {"codes": ["P2"]})
    assert clocked.run([], loads=[PLANTS], **OFF).exit_code == 0
    held = {item["code"]: item["name"] for item in clocked.control("GET", "lists/Plants")}
    assert held == {"P1": "South", "P3": "E"}


@pytest.mark.parametrize(
    ("switches", "name"),
    [({"unique_names": "refuse"}, "1200"), ({"unique_names": "append"}, "1200~1")],
    ids=str,
)
def test_a_name_that_another_item_has_loses_nothing_once_that_item_is_gone(
    clocked: Model, switches: dict[str, str], name: str
) -> None:
    clocked.switch(**switches)
    clocked.control("POST", "lists/Vendors", {"items": [{"code": "BYHAND", "name": "1200"}]})
    books = Books()
    books.take(first_rows())
    clocked.run(messages_of(first_rows(), at=1), **PROCESS)

    second = load_second(clocked, books)

    assert second.exit_code == 3, second.log
    assert clocked.amounts()["SAMLTD:PO:PO1:1000"] == Decimal("12.34")
    clocked.control("DELETE", "lists/Vendors", {"codes": ["BYHAND"]})
    last = clocked.run([], **PROCESS)
    assert last.exit_code == 3, last.log
    assert "1 items that others had made were deleted" in last.log
    assert kept_rejects(clocked).keys() == MISFITS | NEVER
    found = books.find_differences(clocked, partly=MISFITS | NEVER)
    assert [line for line in found if not line.endswith(f"is {name!r}, expected '1200'")] == []


# --- lists written item by item -----------------------------------------------------------------

PARTNERS = [
    {"stream": "vendor_groups", "list": "Vendor Groups", "columns": {"Code": "GroupCode"}},
    {
        "stream": "vendors",
        "list": "Partners",
        "columns": {"Code": "VendorNumber", "Parent": "GroupCode", "Town": "City", "Days": "Terms"},
    },
]


def partner(code: str, town: str, days: str, group: str = "GRP") -> Record:
    return make_vendor(code, City=town, Terms=days, group=group)


@pytest.mark.parametrize(
    "switches",
    [
        {"update_failures": "emit"},
        {"update_failures": "omit"},
        {"update_failures": "omit", "list_read_max": 2, "read_page_rows": 2},
        {"update_failures": "omit", "list_read_max": 2, "read_page_header": "every"},
    ],
    ids=str,
)
def test_items_are_written_and_those_refused_are_kept_however_large_the_list(
    clocked: Model, switches: dict[str, Any]
) -> None:
    clocked.switch(**switches)
    properties = [{"name": "Town"}, {"name": "Days", "format": "NUMBER"}]
    new = {"name": "Partners", "parent": "Vendor Groups", "properties": properties}
    clocked.control("POST", "objects", {"lists": [new]})
    groups = stream("vendor_groups", [make_group(), make_group("OTHER")])
    first = [partner("1", "Zürich", "30"), partner("2", "Łódź", "30"), partner("3", "Bern", "10")]
    clocked.load([*groups, *stream("vendors", first)], loads=PARTNERS, **OFF)
    changed = [partner("1", "Genève", "45", "OTHER"), partner("2", "Kraków", "net")]
    changed.append(partner("4", "Bern", "10"))

    second = clocked.run(stream("vendors", changed, before=1), loads=PARTNERS, **OFF)

    assert second.exit_code == 3, second.log
    assert kept_rejects(clocked).keys() == {("vendors", "2")}
    held = {
        item["code"]: (item["properties"]["Town"], item["properties"]["Days"], item["parent"])
        for item in clocked.control("GET", "lists/Partners")
    }
    assert held == {
        "1": ("Genève", "45.0", "OTHER"),
        "2": ("Łódź", "30.0", "GRP"),
        "3": ("Bern", "10.0", "GRP"),
        "4": ("Bern", "10.0", "GRP"),
    }


def test_a_large_list_that_anaplan_does_not_read_ends_the_run_and_nothing_is_believed(
    clocked: Model,
) -> None:
    clocked.switch(update_failures="omit", list_read_max=2, large_read="unsuccessful")
    loads = PARTNERS[:1]
    codes = ("A", "B", "C")
    clocked.load(stream("vendor_groups", [make_group(code) for code in codes]), loads=loads, **OFF)
    misfit = stream("vendor_groups", [make_group("V" * 61)], before=1)

    failed = clocked.run(misfit, loads=loads, **OFF)

    assert failed.exit_code == 1, failed.log
    assert "it ended as COMPLETE 3 times" in find_error(failed)
    assert failed.states == []
    clocked.switch(large_read="succeeds")
    assert clocked.run(misfit, loads=loads, **OFF).exit_code == 3
    assert kept_rejects(clocked).keys() == {("vendor_groups", "V" * 61)}


# --- a control without rows ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("switches", "exit_code"), [({"empty_view": "error"}, 1), ({"empty_view": "empty"}, 0)], ids=str
)
def test_a_control_module_without_rows_is_named_or_says_nothing(
    clocked: Model, switches: dict[str, str], exit_code: int
) -> None:
    clocked.switch(**switches)
    line_items = [{"name": name, "format": "NUMBER"} for name in ("Rows", "Amount")]
    module = {"name": "Our Control", "by": ["Our Loads"], "lineItems": line_items}
    clocked.control("POST", "objects", {"lists": [{"name": "Our Loads"}], "modules": [module]})
    messages = messages_of(first_rows(), at=1)
    books = Books()
    books.take(first_rows())

    first = clocked.run(messages, control={"module": "Our Control"}, **PROCESS)

    assert first.exit_code == exit_code, first.log
    if exit_code:
        assert "control module 'Our Control' cannot be read" in find_error(first)
        assert clocked.counters()["uploads"] == 0
        clocked.load(messages, **OFF, **PROCESS)
    else:
        assert "control.silent" in first.log
    assert books.find_differences(clocked, partly=set()) == []


# --- all ten loads ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "switches",
    [
        {"process_imports": "all"},
        {
            "process_imports": "all",
            "task_creation_body": "bare",
            "blank_cells": "clear",
            "invalid_parent": "reject",
            "invalid_cell": "reject",
            "module_values": "none",
            "dump_encoding": "UTF-16LE",
            "process_verdict": "lenient",
            "nested_details": "absent",
            "unmapped_columns": "warn",
            "numbers": "binary",
        },
    ],
    ids=["all", "all, everything else turned"],
)
def test_ten_loads_bring_every_amount_twice_and_keep_what_is_refused(
    clocked: Model, switches: dict[str, str]
) -> None:
    clocked.switch(**switches)
    headers = headers_of(clocked)
    clocked.load(ten_streams(headers=headers), **PROCESS)
    documents = make_documents(amount="-1234567.89")
    [payable] = documents["ap_invoice_lines"]
    key = "SAMLTD:AP:9999:INV-9:20"
    documents["ap_invoice_lines"].append(payable | {"TransactionId": key, "VendorNumber": "9999"})
    [order_line] = documents["purchase_order_lines"]
    order_line["_sdc_deleted_at"] = "2026-02-01T00:00:00Z"
    order_line["FunctionalExtendedCost"] = Decimal(0)
    messages = [one_stream(name, rows, headers=headers[name]) for name, rows in documents.items()]

    second = clocked.run([line for part in messages for line in part], **PROCESS)

    assert second.exit_code == 3, second.log
    assert kept_rejects(clocked).keys() == {("ap_invoice_lines", key)}
    totals = read_totals(clocked)
    landed = Decimal(clocked.cells("DAT AP Invoice Lines")[key]["Functional Amount"] or 0)
    amounts = {
        "purchase_order_lines": Decimal(0),
        "ap_invoice_lines": Decimal("1234567.89") + round(landed, 6),
        "po_invoice_lines": Decimal("-1234567.89"),
        "gl_posted_transactions": Decimal("-1234567.89"),
    }
    assert {name: totals[name]["Amount"] for name in amounts} == amounts
    assert {name: totals[name]["Rows"] for name in LISTS} == {
        name: 2 if name == "ap_invoice_lines" else 1 for name in LISTS
    }
    [deleted] = clocked.cells("DAT PO Lines").values()
    assert deleted["Deleted"] == "true"
