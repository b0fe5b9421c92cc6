"""What somebody else did to the model is noticed through its own totals, and repaired."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.target_anaplan.singer import company, make_group, make_line, make_vendor, stream

if TYPE_CHECKING:
    from tests.target_anaplan.conftest import Model

LINES = [make_line(number) for number in (1000, 2000, 3000)]
PROCESS = {"process": "Load Sage 300"}


@pytest.mark.parametrize("settings", [{}, PROCESS], ids=["imports", "process"])
def test_items_deleted_by_hand_are_loaded_again_in_the_next_run(
    model: Model, settings: dict[str, str]
) -> None:
    model.load(company(lines=LINES), **settings)
    model.control("DELETE", "lists/PO Lines", {"codes": ["SAMLTD:PO:PO1:2000"]})

    result = model.load([], **settings)

    assert "model.changed" in result.log
    assert set(model.amounts()) == {line["TransactionId"] for line in LINES}
    assert set(model.amounts().values()) == {Decimal("10.50")}


def test_a_cell_changed_by_hand_is_repaired(model: Model) -> None:
    model.load(company(lines=LINES))
    model.control(
        "PATCH", "cells/DAT PO Lines", {"SAMLTD:PO:PO1:2000": {"Functional Amount": "99"}}
    )

    model.load(company(lines=LINES))

    assert model.amounts()["SAMLTD:PO:PO1:2000"] == Decimal("10.50")


def test_a_silent_replace_load_that_lost_rows_is_repaired_as_a_whole(model: Model) -> None:
    loads = {"loads": [{"stream": "vendors", "mode": "replace"}]}
    model.load(stream("vendor_groups", [make_group()]))
    model.load(stream("vendors", [make_vendor(), make_vendor("1300")]), **loads)
    model.control("DELETE", "lists/Vendors", {"codes": ["1300"]})

    silent = model.load([], **loads)

    assert "model.changed" in silent.log
    assert model.codes("Vendors") == {"1200", "1300"}
    assert len(model.uploaded("vendors.csv")) == 3
    assert "model.changed" not in model.load([], **loads).log


def test_a_restored_model_is_loaded_again(model: Model) -> None:
    model.load(company(lines=LINES[:1]))
    model.control("POST", "snapshot", {})
    model.load(company(lines=LINES))
    model.control("POST", "restore", {})

    result = model.load([])

    assert "model.changed" in result.log
    assert set(model.amounts()) == {line["TransactionId"] for line in LINES}


def test_a_restored_model_is_noticed_without_a_control_module(model: Model) -> None:
    off = {"control": {"module": ""}}
    model.load(company(lines=LINES[:1]), **off)
    model.control("POST", "snapshot", {})
    model.load(company(lines=LINES), **off)
    model.control("POST", "restore", {})

    result = model.load([], **off)

    assert "serial" in result.log
    assert set(model.amounts()) == {line["TransactionId"] for line in LINES}


def test_a_shrunken_list_is_noticed_without_a_control_module(model: Model) -> None:
    off = {"control": {"module": ""}}
    model.load(company(lines=LINES), **off)
    model.control("DELETE", "lists/PO Lines", {"codes": ["SAMLTD:PO:PO1:2000"]})

    result = model.load([], **off)

    assert "shrank" in result.log
    assert set(model.amounts()) == {line["TransactionId"] for line in LINES}


def test_a_lost_ledger_is_told_from_a_model_that_holds_more(
    model: Model, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    model.load(company(lines=LINES))
    monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path_factory.mktemp("home")))

    delta = model.run(stream("purchase_order_lines", LINES[:1], before=1))
    full = model.run(company(lines=LINES))

    assert delta.exit_code == 1
    assert "full refresh" in delta.log
    assert full.exit_code == 0
    assert "control.extra_rows" not in full.log


def test_a_new_ledger_takes_what_a_full_load_did_not_bring_for_known(
    model: Model, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    model.load(company(lines=LINES))
    monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path_factory.mktemp("home")))
    refused = model.run(stream("purchase_order_lines", LINES[:1], before=1))
    assert refused.exit_code == 1

    full = model.load(company(lines=LINES[:2]))

    [said] = [line for line in full.log.splitlines() if "control.extra_rows" in line]
    assert "rows_not_loaded_through_this_ledger=1" in said
    assert "their_amount=10.50" in said
    delta = model.load(stream("purchase_order_lines", [make_line(amount="7")], before=1))
    assert "model.changed" not in delta.log
    model.control("POST", "lists/PO Lines", {"items": [{"code": "BYHAND"}]})
    more = model.load(stream("purchase_order_lines", [make_line(amount="8")], before=1))
    assert "rows_not_loaded_through_this_ledger=2" in more.log


def test_extra_items_deleted_in_the_model_are_forgotten_after_everything_was_sent(
    model: Model, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    model.load(company(lines=LINES))
    monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path_factory.mktemp("home")))
    model.load(company(lines=LINES[:2]))
    model.control("DELETE", "lists/PO Lines", {"codes": [LINES[2]["TransactionId"]]})

    result = model.load([])

    assert "rows_not_loaded_through_this_ledger=0" in result.log
    assert "model.changed" not in model.load([]).log


def test_send_all_repairs_without_being_told(model: Model) -> None:
    off = {"control": {"module": ""}}
    model.load(company(lines=LINES), **off)
    model.control("PATCH", "cells/SYS Vendors", {"1200": {"City": "changed"}})

    model.load(stream("purchase_order_lines", []), **off, send="all")

    assert model.cells("SYS Vendors")["1200"]["City"] in {"", "changed"}
    assert len(model.uploaded("purchase_order_lines.csv")) == 4
