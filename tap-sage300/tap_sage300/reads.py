"""Reads the collections of one company, in parts where that is faster."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Final

from ml_connector.errors import RefusedError
from ml_connector.sage300 import CollectionQuery, Page

from tap_sage300.filters import render
from tap_sage300.page_sizes import PageSizer
from tap_sage300.paging import Key, PageQuery, Pager
from tap_sage300.ranges import PAGES_MIN, fits, plan_ranges
from tap_sage300.reader import RecordReader

if TYPE_CHECKING:
    from ml_connector.sage300 import Sage300Client

    from tap_sage300.discovery import Resource
    from tap_sage300.filters import Clause
    from tap_sage300.parallel import Connections

Raw = Mapping[str, object]
SELECT_LENGTH_MAX: Final = 800
"""Longest `$select` sent: with a filter it must stay below the 2,048 bytes IIS allows. Beyond it
every property is read."""

log = logging.getLogger(__name__)


class CollectionReader:
    """Pages of one company's resources, over the connections of one run."""

    def __init__(self, connections: Connections, *, page_size: int) -> None:
        """Ask for `page_size` records a page; 0 for as many as the server gives."""
        self._connections = connections
        self._page_size = page_size

    def read(
        self, resource: Resource, *, select: Iterable[str], clauses: Sequence[Clause]
    ) -> Iterator[Raw]:
        """Yield each record once that meets one of `clauses`, under the catalog's names."""
        shown = self._build_select(resource, select)
        pager = self._build_pager(resource, shown, clauses)
        if len(resource.own_keys) == 1:
            pager.split = partial(self._split, resource, shown, clauses)
        for raw in pager.read():
            yield resource.rename(raw)

    def read_parts(
        self, resource: Resource, *, select: Iterable[str], parts: Sequence[Sequence[Clause]]
    ) -> Iterator[Raw]:
        """Yield each record of several parts that share none, in any order.

        As many parts as the settings allow are read at once.
        """
        shown = self._build_select(resource, select)
        readers = [
            partial(self._read_part, resource, shown, clauses, after=None) for clauses in parts
        ]
        for raw in self._connections.read(readers):
            yield resource.rename(raw)

    def peek(
        self, resource: Resource, *, clauses: Sequence[Clause], orderby: str | None = None
    ) -> Page:
        """Return the first record that meets one of `clauses`, its key alone, and their count."""
        query = CollectionQuery(
            module=resource.module,
            resource=resource.name,
            filter_=render(clauses),
            select=resource.own_keys,
            orderby=orderby,
            top=1,
            count=True,
        )
        return self._connections.call(lambda client: client.fetch_page(query))

    def _build_pager(
        self,
        resource: Resource,
        select: tuple[str, ...],
        clauses: Sequence[Clause],
        *,
        client: Sage300Client | None = None,
        after: Key | None = None,
    ) -> Pager:
        sizer = PageSizer(page_size=self._page_size, rows_max=resource.spec.page_rows)

        def fetch(query: PageQuery) -> Page:
            asked = CollectionQuery(
                module=resource.module,
                resource=resource.name,
                filter_=query.filter,
                select=select,
                orderby=query.orderby,
                top=sizer.rows,
                skip=query.skip or None,
                count=query.wants_count,
            )
            page = self._connections.call(lambda one: one.fetch_page(asked), client)
            sizer.note(page.records)
            return page

        return Pager(
            fetch=fetch,
            resource=f"{resource.module}/{resource.name}",
            key=resource.own_keys,
            read_key=lambda raw: read_key(raw, resource),
            clauses=clauses,
            log=log,
            after=after,
        )

    def _read_part(
        self,
        resource: Resource,
        select: tuple[str, ...],
        clauses: Sequence[Clause],
        client: Sage300Client,
        *,
        after: Key | None,
    ) -> Iterator[Raw]:
        return self._build_pager(resource, select, clauses, client=client, after=after).read()

    def _split(
        self,
        resource: Resource,
        select: tuple[str, ...],
        clauses: Sequence[Clause],
        last: Key | None,
        left: int,
        page_rows: int,
    ) -> Iterator[Raw] | None:
        """Part what is left by ranges of the key, where it is long and the key is a number."""
        readers = self._connections.most
        page_rows = max(page_rows, resource.spec.page_rows or 0)
        if not isinstance(last, int) or readers == 1 or left < PAGES_MIN * page_rows:
            return None
        highest = self._find_highest(resource, clauses)
        (key,) = resource.own_keys
        if highest is None or not fits(key, clauses, select, highest=highest):
            return None
        ranges = plan_ranges(
            after=last, highest=highest, rows=left, page_rows=page_rows, readers=readers
        )
        parts = [
            partial(self._read_part, resource, select, one.clauses(key, clauses), after=one.after)
            for one in ranges
        ]
        return self._connections.read(parts) if parts else None

    def _find_highest(self, resource: Resource, clauses: Sequence[Clause]) -> int | None:
        """Return the highest key, None where the server does not order downwards."""
        (key,) = resource.own_keys
        try:
            page = self.peek(resource, clauses=clauses, orderby=f"{key} desc")
        except RefusedError:
            return None
        found = [read_key(raw, resource) for raw in page.records]
        return next((one for one in found if isinstance(one, int)), None)

    def _build_select(self, resource: Resource, names: Iterable[str]) -> tuple[str, ...]:
        spellings = dict(resource.type.server_names)
        if resource.collection and resource.spec.collection:
            spellings[resource.spec.collection] = resource.collection
        shown = tuple(dict.fromkeys(spellings[name] for name in names if name in spellings))
        return shown if len(",".join(shown)) <= SELECT_LENGTH_MAX else ()


def read_key(raw: Raw, resource: Resource) -> Key:
    """Return a raw record's key, as the server spells its properties.

    Raises:
        InputError: the record has none.
    """
    names = resource.own_keys
    named = ", ".join(f"{name} {raw.get(name)!r}" for name in names)
    reader = RecordReader(raw=raw, stream=resource.name, record=named)
    kinds = [resource.type.kinds[name] for name in resource.spec.keys]
    parts = [_whole(reader.value(own, kind)) for own, kind in zip(names, kinds, strict=True)]
    key = tuple(part for part in parts if isinstance(part, int | str))
    # One part of several may be blank, but none may be missing.
    if len(key) < len(names) or not any(str(part).strip() for part in key):
        lacking = next((own for own, part in zip(names, parts, strict=True) if not part), names[0])
        raise reader.wrong(lacking, "the record's key")
    return key if len(key) > 1 else key[0]


def _whole(part: object) -> object:
    """Return a whole number that came as a decimal, `58.000`, as what it is."""
    if isinstance(part, Decimal) and part == part.to_integral_value():
        return int(part)
    return part
