"""Rows Anaplan refuses are kept with its reason, sent again, and let the state advance."""

from __future__ import annotations

import signal
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from ml_connector.ledger import open_ledger
from ml_connector.places import ledger_path

from tests.target_anaplan.singer import (
    PROPERTIES,
    TEXT,
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

PROCESS = {"process": "Load Sage 300"}


@pytest.mark.parametrize("settings", [{}, PROCESS], ids=["imports", "process"])
def test_a_vendor_without_its_group_is_loaded_in_part_and_sent_until_accepted(
    model: Model, settings: dict[str, str]
) -> None:
    first = model.run(company(vendors=[make_vendor(group="NEW")]), **settings)

    assert first.exit_code == 3
    assert first.bookmarks["purchase_order_lines"]["complete"] is True
    assert "Invalid parent" in first.log
    assert model.codes("Vendors") == {"1200"}

    second = model.load(stream("vendor_groups", [make_group("NEW")]), **settings)

    assert second.exit_code == 0
    assert model.control("GET", "lists/Vendors")[0]["parent"] == "NEW"


@pytest.mark.parametrize("settings", [{}, PROCESS], ids=["imports", "process"])
def test_a_known_vendor_its_list_refuses_gets_its_cells_and_runs_go_on(
    model: Model, settings: dict[str, str]
) -> None:
    model.load(company(vendors=[make_vendor(), make_vendor("1300")]), **settings)
    model.control("POST", "switches", {"invalid_parent": "reject"})
    moved = [make_vendor(group="NEW", VendorName="Moved"), make_vendor("1400", group="NEW")]

    first = model.run(stream("vendors", moved), **settings)
    second = model.run([], **settings)

    assert (first.exit_code, second.exit_code) == (3, 3)
    assert first.bookmarks["vendors"]["complete"] is True
    assert "Invalid parent" in first.log
    assert "model.changed" not in second.log
    assert model.codes("Vendors") == {"1200", "1300"}
    assert model.cells("SYS Vendors")["1200"]["Vendor Name"] == "Moved"
    model.load(stream("vendor_groups", [make_group("NEW")]), **settings)
    assert model.codes("Vendors") == {"1200", "1300", "1400"}


def test_a_line_without_its_vendor_is_sent_again_when_nothing_comes_at_all(model: Model) -> None:
    first = model.run(company(lines=[make_line(vendor="9999")]))
    assert first.exit_code == 3

    model.control("POST", "lists/Vendors", {"items": [{"code": "9999"}]})
    second = model.run([])

    assert model.cells("DAT PO Lines")["SAMLTD:PO:PO1:1000"]["Vendor"] == "9999"
    # The vendor made by hand is more than the ledger knows of.
    assert second.exit_code in {0, 1}


def test_a_code_of_61_characters_is_refused_with_anaplans_reason(model: Model) -> None:
    code = "V" * 61

    first = model.run(company(vendors=[make_vendor(), make_vendor(code)]))

    assert first.exit_code == 3
    assert "Invalid code" in first.log
    assert model.codes("Vendors") == {"1200"}
    tasks = model.counters()["tasks"]
    assert model.run([]).exit_code == 3
    assert model.counters()["tasks"] > tasks


def test_rejects_within_tolerance_end_with_0(model: Model) -> None:
    messages = company(vendors=[make_vendor(group="NEW")])

    result = model.run(messages, tolerate={"warned": 1})

    assert result.exit_code == 0


def test_a_dismissed_row_that_comes_again_unchanged_is_not_sent(model: Model) -> None:
    messages = company(vendors=[make_vendor(), make_vendor("1300", group="NEW")])
    assert model.run(messages).exit_code == 3
    tasks = model.counters()["tasks"]

    dismiss(model, "vendors", "1300")
    again = model.load(messages)

    assert model.counters()["tasks"] == tasks
    assert "rows.rejected" not in again.log
    changed = [make_vendor("1300", group="NEW", City="Oslo")]
    assert model.run(stream("vendors", changed)).exit_code == 3


def dismiss(model: Model, load: str, key: str) -> None:
    """Dismiss a reject, as `ml-connector rejects dismiss` does."""
    settings = model.sandbox.info["anaplan"]
    place = ledger_path(f"anaplan-{settings['workspace_id']}-{settings['model_id']}")
    with open_ledger(place) as ledger:
        [scope] = [scope for name, scope in ledger.known_scopes() if name.load == load]
        assert scope.dismiss_reject(key)


def test_a_newer_row_supersedes_its_reject(model: Model) -> None:
    model.run(company(vendors=[make_vendor(group="NEW")]))

    result = model.load(stream("vendors", [make_vendor(group="GRP")]))

    assert result.exit_code == 0
    assert model.control("GET", "lists/Vendors")[0]["parent"] == "GRP"
    tasks = model.counters()["tasks"]
    model.load([])
    assert model.counters()["tasks"] == tasks


def test_a_reject_does_not_keep_good_rows_from_being_confirmed(model: Model) -> None:
    lines = [make_line(1000), make_line(2000, vendor="9999")]
    assert model.run(company(lines=lines)).exit_code == 3

    model.run(company(lines=lines))

    sent = model.uploaded("purchase_order_lines.csv")[1:]
    assert [line.split(",")[0] for line in sent] == ["SAMLTD:PO:PO1:2000"]


def test_a_number_that_is_none_is_refused_by_the_module_only(model: Model) -> None:
    model.switch(invalid_cell="reject")
    lines = [make_line(UnitCost=None), make_line(2000)]
    lines[0]["OrderDate"] = "not a date"

    result = model.run(company(lines=lines))

    assert result.exit_code == 3
    assert model.codes("PO Lines") == {"SAMLTD:PO:PO1:1000", "SAMLTD:PO:PO1:2000"}
    assert model.amounts()["SAMLTD:PO:PO1:2000"] == Decimal("10.50")
    assert "after loading" not in result.log
    fixed = model.load(stream("purchase_order_lines", [make_line()]))
    assert fixed.exit_code == 0


@pytest.mark.parametrize("settings", [{}, PROCESS], ids=["imports", "process"])
def test_an_amount_anaplan_refuses_stays_what_it_was(
    model: Model, settings: dict[str, str]
) -> None:
    lines = [make_line(1000), make_line(2000)]
    model.load(company(lines=lines), **settings)
    refused = make_line(1000, FunctionalExtendedCost="about ten", OrderDate="2026-03-01")
    new = make_line(3000, FunctionalExtendedCost="1,000.00")

    first = model.run(foreign_lines([refused, new]), **settings)
    second = model.run([], **settings)

    assert (first.exit_code, second.exit_code) == (3, 3)
    assert "Invalid number" in first.log
    assert "model.changed" not in second.log
    cells = model.cells("DAT PO Lines")["SAMLTD:PO:PO1:1000"]
    assert (cells["Functional Amount"], cells["Order Date"]) == ("10.5", "2026-03-01")
    mended = [{**one, "FunctionalExtendedCost": "7.25"} for one in (refused, new)]
    last = model.load(foreign_lines(mended), **settings)
    assert "model.changed" not in last.log + model.load([], **settings).log
    assert sum(model.amounts().values()) == Decimal("25.00")


def foreign_lines(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Order lines of a tap that sends its amounts as text."""
    properties = {**PROPERTIES["purchase_order_lines"], "FunctionalExtendedCost": TEXT}
    return [
        schema("purchase_order_lines", properties=properties),
        *records("purchase_order_lines", rows),
    ]


def test_a_missing_amount_is_zero(model: Model) -> None:
    model.load(company())

    model.load(stream("purchase_order_lines", [make_line(FunctionalExtendedCost=None)]))

    assert model.amounts() == {"SAMLTD:PO:PO1:1000": Decimal(0)}
    assert "model.changed" not in model.load([]).log


def test_a_line_loaded_in_part_and_then_deleted_is_waited_for_no_more(model: Model) -> None:
    assert model.run(company(lines=[make_line(vendor="9999")])).exit_code == 3
    gone = make_line(vendor="9999", amount="0", _sdc_deleted_at="2026-02-01T00:00:00Z")

    model.load(stream("purchase_order_lines", [gone]))

    assert model.cells("DAT PO Lines")["SAMLTD:PO:PO1:1000"]["Deleted"] == "true"
    tasks = model.counters()["tasks"]
    model.load(stream("purchase_order_lines", [gone]))
    assert model.counters()["tasks"] == tasks


def test_a_dismissed_row_stays_dismissed_when_everything_is_sent_again(model: Model) -> None:
    messages = company(vendors=[make_vendor(), make_vendor("1300", group="NEW")])
    assert model.run(messages).exit_code == 3
    dismiss(model, "vendors", "1300")
    model.control("DELETE", "lists/Vendors", {"codes": ["1200", "1300"]})

    repaired = model.load([])

    assert model.codes("Vendors") == {"1200", "1300"}
    assert "rows.partly_loaded" not in repaired.log
    tasks = model.counters()["tasks"]
    model.load(messages)
    assert model.counters()["tasks"] == tasks


def test_a_value_no_file_can_hold_is_kept_and_named_without_stopping_the_others(
    model: Model,
) -> None:
    vendors = [make_vendor(), make_vendor("1300", VendorName="a\0b")]

    result = model.run(company(vendors=vendors), **PROCESS)

    assert result.exit_code == 3
    assert "NUL" in result.log
    assert model.codes("Vendors") == {"1200"}
    again = model.run(stream("purchase_order_lines", [make_line(2000)]), **PROCESS)
    assert again.exit_code == 3
    assert "SAMLTD:PO:PO1:2000" in model.codes("PO Lines")


def test_ignored_rows_are_counted_against_the_tolerance(model: Model) -> None:
    # A builder makes the import fill a calculated line item: its cells are ignored (sheet §5.5).
    model.control(
        "PATCH",
        "imports/SYS Vendor Groups from vendor_groups.csv",
        {"target": "CTL Loads", "columns": {"Description": "Rows"}},
    )
    messages = stream("vendor_groups", [make_group("vendors", Description="5")])

    refused = model.run(messages)
    tolerated = model.run(messages, tolerate={"ignored": 1}, send="all")

    assert refused.exit_code == 3
    assert "ignored=1" in refused.log
    assert refused.bookmarks["vendor_groups"]["complete"] is True
    assert tolerated.exit_code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_rows_ignored_in_a_run_that_was_killed_are_told_by_the_next(model: Model) -> None:
    settings: dict[str, Any] = {**PROCESS, "control": {"module": ""}}
    model.load(company(), **settings)
    model.control(
        "PATCH",
        "imports/SYS Vendor Groups from vendor_groups.csv",
        {"target": "CTL Loads", "columns": {"Description": "Rows"}},
    )
    messages = stream("vendor_groups", [make_group("vendors", Description="5")])
    model.fault("hang", "/tasks/", method="GET")
    model.run_until_held(messages, send=signal.SIGKILL, **settings)

    result, after = model.run([], **settings), model.run([], **settings)

    assert "task.left_by_earlier_run" in result.log
    assert result.exit_code == 3
    assert "ignored=1" in result.log
    assert after.exit_code == 0
