"""What planners do to adjustments, for tests, under `/_sandbox`.

`{module}` is `GL Adjustments` or `AP Adjustments`.

====================================  ===========================================================
POST adjustments/{module}             enter lines, `{"lines": [{line item: value}]}`; answers their
                                      transaction ids, `{"ids": [...]}`
PATCH adjustments/{module}            change cells: `{transaction id: {line item: value}}`
DELETE adjustments/{module}           delete lines: `{"ids": [...]}`
POST adjustments/{module}/approve     approve entries: `{"entries": [...], "by"?: "..."}`
POST adjustments/{module}/withdraw    take approvals back: `{"entries": [...]}`
POST adjustments/items                add by hand the accounts and vendors that adjustments name,
                                      for those who read adjustments without loading first
PATCH exports/{export}                a builder changes an export: `layout`, `format`, `encoding`,
                                      `filters`, `omits_empty`, `hides_labels`, `shared_with`,
                                      `rendering`
====================================  ===========================================================

What is in the modules is seen with `GET cells/{module}`.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import msgspec

from ml_connector_sandbox._control import control_route
from ml_connector_sandbox._wire import decode_object
from ml_connector_sandbox.anaplan._list_edits import EditProblem, ListEditor
from ml_connector_sandbox.anaplan._schema import ExportFormat, Format, Layout, Rendering

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from ml_connector_sandbox.anaplan._schema import ExportDef
    from ml_connector_sandbox.anaplan._tenant import Tenant

_FILTERS_MAX = 2

JsonObject = dict[str, object]


class _Lines(msgspec.Struct, forbid_unknown_fields=True):
    lines: list[dict[str, object]]


class _Ids(msgspec.Struct, forbid_unknown_fields=True):
    ids: list[str]


class _Entries(msgspec.Struct, forbid_unknown_fields=True):
    entries: list[str]
    by: str = "controller@example.com"


class _ExportChange(msgspec.Struct, forbid_unknown_fields=True):
    """What a builder changes of an export; what is not given stays."""

    layout: Layout | msgspec.UnsetType = msgspec.UNSET
    format: ExportFormat | msgspec.UnsetType = msgspec.UNSET
    encoding: str | msgspec.UnsetType = msgspec.UNSET
    filters: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    omits_empty: bool | msgspec.UnsetType = msgspec.UNSET
    hides_labels: bool | msgspec.UnsetType = msgspec.UNSET
    shared_with: str | msgspec.UnsetType = msgspec.UNSET
    rendering: Rendering | msgspec.UnsetType = msgspec.UNSET


def build_planner_controls(tenant: Tenant) -> list[BaseRoute]:
    """Return the control routes of planners, and of the builder of exports."""
    controls = _PlannerControls(tenant)
    return [
        control_route("/adjustments/items", controls.add_items, methods=["POST"]),
        control_route("/adjustments/{module}", controls.enter, methods=["POST"]),
        control_route("/adjustments/{module}", controls.change, methods=["PATCH"]),
        control_route("/adjustments/{module}", controls.delete, methods=["DELETE"]),
        control_route("/adjustments/{module}/approve", controls.approve, methods=["POST"]),
        control_route("/adjustments/{module}/withdraw", controls.withdraw, methods=["POST"]),
        control_route("/exports/{name}", controls.change_export, methods=["PATCH"]),
    ]


class _PlannerControls:
    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def enter(self, request: Request) -> object:
        given = msgspec.convert(decode_object(await request.body()), _Lines)
        async with self._tenant.model_lock:
            ids = self._tenant.planner.enter(request.path_params["module"], given.lines)
            self._tenant.record_change()
        return {"ids": ids}

    async def change(self, request: Request) -> object:
        given = msgspec.convert(decode_object(await request.body()), dict[str, dict[str, object]])
        async with self._tenant.model_lock:
            for code, cells in given.items():
                self._tenant.planner.change(request.path_params["module"], code, cells)
            self._tenant.record_change()
        return {"changed": len(given)}

    async def delete(self, request: Request) -> object:
        given = msgspec.convert(decode_object(await request.body()), _Ids)
        async with self._tenant.model_lock:
            deleted = self._tenant.planner.delete(request.path_params["module"], given.ids)
            self._tenant.record_change()
        return {"deleted": deleted}

    async def approve(self, request: Request) -> object:
        given = msgspec.convert(decode_object(await request.body()), _Entries)
        return await self._approve(request, given.entries, by=given.by)

    async def withdraw(self, request: Request) -> object:
        given = msgspec.convert(decode_object(await request.body()), _Entries)
        return await self._approve(request, given.entries, by="")

    async def _approve(self, request: Request, entries: list[str], *, by: str) -> object:
        async with self._tenant.model_lock:
            module = request.path_params["module"]
            lines = self._tenant.planner.approve(module, entries, by=by)
            self._tenant.record_change()
        return {"lines": lines}

    async def add_items(self, _request: Request) -> object:
        model = self._tenant.model
        added: dict[str, int] = {}
        async with self._tenant.model_lock:
            for name, codes in self._tenant.planner.named_items().items():
                definition = next(one for one in model.blueprint.lists if one.name == name)
                editor = ListEditor(model, definition)
                missing = sorted(codes - model.lists[name].by_code.keys())
                for code in missing:
                    editor.add({"name": code, "code": code})
                added[name] = len(missing)
            self._tenant.record_change()
        return {"added": added}

    async def change_export(self, request: Request) -> object:
        model = self._tenant.model
        export = model.find_export(request.path_params["name"])
        if export is None:
            raise KeyError(request.path_params["name"])
        given = msgspec.convert(decode_object(await request.body()), _ExportChange)
        changes = {
            field: value
            for field in given.__struct_fields__
            if (value := getattr(given, field)) is not msgspec.UNSET
        }
        changed = dataclasses.replace(export, **changes)
        self._check(changed)
        model.exports[export.name] = changed
        self._tenant.record_change()
        return msgspec.to_builtins(changed)

    def _check(self, export: ExportDef) -> None:
        """Refuse what the interface does not offer (Anaplan sheet §6.3)."""
        model = self._tenant.model
        view = next(one for one in model.blueprint.views if one.name == export.view)
        module = model.find_module(view.module)
        marks = [module.find_line_item(name) if module else None for name in export.filters]
        if any(one is None or one.format is not Format.BOOLEAN for one in marks):
            raise EditProblem("filter", "only Boolean line items of the view's module filter")
        if len(marks) > _FILTERS_MAX:
            raise EditProblem("filter", f"at most {_FILTERS_MAX} line items filter")
        if marks and (export.omits_empty or export.layout is not Layout.MULTI_COLUMN):
            text = "filters go with tabular multiple column only, without omitting empty rows"
            raise EditProblem("filter", text)
