"""Every row once, whatever the server refuses and whoever changes rows meanwhile.

The server here is a function over plain rows; over HTTP the same promises are kept in
`test_paging_over_http.py`.
"""

from __future__ import annotations

import logging
import random
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ml_connector.errors import RefusedError, UnexpectedReplyError
from ml_connector.sage300 import Page
from tap_sage300.filters import Comparison
from tap_sage300.paging import PageQuery, Pager, SeenKeys
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)


@dataclass
class Server:
    """Rows behind a page size, with the peculiarities a test asks for."""

    keys: list[int]
    page_size: int = 3
    orderby: bool = True
    greater: bool = True
    counts: bool = True
    links: bool = True
    shuffle: random.Random | None = None
    before_page: Callable[[Server, int], None] | None = None
    queries: list[PageQuery] = field(default_factory=list)

    def fetch(self, query: PageQuery) -> Page:
        if self.before_page:
            self.before_page(self, len(self.queries))
        self.queries.append(query)
        refused = (query.orderby and not self.orderby) or (
            "gt" in (query.filter or "") and not self.greater
        )
        if refused or (query.wants_count and not self.counts):
            raise RefusedError(
                "no",
                system="Sage 300",
                call="GET x",
                remedy="",
                status=400,
                code="InvalidParameters",
            )
        rows = self._find(query)
        page = rows[query.skip : query.skip + self.page_size]
        more = query.skip + self.page_size < len(rows)
        return Page(
            records=[{"Key": key} for key in page],
            next_link="next" if more and self.links else None,
            count=len(rows) if query.wants_count else None,
        )

    def _find(self, query: PageQuery) -> list[int]:
        after = re.search(r"Key gt (-?\d+)", query.filter or "")
        rows = sorted(key for key in self.keys if not after or key > int(after[1]))
        if self.shuffle and not query.orderby:
            self.shuffle.shuffle(rows)
        return rows


def read(server: Server) -> list[int]:
    pager = Pager(
        fetch=server.fetch, resource="PO/X", key=("Key",), read_key=_key, clauses=(), log=log
    )
    return [_key(row) for row in pager.read()]


def _key(row: Any) -> int:
    return int(row["Key"])


sizes = st.integers(1, 5)
key_sets = st.lists(st.integers(-50, 200), unique=True, max_size=40)


abilities = st.fixed_dictionaries(
    dict.fromkeys(("orderby", "greater", "counts", "links"), st.booleans())
)


@given(key_sets, sizes, abilities)
def test_each_row_comes_once_whatever_the_server_refuses(
    keys: list[int], size: int, can: dict[str, bool]
) -> None:
    server = Server(keys, page_size=size, **can)  # type: ignore[arg-type]

    assert sorted(read(server)) == sorted(keys)


@given(key_sets, st.integers(2, 5), st.integers(0, 2**32))
def test_shuffled_rows_all_come_once_when_there_is_a_count(
    keys: list[int], size: int, seed: int
) -> None:
    server = Server(keys, page_size=size, orderby=False, shuffle=random.Random(seed))  # noqa: S311

    assert sorted(read(server)) == sorted(keys)


@given(
    st.sets(st.integers(0, 60), min_size=1, max_size=40),
    sizes,
    st.lists(st.tuples(st.integers(0, 10), st.integers(0, 60)), max_size=10),
)
def test_rows_that_stay_come_once_while_others_are_deleted(
    keys: set[int], size: int, deletions: list[tuple[int, int]]
) -> None:
    def delete(server: Server, page: int) -> None:
        for at, key in deletions:
            if at == page and key in server.keys:
                server.keys.remove(key)

    came = read(Server(sorted(keys), page_size=size, before_page=delete))

    assert len(came) == len(set(came))
    assert set(came) >= keys - {key for _, key in deletions}


@given(
    st.sets(st.integers(0, 60), min_size=1, max_size=40),
    sizes,
    st.lists(st.tuples(st.integers(1, 10), st.integers(0, 60)), max_size=10),
    st.booleans(),
)
def test_rows_that_were_there_come_once_while_others_are_added(
    keys: set[int],
    size: int,
    additions: list[tuple[int, int]],
    links: bool,  # noqa: FBT001  (drawn)
) -> None:
    def add(server: Server, page: int) -> None:
        server.keys += {key for at, key in additions if at == page} - set(server.keys)

    came = read(Server(sorted(keys), page_size=size, links=links, before_page=add))

    assert len(came) == len(set(came))
    assert set(came) >= keys


@given(
    st.sets(st.integers(0, 60), min_size=8, max_size=40),
    st.integers(2, 5),
    st.lists(st.tuples(st.integers(2, 10), st.integers(0, 60)), max_size=3),
)
def test_skipping_notices_that_rows_moved_and_reads_again(
    keys: set[int], size: int, deletions: list[tuple[int, int]]
) -> None:
    def delete(server: Server, page: int) -> None:
        for at, key in deletions:
            if at == page and key in server.keys:
                server.keys.remove(key)

    came = read(Server(sorted(keys), page_size=size, greater=False, before_page=delete))

    assert len(came) == len(set(came))
    assert set(came) >= keys - {key for _, key in deletions}


def test_a_first_reading_by_key_asks_for_the_count_once() -> None:
    server = Server(list(range(7)))

    read(server)

    assert [query.wants_count for query in server.queries] == [True, False, False, False]


def test_nothing_there_takes_one_request() -> None:
    server = Server([])

    assert read(server) == []
    assert len(server.queries) == 1


class HidingServer(Server):
    """Counts more rows than it ever shows."""

    @override
    def fetch(self, query: PageQuery) -> Page:
        page = super().fetch(query)
        return Page(records=page.records, next_link=page.next_link, count=8)


def test_rows_that_are_counted_and_never_shown_are_an_error_and_not_a_loss() -> None:
    server = HidingServer(list(range(7)), greater=False, orderby=False)

    with pytest.raises(UnexpectedReplyError, match="only 7 different rows"):
        read(server)


def test_a_refusal_that_is_not_about_the_query_is_passed_on() -> None:
    def fetch(_query: PageQuery) -> Page:
        raise RefusedError("gone", system="Sage 300", call="GET x", remedy="", status=404)

    pager = Pager(fetch=fetch, resource="x", key=("Key",), read_key=_key, clauses=(), log=log)

    with pytest.raises(RefusedError, match="gone"):
        list(pager.read())


def test_alternatives_are_repeated_with_the_key_and_without_parentheses() -> None:
    server = Server([1, 2, 3, 4])
    clauses = ((Comparison("Done", "eq", False),), (Comparison("Stamp", "ge", 5),))  # noqa: FBT003

    list(
        Pager(
            fetch=server.fetch, resource="x", key=("Key",), read_key=_key, clauses=clauses, log=log
        ).read()
    )

    assert server.queries[1].filter == "Done eq false and Key gt 3 or Stamp ge 5 and Key gt 3"


@given(st.lists(st.integers(-30, 30)))
def test_seen_keys_know_what_is_new(keys: list[int]) -> None:
    seen, plain = SeenKeys(), set[int]()

    for key in keys:
        assert seen.add(key) is (key not in plain)
        plain.add(key)

    assert len(seen) == len(plain)


def test_seen_keys_take_texts() -> None:
    seen = SeenKeys()

    assert [seen.add(key) for key in ("A", "B", "A")] == [True, True, False]
