"""The Web API itself: from URL to answer (Sage sheet §1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from ml_connector_sandbox._wire import encode_json
from ml_connector_sandbox.sage300 import _access
from ml_connector_sandbox.sage300._errors import WebApiError, error_response
from ml_connector_sandbox.sage300._keys import parse_key, split_segment
from ml_connector_sandbox.sage300._metadata import build_metadata
from ml_connector_sandbox.sage300._query import (
    next_query_string,
    parse_query,
    read_options,
    read_page,
    select_columns,
)
from ml_connector_sandbox.sage300._view import Column, Look, ResourceView

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.types import Receive, Scope, Send

    from ml_connector_sandbox._switches import Switches
    from ml_connector_sandbox.sage300._records import Company, Table

ROOT = "/Sage300WebApi/v1.0/-"

_URL = re.compile(
    r"/Sage300WebApi/v1\.0/-/(?P<company>[^/]+)/(?P<module>[^/]+)/(?P<rest>.+)",
    re.IGNORECASE | re.DOTALL,
)
_JSON = "application/json; odata.metadata=minimal"
_HEADERS = {"OData-Version": "4.0", "Server": "Microsoft-IIS/10.0"}


class SageApp:
    """ASGI application that reads one company."""

    def __init__(self, company: Callable[[], Company], *, switches: Switches) -> None:
        """Serve whatever `company` returns at the time of a request."""
        self._company = company
        self._switches = switches

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = self._answer(Request(scope))
        response.headers.update(_HEADERS)
        await response(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        found = _URL.fullmatch(request.scope["path"])
        limit = int(str(self._switches["query_length_max"]))
        if not found or len(request.scope["query_string"]) > limit:
            # Not the Web API's business: IIS itself answers.
            return HTMLResponse("<h2>404 - File or directory not found.</h2>", status_code=404)
        try:
            return self._answer_api(request, found)
        except WebApiError as error:
            return error_response(
                error,
                statuses=cast("Mapping[str, object]", self._switches["statuses"]),
                media_type=self._switches.text("error_media_type"),
            )

    def _answer_api(self, request: Request, found: re.Match[str]) -> Response:
        switches = self._switches
        _access.check_credentials(request.headers.get("authorization"), switches=switches)
        _access.check_content_type(request.headers, switches=switches)
        company = self._company()
        if found["company"] != company.database_id:
            message = f"Company {found['company']} was not found."
            raise WebApiError("ResourceNotFound", message)
        read = _Read(request, company, found["module"], switches=switches)
        if read.module not in company.modules() or read.module in read.missing:
            message = f"Module {read.module} is not installed."
            raise WebApiError("ResourceNotFound", message)
        _access.check_right(read.module, switches=switches)
        if found["rest"] == "$metadata":
            return read.answer_metadata()
        name, key = split_segment(found["rest"])
        table = read.table(name)
        if request.method != "GET":
            message = f"The requested resource does not support http method '{request.method}'."
            raise WebApiError("MethodNotAllowed", message)
        return read.answer_page(table) if key is None else read.answer_record(table, key)


class _Read:
    """One read of one module."""

    def __init__(
        self, request: Request, company: Company, module: str, *, switches: Switches
    ) -> None:
        self._request = request
        self._company = company
        self._switches = switches
        self._look = Look(switches)
        self.module = module
        self.missing = set(cast("list[str]", switches["not_installed"]))
        origin = f"{request.url.scheme}://{request.url.netloc}"
        self._base = f"{origin}{ROOT}/{company.database_id}/{module}"

    def table(self, name: str) -> Table:
        table = self._company.find_table(self.module, name)
        if table is None or name in self.missing:
            message = f"Resource {name} was not found in module {self.module}."
            raise WebApiError("ResourceNotFound", message)
        return table

    def answer_metadata(self) -> Response:
        views = [
            ResourceView(table.resource, self._look)
            for (module, name), table in self._company.tables.items()
            if module == self.module and name not in self.missing
        ]
        return Response(build_metadata(self.module, views), media_type="application/xml")

    def answer_page(self, table: Table) -> Response:
        view = ResourceView(table.resource, self._look)
        options = read_options(self._request.scope["query_string"].decode("latin-1"))
        query = parse_query(options, view, switches=self._switches)
        page = read_page(table, query, switches=self._switches)
        name = table.resource.name
        columns = query.columns if query.is_narrowed else ()
        body: dict[str, object] = {"@odata.context": self._context(name, columns)}
        if page.count is not None:
            body["@odata.count"] = page.count
        body["value"] = [view.show(row, query.columns) for row in page.rows]
        if page.has_more:
            link = next_query_string(query, taken=len(page.rows))
            body["@odata.nextLink"] = f"{self._base}/{name}?{link}"
        return Response(encode_json(body), media_type=_JSON)

    def answer_record(self, table: Table, key_text: str) -> Response:
        view = ResourceView(table.resource, self._look)
        case = "upper" if self._switches.is_on("upper_case_keys") else "asis"
        names = [self._look.shown_name(name) for name in table.resource.key]
        key = parse_key(key_text, table.resource, upper_case=case, names=names)
        row = table.find(key)
        if row is None:
            raise WebApiError("RecordNotFound", "The record with the given key does not exist.")
        options = read_options(self._request.scope["query_string"].decode("latin-1"))
        columns = select_columns(options, view)
        context = self._context(table.resource.name, columns if "$select" in options else ())
        body = {"@odata.context": f"{context}/$entity", **view.show(row, columns)}
        return Response(encode_json(body), media_type=_JSON)

    def _context(self, name: str, selected: Sequence[Column]) -> str:
        names = ",".join(column.name for column in selected)
        return f"{self._base}/$metadata#{name}" + (f"({names})" if names else "")
