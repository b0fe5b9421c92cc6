"""The model builder's page, its samples and the sandbox's blueprint describe one model."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ml_connector_sandbox.anaplan._blueprint import Scope, build_blueprint
from ml_connector_sandbox.anaplan._schema import Format, ImportKind

if TYPE_CHECKING:
    from tests.sandbox.anaplan.service import Anaplan

DOCS = Path(__file__).parents[3] / "docs"
GUIDE = (DOCS / "anaplan-model.md").read_text("utf-8")
BLUEPRINT = build_blueprint(Scope.ALL)
PROCESS = next(one for one in BLUEPRINT.processes if one.name == "Load Sage 300")
STEPS = [step for process in BLUEPRINT.processes for step in process.actions]
IMPORTS = {one.name: one for one in BLUEPRINT.imports}
HEADERS = {file.name: list(file.headers) for file in BLUEPRINT.files}
FILES = {IMPORTS[name].file: HEADERS[IMPORTS[name].file] for name in STEPS}
"""The files of both processes, in their order."""
FORMATS = {
    "text": Format.TEXT,
    "number": Format.NUMBER,
    "date": Format.DATE,
    "Boolean": Format.BOOLEAN,
    "list": Format.LIST,
}


def read_table(heading: str) -> list[list[str]]:
    """Return the cells of the table below `heading`, without its header."""
    section = GUIDE.split(f"{heading}\n", 1)[1]
    table = re.search(r"(?:^\|.*\|\n)+", section, re.MULTILINE)
    assert table is not None
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in table[0].splitlines()]
    return rows[2:]


@pytest.mark.parametrize("file", FILES)
def test_the_guide_s_table_of_a_file_is_the_blueprint_s(file: str) -> None:
    rows = read_table(f"### {file}")
    module_import = next(
        one for one in BLUEPRINT.imports if one.file == file and one.kind is ImportKind.MODULE
    )
    module = next(one for one in BLUEPRINT.modules if one.name == module_import.target)

    imported = {
        column.strip("`"): (line_item, FORMATS[form.split(" ")[0]])
        for column, _, line_item, form in rows
        if form
    }

    assert [row[0].strip("`") for row in rows] == FILES[file]
    formats = {item.name: item.format for item in module.line_items}
    assert imported == {
        header: (line_item, formats[line_item])
        for header, line_item in module_import.columns.items()
    }


@pytest.mark.parametrize("file", FILES)
def test_a_sample_has_the_headers_and_loads_whole(anaplan: Anaplan, file: str) -> None:
    anaplan.control.turn(process_imports="all")
    text = (DOCS / "samples" / file).read_text("utf-8")
    names = list(FILES)
    for earlier in names[: names.index(file) + 1]:
        anaplan.upload(earlier, (DOCS / "samples" / earlier).read_bytes())

    header, *rows = csv.reader(text.splitlines())
    loads = [name for name in STEPS if IMPORTS[name].file in names[: names.index(file) + 1]]
    tasks = [anaplan.run("imports", name) for name in loads]

    assert header == FILES[file]
    assert len(rows) >= 2
    assert all(len(row) == len(header) for row in rows)
    assert f"(samples/{file})" in GUIDE
    assert [task.get("dump") for task in tasks] == [None] * len(tasks)
    assert all(task["result"]["successful"] for task in tasks)


def test_the_formulas_of_the_control_module_are_the_blueprint_s() -> None:
    control = next(one for one in BLUEPRINT.modules if one.name == "CTL Loads")

    shown = dict(re.findall(r"^\| CTL Loads\.(\w+) \| number \| `(.+)` \|$", GUIDE, re.MULTILINE))

    modules = {IMPORTS[name].target for name in PROCESS.actions}
    described = {
        item.name: [term for term in item.formula.split(" + ") if term.split("'")[1] in modules]
        for item in control.line_items
    }
    assert {name: formula.split(" + ") for name, formula in shown.items()} == described


@pytest.mark.parametrize("name", ["GL Adjustments", "AP Adjustments"])
def test_the_guide_s_table_of_adjustments_is_the_blueprint_s(name: str) -> None:
    module = next(one for one in BLUEPRINT.modules if one.name == name)
    column = 2 if name.startswith("GL") else 3

    shown = {
        line_item: FORMATS[row[1].split(" ")[0]]
        for row in read_table("### GL Adjustments and AP Adjustments")
        for line_item in row[0].split(", ")
        if row[column] == "yes"
    }

    assert shown == {item.name: item.format for item in module.line_items}
