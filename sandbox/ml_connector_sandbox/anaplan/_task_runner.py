"""Running tasks: one at a time per model, under its exclusive lock (Anaplan sheet §5, §8)."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import gc
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._actions import run_action
from ml_connector_sandbox.anaplan._export_runner import run_export
from ml_connector_sandbox.anaplan._results import (
    build_failure,
    build_import_result,
    build_process_result,
)
from ml_connector_sandbox.anaplan._schema import (
    ActionDef,
    ExportDef,
    FileDef,
    ImportDef,
    ProcessDef,
)
from ml_connector_sandbox.anaplan._switchboard import choose_engine_settings, read_number
from ml_connector_sandbox.anaplan._task_book import JsonObject, Task, TaskState
from ml_connector_sandbox.anaplan.engine import (
    Detail,
    ImportOutcome,
    SourceRows,
    read_source,
    run_import,
)
from ml_connector_sandbox.anaplan.engine._outcome import render_dump

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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


class _Sources:
    """Files as read so far by one process, while their content stays the same."""

    def __init__(self) -> None:
        self._read: dict[FileDef, tuple[bytes, SourceRows]] = {}

    def read(self, content: bytes, file: FileDef) -> SourceRows:
        """Return the rows of `content`; the same content is not cut into rows twice."""
        known = self._read.get(file)
        if known is not None and known[0] == content:
            return known[1]
        rows = read_source(content, file)
        self._read[file] = (content, rows)
        return rows


@contextlib.contextmanager
def _collector_resting() -> Iterator[None]:
    """Keep the collector from walking millions of fresh cells again and again."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


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
        return (await _run_action(tenant, runnable, task, _Sources())).result
    actions = [_find_action(tenant, name) for name in runnable.actions]
    sources = _Sources()
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


async def _run_action(tenant: Tenant, action: Step, task: Task, sources: _Sources) -> _Ended:
    started_at = tenant.clock.now()
    await _pass_time(tenant, task)
    if task.is_cancelling:
        return _Ended(result={"successful": False}, is_perfect=False)
    if isinstance(action, ActionDef):
        ended = _end(run_action(tenant, action))
    elif isinstance(action, ExportDef):
        ended = _end(await run_export(tenant, action, task.user))
    else:
        ended = await _run_import(tenant, action, task, sources)
    task.times.append((started_at, tenant.clock.now()))
    return ended


def _end(result: JsonObject) -> _Ended:
    return _Ended(result=result, is_perfect=result["successful"] is True)


async def _pass_time(tenant: Tenant, task: Task) -> None:
    """Let the run time of an action pass on the virtual clock, unless it is cancelled."""
    started_at = tenant.clock.now()
    while not task.is_cancelling:
        run_time = dt.timedelta(milliseconds=read_number(tenant.switches, "task_ms"))
        if tenant.clock.now() - started_at >= run_time:
            return
        await asyncio.sleep(_LOOK_INTERVAL_S)


async def _run_import(
    tenant: Tenant, definition: ImportDef, task: Task, sources: _Sources
) -> _Ended:
    file = tenant.model.find_file(definition.file)
    content = _find_content(tenant, file, task)
    if file is None or isinstance(content, Detail):
        detail = content if isinstance(content, Detail) else _NO_CONTENT
        result = build_failure(definition.id, definition.name, detail)
        return _Ended(result=result, is_perfect=False)
    settings = choose_engine_settings(tenant.switches)
    tenant.model.current_day = tenant.settings.current_period(tenant.clock.today())

    def work() -> ImportOutcome:
        with _collector_resting():
            source = sources.read(content, file)
            return run_import(
                tenant.model,
                definition,
                source=source,
                settings=settings,
                parameters=task.parameters,
            )

    before = tenant.model.copy_content()
    outcome = await asyncio.to_thread(work)
    if tenant.switches.text("workspace") == "full":
        tenant.model.restore_content(before)
    elif outcome.changed:
        tenant.record_change()
    _shelve_dump(tenant, definition, outcome, task)
    result = build_import_result(
        definition,
        outcome,
        shuffle=tenant.random,
        module_values=tenant.switches.text("module_values"),
        no_changes=tenant.switches.text("no_changes"),
    )
    return _Ended(result=result, is_perfect=outcome.is_perfect)


_NO_CONTENT = Detail(
    type="uploadedFileNoLongerAvailable", text="The uploaded file is no longer available."
)
_GAPS = Detail(type="importFailedGeneralError", text="The uploaded file is incomplete.")


def _find_content(tenant: Tenant, file: FileDef | None, task: Task) -> bytes | Detail:
    """Return the runner's private content, else the default file in silence (§4.1)."""
    if file is None:
        return _NO_CONTENT
    content = tenant.content.find(task.user, file.id)
    if content is not None and content.announced >= 0 and content.chunks:
        refuses = tenant.switches.text("chunk_gaps") == "refuse"
        return _GAPS if refuses and not content.is_whole else content.join()
    default = tenant.content.find_default(task.user, tenant.role_of(task.user), file.id)
    return default.content if default is not None else _NO_CONTENT


def _shelve_dump(tenant: Tenant, definition: ImportDef, outcome: ImportOutcome, task: Task) -> None:
    if outcome.problems and tenant.switches.text("dump_shelf") == "keeps":
        tenant.dumps.keep(task.user, definition.id, task.id, render_dump(outcome))
    elif outcome.is_successful:
        tenant.dumps.forget(task.user, definition.id)
