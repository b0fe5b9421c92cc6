"""Edits of cells, one at a time, as the transactional API and people make them.

Failure kinds are, but for `cellIsCalculated`, our own names (Anaplan sheet §7.3; I).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._list_edits import (
    EditProblem,
    JsonObject,
    find_item,
    text_of,
    value_text,
)
from ml_connector_sandbox.anaplan._lists import NO_SLOT
from ml_connector_sandbox.anaplan._values import CellValue, FormatProblem, parse_cell

if TYPE_CHECKING:
    from ml_connector_sandbox.anaplan._model import Model
    from ml_connector_sandbox.anaplan._schema import LineItemDef, ModuleDef


class CellEditor:
    """Writes single cells of one module (§7.3)."""

    def __init__(self, model: Model, module: ModuleDef) -> None:
        """Edit `module`'s cells in `model`."""
        self._model = model
        self._module = module

    def write(self, cell: JsonObject) -> None:
        """Write one cell; calculated and aggregate cells are refused.

        Raises:
            EditProblem: The cell was not written.
        """
        item = self._module.find_line_item(
            text_of(cell, "lineItemId") or text_of(cell, "lineItemName")
        )
        if item is None:
            raise EditProblem("lineItemNotFound", "Invalid line item identifier")
        if item.formula:
            raise EditProblem("cellIsCalculated", f"{item.name} is calculated")
        slot = self._find_slot(cell)
        column = self._model.column(self._module.name, item.name)
        column[slot] = self._parse(cell.get("value"), item)

    def _parse(self, value: object, item: LineItemDef) -> CellValue:
        text = _value_text(value)
        if not text:
            return None
        try:
            return parse_cell(text, item.format, self._model.items_of(item))
        except FormatProblem as problem:
            raise EditProblem("invalidValue", problem.text) from problem

    def _find_slot(self, cell: JsonObject) -> int:
        definition = self._model.find_list(self._module.by_list)
        dimensions = cell.get("dimensions")
        if definition is None or not isinstance(dimensions, list):
            raise EditProblem("dimensionMissing", "Every dimension must be named")
        items = self._model.lists[definition.name]
        for given in dimensions:
            if not isinstance(given, dict):
                continue
            named = (text_of(given, "dimensionId"), text_of(given, "dimensionName"))
            if definition.id not in named and definition.name not in named:
                continue
            parts = {"id": "itemId", "code": "itemCode", "name": "itemName"}
            wanted: JsonObject = {key: given.get(source) for key, source in parts.items()}
            slot = find_item(definition, items, wanted)
            if slot == NO_SLOT:
                raise EditProblem("itemNotFound", f"Invalid item of {definition.name}")
            return slot
        raise EditProblem("dimensionMissing", f"{definition.name} must be named")


def _value_text(value: object) -> str:
    """Return a cell's value as text; null is refused (§7.3)."""
    if value is None:
        raise EditProblem("invalidValue", "null is not a value")
    return value_text(value)
