"""The items of one list, held in columns by slot.

A slot is a position that is never used again, as an item index grows for ever (Anaplan sheet
§5.5). Slots of deleted items keep the name `None`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml_connector_sandbox.anaplan._values import CellValue

NO_SLOT = -1
INDEX_MAX = 999_999_999
"""The highest index an item can have; only an empty list starts again (§5.5)."""


@dataclass
class ListData:
    """Names, codes, parents, properties and subsets of a list's items."""

    names: list[str | None] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    """Empty for an item without a code."""
    parents: list[int] = field(default_factory=list)
    """Slots in the parent list; `NO_SLOT` for none."""
    by_code: dict[str, int] = field(default_factory=dict)
    by_name: dict[str, int] = field(default_factory=dict)
    """Only items whose name is not their code."""
    count: int = 0
    order: list[int] | None = None
    """Slots in the order somebody put them in; until then, the order in which they were added."""
    first_index: int = 1
    """The index of slot 0."""
    properties: dict[str, list[CellValue]] = field(default_factory=dict)
    """Values by slot, as far as there are any, by the property's name."""
    subsets: dict[str, set[int]] = field(default_factory=dict)
    """Slots of the items in each subset."""

    @property
    def next_index(self) -> int:
        """Return the index the next new item gets: it grows for ever (§5.5)."""
        return self.first_index + len(self.names)

    @property
    def is_full(self) -> bool:
        """Whether no index is left for another item."""
        return self.next_index > INDEX_MAX

    def add(self, *, name: str, code: str, parent: int = NO_SLOT) -> int:
        """Add an item and return its slot; the caller has checked that it is new."""
        slot = len(self.names)
        self.names.append(name)
        self.codes.append(code)
        self.parents.append(parent)
        self._index(slot, name, code)
        self.count += 1
        if self.order is not None:
            self.order.append(slot)
        return slot

    def sort(self) -> None:
        """Put the items in the order of their names; later ones follow at the end."""
        self.order = None
        self.order = sorted(self.live_slots(), key=lambda slot: str(self.names[slot]))

    def rename(self, slot: int, *, name: str, code: str) -> None:
        """Give an item another name and code."""
        self._unindex(slot)
        self.names[slot] = name
        self.codes[slot] = code
        self._index(slot, name, code)

    def delete(self, slot: int) -> None:
        """Take an item out; its slot stays empty."""
        self._unindex(slot)
        self.names[slot] = None
        self.codes[slot] = ""
        self.parents[slot] = NO_SLOT
        self.count -= 1
        for values in self.properties.values():
            if slot < len(values):
                values[slot] = None
        for members in self.subsets.values():
            members.discard(slot)

    def property_of(self, name: str, slot: int) -> CellValue:
        """Return the value of one property of an item."""
        values = self.properties.get(name, [])
        return values[slot] if slot < len(values) else None

    def set_property(self, name: str, slot: int, value: CellValue) -> None:
        """Give an item a property; `None` takes it away."""
        values = self.properties.setdefault(name, [])
        values.extend([None] * (slot + 1 - len(values)))
        values[slot] = value

    def find_code(self, code: str) -> int | None:
        """Return the slot of the item with that code."""
        return self.by_code.get(code)

    def find_name(self, name: str) -> int | None:
        """Return the slot of the item with that name."""
        slot = self.by_name.get(name)
        if slot is not None:
            return slot
        slot = self.by_code.get(name)
        return slot if slot is not None and self.names[slot] == name else None

    def leads_to(self, slot: int, above: int) -> bool:
        """Tell whether `above` is the item or above it, in a list that is its own parent."""
        while slot not in (NO_SLOT, above):
            slot = self.parents[slot]
        return slot == above

    def find_any(self, text: str) -> int | None:
        """Return the slot found by code, else by name."""
        slot = self.by_code.get(text)
        return slot if slot is not None else self.find_name(text)

    def is_live(self, slot: int) -> bool:
        """Tell whether the slot holds an item."""
        return 0 <= slot < len(self.names) and self.names[slot] is not None

    def live_slots(self) -> Iterator[int]:
        """Yield the slots of all items, in their order."""
        if self.order is not None:
            yield from (slot for slot in self.order if self.names[slot] is not None)
            return
        for slot, name in enumerate(self.names):
            if name is not None:
                yield slot

    def copy(self) -> ListData:
        """Return an independent copy."""
        return ListData(
            names=self.names.copy(),
            codes=self.codes.copy(),
            parents=self.parents.copy(),
            by_code=self.by_code.copy(),
            by_name=self.by_name.copy(),
            count=self.count,
            order=None if self.order is None else self.order.copy(),
            first_index=self.first_index,
            properties={name: values.copy() for name, values in self.properties.items()},
            subsets={name: slots.copy() for name, slots in self.subsets.items()},
        )

    def _index(self, slot: int, name: str, code: str) -> None:
        if code:
            self.by_code[code] = slot
        if name != code:
            self.by_name[name] = slot

    def _unindex(self, slot: int) -> None:
        code, name = self.codes[slot], self.names[slot]
        if code:
            del self.by_code[code]
        if name is not None and name != code:
            del self.by_name[name]
