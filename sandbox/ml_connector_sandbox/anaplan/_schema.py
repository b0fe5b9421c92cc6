"""What a model builder makes: lists, modules, line items, views, files, imports, processes.

Definitions only, frozen; what the model holds lives in `_lists` and `_model`. Names are the keys
by which definitions refer to one another, ids are what the API shows (Anaplan sheet §3.1).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

TIME = "Time"
TIME_ID = "20000000003"
VERSIONS = "Versions"
VERSIONS_ID = "20000000020"
LINE_ITEMS = "Line Items"
LINE_ITEMS_ID = "101999999999"


class Format(Enum):
    """The format of a line item; the value is its `formatMetadata.dataType` (§3.3)."""

    NUMBER = "NUMBER"
    TEXT = "TEXT"
    BOOLEAN = "BOOLEAN"
    DATE = "DATE"
    LIST = "ENTITY"
    TIME = "TIME_ENTITY"


class ListField(Enum):
    """What a column of a list import is mapped to, unless it names a property of the list."""

    CODE = "Code"
    NAME = "Name"
    PARENT = "Parent"


class ImportKind(Enum):
    """The `importType` of an import (§3.3)."""

    LIST = "HIERARCHY_DATA"
    MODULE = "MODULE_DATA"


@dataclass(frozen=True, kw_only=True)
class PropertyDef:
    """A property of a list, as `Terms`; `list_name` for one that chooses from a list."""

    name: str
    format: Format = Format.TEXT
    list_name: str | None = None


@dataclass(frozen=True, kw_only=True)
class ListDef:
    """A list; `parent` names the list its items' parents come from."""

    id: str
    name: str
    parent: str | None = None
    number: int = 0
    """Position of the list in the model; the first digits of its items' ids follow it."""
    code_prefix: str = "#"
    """How the codes begin that the model itself generates for new items."""
    is_numbered: bool = False
    """Names are `#n`, made by Anaplan; the code is the key (§5.5)."""
    is_production: bool = False
    """Whether its items may change while the model is deployed (§9.6); others answer 425."""
    properties: tuple[PropertyDef, ...] = ()
    subsets: tuple[str, ...] = ()

    def find_property(self, name: str) -> PropertyDef | None:
        """Return the property of that name, if there is one."""
        return next((one for one in self.properties if one.name == name), None)


@dataclass(frozen=True, kw_only=True)
class LineItemDef:
    """A line item; with a formula it is calculated and cannot be loaded."""

    id: str
    name: str
    format: Format
    list_name: str | None = None
    formula: str = ""


@dataclass(frozen=True, kw_only=True)
class ModuleDef:
    """A module by one list or several, with time or without, with versions or without."""

    id: str
    name: str
    by_list: str
    more_lists: tuple[str, ...] = ()
    has_time: bool = False
    has_versions: bool = False
    line_items: tuple[LineItemDef, ...] = ()

    @property
    def lists(self) -> tuple[str, ...]:
        """Every list it is by, in order."""
        return (self.by_list, *self.more_lists)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Every dimension but the line items, in the order of a cell's coordinates."""
        time, versions = (TIME,) * self.has_time, (VERSIONS,) * self.has_versions
        return (*self.lists, *time, *versions)

    @property
    def is_by_one_list(self) -> bool:
        """Whether its cells lie in plain columns, one cell per item."""
        return len(self.dimensions) == 1

    def find_line_item(self, name: str) -> LineItemDef | None:
        """Return the line item of that name or id, if there is one."""
        return next((item for item in self.line_items if name in (item.name, item.id)), None)


@dataclass(frozen=True, kw_only=True)
class ViewDef:
    """A saved or default view: which dimension lies on which axis."""

    id: str
    name: str
    module: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    pages: tuple[str, ...] = ()
    leaves_only: bool = False
    """Leave out the parents of a hierarchy and the years."""
    filters: tuple[str, ...] = ()
    """Boolean line items of a module by one list: only items for which all are true are shown."""


@dataclass(frozen=True, kw_only=True)
class FileDef:
    """An import data source as its builder uploaded it once (§4.2)."""

    id: str
    name: str
    headers: tuple[str, ...] = ()
    encoding: str = "UTF-8"
    separator: str = ","
    delimiter: str = '"'
    header_row: int = 1
    first_data_row: int = 2


@dataclass(frozen=True, kw_only=True)
class DimensionMap:
    """Where a module import finds the place of a row on one dimension beyond its `key`.

    One of `column`, `fixed`, `asks` and `in_headers`.
    """

    dimension: str
    """A list of the module, `Time`, `Versions`, or `Line Items` for line items that lie in rows."""
    column: str = ""
    """The header of the column that names the item, the period or the version."""
    fixed: str = ""
    """The one item every row belongs to."""
    asks: bool = False
    """Ask each time it runs: `mappingParameters` of the task answer (§5.1)."""
    in_headers: bool = False
    """The headers of the mapped columns are the periods; only for Time."""
    dates: str = ""
    """How Time reads its texts: names of periods, or a date form such as `Y-M-D` (§9.4)."""
    matches: dict[str, str] = field(default_factory=dict)
    """What the builder matched by hand: text of the file to item (§9.4)."""
    clears: str = ""
    """The scope of clearing on this dimension, where it is another than the import's (§5.5)."""


@dataclass(frozen=True, kw_only=True)
class ImportDef:
    """An import: its file, its target and which column goes where.

    `columns` maps a header to a `ListField` value or a property's name (list import) or a line
    item's name (module import). `key` is the header by which the rows of a module import find
    their item. `options` are what its builder chose, by the names of the engine's settings; the
    switches decide the others.
    """

    id: str
    name: str
    kind: ImportKind
    file: str
    target: str
    columns: dict[str, str] = field(default_factory=dict)
    key: str = ""
    dimensions: tuple[DimensionMap, ...] = ()
    """How a module import maps what its rows do not find by `key` and `columns`."""
    value_column: str = ""
    """The header of the values, where line items lie in rows."""
    key_properties: tuple[str, ...] = ()
    """What identifies an item of a list import by a combination of properties (§5.5)."""
    options: dict[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] | None = None
    """Headers the builder told the import to ignore; `None` for all it does not map."""


class Layout(Enum):
    """The shape of an export (§6.3); the value is its `exportType`."""

    GRID_CURRENT_PAGE = "GRID_CURRENT_PAGE"
    GRID_ALL_PAGES = "GRID_ALL_PAGES"
    SINGLE_COLUMN = "TABULAR_SINGLE_COLUMN"
    MULTI_COLUMN = "TABULAR_MULTI_COLUMN"
    ALL_LINE_ITEMS = "TABULAR_ALL_LINE_ITEMS"
    CURRENT_LINE_ITEM = "TABULAR_CURRENT_LINE_ITEM"

    @property
    def is_grid(self) -> bool:
        """Whether dimensions lie on rows, columns and pages as in the view."""
        return self in (Layout.GRID_CURRENT_PAGE, Layout.GRID_ALL_PAGES)


class ExportFormat(Enum):
    """What an export's file is; only the first two are `exportFormat` values of the API (§6.1)."""

    CSV = "text/csv"
    TEXT = "text/plain"
    EXCEL_CSV = "text/csv;excel"
    """The interface's CSV for Excel: told as `text/csv` (§11, 23)."""


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """The display formats of an export's view: used where a switch says so (§11, 12)."""

    decimals: int = 2
    grouping: str = ","
    decimal_separator: str = "."
    date: str = "DD/MM/YYYY"
    true: str = "TRUE"
    false: str = "FALSE"


@dataclass(frozen=True, kw_only=True)
class ExportDef:
    """An export of a view to the file of the same id (§6)."""

    id: str
    name: str
    view: str
    """The name of a saved or default view."""
    layout: Layout
    format: ExportFormat = ExportFormat.CSV
    encoding: str = "UTF-8"
    filters: tuple[str, ...] = ()
    """At most two Boolean line items; tabular multiple column only, not with `omits_empty`."""
    omits_empty: bool = False
    hides_labels: bool = False
    """Leave out the columns of the dimensions, so that the first line item comes first."""
    shared_with: str = ""
    """`admins` or `everyone` for a default file; empty for a file private to the runner."""
    rendering: Rendering = field(default_factory=Rendering)


@dataclass(frozen=True, kw_only=True)
class ActionDef:
    """An action that is neither import nor export nor process; what it needs goes by its type."""

    id: str
    name: str
    action_type: str
    list_name: str = ""
    module: str = ""
    line_item: str = ""


@dataclass(frozen=True, kw_only=True)
class ProcessDef:
    """A process: names of imports and actions, in the order in which they run."""

    id: str
    name: str
    actions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Blueprint:
    """Everything a builder made in one model."""

    lists: tuple[ListDef, ...]
    modules: tuple[ModuleDef, ...]
    views: tuple[ViewDef, ...]
    files: tuple[FileDef, ...]
    imports: tuple[ImportDef, ...]
    actions: tuple[ActionDef, ...]
    processes: tuple[ProcessDef, ...]
    exports: tuple[ExportDef, ...] = ()
    fixed_items: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Items a list holds from the start, by the list's name."""
