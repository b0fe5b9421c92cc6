"""The open questions and options of the import engine, as settled for one run.

A builder chooses some of them per import (`ImportDef.options`); the switches settle the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping


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


class Identification(Enum):
    """What finds the item of a list import's row (§5.5)."""

    CODE = "code"
    NAME = "name"
    NAME_OR_CODE = "name_or_code"
    PROPERTIES = "properties"


class DuplicateKeys(Enum):
    """What the same key twice in a list import's file leads to (§5.5)."""

    FIRST_WINS = "first_wins"
    REJECT_IMPORT = "reject_import"


class DuplicateTargets(Enum):
    """What a key that several items of the target share leads to (§5.5)."""

    REJECT_ROWS = "reject_rows"
    REJECT_IMPORT = "reject_import"


class UniqueNames(Enum):
    """What a name that another item has leads to: a refusal, or `~n` behind it (§5.5)."""

    REFUSE = "refuse"
    APPEND = "append"


class LaterParents(Enum):
    """Whether a parent is found whose own row comes later in the file (§5.5, not said)."""

    NOT_FOUND = "not_found"
    FOUND = "found"


class ListAccess(Enum):
    """What the runner may do to items that exist (§5.3 `AccessNoUpdate`, `AccessNoMove`)."""

    FULL = "full"
    NO_UPDATE = "no_update"
    NO_MOVE = "no_move"


class UnmappedColumns(Enum):
    """What a column does that is neither mapped nor ignored explicitly (§5.5, K)."""

    IGNORE = "ignore"
    WARN = "warn"


class ClearTarget(Enum):
    """What a module import empties before it writes (§5.5; §11, 5)."""

    UPDATE_ONLY = "update_only"
    SOURCE_ITEMS = "source_items"
    """Items the source names."""
    MAPPED_ITEMS = "mapped_items"
    """Items any run of the import has named since it stood at this position (I)."""
    ALL_ITEMS = "all_items"


class ClearTime(Enum):
    """What it empties on Time, which has options of its own (§5.5; which ones: I)."""

    SOURCE_PERIODS = "source_periods"
    FROM_CURRENT_PERIOD = "from_current_period"
    ALL_PERIODS = "all_periods"


class RowIdentification(Enum):
    """What finds the list items of a module import's row (§5.5)."""

    CODE = "code"
    NAME = "name"
    NAME_OR_CODE = "name_or_code"


class ModuleAccess(Enum):
    """Whether the runner may write the module (§5.3 `moduleImportNoWriteAccess`)."""

    FULL = "full"
    NONE = "none"


class EmptyFile(Enum):
    """How an import without a data row ends (§5.5: `false` was seen after an empty file)."""

    UNSUCCESSFUL = "unsuccessful"
    SUCCESSFUL = "successful"


@dataclass(frozen=True, kw_only=True)
class EngineSettings:
    """One position per open question."""

    blank_cells: BlankCells = BlankCells.KEEP
    repeated_cells: Repeated = Repeated.LAST_WINS
    invalid_parent: InvalidParent = InvalidParent.WARN
    invalid_cell: InvalidCell = InvalidCell.WARN
    identification: Identification = Identification.CODE
    duplicate_keys: DuplicateKeys = DuplicateKeys.FIRST_WINS
    duplicate_targets: DuplicateTargets = DuplicateTargets.REJECT_ROWS
    unique_names: UniqueNames = UniqueNames.REFUSE
    later_parents: LaterParents = LaterParents.NOT_FOUND
    list_access: ListAccess = ListAccess.FULL
    unmapped_columns: UnmappedColumns = UnmappedColumns.IGNORE
    clear_target: ClearTarget = ClearTarget.UPDATE_ONLY
    clear_time: ClearTime = ClearTime.SOURCE_PERIODS
    row_identification: RowIdentification = RowIdentification.CODE
    module_access: ModuleAccess = ModuleAccess.FULL
    empty_file: EmptyFile = EmptyFile.UNSUCCESSFUL

    def choose(self, options: Mapping[str, str]) -> EngineSettings:
        """Return these settings with what a builder chose for one import in their place.

        Raises:
            ValueError: There is no such setting, or it has no such position.
        """
        if not options:
            return self
        known = {name: getattr(self, name).value for name in self.__dataclass_fields__}
        return read_settings({**known, **options})


def read_settings(positions: Mapping[str, object]) -> EngineSettings:
    """Return the settings whose positions are given by their words; the others at default.

    Raises:
        ValueError: There is no such setting, or it has no such position.
    """
    unknown = positions.keys() - EngineSettings.__dataclass_fields__.keys()
    if unknown:
        message = f"unknown import options: {', '.join(sorted(unknown))}"
        raise ValueError(message)
    return msgspec.convert(dict(positions), EngineSettings)
