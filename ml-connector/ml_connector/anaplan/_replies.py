"""Parse Anaplan's answers. Keys come and go: empty collections drop theirs (§2.1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from ml_connector.anaplan._errors import build_broken
from ml_connector.anaplan.types import (
    ActionResult,
    Detail,
    FileInfo,
    Grid,
    GridRow,
    ImportInfo,
    ImportSource,
    ListInfo,
    ListItem,
    ModelInfo,
    NamedObject,
    ProcessAction,
    RowCounts,
    Task,
    TaskId,
    ViewInfo,
)
from ml_connector.wire import WireError, as_list, as_object, decode_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ml_connector.transport import Reply, Request

T = TypeVar("T")
Body = dict[str, object]


def parse_body(request: Request, reply: Reply, *, parse: Callable[[Body], T]) -> T:
    """Decode the reply and apply `parse`.

    Raises:
        BrokenReplyError: it is not JSON, or not of the shape `parse` needs.
    """
    try:
        return parse(as_object(decode_json(reply.body), "the body"))
    except WireError as error:
        raise build_broken(request, reply, str(error)) from error


def items(body: Body, key: str) -> list[Body]:
    """Return the objects under `key`, none when the key is missing."""
    return [as_object(item, f"an entry of {key}") for item in as_list(body.get(key), key)]


def parse_paging(body: Body, key: str) -> tuple[int, int]:
    """Return how many objects the page holds, and how many there are in all (§2.2)."""
    size = len(as_list(body.get(key), key)) if key in body else 0
    meta = body.get("meta")
    paging = meta.get("paging") if isinstance(meta, dict) else None
    if not isinstance(paging, dict):
        return size, size
    told = _number(paging, "currentPageSize")
    return (size if told is None else told), _number(paging, "totalSize") or 0


def parse_user(body: Body) -> str:
    """Parse who we are."""
    return _text(as_object(body.get("user"), "user"), "email")


def parse_chunk_ids(body: Body) -> list[str]:
    """Parse the chunks of a dump, in the order of their numbers (§4.4)."""
    return sorted((_id(entry) for entry in items(body, "chunks")), key=_chunk_order)


def _chunk_order(chunk_id: str) -> tuple[int, str]:
    return (int(chunk_id) if chunk_id.isdigit() else 0, chunk_id)


def parse_named(entry: Body) -> NamedObject:
    """Parse id and name."""
    return NamedObject(id=_id(entry), name=_text(entry, "name"))


def parse_model(body: Body) -> ModelInfo:
    """Parse the model with its details."""
    model = as_object(body.get("model"), "model")
    return ModelInfo(
        id=_id(model),
        name=_text(model, "name"),
        active_state=_text(model, "activeState"),
        workspace_id=_text(model, "currentWorkspaceId"),
        last_saved_serial_number=_number(model, "lastSavedSerialNumber"),
    )


def parse_file(entry: Body) -> FileInfo:
    """Parse a file's metadata."""
    return FileInfo(
        id=_id(entry),
        name=_text(entry, "name"),
        chunk_count=_number(entry, "chunkCount") or 0,
        encoding=_text(entry, "encoding"),
        separator=_text(entry, "separator"),
        delimiter=_text(entry, "delimiter"),
        header_row=_number(entry, "headerRow") or 0,
        first_data_row=_number(entry, "firstDataRow") or 0,
    )


def parse_import(entry: Body) -> ImportInfo:
    """Parse an import action."""
    return ImportInfo(
        id=_id(entry),
        name=_text(entry, "name"),
        import_data_source_id=_text(entry, "importDataSourceId"),
        import_type=_text(entry, "importType"),
    )


def parse_import_source(body: Body) -> ImportSource | None:
    """Parse how an import reads its file; `None` when it reads a model (§3.3)."""
    metadata = as_object(body.get("importMetadata"), "importMetadata")
    if not isinstance(metadata.get("source"), dict):
        return None
    source = as_object(metadata["source"], "source")
    return ImportSource(
        headers=tuple(str(name or "") for name in as_list(source.get("headerNames"), "headers")),
        separator=_text(source, "columnSeparator"),
        delimiter=_text(source, "textDelimiter"),
        encoding=_text(source, "textEncoding"),
        header_row=_number(source, "headerRow") or 0,
        first_data_row=_number(source, "firstDataRow") or 0,
        decimal_separator=_text(source, "decimalSeparator"),
    )


def parse_process(body: Body) -> list[ProcessAction]:
    """Parse the steps of a process in their order."""
    process = as_object(body.get("processMetadata"), "processMetadata")
    return [
        ProcessAction(
            id=_id(entry),
            name=_text(entry, "name"),
            action_type=_text(entry, "actionType"),
            import_data_source_id=_text(entry, "importDataSourceId"),
            import_type=_text(entry, "importType"),
        )
        for entry in items(process, "actions")
    ]


def parse_list(body: Body) -> ListInfo:
    """Parse a list's metadata; the index is spelled in two ways (§3.3)."""
    entry = as_object(body.get("metadata"), "metadata")
    parent = entry.get("parent")
    index = _number(entry, "nextItemIndex")
    return ListInfo(
        id=_id(entry),
        name=_text(entry, "name"),
        item_count=_number(entry, "itemCount") or 0,
        numbered=entry.get("numberedList") is True,
        parent_id=_text(parent, "id") if isinstance(parent, dict) else "",
        production_data=entry.get("productionData") is True,
        next_item_index=_number(entry, "nextitemIndex") if index is None else index,
    )


def parse_list_item(entry: Body) -> ListItem:
    """Parse an item of a list."""
    properties = entry.get("properties")
    return ListItem(
        id=_id(entry),
        name=_text(entry, "name"),
        code=_text(entry, "code"),
        parent=_text(entry, "parent"),
        properties={name: str(value) for name, value in properties.items() if value is not None}
        if isinstance(properties, dict)
        else {},
    )


def parse_view(entry: Body) -> ViewInfo:
    """Parse a view's entry in the list of views."""
    return ViewInfo(id=_id(entry), name=_text(entry, "name"), module_id=_text(entry, "moduleId"))


def parse_grid(body: Body) -> Grid:
    """Parse the cells of a view (§7.2)."""
    return Grid(
        pages=_texts(body.get("pages"), "pages"),
        columns=tuple(
            _texts(column, "a column")
            for column in as_list(body.get("columnCoordinates"), "columns")
        ),
        rows=tuple(
            GridRow(
                coordinates=_texts(row.get("rowCoordinates"), "rowCoordinates"),
                cells=_texts(row.get("cells"), "cells"),
            )
            for row in items(body, "rows")
        ),
    )


def parse_task_id(body: Body) -> TaskId:
    """Parse the answer to a start: a task object, or a bare id (§5.1, §11 row 1)."""
    task = body.get("task")
    found = _text(task if isinstance(task, dict) else body, "taskId")
    if not found:
        raise WireError("the answer names no task")
    return TaskId(found)


def parse_task(entry: Body) -> Task:
    """Parse a task as polled or listed."""
    result = entry.get("result")
    found = _parse_result(result) if isinstance(result, dict) else None
    nested = items(result, "nestedResults") if isinstance(result, dict) else []
    return Task(
        task_id=TaskId(_text(entry, "taskId")),
        state=_text(entry, "taskState").upper(),
        current_step=_text(entry, "currentStep"),
        progress=_text(entry, "progress"),
        creation_time_ms=_number(entry, "creationTime"),
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
        object_id=_text(result, "objectId"),
        object_name=_text(result, "objectName"),
        successful=result.get("successful") is True,
        dump_available=result.get("failureDumpAvailable") is True,
        details=details,
        counts=parse_counts(details),
    )


def _parse_detail(entry: Body) -> Detail:
    flat = [str(value) for value in as_list(entry.get("values"), "values")]
    return Detail(
        type=_text(entry, "type"),
        text=_text(entry, "localMessageText"),
        occurrences=_number(entry, "occurrences") or 0,
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


def _id(entry: Body) -> str:
    found = _text(entry, "id")
    if not found:
        raise WireError("an object has no id")
    return found


def _text(entry: Mapping[str, object], key: str) -> str:
    value = entry.get(key)
    return "" if value is None else str(value)


def _texts(value: object, what: str) -> tuple[str, ...]:
    return tuple("" if one is None else str(one) for one in as_list(value, what))


def _number(entry: Mapping[str, object], key: str) -> int | None:
    value = entry.get(key)
    if isinstance(value, bool) or value is None:
        return None
    try:
        return int(str(value))
    except ValueError:
        return None
