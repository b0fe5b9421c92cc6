"""POST, PUT, PATCH, DELETE, `('$template')` and `('$process')` (Sage sheet §1.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from ml_connector_sandbox._wire import JsonObject, encode_json
from ml_connector_sandbox.sage300._call import JSON
from ml_connector_sandbox.sage300._errors import WebApiError
from ml_connector_sandbox.sage300._types import Kind
from ml_connector_sandbox.sage300._values import stored_row
from ml_connector_sandbox.sage300._view import ResourceView
from ml_connector_sandbox.sage300.writing._body import read_body
from ml_connector_sandbox.sage300.writing._protocol import Writer
from ml_connector_sandbox.sage300.writing._registry import PROCESSES, rules_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ml_connector_sandbox.sage300._call import Call
    from ml_connector_sandbox.sage300._records import Table
    from ml_connector_sandbox.sage300._types import Resource
    from ml_connector_sandbox.sage300.writing._session import Session


def answer_insertion(call: Call, table: Table, session: Session) -> Response:
    """Insert a record and answer with it as stored.

    Raises:
        WebApiError: The body or the record is refused.
    """
    view = ResourceView(table.resource, call.look)
    record = Writer(session, table).insert(read_body(call.body, view, switches=call.switches))
    status = int(str(call.switches["insert_status"]))
    shown = _shown_record(call, view, record)
    headers = {}
    if call.switches.is_on("location_header"):
        headers["Location"] = f"{call.base}/{table.resource.name}({_key_text(table, record)})"
    if status == NO_CONTENT:
        return Response(status_code=status, headers=headers)
    return Response(encode_json(shown), status_code=status, headers=headers, media_type=JSON)


def answer_change(call: Call, table: Table, session: Session, *, key_text: str) -> Response:
    """Change, replace or delete a record; the answer has no body.

    Raises:
        WebApiError: There is no such record, or the change is refused.
    """
    key = call.key(table, key_text)
    writer = Writer(session, table)
    if call.method == "DELETE":
        writer.delete(key)
        return _empty_answer(call)
    view = ResourceView(table.resource, call.look)
    write: Callable[[object, JsonObject], None] = (
        writer.replace if call.method == "PUT" else writer.update
    )
    write(key, read_body(call.body, view, switches=call.switches))
    return _empty_answer(call)


def answer_action(call: Call, table: Table, session: Session, *, action: str) -> Response:
    """Answer with a record as the view initialises it, or run a process.

    Raises:
        WebApiError: `InvalidAction`, or what the process objects to.
    """
    resource = table.resource
    process = PROCESSES.get(resource.path)
    if action == "template":
        source = rules_of(resource) if process is None else process
        view = ResourceView(resource, call.look)
        return Response(
            encode_json(_shown_record(call, view, source.template(session))), media_type=JSON
        )
    if process is None:
        message = f"The action '${action}' is not supported by {resource.name}."
        raise WebApiError("InvalidAction", message)
    view = ResourceView(resource, call.look)
    process.run(session, read_body(call.body or b"{}", view, switches=call.switches))
    return _empty_answer(call)


NO_CONTENT = 204


def _shown_record(call: Call, view: ResourceView, record: JsonObject) -> dict[str, object]:
    row = stored_row(view.resource.properties, record)
    context = call.context(view.resource.name)
    return {"@odata.context": f"{context}/$entity", **view.show(row, view.columns)}


def _empty_answer(call: Call) -> Response:
    return Response(status_code=int(str(call.switches["empty_status"])))


def _key_text(table: Table, record: JsonObject) -> str:
    return ",".join(_key_part(table.resource, name, record[name]) for name in table.resource.key)


def _key_part(resource: Resource, name: str, value: object) -> str:
    item = resource.find(name)
    if item is not None and item.kind in {Kind.STRING, Kind.ENUM}:
        quoted = str(value).replace("'", "''")
        return f"'{quoted}'"
    return str(value)
