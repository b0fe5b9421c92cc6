"""A list's items as rows: JSON objects, or a table of texts (Anaplan sheet §7.1, §7.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._grids import item_id
from ml_connector_sandbox.anaplan._item_texts import render_properties, render_subsets
from ml_connector_sandbox.anaplan._lists import ListData

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml_connector_sandbox.anaplan._model import Model
    from ml_connector_sandbox.anaplan._schema import ListDef

JsonObject = dict[str, object]
_COLUMNS = ("id", "name", "code", "parent", "parentId", "listId", "listName")


class ItemTable:
    """Reads one list."""

    def __init__(self, model: Model, definition: ListDef) -> None:
        """Read `definition`'s items in `model`."""
        self._model = model
        self._definition = definition
        self._items = model.lists[definition.name]
        self._parent = model.find_list(definition.parent) if definition.parent else None
        self._parents = model.lists[self._parent.name] if self._parent else ListData()

    def describe(self, *, in_full: bool) -> Iterator[JsonObject]:
        """Yield every item: id, name and code, or everything there is; nothing missing has a key.

        Properties and subsets are there for lists that have any.
        """
        for slot in self._items.live_slots():
            row = self._describe_key(slot)
            if in_full:
                row |= self._describe_rest(slot)
            yield row

    def tabulate(self) -> Iterator[list[str]]:
        """Yield the header, then one row of texts per item: subsets and properties come last."""
        definition = self._definition
        names = [one.name for one in definition.properties]
        yield [*_COLUMNS, *definition.subsets, *names]
        for slot in self._items.live_slots():
            row = self._describe_key(slot) | self._describe_rest(slot)
            subsets = render_subsets(self._model, definition, slot)
            properties = render_properties(self._model, definition, slot)
            yield [
                *(str(row.get(name, "")) for name in _COLUMNS),
                *("true" if subsets[name] else "false" for name in definition.subsets),
                *(properties.get(name, "") for name in names),
            ]

    def _describe_key(self, slot: int) -> JsonObject:
        items = self._items
        row: JsonObject = {"id": item_id(self._definition, slot), "name": items.names[slot]}
        return row | {"code": items.codes[slot]} if items.codes[slot] else row

    def _describe_rest(self, slot: int) -> JsonObject:
        definition = self._definition
        row: JsonObject = {"listId": definition.id, "listName": definition.name}
        above = self._items.parents[slot]
        if self._parent is not None and self._parents.is_live(above):
            row["parent"] = self._parents.names[above]
            row["parentId"] = item_id(self._parent, above)
        if definition.subsets:
            row["subsets"] = render_subsets(self._model, definition, slot)
        properties = render_properties(self._model, definition, slot)
        return row | {"properties": properties} if properties else row
