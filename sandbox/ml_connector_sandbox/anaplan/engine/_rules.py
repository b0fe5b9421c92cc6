"""The rules all imports share, and those of module imports, one per function (§5.4, §5.5).

What no tenant has shown is decided by `EngineSettings`; each such rule names its question (§11).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._schema import Format, ImportDef, LineItemDef
from ml_connector_sandbox.anaplan._values import EXACT, CellValue
from ml_connector_sandbox.anaplan.engine._outcome import RowState
from ml_connector_sandbox.anaplan.engine._settings import (
    BlankCells,
    EngineSettings,
    InvalidCell,
    Repeated,
    UnmappedColumns,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ml_connector_sandbox.anaplan._lists import ListData

KEY_CHARACTERS_MAX = 60

Problem = tuple[str, str]
"""A detail code (§5.3) and the message for the dump."""


def find_missing_columns(definition: ImportDef, headers: Collection[str]) -> list[str]:
    """A mapped column that is not in the file fails the whole import: `missingFields` (§5.3)."""
    return [header for header in definition.columns if header not in headers] + (
        [definition.key] if definition.key and definition.key not in headers else []
    )


def find_unmapped_columns(
    definition: ImportDef, headers: Iterable[str], settings: EngineSettings
) -> list[str]:
    """Columns not mapped should be ignored explicitly, or each run warns of them (§5.5, K)."""
    if settings.unmapped_columns is UnmappedColumns.IGNORE:
        return []
    known = {*definition.columns, definition.key, *(definition.ignored or ())}
    return [header for header in headers if header and header not in known]


def find_row_item(code: str, items: ListData) -> int | Problem:
    """A row identifier must resolve, by code; otherwise the row is rejected (§5.5)."""
    slot = items.find_code(code)
    if slot is None:
        return "moduleImportInvalidListIdentifier", f"Invalid list identifier: {code}"
    return slot


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
