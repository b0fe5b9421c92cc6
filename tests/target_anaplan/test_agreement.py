"""Goal: a difference between model and ledger is repaired, or its cause known and told once.

Method: each line of the table in `_agreement`, with the target's own runs against the sandbox.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.target_anaplan.singer import (
    company,
    make_group,
    make_line,
    make_vendor,
    records,
    schema,
    stream,
)

if TYPE_CHECKING:
    from tests.target_anaplan.conftest import Model

LINES = [make_line(number) for number in (1000, 2000, 3000)]
CODES = [str(line["TransactionId"]) for line in LINES]
PROCESS = {"process": "Load Sage 300"}
GONE = "2026-02-01T00:00:00Z"


def mark_deleted(number: int) -> dict[str, object]:
    return make_line(number, amount="0", _sdc_deleted_at=GONE)


def test_items_made_by_hand_are_told_once_and_nothing_is_sent(model: Model) -> None:
    model.load(company())
    uploads = model.counters()["uploads"]
    model.control("POST", "lists/Vendors", {"items": [{"code": "BYHAND"}]})

    told, silent = model.load(company()), model.load(company())

    assert "rows_not_loaded_through_this_ledger=1" in told.log
    assert "control.extra_rows" not in silent.log
    assert "model.changed" not in told.log + silent.log
    assert model.counters()["uploads"] == uploads


def test_an_item_made_by_hand_that_the_load_brings_later_is_no_extra_any_more(
    model: Model,
) -> None:
    model.load(company())
    model.control("POST", "lists/PO Lines", {"items": [{"code": CODES[1]}]})
    model.load([])

    brought = model.load(company(lines=LINES[:2]))
    model.control("DELETE", "lists/PO Lines", {"codes": [CODES[1]]})
    repaired = model.load([])

    assert "rows_not_loaded_through_this_ledger=0" in brought.log
    assert "model.changed" in repaired.log
    assert set(model.amounts()) == set(CODES[:2])


def test_an_item_made_by_hand_may_be_deleted_again_and_all_is_sent_once(model: Model) -> None:
    model.load(company())
    model.control("POST", "lists/Vendors", {"items": [{"code": "BYHAND"}]})
    model.load([])
    model.control("DELETE", "lists/Vendors", {"codes": ["BYHAND"]})

    result = model.load([])

    assert "rows_not_loaded_through_this_ledger=0" in result.log
    assert "load vendors: 1 items that others had made were deleted" in result.log
    assert "model.changed" not in model.load([]).log


@pytest.mark.parametrize("settings", [{}, PROCESS], ids=["imports", "process"])
def test_one_item_deleted_and_another_made_by_hand_is_repaired(
    model: Model, settings: dict[str, str]
) -> None:
    vendors = [make_vendor("1200"), make_vendor("1300")]
    model.load(company(vendors=vendors), **settings)
    before = model.cells("SYS Vendors")
    model.control("DELETE", "lists/Vendors", {"codes": ["1300"]})
    model.control("POST", "lists/Vendors", {"items": [{"code": "BYHAND"}]})

    result = model.load([], **settings)

    assert "the model holds other contents than were confirmed" in result.log
    cells = model.cells("SYS Vendors")
    assert {code: cells[code] for code in before} == before
    assert "model.changed" not in model.load([], **settings).log


def test_rows_marked_as_deleted_that_a_builder_removes_are_forgotten(model: Model) -> None:
    model.load(company(lines=LINES))
    model.load(stream("purchase_order_lines", [mark_deleted(1000), mark_deleted(2000)]))
    uploads = model.counters()["uploads"]
    model.control("DELETE", "lists/PO Lines", {"codes": CODES[:2]})

    result = model.load(stream("purchase_order_lines", [mark_deleted(1000)]))

    assert "control.deleted_rows_gone" in result.log
    assert "model.changed" not in result.log
    assert set(model.amounts()) == {CODES[2]}
    assert model.counters()["uploads"] == uploads


@pytest.mark.parametrize(
    "removed", [CODES[:1], CODES], ids=["one-of-two-marked", "all-and-one-more"]
)
def test_any_other_removal_is_repaired(model: Model, removed: list[str]) -> None:
    model.load(company(lines=LINES))
    model.load(stream("purchase_order_lines", [mark_deleted(1000), mark_deleted(2000)]))
    model.control("DELETE", "lists/PO Lines", {"codes": removed})

    result = model.load([])

    assert "model.changed" in result.log
    assert set(model.amounts()) == set(CODES)


@pytest.mark.parametrize("settings", [{}, PROCESS], ids=["imports", "process"])
def test_an_import_that_clears_its_target_is_named(model: Model, settings: dict[str, str]) -> None:
    model.load(company(lines=LINES), **settings)
    model.switch(clear_target="all_items")

    result = model.run(stream("purchase_order_lines", [make_line(1000, amount="7")]), **settings)

    assert result.exit_code == 1
    assert "'DAT PO Lines from purchase_order_lines.csv' clears its target" in result.log
    assert "only update imported cells" in result.log
    model.switch(clear_target="update_only")
    model.load([], **settings)
    assert sum(model.amounts().values()) == Decimal("28.00")


def test_an_import_that_clears_a_module_without_amounts_is_named(model: Model) -> None:
    vendors = [make_vendor("1200"), make_vendor("1300")]
    model.load(company(vendors=vendors))
    model.switch(clear_target="all_items")

    result = model.run(stream("vendors", [make_vendor("1200", City="Oslo")]))

    assert result.exit_code == 1
    assert "'SYS Vendors from vendors.csv' clears its target" in result.log


def test_a_checksum_that_no_import_loads_is_named(model: Model) -> None:
    columns = model.control("PATCH", "imports/SYS Vendors from vendors.csv", {})
    del columns["Checksum"]
    model.control("PATCH", "imports/SYS Vendors from vendors.csv", {"columns": columns})

    result = model.run(stream("vendors", [make_vendor()]))

    assert result.exit_code == 1
    assert "No checksum has arrived" in result.log
    assert "SYS Vendors from vendors.csv" in result.log


def test_a_load_without_cells_is_compared_by_its_rows(model: Model) -> None:
    loads = [{"stream": "vendors", "imports": ["Vendors from vendors.csv"]}]
    messages = stream("vendors", [make_vendor("1200", group=""), make_vendor("1300", group="")])
    model.load(messages, loads=loads)
    uploads = model.counters()["uploads"]

    again = model.load(messages, loads=loads)
    model.control("DELETE", "lists/Vendors", {"codes": ["1300"]})
    repaired = model.load([], loads=loads)

    assert "model.changed" not in again.log
    assert model.counters()["uploads"] == uploads + 1
    assert "model.changed" in repaired.log
    assert model.codes("Vendors") == {"1200", "1300"}


def test_cells_come_when_a_load_gets_the_import_for_them(model: Model) -> None:
    names = ["Vendors from vendors.csv", "SYS Vendors from vendors.csv"]
    messages = stream("vendors", [make_vendor(group="")])
    model.load(messages, loads=[{"stream": "vendors", "imports": names[:1]}])

    model.load(messages, loads=[{"stream": "vendors", "imports": names}])

    assert model.cells("SYS Vendors")["1200"]["Vendor Name"] == "Vendor 1200"


def test_a_foreign_tap_on_a_new_ledger_gets_its_baseline_when_its_end_is_trusted(
    model: Model, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    model.load(stream("vendor_groups", [make_group("A"), make_group("B")]))
    monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path_factory.mktemp("home")))
    foreign = [schema("vendor_groups"), *records("vendor_groups", [make_group("A")])]

    refused = model.run(foreign)
    trusted = model.load(foreign, trust_end_of_input=True)

    assert refused.exit_code == 1
    assert "trust_end_of_input" in refused.log
    assert "rows_not_loaded_through_this_ledger=1" in trusted.log
    assert "model.changed" not in model.load(foreign).log


def test_a_control_without_the_configured_checksum_is_refused(model: Model) -> None:
    result = model.run(company(), control={"checksum": "Prüfsumme"})

    assert result.exit_code == 2
    assert "Prüfsumme" in result.log
    assert model.counters()["uploads"] == 0


def test_a_model_without_checksums_is_compared_by_rows_and_amount(model: Model) -> None:
    model.sandbox.leave_out_checksums()
    model.load(company(lines=LINES))

    assert "model.changed" not in model.load([]).log
    model.control("DELETE", "lists/PO Lines", {"codes": CODES[:1]})
    assert "model.changed" in model.load([]).log
    model.control("POST", "lists/Vendors", {"items": [{"code": "BYHAND"}]})
    result = model.run([])

    assert result.exit_code == 1
    assert "the model holds 2 rows, the ledger says 1" in result.log


DAT_IMPORT = "imports/DAT PO Lines from purchase_order_lines.csv"


def leave_unmapped(model: Model, *headers: str) -> None:
    """A builder forgets columns of the file in the import of its cells."""
    columns = model.control("PATCH", DAT_IMPORT, {})
    kept = {header: item for header, item in columns.items() if header not in headers}
    model.control("PATCH", DAT_IMPORT, {"columns": kept})


@pytest.mark.parametrize(
    "unmapped",
    [("FunctionalExtendedCost", "Checksum"), ("FunctionalExtendedCost",), ("Checksum",)],
    ids=" and ".join,
)
def test_an_item_that_was_there_before_does_not_hide_figures_that_have_not_arrived(
    model: Model, unmapped: tuple[str, ...]
) -> None:
    model.control("POST", "lists/PO Lines", {"items": [{"code": "BYHAND"}]})
    leave_unmapped(model, *unmapped)

    result = model.run(company(lines=LINES), trust_end_of_input=True)

    assert result.exit_code == 1
    assert "rows_not_loaded_through_this_ledger" not in result.log


def test_a_checksum_that_a_builder_takes_out_of_the_file_is_compared_no_more(
    model: Model,
) -> None:
    model.load(company(lines=LINES))
    file = "files/purchase_order_lines.csv"
    headers = model.control("PATCH", file, {})["headers"]
    leave_unmapped(model, "Checksum")
    model.control("PATCH", file, {"headers": [name for name in headers if name != "Checksum"]})

    model.load([])

    assert "model.changed" not in model.load([]).log


def test_cells_that_named_a_deleted_item_of_others_are_sent_again_and_kept(model: Model) -> None:
    vendors = [make_vendor("1300")]
    model.control("POST", "lists/Vendors", {"items": [{"code": "1200"}]})
    model.load(company(vendors=vendors))
    model.control("DELETE", "lists/Vendors", {"codes": ["1200"]})
    assert model.cells("DAT PO Lines")["SAMLTD:PO:PO1:1000"]["Vendor"] == ""

    result = model.run([])

    assert "load vendors: 1 items that others had made were deleted" in result.log
    assert result.exit_code == 3
    assert "rows.partly_loaded load=purchase_order_lines" in result.log
    model.load(stream("vendors", [make_vendor("1200")]))
    assert model.cells("DAT PO Lines")["SAMLTD:PO:PO1:1000"]["Vendor"] == "1200"
