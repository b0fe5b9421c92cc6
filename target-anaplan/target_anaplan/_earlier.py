"""What earlier runs left: tasks nobody waited for, loads nobody judged."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ml_connector.anaplan import TaskKind
from ml_connector.events import event
from ml_connector.ledger import LoadState, TaskOutcome

from target_anaplan._tasks import target_of
from target_anaplan._verdicts import (
    decode_plan,
    dump_fetcher,
    explain_missing_imports,
    explain_whole_failure,
    record_verdicts,
    results_by_import,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector.anaplan import ActionResult, AnaplanClient, Task
    from ml_connector.ledger import Ledger, Load, ModelKey, TaskRecord

    from target_anaplan._tasks import TaskRunner

log = logging.getLogger(__name__)


def finish_earlier_tasks(
    ledger: Ledger, model: ModelKey, *, client: AnaplanClient, tasks: TaskRunner
) -> None:
    """Wait for every unfinished task of an earlier run, judge it, and settle or fail its loads.

    A load whose task cannot be found any more, or that stopped between two imports, fails as a
    whole: its rows are uncertain and go out again with this run.
    """
    for record in ledger.unfinished_tasks(model):
        event(log, "task.left_by_earlier_run", target=record.object_name, task_id=record.task_id)
        task = tasks.find_again(record)
        tasks.check_lease()
        judge_task(ledger, record, task, client=client)
    for load in ledger.unsettled_loads(model):
        if load.state is LoadState.STARTED:
            _fail(load, "the run ended before all of it was sent")
        else:
            load.discard()


def judge_task(
    ledger: Ledger, record: TaskRecord, task: Task | None, *, client: AnaplanClient
) -> None:
    """Settle or fail the loads of a task that has ended; `None` when it cannot be found."""
    loads = [ledger.open_load(load_id) for load_id in record.load_ids]
    open_loads = [load for load in loads if load.state is LoadState.STARTED]
    for load in open_loads:
        failure = (
            "its task is not known to the model any more"
            if task is None
            else _judge_load(load, record, task, client)
        )
        if failure is not None:
            _fail(load, failure)
    if task is not None:
        record_judged(record, task)
    elif record.task_id is not None:
        record.record_judged(TaskOutcome.FAILED, details="not found")


def record_judged(record: TaskRecord, task: Task) -> None:
    """Record how a task ended: the last step, when its loads are settled."""
    good = task.is_complete and all(result.successful for result in task.results)
    details = "; ".join(
        f"{result.object_name or result.object_id}: {result.explanation}" for result in task.results
    )
    record.record_judged(TaskOutcome.GOOD if good else TaskOutcome.FAILED, details=details)


def _judge_load(load: Load, record: TaskRecord, task: Task, client: AnaplanClient) -> str | None:
    failure = explain_whole_failure(task)
    if failure is not None:
        return failure
    target = target_of(record)
    stored = decode_plan(load)
    results: Mapping[str, ActionResult] = results_by_import(task, target.id)
    if target.kind is TaskKind.IMPORT and target.id != stored.last_import_id:
        return "the run ended between two of its imports"
    missing = explain_missing_imports(stored, results, task)
    if target.kind is TaskKind.PROCESS and missing:
        return missing
    fetch = dump_fetcher(client, target.kind, target.id, task.task_id)
    verdict = record_verdicts(load, stored, results, fetch)
    if verdict.failure is None:
        load.record_counts(rows_ignored=verdict.rows_ignored)
        load.settle()
    return verdict.failure


def _fail(load: Load, reason: str) -> None:
    event(log, "load.failed", level=logging.WARNING, load=load.name, reason=reason)
    load.fail(reason)
