"""How many records to ask for at a time, where one record may be small or hold thousands of lines.

A batch comes with everything in it, and only its page says how much that is. So the next page is
sized by what the last one held: memory follows the largest batch, not the number of batches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NESTED_MAX: Final = 500
"""Records within the records of a page that are aimed at."""

ROWS_FIRST: Final = 4
"""Records of the first page; each page at most doubles that."""


class PageSizer:
    """Sizes the pages of one read."""

    def __init__(self, *, page_size: int, rows_max: int | None) -> None:
        """Take the size the settings name, 0 for none, and the resource's own limit, if any."""
        sizes = [size for size in (page_size, rows_max) if size]
        self._most = min(sizes, default=None)
        self._rows = min(ROWS_FIRST, self._most) if rows_max and self._most else self._most
        self._is_fixed = rows_max is None

    @property
    def rows(self) -> int | None:
        """How many records to ask for; None takes the server's page."""
        return self._rows

    def note(self, records: Iterable[Mapping[str, object]]) -> None:
        """Take a page into account."""
        if self._is_fixed or self._rows is None or self._most is None:
            return
        sizes = [count_nested(one) for one in records]
        if sizes:
            fitting = NESTED_MAX * len(sizes) // max(sum(sizes), 1)
            self._rows = max(1, min(fitting, self._rows * 2, self._most))


def count_nested(record: object) -> int:
    """Return how many records there are within a record, at any depth."""
    if not isinstance(record, dict):
        return 0
    lists = [value for value in record.values() if isinstance(value, list)]
    return sum(len(one) + sum(map(count_nested, one)) for one in lists)
