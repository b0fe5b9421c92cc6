"""From named values to stored rows, whose details are written when somebody looks at them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, cast

from typing_extensions import override

from ml_connector_sandbox.sage300._made_rows import MadeRow
from ml_connector_sandbox.sage300._types import Kind
from ml_connector_sandbox.sage300._values import raw_details

if TYPE_CHECKING:
    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._records import Row
    from ml_connector_sandbox.sage300._types import Property, Resource

Late = Callable[[], object]
"""Makes a value when it is looked at."""


class LateRow(MadeRow):
    """A row some of whose values are made when they are looked at, every time anew."""

    __slots__ = ("_late", "_values")

    def __init__(self, values: list[object], late: Mapping[int, Late]) -> None:
        """Hold `values`, and makers of the others by position."""
        self._values = values
        self._late = late

    @override
    def __len__(self) -> int:
        """Return the number of properties."""
        return len(self._values)

    @override
    def value_at(self, index: int) -> object:
        """Return one value."""
        make = self._late.get(index)
        return self._values[index] if make is None else make()

    @override
    def values(self) -> list[object]:
        """Return all values."""
        values = self._values.copy()
        for index, make in self._late.items():
            values[index] = make()
        return values


class Sheet:
    """Makes the rows of one resource."""

    def __init__(self, resource: Resource) -> None:
        """Know the resource's properties and their blanks."""
        self._index = resource.index
        self._blank = [item.blank for item in resource.properties]

    def row(self, values: Mapping[str, object], **late: Late) -> Row:
        """Return a row; what is not given is blank, what is `late` is made when looked at.

        Raises:
            KeyError: The resource has no such property.
        """
        row = self._blank.copy()
        index = self._index
        for name, value in values.items():
            row[index[name]] = value
        if not late:
            return row
        makers = {index[name]: make for name, make in late.items()}
        return cast("Row", LateRow(row, makers))


class DetailSheet:
    """Makes the details of one collection, those below them included."""

    def __init__(self, owner: Resource | DetailSheet, name: str) -> None:
        """Make details of the collection `name`.

        Raises:
            KeyError: There is no such collection.
        """
        found = next((item for item in owner.properties if item.name == name), None)
        if found is None:
            raise KeyError(name)
        self.properties: Sequence[Property] = found.details
        self._blank: JsonObject = {
            item.name: [] if item.kind is Kind.COLLECTION else item.blank
            for item in self.properties
        }

    def detail(self, values: Mapping[str, object]) -> JsonObject:
        """Return one detail; what is not given is blank.

        Raises:
            KeyError: There is no such property.
        """
        if unknown := values.keys() - self._blank.keys():
            raise KeyError(*unknown)
        return {**self._blank, **values}

    def raw(self, details: Sequence[Mapping[str, object]]) -> object:
        """Return details as they are stored."""
        return raw_details(self.detail(values) for values in details)
