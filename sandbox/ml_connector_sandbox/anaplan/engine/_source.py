"""Reading an uploaded file as the import's source describes it (Anaplan sheet §3.3, §4.2).

The fast reader takes well-formed files; a file with a broken row is read again, character by
character, so that the broken row alone is refused, with Anaplan's detail code (§5.3).
"""

from __future__ import annotations

import csv
import io
import sys
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ml_connector_sandbox.anaplan._schema import FileDef

ENCODINGS = {
    "UTF-8": "utf-8-sig",
    "UTF-16LE": "utf-16-le",
    "UTF-16BE": "utf-16-be",
    "ISO-8859-1": "latin-1",
    "US-ASCII": "ascii",
    "windows-1252": "cp1252",
}
"""Codecs of the encodings a file can have; the first, second and fourth were seen live (§4.2)."""
_FIELD_LARGEST = min(sys.maxsize, 2**31 - 1)


@dataclass
class BrokenRow:
    """A row that cannot be cut into fields."""

    fields: list[str]
    line: int
    code: str
    message: str


@dataclass
class SourceRows:
    """The header, the data rows and the physical line (from 1) each one starts on."""

    headers: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    lines: array[int] = field(default_factory=lambda: array("l"))
    broken: list[BrokenRow] = field(default_factory=list)


def read_source(content: bytes, file: FileDef) -> SourceRows:
    """Cut `content` into rows; bytes that do not fit the encoding become `U+FFFD` (I)."""
    text = content.decode(ENCODINGS.get(file.encoding, "utf-8"), errors="replace")
    try:
        numbered = _read_fast(text, file)
        broken: list[BrokenRow] = []
    except csv.Error:
        numbered, broken = _read_slowly(text, file)
    source = SourceRows(broken=broken)
    for row, line in numbered:
        if line == file.header_row:
            source.headers = row
        elif line >= file.first_data_row:
            source.rows.append(row)
            source.lines.append(line)
    return source


def _read_fast(text: str, file: FileDef) -> list[tuple[list[str], int]]:
    csv.field_size_limit(_FIELD_LARGEST)
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=file.separator or ",",
        quotechar=file.delimiter or None,
        quoting=csv.QUOTE_MINIMAL if file.delimiter else csv.QUOTE_NONE,
        strict=True,
    )
    numbered = []
    start = 1
    for row in reader:
        numbered.append((row, start))
        start = reader.line_num + 1
    return numbered


def _read_slowly(text: str, file: FileDef) -> tuple[list[tuple[list[str], int]], list[BrokenRow]]:
    numbered: list[tuple[list[str], int]] = []
    broken: list[BrokenRow] = []
    position, line = 0, 1
    while position < len(text):
        reader = _RowReader(text, position, file)
        reader.read()
        if reader.problem:
            broken.append(BrokenRow(reader.fields, line, *reader.problem))
        else:
            numbered.append((reader.fields, line))
        line += _count_line_ends(text[position : reader.position])
        position = reader.position
    return numbered, broken


def _count_line_ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


class _RowReader:
    """Reads one row from `position`, and says what is wrong with it."""

    def __init__(self, text: str, position: int, file: FileDef) -> None:
        self.position = position
        self.fields: list[str] = []
        self.problem: tuple[str, str] | None = None
        self._text = text
        self._separator = file.separator or ","
        self._quote = file.delimiter

    def read(self) -> None:
        """Read to the end of the row."""
        while True:
            value = self._read_quoted() if self._at(self._quote) else self._read_plain()
            self.fields.append(value)
            if self.problem or not self._at(self._separator):
                break
            self.position += 1
        self._skip_line_end()

    def _read_plain(self) -> str:
        start = self.position
        while self.position < len(self._text) and not self._at(self._separator + "\r\n"):
            self.position += 1
        return self._text[start : self.position]

    def _read_quoted(self) -> str:
        end = self.position + 1
        while True:
            end = self._text.find(self._quote, end)
            if end < 0:
                value = self._text[self.position + 1 :]
                self.position = len(self._text)
                self.problem = ("unmatchedTextDelimiter", "Unmatched text delimiter")
                return value
            if self._text.startswith(self._quote, end + 1):
                end += 2
                continue
            break
        value = self._text[self.position + 1 : end].replace(self._quote * 2, self._quote)
        self.position = end + 1
        if self.position < len(self._text) and not self._at(self._separator + "\r\n"):
            self.problem = ("columnSeparatorExpected", "Column separator expected")
            self._read_to_line_end()
        return value

    def _read_to_line_end(self) -> None:
        while self.position < len(self._text) and not self._at("\r\n"):
            self.position += 1

    def _skip_line_end(self) -> None:
        if self._text.startswith("\r\n", self.position):
            self.position += 2
        elif self.position < len(self._text):
            self.position += 1

    def _at(self, characters: str) -> bool:
        return self.position < len(self._text) and self._text[self.position] in characters
