"""What a finished import says about each row: accepted, rejected, partly loaded, or unaccounted.

Pure: task results and dumps in, verdicts out. A green task proves nothing by itself and a red one
does not either (Anaplan sheet §5.2, §5.5): an import is accounted for when its own counts add up
to the rows that were sent, and its dump names every row that it counted as failed or warned.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from ml_connector.ledger import Landed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ml_connector.anaplan import ActionResult, DumpRow, RowCounts


class ImportKind(StrEnum):
    """What an import fills: it decides what a refusal leaves behind."""

    LIST = "list"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedImport:
    """An import that reads a load's file."""

    id: str
    name: str
    kind: ImportKind


def needs_dump(result: ActionResult) -> bool:
    """Whether a row may have been named in a dump."""
    return result.dump_available or bool(result.counts.failed) or bool(result.counts.warned)


def count_accounted(counts: RowCounts) -> int | None:
    """Count the rows whose fate is told; `None` when the result does not count rows."""
    parts = (counts.succeeded, counts.warned, counts.failed, counts.ignored)
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else counts.total


def find_unaccounted(
    result: ActionResult, dump: Sequence[DumpRow] | None, *, rows_sent: int
) -> str | None:
    """Say why the import as a whole cannot be believed, or return `None`.

    `dump` is `None` when it was not there. Whatever this names is resent by the next run.
    """
    accounted = count_accounted(result.counts)
    if accounted is None and not result.successful:
        return f"it failed: {result.explanation or 'Anaplan gives no reason'}"
    if accounted is not None and accounted != rows_sent:
        return f"it accounts for {accounted} rows, {rows_sent} were sent"
    return _find_missing_dump(result, dump) if needs_dump(result) else None


def _find_missing_dump(result: ActionResult, dump: Sequence[DumpRow] | None) -> str | None:
    failed = result.counts.failed or 0
    warned = result.counts.warned or 0
    if dump is None:
        if count_accounted(result.counts) is not None and not failed and not warned:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RowVerdict:
    """What one import said against one row; `landed` is what of it stands in the model."""

    import_name: str
    status: str
    reason: str
    landed: Landed


@dataclass(slots=True)
class DumpIndex:
    """Dump rows of one import, found by the columns that identify a row of the file."""

    headers: tuple[str, ...]
    join_columns: tuple[int, ...]
    _rows: dict[tuple[str, ...], list[tuple[int, RowVerdict]]] = field(default_factory=dict)
    _matched: set[tuple[str, ...]] = field(default_factory=set)

    def add(
        self, action: PlannedImport, dump: Iterable[DumpRow], *, behind_list: bool = False
    ) -> None:
        """Index the dump of `action`; `behind_list` when a list import took the rows before."""
        for row in dump:
            rejected = row.status == "E"
            item_stands = behind_list and action.kind is ImportKind.OTHER
            verdict = RowVerdict(
                import_name=action.name,
                status="E" if rejected else "W",
                reason="; ".join(row.errors) or "no reason given",
                landed=_landed(rejected=rejected, item_stands=item_stands),
            )
            self._rows.setdefault(self._dump_key(row), []).append((row.line, verdict))

    @property
    def is_empty(self) -> bool:
        """Whether the import said nothing against any row."""
        return not self._rows

    def find(self, content: Sequence[str]) -> list[RowVerdict]:
        """Return what was said against this row of the file."""
        key = tuple(content[column].strip() for column in self.join_columns)
        found = self._rows.get(key)
        if found is None:
            return []
        self._matched.add(key)
        return [verdict for _, verdict in found]

    def unmatched_lines(self) -> dict[int, list[RowVerdict]]:
        """Dump rows that no row claimed, by physical line, for a second look."""
        left: dict[int, list[RowVerdict]] = {}
        for key, found in self._rows.items():
            if key not in self._matched:
                for line, verdict in found:
                    left.setdefault(line, []).append(verdict)
        return left

    def _dump_key(self, row: DumpRow) -> tuple[str, ...]:
        names = [self.headers[column] or f"Column {column + 1}" for column in self.join_columns]
        return tuple(row.values.get(name, "").strip() for name in names)


def _landed(*, rejected: bool, item_stands: bool) -> Landed:
    if not rejected:
        return Landed.ALL
    return Landed.ITEM if item_stands else Landed.NONE
