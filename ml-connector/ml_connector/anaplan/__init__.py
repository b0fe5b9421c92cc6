"""Anaplan's Integration API: a pure half that builds and parses, a thin half that sends.

Section numbers in this package's documentation refer to the Anaplan fact sheet.
"""

from __future__ import annotations

from ml_connector.anaplan.auth import Auth
from ml_connector.anaplan.client import AnaplanClient, open_anaplan
from ml_connector.anaplan.dumps import DumpError, iterate_dump, parse_dump
from ml_connector.anaplan.settings import AnaplanSettings, AuthMethod
from ml_connector.anaplan.types import (
    ActionResult,
    Detail,
    DumpRow,
    FileInfo,
    Grid,
    GridRow,
    ImportInfo,
    ImportSource,
    LineItemInfo,
    ListInfo,
    ListItem,
    ModelInfo,
    NamedObject,
    PollPolicy,
    ProcessAction,
    RowCounts,
    Task,
    TaskId,
    TaskKind,
    ViewInfo,
)

__all__ = [
    "ActionResult",
    "AnaplanClient",
    "AnaplanSettings",
    "Auth",
    "AuthMethod",
    "Detail",
    "DumpError",
    "DumpRow",
    "FileInfo",
    "Grid",
    "GridRow",
    "ImportInfo",
    "ImportSource",
    "LineItemInfo",
    "ListInfo",
    "ListItem",
    "ModelInfo",
    "NamedObject",
    "PollPolicy",
    "ProcessAction",
    "RowCounts",
    "Task",
    "TaskId",
    "TaskKind",
    "ViewInfo",
    "iterate_dump",
    "open_anaplan",
    "parse_dump",
]
