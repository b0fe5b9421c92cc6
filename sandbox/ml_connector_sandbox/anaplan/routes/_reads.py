"""Large reads of views and lists: read requests and their pages (Anaplan sheet §7.4)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from starlette.responses import Response

from ml_connector_sandbox.anaplan._http import (
    ApiError,
    Call,
    Endpoint,
    JsonObject,
    answer_envelope,
    not_found,
)
from ml_connector_sandbox.anaplan._item_table import ItemTable
from ml_connector_sandbox.anaplan._read_requests import ReadRequest, ReadState, cut_pages
from ml_connector_sandbox.anaplan._switchboard import read_number
from ml_connector_sandbox.anaplan._tables import (
    all_pages_rows,
    grid_rows,
    multi_column_rows,
    single_column_rows,
)
from ml_connector_sandbox.anaplan.routes._views import choose_pages, find_view, make_grids

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


async def start_view_read(call: Call) -> Response:
    """Start reading a view in the layout of `exportType`."""
    view = find_view(call)
    body = await call.read_object()
    grids = make_grids(call)
    module = call.tenant.model.find_module(view.module)
    if module is None:
        raise not_found()
    match body.get("exportType"):
        case "TABULAR_MULTI_COLUMN":
            rows = multi_column_rows(grids, view, module)
        case "TABULAR_SINGLE_COLUMN":
            rows = single_column_rows(grids, view, module)
        case "GRID_CURRENT_PAGE":
            rows = grid_rows(grids, view, fixed=choose_pages(call, grids, view))
        case "GRID_ALL_PAGES":
            rows = all_pages_rows(grids, view)
        case _:
            raise ApiError(400, "Unsupported exportType")
    return _start(call, "view", view.id, rows)


async def start_list_read(call: Call) -> Response:
    """Start reading a list."""
    model = call.tenant.model
    definition = model.find_list(call.path("list"))
    if definition is None or definition.id != call.path("list"):
        raise not_found()
    return _start(call, "list", definition.id, ItemTable(model, definition).tabulate())


async def get_read(call: Call) -> Response:
    """How far a read request is."""
    request = _find(call)
    return _answer(call, request, request.state(call.tenant.clock.now()))


async def get_page(call: Call) -> Response:
    """One page of CSV, from 0."""
    request = _find(call)
    number = call.path("page")
    page = request.take(int(number), call.tenant.clock.now()) if number.isdigit() else None
    if page is None:
        raise not_found()
    return Response(page, media_type="text/csv")


async def drop_read(call: Call) -> Response:
    """200, not 204, with the state it ended in (§7.4)."""
    request = _find(call)
    state = request.state(call.tenant.clock.now())
    ended = state if state is ReadState.COMPLETE else ReadState.CANCELLED
    answer = _answer(call, request, ended)
    del call.tenant.read_requests[request.id]
    return answer


def _start(call: Call, kind: str, object_id: str, rows: Iterable[Sequence[str]]) -> Response:
    switches = call.tenant.switches
    request = ReadRequest(
        id=call.tenant.new_id(),
        kind=kind,
        object_id=object_id,
        pages=list(cut_pages(rows, switches)),
        started_at=call.tenant.clock.now(),
        run_time=dt.timedelta(milliseconds=read_number(switches, "task_ms")),
        successful=switches.text("large_read") == "succeeds",
    )
    call.tenant.read_requests[request.id] = request
    return _answer(call, request, request.state(request.started_at))


def _find(call: Call) -> ReadRequest:
    request = call.tenant.read_requests.get(call.path("request"))
    kind = "view" if "view" in call.request.path_params else "list"
    if not isinstance(request, ReadRequest) or request.kind != kind:
        raise not_found()
    if request.object_id != call.path(kind):
        raise not_found()
    if request.is_expired(call.tenant.clock.now()):
        raise not_found()
    return request


def _answer(call: Call, request: ReadRequest, state: ReadState) -> Response:
    request.was_seen = True
    described: JsonObject = {
        "requestId": request.id,
        f"{request.kind}Id": int(request.object_id)
        if request.kind == "view"
        else request.object_id,
        "requestState": state.value,
        "availablePages": request.available(call.tenant.clock.now()),
        "successful": state is ReadState.COMPLETE and request.successful,
        "url": _url_of(call, request),
    }
    kind = f"{request.kind}ReadRequest"
    return answer_envelope(call, kind, {kind: described})


def _url_of(call: Call, request: ReadRequest) -> str:
    """Return where to poll, in the form of the path that was asked."""
    here = str(call.request.url).split("?")[0].rstrip("/")
    return here if here.endswith(request.id) else f"{here}/{request.id}"


_CSV = ("text/csv", "application/json")


def _build_endpoints() -> tuple[Endpoint, ...]:
    endpoints: list[Endpoint] = []
    for kind, start in (("view", start_view_read), ("list", start_list_read)):
        requests = f"{{m}}/{kind}s/{{{kind}}}/readRequests"
        one = requests + "/{request}"
        endpoints += [
            Endpoint(path=requests, handler=start, method="POST"),
            Endpoint(path=one, handler=get_read),
            Endpoint(path=one, handler=drop_read, method="DELETE"),
            Endpoint(path=one + "/pages/{page}", handler=get_page, produces=_CSV),
        ]
    return tuple(endpoints)


READ_ENDPOINTS = _build_endpoints()
