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
from ml_connector_sandbox.anaplan._model_settings import VERSIONS as MODEL_VERSIONS
from ml_connector_sandbox.anaplan._periods import find_period
from ml_connector_sandbox.anaplan._schema import TIME, TIME_ID, VERSIONS, VERSIONS_ID
from ml_connector_sandbox.anaplan._values import CellValue, FormatProblem, parse_cell

if TYPE_CHECKING:
    from ml_connector_sandbox.anaplan._model import Model
    from ml_connector_sandbox.anaplan._schema import LineItemDef, ListDef, ModuleDef


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
        at = tuple(self._find_place(cell, name) for name in self._module.dimensions)
        value = self._parse(cell.get("value"), item)
        self._model.store(self._module, item).write(at, value)

    def _parse(self, value: object, item: LineItemDef) -> CellValue:
        text = value_text(value)
        if text is None:
            raise EditProblem("invalidValue", "Not a value")
        if not text:
            return None
        try:
            return parse_cell(text, item.format, self._model.items_of(item))
        except FormatProblem as problem:
            raise EditProblem("invalidValue", problem.text) from problem

    def _find_place(self, cell: JsonObject, dimension: str) -> int:
        """Return the place on one dimension; every one of them must be named (§7.3)."""
        named = self._find_dimension(cell, dimension)
        if dimension == TIME:
            return self._find_month(named)
        if dimension == VERSIONS:
            return _find_version(named)
        definition = self._model.find_list(dimension)
        if definition is None:
            raise EditProblem("dimensionMissing", f"{dimension} is gone")
        slot = find_item(definition, self._model.lists[dimension], named)
        if slot == NO_SLOT and not self._is_total(definition, named):
            raise EditProblem("itemNotFound", f"Invalid item of {dimension}")
        if slot == NO_SLOT or self._has_children(definition, slot):
            raise EditProblem("cellIsAggregate", f"The item of {dimension} sums others")
        return slot

    def _find_dimension(self, cell: JsonObject, dimension: str) -> JsonObject:
        """Return what a cell says of one dimension, as `id`, `code` and `name` of an item."""
        definition = self._model.find_list(dimension)
        known = {TIME: {TIME, TIME_ID}, VERSIONS: {VERSIONS, "Version", VERSIONS_ID}}
        names = {dimension, definition.id} if definition else known.get(dimension, set())
        given = cell.get("dimensions")
        for one in given if isinstance(given, list) else []:
            if not isinstance(one, dict):
                continue
            if {text_of(one, "dimensionId"), text_of(one, "dimensionName")} & names:
                parts = {"id": "itemId", "code": "itemCode", "name": "itemName"}
                return {key: one.get(source) for key, source in parts.items()}
        raise EditProblem("dimensionMissing", f"{dimension} must be named")

    def _find_month(self, named: JsonObject) -> int:
        calendar = self._model.calendar
        wanted = text_of(named, "id")
        by_id = (one.label for one in calendar.periods if one.id == wanted)
        found = find_period(calendar, next(by_id, text_of(named, "name")))
        if found is None:
            raise EditProblem("itemNotFound", "Invalid period")
        if found.month is None:
            raise EditProblem("cellIsAggregate", f"{found.label} sums its months")
        return found.month

    def _is_total(self, definition: ListDef, named: JsonObject) -> bool:
        parent = self._model.find_list(definition.parent) if definition.parent else None
        if parent is None:
            return False
        return find_item(parent, self._model.lists[parent.name], named) != NO_SLOT

    def _has_children(self, definition: ListDef, slot: int) -> bool:
        is_own_parent = definition.parent == definition.name
        return is_own_parent and slot in self._model.lists[definition.name].parents


def _find_version(named: JsonObject) -> int:
    for position, version in enumerate(MODEL_VERSIONS):
        if version.id == text_of(named, "id") or version.name == text_of(named, "name"):
            return position
    raise EditProblem("itemNotFound", "Invalid version")
