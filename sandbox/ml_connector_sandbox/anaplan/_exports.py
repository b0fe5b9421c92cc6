"""Exports: what a file holds in each layout, and what its metadata says (Anaplan sheet §6).

Metadata is the definition's, not the file's: its row count is an estimate that knows no filter.
"""

from __future__ import annotations

import codecs
import dataclasses
import itertools
import math
from decimal import Decimal
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._grids import Grids
from ml_connector_sandbox.anaplan._rendering import choose_export_writer
from ml_connector_sandbox.anaplan._schema import (
    LINE_ITEMS,
    TIME,
    ExportDef,
    ExportFormat,
    FileDef,
    Layout,
    LineItemDef,
    ViewDef,
)
from ml_connector_sandbox.anaplan._tables import (
    dimensions_of,
    grid_rows,
    render_delimited,
    single_column_rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ml_connector_sandbox._switches import Switches
    from ml_connector_sandbox.anaplan._calculated import Calculations
    from ml_connector_sandbox.anaplan._grids import Member
    from ml_connector_sandbox.anaplan._model import Model
    from ml_connector_sandbox.anaplan._values import CellValue

JsonObject = dict[str, object]

_CODECS = {"UTF-8": "utf-8", "UTF-16LE": "utf-16-le", "ISO-8859-1": "latin-1"}
_BOMS = {"UTF-8": codecs.BOM_UTF8, "UTF-16LE": codecs.BOM_UTF16_LE}
_MIXED = "MIXED"


def describe_file(export: ExportDef, *, excel_encoding: str) -> FileDef:
    """Return the file an export writes: same id, same name, no header or data row (§4.2).

    CSV for Excel is UTF-16LE with tabs, or UTF-8, either with a byte order mark (§11, 23).
    """
    encoding, separator = export.encoding, ","
    if export.format is ExportFormat.EXCEL_CSV:
        encoding = excel_encoding
        separator = "\t" if encoding == "UTF-16LE" else ","
    elif export.format is ExportFormat.TEXT:
        separator = "\t"
    return FileDef(
        id=export.id,
        name=export.name,
        encoding=encoding,
        separator=separator,
        header_row=0,
        first_data_row=0,
    )


class Exporter:
    """Reads what one export shows of the model as it is now."""

    def __init__(
        self, model: Model, calculations: Calculations, export: ExportDef, *, switches: Switches
    ) -> None:
        """Prepare to read; nothing is read yet.

        Raises:
            LookupError: The export's view is gone.
        """
        self._export = export
        view = next(one for one in model.blueprint.views if one.name == export.view)
        self._unfiltered = view
        self._view = dataclasses.replace(view, filters=(*view.filters, *export.filters))
        self._module = next(one for one in model.blueprint.modules if one.name == view.module)
        self._model = model
        self._calculations = calculations
        self._writer = choose_export_writer(switches, export.rendering)
        self._grids = Grids(model, calculations, writer=self._writer)
        self._names = dimensions_of(self._module)
        self._file = describe_file(export, excel_encoding=switches.text("excel_csv"))

    def describe(self) -> JsonObject:
        """Return `exportMetadata` (§6.1)."""
        columns = self._columns()
        shown = ExportFormat.CSV if self._export.format is not ExportFormat.TEXT else None
        return {
            "columnCount": len(columns),
            "rowCount": self._estimate_rows(),
            "exportFormat": (shown or ExportFormat.TEXT).value,
            "encoding": self._file.encoding,
            "separator": self._file.separator,
            "delimiter": self._file.delimiter,
            "layout": self._export.layout.value,
            "headerNames": [name for name, _ in columns],
            "dataTypes": [kind for _, kind in columns],
            "listNames": list(self._module.lists),
        }

    def render(self) -> bytes:
        """Return the whole file."""
        text = render_delimited(
            self._rows(), separator=self._file.separator, delimiter=self._file.delimiter
        )
        content = text.encode(_CODECS[self._file.encoding], errors="replace")
        if self._export.format is ExportFormat.EXCEL_CSV:
            return _BOMS[self._file.encoding] + content
        return content

    # --- columns ---------------------------------------------------------------------------

    def _columns(self) -> list[tuple[str, str]]:
        """Return headers with their data types; `MIXED` unless line items are columns (§6.1)."""
        layout = self._export.layout
        if layout is Layout.MULTI_COLUMN:
            labels = [] if self._export.hides_labels else self._labels(self._names)
            return labels + [(one.name, one.format.value) for one in self._line_items()]
        if layout.is_grid:
            return self._grid_columns()
        labels = self._labels(self._names)
        if layout is Layout.CURRENT_LINE_ITEM:
            return [*labels, (self._current_line_item().name, _MIXED)]
        return [*labels, (LINE_ITEMS, "ENTITY"), ("Value", _MIXED)]

    def _grid_columns(self) -> list[tuple[str, str]]:
        columns = self._grids.axis(self._unfiltered, self._view.columns)
        return self._labels(self._view.rows) + [
            (
                " ".join(member.name for member in column),
                next((one.line_item.format.value for one in column if one.line_item), _MIXED),
            )
            for column in columns
        ]

    def _labels(self, names: Sequence[str]) -> list[tuple[str, str]]:
        return [(name, "TIME_ENTITY" if name == TIME else "ENTITY") for name in names]

    def _line_items(self) -> tuple[LineItemDef, ...]:
        return self._module.line_items

    def _current_line_item(self) -> LineItemDef:
        """The line item of the view's first page."""
        return self._module.line_items[0]

    def _estimate_rows(self) -> int:
        names: Sequence[str] = self._names
        if self._export.layout.is_grid:
            names = self._view.rows
        rows = math.prod(len(self._members(self._unfiltered, name)) for name in names)
        if self._export.layout in (Layout.SINGLE_COLUMN, Layout.ALL_LINE_ITEMS):
            rows *= len(self._module.line_items)
        if self._export.layout is Layout.GRID_ALL_PAGES:
            rows *= math.prod(len(self._members(self._unfiltered, one)) for one in self._view.pages)
        return rows

    def _members(self, view: ViewDef, name: str) -> list[Member]:
        # A reader keeps a view's members by its id, which both forms of the view share.
        grids = Grids(self._model, self._calculations, writer=self._writer)
        return grids.dimension(view, name).members

    # --- rows ------------------------------------------------------------------------------

    def _rows(self) -> Iterator[list[str]]:
        match self._export.layout:
            case Layout.GRID_CURRENT_PAGE:
                return self._pages(first_only=True)
            case Layout.GRID_ALL_PAGES:
                return self._pages(first_only=False)
            case Layout.MULTI_COLUMN:
                return self._multi_column()
            case Layout.CURRENT_LINE_ITEM:
                return self._one_line_item()
            case Layout.SINGLE_COLUMN | Layout.ALL_LINE_ITEMS:
                return single_column_rows(self._grids, self._view, self._module)

    def _pages(self, *, first_only: bool) -> Iterator[list[str]]:
        pages = self._grids.axis(self._view, self._view.pages)
        for page in pages[:1] if first_only else pages:
            yield from grid_rows(self._grids, self._view, fixed=page)

    def _multi_column(self) -> Iterator[list[str]]:
        labels = [] if self._export.hides_labels else self._names
        items = self._grids.dimension(self._view, LINE_ITEMS).members
        yield [*labels, *(item.name for item in items)]
        for members in self._places():
            if self._export.omits_empty and self._is_empty(members, items):
                continue
            cells = [self._grids.read_cell(self._module, (*members, item)) for item in items]
            yield [*(member.name for member in members)][: len(labels)] + cells

    def _one_line_item(self) -> Iterator[list[str]]:
        current = self._current_line_item()
        items = self._grids.dimension(self._view, LINE_ITEMS).members
        shown = next(one for one in items if one.line_item == current)
        yield [*self._names, current.name]
        for members in self._places():
            cell = self._grids.read_cell(self._module, (*members, shown))
            yield [*(member.name for member in members), cell]

    def _places(self) -> Iterator[tuple[Member, ...]]:
        members = [self._grids.dimension(self._view, name).members for name in self._names]
        return itertools.product(*members)

    def _is_empty(self, members: tuple[Member, ...], items: list[Member]) -> bool:
        values = (self._grids.read_value(self._module, (*members, item))[0] for item in items)
        return all(_is_blank(value) for value in values)


def _is_blank(value: CellValue) -> bool:
    return value is None or value is False or value == Decimal(0)
