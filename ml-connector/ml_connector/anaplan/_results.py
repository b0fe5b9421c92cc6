"""Parse tasks and their results (§5.1, §5.2, §5.3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ml_connector.anaplan._replies import Body, items, number, text
from ml_connector.anaplan.types import ActionResult, Detail, RowCounts, Task, TaskId
from ml_connector.wire import WireError, as_list, as_object

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse_task_id(body: Body) -> TaskId:
    """Parse the answer to a start: a task object, or a bare id (§5.1, §11 row 1)."""
    task = body.get("task")
    found = text(task if isinstance(task, dict) else body, "taskId")
    if not found:
        raise WireError("the answer names no task")
    return TaskId(found)


def parse_task(entry: Body) -> Task:
    """Parse a task as polled or listed."""
    result = entry.get("result")
    found = _parse_result(result) if isinstance(result, dict) else None
    nested = items(result, "nestedResults") if isinstance(result, dict) else []
    return Task(
        task_id=TaskId(text(entry, "taskId")),
        state=text(entry, "taskState").upper(),
        current_step=text(entry, "currentStep"),
        progress=text(entry, "progress"),
        creation_time_ms=number(entry, "creationTime"),
        result=found,
        nested=tuple(_parse_result(one) for one in nested),
    )


def parse_one_task(body: Body, task_id: str) -> Task:
    """Parse a polled task; an answer without a state is none.

    Raises:
        WireError: there is no task in it, or another one.
    """
    task = parse_task(as_object(body.get("task"), "task"))
    if not task.state or task.task_id not in ("", task_id):
        raise WireError("it is not the task that was asked for")
    return task


def parse_tasks(body: Body) -> list[Task]:
    """Parse a list of tasks; one sample shows a single `task` in its place (§5.2)."""
    single = body.get("task")
    entries = [as_object(single, "task")] if isinstance(single, dict) else items(body, "tasks")
    return [parse_task(entry) for entry in entries]


def _parse_result(result: Body) -> ActionResult:
    details = tuple(_parse_detail(entry) for entry in items(result, "details"))
    return ActionResult(
        object_id=text(result, "objectId"),
        object_name=text(result, "objectName"),
        successful=result.get("successful") is True,
        dump_available=result.get("failureDumpAvailable") is True,
        details=details,
        counts=parse_counts(details),
    )


def _parse_detail(entry: Body) -> Detail:
    flat = [str(value) for value in as_list(entry.get("values"), "values")]
    return Detail(
        type=text(entry, "type"),
        text=text(entry, "localMessageText"),
        occurrences=number(entry, "occurrences") or 0,
        values=dict(zip(flat[::2], flat[1::2], strict=False)),
    )


def parse_counts(details: tuple[Detail, ...]) -> RowCounts:
    """Add up what the details say about rows, from `values` or else from the text (§5.2, §5.3)."""
    found = [_values_of(detail) for detail in details]
    return RowCounts(
        **{
            field: sum(known) if (known := [one[field] for one in found if field in one]) else None
            for field in _COUNT_KEYS
        }
    )


def _values_of(detail: Detail) -> Mapping[str, int]:
    found = {
        field: int(detail.values[key])
        for field, key in _COUNT_KEYS.items()
        if detail.values.get(key, "").isdigit()
    }
    if found:
        return found
    return {
        field: int(match[1].replace(",", ""))
        for field, pattern in _COUNT_TEXTS.items()
        if (match := pattern.search(detail.text))
    }


_COUNT_KEYS = {
    "succeeded": "successRowCount",
    "warned": "warningsRowCount",
    "failed": "failedCount",
    "ignored": "ignoredCount",
    "total": "totalRowCount",
}
_COUNT_TEXTS = {
    "succeeded": re.compile(r"([\d,]+) (?:\([^)]*\) )?rows? successful"),
    "warned": re.compile(r"([\d,]+) (?:\([^)]*\) )?rows? ha[sd]? warnings"),
    "failed": re.compile(r"([\d,]+) failed"),
    "ignored": re.compile(r"([\d,]+) ignored"),
}
