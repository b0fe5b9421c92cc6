"""List items: read, add, update, delete (Anaplan sheet §7.1)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.responses import Response

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
from ml_connector_sandbox.anaplan._item_table import ItemTable
from ml_connector_sandbox.anaplan._list_edits import EditProblem, ListEditor
from ml_connector_sandbox.anaplan._switchboard import read_number
from ml_connector_sandbox.anaplan._tables import render_csv
from ml_connector_sandbox.anaplan._tenant import NOT_PRODUCTION

if TYPE_CHECKING:
    from ml_connector_sandbox.anaplan._schema import ListDef

_ITEMS_MAX = 100_000
_Edit = Callable[[JsonObject], None]
_PREVIEW_ROWS = 1000


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
    most = read_number(call.tenant.switches, "list_read_max")
    if call.tenant.model.lists[definition.name].count > most:
        raise ApiError(400, f"The list has more than {most} items")
    table = ItemTable(call.tenant.model, definition)
    accept = call.request.headers.get("accept", "")
    if "text/csv" not in accept:
        rows = list(table.describe(in_full=call.is_set("includeAll")))
        return answer_envelope(call, "listItem", {"listItems": rows})
    text = render_csv(table.tabulate(), escaped="escaped=true" in accept)
    return Response(text, media_type="text/csv")


async def preview(call: Call) -> Response:
    """The first 1,000 items as CSV (§7.4)."""
    table = ItemTable(call.tenant.model, _find_list(call))
    rows = itertools.islice(table.tabulate(), _PREVIEW_ROWS + 1)
    return Response(render_csv(rows, escaped=True), media_type="text/csv")


async def post_items(call: Call) -> Response:
    """Add or delete, as `action` says."""
    definition = _find_writable_list(call)
    items = await _read_items(call)
    editor = ListEditor(call.tenant.model, definition)
    tally = _Tally()
    match call.query("action"):
        case "add":
            with call.tenant.changing():
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
    with call.tenant.changing():
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
        raise ApiError(425, NOT_PRODUCTION)
    return definition


ITEM_ENDPOINTS = (
    Endpoint(
        path="{m}/lists/{list}/items", handler=get_items, produces=("application/json", "text/csv")
    ),
    Endpoint(
        path="{m}/lists/{list}/preview", handler=preview, produces=("text/csv", "application/json")
    ),
    Endpoint(path="{m}/lists/{list}/items", handler=post_items, method="POST"),
    Endpoint(path="{m}/lists/{list}/items", handler=put_items, method="PUT"),
)
