"""The rules all imports share, and those of module imports, one per function (§5.4, §5.5).

What no tenant has shown is decided by `EngineSettings`; each such rule names its question (§11).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._schema import Format, ImportDef, ImportKind, LineItemDef
from ml_connector_sandbox.anaplan._values import EXACT, CellValue
from ml_connector_sandbox.anaplan.engine._outcome import RowState
from ml_connector_sandbox.anaplan.engine._settings import (
    BlankCells,
    EngineSettings,
    InvalidCell,
    ModuleAccess,
    Repeated,
    RowIdentification,
    UnmappedColumns,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ml_connector_sandbox.anaplan._lists import ListData
    from ml_connector_sandbox.anaplan._model import Model

KEY_CHARACTERS_MAX = 60

Problem = tuple[str, str]
"""A detail code (§5.3) and the message for the dump."""


def find_missing_columns(definition: ImportDef, headers: Collection[str]) -> list[str]:
    """A mapped column that is not in the file fails the whole import: `missingFields` (§5.3)."""
    needed = [*definition.columns, definition.key, definition.value_column]
    needed += [one.column for one in definition.dimensions]
    return [header for header in dict.fromkeys(needed) if header and header not in headers]


def find_unmapped_columns(
    definition: ImportDef, headers: Iterable[str], settings: EngineSettings
) -> list[str]:
    """Columns not mapped should be ignored explicitly, or each run warns of them (§5.5, K)."""
    if settings.unmapped_columns is UnmappedColumns.IGNORE:
        return []
    known = {*definition.columns, definition.key, *(definition.ignored or ())}
    known |= {definition.value_column, *(one.column for one in definition.dimensions)}
    return [header for header in headers if header and header not in known]


def find_row_item(text: str, items: ListData, settings: EngineSettings) -> int | None:
    """A row identifier must resolve, by code or name as the builder chose (§5.5)."""
    match settings.row_identification:
        case RowIdentification.CODE:
            return items.find_code(text)
        case RowIdentification.NAME:
            return items.find_name(text)
        case RowIdentification.NAME_OR_CODE:
            return items.find_any(text)


def refuse_row_item(text: str) -> Problem:
    """A row whose identifier does not resolve is rejected (§5.5)."""
    return "moduleImportInvalidListIdentifier", f"Invalid list identifier: {text}"


def refuse_period(text: str) -> Problem:
    """A period outside the model's calendar rejects the row (§9.4)."""
    return "moduleImportInvalidTimeEntityIdentifier", f"Item not found in calendar: {text}"


def refuse_line_item(text: str) -> Problem:
    """A line item that does not exist rejects the row (§5.4)."""
    return "moduleImportInvalidLineItemIdentifier", f"Invalid line item identifier: {text}"


def find_target(model: Model, definition: ImportDef) -> Problem | None:
    """An import whose list or module is gone fails as a whole (§5.3)."""
    if definition.kind is ImportKind.LIST and model.find_list(definition.target) is None:
        return "failedToLocateHierarchy", f"Failed to locate the list {definition.target}"
    if definition.kind is ImportKind.MODULE and model.find_module(definition.target) is None:
        return "failedToLocateModule", f"Failed to locate the module {definition.target}"
    return None


def check_access(definition: ImportDef, settings: EngineSettings) -> Problem | None:
    """Without write access to the module the whole import fails (§5.3)."""
    is_module = definition.kind is ImportKind.MODULE
    if is_module and settings.module_access is ModuleAccess.NONE:
        return "moduleImportNoWriteAccess", "No write access to the module"
    return None


def judge_invalid_cell(settings: EngineSettings) -> RowState:
    """A cell that does not fit is left out, the row loads: `W` as a bad date in a list (§5.5)."""
    if settings.invalid_cell is InvalidCell.REJECT:
        return RowState.REJECTED
    return RowState.WARNED


def is_ignored(line_item: LineItemDef) -> bool:
    """Cells of calculated line items are counted as ignored, without an error (§5.5, K)."""
    return bool(line_item.formula)


def blank_clears(settings: EngineSettings) -> bool:
    """A blank source cell leaves the cell as it is, or empties it (§11, 6)."""
    return settings.blank_cells is BlankCells.CLEAR


def fold_repeated(
    first: CellValue, later: CellValue, form: Format, settings: EngineSettings
) -> CellValue:
    """Rows that meet in one cell: numbers are added up (K), of others the last wins (§11, 7)."""
    if form is Format.NUMBER and isinstance(first, Decimal) and isinstance(later, Decimal):
        return EXACT.add(first, later)
    return first if settings.repeated_cells is Repeated.FIRST_WINS else later


def is_blank_row(row: Iterable[str]) -> bool:
    """A row without any content is ignored (I)."""
    return not any(row)


def index_headers(headers: Iterable[str]) -> Mapping[str, int]:
    """Columns are found by header text; of two with the same text the first counts (I)."""
    positions: dict[str, int] = {}
    for position, header in enumerate(headers):
        positions.setdefault(header, position)
    return positions
