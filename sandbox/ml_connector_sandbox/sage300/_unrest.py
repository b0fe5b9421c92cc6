"""Other people at work while a client reads: records added, changed and deleted (sheet §3.3)."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._types import Kind
from ml_connector_sandbox.sage300._values import date_text, details_of, raw_details

if TYPE_CHECKING:
    import datetime as dt
    import random
    from collections.abc import Iterable, Iterator

    from ml_connector_sandbox.sage300._records import Key, Row, Table
    from ml_connector_sandbox.sage300._types import Property

_TEXT_LENGTH_MIN = 30
"""Texts at least this long say something; shorter ones are codes that lead somewhere."""

_DRAWS_MAX = 100
"""How often a record is drawn anew when it was touched already."""

_NEWEST = 200
"""Among how many of the newest documents the greatest number is looked for."""

_ENDING = re.compile(r"(.*?)(\d+)")


class Unrest:
    """Changes to one table, drawn by dice."""

    def __init__(
        self, table: Table, *, dice: random.Random, last_read: Key | None, day: dt.date
    ) -> None:
        """Prepare to stir `table`; `last_read` is the key at which the reader has arrived."""
        self._table = table
        self._dice = dice
        self._day = date_text(day)
        self._last_read = last_read
        self._touched: set[Key] = set()

    def stir(self, *, inserts: int, changes: int, deletes: int) -> Iterator[tuple[str, Key]]:
        """Make the changes; yield what was done to which key."""
        for count, did, change in (
            (inserts, "inserted", self._insert),
            (changes, "changed", self._change),
            (deletes, "deleted", self._delete),
        ):
            for _ in range(count):
                row = self._draw_row()
                key = None if row is None else change(row)
                if key is not None:
                    self._touched.add(key)
                    yield did, key

    def _draw_row(self) -> Row | None:
        """Draw from what was read or from what was not, with equal chances."""
        keys = self._table.keys()
        end = len(keys) if self._last_read is None else bisect_right(keys, self._last_read)
        halves = [half for half in (range(end), range(end, len(keys))) if half]
        for _ in range(_DRAWS_MAX if halves else 0):
            key = keys[self._dice.choice(self._dice.choice(halves))]
            if key not in self._touched:
                return self._table.find(key)
        return None

    def _key(self, row: Row) -> Key:
        return self._table.key_of(row)

    def _insert(self, row: Row) -> Key | None:
        """Add a copy of `row` under a key of its own; None where no key can be made."""
        index = self._table.resource.key_indexes[-1]
        value = self._new_key_value(row, index)
        if value is None:
            return None
        new = list(row)
        new[index] = value
        self._number_anew(new)
        self._key_details(new, index)
        self._stamp(new)
        self._table.put(new)
        return self._key(new)

    def _new_key_value(self, row: Row, index: int) -> object:
        item, keys = self._table.resource.properties[index], self._table.keys()
        if item.kind.is_number:
            return 1 + max(int(key[-1] if isinstance(key, tuple) else key) for key in keys)
        if item.kind is not Kind.STRING:
            return None
        text = str(row[index])
        room = item.size or len(text) + 1
        if text.isdigit() and len(text) == room:
            return _next_text(key[-1] if isinstance(key, tuple) else key for key in keys)
        # A code next to the old one: where readers by key and by position are looking.
        return next(
            (
                new
                for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                if not self._is_taken(row, index, new := text[: room - 1] + letter)
            ),
            None,
        )

    def _is_taken(self, row: Row, index: int, value: object) -> bool:
        copy = list(row)
        copy[index] = value
        return self._table.find(self._key(copy)) is not None

    def _number_anew(self, row: Row) -> None:
        """Give a document the next number: its number is unique, though it is no key."""
        resource = self._table.resource
        name = f"{resource.entity}Number"
        if name in resource.index and name not in resource.key:
            index = resource.index[name]
            # Numbers rise with keys, and a large company is not read whole for one of them.
            newest = self._table.rows_with(self._table.keys()[-_NEWEST:])
            row[index] = _next_text(str(one[index]) for one in newest)

    def _key_details(self, row: Row, key_index: int) -> None:
        """Have the details carry the new key where they carry their header's."""
        resource = self._table.resource
        name = resource.properties[key_index].name
        for index, item in enumerate(resource.properties):
            if name in {detail.name for detail in item.details}:
                details = details_of(row[index])
                row[index] = raw_details({**detail, name: row[key_index]} for detail in details)

    def _change(self, row: Row) -> Key | None:
        """Change a text; None where there is none that only describes."""
        resource = self._table.resource
        texts = [index for index, item in enumerate(resource.properties) if self._describes(item)]
        if not texts:
            return None
        index = self._dice.choice(texts)
        new = list(row)
        new[index] = f"Changed {self._dice.randrange(10**6)}"
        self._stamp(new)
        self._table.put(new)
        return self._key(new)

    def _describes(self, item: Property) -> bool:
        is_key = item.name in self._table.resource.key
        return item.kind is Kind.STRING and (item.size or 0) >= _TEXT_LENGTH_MIN and not is_key

    def _delete(self, row: Row) -> Key:
        key = self._key(row)
        self._table.remove(key)
        return key

    def _stamp(self, row: Row) -> None:
        resource = self._table.resource
        if resource.stamp is not None:
            row[resource.index[resource.stamp]] = self._day


def _next_text(texts: Iterable[str]) -> str:
    """Return what follows the greatest of the numbers in `texts`, as long as they are."""
    greatest = max(texts, key=lambda text: (len(text), text))
    found = _ENDING.fullmatch(greatest)
    if found is None:
        return greatest + "1"
    return f"{found[1]}{int(found[2]) + 1:0{len(found[2])}d}"
