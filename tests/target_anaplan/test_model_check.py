"""The blueprint's table is what the sandbox serves and the guide says; each difference is named."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from ml_connector.clock import SystemClock
from ml_connector.transport import NoAudit
from target_anaplan._blueprint_loads import BLUEPRINT_LOADS, POSTING_RESULTS
from target_anaplan._blueprint_model import ACTUALS, PROCESS
from target_anaplan._blueprint_parts import CHECKSUM
from target_anaplan._connection import open_client
from target_anaplan._found_model import FoundModel, FoundModule, fetch_found_model
from target_anaplan._model_check import compare_with_blueprint
from target_anaplan._settings import parse_settings

from tests.support.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from ml_connector.findings import Finding
    from target_anaplan._blueprint_parts import LoadBlueprint

GUIDE = (Path(__file__).parents[2] / "docs" / "anaplan-model.md").read_text("utf-8")
replace = msgspec.structs.replace


@pytest.fixture(scope="module")
def served() -> FoundModel:
    """What the sandbox serves when its builder followed the guide to the end."""
    sandbox = Sandbox.start("--orders", "5")
    sandbox.anaplan("POST", "switches", {"process_imports": "all"})
    settings = parse_settings(dict(sandbox.info["anaplan"]))
    client = open_client(settings, clock=SystemClock(), audit=NoAudit())
    try:
        return fetch_found_model(client, ACTUALS, process=PROCESS)
    finally:
        client.close()
        sandbox.stop()


def compare(model: FoundModel) -> list[Finding]:
    return compare_with_blueprint(model, ACTUALS, process=PROCESS)


def test_the_served_model_is_the_blueprint(served: FoundModel) -> None:
    [only] = compare(served)

    assert not only.is_problem
    assert served.process is not None
    assert tuple(step.name for step in served.process) == ACTUALS.steps
    for load in BLUEPRINT_LOADS:
        assert served.imports[load.module_import].headers == load.headers


def change_module(model: FoundModel, name: str, **changes: object) -> FoundModel:
    changed = replace(model.modules[name], **changes)
    return replace(model, modules={**model.modules, name: changed})


def change_item(model: FoundModel, name: str, item: str, **changes: object) -> FoundModel:
    items = model.modules[name].line_items
    changed = replace(items[item], **changes)
    return change_module(model, name, line_items={**items, item: changed})


def without_item(model: FoundModel, name: str, item: str) -> FoundModel:
    items = {key: one for key, one in model.modules[name].line_items.items() if key != item}
    return change_module(model, name, line_items=items)


@dataclass(frozen=True)
class Defect:
    """A change by the builder, and the sentence that names it."""

    make: Callable[[FoundModel], FoundModel]
    said: str


DEFECTS = {
    "list": Defect(
        lambda m: replace(m, lists={k: v for k, v in m.lists.items() if k != "Items"}),
        "list Items: is missing",
    ),
    "parent": Defect(
        lambda m: replace(m, lists={**m.lists, "Vendors": None}),
        "list Vendors: expected the parent list Vendor Groups, found none",
    ),
    "parent too many": Defect(
        lambda m: replace(m, lists={**m.lists, "Items": "Vendors"}),
        "list Items: expected no parent list, found Vendors",
    ),
    "module": Defect(
        lambda m: replace(m, modules={k: v for k, v in m.modules.items() if k != "Actuals"}),
        "module Actuals: is missing. Create it by GL Accounts and Cost Centers and Time",
    ),
    "control module": Defect(
        lambda m: replace(m, modules={k: v for k, v in m.modules.items() if k != "CTL Loads"}),
        "module CTL Loads: is missing",
    ),
    "dimension": Defect(
        lambda m: change_module(m, "DAT GL Actuals", by=frozenset({"GL Accounts"})),
        "module DAT GL Actuals: expected to be by GL Actual Lines, found GL Accounts",
    ),
    "time": Defect(
        lambda m: change_module(m, "Commitments", time_scale="Quarter"),
        "module Commitments: expected the time scale Month, found Quarter",
    ),
    "line item": Defect(
        lambda m: without_item(m, "DAT AP Invoice Lines", "Posted"),
        "line item DAT AP Invoice Lines.Posted: is missing. Create it in format Boolean and map",
    ),
    "format": Defect(
        lambda m: change_item(m, "DAT PO Lines", "Amount", data_type="TEXT"),
        "line item DAT PO Lines.Amount: expected the format number, found text",
    ),
    "list of a format": Defect(
        lambda m: change_item(m, "DAT PO Lines", "Vendor", list_name="Items"),
        "line item DAT PO Lines.Vendor: expected the format list Vendors, found list Items",
    ),
    "formula missing": Defect(
        lambda m: change_item(m, "CTL Loads", "Rows", is_calculated=False),
        "line item CTL Loads.Rows: expected a formula, found none",
    ),
    "formula too many": Defect(
        lambda m: change_item(m, "DAT PO Lines", "Amount", is_calculated=True),
        "line item DAT PO Lines.Amount: expected no formula: it is loaded, found one",
    ),
    "checksum in part": Defect(
        lambda m: without_item(m, "DAT PO Lines", CHECKSUM),
        "line item DAT PO Lines.Checksum: is missing. Create it in format number",
    ),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_difference_is_named_once_with_what_to_do(served: FoundModel, defect: str) -> None:
    changed = DEFECTS[defect].make(served)

    [finding] = compare(changed)

    assert str(finding).startswith(DEFECTS[defect].said)
    assert finding.is_problem
    assert finding.remedy


def test_a_list_format_whose_list_anaplan_keeps_to_itself_is_taken_for_right(
    served: FoundModel,
) -> None:
    vague = change_item(served, "DAT PO Lines", "Vendor", list_name="")

    assert not any(one.is_problem for one in compare(vague))


def test_a_model_without_any_checksum_is_a_note(served: FoundModel) -> None:
    modules = {
        name: replace(
            module,
            line_items={key: one for key, one in module.line_items.items() if key != CHECKSUM},
        )
        for name, module in served.modules.items()
    }
    imports = {
        name: replace(one, headers=tuple(head for head in one.headers if head != CHECKSUM))
        for name, one in served.imports.items()
    }

    note, _fine = compare(replace(served, modules=modules, imports=imports))

    assert not note.is_problem
    assert "does without it" in str(note)


def test_what_a_builder_added_is_theirs(served: FoundModel) -> None:
    lists = {**served.lists, "Regions": "Vendors"}
    extra = FoundModule(by=frozenset({"Regions"}), time_scale="Month", line_items={})
    modules = {**served.modules, "Budget": extra}

    assert not any(one.is_problem for one in compare(replace(served, lists=lists, modules=modules)))


def read_table(heading: str) -> list[list[str]]:
    """Return the cells of the table below `heading`, without its header."""
    section = GUIDE.split(f"{heading}\n", 1)[1]
    table = re.search(r"(?:^\|.*\|\n)+", section, re.MULTILINE)
    assert table is not None
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in table[0].splitlines()]
    return rows[2:]


@pytest.mark.parametrize("load", [*BLUEPRINT_LOADS, POSTING_RESULTS], ids=lambda load: load.stream)
def test_the_guide_s_table_of_a_file_is_the_blueprint_s(load: LoadBlueprint) -> None:
    rows = read_table(f"### {load.file}")

    assert [row[0].strip("`") for row in rows] == list(load.headers)
    shown = {row[2]: row[3] for row in rows if row[3]}
    assert shown == {item.name: item.format_name for item in load.line_items}
