"""Anaplan's Integration API: a pure half that builds and parses, a thin half that sends.

Section numbers in this package's documentation refer to the Anaplan fact sheet.
"""

from __future__ import annotations

from ml_connector.anaplan._oauth import DeviceCode
from ml_connector.anaplan.auth import Auth
from ml_connector.anaplan.client import AnaplanClient, open_anaplan
from ml_connector.anaplan.device_login import DeviceLogin, open_device_login
from ml_connector.anaplan.dumps import DumpError, iterate_dump, parse_dump
from ml_connector.anaplan.logins import LOGIN_NAME, Login, LoginStore
from ml_connector.anaplan.settings import OAUTH_URL, AnaplanSettings, AuthMethod
from ml_connector.anaplan.types import (
    ActionResult,
    Collection,
    Detail,
    DumpRow,
    ExportInfo,
    ExportMetadata,
    FileInfo,
    Grid,
    GridRow,
    ImportInfo,
    ImportSource,
    ItemFailure,
    LineItemInfo,
    ListAction,
    ListInfo,
    ListItem,
    ListWrite,
    ModelInfo,
    NamedObject,
    PollPolicy,
    ProcessAction,
    RowCounts,
    Task,
    TaskId,
    TaskKind,
    ViewAxes,
    ViewInfo,
)

__all__ = [
    "LOGIN_NAME",
    "OAUTH_URL",
    "ActionResult",
    "AnaplanClient",
    "AnaplanSettings",
    "Auth",
    "AuthMethod",
    "Collection",
    "Detail",
    "DeviceCode",
    "DeviceLogin",
    "DumpError",
    "DumpRow",
    "ExportInfo",
    "ExportMetadata",
    "FileInfo",
    "Grid",
    "GridRow",
    "ImportInfo",
    "ImportSource",
    "ItemFailure",
    "LineItemInfo",
    "ListAction",
    "ListInfo",
    "ListItem",
    "ListWrite",
    "Login",
    "LoginStore",
    "ModelInfo",
    "NamedObject",
    "PollPolicy",
    "ProcessAction",
    "RowCounts",
    "Task",
    "TaskId",
    "TaskKind",
    "ViewAxes",
    "ViewInfo",
    "iterate_dump",
    "open_anaplan",
    "open_device_login",
    "parse_dump",
]
