"""What can be wrong with an export, a view, a list or the way they are named.

Goal: nothing wrong becomes a record that looks right, or a stream that looks whole; each message
names what, where, the value and what to do.
Method: one thing is wrong per case, in the model, in its answers or in the settings.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.shared_time import SharedTime
from tests.tap_anaplan.models import GL, Model

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VIEW = {"view": "GL Adjustments.Approved"}
LIST = {"list": "GL Accounts"}
EXCEL = {"export": "GL Adjustments for Excel.csv"}
GERMAN = {
    **EXCEL,
    "decimal_separator": ",",
    "thousands_separator": ".",
    "date_format": "DD.MM.YYYY",
    "true_text": "Ja",
    "false_text": "Nein",
}
FORMATTED = {"export_values": "formatted"}
TASKS = "exports/[0-9]+/tasks$"
CHUNK = "/files/[0-9]+/chunks/"


@dataclass(frozen=True)
class Case:
    """One thing that is wrong, and what the message has to say."""

    name: str
    settings: Mapping[str, Any]
    told: Sequence[str]
    code: int = 1
    switches: Mapping[str, Any] = field(default_factory=dict)
    fault: Mapping[str, Any] | None = None
    export: Mapping[str, Any] | None = None
    """What a builder changes of the export GL Adjustments."""
    cells: Mapping[str, Any] | None = None
    """What a planner writes into the first line of GL Adjustments."""


def exports(**changes: Any) -> dict[str, Any]:
    return {"exports": [{**GL, **changes}]}


def views(**changes: Any) -> dict[str, Any]:
    return {"views": [{**VIEW, **changes}]}


def lists(**changes: Any) -> dict[str, Any]:
    return {"lists": [{**LIST, **changes}]}


def fault(kind: str, path: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "path": path, "times": 0, **more}


def page(text: str) -> dict[str, Any]:
    return {"status": 200, "body": text, "headers": {"Content-Type": "text/csv"}}


NO_FILE, NO_TABLE = (fault("status", path, **page("")) for path in (CHUNK, "/data"))
IN_SETTINGS = [
    Case("no such export", exports(export="GL"), ["Export 'GL'", "GL Adjustments", "exports"]),
    Case("no such view", views(view="Approved"), ["View 'Approved'", "GL Adjustments.Approved"]),
    Case("no such list", lists(list="Accounts"), ["List 'Accounts'", "GL Accounts"]),
    Case("a grid", exports(export="Commitments - Grid.csv"), ["GRID_CURRENT_PAGE", "views"]),
    Case("all pages", exports(export="Actuals - All Pages.csv"), ["GRID_ALL_PAGES", "Tabular"]),
    Case(
        "made a grid",
        exports(),
        ["GRID_ALL_PAGES"],
        export={"layout": "GRID_ALL_PAGES", "filters": []},
    ),
    Case("no such encoding", exports(encoding="UTF8-LATIN"), ["UTF8-LATIN", "windows-1252"]),
    Case("no text encoding", exports(encoding="base64"), ["base64", "windows-1252"]),
    Case("type of no column", views(types={"Depit": "number"}), ["'Depit'", "Debit", "types"]),
    Case("no such type", views(types={"Debit": "money"}), ["types", "money"]),
    Case("key of no column", views(key_properties=["Id"]), ["'Id'", "key_properties"]),
    Case("key of no list column", lists(key_properties=["Code"]), ["'Code'", "code"]),
    Case("text to go by", views(replication_key="Entry"), ["'Entry'", "replication_key"]),
    Case("nothing to go by", views(replication_key="Changed"), ["'Changed'", "replication_key"]),
    Case("encoding of a view", views(encoding="UTF-8"), ["views", "encoding"]),
    Case("a view without its name", {"views": [{"stream": "a"}]}, ["views", "view"]),
    Case("not a list of views", {"views": "Commitments"}, ["views"]),
    Case("one stream twice", {**exports(), **views(stream="gl_adjustments")}, ["'gl_adjustments'"]),
    Case("dates of months", views(date_format="MM/YYYY"), ["date_format", "MM/YYYY"]),
    Case("one text for both", lists(true_text="x", false_text="X"), ["true_text"]),
    Case(
        "one separator for both",
        exports(decimal_separator=",", thousands_separator=","),
        ["thousands_separator"],
    ),
]
IN_CELLS = [
    Case("text for a number", exports(types={"Entry": "number"}), ["row 1 (GLA", "Entry", "types"]),
    Case("text for a date", views(types={"Entry": "date"}), ["row 1 (", "Entry", "YYYY-MM-DD"]),
    Case("text for a box", views(types={"Entry": "boolean"}), ["row 1 (", "Entry", "true_text"]),
    Case("text of a list", lists(types={"name": "date"}), ["row 1 (", "name", "not a date"]),
    Case("a date in another order", exports(date_format="DD.MM.YYYY"), ["Posting Date", "DD.MM"]),
    Case(
        "decimals of another country",
        exports(decimal_separator=","),
        ["Debit", "'12.5'", "decimal_separator"],
        cells={"Debit": "12.5", "Approved": True},
    ),
    Case(
        "dates as shown",
        {"exports": [{**GERMAN, "date_format": "YYYY-MM-DD"}]},
        ["Posting Date", "date_format"],
        switches=FORMATTED,
    ),
    Case(
        "numbers as shown",
        {"exports": [{**GERMAN, "decimal_separator": ".", "thousands_separator": ""}]},
        ["Lines In Entry", "2,00", "thousands_separator"],
        switches=FORMATTED,
    ),
    Case(
        "boxes as shown",
        {"exports": [{**GERMAN, "true_text": "true", "false_text": "false"}]},
        ["is neither true nor false", "true_text"],
        switches=FORMATTED,
    ),
    Case(
        "no such day",
        views(types={"Description": "date"}),
        ["Description", "2026-02-30"],
        cells={"Description": "2026-02-30", "Approved": True},
    ),
    Case(
        "no finite number",
        views(types={"Description": "number"}),
        ["Description", "NaN"],
        cells={"Description": "NaN", "Approved": True},
    ),
    Case(
        "another encoding",
        exports(encoding="UTF-8"),
        ["is not in UTF-8", "after line", "encoding"],
        export={"encoding": "ISO-8859-1"},
        cells={"Description": "Börse", "Approved": True},
    ),
]
IN_ANSWERS = [
    Case("archived", exports(), ["archived"], fault=fault("error", "/2/0/", status=422)),
    Case("locked", exports(), ["locked"], fault=fault("error", TASKS, method="POST", status=423)),
    Case("no right", exports(), ["exports"], switches={"role": "none"}),
    Case("no right to a view", views(), ["views"], switches={"role": "none"}),
    Case("export vanished", exports(), ["not found"], fault=fault("error", TASKS, status=404)),
    Case("view vanished", views(), ["not found"], fault=fault("error", "/data", status=404)),
    Case("list vanished", lists(), ["not found"], fault=fault("error", "/items", status=404)),
    Case(
        "cancelled by somebody",
        exports(),
        ["ended as CANCELLED", "Run the export in Anaplan"],
        fault=fault("cancelled_task", TASKS, method="POST"),
    ),
    Case("no file", exports(), ["no content"], fault=fault("error", "/chunks", status=404)),
    Case("a web page for a file", exports(), ["header"], fault=fault("wrong_type", CHUNK), code=2),
    Case("a web page for a view", views(), ["View"], fault=fault("wrong_type", "/data"), code=2),
    Case(
        "nothing for a file",
        exports(),
        ["empty file"],
        fault=NO_FILE,
        code=2,
    ),
    Case("nothing for a view", views(), ["no header"], fault=NO_TABLE),
    Case(
        "another header",
        exports(),
        ["Entry, Debit", "discover again"],
        fault=fault("status", CHUNK, **page("Entry,Debit\nE1,1\n")),
        code=2,
    ),
    Case(
        "a header repeated",
        views(),
        ["several columns 'Entry'"],
        fault=fault("status", "/data", **page("Entry,Entry\nE1,E1\n")),
    ),
    Case(
        "a file cut short",
        exports(),
        ["ends elsewhere each time", "proxy"],
        fault=[
            fault("truncate", CHUNK, how="length", bytes=size) | {"times": 1}
            for size in (200, 300, 400)
        ],  # type: ignore[arg-type]
    ),
]


@pytest.mark.parametrize("case", IN_SETTINGS, ids=lambda case: case.name)
def test_what_is_named_wrong_is_refused_before_anything_is_read(model: Model, case: Case) -> None:
    assert_told(model, case, code=2)
    assert model.control("GET", "counters")["tasks"] == 0


@pytest.mark.parametrize("case", [*IN_CELLS, *IN_ANSWERS], ids=lambda case: case.name)
def test_what_comes_wrong_ends_the_run_without_a_complete_mark(model: Model, case: Case) -> None:
    assert_told(model, case, code=case.code)


def assert_told(model: Model, case: Case, *, code: int) -> None:
    model.clock = SharedTime(model.sandbox)
    model.control("POST", "switches", dict(case.switches))
    if case.cells is not None:
        first = min(model.control("GET", "cells/GL Adjustments"))
        model.control("PATCH", "adjustments/GL Adjustments", {first: case.cells})
    if case.export is not None:
        model.control("PATCH", "exports/GL Adjustments", case.export)
    if case.fault is not None:
        model.control("POST", "faults", case.fault)

    run = model.run(**case.settings)

    assert run.code == code, run.log
    assert True not in run.marks
    message = run.log.splitlines()[-1]
    for told in case.told:
        assert told in message, message


def test_an_export_without_rows_is_whole_and_empty(model: Model) -> None:
    entries = {one["Entry"] for one in model.run(exports=[GL]).records}
    withdrawn = {"entries": sorted(entries)}
    model.control("POST", "adjustments/GL Adjustments/withdraw", withdrawn)

    run = model.run(exports=[GL])

    assert run.code == 0, run.log
    assert run.records == []
    assert run.marks == [False, True]


@pytest.mark.parametrize("settings", [exports(), views()], ids=["export", "view"])
def test_a_text_that_is_cut_once_is_read_again(model: Model, settings: dict[str, Any]) -> None:
    whole = model.run(**settings).records
    cut = {"kind": "truncate", "path": f"{CHUNK}|/data", "how": "length", "bytes": 300}
    model.control("POST", "faults", cut)

    run = model.run(**settings)

    assert run.code == 0, run.log
    assert run.records == whole
    assert model.control("GET", "faults")[0]["fired"] == 1


@pytest.mark.parametrize("settings", [exports(), views()], ids=["export", "view"])
def test_a_catalog_with_a_column_that_is_gone_is_refused(
    model: Model, settings: dict[str, Any]
) -> None:
    found = model.discover(**settings)
    for stream in found["streams"]:
        stream["schema"]["properties"]["Cost Type"] = {"type": ["string", "null"]}
    catalog = model.folder / "catalog.json"
    catalog.write_text(json.dumps(found), encoding="utf-8")

    run = model.run("--catalog", str(catalog), **settings)

    assert run.code == 2
    assert run.records == []
    assert True not in run.marks
    assert "'Cost Type'" in run.log
    assert "discover again" in run.log
