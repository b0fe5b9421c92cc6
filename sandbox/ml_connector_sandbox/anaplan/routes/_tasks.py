"""Tasks: create, list, poll, cancel, and their dumps (Anaplan sheet §5)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from starlette.responses import Response

from ml_connector_sandbox.anaplan._failures import build_cancelled
from ml_connector_sandbox.anaplan._http import (
    SUCCESS,
    ApiError,
    Call,
    Endpoint,
    JsonObject,
    WhenBusy,
    answer_envelope,
    answer_json,
    answer_page,
    not_found,
    schema_of,
)
from ml_connector_sandbox.anaplan._switchboard import read_number
from ml_connector_sandbox.anaplan._task_book import ENDED, Task, TaskState
from ml_connector_sandbox.anaplan._task_runner import Runnable, start_task
from ml_connector_sandbox.anaplan._users import Role
from ml_connector_sandbox.anaplan.engine import MappingParameter

if TYPE_CHECKING:
    from ml_connector_sandbox.anaplan._dumps import Dump

_KINDS = ("imports", "processes", "actions", "exports")


async def create_task(call: Call) -> Response:
    """Start a run; never idempotent (§5.1)."""
    runnable = _find_runnable(call)
    _refuse_while_busy(call)
    body = await call.read_object()
    if not isinstance(body.get("localeName"), str) or not body["localeName"]:
        raise ApiError(400, "localeName is required")
    kind = _kind(call)
    task = Task(
        id=call.tenant.new_id(),
        kind=kind,
        object_id=runnable.id,
        user=call.user,
        created_at=call.tenant.clock.now(),
        parameters=_read_parameters(body),
    )
    start_task(call.tenant, runnable, kind=kind, task=task)
    described: JsonObject = {
        "taskId": task.id,
        "taskState": TaskState.NOT_STARTED.value,
        "creationTime": task.created_at_ms,
    }
    if call.tenant.switches.text("task_creation_body") == "bare":
        return answer_json({"taskId": task.id})
    return answer_json(
        {"meta": {"schema": schema_of(call, "task")}, "status": SUCCESS, "task": described}
    )


def _refuse_while_busy(call: Call) -> None:
    """New tasks queue behind a running one; the documents know 409, too (§11, 18)."""
    refuses = call.tenant.switches.text("busy_model") == "conflict_for_tasks"
    if refuses and call.tenant.model_lock.locked():
        raise ApiError(409, "The model is busy")


def _read_parameters(body: JsonObject) -> tuple[MappingParameter, ...]:
    """Read `mappingParameters`: type and name, in a process also the import's id (§5.1)."""
    given = body.get("mappingParameters", [])
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise ApiError(400, "mappingParameters must be a list of objects")
    return tuple(
        MappingParameter(
            entity_type=str(one.get("entityType", "")),
            entity_name=str(one.get("entityName", "")),
            import_id=str(one.get("importId", "")),
        )
        for one in given
    )


async def get_tasks(call: Call) -> Response:
    """200 even for a made-up parent; everybody's tasks, none for users without a role (§2.4)."""
    tasks = call.tenant.tasks.list_of(kind=_kind(call), object_id=call.path("object"))
    rows: list[JsonObject] = [
        {
            "taskId": task.id,
            "taskState": task.state.value,
            "creationTime": task.created_at_ms,
        }
        for task in tasks
        if call.role is not Role.NONE and _is_visible(call, task)
    ]
    return answer_page(call, "task", "tasks", rows)


async def get_task(call: Call) -> Response:
    """One task; its result once it has ended."""
    return answer_envelope(call, "task", {"task": _describe(call, _find_task(call))})


async def cancel_task(call: Call) -> Response:
    """Ask the task to end; only its state confirms it (§5.2)."""
    task = _find_task(call)
    task.cancel()
    if task.state is TaskState.CANCELLED and task.result is None:
        task.result = build_cancelled(_find_runnable(call))
    return answer_envelope(call, "task", {"task": _describe(call, task)})


async def get_dump(call: Call) -> Response:
    """The whole dump of an import; 404, or by switch 204, when it is gone."""
    dump = _find_dump(call, call.path("object"))
    if dump is None:
        return Response(status_code=204)
    return Response(dump.content, media_type=_dump_type(call))


async def get_dump_chunks(call: Call) -> Response:
    """The dump's chunks, from 0; 404, or by switch 400, when it is gone."""
    rows: list[JsonObject] = [
        {"id": str(number), "name": f"Chunk {number}"} for number in range(len(_cut_dump(call)))
    ]
    return answer_page(call, "chunk", "chunks", rows)


async def get_dump_chunk(call: Call) -> Response:
    """One chunk of a dump."""
    chunks = _cut_dump(call)
    number = call.path("chunk")
    if not number.isdigit() or int(number) >= len(chunks):
        raise not_found()
    return Response(chunks[int(number)], media_type=_dump_type(call))


def _dump_type(call: Call) -> str:
    """Plain text in whatever encoding dumps are switched to (§11, 26)."""
    return f"text/plain; charset={call.tenant.switches.text('dump_encoding').lower()}"


def _kind(call: Call) -> str:
    """Return the collection named in the path: the part before the object's id."""
    parts = call.request.url.path.split("/")
    return next(part for part in parts if part in _KINDS)


def _find_runnable(call: Call) -> Runnable:
    model, key = call.tenant.model, call.path("object")
    found: Runnable | None = None
    match _kind(call):
        case "imports":
            found = model.find_import(key)
        case "processes":
            found = model.find_process(key)
        case "actions":
            found = model.find_action(key)
        case _:
            found = model.find_export(key)
            _refuse_parallel_export(call)
    if found is None or found.id != key:
        raise not_found()
    return found


def _refuse_parallel_export(call: Call) -> None:
    """A user's two runs of one export share a file; a switch refuses the second (§11, 24)."""
    if call.tenant.switches.text("parallel_exports") == "overwrite":
        return
    running = call.tenant.tasks.list_of(kind="exports", object_id=call.path("object"))
    if any(task.user is call.user and task.state not in ENDED for task in running):
        raise ApiError(409, "The export is already running")


def _find_task(call: Call) -> Task:
    task = call.tenant.tasks.find(
        kind=_kind(call), object_id=call.path("object"), task_id=call.path("task")
    )
    if task is None or not _is_visible(call, task):
        raise not_found()
    return task


def _is_visible(call: Call, task: Task) -> bool:
    """A task just created may not be found for a moment (§2.4, I)."""
    lag = dt.timedelta(milliseconds=read_number(call.tenant.switches, "task_lag_ms"))
    return call.tenant.clock.now() - task.created_at >= lag


def _dump_object(call: Call) -> str:
    return str(call.request.path_params.get("nested", call.path("object")))


def _find_dump(call: Call, import_id: str) -> Dump | None:
    """Return the dump; where it is gone, `None` says that a switch answers without a 404 (§5.4)."""
    task = _find_task(call)
    dump = call.tenant.dumps.find(call.user, import_id, task.id)
    if dump is None and call.tenant.switches.text("missing_dump") == "not_found":
        raise not_found()
    return dump


def _cut_dump(call: Call) -> list[bytes]:
    dump = _find_dump(call, _dump_object(call))
    if dump is None:
        raise ApiError(400, "There is no dump")
    return dump.chunks(read_number(call.tenant.switches, "dump_chunk_bytes"))


def _describe(call: Call, task: Task) -> JsonObject:
    described: JsonObject = {
        "taskId": task.id,
        "type": "taskInformation",
        "taskState": task.state.value,
        "currentStep": task.step,
        "progress": task.progress,
        "creationTime": task.created_at_ms,
    }
    if task.state in ENDED and task.result is not None:
        described["result"] = _with_times(call, task, task.result)
    return described


def _with_times(call: Call, task: Task, result: JsonObject) -> JsonObject:
    """Add times to nested results where `includeProcessDetails` asks for them (§5.2)."""
    nested = result.get("nestedResults")
    if not isinstance(nested, list) or not call.is_set("includeProcessDetails"):
        return result
    timed = [
        one | {"startTime": _iso(start), "duration": f"{(end - start).total_seconds():.3f}"}
        for one, (start, end) in zip(nested, task.times, strict=False)
    ]
    return result | {"nestedResults": timed}


def _iso(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


def _build_endpoints() -> tuple[Endpoint, ...]:
    answers = WhenBusy.ANSWERS
    text = ("text/plain", "text/csv", "application/octet-stream", "application/json")
    endpoints: list[Endpoint] = []
    for kind in _KINDS:
        tasks = f"{{m}}/{kind}/{{object}}/tasks"
        one = tasks + "/{task}"
        endpoints += [
            Endpoint(path=tasks, handler=get_tasks, when_busy=answers, for_everyone=True),
            Endpoint(path=tasks, handler=create_task, method="POST", when_busy=answers),
            Endpoint(path=one, handler=get_task, when_busy=answers),
            Endpoint(path=one, handler=cancel_task, method="DELETE", when_busy=answers),
        ]
    dumps = {"imports": "/dump", "processes": "/dumps/{nested}"}
    for kind, dump in dumps.items():
        chunks = f"{{m}}/{kind}/{{object}}/tasks/{{task}}{dump}/chunks"
        endpoints += [
            Endpoint(path=chunks, handler=get_dump_chunks, when_busy=answers),
            Endpoint(
                path=chunks + "/{chunk}",
                handler=get_dump_chunk,
                when_busy=answers,
                produces=text,
            ),
        ]
    whole = "{m}/imports/{object}/tasks/{task}/dump"
    endpoints.append(Endpoint(path=whole, handler=get_dump, when_busy=answers, produces=text))
    return tuple(endpoints)


TASK_ENDPOINTS = _build_endpoints()
