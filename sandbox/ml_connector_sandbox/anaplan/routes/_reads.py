"""Large reads of views and lists: read requests and their pages (Anaplan sheet §7.4)."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import Response

from ml_connector_sandbox.anaplan._grids import item_id
from ml_connector_sandbox.anaplan._http import (
    ApiError,
    Call,
    Endpoint,
    JsonObject,
    answer_envelope,
    not_found,
)
from ml_connector_sandbox.anaplan._switchboard import read_number
from ml_connector_sandbox.anaplan._tables import (
    grid_rows,
    multi_column_rows,
    render_csv,
    single_column_rows,
)
from ml_connector_sandbox.anaplan.routes._views import choose_pages, find_view, make_grids

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_IDLE_MAX = dt.timedelta(minutes=30)
_PAGES_PER_RESET = 100
_LIST_COLUMNS = ("id", "name", "code", "parent")


@dataclass
class ReadRequest:
    """A read on its way: its pages are made at once, and shown when its time has passed."""

    id: str
    kind: str
    object_id: str
    pages: list[str]
    started_at: dt.datetime
    used_at: dt.datetime
    is_cancelled: bool = False


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
        case _:
            raise ApiError(400, "Unsupported exportType")
    return _start(call, "view", view.id, rows)


async def start_list_read(call: Call) -> Response:
    """Start reading a list."""
    model = call.tenant.model
    definition = model.find_list(call.path("list"))
    if definition is None or definition.id != call.path("list"):
        raise not_found()
    items = model.lists[definition.name]
    parents = model.lists[definition.parent] if definition.parent else None

    def parent_name(slot: int) -> str:
        above = items.parents[slot]
        return str(parents.names[above]) if parents and parents.is_live(above) else ""

    rows = [
        [item_id(definition, slot), str(items.names[slot]), items.codes[slot], parent_name(slot)]
        for slot in items.live_slots()
    ]
    return _start(call, "list", definition.id, [list(_LIST_COLUMNS), *rows])


async def get_read(call: Call) -> Response:
    """How far a read request is."""
    return _answer(call, _find(call))


async def get_page(call: Call) -> Response:
    """One page of CSV, from 0."""
    request = _find(call)
    number = call.path("page")
    if not number.isdigit() or int(number) >= _available_pages(call, request):
        raise not_found()
    if int(number) % _PAGES_PER_RESET == 0:
        request.used_at = call.tenant.clock.now()
    return Response(request.pages[int(number)], media_type="text/csv")


async def drop_read(call: Call) -> Response:
    """200, not 204, with the state it ended in (§7.4)."""
    request = _find(call)
    request.is_cancelled = not _is_complete(call, request)
    answer = _answer(call, request)
    del call.tenant.read_requests[request.id]
    return answer


def _start(call: Call, kind: str, object_id: str, rows: Iterable[Sequence[str]]) -> Response:
    now = call.tenant.clock.now()
    request = ReadRequest(
        id=call.tenant.new_id(),
        kind=kind,
        object_id=object_id,
        pages=list(_cut_pages(call, rows)),
        started_at=now,
        used_at=now,
    )
    call.tenant.read_requests[request.id] = request
    return _answer(call, request)


def _cut_pages(call: Call, rows: Iterable[Sequence[str]]) -> Iterable[str]:
    """Cut into pages; whether each repeats the header line is a switch (§11, 13)."""
    size = read_number(call.tenant.switches, "read_page_rows")
    repeats = call.tenant.switches.text("read_page_header") == "every"
    remaining = iter(rows)
    header = next(remaining, [])
    first = True
    while page := list(itertools.islice(remaining, size)):
        yield render_csv([header, *page] if first or repeats else page, escaped=True)
        first = False
    if first:
        yield render_csv([header], escaped=True)


def _find(call: Call) -> ReadRequest:
    request = call.tenant.read_requests.get(call.path("request"))
    kind = "view" if "view" in call.request.path_params else "list"
    if not isinstance(request, ReadRequest) or request.kind != kind:
        raise not_found()
    if request.object_id != call.path(kind):
        raise not_found()
    if call.tenant.clock.now() - request.used_at > _IDLE_MAX:
        raise not_found()
    return request


def _is_complete(call: Call, request: ReadRequest) -> bool:
    run_time = dt.timedelta(milliseconds=read_number(call.tenant.switches, "task_ms"))
    return call.tenant.clock.now() - request.started_at >= run_time


def _available_pages(call: Call, request: ReadRequest) -> int:
    return len(request.pages) if _is_complete(call, request) else 0


def _answer(call: Call, request: ReadRequest) -> Response:
    complete = _is_complete(call, request)
    state = "COMPLETE" if complete else "IN_PROGRESS"
    described: JsonObject = {
        "requestId": request.id,
        f"{request.kind}Id": int(request.object_id)
        if request.kind == "view"
        else request.object_id,
        "requestState": "CANCELLED" if request.is_cancelled else state,
        "availablePages": _available_pages(call, request),
        "successful": complete,
        "url": str(call.request.url).split("?")[0],
    }
    kind = f"{request.kind}ReadRequest"
    return answer_envelope(call, kind, {kind: described})


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
