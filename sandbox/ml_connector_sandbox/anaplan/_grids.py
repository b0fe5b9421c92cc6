"""Views as grids: the members of each axis, and the text of each cell (Anaplan sheet §7.2).

In a hierarchy the parents come after their children and sum them; years come after their months.
Parents and years are never written: they are totals.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._lists import NO_SLOT
from ml_connector_sandbox.anaplan._model_settings import VERSIONS as MODEL_VERSIONS
from ml_connector_sandbox.anaplan._periods import number_month
from ml_connector_sandbox.anaplan._schema import (
    LINE_ITEMS,
    LINE_ITEMS_ID,
    TIME,
    TIME_ID,
    VERSIONS,
    VERSIONS_ID,
    Format,
    LineItemDef,
    ListDef,
    ModuleDef,
    ViewDef,
)
from ml_connector_sandbox.anaplan._values import CellValue, add_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ml_connector_sandbox.anaplan._calculated import Calculations
    from ml_connector_sandbox.anaplan._model import Model
    from ml_connector_sandbox.anaplan._rendering import CellWriter

CELLS_MAX = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Member:
    """One place on an axis: a list item, a parent that sums, a period or a line item."""

    id: str
    name: str
    code: str = ""
    slots: tuple[int, ...] = ()
    """List items covered; one for an item, several (or none) for a parent."""
    months: tuple[int, ...] = ()
    line_item: LineItemDef | None = None
    version: int | None = None
    """Position of the version, on the dimension of versions."""
    list_name: str = ""
    """The list of the dimension it lies on; a parent that sums is of its children's."""
    is_total: bool = False


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """A dimension and its members, in order."""

    id: str
    name: str
    members: list[Member]


def item_id(definition: ListDef, slot: int) -> str:
    """Return the id of a list item: the first digits follow its list (§3.1)."""
    return f"2{20 + definition.number:02d}{slot + 1:09d}"


def find_slot(definition: ListDef, text: str) -> int:
    """Return the slot an item id names, `NO_SLOT` for another list's or none."""
    prefix = f"2{20 + definition.number:02d}"
    if len(text) != len(prefix) + 9 or not text.isdigit() or not text.startswith(prefix):
        return NO_SLOT
    return int(text[len(prefix) :]) - 1


def count_cells(model: Model, module: ModuleDef) -> int:
    """Return the cells of one line item of `module`."""
    periods = len(model.calendar.periods) if module.has_time else 1
    versions = len(MODEL_VERSIONS) if module.has_versions else 1
    return math.prod((periods, versions, *(model.lists[name].count for name in module.lists)))


class Grids:
    """Reads views of one model."""

    def __init__(self, model: Model, calculations: Calculations, *, writer: CellWriter) -> None:
        """Read `model`; cells are written by `writer`."""
        self._model = model
        self._calculations = calculations
        self._writer = writer
        self._columns: dict[str, list[CellValue]] = {}
        """Columns looked at so far, by line item; one reader serves one request."""
        self._dimensions: dict[tuple[str, str], Dimension] = {}

    def dimension(self, view: ViewDef, name: str) -> Dimension:
        """Return one of the view's dimensions with its members."""
        known = self._dimensions.get((view.id, name))
        if known is None:
            known = self._dimensions[view.id, name] = self._make_dimension(view, name)
        return known

    def _make_dimension(self, view: ViewDef, name: str) -> Dimension:
        if name == TIME:
            return Dimension(id=TIME_ID, name=TIME, members=self._periods(view))
        if name == VERSIONS:
            return Dimension(id=VERSIONS_ID, name=VERSIONS, members=_list_versions())
        if name == LINE_ITEMS:
            return Dimension(id=LINE_ITEMS_ID, name=LINE_ITEMS, members=self._line_items(view))
        definition = self._model.find_list(name)
        if definition is None:
            raise LookupError(name)
        members = self.list_members(definition, view)
        if view.filters and name == self._module(view).by_list:
            members = self._filter(view, members)
        return Dimension(id=definition.id, name=name, members=members)

    def _filter(self, view: ViewDef, members: list[Member]) -> list[Member]:
        """Keep the items whose Booleans are all true; totals do not pass a filter."""
        marks = [self._model.column(view.module, name) for name in view.filters]
        return [
            one
            for one in members
            if not one.is_total and all(column[one.slots[0]] is True for column in marks)
        ]

    def axis(self, view: ViewDef, names: Sequence[str]) -> list[tuple[Member, ...]]:
        """Return the combinations along one axis."""
        return list(itertools.product(*(self.dimension(view, name).members for name in names)))

    def read_cells(
        self, view: ViewDef, *, fixed: Sequence[Member]
    ) -> Iterator[tuple[tuple[Member, ...], list[str]]]:
        """Yield each row of the view with its cells; `fixed` are the chosen page members.

        A page without members has no cells: then there are no rows.
        """
        if len(fixed) < len(view.pages):
            return
        module = self._module(view)
        columns = self.axis(view, view.columns)
        for row in self.axis(view, view.rows):
            yield row, [self.read_cell(module, (*fixed, *row, *column)) for column in columns]

    def read_cell(self, module: ModuleDef, members: Sequence[Member]) -> str:
        """Return the text of the cell where `members` meet."""
        value, item = self.read_value(module, members)
        return self._writer.write(value, item.format, self._model.items_of(item))

    def read_value(
        self, module: ModuleDef, members: Sequence[Member]
    ) -> tuple[CellValue, LineItemDef]:
        """Return the cell where `members` meet, and its line item."""
        spot = _locate(members)
        item = spot.line_item
        if item is None or len(spot.places) != len(module.lists):
            raise LookupError(module.name)
        if not item.formula:
            if module.is_by_one_list:
                return self._find_loaded(module, item, spot.places[0]), item
            return self._find_in_cube(module, item, spot), item
        if item.format is Format.TEXT:
            return (None if spot.places[0].is_total else spot.places[0].code), item
        slots = {place.list_name: place.slots for place in spot.places}
        return self._calculations.total((module.name, item.name), slots, spot.months), item

    def _find_loaded(self, module: ModuleDef, item: LineItemDef, place: Member) -> CellValue:
        cells = self._columns.get(item.id)
        if cells is None:
            cells = self._columns[item.id] = self._model.column(module.name, item.name)
        if not place.is_total:
            return cells[place.slots[0]]
        if item.format is Format.NUMBER:
            return add_numbers(cells[slot] for slot in place.slots)
        return None

    def _find_in_cube(self, module: ModuleDef, item: LineItemDef, spot: _Spot) -> CellValue:
        """Return a cell of several dimensions, or the sum of those below a total."""
        by_list = {place.list_name: place.slots for place in spot.places}
        axes: list[Sequence[int]] = [by_list[name] for name in module.lists]
        if module.has_time:
            calendar = self._model.calendar
            axes.append([number_month(calendar.first_day(month)) for month in spot.months])
        if module.has_versions:
            axes.append((spot.version,))
        store = self._model.store(module, item)
        cells = [store.read(at) for at in itertools.product(*axes)]
        if any(place.is_total for place in spot.places) or len(spot.months) > 1:
            return add_numbers(cells) if item.format is Format.NUMBER else None
        return cells[0]

    def list_members(self, definition: ListDef, view: ViewDef | None = None) -> list[Member]:
        """Return a list's items, with the totals of their parents unless `view` leaves them out."""
        model = self._model
        items = model.lists[definition.name]
        leaves = [
            Member(
                id=item_id(definition, slot),
                name=str(items.names[slot]),
                code=items.codes[slot],
                slots=(slot,),
                list_name=definition.name,
            )
            for slot in items.live_slots()
        ]
        parent = model.find_list(definition.parent) if definition.parent else None
        if view is None or parent is None:
            return leaves
        if parent.name == definition.name:
            members = _nest(leaves, items.parents)
            return [one for one in members if not (view.leaves_only and one.is_total)]
        return leaves if view.leaves_only else self._with_parents(leaves, definition, parent)

    def _with_parents(
        self, leaves: list[Member], definition: ListDef, parent: ListDef
    ) -> list[Member]:
        parents = self._model.lists[definition.name].parents
        children: defaultdict[int, list[Member]] = defaultdict(list)
        for leaf in leaves:
            children[parents[leaf.slots[0]]].append(leaf)
        groups = self._model.lists[parent.name]
        members: list[Member] = []
        for slot in groups.live_slots():
            members += children[slot]
            covered = tuple(child.slots[0] for child in children[slot])
            members.append(
                Member(
                    id=item_id(parent, slot),
                    name=str(groups.names[slot]),
                    code=groups.codes[slot],
                    slots=covered,
                    list_name=definition.name,
                    is_total=True,
                )
            )
        return members + children[NO_SLOT]

    def _periods(self, view: ViewDef) -> list[Member]:
        calendar = self._model.calendar
        return [
            Member(
                id=period.id, name=period.label, months=period.months, is_total=period.is_summary
            )
            for period in (calendar.months if view.leaves_only else calendar.periods)
        ]

    def _line_items(self, view: ViewDef) -> list[Member]:
        return [
            Member(id=item.id, name=item.name, line_item=item)
            for item in self._module(view).line_items
        ]

    def _module(self, view: ViewDef) -> ModuleDef:
        return next(one for one in self._model.blueprint.modules if one.name == view.module)


def _nest(items: list[Member], parents: Sequence[int]) -> list[Member]:
    """Put the items of a list that is its own parent behind those below them, which they sum."""
    children: defaultdict[int, list[Member]] = defaultdict(list)
    for item in items:
        children[parents[item.slots[0]]].append(item)
    covered: dict[int, tuple[int, ...]] = {}
    members: list[Member] = []
    waiting = children[NO_SLOT][::-1]
    while waiting:
        item = waiting[-1]
        slot, below = item.slots[0], children[item.slots[0]]
        if below and below[0].slots[0] not in covered:
            waiting += reversed(below)
            continue
        waiting.pop()
        sums = itertools.chain.from_iterable(covered[child.slots[0]] for child in below)
        covered[slot] = tuple(sums) if below else (slot,)
        members.append(replace(item, slots=covered[slot], is_total=bool(below)))
    return members


@dataclass(kw_only=True)
class _Spot:
    """Where members of several axes meet."""

    line_item: LineItemDef | None = None
    months: tuple[int, ...] = ()
    version: int = 0
    places: list[Member] = field(default_factory=list)
    """One member per list."""


def _locate(members: Sequence[Member]) -> _Spot:
    spot = _Spot()
    for member in members:
        if member.line_item is not None:
            spot.line_item = member.line_item
        elif member.version is not None:
            spot.version = member.version
        elif member.months:
            spot.months = member.months
        else:
            spot.places.append(member)
    return spot


def _list_versions() -> list[Member]:
    return [
        Member(id=one.id, name=one.name, version=position)
        for position, one in enumerate(MODEL_VERSIONS)
    ]
