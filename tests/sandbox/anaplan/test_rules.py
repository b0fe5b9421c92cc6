"""The import engine on models of its own: what the blueprint's imports do not show (§5.5)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from ml_connector_sandbox.anaplan._blueprint import build_blueprint
from ml_connector_sandbox.anaplan._calendar import Calendar
from ml_connector_sandbox.anaplan._model import Model
from ml_connector_sandbox.anaplan._schema import ImportDef, ImportKind, ListDef
from ml_connector_sandbox.anaplan.engine import (
    EngineSettings,
    ImportOutcome,
    read_source,
    run_import,
)
from ml_connector_sandbox.anaplan.engine._settings import BlankCells

if TYPE_CHECKING:
    from ml_connector_sandbox.anaplan.engine._source import SourceRows

REGIONS = ListDef(id="101000000009", name="Regions", parent="Regions", number=9)
REGIONS_IMPORT = ImportDef(
    id="112000000009",
    name="Regions from regions.csv",
    kind=ImportKind.LIST,
    file="vendors.csv",
    target="Regions",
    columns={"Code": "Code", "Name": "Name", "Parent": "Parent"},
)


def _make_model() -> Model:
    blueprint = build_blueprint()
    blueprint = replace(blueprint, lists=(*blueprint.lists, REGIONS))
    return Model(blueprint, calendar=Calendar(first_year=2019, last_year=2030))


def _read(model: Model, text: str) -> SourceRows:
    file = model.find_file("vendors.csv")
    assert file is not None
    return read_source(text.encode(), file)


def _load_regions(model: Model, text: str) -> ImportOutcome:
    source = _read(model, "Code,Name,Parent\n" + text)
    return run_import(model, REGIONS_IMPORT, source=source, settings=EngineSettings())


def _load_vendors_module(
    model: Model, text: str, settings: EngineSettings | None = None
) -> ImportOutcome:
    definition = model.find_import("SYS Vendors from vendors.csv")
    assert definition is not None
    file = model.find_file("vendors.csv")
    assert file is not None
    source = _read(model, ",".join(file.headers) + "\n" + text)
    return run_import(model, definition, source=source, settings=settings or EngineSettings())


def _messages(outcome: ImportOutcome) -> list[tuple[str, list[str]]]:
    return [(problem.state.value, problem.messages) for problem in outcome.problems]


def test_parents_and_children_may_come_in_one_file() -> None:
    model = _make_model()

    outcome = _load_regions(model, "EU,Europe,\nDE,Germany,EU\nBE,Berlin,Germany\n")

    items = model.lists["Regions"]
    assert outcome.is_perfect
    assert items.parents == [-1, 0, 1]


def test_a_row_below_a_rejected_row_is_rejected_too() -> None:
    outcome = _load_regions(_make_model(), "EU,,\nDE,Germany,EU\n")

    assert _messages(outcome) == [("E", ["Invalid name: "]), ("E", ["Failed dependency: EU"])]


def test_a_name_of_its_own_is_changed_by_code() -> None:
    model = _make_model()
    _load_regions(model, "EU,Europe,\n")

    outcome = _load_regions(model, "EU,Union,\n")

    items = model.lists["Regions"]
    assert (outcome.updated, outcome.changed) == (1, 1)
    assert items.names == ["Union"]
    assert items.find_name("Europe") is None


def test_a_name_longer_than_60_characters_is_rejected() -> None:
    outcome = _load_regions(_make_model(), f"EU,{'N' * 61},\n")

    assert _messages(outcome) == [("E", [f"Invalid name: {'N' * 61}"])]


def test_a_blank_row_of_a_module_import_is_ignored() -> None:
    model = _make_model()
    model.lists["Vendors"].add(name="V1", code="V1")

    outcome = _load_vendors_module(model, "V1,Acme,,,,,,,,,\n,,,,,,,,,,\n")

    assert (outcome.ignored, outcome.updated, outcome.rejected) == (1, 1, 0)


def test_a_short_row_has_blank_cells() -> None:
    model = _make_model()
    model.lists["Vendors"].add(name="V1", code="V1")

    outcome = _load_vendors_module(model, "V1,Acme\n")

    assert outcome.is_perfect
    assert model.column("SYS Vendors", "Vendor Name") == ["Acme"]
    assert model.column("SYS Vendors", "City") == [None]


@pytest.mark.parametrize(("blank", "city"), [(BlankCells.KEEP, "Rome"), (BlankCells.CLEAR, None)])
def test_a_blank_in_the_first_of_repeated_rows_keeps_or_clears(
    blank: BlankCells, city: str | None
) -> None:
    model = _make_model()
    model.lists["Vendors"].add(name="V1", code="V1")
    settings = EngineSettings(blank_cells=blank)
    _load_vendors_module(model, "V1,,,,,,,,Rome,\n", settings)

    _load_vendors_module(model, "V1,A,,,,,,,,\nV1,B,,,,,,,,\n", settings)

    assert model.column("SYS Vendors", "City") == [city]
    assert model.column("SYS Vendors", "Vendor Name") == ["B"]


def test_a_bad_cell_of_a_row_that_is_not_loaded_is_no_second_problem() -> None:
    model = _make_model()
    definition = model.find_import("DAT PO Lines from purchase_order_lines.csv")
    assert definition is not None

    outcome = run_import(
        model,
        replace(definition, columns={"UnitCost": "Unit Cost"}),
        source=_read(model, "TransactionId,UnitCost\nNOPE,x\n"),
        settings=EngineSettings(),
    )

    assert _messages(outcome) == [("E", ["Invalid list identifier: NOPE"])]


def test_an_import_into_a_module_that_is_gone_says_so() -> None:
    model = _make_model()
    definition = model.find_import("SYS Vendors from vendors.csv")
    assert definition is not None

    outcome = run_import(
        model,
        replace(definition, target="Nothing"),
        source=_read(model, "VendorNumber," + ",".join(definition.columns) + "\nV1\n"),
        settings=EngineSettings(),
    )

    assert outcome.failure is not None
    assert outcome.failure.type == "failedToLocateModule"
