"""What the blueprint is made of: loads with their columns, modules with their line items."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

CHECKSUM: Final = "Checksum"
TIME: Final = "Time"


class Format(StrEnum):
    """Formats of line items; the value is Anaplan's `dataType` (Anaplan sheet §3.3)."""

    TEXT = "TEXT"
    NUMBER = "NUMBER"
    DATE = "DATE"
    BOOLEAN = "BOOLEAN"
    LIST = "ENTITY"


class LineItem(NamedTuple):
    """A line item: its name, its format and, for a list format, the list."""

    name: str
    format: Format = Format.TEXT
    list_name: str | None = None
    is_calculated: bool = False

    @property
    def format_name(self) -> str:
        """Its format as the model builder's page spells it."""
        if self.format is Format.LIST:
            return f"list {self.list_name}"
        return "Boolean" if self.format is Format.BOOLEAN else self.format.lower()


class Column(NamedTuple):
    """A column of a file, and the line item that its import fills, if any."""

    name: str
    line_item: LineItem | None = None


@dataclass(frozen=True, kw_only=True)
class LoadBlueprint:
    """One file, loaded first into a list, then into the module by that list."""

    stream: str
    list_name: str
    module: str
    code: str
    """The column with name and code of the list's item."""
    columns: tuple[Column, ...]
    parent: tuple[str, str] | None = None
    """The parent list, and the column that says which of its items is the parent."""
    amount: str | None = None
    """The column whose line item `CTL Loads` adds up."""

    @property
    def file(self) -> str:
        """The Anaplan file."""
        return f"{self.stream}.csv"

    @property
    def headers(self) -> tuple[str, ...]:
        """Every column of the file, `Checksum` last."""
        return (*(column.name for column in self.columns), CHECKSUM)

    @property
    def line_items(self) -> tuple[LineItem, ...]:
        """Every line item of its module that is loaded."""
        loaded = [column.line_item for column in self.columns if column.line_item]
        return (*loaded, LineItem(CHECKSUM, Format.NUMBER))

    @property
    def list_import(self) -> str:
        """The import that makes the items."""
        return f"{self.list_name} from {self.file}"

    @property
    def module_import(self) -> str:
        """The import that fills their cells."""
        return f"{self.module} from {self.file}"

    @property
    def codes(self) -> frozenset[str]:
        """The columns that hold codes of list items."""
        chosen = {one.name for one in self.columns if one.line_item and one.line_item.list_name}
        return frozenset({self.code, *chosen, *(self.parent or ())[1:]})

    @property
    def lists_needed(self) -> tuple[str, ...]:
        """Lists whose items must be there before the cells are filled, its own first."""
        chosen = [item.list_name for item in self.line_items if item.list_name]
        return tuple(dict.fromkeys((self.list_name, *chosen)))

    def find_line_item(self, column: str) -> str:
        """Return the name of the line item that `column` fills."""
        return next(
            one.line_item.name for one in self.columns if one.name == column and one.line_item
        )


@dataclass(frozen=True, kw_only=True)
class ModuleBlueprint:
    """A module: its dimensions (lists, and `Time` for months) and its line items."""

    name: str
    by: tuple[str, ...]
    line_items: tuple[LineItem, ...]


@dataclass(frozen=True, kw_only=True)
class ListBlueprint:
    """A list and its parent list."""

    name: str
    parent: str | None = None


def ignored(*names: str) -> tuple[Column, ...]:
    """Return columns that the module's import leaves out."""
    return tuple(Column(name) for name in names)


def text(column: str, line_item: str | None = None) -> Column:
    """Return a column that fills a text line item, by default of its own name."""
    return Column(column, LineItem(line_item or column))


def number(column: str, line_item: str | None = None) -> Column:
    """Return a column that fills a number line item."""
    return Column(column, LineItem(line_item or column, Format.NUMBER))


def date(column: str, line_item: str) -> Column:
    """Return a column that fills a date line item."""
    return Column(column, LineItem(line_item, Format.DATE))


def boolean(column: str, line_item: str | None = None) -> Column:
    """Return a column that fills a Boolean line item."""
    return Column(column, LineItem(line_item or column, Format.BOOLEAN))


def chosen(column: str, line_item: str, *, of: str) -> Column:
    """Return a column whose codes choose items of the list `of`."""
    return Column(column, LineItem(line_item, Format.LIST, of))


def calculated(name: str) -> LineItem:
    """Return a number that the builder's formula computes."""
    return LineItem(name, Format.NUMBER, is_calculated=True)
