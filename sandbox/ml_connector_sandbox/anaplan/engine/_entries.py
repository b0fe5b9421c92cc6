"""The rows of a list import's file as what they say: code, name, parent, properties.

Texts repeat within a column, so each distinct text of a property is read once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._schema import ImportDef, ListDef, ListField, PropertyDef
from ml_connector_sandbox.anaplan._values import CellValue, FormatProblem, parse_cell
from ml_connector_sandbox.anaplan.engine import _rules
from ml_connector_sandbox.anaplan.engine._list_rules import name_property_problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ml_connector_sandbox.anaplan._lists import ListData
    from ml_connector_sandbox.anaplan._model import Model
    from ml_connector_sandbox.anaplan.engine._source import SourceRows


@dataclass(slots=True)
class Entry:
    """One row, read."""

    code: str
    name: str
    parent: str
    row: list[str]
    line: int
    properties: Sequence[tuple[str, CellValue]] = ()
    """Values of the properties that fit; a blank one is `None`."""
    problems: Sequence[_rules.Problem] = ()
    """Properties that do not."""


class EntryReader:
    """Reads rows as the import maps their columns."""

    def __init__(
        self,
        definition: ImportDef,
        target: ListDef,
        *,
        model: Model,
        source: SourceRows,
    ) -> None:
        """Find the mapped columns of `source`."""
        positions = _rules.index_headers(source.headers)
        by_field = {name: positions[header] for header, name in definition.columns.items()}
        self._source = source
        self._code = by_field.get(ListField.CODE.value)
        self._name = by_field.get(ListField.NAME.value)
        self.has_name = self._name is not None
        """Whether the file says names; else the code is the name, but in numbered lists."""
        if self._name is None and not target.is_numbered:
            self._name = self._code
        self._parent = by_field.get(ListField.PARENT.value)
        self._properties = [
            (by_field[one.name], one, model.items_of(one))
            for one in target.properties
            if one.name in by_field
        ]
        self._read: dict[tuple[str, str], CellValue | FormatProblem] = {}

    def entries(self) -> Iterator[Entry]:
        """Yield every row, blank ones too."""
        for row, line in zip(self._source.rows, self._source.lines, strict=True):
            code = _cell(row, self._code)
            name = code if self._name == self._code else _cell(row, self._name)
            entry = Entry(code, name, _cell(row, self._parent), row, line)
            if self._properties:
                self._read_properties(entry)
            yield entry

    def _read_properties(self, entry: Entry) -> None:
        values: list[tuple[str, CellValue]] = []
        problems: list[_rules.Problem] = []
        for position, definition, items in self._properties:
            value = self._read_value(_cell(entry.row, position), definition, items)
            if isinstance(value, FormatProblem):
                problems.append(name_property_problem(value))
            else:
                values.append((definition.name, value))
        entry.properties, entry.problems = values, problems

    def _read_value(
        self, text: str, definition: PropertyDef, items: ListData | None
    ) -> CellValue | FormatProblem:
        if not text:
            return None
        key = definition.name, text
        if key not in self._read:
            try:
                self._read[key] = parse_cell(text, definition.format, items)
            except FormatProblem as problem:
                self._read[key] = problem
        return self._read[key]


def _cell(row: list[str], position: int | None) -> str:
    return row[position] if position is not None and position < len(row) else ""
