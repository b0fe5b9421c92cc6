"""Builds `$filter` from comparisons, using only what the server is known to understand.

Alternatives are spelled out without parentheses (`and` binds tighter than `or`), because
parentheses are not documented (Sage sheet §3.2, §7 question 7).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ml_connector.sage300 import quote_literal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

LENGTH_MAX: Final = 500
"""Longest chain of keys: IIS refuses query strings beyond 2,048 bytes unless told otherwise, and a
space takes three of them."""


class Comparison(NamedTuple):
    """One `property operator value`; the property in the server's spelling."""

    property: str
    operator: str
    value: int | str | bool | dt.date


Clause = tuple[Comparison, ...]
"""Comparisons that must all hold."""


def render(alternatives: Sequence[Clause], *common: Comparison) -> str | None:
    """Return the filter for rows that meet one of `alternatives` and everything in `common`.

    None when every row qualifies.
    """
    clauses = alternatives or ((),)
    spelled = [" and ".join(_spell(part) for part in (*clause, *common)) for clause in clauses]
    return " or ".join(spelled) or None


def combine(first: Sequence[Clause], second: Sequence[Clause]) -> tuple[Clause, ...]:
    """Return the alternatives that meet one of `first` and one of `second`.

    None on either side means that every row meets it.
    """
    return tuple((*one, *other) for one in first or ((),) for other in second or ((),))


def find_beyond(names: Sequence[str], key: int | str | tuple[int | str, ...]) -> tuple[Clause, ...]:
    """Return the alternatives for rows whose key comes after `key`, compared part by part."""
    parts = key if isinstance(key, tuple) else (key,)
    return tuple(
        (
            *(Comparison(names[before], "eq", parts[before]) for before in range(at)),
            Comparison(names[at], "gt", parts[at]),
        )
        for at in reversed(range(len(names)))
    )


def split_keys(key: str, values: Sequence[int]) -> Iterator[tuple[list[int], list[Clause]]]:
    """Yield the values in batches whose alternatives stay below the longest filter."""
    batch: list[int] = []
    length = 0
    for value in values:
        added = len(f"{key} eq {value} or ")
        if batch and length + added > LENGTH_MAX:
            yield batch, [(Comparison(key, "eq", one),) for one in batch]
            batch, length = [], 0
        batch.append(value)
        length += added
    if batch:
        yield batch, [(Comparison(key, "eq", one),) for one in batch]


def _spell(part: Comparison) -> str:
    return f"{part.property} {part.operator} {quote_literal(part.value)}"
