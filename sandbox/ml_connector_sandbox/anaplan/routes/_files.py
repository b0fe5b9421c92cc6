"""Files and chunks (Anaplan sheet §4): no lock, private contents; POST creates what is missing."""

from __future__ import annotations

import gzip
import zlib

from starlette.responses import Response

from ml_connector_sandbox.anaplan._content import UNKNOWN_COUNT
from ml_connector_sandbox.anaplan._export_runner import cut_chunks
from ml_connector_sandbox.anaplan._exports import describe_file
from ml_connector_sandbox.anaplan._file_metadata import change_metadata
from ml_connector_sandbox.anaplan._http import (
    ApiError,
    Call,
    Endpoint,
    JsonObject,
    WhenBusy,
    answer_envelope,
    answer_page,
    not_found,
)
from ml_connector_sandbox.anaplan._schema import ExportDef, FileDef
from ml_connector_sandbox.anaplan._switchboard import read_number

_CHUNKS_MAX = 1000
_CHUNK_BYTES_MAX = 50_000_000
_BYTES = "application/octet-stream"
_GZIP = "application/x-gzip"


async def get_files(call: Call) -> Response:
    """Every file with the caller's own chunk count."""
    model = call.tenant.model
    rows = [_describe(call, file) for file in model.files.values()]
    rows += [_describe_output(call, export) for export in model.exports.values()]
    return answer_page(call, "file", "files", rows)


async def get_content(call: Call) -> Response:
    """The whole content; 404 when the caller has none (§4.4)."""
    file = _find_readable(call)
    content = call.tenant.content.find(call.user, file.id)
    if content is not None and content.chunks:
        return Response(content.join(), media_type=_BYTES)
    default = call.tenant.content.find_default(call.user, call.role, file.id)
    if default is not None:
        return Response(default.content, media_type=_BYTES)
    hidden = file.id in call.tenant.content.defaults
    if hidden and call.tenant.switches.text("default_file_for_others") == "empty":
        return Response(b"", media_type=_BYTES)
    raise not_found()


async def put_content(call: Call) -> Response:
    """A small file in one piece; never compressed."""
    file = _find(call)
    if _content_type(call) != _BYTES:
        raise ApiError(415, "Unsupported Media Type")
    call.tenant.content.put_whole(call.user, file.id, await call.request.body())
    call.tenant.counters.add("uploads")
    return Response(status_code=204)


async def announce(call: Call) -> Response:
    """Announce the chunk count; an unknown id or name makes a new file (§4.3)."""
    body = await call.read_object()
    count = body.get("chunkCount", UNKNOWN_COUNT)
    if type(count) is not int or not UNKNOWN_COUNT <= count <= _CHUNKS_MAX:  # no Boolean
        raise ApiError(400, "Invalid chunkCount")
    file = _change_metadata(call, body)
    call.tenant.content.announce(call.user, file.id, chunk_count=count)
    echoes = call.tenant.switches.text("announced_count") == "echoed"
    described = _describe(call, file) | {"chunkCount": max(0, count) if echoes else 0}
    return answer_envelope(call, "file", {"file": described})


def _change_metadata(call: Call, body: JsonObject) -> FileDef:
    """Store what is said of the file's form, for everybody; make the file if there is none."""
    files = call.tenant.model.files
    file = call.tenant.model.find_file(call.path("file")) or _create(call, call.path("file"))
    try:
        files[file.id] = change_metadata(file, body)
    except ValueError as error:
        raise ApiError(400, f"Invalid file metadata: {error}") from None
    return files[file.id]


async def put_chunk(call: Call) -> Response:
    """Store one chunk, unpacked when it came gzipped; 204 and empty."""
    file = _find(call)
    number = call.path("chunk")
    if not number.isdigit() or int(number) >= _CHUNKS_MAX:
        raise ApiError(400, "Invalid chunk id")
    data = _unpack(call, await call.request.body())
    if len(data) > _CHUNK_BYTES_MAX:
        raise ApiError(413, "Payload Too Large")
    if not call.tenant.content.put_chunk(call.user, file.id, int(number), data):
        raise ApiError(400, "The chunk was not announced")
    call.tenant.counters.add("uploads")
    return Response(status_code=204)


async def complete(call: Call) -> Response:
    """End an upload of unknown length; needed only after -1 (§4.3)."""
    file = _find(call)
    if call.tenant.switches.text("complete") == "fails":
        raise ApiError(500, "Internal Server Error")
    if call.tenant.content.complete(call.user, file.id) is None:
        raise not_found()
    return answer_envelope(call, "file", {"file": _describe(call, file)})


async def get_chunks(call: Call) -> Response:
    """The chunks; the key is missing when there are none."""
    numbers = sorted(_find_chunks(call, _find_readable(call)))
    rows: list[JsonObject] = [{"id": str(one), "name": f"Chunk {one}"} for one in numbers]
    return answer_page(call, "chunk", "chunks", rows)


async def get_chunk(call: Call) -> Response:
    """One chunk's bytes."""
    file = _find_readable(call)
    call.tenant.content.find(call.user, file.id)  # an access: it keeps the file for 48 hours
    chunks = _find_chunks(call, file)
    number = call.path("chunk")
    if not number.isdigit() or int(number) not in chunks:
        raise not_found()
    return Response(chunks[int(number)], media_type=_BYTES)


async def delete_content(call: Call) -> Response:
    """Remove the caller's private content only (§4.4)."""
    file = _find_readable(call)
    call.tenant.content.delete(call.user, file.id)
    return Response(status_code=204)


def _find(call: Call) -> FileDef:
    file = call.tenant.model.files.get(call.path("file"))
    if file is None:
        raise not_found()
    return file


def _find_readable(call: Call) -> FileDef:
    """Return the file an import reads or an export writes; nobody uploads to the latter (I)."""
    export = call.tenant.model.find_export(call.path("file"))
    if export is None or export.id != call.path("file"):
        return _find(call)
    return describe_file(export, excel_encoding=call.tenant.switches.text("excel_csv"))


def _find_chunks(call: Call, file: FileDef) -> dict[int, bytes]:
    """Return the caller's chunks, or those of the file an export shares (§6.2)."""
    content = call.tenant.content.peek(call.user, file.id)
    if content is not None:
        return content.chunks
    shared = call.tenant.content.find_default(call.user, call.role, file.id)
    if shared is None or file.id in call.tenant.model.files:
        return {}
    size = read_number(call.tenant.switches, "export_chunk_bytes")
    return dict(enumerate(cut_chunks(shared.content, size)))


def _describe_output(call: Call, export: ExportDef) -> JsonObject:
    """An export's file carries fewer fields, and no row is its header or first (§4.2)."""
    file = describe_file(export, excel_encoding=call.tenant.switches.text("excel_csv"))
    return {
        "id": file.id,
        "name": file.name,
        "chunkCount": len(_find_chunks(call, file)),
        "delimiter": file.delimiter,
        "encoding": file.encoding,
        "firstDataRow": file.first_data_row,
        "format": "txt",
        "headerRow": file.header_row,
        "separator": file.separator,
    }


def _create(call: Call, name: str) -> FileDef:
    """Pollute the model with a file nobody imports (fixture of S3, §4.3)."""
    files = call.tenant.model.files
    file = FileDef(
        id=str(max(int(one) for one in files) + 1),
        name=name,
        separator="\t",
        header_row=-1,
        first_data_row=-1,
    )
    files[file.id] = file
    return file


def _describe(call: Call, file: FileDef) -> JsonObject:
    content = call.tenant.content.peek(call.user, file.id)
    count = max(0, content.announced) if content is not None else 0
    if content is None and call.tenant.switches.text("stale_chunk_count") == "on":
        count = call.tenant.content.stale_count(call.user, file.id)
    return {
        "id": file.id,
        "name": file.name,
        "chunkCount": count,
        "delimiter": file.delimiter,
        "encoding": file.encoding,
        "firstDataRow": file.first_data_row,
        "format": "txt",
        "headerRow": file.header_row,
        "separator": file.separator,
    }


def _unpack(call: Call, data: bytes) -> bytes:
    content_type = _content_type(call)
    if content_type == _BYTES:
        return data
    if content_type != _GZIP:
        raise ApiError(415, "Unsupported Media Type")
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        raise ApiError(400, "The chunk is not gzipped") from None


def _content_type(call: Call) -> str:
    return call.request.headers.get("content-type", "").split(";")[0].strip().lower()


_ANSWERS = WhenBusy.ANSWERS  # a file has no lock, not even under a running import (§4.1)
_ANY_BYTES = (_BYTES, "text/csv", "text/plain", "application/json")
FILE_ENDPOINTS = (
    Endpoint(path="{m}/files", handler=get_files, when_busy=_ANSWERS),
    Endpoint(path="{m}/files/{file}", handler=get_content, when_busy=_ANSWERS, produces=_ANY_BYTES),
    Endpoint(path="{m}/files/{file}", handler=put_content, method="PUT", when_busy=_ANSWERS),
    Endpoint(path="{m}/files/{file}", handler=announce, method="POST", when_busy=_ANSWERS),
    Endpoint(path="{m}/files/{file}", handler=delete_content, method="DELETE", when_busy=_ANSWERS),
    Endpoint(path="{m}/files/{file}/complete", handler=complete, method="POST", when_busy=_ANSWERS),
    Endpoint(path="{m}/files/{file}/chunks", handler=get_chunks, when_busy=_ANSWERS),
    Endpoint(
        path="{m}/files/{file}/chunks/{chunk}",
        handler=get_chunk,
        when_busy=_ANSWERS,
        produces=_ANY_BYTES,
    ),
    Endpoint(
        path="{m}/files/{file}/chunks/{chunk}",
        handler=put_chunk,
        method="PUT",
        when_busy=_ANSWERS,
    ),
)
