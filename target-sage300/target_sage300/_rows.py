"""Rows of small collections, and fields of what Sage shows, as what they are."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ml_connector.sage300 import CollectionQuery, parse_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ml_connector.sage300 import Sage300Client, Spelling


def fetch_rows(
    client: Sage300Client,
    module: str,
    spelling: Spelling,
    *names: str,
    key: Sequence[str] = (),
    filter_: str | None = None,
) -> Iterator[Mapping[str, object]]:
    """Read a collection in the order of its key, which is the first of `names` if not given.

    Without an order nobody promises that pages part the rows (Sage sheet §7 row 9).
    """
    query = CollectionQuery(
        module=module,
        resource=spelling.resource,
        filter_=filter_,
        select=tuple(spelling.name(name) for name in names),
        orderby=",".join(spelling.name(name) for name in key or names[:1]),
    )
    for record in client.fetch_collection(query):
        yield spelling.read(record, *names)


def read_text(row: Mapping[str, object], name: str) -> str:
    """Return a field as text; blank when it has none."""
    return str(row.get(name) or "").rstrip()


def read_amount(row: Mapping[str, object], name: str) -> Decimal:
    """Return a field as an amount; none is zero."""
    return Decimal(str(row.get(name) or 0))


def read_day(row: Mapping[str, object], name: str) -> str | None:
    """Return a field as a day in ISO form; `None` when it is blank."""
    day = parse_date(row.get(name))
    return day.isoformat() if day else None


def read_number(row: Mapping[str, object], name: str) -> str:
    """Return a number that Sage keeps as a decimal (`58`, `58.000`); blank for none."""
    value = row.get(name)
    return str(int(Decimal(str(value)))) if value else ""
