"""What a module holds, for tests: loaded cells by the place they are in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._model_settings import VERSIONS as MODEL_VERSIONS
from ml_connector_sandbox.anaplan._periods import label_month
from ml_connector_sandbox.anaplan._schema import TIME, VERSIONS
from ml_connector_sandbox.anaplan._values import render_cell

if TYPE_CHECKING:
    from ml_connector_sandbox.anaplan._cubes import Coordinates
    from ml_connector_sandbox.anaplan._model import Model
    from ml_connector_sandbox.anaplan._schema import LineItemDef, ModuleDef

Held = dict[str, dict[str, str]]


def describe_cells(model: Model, module: ModuleDef) -> Held:
    """Return texts by place and line item: by code, or `V1 | Jan 24 | Actual` in a cube."""
    loaded = [item for item in module.line_items if not item.formula]
    if not module.is_by_one_list:
        return _describe_cubes(model, module, loaded)
    items = model.lists[module.by_list]
    columns = {item: model.column(module.name, item.name) for item in loaded}
    return {
        items.codes[slot]: {
            item.name: render_cell(columns[item][slot], item.format, model.items_of(item))
            for item in loaded
        }
        for slot in items.live_slots()
    }


def _describe_cubes(model: Model, module: ModuleDef, loaded: list[LineItemDef]) -> Held:
    """Return the cells that hold something; the others are not listed."""
    held: Held = {}
    for item in loaded:
        for at, value in sorted(model.cubes[module.name][item.name].items()):
            place = _name_place(model, module, at)
            text = render_cell(value, item.format, model.items_of(item))
            held.setdefault(place, {})[item.name] = text
    return held


def _name_place(model: Model, module: ModuleDef, at: Coordinates) -> str:
    names = []
    for dimension, place in zip(module.dimensions, at, strict=True):
        if dimension == TIME:
            names.append(label_month(place))
        elif dimension == VERSIONS:
            names.append(MODEL_VERSIONS[place].name)
        else:
            items = model.lists[dimension]
            names.append(items.codes[place] or str(items.names[place]))
    return " | ".join(names)
