"""Rows as the bytes of a file: header, separator, delimiter and encoding as the import expects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

LINE_END: Final = "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFormat:
    """How the model reads the file (Anaplan sheet §3.3, §4.2). Rows are counted from 1."""

    headers: tuple[str, ...]
    separator: str = ","
    delimiter: str = '"'
    encoding: str = "UTF-8"
    header_row: int = 1
    first_data_row: int = 2

    @property
    def codec(self) -> str:
        """Python's name of the encoding."""
        # UTF-16LE is written without a byte order mark: chunks are joined byte by byte.
        return {"UTF-16": "utf-16-le"}.get(self.encoding.upper(), self.encoding)


def find_unwritable(file_format: FileFormat, content: Sequence[str]) -> str | None:
    """Say why a row cannot be written in this format at all, or return `None`.

    Such a row is kept as a reject with this reason instead of damaging the file for the others.
    """
    whole = "".join(content)
    if whole.isascii() and whole.isprintable() and file_format.delimiter:
        return None
    for header, value in zip(file_format.headers, content, strict=True):
        problem = _find_problem(file_format, value)
        if problem:
            return f"column {header}: {problem}"
    return None


def _find_problem(file_format: FileFormat, value: str) -> str | None:
    if "\x00" in value:
        return "the value holds a NUL character, which no import can read"
    if not file_format.delimiter and any(
        mark in value for mark in (file_format.separator, "\n", "\r")
    ):
        return "the value holds the separator or a line end, and the file has no text delimiter"
    try:
        value.encode(file_format.codec)
    except UnicodeEncodeError as error:
        character = value[error.start]
        return f"the character U+{ord(character):04X} has no form in {file_format.encoding}"
    return None


def render_header(file_format: FileFormat) -> str:
    """Render the lines before the first data row: blank ones, and the header in its place."""
    header = _render_line(file_format, file_format.headers)
    lines_before = max(file_format.header_row - 1, 0)
    lines_after = max(file_format.first_data_row - max(file_format.header_row, 0) - 1, 0)
    if file_format.header_row < 1:
        return LINE_END * max(file_format.first_data_row - 1, 0)
    return LINE_END * lines_before + header + LINE_END * lines_after


def render_row(file_format: FileFormat, content: Sequence[str]) -> str:
    """Render one row; a value is delimited whenever a reader could misunderstand it."""
    return _render_line(file_format, content)


def _render_line(file_format: FileFormat, values: Sequence[str]) -> str:
    separator = file_format.separator
    line = separator.join(values)
    if _is_plain(file_format, line) and line.count(separator) == len(values) - 1:
        return line + LINE_END
    return separator.join(_quoted(file_format, value) for value in values) + LINE_END


def _is_plain(file_format: FileFormat, line: str) -> bool:
    """Tell, fast, that no value of a line needs quoting, its separators apart."""
    separator, mark = file_format.separator, file_format.delimiter
    return (
        line.isascii()
        and line.isprintable()
        and (not mark or mark not in line)
        and f"{separator} " not in line
        and f" {separator}" not in line
        and line == line.strip()
    )


def _quoted(file_format: FileFormat, value: str) -> str:
    mark = file_format.delimiter
    if not mark:
        return value
    plain = (
        file_format.separator not in value
        and mark not in value
        and "\n" not in value
        and "\r" not in value
        and value == value.strip()
    )
    return value if plain else f"{mark}{value.replace(mark, mark + mark)}{mark}"


def render_chunks(
    file_format: FileFormat, rows: Iterable[Sequence[str]], *, chunk_bytes_max: int
) -> Iterator[bytearray]:
    """Render header and rows as chunks of at most `chunk_bytes_max` bytes, cut at line ends.

    A single line longer than a chunk is a chunk of its own. Chunks are the caller's to clear, so
    that one of them is in memory while the next is built, never two.
    """
    parts = bytearray(render_header(file_format).encode(file_format.codec))
    for content in rows:
        line = render_row(file_format, content).encode(file_format.codec)
        if parts and len(parts) + len(line) > chunk_bytes_max:
            yield parts
            parts = bytearray()
        parts += line
    if parts:
        yield parts
