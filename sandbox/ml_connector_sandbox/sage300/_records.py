"""The company's records: one table per resource, in key order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ml_connector_sandbox.sage300._types import Resource

Row = list[object]
"""Values in the order of the resource's properties."""

# A single key is its value, a composite one a tuple; all keys of a table are alike, and
# therefore comparable, which the type checker cannot see.
Key = Any


class Table:
    """The rows of one resource."""

    def __init__(self, resource: Resource, rows: Iterable[Row] = ()) -> None:
        """Take over `rows`; of two with the same key the later one stays."""
        self.resource = resource
        self._rows: dict[Key, Row] = {self.key_of(row): row for row in rows}
        self._keys: list[Key] = sorted(self._rows)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._keys)

    def key_of(self, row: Row) -> Key:
        """Return the key in `row`."""
        indexes = self.resource.key_indexes
        if len(indexes) == 1:
            return row[indexes[0]]
        return tuple(row[index] for index in indexes)

    def find(self, key: Key) -> Row | None:
        """Return the row with `key`, if there is one."""
        return self._rows.get(key)

    def put(self, row: Row) -> None:
        """Add `row`, or replace the one with its key."""
        key = self.key_of(row)
        if key not in self._rows:
            insort(self._keys, key)
        self._rows[key] = row

    def remove(self, key: Key) -> None:
        """Remove the row with `key`.

        Raises:
            KeyError: There is none.
        """
        del self._rows[key]
        del self._keys[bisect_left(self._keys, key)]

    def last_key(self) -> Key | None:
        """Return the greatest key; None when the table is empty."""
        return self._keys[-1] if self._keys else None

    def rows_between(
        self,
        *,
        above: Key | None = None,
        from_: Key | None = None,
        below: Key | None = None,
        to: Key | None = None,
    ) -> Iterator[Row]:
        """Yield rows in key order, within exclusive or inclusive bounds."""
        first, last = 0, len(self._keys)
        if above is not None:
            first = bisect_right(self._keys, above)
        if from_ is not None:
            first = max(first, bisect_left(self._keys, from_))
        if below is not None:
            last = bisect_left(self._keys, below)
        if to is not None:
            last = min(last, bisect_right(self._keys, to))
        return (self._rows[self._keys[position]] for position in range(first, last))

    def rows_with(self, keys: Iterable[Key]) -> Iterator[Row]:
        """Yield the rows that exist among `keys`, in key order, each once."""
        return (self._rows[key] for key in sorted(set(keys)) if key in self._rows)


class Company:
    """One company database: its id and its tables."""

    def __init__(self, database_id: str, tables: Iterable[Table]) -> None:
        """Hold `tables`; a resource without a table is not installed."""
        self.database_id = database_id
        self.tables = {(table.resource.module, table.resource.name): table for table in tables}

    def find_table(self, module: str, name: str) -> Table | None:
        """Return a resource's table, if the resource is installed."""
        return self.tables.get((module, name))

    def modules(self) -> set[str]:
        """Return the modules that have resources."""
        return {module for module, _ in self.tables}
