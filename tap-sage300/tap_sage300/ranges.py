"""Parts of a long collection that can be read at once: ranges of a key that is a whole number.

Ranges share no key and leave none out, whatever the figures they were planned by: the first begins
behind what was read, and the last has no end, so that what is added meanwhile is in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from tap_sage300.filters import Comparison, combine, find_beyond, render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_sage300.filters import Clause

RANGE_PAGES: Final = 10
"""Pages a range should have: enough that its last, which is not full, does not weigh."""
PAGES_MIN: Final = 4
"""Pages that must be left for parting to pay."""
RANGES_MAX: Final = 256
QUERY_LENGTH_MAX: Final = 2000
_OTHER_OPTIONS: Final = 160
_SAFE: Final = "$,'():/*-._~"


class KeyRange(NamedTuple):
    """Keys beyond `after`, up to and including `to`; without an end when that is None."""

    after: int
    to: int | None

    def clauses(self, key: str, within: Sequence[Clause]) -> tuple[Clause, ...]:
        """Return the alternatives for rows that meet one of `within` and lie below the end."""
        end = () if self.to is None else ((Comparison(key, "le", self.to),),)
        return combine(within, end)


def plan_ranges(
    *, after: int, highest: int, rows: int, page_rows: int, readers: int
) -> list[KeyRange]:
    """Part the keys beyond `after` into ranges of equal width; none where it does not pay."""
    if readers == 1 or rows < PAGES_MIN * page_rows or highest <= after:
        return []
    count = min(max(rows // (RANGE_PAGES * page_rows), readers), RANGES_MAX, highest - after)
    width = -(-(highest - after) // count)
    starts = list(range(after, highest, width))
    return [KeyRange(start, end) for start, end in zip(starts, [*starts[1:], None], strict=True)]


def fits(key: str, clauses: Sequence[Clause], select: Sequence[str], *, highest: int) -> bool:
    """Say whether a page of a range can still be asked for: IIS takes 2,048 bytes of query."""
    clauses = KeyRange(highest, highest).clauses(key, clauses)
    longest = render(combine(clauses, find_beyond((key,), highest))) or ""
    return (
        len(quote(longest, safe=_SAFE)) + len(",".join(select)) < QUERY_LENGTH_MAX - _OTHER_OPTIONS
    )
