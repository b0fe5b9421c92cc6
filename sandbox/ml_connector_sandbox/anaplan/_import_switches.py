"""The switches of the import engine: one per setting a builder did not choose for an import.

Numbers in the texts are those of the fact sheet's open questions (§11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox._switches import Switch, Switches
from ml_connector_sandbox.anaplan.engine import EngineSettings
from ml_connector_sandbox.anaplan.engine._settings import Identification, read_settings

if TYPE_CHECKING:
    from enum import Enum

_ABOUTS = {
    "clear_target": "5: what a module import empties first",
    "blank_cells": "6: blank source cells: keep or clear",
    "repeated_cells": "7: rows meeting in a non-numeric cell",
    "invalid_parent": "9: unknown parent: W or E",
    "invalid_cell": "a cell that does not fit: W or E (§5.4)",
    "identification": "what finds a list import's item (§5.5)",
    "duplicate_keys": "key twice in a list file (§5.5)",
    "duplicate_targets": "key that several items of the list share (§5.5)",
    "unique_names": "a name another item has: refused, or made unique by `~n` (§5.5)",
    "later_parents": "parents whose own rows come later in the file (§5.5)",
    "list_access": "what the runner may do to items that exist (§5.3)",
    "clear_time": "what a module import that clears empties on Time (§5.5)",
    "row_identification": "what finds the list items of a module import's row (§5.5)",
    "module_access": "whether the runner may write a module import's target (§5.3)",
    "unmapped_columns": "columns neither mapped nor ignored explicitly (§5.5)",
    "empty_file": "a file without data rows (§5.5)",
}


def build_import_switches() -> dict[str, Switch]:
    """Return one switch per setting of the engine, in its default position."""
    defaults = EngineSettings()
    return {name: _switch(getattr(defaults, name), about) for name, about in _ABOUTS.items()}


def _switch(default: Enum, about: str) -> Switch:
    positions = tuple(
        member.value for member in type(default) if member is not Identification.PROPERTIES
    )  # which properties make a key is for a builder to say
    return Switch(default=default.value, about=about, positions=positions)


def choose_engine_settings(switches: Switches) -> EngineSettings:
    """Return the import engine's open questions as they are switched now."""
    return read_settings({name: switches[name] for name in _ABOUTS})
