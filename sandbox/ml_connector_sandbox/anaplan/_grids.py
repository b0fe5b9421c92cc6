"""Views as grids: the members of each axis, and the text of each cell (Anaplan sheet §7.2).

In a hierarchy the parents come after their children and sum them; years come after their months.
Parents and years are never written: they are totals.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._calculated import ZERO, Calculations
from ml_connector_sandbox.anaplan._lists import NO_SLOT
from ml_connector_sandbox.anaplan._schema import (
    LINE_ITEMS,
    LINE_ITEMS_ID,
    TIME,
    TIME_ID,
    Format,
    LineItemDef,
    ListDef,
    ModuleDef,
    ViewDef,
)
from ml_connector_sandbox.anaplan._values import EXACT, CellValue, render_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ml_connector_sandbox.anaplan._model import Model

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
    return model.lists[module.by_list].count * periods


class Grids:
    """Reads views of one model."""

    def __init__(
        self, model: Model, calculations: Calculations, *, write_number: Callable[[Decimal], str]
    ) -> None:
        """Read `model`; numbers are written by `write_number`."""
        self._model = model
        self._calculations = calculations
        self._write_number = write_number
        self._columns: dict[str, list[CellValue]] = {}
        """Columns looked at so far, by line item; one reader serves one request."""

    def dimension(self, view: ViewDef, name: str) -> Dimension:
        """Return one of the view's dimensions with its members."""
        if name == TIME:
            return Dimension(id=TIME_ID, name=TIME, members=self._periods(view))
        if name == LINE_ITEMS:
            return Dimension(id=LINE_ITEMS_ID, name=LINE_ITEMS, members=self._line_items(view))
        definition = self._model.find_list(name)
        if definition is None:
            raise LookupError(name)
        return Dimension(id=definition.id, name=name, members=self.list_members(definition, view))

    def axis(self, view: ViewDef, names: Sequence[str]) -> list[tuple[Member, ...]]:
        """Return the combinations along one axis."""
        return list(itertools.product(*(self.dimension(view, name).members for name in names)))

    def read_cells(
        self, view: ViewDef, *, fixed: Sequence[Member]
    ) -> Iterator[tuple[tuple[Member, ...], list[str]]]:
        """Yield each row of the view with its cells; `fixed` are the chosen page members."""
        module = self._module(view)
        columns = self.axis(view, view.columns)
        for row in self.axis(view, view.rows):
            yield row, [self.read_cell(module, (*fixed, *row, *column)) for column in columns]

    def read_cell(self, module: ModuleDef, members: Sequence[Member]) -> str:
        """Return the text of the cell where `members` meet."""
        item: LineItemDef | None = None
        by_list: Member | None = None
        months: tuple[int, ...] = ()
        for member in members:
            if member.line_item is not None:
                item = member.line_item
            elif member.months:
                months = member.months
            else:
                by_list = member
        if item is None or by_list is None:
            raise LookupError(module.name)
        if item.formula:
            return self._write_number(self._calculate(module, item, by_list, months))
        return self._read_loaded(module, item, by_list)

    def _read_loaded(self, module: ModuleDef, item: LineItemDef, by_list: Member) -> str:
        cells = self._columns.get(item.id)
        if cells is None:
            cells = self._columns[item.id] = self._model.column(module.name, item.name)
        items = self._model.items_of(item)
        if by_list.is_total:
            if item.format is Format.NUMBER:
                return self._write_number(_add(cells[slot] for slot in by_list.slots))
            return render_cell(None, item.format, items)
        value = cells[by_list.slots[0]]
        if isinstance(value, Decimal):
            return self._write_number(value)
        return render_cell(value, item.format, items)

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
            )
            for slot in items.live_slots()
        ]
        parent = model.find_list(definition.parent) if definition.parent else None
        if view is None or view.leaves_only or parent is None:
            return leaves
        return self._with_parents(leaves, definition, parent)

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

    def _calculate(
        self, module: ModuleDef, item: LineItemDef, by_list: Member, months: tuple[int, ...]
    ) -> Decimal:
        if module.name == "CTL Loads":
            if item.name == "Rows":
                return self._calculations.load_rows(by_list.code)
            return self._calculations.load_total(by_list.code, item.name)
        amounts = self._calculations.commitments()
        return _add(amounts.get((slot, month), ZERO) for slot in by_list.slots for month in months)


def _add(values: Iterator[object]) -> Decimal:
    total = ZERO
    for value in values:
        if isinstance(value, Decimal):
            total = EXACT.add(total, value)
    return total
