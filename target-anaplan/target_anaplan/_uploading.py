"""One load's rows as a file of the model: rendered from the ledger, chunk by chunk."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from ml_connector.events import event

from target_anaplan._rendering import FileFormat, render_chunks
from target_anaplan._verdicts import iterate_sent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ml_connector.anaplan import AnaplanClient
    from ml_connector.ledger import Load

log = logging.getLogger(__name__)

MEGABYTE = 1_000_000
"""Anaplan counts chunks in decimal megabytes (Anaplan sheet §4.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSize:
    """What is about to be uploaded; `rows` excludes rows that no file can hold."""

    rows: int
    chunks: int
    bytes: int


def measure_file(load: Load, file_format: FileFormat, *, chunk_mb: int) -> FileSize:
    """Count rows, chunks and bytes of the file without keeping any of it.

    The number of chunks is announced before the first one (Anaplan sheet §4.3), so the file is
    rendered twice: once to be measured, once to be sent. Memory holds one chunk.
    """
    rows = 0

    def counted() -> Iterator[tuple[str, ...]]:
        nonlocal rows
        for row in iterate_sent(load, file_format):
            rows += 1
            yield row.content

    sizes = []
    for chunk in render_chunks(file_format, counted(), chunk_bytes_max=chunk_mb * MEGABYTE):
        sizes.append(len(chunk))
        chunk.clear()
    return FileSize(rows=rows, chunks=len(sizes), bytes=sum(sizes))


def upload_load(
    client: AnaplanClient,
    load: Load,
    *,
    file_id: str,
    file_format: FileFormat,
    size: FileSize,
    chunk_mb: int,
    check_may_write: Callable[[], None],
) -> None:
    """Upload the load's rows as the file's new content.

    Raises:
        Stopped: the process is to end; nothing was started over the file.
        LeaseLostError: another process may work on the model by now.
    """

    def chunks() -> Iterator[bytes]:
        contents = (row.content for row in iterate_sent(load, file_format))
        for chunk in render_chunks(file_format, contents, chunk_bytes_max=chunk_mb * MEGABYTE):
            check_may_write()
            # The client only reads it. Its own name for the chunk outlives the next one's
            # building, so the memory has to be given back here.
            yield cast("bytes", chunk)
            chunk.clear()

    check_may_write()
    client.upload_file(file_id, chunks=chunks(), chunk_count=size.chunks)
    event(
        log, "file.uploaded", load=load.name, rows=size.rows, chunks=size.chunks, bytes=size.bytes
    )
