"""What people and model builders do in Anaplan's interface, for tests, under `/_sandbox`.

===============================  ================================================================
POST snapshot                    keep a copy of the model's content; `{"name": "x"}` or nothing
POST restore                     go back to it: older content, older serial number
GET lists/{list}                 items as `{"code", "name", "parent"}`, and `properties` if any
POST lists/{list}                add items by hand: `{"items": [{"code", "name"?, …}]}`
DELETE lists/{list}              delete items by hand: `{"codes": [...]}`
GET cells/{module}               `{code: {line item: text}}`, only loaded line items; of several
                                 dimensions, `{"V1 | Jan 24": {line item: text}}`
PATCH cells/{module}             write cells by hand: `{code: {line item: value}}`
GET files/{file}                 what the planner uploaded, as text
DELETE files/{file}              forget what anybody uploaded, as after 48 hours
PATCH files/{file}               a builder changes the source: `headers`, `rename` (file and
                                 mapping), `separator`, `delimiter`, `encoding`
POST files/{file}/default        set a default file: `{"content", "audience": "everyone"}`
POST objects                     a builder adds lists, modules, files, imports, processes
PATCH imports/{import}           a builder changes the mapping: `{"columns": {header: line item}}`,
                                 the `target` or the `options`
PATCH lists/{list}               how far the item index of an empty list has come:
                                 `{"nextItemIndex": n}`
PATCH processes/{process}        a builder changes the steps: `{"actions": [names]}`
DELETE objects/{name}            a builder deletes a file, import or process, a list that nothing
                                 refers to, or a calculated line item by `Module.Line Item`
GET model                        serial number, counts, unfinished tasks, large reads
POST tokens/revoke               every token is worth nothing
PUT production                   a builder marks production lists: `{"lists": [names]}`
POST unload                      nobody has used the model for long: it leaves memory
===============================  ================================================================

Every change grows the serial number, as in Anaplan.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated

import msgspec

from ml_connector_sandbox._control import control_route
from ml_connector_sandbox._wire import decode_object
from ml_connector_sandbox.anaplan._cell_edits import CellEditor
from ml_connector_sandbox.anaplan._content import Audience, DefaultFile
from ml_connector_sandbox.anaplan._held_cells import describe_cells
from ml_connector_sandbox.anaplan._item_texts import render_properties
from ml_connector_sandbox.anaplan._list_edits import ListEditor
from ml_connector_sandbox.anaplan._read_requests import ReadRequest
from ml_connector_sandbox.anaplan._users import PLANNER
from ml_connector_sandbox.anaplan.engine import EngineSettings

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from ml_connector_sandbox.anaplan._http import JsonObject
    from ml_connector_sandbox.anaplan._schema import FileDef, ListDef, ModuleDef
    from ml_connector_sandbox.anaplan._tenant import Tenant


_CHARACTER = Annotated[str, msgspec.Meta(max_length=1)]


def build_model_controls(tenant: Tenant) -> list[BaseRoute]:
    """Return the control routes of the Anaplan side."""
    by_hand = _ByHand(tenant)
    builder = _Builder(tenant)
    return [
        control_route("/snapshot", by_hand.take_snapshot, methods=["POST"]),
        control_route("/restore", by_hand.restore, methods=["POST"]),
        control_route("/lists/{list}", by_hand.show_list, methods=["GET"]),
        control_route("/lists/{list}", by_hand.add_items, methods=["POST"]),
        control_route("/lists/{list}", by_hand.delete_items, methods=["DELETE"]),
        control_route("/lists/{list}", by_hand.set_index, methods=["PATCH"]),
        control_route("/cells/{module}", by_hand.show_cells, methods=["GET"]),
        control_route("/cells/{module}", by_hand.write_cells, methods=["PATCH"]),
        control_route("/model", by_hand.show_model, methods=["GET"]),
        control_route("/tokens/revoke", by_hand.revoke_tokens, methods=["POST"]),
        control_route("/files/{file}", builder.show_file, methods=["GET"]),
        control_route("/files/{file}", builder.forget_content, methods=["DELETE"]),
        control_route("/files/{file}", builder.change_file, methods=["PATCH"]),
        control_route("/files/{file}/default", builder.set_default, methods=["POST"]),
        control_route("/imports/{name}", builder.change_import, methods=["PATCH"]),
        control_route("/processes/{name}", builder.change_process, methods=["PATCH"]),
        control_route("/production", builder.mark_production, methods=["PUT"]),
        control_route("/unload", by_hand.unload, methods=["POST"]),
        control_route("/objects/{name}", builder.delete_object, methods=["DELETE"]),
    ]


class _FileForm(msgspec.Struct, forbid_unknown_fields=True):
    """How a builder says that a file is written; what is not given stays."""

    separator: _CHARACTER | msgspec.UnsetType = msgspec.UNSET
    delimiter: _CHARACTER | msgspec.UnsetType = msgspec.UNSET
    encoding: str | msgspec.UnsetType = msgspec.UNSET


async def _read(request: Request) -> JsonObject:
    return decode_object(await request.body())


class _ByHand:
    """What a user with the model open can do."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def take_snapshot(self, request: Request) -> object:
        name = str((await _read(request)).get("name", "snapshot"))
        async with self._tenant.model_lock:
            self._tenant.copies[name] = self._tenant.model.copy_content()
        return {"name": name, "serial": self._tenant.model.serial}

    async def restore(self, request: Request) -> object:
        name = str((await _read(request)).get("name", "snapshot"))
        async with self._tenant.model_lock:
            self._tenant.model.restore_content(self._tenant.copies[name])
        return {"name": name, "serial": self._tenant.model.serial}

    async def show_list(self, request: Request) -> object:
        definition = self._find_list(request)
        model = self._tenant.model
        items = model.lists[definition.name]
        parents = model.lists[definition.parent].names if definition.parent else []
        return [
            {
                "code": items.codes[slot],
                "name": items.names[slot],
                "parent": parents[items.parents[slot]] if items.parents[slot] >= 0 else None,
            }
            | (
                {"properties": render_properties(model, definition, slot)}
                if definition.properties
                else {}
            )
            for slot in items.live_slots()
        ]

    async def add_items(self, request: Request) -> object:
        definition = self._find_list(request)
        given = (await _read(request)).get("items")
        if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
            raise TypeError("items: a list of objects was expected")
        async with self._tenant.model_lock:
            editor = ListEditor(self._tenant.model, definition)
            for item in given:
                editor.add({"name": item.get("code")} | item)
            self._tenant.record_change()
        return {"added": len(given)}

    async def set_index(self, request: Request) -> object:
        items = self._tenant.model.lists[self._find_list(request).name]
        index = msgspec.convert((await _read(request))["nextItemIndex"], int)
        if items.names:
            raise ValueError("nextItemIndex: only of a list that has had no items")
        items.first_index = index
        return {"nextItemIndex": items.next_index}

    async def delete_items(self, request: Request) -> object:
        definition = self._find_list(request)
        codes = (await _read(request)).get("codes")
        if not isinstance(codes, list):
            raise TypeError("codes: a list was expected")
        async with self._tenant.model_lock:
            items = self._tenant.model.lists[definition.name]
            slots = [items.by_code[str(code)] for code in codes]
            deleted = self._tenant.model.delete_items(definition.name, slots)
            self._tenant.record_change()
        return {"deleted": deleted}

    async def show_cells(self, request: Request) -> object:
        return describe_cells(self._tenant.model, self._find_module(request))

    async def write_cells(self, request: Request) -> object:
        module = self._find_module(request)
        written = 0
        async with self._tenant.model_lock:
            editor = CellEditor(self._tenant.model, module)
            for code, cells in (await _read(request)).items():
                place = [{"dimensionName": module.by_list, "itemCode": code}]
                for name, value in dict(cells).items():  # type: ignore[call-overload]  # checked by dict
                    editor.write({"lineItemName": name, "dimensions": place, "value": value})
                    written += 1
            self._tenant.record_change()
        return {"written": written}

    async def show_model(self, _request: Request) -> object:
        model = self._tenant.model
        return {
            "lastSavedSerialNumber": str(model.serial),
            "lists": {name: items.count for name, items in model.lists.items()},
            "unfinished_tasks": self._tenant.tasks.unfinished,
            "read_requests": self._count_reads(),
        }

    def _count_reads(self) -> int:
        """Return how many large reads nobody has dropped and that have not expired."""
        now = self._tenant.clock.now()
        reads = self._tenant.read_requests.values()
        return sum(isinstance(one, ReadRequest) and not one.is_expired(now) for one in reads)

    async def revoke_tokens(self, _request: Request) -> object:
        self._tenant.tokens.revoke_all()
        return {}

    async def unload(self, _request: Request) -> object:
        self._tenant.state.close()
        return {}

    def _find_list(self, request: Request) -> ListDef:
        name = request.path_params["list"]
        definition = self._tenant.model.find_list(name)
        if definition is None:
            raise KeyError(name)
        return definition

    def _find_module(self, request: Request) -> ModuleDef:
        name = request.path_params["module"]
        module = self._tenant.model.find_module(name)
        if module is None:
            raise KeyError(name)
        return module


class _Builder:
    """What a model builder can do to files, imports and processes."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def show_file(self, request: Request) -> object:
        file = self._find_file(request)
        content = self._tenant.content.peek(PLANNER, file.id)
        text = content.join().decode("utf-8", errors="replace") if content else None
        return {"id": file.id, "name": file.name, "content": text}

    async def forget_content(self, request: Request) -> object:
        self._tenant.content.forget(self._find_file(request).id)
        return {}

    async def change_file(self, request: Request) -> object:
        file = self._find_file(request)
        given = await _read(request)
        renamed = given.pop("rename", {})
        if not isinstance(renamed, dict):
            raise TypeError("rename: an object was expected")
        headers = given.pop("headers", file.headers)
        if not isinstance(headers, list | tuple):
            raise TypeError("headers: a list was expected")
        names = tuple(str(renamed.get(header, header)) for header in headers)
        form = msgspec.to_builtins(msgspec.convert(given, _FileForm))
        changed = dataclasses.replace(file, headers=names, **form)
        self._tenant.model.files[file.id] = changed
        self._tenant.model.rename_columns(file.name, renamed)
        self._tenant.record_change()
        return dataclasses.asdict(changed)

    async def set_default(self, request: Request) -> object:
        given = await _read(request)
        audience = Audience(str(given.get("audience", "everyone")))
        content = str(given["content"]).encode()
        file = self._find_file(request)
        self._tenant.content.defaults[file.id] = DefaultFile(content=content, audience=audience)
        return {}

    async def change_import(self, request: Request) -> object:
        name = request.path_params["name"]
        definition = self._tenant.model.find_import(name)
        if definition is None:
            raise KeyError(name)
        given = await _read(request)
        columns = given.get("columns", definition.columns)
        if not isinstance(columns, dict):
            raise TypeError("columns: an object was expected")
        target = str(given.get("target", definition.target))
        options = given.get("options", definition.options)
        if not isinstance(options, dict):
            raise TypeError("options: an object was expected")
        EngineSettings().choose(options)
        changed = dataclasses.replace(definition, columns=columns, target=target, options=options)
        self._tenant.model.imports[definition.name] = changed
        self._tenant.record_change()
        return columns

    async def change_process(self, request: Request) -> object:
        name = request.path_params["name"]
        process = self._tenant.model.processes[name]
        actions = (await _read(request))["actions"]
        if not isinstance(actions, list):
            raise TypeError("actions: a list was expected")
        changed = dataclasses.replace(process, actions=tuple(str(one) for one in actions))
        self._tenant.model.processes[name] = changed
        self._tenant.record_change()
        return actions

    async def delete_object(self, request: Request) -> object:
        name = request.path_params["name"]
        if not self._tenant.model.delete_object(name):
            raise KeyError(name)
        self._tenant.record_change()
        return {}

    async def mark_production(self, request: Request) -> object:
        names = (await _read(request)).get("lists")
        if not isinstance(names, list):
            raise TypeError("lists: a list was expected")
        for name in names:
            if self._tenant.model.find_list(str(name)) is None:
                raise KeyError(name)
        self._tenant.state.production_lists = {str(name) for name in names}
        return {"lists": names}

    def _find_file(self, request: Request) -> FileDef:
        name = request.path_params["file"]
        file = self._tenant.model.find_file(name)
        if file is None:
            raise KeyError(name)
        return file
