"""The Sage 300 Web API without the network: build requests, judge and parse replies.

The stack is OData v4 over Sage's views (Sage sheet §1.1). We send only what is known to work in
production: `eq ge le gt lt and or`, quoted strings, dates with `Z` (Sage sheet §3.2, §7 row 7).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import quote, urlsplit

import msgspec

from ml_connector.sage300._errors import build_error
from ml_connector.transport import BrokenReplyError, Repeat, Reply, Request
from ml_connector.wire import WireError, as_list, as_object, decode_json, encode_json

SYSTEM = "Sage 300"
Literal = str | int | Decimal | bool | dt.date
Key = str | int | Decimal | Mapping[str, str | int | Decimal]
"""A record's key: one value, or values by property name when it has several parts."""

# Content-Type is documented as mandatory on every request; without it some sites answer 500
# (Sage sheet §1.3).
_JSON_HEADERS = {"Accept": "application/json", "Content-Type": "application/json"}
_XML_HEADERS = {"Accept": "application/xml, */*", "Content-Type": "application/json"}
_SAFE_IN_QUERY = "$,'():/*-._~"


class CollectionQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What to read of a resource; `module` is `PO`, `resource` is `POPurchaseOrders`."""

    module: str
    resource: str
    filter_: str | None = None
    """An OData expression; build its literals with `quote_literal`."""
    select: tuple[str, ...] = ()
    """Property names as the server spells them; empty reads everything."""
    orderby: str | None = None
    top: int | None = None
    skip: int | None = None
    count: bool = False
    """Ask for the number of all matches."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page of records, numbers exact."""

    records: list[dict[str, object]]
    next_link: str | None = None
    """Where the server says the next page is; absence alone does not prove the end."""
    count: int | None = None
    """All matches, when asked for."""


def build_collection_request(
    company_url: str, *, query: CollectionQuery, read_timeout_s: float = 300.0
) -> Request:
    """Build the read of one page."""
    options = {
        "$filter": query.filter_,
        "$select": ",".join(query.select),
        "$orderby": query.orderby,
        "$top": query.top,
        "$skip": query.skip,
        "$count": "true" if query.count else None,
    }
    shown = [
        f"{name}={quote(str(value), safe=_SAFE_IN_QUERY)}"
        for name, value in options.items()
        if value not in (None, "")
    ]
    url = f"{company_url}/{query.module}/{query.resource}"
    return _get(f"?{'&'.join(shown)}" if shown else "", url, read_timeout_s)


def build_next_request(
    company_url: str, *, query: CollectionQuery, next_link: str, read_timeout_s: float = 300.0
) -> Request:
    """Build the read of the page behind `next_link`.

    Only its query is used. Behind a proxy the server writes its own inner host into the link, and
    a link must not lead our credentials anywhere else.
    """
    options = urlsplit(next_link).query
    url = f"{company_url}/{query.module}/{query.resource}"
    return _get(f"?{options}" if options else "", url, read_timeout_s)


def build_record_request(
    company_url: str, *, module: str, resource: str, key: Key, read_timeout_s: float = 300.0
) -> Request:
    """Build the read of one record by key; documented as much faster than a filter on the key."""
    url = f"{company_url}/{module}/{resource}({format_key(key)})"
    return _get("", url, read_timeout_s)


def build_metadata_request(
    company_url: str, *, module: str, read_timeout_s: float = 300.0
) -> Request:
    """Build the read of a module's `$metadata`, which is EDMX, an XML format."""
    url = f"{company_url}/{module}/$metadata"
    return _get("", url, read_timeout_s, headers=_XML_HEADERS)


def build_write_request(
    company_url: str,
    *,
    method: str,
    path: str,
    body: Mapping[str, object],
    read_timeout_s: float = 300.0,
) -> Request:
    """Build a POST or PATCH under the company's address; it is never repeated by itself.

    The properties of `body` are put into Sage's view in their order (Sage sheet §1.4).
    """
    return Request(
        method=method,
        url=f"{company_url}/{path}",
        system=SYSTEM,
        setting="base_url",
        repeat=Repeat.NEVER,
        read_timeout_s=read_timeout_s,
        headers=_JSON_HEADERS,
        body=encode_json(body),
    )


def quote_literal(value: Literal) -> str:
    """Write `value` as a literal for `$filter`, quotes doubled, dates with `Z`.

    Enum members are strings here, and so are codes that look like numbers (Sage sheet §3.2).
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        doubled = value.replace("'", "''")
        return f"'{doubled}'"
    if isinstance(value, dt.date):
        return f"{value.year:04}-{value.month:02}-{value.day:02}T00:00:00Z"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def format_key(key: Key) -> str:
    """Write `key` as it stands between the parentheses, quoted for a URL's path."""
    if isinstance(key, Mapping):
        return ",".join(f"{name}={_key_part(part)}" for name, part in key.items())
    return _key_part(key)


def judge_reply(request: Request, reply: Reply, *, account: str) -> Reply:
    """Return `reply` when it is a success, raise what its code and status mean otherwise.

    Any 2xx is a success (Sage sheet §7 row 3). `account` is named when access is refused.

    Raises:
        RemoteError: see the tables in `_errors`.
        SettingError: whatever answered is not a Sage 300 Web API.
    """
    if 200 <= reply.status < 300:  # noqa: PLR2004 - the class of successes
        return reply
    raise build_error(request, reply, account=account)


def parse_page(request: Request, reply: Reply) -> Page:
    """Parse a collection's page.

    Raises:
        BrokenReplyError: the body is not the JSON of a page.
    """
    try:
        body = as_object(decode_json(reply.body), "the page")
        if "value" not in body:
            raise WireError("the page has no value")  # noqa: TRY301 - one handler for the shape
        rows = as_list(body["value"], "value")
        return Page(
            records=[as_object(row, "a record") for row in rows],
            next_link=_text(body.get("@odata.nextLink", body.get("odata.nextLink"))),
            count=_count(body.get("@odata.count", body.get("odata.count"))),
        )
    except WireError as error:
        raise build_broken(request, reply, str(error)) from error


def parse_record(request: Request, reply: Reply) -> dict[str, object]:
    """Parse a single record; its `@odata` annotations are left out.

    Raises:
        BrokenReplyError: the body is not a JSON object.
    """
    try:
        body = as_object(decode_json(reply.body), "the record")
    except WireError as error:
        raise build_broken(request, reply, str(error)) from error
    return {name: value for name, value in body.items() if not name.startswith("@")}


def parse_written(request: Request, reply: Reply) -> dict[str, object] | None:
    """Parse the answer to a write: the record as it is stored, or `None` when none came.

    Which statuses come with a body is not documented (Sage sheet §7 row 3).

    Raises:
        BrokenReplyError: there is a body, and it is not a JSON object.
    """
    return parse_record(request, reply) if reply.body.strip() else None


def build_broken(request: Request, reply: Reply, problem: str) -> BrokenReplyError:
    """Say that a successful answer cannot be read."""
    return BrokenReplyError(
        f"the answer cannot be read: {problem}",
        system=request.system,
        call=request.call,
        status=reply.status,
        excerpt=reply.excerpt,
        data_bytes=reply.data_bytes,
        remedy=f"Check that {request.setting} leads to the Sage 300 Web API itself and that no"
        " proxy cuts its answers short; then start the run again.",
    )


def _get(
    query: str, url: str, read_timeout_s: float, *, headers: Mapping[str, str] = _JSON_HEADERS
) -> Request:
    return Request(
        method="GET",
        url=url + query,
        system=SYSTEM,
        setting="base_url",
        repeat=Repeat.SAFE,
        read_timeout_s=read_timeout_s,
        headers=headers,
    )


def _key_part(part: str | int | Decimal) -> str:
    # The quotes are part of the key's syntax and stay; everything inside is quoted, slash included.
    return quote(quote_literal(part), safe="'")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _count(value: object) -> int | None:
    # The reference prints the count as text, a habit of OData v3 (Sage sheet §3.3).
    if isinstance(value, str) and value.isdigit():
        return int(value)
    return value if isinstance(value, int) else None
