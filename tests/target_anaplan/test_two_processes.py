"""Two jobs with processes of their own take turns on one model: orders forward, results back."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.target_anaplan.singer import TEXT, company, make_line, records, schema, state

if TYPE_CHECKING:
    from tests.target_anaplan.conftest import Model
    from tests.target_anaplan.singer import Message

FORWARD, BACK = {"process": "Load Sage 300"}, {"process": "Load Posting Results"}
NAME = "posting_results"
COLUMNS = ("TransactionId", "Revision", "Status", "Batch", "Entry", "Reason", "PostedDate")


def results(**statuses: str) -> list[Message]:
    """What became of lines, by their ids."""
    rows = [{"TransactionId": name, "Status": status} for name, status in statuses.items()]
    return [
        schema(NAME, properties=dict.fromkeys(COLUMNS, TEXT), keys=["TransactionId"]),
        state(**{NAME: {"complete": False}}),
        *records(NAME, rows),
        state(**{NAME: {"complete": True}}),
    ]


def became(row: dict[str, str]) -> list[Message]:
    """What became of one line, told by all its columns."""
    given = {"TransactionId": "A1", **row}
    return [
        schema(NAME, properties=dict.fromkeys(COLUMNS, TEXT), keys=["TransactionId"]),
        *records(NAME, [{name: given.get(name) for name in COLUMNS}]),
        state(**{NAME: {"complete": True}}),
    ]


def statuses(model: Model) -> dict[str, str]:
    return {name: one["Status"] for name, one in model.cells("SYS Posting Status").items()}


@pytest.mark.parametrize("control", [{}, {"control": {"module": ""}}], ids=["control", "without"])
def test_each_loads_its_own_streams_and_knows_the_other_s_rows(
    model: Model, control: dict[str, object]
) -> None:
    lines = [make_line(1000), make_line(2000)]
    model.load(company(lines=lines[:1]), **FORWARD, **control)
    model.load(results(A1="created"), **BACK, **control)

    forward = model.load(company(lines=lines), **FORWARD, **control)
    back = model.load(results(A1="posted"), **BACK, **control)

    assert len(model.amounts()) == 2
    assert statuses(model) == {"A1": "posted"}
    assert "model.changed" not in forward.log + back.log


def test_a_stream_of_the_other_s_process_is_refused(model: Model) -> None:
    result = model.run(results(A1="created"), **FORWARD)

    assert result.exit_code == 2
    assert "process 'Load Sage 300'" in result.log


@pytest.mark.parametrize("first", ["forward", "back"])
def test_a_restored_model_is_loaded_again_by_both_whichever_notices_it(
    model: Model, first: str
) -> None:
    # Lists are as long as before, and no control tells: only the serial number falls.
    off = {"control": {"module": ""}}
    for amount, status in (("10.50", "created"), ("99.00", "posted")):
        model.load(company(lines=[make_line(amount=amount)]), **FORWARD, **off)
        model.load(results(A1=status), **BACK, **off)
        if status == "created":
            model.control("POST", "snapshot", {})
    model.control("POST", "restore", {})

    for job in (FORWARD, BACK) if first == "forward" else (BACK, FORWARD):
        model.load([], **job, **off)

    assert list(model.amounts().values()) == [Decimal("99.00")]
    assert statuses(model) == {"A1": "posted"}


@pytest.mark.switch("blank_cells")
@pytest.mark.parametrize("position", ["keep", "clear"])
def test_the_reason_of_a_refusal_does_not_stay_beside_what_was_entered_since(
    model: Model, position: str
) -> None:
    model.control("POST", "switches", {"blank_cells": position})
    model.load(became({"Status": "refused", "Reason": "no such account"}), **BACK)

    model.load(became({"Status": "created", "Batch": "001750", "Entry": "00002"}), **BACK)

    (cells,) = model.cells("SYS Posting Status").values()
    found = (cells["Status"], cells["Batch"], cells["Entry"], cells["Reason"])
    assert found == ("created", "001750", "00002", "-")

    model.load(became({"Status": "withdrawn", "Batch": "001750", "Reason": "deleted"}), **BACK)

    (cells,) = model.cells("SYS Posting Status").values()
    assert (cells["Status"], cells["Entry"], cells["Reason"]) == ("withdrawn", "-", "deleted")


def test_what_stands_for_nothing_can_be_chosen_and_names_a_column_of_the_file(
    model: Model,
) -> None:
    loads = {"stream": NAME, "blanks": {"Reason": "none"}}
    model.load(became({"Status": "created"}), loads=[loads], **BACK)
    (cells,) = model.cells("SYS Posting Status").values()
    assert (cells["Reason"], cells["Batch"]) == ("none", "")

    wrong = {"stream": NAME, "blanks": {"Resaon": "none"}}
    result = model.run(became({"Status": "created"}), loads=[wrong], **BACK)

    assert result.exit_code == 2
    assert "loads.posting_results.blanks" in result.log
    assert "'Reason'" in result.log
