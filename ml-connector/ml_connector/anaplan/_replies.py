"""Parse Anaplan's answers. Keys come and go: empty collections drop theirs (§2.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ml_connector.anaplan._errors import build_broken
from ml_connector.anaplan.types import (
    FileInfo,
    Grid,
    GridRow,
    ImportInfo,
    ImportSource,
    ItemFailure,
    LineItemInfo,
    ListInfo,
    ListItem,
    ListWrite,
    ModelInfo,
    NamedObject,
    ProcessAction,
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
    told = number(paging, "currentPageSize")
    return (size if told is None else told), number(paging, "totalSize") or 0


def parse_user(body: Body) -> str:
    """Parse who we are."""
    return text(as_object(body.get("user"), "user"), "email")


def parse_chunk_ids(body: Body) -> list[str]:
    """Parse the chunks of a dump, in the order of their numbers (§4.4)."""
    return sorted((text_id(entry) for entry in items(body, "chunks")), key=_chunk_order)


def _chunk_order(chunk_id: str) -> tuple[int, str]:
    return (int(chunk_id) if chunk_id.isdigit() else 0, chunk_id)


def parse_named(entry: Body) -> NamedObject:
    """Parse id and name."""
    return NamedObject(id=text_id(entry), name=text(entry, "name"))


def parse_model(body: Body) -> ModelInfo:
    """Parse the model with its details."""
    model = as_object(body.get("model"), "model")
    return ModelInfo(
        id=text_id(model),
        name=text(model, "name"),
        active_state=text(model, "activeState"),
        workspace_id=text(model, "currentWorkspaceId"),
        last_saved_serial_number=number(model, "lastSavedSerialNumber"),
    )


def parse_file(entry: Body) -> FileInfo:
    """Parse a file's metadata."""
    return FileInfo(
        id=text_id(entry),
        name=text(entry, "name"),
        chunk_count=number(entry, "chunkCount") or 0,
        encoding=text(entry, "encoding"),
        separator=text(entry, "separator"),
        delimiter=text(entry, "delimiter"),
        header_row=number(entry, "headerRow") or 0,
        first_data_row=number(entry, "firstDataRow") or 0,
    )


def parse_import(entry: Body) -> ImportInfo:
    """Parse an import action."""
    return ImportInfo(
        id=text_id(entry),
        name=text(entry, "name"),
        import_data_source_id=text(entry, "importDataSourceId"),
        import_type=text(entry, "importType"),
    )


def parse_import_source(body: Body) -> ImportSource | None:
    """Parse how an import reads its file; `None` when it reads a model (§3.3)."""
    metadata = as_object(body.get("importMetadata"), "importMetadata")
    if not isinstance(metadata.get("source"), dict):
        return None
    source = as_object(metadata["source"], "source")
    return ImportSource(
        headers=tuple(str(name or "") for name in as_list(source.get("headerNames"), "headers")),
        separator=text(source, "columnSeparator"),
        delimiter=text(source, "textDelimiter"),
        encoding=text(source, "textEncoding"),
        header_row=number(source, "headerRow") or 0,
        first_data_row=number(source, "firstDataRow") or 0,
        decimal_separator=text(source, "decimalSeparator"),
    )


def parse_process(body: Body) -> list[ProcessAction]:
    """Parse the steps of a process in their order."""
    process = as_object(body.get("processMetadata"), "processMetadata")
    return [
        ProcessAction(
            id=text_id(entry),
            name=text(entry, "name"),
            action_type=text(entry, "actionType"),
            import_data_source_id=text(entry, "importDataSourceId"),
            import_type=text(entry, "importType"),
        )
        for entry in items(process, "actions")
    ]


def parse_line_item(entry: Body) -> LineItemInfo:
    """Parse a line item with its format and dimensions (§3.3)."""
    metadata = entry.get("formatMetadata")
    form = metadata if isinstance(metadata, dict) else {}
    return LineItemInfo(
        name=text(entry, "name"),
        data_type=_parse_type(entry),
        list_id=text(form, "hierarchyEntityLongId"),
        formula=text(entry, "formula"),
        dimensions=tuple(text(one, "name") for one in items(entry, "appliesTo")),
        time_scale=text(entry, "timeScale"),
        cell_count=number(entry, "cellCount"),
    )


def _parse_type(entry: Body) -> str:
    metadata = entry.get("formatMetadata")
    form = metadata if isinstance(metadata, dict) else {}
    return text(form, "dataType") or text(entry, "format")


def parse_list(body: Body) -> ListInfo:
    """Parse a list's metadata; the index is spelled in two ways (§3.3)."""
    entry = as_object(body.get("metadata"), "metadata")
    parent = entry.get("parent")
    index = number(entry, "nextItemIndex")
    return ListInfo(
        id=text_id(entry),
        name=text(entry, "name"),
        item_count=number(entry, "itemCount") or 0,
        numbered=entry.get("numberedList") is True,
        parent_id=text(parent, "id") if isinstance(parent, dict) else "",
        production_data=entry.get("productionData") is True,
        next_item_index=number(entry, "nextitemIndex") if index is None else index,
        properties=tuple(text(one, "name") for one in items(entry, "properties")),
        property_types=tuple(_parse_type(one) for one in items(entry, "properties")),
        subsets=tuple(text(one, "name") for one in items(entry, "subsets")),
    )


def parse_list_item(entry: Body) -> ListItem:
    """Parse an item of a list."""
    properties = entry.get("properties")
    return ListItem(
        id=text_id(entry),
        name=text(entry, "name"),
        code=text(entry, "code"),
        parent=text(entry, "parent"),
        properties={name: str(value) for name, value in properties.items() if value is not None}
        if isinstance(properties, dict)
        else {},
    )


def parse_item_row(row: Mapping[str, str]) -> ListItem:
    """Parse a row of a list's large read: its own columns, then subsets and properties (§7.1)."""
    own = {name: row.get(name, "") for name in ("id", "name", "code", "parent")}
    rest = {name: text for name, text in row.items() if name not in _ITEM_COLUMNS and text}
    return ListItem(**own, properties=rest)


_ITEM_COLUMNS = frozenset({"id", "name", "code", "parent", "parentId", "listId", "listName"})


def parse_list_write(body: Body) -> ListWrite:
    """Parse the counters of a list write, and its failures where it names them (§7.1)."""
    done = next((found for name in _DONE if (found := number(body, name)) is not None), 0)
    return ListWrite(
        done=done,
        failures=tuple(
            ItemFailure(
                position=number(entry, "requestIndex") or 0,
                kind=text(entry, "failureType"),
                details=text(entry, "failureMessageDetails"),
            )
            for entry in items(body, "failures")
        ),
    )


_DONE = ("added", "updated", "deleted")


def parse_view(entry: Body) -> ViewInfo:
    """Parse a view's entry in the list of views."""
    return ViewInfo(id=text_id(entry), name=text(entry, "name"), module_id=text(entry, "moduleId"))


def parse_grid(body: Body) -> Grid:
    """Parse the cells of a view (§7.2)."""
    return Grid(
        pages=texts(body.get("pages"), "pages"),
        columns=tuple(
            texts(column, "a column")
            for column in as_list(body.get("columnCoordinates"), "columns")
        ),
        rows=tuple(
            GridRow(
                coordinates=texts(row.get("rowCoordinates"), "rowCoordinates"),
                cells=texts(row.get("cells"), "cells"),
            )
            for row in items(body, "rows")
        ),
    )


def text_id(entry: Body) -> str:
    found = text(entry, "id")
    if not found:
        raise WireError("an object has no id")
    return found


def text(entry: Mapping[str, object], key: str) -> str:
    value = entry.get(key)
    return "" if value is None else str(value)


def texts(value: object, what: str) -> tuple[str, ...]:
    return tuple("" if one is None else str(one) for one in as_list(value, what))


def number(entry: Mapping[str, object], key: str) -> int | None:
    value = entry.get(key)
    if isinstance(value, bool) or value is None:
        return None
    try:
        return int(str(value))
    except ValueError:
        return None
