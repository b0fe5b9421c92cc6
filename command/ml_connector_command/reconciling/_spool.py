"""Holds both sides' lines on disk while they are compared; memory does not grow with them.

A private database without a name: the operating system has nothing to keep of it, however the
process ends.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING, Final, Self

from ml_connector.wire import as_object, decode_json, encode_json

from ml_connector_command.reconciling._areas import Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

BATCH: Final = 500
_SEPARATOR: Final = "\x1f"
_SCHEMA: Final = """
    CREATE TABLE lines (
        side TEXT, id TEXT, grp TEXT, document TEXT, live INTEGER, amount TEXT, second TEXT,
        tied TEXT, content TEXT, digest TEXT, place INTEGER, converted INTEGER,
        PRIMARY KEY (side, id)
    ) WITHOUT ROWID;
    CREATE INDEX line_groups ON lines (grp);
    CREATE TABLE headers (key TEXT PRIMARY KEY, document TEXT) WITHOUT ROWID;
    CREATE TABLE clashes (id TEXT, one TEXT, other TEXT);
    CREATE TRIGGER clashing BEFORE INSERT ON lines WHEN NEW.side = 'sage' BEGIN
        INSERT INTO clashes SELECT id, document, NEW.document FROM lines
        WHERE side = NEW.side AND id = NEW.id AND document <> NEW.document;
    END;
    CREATE TABLE odd (grp TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE thirds (document TEXT PRIMARY KEY, total TEXT, batch INTEGER) WITHOUT ROWID;
"""
_GROUPS: Final = """
    SELECT grp, side, sum(live), exact_sum(amount), exact_sum(second)
    FROM lines GROUP BY grp, side ORDER BY grp, side
"""
_SHARED: Final = """
    SELECT document, group_concat(key, ' and ') FROM (SELECT * FROM headers ORDER BY key)
    GROUP BY document HAVING count(*) > 1
    UNION SELECT id, one || ' and ' || other FROM clashes ORDER BY 1
"""
_IDS: Final = """
    SELECT DISTINCT id FROM lines WHERE grp IN (SELECT grp FROM odd) ORDER BY id
"""
_THIRDS: Final = """
    SELECT document, exact_sum(tied), max(total), count(tied), max(batch), sum(converted) FROM (
        SELECT document, tied, NULL AS total, NULL AS batch, converted FROM lines
        WHERE side = 'sage'
        UNION ALL SELECT document, NULL, total, batch, 0 FROM thirds
    ) GROUP BY document ORDER BY document
"""


class Side(StrEnum):
    """Where a line was read."""

    SAGE = "sage"
    ANAPLAN = "anaplan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Number and sums of one side's lines in a group."""

    lines: int = 0
    amount: Decimal = Decimal(0)
    second: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPair:
    """One group by both sides."""

    group: tuple[str, ...]
    sage: Figures
    anaplan: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePair:
    """One line by both sides; `None` where a side does not have it."""

    id: str
    sage: Line | None
    anaplan: Line | None
    place: int
    """The line's place in what Sage gave; -1 where it gave none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThirdPair:
    """One document: what its lines add up to, and what else Sage says; `None` where it is not."""

    document: str
    lines: Decimal | None
    total: Decimal | None
    batch: int | None = None
    """The batch it was posted from."""
    converted_count: int = 0
    """How many of its lines were converted, and rounded, each by itself."""


class ExactSum:
    """SQLite aggregate: the sum of amounts kept as text, to the last digit."""

    def __init__(self) -> None:
        """Start at zero."""
        self.total = Decimal(0)

    def step(self, value: str | None) -> None:
        """Add one amount; null adds nothing."""
        if value is not None:
            self.total += Decimal(value)

    def finalize(self) -> str:
        """Return the sum in plain notation."""
        return format(self.total, "f")


class Spool:
    """The lines of one area, of both sides."""

    def __init__(self) -> None:
        """Open the database; it has no name and ends with this object."""
        self._database = sqlite3.connect("")
        self._database.executescript(_SCHEMA)
        self._database.create_aggregate("exact_sum", 1, ExactSum)  # type: ignore[arg-type]
        self._waiting: list[tuple[object, ...]] = []
        self._places = 0

    def __enter__(self) -> Self:
        """Hold it for a block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the lines go."""
        self._database.close()

    def add(self, side: Side, line: Line) -> None:
        """Keep a line."""
        self._places += 1
        self._waiting.append(
            (
                side,
                line.id,
                _SEPARATOR.join(line.group),
                line.document,
                line.is_live,
                f"{line.amount:f}",
                f"{line.second:f}",
                None if line.tied is None else f"{line.tied:f}",
                encode_json(line.values).decode(),
                line.digest,
                self._places,
                line.is_converted,
            )
        )
        if len(self._waiting) >= BATCH:
            self._flush()

    def add_header(self, key: str, document: str, *, is_gone: bool) -> None:
        """Keep which number a document has; the last word on it counts."""
        self._database.execute("DELETE FROM headers WHERE key = ?", (key,))
        if not is_gone:
            self._database.execute("INSERT INTO headers VALUES (?, ?)", (key, document))

    def find_shared(self) -> list[tuple[str, str]]:
        """Return the numbers, or ids of lines, that more than one document has, and which those.

        Lines of only one of them can be told apart from the others'.
        """
        self._flush()
        return [(str(name), str(owners)) for name, owners in self._database.execute(_SHARED)]

    def add_third(self, document: str, total: Decimal, *, batch: int | None) -> None:
        """Keep what else Sage says of a document; several amounts of one add up."""
        row = self._database.execute(
            "SELECT total FROM thirds WHERE document = ?", (document,)
        ).fetchone()
        before = Decimal(row[0]) if row else Decimal(0)
        self._database.execute(
            "INSERT OR REPLACE INTO thirds VALUES (?, ?, ?)",
            (document, f"{before + total:f}", batch),
        )

    def list_periods(self) -> list[tuple[str, str]]:
        """Return fiscal years and periods with lines of Sage: the last two of their groups."""
        self._flush()
        query = "SELECT DISTINCT grp FROM lines WHERE side = 'sage'"
        groups = (str(row[0]).split(_SEPARATOR) for row in self._database.execute(query))
        return sorted({(group[-2], group[-1]) for group in groups})

    def untie(self, year: str, period: str) -> None:
        """Compare the lines of a fiscal period with no third figure."""
        self._flush()
        query = "UPDATE lines SET tied = NULL WHERE side = 'sage' AND substr(grp, -?) = ?"
        end = _SEPARATOR.join(("", year, period))
        self._database.execute(query, (len(end), end))

    def compare_groups(self) -> Iterator[GroupPair]:
        """Yield each group with both sides' figures."""
        self._flush()
        with closing(self._database.execute(_GROUPS)) as rows:
            for group, sides in groupby(rows, key=lambda row: str(row[0])):
                found = {
                    Side(side): Figures(lines=n, amount=Decimal(amount), second=Decimal(second))
                    for _, side, n, amount, second in sides
                }
                yield GroupPair(
                    group=tuple(group.split(_SEPARATOR)),
                    sage=found.get(Side.SAGE, Figures()),
                    anaplan=found.get(Side.ANAPLAN, Figures()),
                )

    def compare_lines(self, groups: Iterable[tuple[str, ...]]) -> Iterator[LinePair]:
        """Yield the lines of `groups` that are not alike on both sides."""
        rows = ((_SEPARATOR.join(group),) for group in groups)
        self._database.executemany("INSERT OR IGNORE INTO odd VALUES (?)", rows)
        with closing(self._database.execute(_IDS)) as ids:
            for (line_id,) in ids:
                pair = self._find_pair(str(line_id))
                if not _are_alike(pair):
                    yield pair

    def compare_thirds(self) -> Iterator[ThirdPair]:
        """Yield each document with both of Sage's figures."""
        self._flush()
        with closing(self._database.execute(_THIRDS)) as rows:
            for document, lines, total, count, batch, converted in rows:
                yield ThirdPair(
                    document=str(document),
                    lines=Decimal(lines) if count else None,
                    total=None if total is None else Decimal(total),
                    batch=None if batch is None else int(batch),
                    converted_count=int(converted),
                )

    def has_third(self, document: str) -> bool:
        """Tell whether Sage says something else of a document."""
        query = "SELECT 1 FROM thirds WHERE document = ?"
        return self._database.execute(query, (document,)).fetchone() is not None

    def find_twin(self, line: Line) -> str | None:
        """Return the id of another line of Anaplan that says the same, if there is one."""
        query = (
            "SELECT id FROM lines WHERE side = 'anaplan' AND grp = ? AND content = ? AND id <> ?"
        )
        given = (_SEPARATOR.join(line.group), encode_json(line.values).decode(), line.id)
        row = self._database.execute(query, given).fetchone()
        return str(row[0]) if row else None

    def _find_pair(self, line_id: str) -> LinePair:
        found: dict[Side, tuple[Line, int]] = {}
        query = "SELECT * FROM lines WHERE side = ? AND id = ?"
        for side in Side:
            row = self._database.execute(query, (side, line_id)).fetchone()
            if row is not None:
                found[side] = (_read_line(row), int(row[10]))
        sage, anaplan = found.get(Side.SAGE), found.get(Side.ANAPLAN)
        return LinePair(
            id=line_id,
            sage=sage[0] if sage else None,
            anaplan=anaplan[0] if anaplan else None,
            place=sage[1] if sage else -1,
        )

    def _flush(self) -> None:
        self._database.executemany(
            f"INSERT OR REPLACE INTO lines VALUES ({', '.join('?' * 12)})",  # noqa: S608 - marks only
            self._waiting,
        )
        self._waiting.clear()


def _read_line(row: tuple[object, ...]) -> Line:
    values = as_object(decode_json(str(row[8]).encode()), "values")
    return Line(
        id=str(row[1]),
        group=tuple(str(row[2]).split(_SEPARATOR)),
        document=str(row[3]),
        values={name: str(value) for name, value in values.items()},
        amount=Decimal(str(row[5])),
        second=Decimal(str(row[6])),
        digest=str(row[9]),
    )


def _are_alike(pair: LinePair) -> bool:
    sage, anaplan = pair.sage, pair.anaplan
    if sage is None or anaplan is None:
        there = sage or anaplan
        # A line marked as deleted, without amounts, is as good as none.
        return there is not None and not there.is_live and not (there.amount or there.second)
    return (
        (sage.group, sage.is_live) == (anaplan.group, anaplan.is_live)
        and is_same(sage.amount, anaplan.amount)
        and is_same(sage.second, anaplan.second)
    )


def is_same(one: Decimal, other: Decimal) -> bool:
    """Tell whether two amounts are equal but for binary residue of Anaplan's numbers."""
    return abs(one - other) <= max(Decimal("0.000001"), abs(one) * Decimal("1e-12"))
