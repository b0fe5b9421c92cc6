"""Which item a row of a list import means: by code, name, both, or a combination of properties.

Fixed per import by its builder (Anaplan sheet §5.5).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from typing import TYPE_CHECKING

from typing_extensions import override

from ml_connector_sandbox.anaplan._schema import ListField
from ml_connector_sandbox.anaplan.engine import _list_rules
from ml_connector_sandbox.anaplan.engine._settings import Identification

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from ml_connector_sandbox.anaplan._lists import ListData
    from ml_connector_sandbox.anaplan._values import CellValue
    from ml_connector_sandbox.anaplan.engine._entries import Entry
    from ml_connector_sandbox.anaplan.engine._rules import Problem


class Matcher(ABC):
    """Finds the item of a row."""

    involves_name = False
    """Whether it can be the name that finds the item."""

    def __init__(self, items: ListData) -> None:
        """Look up in `items`."""
        self._items = items

    @abstractmethod
    def key_of(self, entry: Entry) -> Hashable:
        """Return what must not come twice in one file."""

    @abstractmethod
    def find(self, entry: Entry) -> int | None:
        """Return the slot of the row's item, `None` when there is none yet."""

    @abstractmethod
    def check_key(self, entry: Entry) -> Problem | None:
        """Tell what is wrong with the row's key."""

    def find_shared(self, _entry: Entry) -> Problem | None:
        """Tell whether several items share the row's key; codes and names are never shared."""
        return None


class ByCode(Matcher):
    """The code alone."""

    @override
    def key_of(self, entry: Entry) -> Hashable:
        return entry.code

    @override
    def find(self, entry: Entry) -> int | None:
        return self._items.find_code(entry.code)

    @override
    def check_key(self, entry: Entry) -> Problem | None:
        return _list_rules.check_code(entry.code)


class ByName(Matcher):
    """The name alone."""

    involves_name = True

    @override
    def key_of(self, entry: Entry) -> Hashable:
        return entry.name

    @override
    def find(self, entry: Entry) -> int | None:
        return self._items.find_name(entry.name)

    @override
    def check_key(self, entry: Entry) -> Problem | None:
        return _list_rules.check_name(entry.name)


class ByNameOrCode(Matcher):
    """The code first, then the name."""

    involves_name = True

    @override
    def key_of(self, entry: Entry) -> Hashable:
        return entry.code or entry.name

    @override
    def find(self, entry: Entry) -> int | None:
        slot = self._items.find_code(entry.code) if entry.code else None
        return slot if slot is not None else self._items.find_name(entry.name)

    @override
    def check_key(self, entry: Entry) -> Problem | None:
        return None if entry.code else _list_rules.check_name(entry.name)


class ByProperties(Matcher):
    """A combination of properties, in which the code, name and parent may take part."""

    def __init__(self, items: ListData, names: Sequence[str], parents: ListData) -> None:
        """Index the items there are by the properties `names`."""
        super().__init__(items)
        self._names = names
        self._parents = parents
        self._slots: defaultdict[Hashable, list[int]] = defaultdict(list)
        for slot in items.live_slots():
            self._slots[self._key_of_item(slot)].append(slot)

    @property
    def has_shared_keys(self) -> bool:
        """Whether any two items have the same key."""
        return any(len(slots) > 1 for slots in self._slots.values())

    @override
    def key_of(self, entry: Entry) -> Hashable:
        texts: dict[str, CellValue] = {
            ListField.CODE.value: entry.code,
            ListField.NAME.value: entry.name,
            ListField.PARENT.value: self._parents.find_any(entry.parent),
        }
        values = dict(entry.properties) | texts
        return tuple(values.get(name) for name in self._names)

    @override
    def find(self, entry: Entry) -> int | None:
        slots = self._slots.get(self.key_of(entry), [])
        return slots[0] if slots else None

    @override
    def check_key(self, entry: Entry) -> Problem | None:
        key = self.key_of(entry)
        is_blank = isinstance(key, tuple) and all(part in (None, "") for part in key)
        return ("hierarchyImportEmptyKey", "Empty key") if is_blank else None

    @override
    def find_shared(self, entry: Entry) -> Problem | None:
        key = self.key_of(entry)
        if len(self._slots.get(key, [])) > 1:
            return _list_rules.refuse_shared_key(key)
        return None

    def _key_of_item(self, slot: int) -> Hashable:
        parent = self._items.parents[slot]
        values: dict[str, CellValue] = {
            ListField.CODE.value: self._items.codes[slot],
            ListField.NAME.value: self._items.names[slot],
            ListField.PARENT.value: parent if parent >= 0 else None,
        }
        return tuple(
            values[name] if name in values else self._items.property_of(name, slot)
            for name in self._names
        )


_SIMPLE: dict[Identification, Callable[[ListData], Matcher]] = {
    Identification.CODE: ByCode,
    Identification.NAME: ByName,
    Identification.NAME_OR_CODE: ByNameOrCode,
}


def choose_matcher(
    identification: Identification, items: ListData, *, names: Sequence[str], parents: ListData
) -> Matcher:
    """Return the matcher an import's builder chose."""
    if identification is Identification.PROPERTIES:
        return ByProperties(items, names, parents)
    return _SIMPLE[identification](items)
