"""Views as streams, read in one answer or in pages, over real HTTP."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.tap_anaplan.models import GL, Model

if TYPE_CHECKING:
    from collections.abc import Callable

APPROVED = {"view": "GL Adjustments.Approved"}
COMMITMENTS = {"view": "Commitments.Vendors by Month", "stream": "commitments"}
ALL_READS = [("direct", 10_000), ("pages", 3), ("pages", 10_000)]


@pytest.fixture
def read_as(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Choose what is small enough for one answer, so that small views are large ones, too."""

    def choose(how: str) -> None:
        if how == "pages":
            monkeypatch.setattr("ml_connector.anaplan._reading.CELLS_DIRECT_MAX", -1)

    return choose


@pytest.mark.switch("read_page_header", "read_page_rows", "large_read")
@pytest.mark.parametrize("header", ["first", "every"])
@pytest.mark.parametrize(("how", "rows"), ALL_READS)
def test_a_saved_view_holds_what_the_export_of_the_same_lines_holds(
    model: Model, read_as: Callable[[str], None], how: str, rows: int, header: str
) -> None:
    read_as(how)
    model.control("POST", "switches", {"read_page_rows": rows, "read_page_header": header})

    run = model.run(views=[APPROVED])

    assert run.code == 0, run.log
    assert run.marks == [False, True]
    exported = {one["Transaction ID"]: one for one in model.run(exports=[GL]).records}
    assert len(run.records) == len(exported) > 1
    for one in run.records:
        lines = dict(one)
        assert lines.pop("GL Adjustment Lines")
        assert lines == exported[one["Transaction ID"]]
    assert model.control("GET", "model")["read_requests"] == 0


def test_a_small_view_costs_one_request_and_a_large_one_a_few(model: Model) -> None:
    def reads() -> list[str]:
        seen = model.control("GET", "requests")
        return [one["target"] for one in seen if "/views/" in one["target"]]

    model.run(views=[APPROVED])

    assert sum("/data" in one for one in reads()) == 1
    assert not any("readRequests" in one for one in reads())


@pytest.mark.parametrize("how", ["direct", "pages"])
def test_every_page_of_a_view_is_read_and_its_dimensions_are_the_key(
    model: Model, read_as: Callable[[str], None], how: str
) -> None:
    read_as(how)
    centers = [{"code": code, "name": code} for code in ("100", "200")]
    model.control("POST", "lists/Cost Centers", {"items": centers})
    actuals = {"view": "Actuals.Accounts by Month"}

    run = model.run(views=[actuals])

    assert run.code == 0, run.log
    (schema,) = {tuple(one["key_properties"]) for one in run.messages if one["type"] == "SCHEMA"}
    assert set(schema) == {"GL Accounts", "Cost Centers", "Time"}
    keys = [tuple(one[name] for name in schema) for one in run.records]
    assert len(keys) == len(set(keys)) > 100
    assert len({one["Time"] for one in run.records}) >= 12


@pytest.mark.switch("blank_numbers")
@pytest.mark.parametrize("position", ["zero", "blank"])
@pytest.mark.parametrize("how", ["direct", "pages"])
def test_blank_and_zero_are_kept_apart(
    model: Model, read_as: Callable[[str], None], how: str, position: str
) -> None:
    read_as(how)
    model.control("POST", "switches", {"blank_numbers": position})

    records = model.run(views=[APPROVED]).records

    nothing = {0, None} if position == "blank" else {0}
    empty = [one for one in records if one["Debit"] in (None, 0)]
    assert empty
    assert {one["Debit"] for one in empty} == nothing


def test_types_of_columns_are_those_of_the_line_items(model: Model) -> None:
    run = model.run(views=[APPROVED])

    (schema,) = (one["schema"]["properties"] for one in run.messages if one["type"] == "SCHEMA")
    assert schema["Debit"]["type"] == ["number", "null"]
    assert schema["Approved"]["type"] == ["boolean", "null"]
    assert schema["Posting Date"] == {"type": ["string", "null"], "format": "date"}
    assert schema["Account"]["type"] == ["string", "null"]
    assert {type(one["Debit"]) for one in run.records} <= {Decimal, int}


@pytest.mark.switch("empty_view")
@pytest.mark.parametrize("position", ["error", "empty"])
def test_a_view_without_rows_is_whole_and_empty(model: Model, position: str) -> None:
    model.control("POST", "switches", {"empty_view": position})
    entries = {one["Entry"] for one in model.run(views=[APPROVED]).records}
    withdrawn = {"entries": sorted(entries)}
    model.control("POST", "adjustments/GL Adjustments/withdraw", withdrawn)

    run = model.run(views=[APPROVED])

    assert run.code == 0, run.log
    assert run.records == []
    assert run.marks == [False, True]


@pytest.mark.switch("large_read")
def test_a_large_read_that_never_succeeds_leaves_the_stream_incomplete_and_nothing_behind(
    model: Model, read_as: Callable[[str], None]
) -> None:
    read_as("pages")
    model.control("POST", "switches", {"large_read": "unsuccessful", "task_ms": 0})

    run = model.run(views=[APPROVED])

    assert run.code == 1
    assert run.marks == [False]
    assert "came to nothing" in run.log
    assert model.control("GET", "model")["read_requests"] == 0


def test_a_page_that_fails_ends_the_read_request_as_well(
    model: Model, read_as: Callable[[str], None]
) -> None:
    read_as("pages")
    model.control("POST", "switches", {"read_page_rows": 2})
    gone = {"kind": "error", "path": "/pages/1$", "status": 404, "times": 0}
    model.control("POST", "faults", gone)

    run = model.run(views=[APPROVED])

    assert run.code == 1
    assert len(run.records) == 2
    assert run.marks == [False]
    assert "page 1 is gone" in run.log
    assert model.control("GET", "model")["read_requests"] == 0


def change_kept(model: Model, **state: Any) -> str:
    path = model.folder / "state.json"
    path.write_text(json.dumps({"bookmarks": {"changed": state}}), encoding="utf-8")
    return str(path)


def test_a_replication_key_leaves_out_earlier_rows_and_is_never_complete(model: Model) -> None:
    line = model.run(views=[APPROVED]).records[0]["Transaction ID"]
    later = {line: {"Posting Date": "2027-01-31"}}
    model.control("PATCH", "adjustments/GL Adjustments", later)
    changed = {**APPROVED, "stream": "changed", "replication_key": "Posting Date"}
    first = model.run(views=[changed])
    days = sorted(one["Posting Date"] for one in first.records)

    state = change_kept(model, **first.states[-1]["changed"])
    second = model.run("--state", state, views=[changed])

    assert first.states[-1]["changed"] == {
        "replication_key": "Posting Date",
        "replication_key_value": days[-1],
    }
    assert days[0] < days[-1] == "2027-01-31"
    assert second.code == 0, second.log
    assert {one["Posting Date"] for one in second.records} == {days[-1]}
    assert second.states[-1] == first.states[-1]
    assert first.marks == second.marks == []
