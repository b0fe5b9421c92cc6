"""Module imports: every row writes the cells of one list item (Anaplan sheet §5.5).

Worked column by column: texts repeat within a column far more than within a row, so each distinct
text is read once, and 200,000 lines load in seconds.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._cubes import ColumnStore
from ml_connector_sandbox.anaplan._schema import Format
from ml_connector_sandbox.anaplan._values import CellValue, FormatProblem, parse_cell
from ml_connector_sandbox.anaplan.engine import _rules
from ml_connector_sandbox.anaplan.engine._outcome import ImportOutcome
from ml_connector_sandbox.anaplan.engine._places import ListLookUp, Place, Total
from ml_connector_sandbox.anaplan.engine._row_notes import RowNotes
from ml_connector_sandbox.anaplan.engine._settings import ClearTarget, EngineSettings

if TYPE_CHECKING:
    from ml_connector_sandbox.anaplan._model import Model
    from ml_connector_sandbox.anaplan._schema import ImportDef, LineItemDef
    from ml_connector_sandbox.anaplan.engine._source import SourceRows


class _Mark(Enum):
    """What stands in a column where no cell value does."""

    LEFT_OUT = "left out"


_Parsed = CellValue | _Mark


class ModuleImport:
    """One run of a module import over one file."""

    def __init__(
        self, model: Model, definition: ImportDef, source: SourceRows, settings: EngineSettings
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
        self._positions = _rules.index_headers(source.headers)
        self._items = model.lists[module.by_list]
        self._slots: list[int] = []
        """The list item of each row; negative for a row that is not loaded."""
        self._has_repeated_items = False
        self._numbers: dict[str, CellValue] = {}
        """Numbers read so far: most amounts stand in several columns."""
        self.outcome = ImportOutcome(target=module.name, headers=source.headers)
        self._notes = RowNotes(self.outcome, settings)

    def run(self) -> ImportOutcome:
        """Find each row's item, then write column by column."""
        self._find_items()
        mapped = [
            (self._positions[header], item)
            for header, name in self._definition.columns.items()
            if (item := self._module.find_line_item(name)) is not None
        ]
        loadable = [(position, item) for position, item in mapped if not _rules.is_ignored(item)]
        if len(loadable) < len(mapped):
            self._notes.ignored.update(row for row, slot in enumerate(self._slots) if slot >= 0)
        parsed = [(item, self._parse_column(position, item)) for position, item in loadable]
        for row in self._notes.rejections:
            self._slots[row] = -1
        found = [slot for slot in self._slots if slot >= 0]
        self._has_repeated_items = len(found) != len(set(found))
        for item, values in parsed:
            self._write_column(item, values)
        self._notes.close(self._source)
        return self.outcome

    def _find_items(self) -> None:
        key = self._positions[self._definition.key]
        look_up = ListLookUp(self._model, self._module.by_list, self._settings)
        known = look_up.known_codes
        for number, row in enumerate(self._source.rows):
            slot = known.get(row[key], -1) if key < len(row) else -1
            if slot < 0:
                slot = self._find_item(number, row, look_up(row[key] if key < len(row) else ""))
            self._slots.append(slot)

    def _find_item(self, number: int, row: list[str], found: Place) -> int:
        if isinstance(found, int):
            return found
        if isinstance(found, Total) or _rules.is_blank_row(row):
            self._notes.ignored.add(number)
        else:
            self._notes.reject(number, found)
        return -1

    def _parse_column(self, position: int, item: LineItemDef) -> list[_Parsed]:
        """Return the cell of each row: `None` for a blank, a mark for one that does not fit."""
        texts = [row[position] if position < len(row) else "" for row in self._source.rows]
        items = self._model.items_of(item)
        read: dict[str, _Parsed] = {}
        problems: dict[str, FormatProblem] = {}
        shared = self._numbers if item.format is Format.NUMBER else {}
        for text in set(texts):
            known = shared.get(text)
            if known is not None or not text:
                read[text] = known
                continue
            try:
                read[text] = shared[text] = parse_cell(text, item.format, items)
            except FormatProblem as problem:
                read[text] = _Mark.LEFT_OUT
                problems[text] = problem
        if problems:
            for number, text in enumerate(texts):
                if text in problems and self._slots[number] >= 0:
                    self._notes.leave_out(number, problems[text])
        return [read[text] for text in texts]

    def _write_column(self, item: LineItemDef, values: list[_Parsed]) -> None:
        cells = self._model.column(self._module.name, item.name)
        present = cells.copy()
        self._clear(cells)
        if self._has_repeated_items:
            self._write_repeated(cells, item, values)
        else:
            self._write_once(cells, values)
        if present != cells:
            self.outcome.changed += sum(value is not None for value in values)

    def _write_once(self, cells: list[CellValue], values: list[_Parsed]) -> None:
        clears = _rules.blank_clears(self._settings)
        for slot, value in zip(self._slots, values, strict=True):
            if slot < 0 or value is _Mark.LEFT_OUT:
                continue
            if value is not None or clears:
                cells[slot] = value

    def _write_repeated(
        self, cells: list[CellValue], item: LineItemDef, values: list[_Parsed]
    ) -> None:
        clears = _rules.blank_clears(self._settings)
        written: set[int] = set()
        for slot, value in zip(self._slots, values, strict=True):
            if slot < 0 or value is _Mark.LEFT_OUT:
                continue
            if value is None:
                if clears and slot not in written:
                    cells[slot] = None
            elif slot in written:
                cells[slot] = _rules.fold_repeated(cells[slot], value, item.format, self._settings)
            else:
                cells[slot] = value
                written.add(slot)

    def _clear(self, cells: list[CellValue]) -> None:
        """Empty the target first, as far as the import's setting reaches (§11, 5)."""
        target = self._settings.clear_target
        if target is ClearTarget.UPDATE_ONLY:
            return
        found = {slot for slot in self._slots if slot >= 0}
        if target is ClearTarget.MAPPED_ITEMS:
            found = self._model.remember(self._definition.id, self._module.by_list, found)
        ColumnStore(cells).clear([None if target is ClearTarget.ALL_ITEMS else found])
