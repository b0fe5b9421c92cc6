"""Module imports: every row writes the cells of one list item (Anaplan sheet §5.5).

Worked column by column: texts repeat within a column far more than within a row, so each distinct
text is read once, and 200,000 lines load in seconds.
"""

from __future__ import annotations

from collections import defaultdict
from enum import Enum
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._schema import Format
from ml_connector_sandbox.anaplan._values import CellValue, FormatProblem, parse_cell
from ml_connector_sandbox.anaplan.engine import _rules
from ml_connector_sandbox.anaplan.engine._outcome import ImportOutcome, RowProblem, RowState
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
        self._warnings: dict[int, list[str]] = defaultdict(list)
        self._rejections: dict[int, list[str]] = defaultdict(list)
        self._ignored_rows: set[int] = set()
        self.outcome = ImportOutcome(target=module.name, headers=source.headers)

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
            self._ignored_rows.update(row for row, slot in enumerate(self._slots) if slot >= 0)
        parsed = [(item, self._parse_column(position, item)) for position, item in loadable]
        for row in self._rejections:
            self._slots[row] = -1
        found = [slot for slot in self._slots if slot >= 0]
        self._has_repeated_items = len(found) != len(set(found))
        for item, values in parsed:
            self._write_column(item, values)
        self._close()
        return self.outcome

    def _find_items(self) -> None:
        key = self._positions[self._definition.key]
        by_code = self._items.by_code
        for number, row in enumerate(self._source.rows):
            slot = by_code.get(row[key], -1) if key < len(row) else -1
            self._slots.append(slot)
            if slot < 0:
                self._refuse_row(number, row, row[key] if key < len(row) else "")

    def _refuse_row(self, number: int, row: list[str], code: str) -> None:
        if _rules.is_blank_row(row):
            self._ignored_rows.add(number)
            return
        found = _rules.find_row_item(code, self._items)
        if not isinstance(found, int):
            self.outcome.note(*found)
            self._rejections[number].append(found[1])

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
                if text in problems:
                    self._record_invalid_cell(number, problems[text])
        return [read[text] for text in texts]

    def _record_invalid_cell(self, number: int, problem: FormatProblem) -> None:
        if self._slots[number] < 0:
            return
        self.outcome.note(problem.code, problem.text)
        if _rules.judge_invalid_cell(self._settings) is RowState.REJECTED:
            self._rejections[number].append(problem.text)
        else:
            self._warnings[number].append(problem.text)

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
        if self._settings.clear_target is ClearTarget.ALL_ITEMS:
            cells[:] = [None] * len(cells)
        elif self._settings.clear_target is ClearTarget.SOURCE_ITEMS:
            for slot in self._slots:
                if slot >= 0:
                    cells[slot] = None

    def _close(self) -> None:
        rows, lines = self._source.rows, self._source.lines
        outcome = self.outcome
        outcome.ignored = len(self._ignored_rows - self._rejections.keys() - self._warnings.keys())
        for number in sorted(self._rejections.keys() | self._warnings.keys()):
            rejected = number in self._rejections
            outcome.problems.append(
                RowProblem(
                    RowState.REJECTED if rejected else RowState.WARNED,
                    rows[number],
                    lines[number],
                    self._rejections.get(number, []) + self._warnings.get(number, []),
                )
            )
            outcome.warned_updated += not rejected
        outcome.updated = len(rows) - outcome.ignored - len(outcome.problems)
