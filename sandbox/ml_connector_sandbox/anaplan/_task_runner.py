"""Running tasks: one at a time per model, under its exclusive lock (Anaplan sheet §5, §8)."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._actions import run_action
from ml_connector_sandbox.anaplan._export_runner import run_export
from ml_connector_sandbox.anaplan._failures import build_cancelled, find_failure
from ml_connector_sandbox.anaplan._import_runner import ImportRun, Sources
from ml_connector_sandbox.anaplan._results import build_failure, build_process_result
from ml_connector_sandbox.anaplan._schema import (
    ActionDef,
    ExportDef,
    ImportDef,
    ProcessDef,
)
from ml_connector_sandbox.anaplan._switchboard import read_number
from ml_connector_sandbox.anaplan._task_book import JsonObject, Task, TaskState
from ml_connector_sandbox.anaplan.engine import Detail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_connector_sandbox.anaplan._tenant import Tenant

_LOG = logging.getLogger(__name__)
_LOOK_INTERVAL_S = 0.01

Step = ImportDef | ExportDef | ActionDef
Runnable = Step | ProcessDef


@dataclass(frozen=True, kw_only=True)
class _Ended:
    """What one action left: its result, and whether every row was loaded in full."""

    result: JsonObject
    is_perfect: bool


def start_task(tenant: Tenant, runnable: Runnable, *, kind: str, task: Task) -> None:
    """Queue `task`; it runs when the model is free."""
    tenant.tasks.add(task)
    tenant.counters.add("tasks")
    tenant.counters.add_keyed("tasks_by_object", key=runnable.name)
    name = f"{kind} {runnable.name}"
    tenant.tasks.hold(asyncio.create_task(_run(tenant, runnable, task), name=name))


async def _run(tenant: Tenant, runnable: Runnable, task: Task) -> None:
    async with tenant.model_lock:
        if task.state is not TaskState.NOT_STARTED:
            return
        task.begin()
        before = tenant.model.copy_content()
        try:
            result = await _run_actions(tenant, runnable, task)
        except Exception as error:  # noqa: BLE001  # the edge of a task: a defect fails it, aloud
            _LOG.exception("task %s of %s", task.id, runnable.name)
            text = f"{type(error).__name__}: {error}"
            detail = Detail(type="internalError", text=text)
            result = build_failure(runnable.id, runnable.name, detail)
        if task.is_cancelling:
            if tenant.switches.text("cancel") == "roll_back":
                tenant.model.restore_content(before)
            task.state, task.step = TaskState.CANCELLED, "Cancelled."
            task.result = build_cancelled(runnable)
            return
        _close(tenant, task, result)


def _close(tenant: Tenant, task: Task, result: JsonObject) -> None:
    failed = not result["successful"] and "nestedResults" not in result
    task.result = result
    task.progress = 1.0
    task.step = "Failed." if failed else "Complete."
    shown = tenant.switches.text("hard_failure_state") if failed else "COMPLETE"
    task.state = TaskState(shown)


async def _run_actions(tenant: Tenant, runnable: Runnable, task: Task) -> JsonObject:
    if not isinstance(runnable, ProcessDef):
        return (await _run_action(tenant, runnable, task, Sources())).result
    actions = [_find_action(tenant, name) for name in runnable.actions]
    sources = Sources()
    ended: list[_Ended] = []
    for number, action in enumerate(actions, start=1):
        ended.append(await _run_action(tenant, action, task, sources))
        task.progress = number / (len(actions) + 1)
        stops = tenant.switches.text("process_after_failure") == "stop"
        if task.is_cancelling or (stops and not ended[-1].result["successful"]):
            break
    return _combine(tenant, runnable, ended)


def _find_action(tenant: Tenant, name: str) -> Step:
    model = tenant.model
    action = model.find_import(name) or model.find_action(name) or model.find_export(name)
    if action is None:
        raise LookupError(name)
    return action


def _combine(tenant: Tenant, process: ProcessDef, ended: Sequence[_Ended]) -> JsonObject:
    """The outer verdict is false as soon as one action is not perfect (§5.5, C)."""
    strict = tenant.switches.text("process_verdict") == "strict"
    verdicts = [one.is_perfect if strict else bool(one.result["successful"]) for one in ended]
    successful = all(verdicts) and len(ended) == len(process.actions)
    nested = [one.result for one in ended]
    if tenant.switches.text("nested_details") == "absent":
        nested = [{k: v for k, v in one.items() if k != "details"} for one in nested]
    return build_process_result(process.id, process.name, nested, successful=successful)


async def _run_action(tenant: Tenant, action: Step, task: Task, sources: Sources) -> _Ended:
    started_at = tenant.clock.now()
    running = (
        ImportRun(tenant, action, task=task, sources=sources)
        if isinstance(action, ImportDef)
        else None
    )
    await _pass_time(tenant, task)
    if task.is_cancelling:
        return _Ended(result=build_cancelled(action), is_perfect=False)
    failure = find_failure(tenant.switches.text("action_fails_with"), action)
    if failure is not None:
        ended = _end(build_failure(action.id, action.name, failure))
    elif running is not None:
        result, is_perfect = await running.load()
        ended = _Ended(result=result, is_perfect=is_perfect)
    else:
        ended = _end(await _run_other(tenant, action, task))
    task.times.append((started_at, tenant.clock.now()))
    return ended


async def _run_other(tenant: Tenant, action: Step, task: Task) -> JsonObject:
    if isinstance(action, ExportDef):
        return await run_export(tenant, action, task.user)
    if isinstance(action, ActionDef):
        return run_action(tenant, action)
    raise TypeError(action.name)


def _end(result: JsonObject) -> _Ended:
    return _Ended(result=result, is_perfect=result["successful"] is True)


async def _pass_time(tenant: Tenant, task: Task) -> None:
    """Let the run time of an action pass on the virtual clock, unless it is cancelled."""
    started_at = tenant.clock.now()
    while not task.is_cancelling:
        run_time = dt.timedelta(milliseconds=read_number(tenant.switches, "task_ms"))
        passed = tenant.clock.now() - started_at
        if passed >= run_time or passed < dt.timedelta():
            return  # a clock that was set back waits for nothing
        await asyncio.sleep(_LOOK_INTERVAL_S)
