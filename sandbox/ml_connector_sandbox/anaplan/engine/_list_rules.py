"""The rules of list imports, one per function (Anaplan sheet §5.4, §5.5).

What no tenant has shown is decided by `EngineSettings`; each such rule names its question (§11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._lists import NO_SLOT, ListData
from ml_connector_sandbox.anaplan._schema import ListField
from ml_connector_sandbox.anaplan.engine._outcome import RowState
from ml_connector_sandbox.anaplan.engine._rules import KEY_CHARACTERS_MAX, Problem, blank_clears
from ml_connector_sandbox.anaplan.engine._settings import (
    EngineSettings,
    Identification,
    InvalidParent,
    ListAccess,
    UniqueNames,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Mapping, Sequence

    from ml_connector_sandbox.anaplan._schema import ImportDef
    from ml_connector_sandbox.anaplan._values import FormatProblem


def check_code(code: str) -> Problem | None:
    """A code must be there, hold no control character and at most 60 characters (§5.5, K)."""
    if not code:
        return "hierarchyImportEmptyKey", "Empty key"
    return check_code_form(code)


def check_code_form(code: str) -> Problem | None:
    """A code that is there holds no control character and at most 60 characters (§5.5, K)."""
    if len(code) > KEY_CHARACTERS_MAX or "\0" in code:
        return "hierarchyImportInvalidCode", f"Invalid code: {code}"
    return None


def check_numbered_code(code: str) -> Problem | None:
    """Codes in a numbered list must not begin with `#`, as its names do (§5.5)."""
    if code.startswith("#"):
        return "hierarchyImportInvalidCode", f"Invalid code: {code}"
    return None


def check_name(name: str) -> Problem | None:
    """A name must be there, at most 60 characters; the sample rejects a blank one (§5.4)."""
    if not name or len(name) > KEY_CHARACTERS_MAX or "\0" in name:
        return "hierarchyImportInvalidName", f"Invalid name: {name}"
    return None


def check_duplicate(key: Hashable, seen: Collection[Hashable]) -> Problem | None:
    """The same key twice in the file: the first occurrence wins, later ones are rejected (§5.5)."""
    if key in seen:
        return "hierarchyImportDuplicateSourceKey", f"Duplicate key: {render_key(key)}"
    return None


def refuse_shared_key(key: Hashable) -> Problem:
    """A key that several items of the target share: its rows are rejected (§5.5)."""
    return "hierarchyImportDuplicateTargetKey", f"Duplicate key in the target: {render_key(key)}"


def render_key(key: Hashable) -> str:
    """Write a key as messages show it."""
    return " | ".join(str(part) for part in key) if isinstance(key, tuple) else str(key)


def check_name_is_free(name: str, items: ListData, slot: int | None) -> Problem | None:
    """A name belongs to one item of a list (§5.3 `NameOrCodeExists`)."""
    holder = items.find_name(name)
    if holder is not None and holder != slot:
        return "hierarchyImportNameOrCodeExists", f"Name or code exists: {name}"
    return None


def check_code_is_free(code: str, items: ListData, slot: int | None) -> Problem | None:
    """A code belongs to one item of a list (§5.3 `NameOrCodeExists`)."""
    holder = items.find_code(code) if code else None
    if holder is not None and holder != slot:
        return "hierarchyImportNameOrCodeExists", f"Name or code exists: {code}"
    return None


def choose_name(name: str, items: ListData, slot: int | None, settings: EngineSettings) -> str:
    """Enforced unique naming appends `~n` to a name another item has, from 1 on (§5.5; n: I)."""
    if settings.unique_names is not UniqueNames.APPEND:
        return name
    chosen, number = name, 0
    while items.find_name(chosen) not in (None, slot):
        number += 1
        suffix = f"~{number}"
        chosen = name[: KEY_CHARACTERS_MAX - len(suffix)] + suffix
    return chosen


def refuse_new_numbered(name: str) -> Problem:
    """Matching by name cannot add to a numbered list: its names are not the file's (§5.5)."""
    message = f"New entities cannot be added to a numbered list: {name}"
    return "hierarchyImportInvalidName", message


def number_name(items: ListData) -> str:
    """The name of a new item of a numbered list is `#` and its index (§5.5)."""
    return f"#{items.next_index}"


def check_index(items: ListData) -> Problem | None:
    """The item index grows for ever, up to 999,999,999 (§5.5); the message is ours (I)."""
    if items.is_full:
        return "hierarchyImportFailed", "The list has no item index left"
    return None


def resolve_parent(parent: str, parents: ListData) -> tuple[int, Problem | None]:
    """A parent that does not exist is `Invalid parent` (§5.4 sample); a blank one is none."""
    if not parent:
        return NO_SLOT, None
    slot = parents.find_any(parent)
    if slot is None:
        return NO_SLOT, ("hierarchyImportInvalidParent", "Invalid parent")
    return slot, None


def refuse_circle() -> tuple[int, Problem]:
    """An item cannot be moved below itself; treated as a parent that does not exist (I)."""
    return NO_SLOT, ("hierarchyImportInvalidParent", "Invalid parent")


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


def check_access(*, moves: bool, settings: EngineSettings) -> Problem | None:
    """Without the right to it, an item that exists is neither updated nor moved (§5.3)."""
    if settings.list_access is ListAccess.NO_UPDATE:
        return "hierarchyImportAccessNoUpdate", "No access to update the item"
    if moves and settings.list_access is ListAccess.NO_MOVE:
        return "hierarchyImportAccessNoMove", "No access to move the item"
    return None


def name_property_problem(problem: FormatProblem) -> Problem:
    """A bad date in a property has a code of its own (§5.3 `dateFormatInvalid`)."""
    if problem.code == "moduleImportDateFormat":
        return "dateFormatInvalid", problem.text
    return problem.code, problem.text


def choose_identification(definition: ImportDef, settings: EngineSettings) -> Identification:
    """An import that maps no code cannot match by it, and goes by the name (§5.5; I)."""
    if settings.identification is Identification.PROPERTIES:
        return settings.identification
    has_code = ListField.CODE.value in definition.columns.values()
    return settings.identification if has_code else Identification.NAME


def order_parents_first(parents: Sequence[str], row_of: Mapping[str, int]) -> list[int]:
    """Put each row behind the row of its parent, else in the order of the file (§5.5).

    `row_of` finds the first row of a key; rows in a circle keep their order.
    """
    ordered: list[int] = []
    done: set[int] = set()
    for number in range(len(parents)):
        chain: list[int] = []
        step: int | None = number
        while step is not None and step not in done and step not in chain:
            chain.append(step)
            step = row_of.get(parents[step]) if parents[step] else None
        for one in reversed(chain):
            done.add(one)
            ordered.append(one)
    return ordered
