"""Where the rows of a module import belong: one look-up per dimension (Anaplan sheet §5.5, §9.4).

What a look-up finds is a place (a slot, a month, the position of a version or a line item), a
total that only sums others and is ignored, or a problem that rejects the row.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._model_settings import VERSIONS as MODEL_VERSIONS
from ml_connector_sandbox.anaplan._periods import NAMES, find_date, find_period
from ml_connector_sandbox.anaplan._schema import LINE_ITEMS, TIME, VERSIONS
from ml_connector_sandbox.anaplan.engine import _rules
from ml_connector_sandbox.anaplan.engine._settings import RowIdentification

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ml_connector_sandbox.anaplan._model import Model
    from ml_connector_sandbox.anaplan._schema import DimensionMap, ModuleDef
    from ml_connector_sandbox.anaplan.engine._settings import EngineSettings


class Total(Enum):
    """A place that cannot be loaded, for it sums others: ignored without an error (§5.5, K)."""

    TOTAL = "total"


Place = int | Total | _rules.Problem


class ListLookUp:
    """Finds the items of one list, and tells the totals of its hierarchy."""

    def __init__(self, model: Model, name: str, settings: EngineSettings) -> None:
        """Look up in the list `name`."""
        definition = model.find_list(name)
        self._items = model.lists[name]
        self._settings = settings
        parent = definition.parent if definition else None
        self._totals = model.lists[parent] if parent and parent != name else None
        self._parents = set(self._items.parents) if parent == name else set()

    @property
    def known_codes(self) -> Mapping[str, int]:
        """Slots by code, where that alone decides: the quick way for many rows."""
        by_code = self._settings.row_identification is RowIdentification.CODE
        return self._items.by_code if by_code and not self._parents else {}

    def __call__(self, text: str) -> Place:
        """Find `text`, by code or name as the builder chose."""
        slot = _rules.find_row_item(text, self._items, self._settings)
        if slot is not None:
            return Total.TOTAL if slot in self._parents else slot
        above = self._totals
        if above is not None and _rules.find_row_item(text, above, self._settings) is not None:
            return Total.TOTAL
        return _rules.refuse_row_item(text)


def look_up_period(model: Model, form: str) -> Callable[[str], Place]:
    """Return the look-up of periods by their names, or by dates in `form` (§9.4)."""

    def look_up(text: str) -> Place:
        found = (
            find_period(model.calendar, text)
            if form in ("", NAMES)
            else find_date(model.calendar, text, form)
        )
        if found is None:
            return _rules.refuse_period(text)
        return Total.TOTAL if found.month is None else found.month

    return look_up


def look_up_version(text: str) -> Place:
    """Find a version by name or id."""
    for position, version in enumerate(MODEL_VERSIONS):
        if text in (version.name, version.id):
            return position
    return _rules.refuse_row_item(text)


def look_up_line_item(module: ModuleDef) -> Callable[[str], Place]:
    """Return the look-up of line items that lie in rows; calculated ones are ignored (§5.5)."""
    positions = {item.name: place for place, item in enumerate(module.line_items)}

    def look_up(text: str) -> Place:
        position = positions.get(text)
        if position is None:
            return _rules.refuse_line_item(text)
        return Total.TOTAL if _rules.is_ignored(module.line_items[position]) else position

    return look_up


def choose_look_up(
    model: Model, module: ModuleDef, mapped: DimensionMap, settings: EngineSettings
) -> Callable[[str], Place]:
    """Return the look-up of one dimension, with what was matched by hand before it."""
    found: Callable[[str], Place]
    if mapped.dimension == TIME:
        found = look_up_period(model, mapped.dates)
    elif mapped.dimension == VERSIONS:
        found = look_up_version
    elif mapped.dimension == LINE_ITEMS:
        found = look_up_line_item(module)
    else:
        found = ListLookUp(model, mapped.dimension, settings)
    known: dict[str, Place] = {}

    def look_up(text: str) -> Place:
        if text not in known:
            known[text] = found(mapped.matches.get(text, text))
        return known[text]

    return look_up
