"""The rules of list and module imports, one per function (Anaplan sheet §5.4, §5.5).

What no tenant has shown is decided by `EngineSettings`; each such rule names its question (§11).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._lists import NO_SLOT, ListData
from ml_connector_sandbox.anaplan._schema import Format, ImportDef, LineItemDef
from ml_connector_sandbox.anaplan._values import EXACT, CellValue
from ml_connector_sandbox.anaplan.engine._outcome import RowState
from ml_connector_sandbox.anaplan.engine._settings import (
    BlankCells,
    EngineSettings,
    InvalidCell,
    InvalidParent,
    Repeated,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

KEY_CHARACTERS_MAX = 60

Problem = tuple[str, str]
"""A detail code (§5.3) and the message for the dump."""


def find_missing_columns(definition: ImportDef, headers: Collection[str]) -> list[str]:
    """A mapped column that is not in the file fails the whole import: `missingFields` (§5.3)."""
    return [header for header in definition.columns if header not in headers] + (
        [definition.key] if definition.key and definition.key not in headers else []
    )


def check_code(code: str) -> Problem | None:
    """A code must be there, hold no control character and at most 60 characters (§5.5, K)."""
    if not code:
        return "hierarchyImportEmptyKey", "Empty key"
    if len(code) > KEY_CHARACTERS_MAX or "\0" in code:
        return "hierarchyImportInvalidCode", f"Invalid code: {code}"
    return None


def check_name(name: str) -> Problem | None:
    """A name must be there, at most 60 characters; the sample rejects a blank one (§5.4)."""
    if not name or len(name) > KEY_CHARACTERS_MAX or "\0" in name:
        return "hierarchyImportInvalidName", f"Invalid name: {name}"
    return None


def check_duplicate(code: str, seen: Collection[str]) -> Problem | None:
    """The same key twice in the file: the first occurrence wins, later ones are rejected (§5.5)."""
    if code in seen:
        return "hierarchyImportDuplicateSourceKey", f"Duplicate key: {code}"
    return None


def check_name_is_free(name: str, items: ListData, slot: int | None) -> Problem | None:
    """A name belongs to one item of a list (§5.3 `NameOrCodeExists`)."""
    holder = items.find_name(name)
    if holder is not None and holder != slot:
        return "hierarchyImportNameOrCodeExists", f"Name or code exists: {name}"
    return None


def resolve_parent(parent: str, parents: ListData) -> tuple[int, Problem | None]:
    """A parent that does not exist is `Invalid parent` (§5.4 sample); a blank one is none."""
    if not parent:
        return NO_SLOT, None
    slot = parents.find_any(parent)
    if slot is None:
        return NO_SLOT, ("hierarchyImportInvalidParent", "Invalid parent")
    return slot, None


def judge_invalid_parent(settings: EngineSettings) -> RowState:
    """An invalid parent is a warning in the sample; a switch rejects the row (§11, 9)."""
    if settings.invalid_parent is InvalidParent.REJECT:
        return RowState.REJECTED
    return RowState.WARNED


def choose_parent(*, found: int, present: int | None, text: str, settings: EngineSettings) -> int:
    """Where an item ends up: a found parent moves it; else new ones get none, old ones stay (9).

    A blank parent moves an old item out of its parent only where blanks clear (§11, 6).
    """
    if found != NO_SLOT or present is None:
        return found
    if not text and blank_clears(settings):
        return NO_SLOT
    return present


def depends_on_rejected(parent: str, rejected: Collection[str]) -> Problem | None:
    """A row whose parent's own row was rejected is rejected too (§5.5)."""
    if parent and parent in rejected:
        return "hierarchyImportFailedDependency", f"Failed dependency: {parent}"
    return None


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
    return first if settings.repeated is Repeated.FIRST_WINS else later


def is_blank_row(row: Iterable[str]) -> bool:
    """A row without any content is ignored (I)."""
    return not any(row)


def index_headers(headers: Iterable[str]) -> Mapping[str, int]:
    """Columns are found by header text; of two with the same text the first counts (I)."""
    positions: dict[str, int] = {}
    for position, header in enumerate(headers):
        positions.setdefault(header, position)
    return positions
