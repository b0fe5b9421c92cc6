"""A load: one file, the list and the module it fills, and the definitions that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ml_connector_sandbox.anaplan._schema import (
    FileDef,
    Format,
    ImportDef,
    ImportKind,
    LineItemDef,
    ListDef,
    ListField,
    ModuleDef,
)

CHECKSUM = "Checksum"
_FIRST_MODULE_APART = 15


class Cell(NamedTuple):
    """A line item: its name, its format and, for a list format, the list."""

    name: str
    format: Format
    list_name: str | None = None


def text(name: str) -> Cell:
    """Return a text line item."""
    return Cell(name, Format.TEXT)


def number(name: str) -> Cell:
    """Return a number line item."""
    return Cell(name, Format.NUMBER)


def date(name: str) -> Cell:
    """Return a date line item."""
    return Cell(name, Format.DATE)


def boolean(name: str) -> Cell:
    """Return a Boolean line item."""
    return Cell(name, Format.BOOLEAN)


def chosen(name: str, list_name: str) -> Cell:
    """Return a line item whose cells are items of `list_name`."""
    return Cell(name, Format.LIST, list_name)


@dataclass(frozen=True, kw_only=True)
class Load:
    """One file, loaded first into a list, then into the module by that list.

    `cells` maps a column of the file to a line item; columns in none of `key`, `parent_column` and
    `cells` are ignored. The optional last column `Checksum` is part of every load.
    """

    name: str
    """The stream it comes from, and its row in `CTL Loads`."""
    number: int
    """Position of its file; its two imports follow it."""
    list_number: int
    list_name: str
    module_number: int
    module: str
    key: str
    headers: tuple[str, ...]
    cells: dict[str, Cell]
    parent_list: str | None = None
    parent_column: str | None = None
    amount: str | None = None
    """The line item that `CTL Loads` adds up."""
    file_name: str = ""

    @property
    def file(self) -> FileDef:
        """Its import data source."""
        return FileDef(
            id=f"1130000000{self.number:02d}",
            name=self.file_name or f"{self.name}.csv",
            headers=(*self.headers, CHECKSUM),
        )

    @property
    def list_def(self) -> ListDef:
        """The list it fills."""
        return ListDef(
            id=f"1010000000{self.list_number:02d}",
            name=self.list_name,
            parent=self.parent_list,
            number=self.list_number,
        )

    @property
    def module_def(self) -> ModuleDef:
        """The module it fills, by its list."""
        cells = [*self.cells.values(), number(CHECKSUM)]
        return loaded_module(self.module_number, self.module, self.list_name, cells)

    @property
    def imports(self) -> tuple[ImportDef, ImportDef]:
        """Its list import, then its module import."""
        file = self.file.name
        columns = {self.key: ListField.CODE.value}
        if self.parent_column is not None:
            columns[self.parent_column] = ListField.PARENT.value
        targets = {header: cell.name for header, cell in self.cells.items()}
        return (
            ImportDef(
                id=f"1120000000{2 * self.number - 1:02d}",
                name=f"{self.list_name} from {file}",
                kind=ImportKind.LIST,
                file=file,
                target=self.list_name,
                columns=columns,
                key=self.key,
            ),
            ImportDef(
                id=f"1120000000{2 * self.number:02d}",
                name=f"{self.module} from {file}",
                kind=ImportKind.MODULE,
                file=file,
                target=self.module,
                columns=targets | {CHECKSUM: CHECKSUM},
                key=self.key,
            ),
        )


def line_item_id(module: int, position: int) -> str:
    """Return a line item's id: the first digits follow its module, apart from list items (§3.1)."""
    digits = module + (5 if module < _FIRST_MODULE_APART else 25)
    return f"2{digits:02d}{position:09d}"


def module_id(module: int) -> str:
    """Return a module's id."""
    return f"1020000000{module:02d}"


def loaded_module(module: int, name: str, by_list: str, cells: list[Cell]) -> ModuleDef:
    """Return a module by one list whose cells are written, not calculated."""
    items = tuple(
        LineItemDef(
            id=line_item_id(module, position),
            name=cell.name,
            format=cell.format,
            list_name=cell.list_name,
        )
        for position, cell in enumerate(cells, start=1)
    )
    return ModuleDef(id=module_id(module), name=name, by_list=by_list, line_items=items)
