"""GET: pages, single records, `$metadata` (Sage sheet §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from ml_connector_sandbox._wire import encode_json
from ml_connector_sandbox.sage300._call import JSON
from ml_connector_sandbox.sage300._errors import WebApiError
from ml_connector_sandbox.sage300._metadata import build_metadata
from ml_connector_sandbox.sage300._query import (
    next_query_string,
    parse_query,
    read_page,
    select_columns,
)
from ml_connector_sandbox.sage300._view import ResourceView

if TYPE_CHECKING:
    from ml_connector_sandbox.sage300._call import Call
    from ml_connector_sandbox.sage300._records import Company, Table


def answer_metadata(call: Call) -> Response:
    """Describe the module's resources."""
    return Response(build_metadata(call.module, call.views()), media_type="application/xml")


def answer_companies(company: Company) -> Response:
    """List the companies, as one vendor's driver mentions it (§2, unknown 23)."""
    body = {"value": [{"CompanyID": company.database_id}]}
    return Response(encode_json(body), media_type=JSON)


def answer_page(call: Call, table: Table) -> Response:
    """Answer a page of records.

    Raises:
        WebApiError: `InvalidParameters`.
    """
    view = ResourceView(table.resource, call.look)
    query = parse_query(call.options(), view, switches=call.switches)
    page = read_page(table, query, switches=call.switches, order_seed=call.order_seed)
    name = table.resource.name
    columns = query.columns if query.is_narrowed else ()
    body: dict[str, object] = {"@odata.context": call.context(name, selected=columns)}
    if page.count is not None:
        body["@odata.count"] = page.count
    body["value"] = [view.show(row, query.columns) for row in page.rows]
    if page.has_more:
        link = next_query_string(query, taken=len(page.rows))
        body["@odata.nextLink"] = f"{call.base}/{name}?{link}"
    return Response(encode_json(body), media_type=JSON)


def answer_record(call: Call, table: Table, key_text: str) -> Response:
    """Answer one record.

    Raises:
        WebApiError: `InvalidEntityKey`, `RecordNotFound`, `InvalidParameters`.
    """
    view = ResourceView(table.resource, call.look)
    row = table.find(call.key(table, key_text))
    if row is None:
        raise WebApiError("RecordNotFound", "The record with the given key does not exist.")
    options = call.options()
    columns = select_columns(options, view)
    context = call.context(table.resource.name, selected=columns if "$select" in options else ())
    body = {"@odata.context": f"{context}/$entity", **view.show(row, columns)}
    return Response(encode_json(body), media_type=JSON)
