"""The company's records: one table per resource, in key order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import MutableMapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ml_connector_sandbox.sage300._types import Resource

Row = list[object]
"""Values in the order of the resource's properties."""

# A single key is its value, a composite one a tuple; all keys of a table are alike, and
# therefore comparable, which the type checker cannot see.
Key = Any

_FEW = 50
"""Up to so many new keys are put into their places one by one."""


class Table:
    """The rows of one resource."""

    def __init__(
        self, resource: Resource, rows: Iterable[Row] | MutableMapping[Key, Row] = ()
    ) -> None:
        """Take over `rows` when somebody first looks; of two with one key the later stays.

        Rows by key are kept in the very mapping given, which may make them as they are read.
        """
        self.resource = resource
        self._given = rows
        self._sorted_keys: list[Key] | None = None
        self._new_keys: list[Key] = []

    @cached_property
    def _rows(self) -> MutableMapping[Key, Row]:
        given, self._given = self._given, ()
        if isinstance(given, MutableMapping):
            return given
        return {self.key_of(row): row for row in given}

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._rows)

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
            self._new_keys.append(key)
        self._rows[key] = row

    def remove(self, key: Key) -> None:
        """Remove the row with `key`.

        Raises:
            KeyError: There is none.
        """
        keys = self._keys
        del self._rows[key]
        del keys[bisect_left(keys, key)]

    def keys(self) -> Sequence[Key]:
        """Return the keys in order; to be looked at, not changed."""
        return self._keys

    def last_key(self) -> Key | None:
        """Return the greatest key; None when the table is empty."""
        keys = self._keys
        return keys[-1] if keys else None

    def rows_between(
        self,
        *,
        above: Key | None = None,
        from_: Key | None = None,
        below: Key | None = None,
        to: Key | None = None,
    ) -> Iterator[Row]:
        """Yield rows in key order, within exclusive or inclusive bounds."""
        keys = self._keys
        first, last = 0, len(keys)
        if above is not None:
            first = bisect_right(keys, above)
        if from_ is not None:
            first = max(first, bisect_left(keys, from_))
        if below is not None:
            last = bisect_left(keys, below)
        if to is not None:
            last = min(last, bisect_right(keys, to))
        return (self._rows[keys[position]] for position in range(first, last))

    def rows_with(self, keys: Iterable[Key]) -> Iterator[Row]:
        """Yield the rows that exist among `keys`, in key order, each once."""
        return (self._rows[key] for key in sorted(set(keys)) if key in self._rows)

    @property
    def _keys(self) -> list[Key]:
        # Keys are put in order when somebody looks, since postings add them by the thousand.
        if self._sorted_keys is None:
            self._sorted_keys = sorted(self._rows)
        elif self._new_keys:
            if len(self._new_keys) < _FEW:
                for key in self._new_keys:
                    insort(self._sorted_keys, key)
            else:
                self._sorted_keys += self._new_keys
                self._sorted_keys.sort()
        self._new_keys = []
        return self._sorted_keys


class Company:
    """One company database: its id and its tables."""

    def __init__(self, database_id: str, tables: Iterable[Table]) -> None:
        """Hold `tables`; a resource without a table is not installed."""
        self.database_id = database_id
        self.tables = {(table.resource.module, table.resource.name): table for table in tables}
        self.unseen: dict[str, object] = {}
        """What the program knows and the Web API does not show, by the part that keeps it."""

    def find_table(self, module: str, name: str) -> Table | None:
        """Return a resource's table, if the resource is installed."""
        return self.tables.get((module, name))

    def modules(self) -> set[str]:
        """Return the modules that have resources."""
        return {module for module, _ in self.tables}
