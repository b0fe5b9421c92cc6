"""Dumps: the rows an import rejected or loaded in part, with Anaplan's reasons (§5.4)."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from ml_connector.anaplan.types import DumpRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_STATUS = "_Status_"
_LINE = "_Line_"
_ERROR = re.compile(r"_Error_\d+_")
_FIELD_CHARS_MAX = 16 * 1024 * 1024


class DumpError(ValueError):
    """The text is not a dump."""


def parse_dump(text: str) -> list[DumpRow]:
    """Parse a whole dump.

    Raises:
        DumpError: it does not begin as dumps do.
    """
    return list(iterate_dump([text]))


def iterate_dump(pieces: Iterable[str]) -> Iterator[DumpRow]:
    """Parse a dump as it arrives; a piece may end anywhere, inside a row as well.

    Raises:
        DumpError: it does not begin as dumps do, or a row is no CSV.
    """
    csv.field_size_limit(_FIELD_CHARS_MAX)
    rows = csv.reader(_iterate_lines(pieces), strict=True)
    try:
        header = next(rows, None)
        if header is None:
            return
        if _STATUS not in header:
            raise DumpError("the dump has no _Status_ column")
        yield from (_build_row(header, row) for row in rows if row)
    except csv.Error as error:
        raise DumpError(f"the dump is not CSV: {error}") from error


def _build_row(header: list[str], row: list[str]) -> DumpRow:
    status, line = "", 0
    values: dict[str, str] = {}
    errors: list[str] = []
    for name, cell in zip(header, row, strict=False):
        if name == _STATUS:
            status = cell
        elif name == _LINE:
            line = int(cell) if cell.isdigit() else 0
        elif _ERROR.fullmatch(name):
            errors += [cell] if cell else []
        else:
            values[name] = cell
    return DumpRow(status=status, values=values, line=line, errors=tuple(errors))


def _iterate_lines(pieces: Iterable[str]) -> Iterator[str]:
    """Cut at line feeds only, keeping them; the csv module joins quoted lines again."""
    rest = ""
    for piece in pieces:
        lines = (rest + piece).split("\n")
        rest = lines.pop()
        yield from (f"{line}\n" for line in lines)
    if rest:
        yield rest
