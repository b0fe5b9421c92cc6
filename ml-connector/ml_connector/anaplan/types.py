"""Anaplan's objects as the plugins use them; ids are text even when they are digits (§3.1).

Section numbers in this package refer to the Anaplan fact sheet.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NewType

import msgspec

TaskId = NewType("TaskId", str)


class TaskKind(Enum):
    """What a task runs; the value is its part of the address."""

    IMPORT = "imports"
    EXPORT = "exports"
    PROCESS = "processes"
    ACTION = "actions"


class Collection(Enum):
    """Metadata that can be read as Anaplan tells it; the value is its part of the address."""

    WORKSPACES = "workspaces"
    MODELS = "models"
    MODULES = "modules"
    LINE_ITEMS = "lineItems"
    LISTS = "lists"
    IMPORTS = "imports"
    EXPORTS = "exports"
    PROCESSES = "processes"
    FILES = "files"


class NamedObject(msgspec.Struct, frozen=True, kw_only=True):
    """Anything that only has an id and a name: lists, modules, processes, actions."""

    id: str
    name: str


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The model itself."""

    id: str
    name: str
    active_state: str
    """`UNLOCKED`, `LOCKED`, `ARCHIVED`, `MAINTENANCE`, `PRODUCTION`, ... (§3.4)."""
    workspace_id: str
    """The workspace it stands in now; empty when Anaplan does not say."""
    last_saved_serial_number: int | None
    """Grows with every save; a smaller one than before means a restored model."""


class FileInfo(msgspec.Struct, frozen=True, kw_only=True):
    """An import data source or an export's output."""

    id: str
    name: str
    chunk_count: int
    """0 means no content for this user; may be stale (§4.2)."""
    encoding: str
    separator: str
    delimiter: str
    header_row: int
    """1-based."""
    first_data_row: int


class ImportInfo(msgspec.Struct, frozen=True, kw_only=True):
    """An import action."""

    id: str
    name: str
    import_data_source_id: str
    """The id of the file it reads; something else or empty for an import from a model (§3.3)."""
    import_type: str
    """`HIERARCHY_DATA` for a list, `MODULE_DATA`, ...."""


class ImportSource(msgspec.Struct, frozen=True, kw_only=True):
    """How an import reads its file: the only place where the API tells a writer (§3.3)."""

    headers: tuple[str, ...]
    separator: str
    delimiter: str
    encoding: str
    header_row: int
    first_data_row: int
    decimal_separator: str


class ProcessAction(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a process."""

    id: str
    name: str
    action_type: str
    """`IMPORT`, `EXPORT`, `DELETE_BY_SELECTION`, ...."""
    import_data_source_id: str
    import_type: str


class ExportInfo(msgspec.Struct, frozen=True, kw_only=True):
    """An export action."""

    id: str
    """Also the id of the file it writes (§6.2)."""
    name: str
    layout: str
    """`TABULAR_MULTI_COLUMN`, `GRID_CURRENT_PAGE`, ... (§6.1)."""


class ExportMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What an export's file will look like (§6.1)."""

    layout: str
    format: str
    """`text/csv` or `text/plain`; others are for people."""
    encoding: str
    separator: str
    delimiter: str
    headers: tuple[str, ...]
    data_types: tuple[str, ...]
    """One per header: `NUMBER`, `DATE`, `BOOLEAN`, `TEXT`, `ENTITY`, `TIME_ENTITY`, `MIXED`."""
    lists: tuple[str, ...]


class LineItemInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A line item of a module; it has an id in some answers and none in others (§3.1)."""

    name: str
    data_type: str
    """`NUMBER`, `TEXT`, `BOOLEAN`, `DATE`, `ENTITY`, `TIME_ENTITY`, `NONE`, ... (§3.3)."""
    list_id: str
    """For `ENTITY`, the list whose items it holds; empty where Anaplan does not say."""
    formula: str
    """Not empty means that it is calculated and cannot be loaded."""
    dimensions: tuple[str, ...]
    """Names of the lists it applies to."""
    time_scale: str
    """`Month`, ...; `Not Applicable` without time."""
    cell_count: int | None = None
    """Cells in the whole module; `None` where Anaplan does not say."""


class ListInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A list's metadata."""

    id: str
    name: str
    item_count: int
    numbered: bool
    parent_id: str
    production_data: bool
    next_item_index: int | None
    properties: tuple[str, ...] = ()
    property_types: tuple[str, ...] = ()
    """One per property, as `LineItemInfo.data_type`."""
    subsets: tuple[str, ...] = ()


class ListItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item of a list."""

    id: str
    name: str
    code: str
    parent: str
    properties: Mapping[str, str]


class ListAction(Enum):
    """What a list write does with its items."""

    ADD = "add"
    UPDATE = "update"
    DELETE = "delete"


class ItemFailure(msgspec.Struct, frozen=True, kw_only=True):
    """Why one item of a list write was not written; `position` is its place in the request."""

    position: int
    kind: str
    details: str


class ListWrite(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a list write. Items may be ignored without being named among the failures."""

    done: int
    failures: tuple[ItemFailure, ...]


class ViewInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A module's default view (same id as the module) or a saved view."""

    id: str
    name: str
    module_id: str


class ViewAxes(msgspec.Struct, frozen=True, kw_only=True):
    """Which dimensions lie where in a view; its line items are one of them (§3.2)."""

    rows: tuple[NamedObject, ...]
    columns: tuple[NamedObject, ...]
    pages: tuple[NamedObject, ...]

    @property
    def dimensions(self) -> tuple[NamedObject, ...]:
        """All but the line items."""
        everything = (*self.pages, *self.rows, *self.columns)
        return tuple(one for one in everything if not _is_line_items(one))

    @property
    def line_items(self) -> NamedObject | None:
        """The dimension of the line items; none where the view does not name it."""
        everything = (*self.pages, *self.rows, *self.columns)
        return next((one for one in everything if _is_line_items(one)), None)


def _is_line_items(dimension: NamedObject) -> bool:
    # The id is seen in samples, the name in the interface (§3.1).
    return dimension.id == "101999999999" or dimension.name.casefold() == "line items"


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """Cells of a view, all text; blanks are empty (§7.2)."""

    pages: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    """Per column its coordinates, one per dimension on the column axis."""
    rows: tuple[GridRow, ...]


class GridRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a grid."""

    coordinates: tuple[str, ...]
    cells: tuple[str, ...]


class RowCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one import by fate; `None` where Anaplan's details do not say."""

    succeeded: int | None = None
    warned: int | None = None
    failed: int | None = None
    ignored: int | None = None
    total: int | None = None


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """One detail of a result (§5.3)."""

    type: str
    text: str
    occurrences: int
    values: Mapping[str, str]
    """Made from Anaplan's flat list of key, value, key, value."""


class ActionResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one action: of a whole import task, or of one step of a process."""

    object_id: str
    object_name: str
    successful: bool
    """Green does not mean every row was loaded, red does not mean none was (§5.2, §5.5)."""
    dump_available: bool
    details: tuple[Detail, ...]
    counts: RowCounts

    @property
    def explanation(self) -> str:
        """Anaplan's own words, one line."""
        return "; ".join(" ".join(detail.text.split()) for detail in self.details if detail.text)


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A run of an import, export, process or action."""

    task_id: TaskId
    state: str
    """`NOT_STARTED`, `IN_PROGRESS`, `COMPLETE`, `CANCELLING`, `CANCELLED`; others may appear."""
    current_step: str
    progress: str
    creation_time_ms: int | None
    """Milliseconds since 1970, UTC."""
    result: ActionResult | None
    """The outcome as a whole; `None` until there is one."""
    nested: tuple[ActionResult, ...]
    """Per step of a process; empty for a single action."""

    @property
    def is_finished(self) -> bool:
        """Whether the state is a last one; an unknown state is not (§5.2)."""
        return self.state in _LAST_STATES

    @property
    def is_complete(self) -> bool:
        """Whether it ran to its end, well or badly; then its results count."""
        return self.state == "COMPLETE"

    @property
    def results(self) -> tuple[ActionResult, ...]:
        """Per action: the steps of a process, or the one action itself."""
        return self.nested or ((self.result,) if self.result else ())


class DumpRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row that was rejected (`E`) or loaded with something left out (`W`) (§5.4)."""

    status: str
    values: Mapping[str, str]
    """By header of the uploaded file; `Column N` where the header is blank."""
    line: int
    """Physical line of the uploaded file, from 1, header included; 0 when it is not told."""
    errors: tuple[str, ...]


# CANCELLED rolls back; FAILED and ERROR are not documented but seen in clients (§5.2, §11 row 2).
_LAST_STATES = frozenset({"COMPLETE", "CANCELLED", "FAILED", "ERROR"})


class PollPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How often to ask for a task: soon at first, then ever more slowly (§5.2, §13)."""

    first_s: float = 1.0
    longest_s: float = 5.0
    growth: float = 1.5
