"""Keys of several properties: every row once, by key where the key is short, by skipping else.

The server is a function over plain rows that understands the filters we send.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ml_connector.errors import InputError, RefusedError
from ml_connector.sage300 import Page
from tap_sage300.discovery import Resource, ScalarType
from tap_sage300.filters import Comparison, combine, find_beyond, render
from tap_sage300.paging import Key, PageQuery, Pager
from tap_sage300.reads import read_key
from tap_sage300.resources import ResourceSpec
from tap_sage300.values import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

log = logging.getLogger(__name__)

Row = tuple[Any, ...]
NAMES = ("A", "B", "C", "D")


@dataclass
class Server:
    """Rows that are their own keys, behind a page size."""

    rows: list[Row]
    page_size: int = 3
    refuses: Collection[str] = ()
    """Words that make a query a bad one."""
    sorts_by: int = 99
    """How many properties of `$orderby` are honoured."""
    before_page: Callable[[Server, int], None] | None = None
    queries: list[PageQuery] = field(default_factory=list)

    def fetch(self, query: PageQuery) -> Page:
        if self.before_page:
            self.before_page(self, len(self.queries))
        self.queries.append(query)
        if any(word in f"{query.filter} {query.orderby}" for word in self.refuses):
            raise RefusedError(
                "no", system="S", call="GET x", remedy="", status=400, code="InvalidParameters"
            )
        found = [row for row in self.rows if _meets(row, query.filter)]
        found.sort(key=lambda row: row[: self.sorts_by])
        page = found[query.skip : query.skip + self.page_size]
        return Page(
            records=[dict(zip(NAMES, row, strict=False)) for row in page],
            next_link="next" if query.skip + self.page_size < len(found) else None,
            count=len(found) if query.wants_count else None,
        )


def _meets(row: Row, text: str | None) -> bool:
    if text is None:
        return True
    values = dict(zip(NAMES, row, strict=False))
    compare = {"eq": lambda a, b: a == b, "gt": lambda a, b: a > b}
    return any(
        all(
            compare[operator](str(values[name]), str(literal.strip("'")))
            if literal.startswith("'")
            else compare[operator](values[name], int(literal))
            for name, operator, literal in re.findall(r"(\w) (eq|gt) ('[^']*'|-?\d+)", clause)
        )
        for clause in text.split(" or ")
    )


def read(server: Server, parts: int) -> list[Row]:
    def key_of(raw: Any) -> Key:
        return tuple(raw[name] for name in NAMES[:parts])

    pager = Pager(
        fetch=server.fetch,
        resource="GL/X",
        key=NAMES[:parts],
        read_key=key_of,
        clauses=(),
        log=log,
    )
    return [tuple(raw[name] for name in NAMES[:parts]) for raw in pager.read()]


parts = st.integers(2, 4)


def rows_of(width: int) -> st.SearchStrategy[list[Row]]:
    one = st.tuples(*[st.sampled_from(["", "1", "10", "2"]), *[st.integers(0, 3)] * (width - 1)])
    return st.lists(one, unique=True, max_size=40)


@given(st.data(), parts, st.integers(1, 5), st.sets(st.sampled_from(["gt", "A,", " or "])))
def test_each_row_comes_once_whatever_the_server_refuses(
    data: st.DataObject, width: int, size: int, refuses: set[str]
) -> None:
    rows = data.draw(rows_of(width))
    server = Server(rows, page_size=size, refuses=refuses)

    assert sorted(read(server, width)) == sorted(rows)


# One row a page leaves no overlap to tell by: two at least.
@given(st.data(), parts, st.integers(2, 5))
def test_rows_that_stay_come_once_while_others_come_and_go(
    data: st.DataObject, width: int, size: int
) -> None:
    rows = data.draw(rows_of(width))
    changes = data.draw(st.lists(st.tuples(st.integers(0, 8), rows_of(width)), max_size=6))
    touched = {row for _, group in changes for row in group}

    def change(server: Server, page: int) -> None:
        for row in {row for at, group in changes if at == page for row in group}:
            if row in server.rows:
                server.rows.remove(row)
            else:
                server.rows.append(row)

    came = read(Server(list(rows), page_size=size, before_page=change), width)

    assert len(came) == len(set(came))
    assert set(came) >= set(rows) - touched


@given(st.data(), st.integers(2, 3), st.integers(1, 5))
def test_a_server_that_orders_by_the_first_property_only_loses_nothing(
    data: st.DataObject, width: int, size: int
) -> None:
    rows = data.draw(rows_of(width))

    came = read(Server(rows, page_size=size, sorts_by=1), width)

    assert sorted(came) == sorted(rows)


def test_short_keys_are_read_by_key_and_nothing_is_skipped() -> None:
    server = Server([("A", number) for number in range(10)])

    read(server, 2)

    assert [query.skip for query in server.queries] == [0, 0, 0, 0, 0]
    assert server.queries[1].filter == "A eq 'A' and B gt 2 or A gt 'A'"
    assert server.queries[1].orderby == "A,B"


def test_long_keys_are_read_by_skipping_with_one_row_of_overlap() -> None:
    server = Server([("A", 0, 0, number) for number in range(7)])

    read(server, 4)

    assert [query.skip for query in server.queries] == [0, 2, 4]
    assert {query.filter for query in server.queries} == {None}


def test_alternatives_and_what_lies_beyond_a_key_are_combined_without_parentheses() -> None:
    clauses = ((Comparison("X", "eq", 1),), (Comparison("Y", "eq", 2),))

    shown = render(combine(clauses, find_beyond(("A", "B"), ("a", 5))))

    pairs = product(("X eq 1", "Y eq 2"), ("A eq 'a' and B gt 5", "A gt 'a'"))
    assert shown == " or ".join(f"{one} and {other}" for one, other in pairs)


RESOURCE = Resource(
    spec=ResourceSpec(module="GL", name="X", key=("A", "B")),
    name="X",
    type=ScalarType(kinds={"A": Kind.TEXT, "B": Kind.NUMBER}, server_names={"A": "a", "B": "b"}),
)


def test_a_key_has_its_parts_in_the_servers_spelling_and_whole_numbers_as_such() -> None:
    assert read_key({"a": "", "b": Decimal("58.000")}, RESOURCE) == ("", 58)


@pytest.mark.parametrize("raw", [{"a": "1"}, {"b": 1}, {"a": None, "b": 1}])
def test_a_key_that_lacks_a_part_names_the_record_and_the_part(raw: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="the record's key"):
        read_key(raw, RESOURCE)
