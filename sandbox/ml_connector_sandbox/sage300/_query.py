"""Query options of a collection read, and the page they lead to (Sage sheet §3.1, §3.3)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

from ml_connector_sandbox.sage300._filter import Filter, compile_filter
from ml_connector_sandbox.sage300._operands import invalid
from ml_connector_sandbox.sage300._types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ml_connector_sandbox._switches import Switches
    from ml_connector_sandbox.sage300._records import Row, Table
    from ml_connector_sandbox.sage300._view import Column, ResourceView

_OPTIONS = frozenset({"$filter", "$select", "$top", "$skip", "$count", "$orderby"})


@dataclass(frozen=True, kw_only=True)
class Query:
    """A read, understood."""

    options: dict[str, str]
    """The options as given, for the nextLink."""
    columns: tuple[Column, ...]
    is_narrowed: bool
    """Whether `$select` was given."""
    filter: Filter | None
    orderby: tuple[tuple[Column, bool], ...]
    """Columns and whether descending."""
    top: int | None
    skip: int
    wants_count: bool


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of rows."""

    rows: list[Row]
    count: int | None
    has_more: bool


def read_options(query_string: str) -> dict[str, str]:
    """Read the system query options; others, without `$`, are ignored.

    Raises:
        WebApiError: An option unknown, or given twice (§3.1).
    """
    options: dict[str, str] = {}
    for name, value in parse_qsl(query_string, keep_blank_values=True):
        if not name.startswith("$"):
            continue
        if name not in _OPTIONS:
            raise invalid(f"The query parameter '{name}' is not supported.")
        if name in options:
            raise invalid(f"Query option '{name}' was specified more than once.")
        options[name] = value
    return options


def parse_query(options: dict[str, str], view: ResourceView, *, switches: Switches) -> Query:
    """Understand the options of a collection read.

    Raises:
        WebApiError: `InvalidParameters`.
    """
    if "$orderby" in options and not switches.is_on("orderby"):
        raise invalid("The query parameter '$orderby' is not supported.")
    text = options.get("$filter")
    return Query(
        options=options,
        columns=select_columns(options, view),
        is_narrowed="$select" in options,
        filter=None if text is None else compile_filter(text, view, switches=switches),
        orderby=_parse_orderby(options.get("$orderby", ""), view),
        top=_parse_number(options, "$top", at_least=1),
        skip=_parse_number(options, "$skip", at_least=0) or 0,
        wants_count=_parse_count(options.get("$count", "false")),
    )


def select_columns(options: dict[str, str], view: ResourceView) -> tuple[Column, ...]:
    """Return the columns of `$select`, in the order of the type; all when it is absent.

    Raises:
        WebApiError: A property is unknown.
    """
    text = options.get("$select")
    if text is None:
        return view.columns
    names = {name.strip() for name in text.split(",")}
    for name in sorted(names):
        if name != "*" and view.find(name) is None:
            raise invalid(f"Could not find a property named '{name}' on type '{view.type_name}'.")
    if "*" in names:
        return view.columns
    return tuple(column for column in view.columns if column.name in names)


def read_page(table: Table, query: Query, *, switches: Switches, order_seed: str = "") -> Page:
    """Read one page: at most the site's page size, at most `$top`.

    `order_seed` draws an order for this page alone, where none is asked for.
    """
    page_size = int(str(switches["page_size"]))
    limit = page_size if query.top is None else min(page_size, query.top)
    rows: Iterable[Row] = _matching(table, query.filter)
    is_shuffled = bool(order_seed) or switches.text("order") == "shuffled"
    rows = _ordered(rows, table, query, order_seed if is_shuffled else None)
    count = None
    if query.wants_count:
        rows = list(rows)
        count = len(rows)
    found = list(islice(rows, query.skip, query.skip + limit + 1))
    is_satisfied = query.top is not None and (
        limit == query.top or switches.text("next_link_with_top") == "absent"
    )
    return Page(rows=found[:limit], count=count, has_more=len(found) > limit and not is_satisfied)


def next_query_string(query: Query, *, taken: int) -> str:
    """Return the query string of the next page: the same options, `$skip` and `$top` moved on."""
    options = {**query.options, "$skip": str(query.skip + taken)}
    if query.top is not None:
        options["$top"] = str(query.top - taken)
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in options.items())


def _matching(table: Table, condition: Filter | None) -> Iterator[Row]:
    if condition is None:
        return table.rows_between()
    bounds = condition.bounds
    if bounds.keys is not None:
        candidates = table.rows_with(bounds.keys)
    else:
        candidates = table.rows_between(
            above=bounds.above, from_=bounds.from_, below=bounds.below, to=bounds.to
        )
    return filter(condition.test, candidates)


def _ordered(rows: Iterable[Row], table: Table, query: Query, seed: str | None) -> Iterable[Row]:
    if not query.orderby:
        return rows if seed is None else sorted(rows, key=_shuffle_key(table, seed))
    by_key = [(column.item.name, False) for column, _ in query.orderby]
    if by_key == [(name, False) for name in table.resource.key] and not any(
        descending for _, descending in query.orderby
    ):
        return rows
    ordered = list(rows)
    for column, descending in reversed(query.orderby):
        ordered.sort(key=_sort_key(column.index), reverse=descending)
    return ordered


def _sort_key(index: int) -> Callable[[Row], tuple[bool, object]]:
    return lambda row: (row[index] is not None, row[index])


def _shuffle_key(table: Table, seed: str) -> Callable[[Row], bytes]:
    # With one seed the same disorder for every page of a read, as a heap of rows would have it.
    return lambda row: hashlib.blake2b(
        f"{seed}{table.key_of(row)}".encode(), digest_size=8
    ).digest()


def _parse_orderby(text: str, view: ResourceView) -> tuple[tuple[Column, bool], ...]:
    return tuple(_parse_order(part.split(), view) for part in text.split(",") if part.strip())


def _parse_order(words: Sequence[str], view: ResourceView) -> tuple[Column, bool]:
    name, direction = words[0], " ".join(words[1:]) or "asc"
    column = view.find(name)
    if column is None or column.item.kind is Kind.COLLECTION:
        raise invalid(f"Could not find a property named '{name}' on type '{view.type_name}'.")
    if direction not in {"asc", "desc"}:
        raise invalid(f"Syntax error at '{direction}' in $orderby.")
    return column, direction == "desc"


def _parse_number(options: dict[str, str], name: str, *, at_least: int) -> int | None:
    text = options.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and int(text) >= at_least):
        raise invalid(f"Invalid value '{text}' for {name} query option found.")
    return int(text)


def _parse_count(text: str) -> bool:
    if text not in {"true", "false"}:
        raise invalid(f"Invalid value '{text}' for $count query option found.")
    return text == "true"
