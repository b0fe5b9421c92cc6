"""List items: read, add, update, delete (Anaplan sheet §7.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.responses import Response

from ml_connector_sandbox.anaplan._grids import item_id
from ml_connector_sandbox.anaplan._http import (
    SUCCESS,
    ApiError,
    Call,
    Endpoint,
    JsonObject,
    answer_envelope,
    answer_json,
    not_found,
    schema_of,
)
from ml_connector_sandbox.anaplan._list_edits import EditProblem, ListEditor
from ml_connector_sandbox.anaplan._lists import ListData
from ml_connector_sandbox.anaplan._tables import render_csv

if TYPE_CHECKING:
    from ml_connector_sandbox.anaplan._schema import ListDef

_ITEMS_MAX = 100_000
_Edit = Callable[[JsonObject], None]
_CSV_COLUMNS = ("id", "name", "code", "parent", "parentId", "listId", "listName")


@dataclass
class _Tally:
    """Counters of a list write, and what went wrong with which item."""

    done: int = 0
    failures: list[JsonObject] = field(default_factory=list)

    def refuse(self, index: int, problem: EditProblem) -> None:
        self.failures.append(
            {
                "requestIndex": index,
                "failureType": problem.kind,
                "failureMessageDetails": str(problem),
            }
        )


async def get_items(call: Call) -> Response:
    """The whole list at once, JSON or CSV; missing values are missing keys."""
    definition = _find_list(call)
    rows = list(_describe_items(call, definition))
    if "text/csv" not in call.request.headers.get("accept", ""):
        return answer_envelope(call, "listItem", {"listItems": rows})
    table = [[str(row.get(name, "")) for name in _CSV_COLUMNS] for row in rows]
    escaped = "escaped=true" in call.request.headers.get("accept", "")
    return Response(render_csv([_CSV_COLUMNS, *table], escaped=escaped), media_type="text/csv")


async def post_items(call: Call) -> Response:
    """Add or delete, as `action` says."""
    definition = _find_writable_list(call)
    items = await _read_items(call)
    editor = ListEditor(call.tenant.model, definition)
    tally = _Tally()
    match call.query("action"):
        case "add":
            _apply(tally, items, editor.add)
            counts: JsonObject = {"added": tally.done, "ignored": len(tally.failures)}
        case "delete":
            _apply(tally, items, editor.delete)
            counts = {"deleted": tally.done, "ignored": len(tally.failures)}
        case _:
            raise ApiError(400, "Invalid action")
    return _answer(call, counts | {"total": len(items)}, tally)


async def put_items(call: Call) -> Response:
    """Update items found by id, code or name."""
    definition = _find_writable_list(call)
    items = await _read_items(call)
    tally = _Tally()
    _apply(tally, items, ListEditor(call.tenant.model, definition).update)
    counts: JsonObject = {
        "updated": tally.done,
        "ignored": len(tally.failures),
        "total": len(items),
    }
    if call.tenant.switches.text("update_failures") == "omit":
        tally.failures.clear()
    return _answer(call, counts, tally)


def _apply(tally: _Tally, items: Iterable[JsonObject], edit: _Edit) -> None:
    for index, item in enumerate(items):
        try:
            edit(item)
        except EditProblem as problem:
            tally.refuse(index, problem)
        else:
            tally.done += 1


def _answer(call: Call, counts: JsonObject, tally: _Tally) -> Response:
    """Counters at top level; `failures` missing when all went well (§2.1)."""
    if tally.done:
        call.tenant.record_change()
    body: JsonObject = {"meta": {"schema": schema_of(call, "listItem")}, "status": SUCCESS}
    body |= counts
    if tally.failures:
        body["failures"] = tally.failures
    return answer_json(body)


async def _read_items(call: Call) -> list[JsonObject]:
    body = await call.read_object()
    items = body.get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ApiError(400, "items is required")
    if len(items) > _ITEMS_MAX:
        raise ApiError(400, f"At most {_ITEMS_MAX} items")
    return items


def _find_list(call: Call) -> ListDef:
    definition = call.tenant.model.find_list(call.path("list"))
    if definition is None or definition.id != call.path("list"):
        raise not_found()
    return definition


def _find_writable_list(call: Call) -> ListDef:
    """Return the list; 425 where a deployed model keeps it as it is (§7.1, L)."""
    definition = _find_list(call)
    if call.tenant.is_frozen(definition):
        raise ApiError(425, "The list is not production data and the model is in deployed mode")
    return definition


def _describe_items(call: Call, definition: ListDef) -> Iterable[JsonObject]:
    model = call.tenant.model
    items = model.lists[definition.name]
    parent = model.find_list(definition.parent) if definition.parent else None
    parents = model.lists[parent.name] if parent else ListData()
    include_all = call.is_set("includeAll")
    for slot in items.live_slots():
        row: JsonObject = {"id": item_id(definition, slot), "name": items.names[slot]}
        if items.codes[slot]:
            row["code"] = items.codes[slot]
        if include_all:
            row |= {"listId": definition.id, "listName": definition.name}
            above = items.parents[slot]
            if parent is not None and parents.is_live(above):
                row |= {"parent": parents.names[above], "parentId": item_id(parent, above)}
        yield row


ITEM_ENDPOINTS = (
    Endpoint(
        path="{m}/lists/{list}/items", handler=get_items, produces=("application/json", "text/csv")
    ),
    Endpoint(path="{m}/lists/{list}/items", handler=post_items, method="POST"),
    Endpoint(path="{m}/lists/{list}/items", handler=put_items, method="PUT"),
)
