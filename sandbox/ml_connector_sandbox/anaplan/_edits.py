"""Edits of list items and cells, one at a time, as the transactional API and people make them.

Failure kinds of list writes are those seen in recorded answers (Anaplan sheet §7.1); those of cell
writes are, but for `cellIsCalculated`, our own names (I).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._grids import find_slot
from ml_connector_sandbox.anaplan._lists import NO_SLOT, ListData
from ml_connector_sandbox.anaplan._values import (
    CellValue,
    FormatProblem,
    parse_cell,
    render_number,
)

if TYPE_CHECKING:
    from ml_connector_sandbox.anaplan._model import Model
    from ml_connector_sandbox.anaplan._schema import LineItemDef, ListDef, ModuleDef

_CHARACTERS_MAX = 60

JsonObject = dict[str, object]


class EditProblem(ValueError):  # noqa: N818  # one item's problem, reported, not a failure
    """Why one item or cell of a request was not written."""

    def __init__(self, kind: str, text: str) -> None:
        """Name the `failureType` and its details."""
        super().__init__(text)
        self.kind = kind


class ListEditor:
    """Adds, updates and deletes items of one list."""

    def __init__(self, model: Model, definition: ListDef) -> None:
        """Edit `definition`'s items in `model`."""
        self._model = model
        self._definition = definition
        self._items = model.lists[definition.name]
        self._parent = model.find_list(definition.parent) if definition.parent else None

    def add(self, item: JsonObject) -> None:
        """Add one item; an existing code or name is `DUPLICATE`.

        Raises:
            EditProblem: The item was not added.
        """
        name, code = _text(item, "name"), _text(item, "code")
        if not name:
            raise EditProblem("INCOMPLETE_DATA", "name is required")
        _check_length(name, code)
        if self._items.find_name(name) is not None or self._items.find_code(code) is not None:
            raise EditProblem("DUPLICATE", f"Item already exists: {code or name}")
        self._items.add(name=name, code=code, parent=self._find_parent(item))

    def update(self, item: JsonObject) -> None:
        """Change name, code or parent of the item found by id, else code, else name.

        Raises:
            EditProblem: The item was not changed.
        """
        slot = self._find(item)
        name = _text(item, "name") or str(self._items.names[slot])
        code = _text(item, "code") or self._items.codes[slot]
        _check_length(name, code)
        if self._items.find_name(name) not in (None, slot):
            raise EditProblem("DUPLICATE", f"Name is in use: {name}")
        if self._items.find_code(code) not in (None, slot):
            raise EditProblem("DUPLICATE", f"Code is in use: {code}")
        parent = self._find_parent(item) if "parent" in item else self._items.parents[slot]
        self._items.rename(slot, name=name, code=code)
        self._items.parents[slot] = parent

    def delete(self, item: JsonObject) -> None:
        """Delete the item found by id or code, with its cells.

        Raises:
            EditProblem: There is no such item.
        """
        self._model.delete_items(self._definition.name, [self._find(item)])

    def _find(self, item: JsonObject) -> int:
        slot = find_item(self._definition, self._items, item)
        if slot == NO_SLOT:
            raise EditProblem("INCORRECT_FORMAT", "Item not found")
        return slot

    def _find_parent(self, item: JsonObject) -> int:
        text = _text(item, "parent")
        if not text:
            return NO_SLOT
        slot = self._model.lists[self._parent.name].find_any(text) if self._parent else None
        if slot is None:
            raise EditProblem("INCORRECT_FORMAT", f"Invalid parent: {text}")
        return slot


def find_item(definition: ListDef, items: ListData, item: JsonObject) -> int:
    """Return the slot of the item named by `id`, else `code`, else `name`."""
    if _text(item, "id"):
        slot = find_slot(definition, _text(item, "id"))
        return slot if items.is_live(slot) else NO_SLOT
    if _text(item, "code"):
        found = items.find_code(_text(item, "code"))
    else:
        found = items.find_name(_text(item, "name"))
    return NO_SLOT if found is None else found


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
        item = self._module.find_line_item(_text(cell, "lineItemId") or _text(cell, "lineItemName"))
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
            named = (_text(given, "dimensionId"), _text(given, "dimensionName"))
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
    """Return a cell's value as text: null is refused, all other kinds are plain (§7.3)."""
    match value:
        case None:
            raise EditProblem("invalidValue", "null is not a value")
        case bool():
            return "true" if value else "false"
        case Decimal():
            return render_number(value)
        case int() | str():
            return str(value)
        case _:
            raise EditProblem("invalidValue", f"Not a value: {type(value).__name__}")


def _check_length(*texts: str) -> None:
    for text in texts:
        if len(text) > _CHARACTERS_MAX:
            raise EditProblem("INCORRECT_FORMAT", f"Longer than {_CHARACTERS_MAX}: {text}")


def _text(item: JsonObject, key: str) -> str:
    value = item.get(key)
    return "" if value is None else str(value)
