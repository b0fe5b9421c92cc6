"""Module imports into several dimensions, row by row (Anaplan sheet §5.5, §9.4).

Where a row belongs is found per dimension: in a column, fixed, asked at run time, or in the headers
of the columns that hold the values; line items lie in columns or in rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._periods import number_month
from ml_connector_sandbox.anaplan._schema import LINE_ITEMS, TIME, DimensionMap
from ml_connector_sandbox.anaplan._values import CellValue, FormatProblem, parse_cell
from ml_connector_sandbox.anaplan.engine import _rules
from ml_connector_sandbox.anaplan.engine._outcome import ImportOutcome
from ml_connector_sandbox.anaplan.engine._parameters import MappingParameter, find_answer
from ml_connector_sandbox.anaplan.engine._places import Place, Total, choose_look_up
from ml_connector_sandbox.anaplan.engine._row_notes import RowNotes
from ml_connector_sandbox.anaplan.engine._settings import (
    ClearTarget,
    ClearTime,
    EngineSettings,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from ml_connector_sandbox.anaplan._cubes import Coordinates
    from ml_connector_sandbox.anaplan._model import Model
    from ml_connector_sandbox.anaplan._schema import ImportDef, LineItemDef
    from ml_connector_sandbox.anaplan.engine._source import SourceRows


@dataclass(frozen=True, kw_only=True)
class _Axis:
    """How a row's place on one dimension is found."""

    mapped: DimensionMap
    look_up: Callable[[str], Place]
    position: int | None
    constant: str = ""

    def find(self, row: list[str], header: str) -> Place:
        """Return the place of a row's value under `header`."""
        if self.mapped.in_headers:
            return self.look_up(header)
        return self.look_up(self.constant if self.position is None else _cell(row, self.position))


@dataclass(frozen=True, kw_only=True)
class _Written:
    """One value of a row, and where it belongs."""

    row: int
    line_item: LineItemDef
    at: Coordinates
    value: CellValue


class CubeImport:
    """One run of a module import over one file, into any dimensions."""

    def __init__(
        self,
        model: Model,
        definition: ImportDef,
        source: SourceRows,
        settings: EngineSettings,
        parameters: Sequence[MappingParameter],
    ) -> None:
        """Prepare the run; nothing is changed yet."""
        module = model.find_module(definition.target)
        if module is None:
            raise LookupError(definition.target)
        self._model = model
        self._module = module
        self._definition = definition
        self._source = source
        self._settings = settings
        self._parameters = parameters
        self._positions = _rules.index_headers(source.headers)
        self._axes: list[_Axis] = []
        self._line_items: _Axis | None = None
        self.outcome = ImportOutcome(target=module.name, headers=source.headers)
        self._notes = RowNotes(self.outcome, settings)

    def run(self) -> ImportOutcome:
        """Find where every value belongs, clear, then write."""
        refusal = self._prepare_axes()
        if refusal is not None:
            return self.outcome.fail(*refusal)
        values = [one for number in range(len(self._source.rows)) for one in self._read(number)]
        values = [one for one in values if one.row not in self._notes.rejections]
        self._clear(values)
        self._write(values)
        self._notes.close(self._source)
        return self.outcome

    def _prepare_axes(self) -> _rules.Problem | None:
        by_name = {one.dimension: one for one in self._definition.dimensions}
        key = DimensionMap(dimension=self._module.by_list, column=self._definition.key)
        by_name.setdefault(self._module.by_list, key)
        for name in self._module.dimensions:
            axis = self._make_axis(by_name.get(name))
            if not isinstance(axis, _Axis):
                return axis
            self._axes.append(axis)
        if LINE_ITEMS in by_name:
            found = self._make_axis(by_name[LINE_ITEMS])
            self._line_items = found if isinstance(found, _Axis) else None
        return None

    def _make_axis(self, mapped: DimensionMap | None) -> _Axis | _rules.Problem:
        """What nobody mapped, or nobody answered, fails the import (§5.1, §5.3; I)."""
        if mapped is None:
            return "failedToLocateEntity", "A dimension of the module is not mapped"
        constant = mapped.fixed
        look_up = choose_look_up(self._model, self._module, mapped, self._settings)
        if mapped.asks:
            import_id = self._definition.id
            answer = find_answer(self._parameters, mapped.dimension, import_id=import_id)
            if answer is None or not isinstance(look_up(answer), int):
                return "failedToLocateEntity", f"No such {mapped.dimension}: {answer or 'none'}"
            constant = answer
        position = self._positions[mapped.column] if mapped.column else None
        return _Axis(mapped=mapped, look_up=look_up, position=position, constant=constant)

    def _read(self, number: int) -> list[_Written]:
        """Return the values of a row; its problems go to the notes."""
        row = self._source.rows[number]
        if _rules.is_blank_row(row):
            self._notes.ignored.add(number)
            return []
        if self._line_items is not None:
            return self._read_measure(number, self._definition.value_column, self._line_items)
        values: list[_Written] = []
        for header, name in self._definition.columns.items():
            item = self._module.find_line_item(name)
            if item is None or number in self._notes.rejections:
                continue
            if _rules.is_ignored(item):
                self._notes.ignored.add(number)
                continue
            values += self._read_value(number, header, item)
        return values

    def _read_measure(self, number: int, header: str, line_items: _Axis) -> list[_Written]:
        found = line_items.find(self._source.rows[number], header)
        if isinstance(found, int):
            return self._read_value(number, header, self._module.line_items[found])
        self._set_aside(number, found)
        return []

    def _read_value(self, number: int, header: str, item: LineItemDef) -> list[_Written]:
        row = self._source.rows[number]
        at: list[int] = []
        for axis in self._axes:
            place = axis.find(row, header)
            if not isinstance(place, int):
                self._set_aside(number, place)
                return []
            at.append(place)
        text = _cell(row, self._positions[header])
        try:
            value = parse_cell(text, item.format, self._model.items_of(item)) if text else None
        except FormatProblem as problem:
            self._notes.leave_out(number, problem)
            return []
        return [_Written(row=number, line_item=item, at=tuple(at), value=value)]

    def _set_aside(self, number: int, place: Total | _rules.Problem) -> None:
        if isinstance(place, Total):
            self._notes.ignored.add(number)
        else:
            self._notes.reject(number, place)

    def _clear(self, values: Sequence[_Written]) -> None:
        """Empty the target first, as far as the scope on each dimension reaches (§5.5)."""
        scopes = [
            self._choose_scope(axis, {one.at[number] for one in values})
            for number, axis in enumerate(self._axes)
        ]
        if not values or any(scope == set() for scope in scopes):
            return
        for item in {one.line_item.id: one.line_item for one in values}.values():
            self.outcome.changed += self._model.store(self._module, item).clear(scopes)

    def _choose_scope(self, axis: _Axis, named: set[int]) -> Collection[int] | None:
        """Return the places to clear on one dimension: none, some, or (`None`) all."""
        target = self._settings.clear_target
        if target is ClearTarget.UPDATE_ONLY:
            return set()
        if axis.mapped.clears:
            target = ClearTarget(axis.mapped.clears)
        elif axis.mapped.dimension == TIME:
            return self._choose_periods(named)
        if target is ClearTarget.ALL_ITEMS:
            return None
        if target is ClearTarget.MAPPED_ITEMS:
            return self._model.remember(self._definition.id, axis.mapped.dimension, named)
        return named

    def _choose_periods(self, named: set[int]) -> Collection[int] | None:
        match self._settings.clear_time:
            case ClearTime.SOURCE_PERIODS:
                return named
            case ClearTime.ALL_PERIODS:
                return None
            case ClearTime.FROM_CURRENT_PERIOD:
                calendar = self._model.calendar
                last = number_month(calendar.first_day(len(calendar.months) - 1))
                return range(self._model.current_month, last + 1)

    def _write(self, values: Sequence[_Written]) -> None:
        clears = _rules.blank_clears(self._settings)
        stores = {
            one.line_item.id: self._model.store(self._module, one.line_item) for one in values
        }
        written: set[tuple[str, Coordinates]] = set()
        for one in values:
            store, place = stores[one.line_item.id], (one.line_item.id, one.at)
            if one.value is None:
                if clears and place not in written:
                    self.outcome.changed += store.write(one.at, None)
                continue
            value: CellValue = one.value
            if place in written:
                value = _rules.fold_repeated(
                    store.read(one.at), value, one.line_item.format, self._settings
                )
            written.add(place)
            self.outcome.changed += store.write(one.at, value)


def _cell(row: list[str], position: int) -> str:
    return row[position] if position < len(row) else ""
