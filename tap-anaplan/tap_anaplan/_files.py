"""An export's file: from chunks of bytes to rows of texts, holding one chunk in memory."""

from __future__ import annotations

import codecs
import csv
from typing import TYPE_CHECKING, Literal

from ml_connector.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_START_BYTES = 3


def read_rows(
    chunks: Iterable[bytes], *, stream: str, encoding: str, separator: str, delimiter: str
) -> Iterator[list[str]]:
    """Yield the rows of a file, its header first; each has as many cells as the header.

    Raises:
        InputError: a row is cut, has another number of cells, or is in another encoding.
    """
    width: int | None = None
    lines = _split_lines(_decode(chunks, encoding))
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if delimiter else csv.QUOTE_NONE
    reader = csv.reader(
        lines, delimiter=separator, quotechar=delimiter or None, quoting=quoting, strict=True
    )
    try:
        for row in reader:
            width = len(row) if width is None else width
            if len(row) != width:
                problem = f"the row has {len(row)} cells, the header {width}"
                raise _build_error(stream, problem, line=reader.line_num)
            yield row
    except csv.Error as error:
        raise _build_error(stream, f"cannot be read: {error}", line=reader.line_num) from error
    except UnicodeDecodeError as error:
        problem = f"is not in {encoding}, as the export says"
        raise InputError(
            stream,
            problem,
            record=f"after line {reader.line_num}",
            remedy="Set encoding of this export as its file has it.",
        ) from error


def _decode(chunks: Iterable[bytes], encoding: str) -> Iterator[str]:
    start = b""
    decoder: codecs.IncrementalDecoder | None = None
    for chunk in chunks:
        if decoder is not None:
            yield decoder.decode(chunk)
            continue
        start += chunk
        if len(start) >= _START_BYTES:
            decoder, start = _choose_decoder(start, encoding)
            yield decoder.decode(start)
    if decoder is None:
        decoder, start = _choose_decoder(start, encoding)
        yield decoder.decode(start)
    yield decoder.decode(b"", final=True)


def _choose_decoder(start: bytes, encoding: str) -> tuple[codecs.IncrementalDecoder, bytes]:
    mark, name = next((one for one in _MARKS if start.startswith(one[0])), (b"", encoding))
    return codecs.getincrementaldecoder(name)(), start[len(mark) :]


def _split_lines(texts: Iterable[str]) -> Iterator[str]:
    """Yield lines with their ends; `csv` joins those within a quoted cell."""
    rest = ""
    for text in texts:
        *whole, rest = (rest + text).split("\n")
        for line in whole:
            yield line + "\n"
    if rest:
        yield rest


def _build_error(stream: str, problem: str, *, line: int) -> InputError:
    return InputError(
        stream,
        problem,
        record=f"line {line}",
        remedy="Start the run again; the file may have been cut or written over meanwhile.",
    )
