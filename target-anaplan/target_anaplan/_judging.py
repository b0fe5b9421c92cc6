"""What a finished import says about each row: accepted, rejected, partly loaded, or unaccounted.

Pure: task results and dumps in, verdicts out. A green task proves nothing by itself and a red one
does not either (Anaplan sheet §5.2, §5.5): an import is accounted for when its own counts add up
to the rows that were sent, and its dump names every row that it counted as failed or warned.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


class DumpLine(Protocol):
    """A row of a dump: `E` or `W`, the source columns by header, the physical line, the reasons."""

    @property
    def status(self) -> str:
        """`E` for rejected, `W` for loaded with something left out."""
        ...

    @property
    def values(self) -> Mapping[str, str]:
        """Source columns by header text, `Column N` where the header is blank."""
        ...

    @property
    def line(self) -> int | None:
        """Physical line of the uploaded file, counted from 1, header included."""
        ...

    @property
    def errors(self) -> Sequence[str]:
        """Anaplan's own reasons."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Row counts of one import; `None` where the result did not say."""

    succeeded: int | None = None
    warned: int | None = None
    failed: int | None = None
    ignored: int | None = None
    total: int | None = None

    @property
    def known(self) -> bool:
        """Whether the result counted rows at all."""
        return any(
            count is not None
            for count in (self.succeeded, self.warned, self.failed, self.ignored, self.total)
        )

    @property
    def accounted(self) -> int | None:
        """Rows whose fate is counted: the total if given, else the parts' sum if all are given."""
        parts = (self.succeeded, self.warned, self.failed, self.ignored)
        known = [part for part in parts if part is not None]
        if len(known) == len(parts):
            return sum(known)
        return self.total


NAMES: Final = {
    "succeeded": re.compile(r"^(success|succeeded|successful)(row)?s?count$"),
    "warned": re.compile(r"^warnings?(row)?s?count$"),
    "failed": re.compile(r"^(failed|failure|rejected|invalidrow|error)(row)?s?count$"),
    "ignored": re.compile(r"^ignored(row)?s?count$"),
    "total": re.compile(r"^total(row)?s?count$"),
}
"""How results name row counts. Cell counts (`…CellCount`) and created/updated are not these."""


def parse_counts(values: Iterable[Mapping[str, str]]) -> Counts:
    """Read row counts from the key/value lists of a result's details, wherever they stand.

    The keys of list imports are documented; those of module imports are not (sheet §5.3, I), so
    they are read by name, never by position. Several details are added up.
    """
    found: dict[str, int] = {}
    for detail in values:
        for key, value in detail.items():
            name = _count_name(key)
            if name is not None and value.strip().isdigit():
                found[name] = found.get(name, 0) + int(value)
    return Counts(**found)


def _count_name(key: str) -> str | None:
    plain = key.lower().replace("_", "")
    return next((name for name, pattern in NAMES.items() if pattern.match(plain)), None)


class ImportKind(StrEnum):
    """What an import fills: it decides what a refusal leaves behind."""

    LIST = "list"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOutcome:
    """One import's part of a task's result."""

    import_id: str
    name: str
    kind: ImportKind
    successful: bool
    dump_available: bool
    counts: Counts
    messages: tuple[str, ...] = ()

    @property
    def needs_dump(self) -> bool:
        """Whether a row may have been named in a dump."""
        return self.dump_available or bool(self.counts.failed) or bool(self.counts.warned)


def find_unaccounted(
    outcome: ImportOutcome, dump: Sequence[DumpLine] | None, *, rows_sent: int
) -> str | None:
    """Say why the import as a whole cannot be believed, or return `None`.

    `dump` is `None` when it was not there. Whatever this names is resent by the next run.
    """
    if not outcome.successful and not outcome.counts.known:
        return "it failed: " + ("; ".join(outcome.messages) or "no reason given")
    accounted = outcome.counts.accounted
    if accounted is not None and accounted != rows_sent:
        return f"it accounts for {accounted} rows, {rows_sent} were sent"
    return _find_missing_dump(outcome, dump)


def _find_missing_dump(outcome: ImportOutcome, dump: Sequence[DumpLine] | None) -> str | None:
    if not outcome.needs_dump:
        return None
    failed = outcome.counts.failed or 0
    warned = outcome.counts.warned or 0
    if dump is None:
        if outcome.counts.known and not failed and not warned:
            return None
        return (
            f"it rejected {failed} rows and warned of {warned}, but the list that names them"
            " (the dump) is gone"
        )
    rejected = sum(1 for row in dump if row.status == "E")
    partly = len(dump) - rejected
    if rejected < failed or partly < warned:
        return (
            f"it rejected {failed} rows and warned of {warned}, but its dump names only"
            f" {rejected} and {partly}"
        )
    return None


class Landed(StrEnum):
    """What of a row stands in the model after the imports."""

    ALL = "all"
    ITEM = "item"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowVerdict:
    """What one import said against one row."""

    import_name: str
    status: str
    reason: str
    landed: Landed


@dataclass(slots=True)
class DumpIndex:
    """Dump rows of all imports of one file, found by the columns that identify a row."""

    headers: tuple[str, ...]
    join_columns: tuple[int, ...]
    first_data_row: int
    _by_values: dict[tuple[str, ...], list[RowVerdict]] = field(default_factory=dict)
    _lines: dict[tuple[str, ...], int] = field(default_factory=dict)
    _matched: set[tuple[str, ...]] = field(default_factory=set)

    def add(self, outcome: ImportOutcome, dump: Iterable[DumpLine], *, item: ImportKind) -> None:
        """Index the rows of one import's dump; `item` says whether a list import stands before."""
        for row in dump:
            key = self._dump_key(row)
            verdict = RowVerdict(
                import_name=outcome.name,
                status="E" if row.status == "E" else "W",
                reason="; ".join(row.errors) or "no reason given",
                landed=_landed(outcome.kind, row.status, item),
            )
            self._by_values.setdefault(key, []).append(verdict)
            if row.line is not None:
                self._lines[key] = row.line

    @property
    def is_empty(self) -> bool:
        """Whether no import said anything against any row."""
        return not self._by_values

    def find(self, content: Sequence[str]) -> list[RowVerdict]:
        """Return what was said against this row of the file."""
        key = tuple(content[column].strip() for column in self.join_columns)
        if key in self._by_values:
            self._matched.add(key)
        return self._by_values.get(key, [])

    def unmatched_lines(self) -> dict[int, list[RowVerdict]]:
        """Dump rows that no row claimed, by physical line, for a second look."""
        return {
            self._lines.get(key, -position): verdicts
            for position, (key, verdicts) in enumerate(self._by_values.items())
            if key not in self._matched
        }

    def _dump_key(self, row: DumpLine) -> tuple[str, ...]:
        names = [self.headers[column] or f"Column {column + 1}" for column in self.join_columns]
        return tuple(row.values.get(name, "").strip() for name in names)


def _landed(kind: ImportKind, status: str, item: ImportKind) -> Landed:
    if status != "E":
        return Landed.ALL
    if kind is ImportKind.OTHER and item is ImportKind.LIST:
        return Landed.ITEM
    return Landed.NONE


def number_lines(
    rows: Iterable[Sequence[str]], *, first_data_row: int
) -> Iterator[tuple[int, Sequence[str]]]:
    """Pair each row of the file with its physical line, line ends inside values counted."""
    line = first_data_row
    for content in rows:
        yield line, content
        line += 1 + sum(value.count("\n") for value in content)
