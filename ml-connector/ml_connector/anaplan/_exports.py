"""Export actions: what their file will look like, a run of one, and its chunks (§6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector.anaplan import _replies
from ml_connector.anaplan.protocol import SYSTEM, part
from ml_connector.anaplan.types import ExportInfo, ExportMetadata
from ml_connector.errors import AccessError, UnexpectedReplyError
from ml_connector.wire import as_object

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml_connector.anaplan._calls import Calls
    from ml_connector.anaplan._replies import Body
    from ml_connector.clock import Clock

FILE_WAIT_S_MAX = 60.0
"""A file may have no chunks for a moment after its task is complete (§10)."""
_LOOK_EVERY_S = 1.0
_NOT_FOUND = 404


def parse_export(entry: Body) -> ExportInfo:
    """Parse an entry of the list of exports."""
    return ExportInfo(
        id=_replies.text_id(entry),
        name=_replies.text(entry, "name"),
        layout=_replies.text(entry, "layout") or _replies.text(entry, "exportType"),
    )


def parse_export_metadata(body: Body) -> ExportMetadata:
    """Parse what an export's file will look like (§6.1)."""
    found = as_object(body.get("exportMetadata"), "exportMetadata")
    return ExportMetadata(
        layout=_replies.text(found, "layout"),
        format=_replies.text(found, "exportFormat"),
        encoding=_replies.text(found, "encoding"),
        separator=_replies.text(found, "separator"),
        delimiter=_replies.text(found, "delimiter"),
        headers=_replies.texts(found.get("headerNames"), "headerNames"),
        data_types=_replies.texts(found.get("dataTypes"), "dataTypes"),
        lists=_replies.texts(found.get("listNames"), "listNames"),
    )


def read_export_file(calls: Calls, clock: Clock, export_id: str) -> Iterator[bytes]:
    """Yield the chunks of an export's file in their order, one in memory at a time.

    A chunk may end inside a row, and inside a character (§4.4).

    Raises:
        UnexpectedReplyError: there is no file, a minute after the task was complete.
    """
    path = f"/files/{part(export_id)}/chunks"
    began = clock.monotonic()
    while not (chunk_ids := _find_chunks(calls, path)):
        if clock.monotonic() - began > FILE_WAIT_S_MAX:
            raise UnexpectedReplyError(
                f"the export is complete, but its file has no content after {FILE_WAIT_S_MAX:.0f}"
                " seconds",
                system=SYSTEM,
                call=f"GET …{path}",
                remedy="Start the run again.",
            )
        clock.sleep(_LOOK_EVERY_S)
    *others, last = chunk_ids
    for chunk_id in others:
        yield calls.fetch_text(f"{path}/{part(chunk_id)}")
    yield calls.fetch_lines(f"{path}/{part(last)}")


def _find_chunks(calls: Calls, path: str) -> list[str]:
    try:
        return calls.get(path, _replies.parse_chunk_ids)
    except AccessError as error:
        if error.status != _NOT_FOUND:
            raise
        return []
