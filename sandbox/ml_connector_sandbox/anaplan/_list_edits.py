"""Edits of list items, one at a time, as the transactional API and people make them.

Failure kinds are those seen in recorded answers (Anaplan sheet §7.1).
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
    from ml_connector_sandbox.anaplan._schema import ListDef

CHARACTERS_MAX = 60

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
        name, code = self._name_new(item), text_of(item, "code")
        _check_length(name, code)
        if self._items.find_name(name) is not None or self._items.find_code(code) is not None:
            raise EditProblem("DUPLICATE", f"Item already exists: {code or name}")
        if self._items.is_full:
            raise EditProblem("INCORRECT_FORMAT", "The list has no item index left")
        properties, subsets = self._read_properties(item), self._read_subsets(item)
        slot = self._items.add(name=name, code=code, parent=self._find_parent(item))
        self._write(slot, properties, subsets)

    def update(self, item: JsonObject) -> None:
        """Change what is given of the item found by id, else code, else name.

        Raises:
            EditProblem: The item was not changed.
        """
        slot = self._find(item)
        self._check_identifier(item, slot)
        name = text_of(item, "name") or str(self._items.names[slot])
        code = text_of(item, "code") or self._items.codes[slot]
        _check_length(name, code)
        if self._items.find_name(name) not in (None, slot):
            raise EditProblem("DUPLICATE", f"Name is in use: {name}")
        if self._items.find_code(code) not in (None, slot):
            raise EditProblem("DUPLICATE", f"Code is in use: {code}")
        parent = self._find_parent(item) if "parent" in item else self._items.parents[slot]
        is_own_parent = self._definition.parent == self._definition.name
        if is_own_parent and self._items.leads_to(parent, slot):
            raise EditProblem("INCORRECT_FORMAT", "Invalid parent: the item is above it")
        properties, subsets = self._read_properties(item), self._read_subsets(item)
        self._items.rename(slot, name=name, code=code)
        self._items.parents[slot] = parent
        self._write(slot, properties, subsets)

    def delete(self, item: JsonObject) -> None:
        """Delete the item found by id or code, never both, with its cells.

        Raises:
            EditProblem: There is no such item.
        """
        if text_of(item, "id") and text_of(item, "code"):
            raise EditProblem("INCORRECT_FORMAT", "Only one of id and code is allowed")
        self._model.delete_items(self._definition.name, [self._find(item)])

    def _name_new(self, item: JsonObject) -> str:
        """A numbered list makes its names; in others they are given (§7.1)."""
        name = text_of(item, "name")
        if self._definition.is_numbered:
            if name:
                raise EditProblem("INCORRECT_FORMAT", "A numbered list takes no name")
            if text_of(item, "code").startswith("#"):
                raise EditProblem("INCORRECT_FORMAT", "A code must not begin with #")
            return f"#{self._items.next_index}"
        if not name:
            raise EditProblem("INCOMPLETE_DATA", "name is required")
        return name

    def _check_identifier(self, item: JsonObject, slot: int) -> None:
        """In a numbered list exactly one identifier, the code where there is one (§7.1)."""
        if not self._definition.is_numbered:
            return
        given = [key for key in ("id", "code", "name") if text_of(item, key)]
        if given not in (["id"], ["code"]):
            raise EditProblem("INCORRECT_FORMAT", "Exactly one of id and code is required")
        if self._items.codes[slot] and given != ["code"]:
            raise EditProblem("INCORRECT_FORMAT", "An item with a code is addressed by its code")

    def _find(self, item: JsonObject) -> int:
        slot = find_item(self._definition, self._items, item)
        if slot == NO_SLOT:
            raise EditProblem("INCORRECT_FORMAT", "Item not found")
        return slot

    def _find_parent(self, item: JsonObject) -> int:
        text = text_of(item, "parent")
        if not text:
            return NO_SLOT
        slot = self._model.lists[self._parent.name].find_any(text) if self._parent else None
        if slot is None:
            raise EditProblem("INCORRECT_FORMAT", f"Invalid parent: {text}")
        return slot

    def _read_properties(self, item: JsonObject) -> dict[str, CellValue]:
        given = item.get("properties") or {}
        if not isinstance(given, dict):
            raise EditProblem("INCORRECT_FORMAT", "properties must be an object")
        return {str(name): self._read_property(str(name), value) for name, value in given.items()}

    def _read_property(self, name: str, value: object) -> CellValue:
        definition = self._definition.find_property(name)
        if definition is None:
            raise EditProblem("INCORRECT_FORMAT", f"Unknown property: {name}")
        text = "" if value is None else value_text(value)
        if text is None:
            raise EditProblem("INCORRECT_FORMAT", f"Invalid value of {name}")
        try:
            items = self._model.items_of(definition)
            return parse_cell(text, definition.format, items) if text else None
        except FormatProblem as problem:
            raise EditProblem("INCORRECT_FORMAT", problem.text) from problem

    def _read_subsets(self, item: JsonObject) -> dict[str, bool]:
        given = item.get("subsets") or {}
        if not isinstance(given, dict):
            raise EditProblem("INCORRECT_FORMAT", "subsets must be an object")
        for name, value in given.items():
            if name not in self._definition.subsets or not isinstance(value, bool):
                raise EditProblem("INCORRECT_FORMAT", f"Invalid subset: {name}")
        return given

    def _write(self, slot: int, properties: dict[str, CellValue], subsets: dict[str, bool]) -> None:
        for name, value in properties.items():
            self._items.set_property(name, slot, value)
        for name, belongs in subsets.items():
            members = self._items.subsets.setdefault(name, set())
            (members.add if belongs else members.discard)(slot)


def find_item(definition: ListDef, items: ListData, item: JsonObject) -> int:
    """Return the slot of the item named by `id`, else `code`, else `name`."""
    if text_of(item, "id"):
        slot = find_slot(definition, text_of(item, "id"))
        return slot if items.is_live(slot) else NO_SLOT
    if text_of(item, "code"):
        found = items.find_code(text_of(item, "code"))
    else:
        found = items.find_name(text_of(item, "name"))
    return NO_SLOT if found is None else found


def value_text(value: object) -> str | None:
    """Return a number, Boolean or text as text; `None` for what is no value (§7.3)."""
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return render_number(value)
        case int() | str():
            return str(value)
        case _:
            return None


def text_of(item: JsonObject, key: str) -> str:
    """Return what `item` says under `key` as text, empty for nothing."""
    value = item.get(key)
    return "" if value is None else str(value)


def _check_length(*texts: str) -> None:
    for text in texts:
        if len(text) > CHARACTERS_MAX:
            raise EditProblem("INCORRECT_FORMAT", f"Longer than {CHARACTERS_MAX}: {text}")
