"""Views and lists as tables: rows of texts by the names of their columns (§7.1, §7.2, §7.4)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ml_connector.anaplan import _replies
from ml_connector.anaplan.protocol import SYSTEM
from ml_connector.anaplan.types import NamedObject, ViewAxes
from ml_connector.errors import UnexpectedReplyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml_connector.anaplan._replies import Body

CheckHeader = Callable[[Sequence[str]], None]
_ITEM_COLUMNS = ("id", "name", "code", "parent", "parentId")


class Table:
    """A table that comes as CSV, in one piece or in pages."""

    def __init__(self, path: str, *, check_header: CheckHeader | None = None) -> None:
        """Expect the header first, which `check_header` may refuse; `path` is for errors."""
        self.header: list[str] = []
        self._check_header = check_header
        self._path = path

    def read_page(self, number: int, page: bytes) -> Iterator[dict[str, str]]:
        """Yield each row of a page by the names of its columns.

        Raises:
            UnexpectedReplyError: it is no table, or not the one that was begun.
        """
        try:
            for position, row in enumerate(self._parse(number, page)):
                if not self.header:
                    self._begin(row)
                    continue
                # Whether later pages repeat the header is not documented (§11, 13).
                if position == 0 and row == self.header:
                    continue
                if len(row) != len(self.header):
                    raise self.build_error(
                        f"page {number} has a row of {len(row)} cells, the header"
                        f" {len(self.header)}: {', '.join(row)[:200]}"
                    )
                yield dict(zip(self.header, row, strict=True))
            if not self.header:
                raise self.build_error(f"page {number} has no header")
        except csv.Error as error:
            raise self.build_error(f"page {number} cannot be read: {error}") from error

    def build_error(self, problem: str) -> UnexpectedReplyError:
        """Return the error that says what the table is not."""
        return UnexpectedReplyError(
            f"the table that was read is none: {problem}",
            system=SYSTEM,
            call=f"GET …{self._path}",
            remedy="Try again; if it stays so, ask Anaplan's support about reads of views and"
            " lists.",
        )

    def _begin(self, row: list[str]) -> None:
        twice = sorted({name for name in row if row.count(name) > 1})
        if twice:
            raise self.build_error(f"it has several columns {twice[0]!r}")
        if self._check_header is not None:
            self._check_header(row)
        self.header = row

    def _parse(self, number: int, page: bytes) -> Iterator[list[str]]:
        try:
            text = page.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise self.build_error(f"page {number} is not in UTF-8") from error
        return csv.reader(io.StringIO(text, newline=""), strict=True)


def parse_axes(body: Body) -> ViewAxes:
    """Parse the axes of a view; empty ones are left out (§2.1)."""

    def parse(key: str) -> tuple[NamedObject, ...]:
        return tuple(_replies.parse_named(one) for one in _replies.items(body, key))

    return ViewAxes(rows=parse("rows"), columns=parse("columns"), pages=parse("pages"))


def parse_item_rows(body: Body) -> list[dict[str, str]]:
    """Parse a list's items as the rows that a large read gives: what is missing is not there."""
    return [_parse_item_row(one) for one in _replies.items(body, "listItems")]


def _parse_item_row(entry: Body) -> dict[str, str]:
    row = {name: _replies.text(entry, name) for name in _ITEM_COLUMNS}
    for part in ("subsets", "properties"):
        values = entry.get(part)
        if isinstance(values, dict):
            row |= {name: _write(value) for name, value in values.items() if value is not None}
    return row


def _write(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
