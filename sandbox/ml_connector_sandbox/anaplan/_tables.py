"""Grids as text: CSV in grid and tabular form, quoted or not (Anaplan sheet §6.3, §7.2)."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._schema import LINE_ITEMS, ModuleDef, ViewDef

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ml_connector_sandbox.anaplan._grids import Grids, Member


def render_csv(rows: Iterable[Sequence[str]], *, escaped: bool = False) -> str:
    """Write rows; only the escaped form quotes what holds commas, quotes or line ends."""
    return "".join(",".join(_quote(cell, escaped) for cell in row) + "\n" for row in rows)


def render_delimited(rows: Iterable[Sequence[str]], *, separator: str, delimiter: str) -> str:
    """Write rows as an export's file: what holds a separator is quoted (§6.1)."""
    special = (separator, delimiter, "\r", "\n")

    def quote(cell: str) -> str:
        if not any(mark in cell for mark in special):
            return cell
        return delimiter + cell.replace(delimiter, delimiter * 2) + delimiter

    return "".join(separator.join(quote(cell) for cell in row) + "\n" for row in rows)


def grid_rows(grids: Grids, view: ViewDef, *, fixed: Sequence[Member]) -> Iterator[list[str]]:
    """Yield a grid: an optional line of pages, the columns' headers, then a line per row."""
    if fixed:
        yield [member.name for member in fixed]
    columns = grids.axis(view, view.columns)
    for level in range(len(view.columns)):
        yield [""] * len(view.rows) + [column[level].name for column in columns]
    for row, cells in grids.read_cells(view, fixed=fixed):
        yield [member.name for member in row] + cells


def all_pages_rows(grids: Grids, view: ViewDef) -> Iterator[list[str]]:
    """Yield the grid of every combination of pages, one behind the other (§6.3)."""
    axes = (grids.dimension(view, name).members for name in view.pages)
    for fixed in itertools.product(*axes):
        yield from grid_rows(grids, view, fixed=fixed)


def multi_column_rows(grids: Grids, view: ViewDef, module: ModuleDef) -> Iterator[list[str]]:
    """Yield one line per combination of the dimensions, line items as columns."""
    names = dimensions_of(module)
    items = grids.dimension(view, LINE_ITEMS).members
    yield [*names, *(item.name for item in items)]
    for members in itertools.product(*(grids.dimension(view, name).members for name in names)):
        cells = [grids.read_cell(module, (*members, item)) for item in items]
        yield [member.name for member in members] + cells


def single_column_rows(grids: Grids, view: ViewDef, module: ModuleDef) -> Iterator[list[str]]:
    """Yield one line per cell: the dimensions, the line item's name, the value."""
    names = [*dimensions_of(module), LINE_ITEMS]
    yield [*names, "Value"]
    for members in itertools.product(*(grids.dimension(view, name).members for name in names)):
        yield [*(member.name for member in members), grids.read_cell(module, members)]


def dimensions_of(module: ModuleDef) -> list[str]:
    """Return the dimensions of a module's cells but for its line items."""
    return list(module.dimensions)


def _quote(cell: str, escaped: bool) -> str:  # noqa: FBT001  # passed on from the one above
    if escaped and any(mark in cell for mark in ',"\r\n'):
        return '"' + cell.replace('"', '""') + '"'
    return cell
