"""Cell writes (Anaplan sheet §7.3): one bad cell does not stop the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._cell_edits import CellEditor
from ml_connector_sandbox.anaplan._http import (
    SUCCESS,
    ApiError,
    Call,
    Endpoint,
    JsonObject,
    answer_json,
    not_found,
    schema_of,
)
from ml_connector_sandbox.anaplan._list_edits import EditProblem
from ml_connector_sandbox.anaplan._switchboard import read_number
from ml_connector_sandbox.anaplan._users import Role

if TYPE_CHECKING:
    from starlette.responses import Response

_BYTES_MAX = 15_000_000


async def write_cells(call: Call) -> Response:
    """Write an array of cells; limits and least role are switches (§11, 10 and 11)."""
    module = call.tenant.model.find_module(call.path("module"))
    if module is None or module.id != call.path("module"):
        raise not_found()
    least = call.tenant.switches.text("cell_write_role")
    if least == Role.ADMINISTRATOR.value and call.role is not Role.ADMINISTRATOR:
        raise ApiError(403, "Workspace administrator role required")
    cells = await _read_cells(call)
    editor = CellEditor(call.tenant.model, module)
    failures: list[JsonObject] = []
    with call.tenant.changing():
        for index, cell in enumerate(cells):
            try:
                editor.write(cell)
            except EditProblem as problem:
                failures.append(_describe(index, problem))
    changed = len(cells) - len(failures)
    if changed:
        call.tenant.record_change()
    body: JsonObject = {
        "meta": {"schema": schema_of(call, "writeCellDataResponse")},
        "status": SUCCESS,
        "numberOfCellsChanged": changed,
    }
    if failures:
        body["failures"] = failures
    return answer_json(body)


async def _read_cells(call: Call) -> list[JsonObject]:
    if len(await call.request.body()) > _BYTES_MAX:
        raise ApiError(413, "Payload Too Large")
    cells = await call.read_json()
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise ApiError(400, "An array of cells is required")
    most = read_number(call.tenant.switches, "cell_write_max")
    if len(cells) > most:
        raise ApiError(400, f"At most {most} cells")
    return cells


def _describe(index: int, problem: EditProblem) -> JsonObject:
    return {
        "requestIndex": index,
        "failureType": problem.kind,
        "failureMessageDetails": str(problem),
    }


CELL_ENDPOINTS = (Endpoint(path="{m}/modules/{module}/data", handler=write_cells, method="POST"),)
