"""Exports of the sandbox's model, over real HTTP."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.tap_anaplan.models import GL, Model


def test_approved_adjustments_come_whole_exact_and_marked_complete(model: Model) -> None:
    run = model.run(exports=[GL])

    assert run.code == 0, run.log
    assert run.marks == [False, True]
    assert run.records
    assert {one["Approved"] for one in run.records} == {True}
    entries: dict[str, Decimal] = {}
    for one in run.records:
        amount = Decimal(one["Debit"]) - Decimal(one["Credit"])
        entries[one["Entry"]] = entries.get(one["Entry"], Decimal(0)) + amount
    assert 0 in entries.values()


@pytest.mark.switch("numbers", "export_chunk_bytes", "export_file_lag_ms")
def test_residue_small_chunks_and_a_late_file_change_nothing(model: Model) -> None:
    plain = model.run(exports=[GL]).records
    switches = {"numbers": "binary", "export_chunk_bytes": 997, "export_file_lag_ms": 1500}
    model.sandbox.anaplan("POST", "switches", switches)

    run = model.run(exports=[GL])

    assert run.code == 0, run.log
    assert run.records == plain


@pytest.mark.switch("blank_numbers")
def test_a_blank_number_is_null_and_a_zero_is_zero(model: Model) -> None:
    zeros = model.run(exports=[GL]).records
    model.sandbox.anaplan("POST", "switches", {"blank_numbers": "blank"})
    blanks = model.run(exports=[GL]).records

    assert 0 in [one["Debit"] for one in zeros]
    assert None not in [one["Debit"] for one in zeros]
    assert None in [one["Debit"] for one in blanks]
    assert [one["Debit"] or 0 for one in blanks] == [one["Debit"] for one in zeros]


@pytest.mark.switch("export_values", "excel_csv")
@pytest.mark.parametrize("encoding", ["UTF-16LE", "UTF-8"])
def test_an_export_for_excel_in_german_holds_the_same_values(model: Model, encoding: str) -> None:
    plain = model.run(exports=[GL]).records
    model.sandbox.anaplan("POST", "switches", {"export_values": "formatted", "excel_csv": encoding})
    german = {
        "export": "GL Adjustments for Excel.csv",
        "decimal_separator": ",",
        "thousands_separator": ".",
        "date_format": "DD.MM.YYYY",
        "true_text": "Ja",
        "false_text": "Nein",
    }

    run = model.run(exports=[german])

    assert run.code == 0, run.log
    approved = {one["Transaction ID"]: one for one in run.records if one["Approved"]}
    for one in plain:
        assert {name: approved[one["Transaction ID"]][name] for name in one} == one


@pytest.mark.switch("export_values")
def test_a_value_in_another_format_ends_the_run_without_a_complete_mark(model: Model) -> None:
    model.sandbox.anaplan("POST", "switches", {"export_values": "formatted"})

    run = model.run(exports=[GL])

    assert run.code == 1
    assert run.marks == [False]
    assert "Posting Date" in run.log
    assert "date_format" in run.log


def test_a_grid_is_refused_with_advice_and_otherwise_left_out(model: Model) -> None:
    named = model.run(exports=[{"export": "Commitments - Grid.csv"}])
    all_of_them = model.run("--discover")

    assert named.code == 2
    assert "Tabular Multiple Column" in named.log
    assert all_of_them.code == 0
    assert "Commitments - Grid.csv" in all_of_them.log


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"export": []}, "nearest known one is exports"),
        ({"exports": [{"export": "GL Adjustment"}]}, "GL Adjustments"),
        ({"exports": [{**GL, "key_properties": ["Transaction"]}]}, "Transaction"),
        ({"exports": [{**GL, "types": {"Entry": "money"}}]}, "types"),
        ({"exports": [{**GL, "date_format": "DDMM"}]}, "date_format"),
        ({"exports": [{**GL, "decimal_separator": ";"}]}, "decimal_separator"),
        ({"exports": [GL, GL]}, "stream of two entries"),
        ({"task_timeout_minutes": 0}, "task_timeout_minutes"),
        ({"workspace_id": ""}, "workspace_id"),
        ({"password": ""}, "password"),
    ],
    ids=lambda value: value if isinstance(value, str) else "settings",
)
def test_a_setting_that_cannot_be_used_is_refused_by_name(
    model: Model, settings: dict[str, Any], told: str
) -> None:
    run = model.run(**settings)

    assert run.code == 2
    assert run.messages == []
    assert told in run.log
