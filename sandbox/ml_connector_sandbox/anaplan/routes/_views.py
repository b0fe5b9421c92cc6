"""Views: their axes, their members, and cell reads (Anaplan sheet §3.2, §7.2)."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from starlette.responses import Response

from ml_connector_sandbox.anaplan._grids import CELLS_MAX, Dimension, Grids, Member
from ml_connector_sandbox.anaplan._http import (
    ApiError,
    Call,
    Endpoint,
    JsonObject,
    answer_envelope,
    answer_json,
    answer_page,
    not_found,
)
from ml_connector_sandbox.anaplan._rendering import choose_writer
from ml_connector_sandbox.anaplan._schema import TIME_ID, ViewDef
from ml_connector_sandbox.anaplan._tables import (
    all_pages_rows,
    dimensions_of,
    grid_rows,
    multi_column_rows,
    render_csv,
    single_column_rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_DIGITS_MAX = 9


def make_grids(call: Call) -> Grids:
    """Return the reader of the model's views, with numbers written as switched."""
    writer = choose_writer(call.tenant.switches)
    return Grids(call.tenant.model, call.tenant.calculations, writer=writer)


def find_view(call: Call) -> ViewDef:
    """Return the view in the path."""
    view = call.tenant.model.find_view(call.path("view"))
    if view is None:
        raise not_found()
    return view


async def get_views(call: Call) -> Response:
    """Default and saved views of the whole model."""
    rows = [_describe(call, view) for view in call.tenant.model.blueprint.views]
    return answer_page(call, "view", "views", rows)


async def get_module_views(call: Call) -> Response:
    """Views of one module."""
    module = call.tenant.model.find_module(call.path("module"))
    if module is None or module.id != call.path("module"):
        raise not_found()
    views = call.tenant.model.blueprint.views
    rows = [_describe(call, view) for view in views if view.module == module.name]
    return answer_page(call, "view", "views", rows)


async def get_view(call: Call) -> Response:
    """Which dimension lies where, at top level; empty axes are left out (§2.1)."""
    view = find_view(call)
    grids = make_grids(call)
    payload: JsonObject = {"viewId": view.id, "viewName": view.name}
    for axis in ("rows", "columns", "pages"):
        dimensions = [grids.dimension(view, name) for name in getattr(view, axis)]
        payload[axis] = [{"id": one.id, "name": one.name} for one in dimensions]
    return answer_envelope(call, "view", payload)


async def get_view_dimension_items(call: Call) -> Response:
    """The members of one dimension, as the view shows them."""
    dimension = _find_dimension(call, find_view(call))
    if dimension is None:
        raise not_found()
    rows = [_describe_member(member) for member in dimension.members]
    return answer_envelope(call, "dimension", {"items": rows})


async def get_line_item_dimension_items(call: Call) -> Response:
    """The members of one of a line item's dimensions; here time is available, too (§3.2)."""
    found = call.tenant.model.find_line_item(call.path("item"))
    if found is None:
        raise not_found()
    module, _ = found
    grids, key = make_grids(call), call.path("dimension")
    view = ViewDef(id=module.id, name=module.name, module=module.name, rows=(), columns=())
    dimensions = [grids.dimension(view, name) for name in dimensions_of(module)]
    dimension = next((one for one in dimensions if one.id == key), None)
    if dimension is None:
        raise not_found()
    rows = [_describe_member(member) for member in dimension.members]
    return answer_envelope(call, "dimension", {"items": rows})


async def get_dimension_items(call: Call) -> Response:
    """The items of a list; time is not available at model level (§3.2)."""
    if call.path("dimension") == TIME_ID:
        raise ApiError(400, "Time dimension is not supported at model level")
    definition = call.tenant.model.find_list(call.path("dimension"))
    if definition is None or definition.id != call.path("dimension"):
        raise not_found()
    rows = [_describe_member(member) for member in make_grids(call).list_members(definition)]
    return answer_envelope(call, "dimension", {"items": rows})


async def look_up_dimension_items(call: Call) -> Response:
    """Items by names and codes, in any case; an empty body gives 400 (§3.2)."""
    definition = call.tenant.model.find_list(call.path("dimension"))
    if definition is None or definition.id != call.path("dimension"):
        raise not_found()
    body = await call.read_object()
    names, codes = (_lower_all(body.get(key, [])) for key in ("names", "codes"))
    if not names and not codes:
        raise ApiError(400, "Names or codes are required")
    rows = [
        _describe_member(member)
        for member in make_grids(call).list_members(definition)
        if member.name.lower() in names or member.code.lower() in codes
    ]
    return answer_envelope(call, "dimension", {"items": rows})


async def read_view(call: Call) -> Response:
    """Cells as JSON (`format=v1`) or CSV, at most 1,000,000 of them."""
    view = find_view(call)
    grids = make_grids(call)
    _check_size(grids, view, is_tabular=call.query("exportType").startswith("TABULAR"))
    _refuse_empty(call, grids, view)
    accept = call.request.headers.get("accept", "*/*")
    if call.query("exportType").startswith("TABULAR"):
        return _read_tabular(call, grids, view)
    if call.query("exportType") not in ("", "GRID_CURRENT_PAGE", "GRID_ALL_PAGES"):
        raise ApiError(400, "Unsupported exportType")
    fixed = choose_pages(call, grids, view)
    if call.query("format") == "v1" and "text/csv" not in accept:
        return _read_json(call, grids, view, fixed)
    if call.query("exportType") == "GRID_ALL_PAGES":
        return _answer_csv(call, all_pages_rows(grids, view))
    headers = len(view.columns) + bool(fixed)
    return _answer_csv(call, grid_rows(grids, view, fixed=fixed), headers=headers)


def _answer_csv(call: Call, rows: Iterable[list[str]], *, headers: int = 1) -> Response:
    most = _read_max_rows(call)
    wanted = itertools.islice(rows, None if most is None else most + headers)
    escaped = "escaped=true" in call.request.headers.get("accept", "")
    return Response(render_csv(wanted, escaped=escaped), media_type="text/csv")


def _read_max_rows(call: Call) -> int | None:
    """Return `maxRows`, which caps the rows but for the headers (C: S2)."""
    text = call.query("maxRows")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MAX):
        raise ApiError(400, "Invalid value for parameter maxRows")
    return int(text)


def _read_json(call: Call, grids: Grids, view: ViewDef, fixed: list[Member]) -> Response:
    rows = itertools.islice(grids.read_cells(view, fixed=fixed), _read_max_rows(call))
    body: JsonObject = {
        "pages": [member.name for member in fixed],
        "columnCoordinates": [
            [member.name for member in column] for column in grids.axis(view, view.columns)
        ],
        "rows": [
            {"rowCoordinates": [member.name for member in row], "cells": cells}
            for row, cells in rows
        ],
    }
    return answer_json(body)


def _read_tabular(call: Call, grids: Grids, view: ViewDef) -> Response:
    module = call.tenant.model.find_module(view.module)
    if module is None or call.query("moduleId") != module.id:
        raise ApiError(400, "moduleId is required with exportType")
    forms = {"TABULAR_MULTI_COLUMN": multi_column_rows, "TABULAR_SINGLE_COLUMN": single_column_rows}
    form = forms.get(call.query("exportType"))
    if form is None:
        raise ApiError(400, "Unsupported exportType")
    return _answer_csv(call, form(grids, view, module))


def _check_size(grids: Grids, view: ViewDef, *, is_tabular: bool) -> None:
    """A grid is one page; a table holds every page (§7.2)."""
    pages = view.pages if is_tabular else ()
    names = (*view.rows, *view.columns, *pages)
    if math.prod(len(grids.dimension(view, name).members) for name in names) > CELLS_MAX:
        raise ApiError(400, "The view has more than 1000000 cells")


def _refuse_empty(call: Call, grids: Grids, view: ViewDef) -> None:
    """A view without data answered 500 once (§7.2, L); a switch gives it back its headers."""
    if call.tenant.switches.text("empty_view") == "empty":
        return
    names = (*view.rows, *view.columns, *view.pages)
    if not all(grids.dimension(view, name).members for name in names):
        raise ApiError(500, "Internal Server Error")


def choose_pages(call: Call, grids: Grids, view: ViewDef) -> list[Member]:
    """Read `pages=dimensionId:itemId`, repeated or separated by commas (§7.2).

    A dimension without members fixes nothing.
    """
    chosen: dict[str, str] = {}
    for given in call.request.query_params.getlist("pages"):
        for selector in given.split(","):
            dimension, _, item = selector.partition(":")
            chosen[dimension] = item
    fixed: list[Member] = []
    for name in view.pages:
        dimension_on_page = grids.dimension(view, name)
        wanted = chosen.pop(dimension_on_page.id, None)
        members = dimension_on_page.members
        if wanted is None and not members:
            continue
        matching = [one for one in members if wanted in (None, one.id)]
        if not matching:
            raise ApiError(400, f"Invalid page selector [{dimension_on_page.id}:{wanted}]")
        fixed.append(matching[0])
    if chosen:
        unknown, item = next(iter(chosen.items()))
        raise ApiError(400, f"Invalid page selector [{unknown}:{item}]")
    return fixed


def _find_dimension(call: Call, view: ViewDef) -> Dimension | None:
    grids = make_grids(call)
    names = (*view.rows, *view.columns, *view.pages)
    dimensions = (grids.dimension(view, name) for name in names)
    return next((one for one in dimensions if one.id == call.path("dimension")), None)


def _describe(call: Call, view: ViewDef) -> JsonObject:
    module = call.tenant.model.find_module(view.module)
    return {
        "id": view.id,
        "name": view.name,
        "moduleId": module.id if module else "",
        "code": "",
    }


def _describe_member(member: Member) -> JsonObject:
    row: JsonObject = {"id": member.id, "name": member.name}
    return row | {"code": member.code} if member.code else row


def _lower_all(values: object) -> set[str]:
    return {str(value).lower() for value in values} if isinstance(values, list) else set()


_CSV_OR_JSON = ("text/csv", "application/json")
VIEW_ENDPOINTS = (
    Endpoint(path="{m}/views", handler=get_views),
    Endpoint(path="{m}/modules/{module}/views", handler=get_module_views),
    Endpoint(path="{m}/views/{view}", handler=get_view),
    Endpoint(path="{m}/views/{view}/data", handler=read_view, produces=_CSV_OR_JSON),
    Endpoint(
        path="{m}/views/{view}/dimensions/{dimension}/items", handler=get_view_dimension_items
    ),
    Endpoint(
        path="{m}/lineItems/{item}/dimensions/{dimension}/items",
        handler=get_line_item_dimension_items,
    ),
    Endpoint(path="{m}/dimensions/{dimension}/items", handler=get_dimension_items),
    Endpoint(
        path="{m}/dimensions/{dimension}/items", handler=look_up_dimension_items, method="POST"
    ),
)
