"""The open questions of the import engine, as settled for one run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class BlankCells(Enum):
    """What a blank source cell does (§11, 6)."""

    KEEP = "keep"
    CLEAR = "clear"


class Repeated(Enum):
    """What a second row for the same cell does when it is no number (§11, 7)."""

    LAST_WINS = "last_wins"
    FIRST_WINS = "first_wins"


class InvalidParent(Enum):
    """What an unknown parent leads to (§11, 9)."""

    WARN = "warn"
    REJECT = "reject"


class InvalidCell(Enum):
    """What a cell that does not fit leads to: the row without it, or no row (§5.4)."""

    WARN = "warn"
    REJECT = "reject"


class DuplicateKeys(Enum):
    """What the same key twice in a list import's file leads to (§5.5)."""

    FIRST_WINS = "first_wins"
    REJECT_IMPORT = "reject_import"


class ClearTarget(Enum):
    """What a module import empties before it writes (§5.5; §11, 5)."""

    UPDATE_ONLY = "update_only"
    SOURCE_ITEMS = "source_items"
    ALL_ITEMS = "all_items"


class EmptyFile(Enum):
    """How an import without a data row ends (§5.5: `false` was seen after an empty file)."""

    UNSUCCESSFUL = "unsuccessful"
    SUCCESSFUL = "successful"


@dataclass(frozen=True, kw_only=True)
class EngineSettings:
    """One position per open question."""

    blank_cells: BlankCells = BlankCells.KEEP
    repeated: Repeated = Repeated.LAST_WINS
    invalid_parent: InvalidParent = InvalidParent.WARN
    invalid_cell: InvalidCell = InvalidCell.WARN
    duplicate_keys: DuplicateKeys = DuplicateKeys.FIRST_WINS
    clear_target: ClearTarget = ClearTarget.UPDATE_ONLY
    empty_file: EmptyFile = EmptyFile.UNSUCCESSFUL
