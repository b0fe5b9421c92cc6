"""Actions that end without having done anything: failed by switch, or cancelled (§5.2, §5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._results import build_failure
from ml_connector_sandbox.anaplan._schema import (
    ActionDef,
    ExportDef,
    ImportDef,
    ImportKind,
    ProcessDef,
)
from ml_connector_sandbox.anaplan.engine import Detail

if TYPE_CHECKING:
    from ml_connector_sandbox.anaplan._task_book import JsonObject

Step = ImportDef | ExportDef | ActionDef

_FOR_ALL = ("actionFailed", "internalError", "notAuthorised")
_FOR_LISTS = ("hierarchyImportFailed", "failedToLocateHierarchy")
_FOR_MODULES = ("moduleImportFailed", "failedToLocateModule")


def find_failure(code: str, action: Step) -> Detail | None:
    """Return the failure a switch asks for, if this action can meet it (§5.3)."""
    if code == "none" or not _can_meet(code, action):
        return None
    return Detail(type=code, text=f"{action.name}: {code}")


def _can_meet(code: str, action: Step) -> bool:
    if code in _FOR_ALL:
        return True
    if isinstance(action, ActionDef):
        return code == "deleteFromSelectionFailed" and action.action_type == "DELETE_BY_SELECTION"
    if isinstance(action, ExportDef) or code == "deleteFromSelectionFailed":
        return False
    is_list = action.kind is ImportKind.LIST
    return code not in (_FOR_MODULES if is_list else _FOR_LISTS)


def build_cancelled(cancelled: Step | ProcessDef) -> JsonObject:
    """Return the result of a cancelled action (§5.3 `msgImportCancelled`, `msgExportCancelled`)."""
    code = "msgExportCancelled" if isinstance(cancelled, ExportDef) else "msgImportCancelled"
    detail = Detail(type=code, text=f"{cancelled.name} was cancelled")
    return build_failure(cancelled.id, cancelled.name, detail)
