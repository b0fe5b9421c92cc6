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
    from collections.abc import Sequence

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


@dataclass(slots=True)
class DumpCounts:
    """How many rows a dump named as rejected, and as partly loaded."""

    rejected: int = 0
    partly: int = 0

    def add(self, status: str) -> None:
        """Count one more row."""
        if status == "E":
            self.rejected += 1
        else:
            self.partly += 1


def find_unaccounted(
    result: ActionResult, dump: DumpCounts | None, *, rows_sent: int
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


def _find_missing_dump(result: ActionResult, dump: DumpCounts | None) -> str | None:
    failed = result.counts.failed or 0
    warned = result.counts.warned or 0
    if dump is None:
        if count_accounted(result.counts) is not None and not failed and not warned:
            return None
        return (
            f"it rejected {failed} rows and warned of {warned}, but the list that names them"
            " (the dump) is gone"
        )
    if dump.rejected < failed or dump.partly < warned:
        return (
            f"it rejected {failed} rows and warned of {warned}, but its dump names only"
            f" {dump.rejected} and {dump.partly}"
        )
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowVerdict:
    """What one import said against one row; `landed` is what of it stands in the model."""

    import_name: str
    status: str
    reason: str
    landed: Landed


def judge_dump_row(
    row: DumpRow, action: PlannedImport, *, fills_both: bool = False, has_amount: bool = True
) -> RowVerdict:
    """Say what a dump row means.

    `fills_both` when one import of the load fills a list and another its cells: what one of them
    refuses says nothing of the other. `has_amount` when the row's amount is a number. Which cells
    of a row were left out only the words of a message say, and those differ from tenant to tenant
    (Anaplan sheet §5.4): the amount was left out if it is no number.
    """
    rejected, fills_cells = row.status == "E", action.kind is ImportKind.OTHER
    return RowVerdict(
        import_name=action.name,
        status="E" if rejected else "W",
        reason="; ".join(row.errors) or "no reason given",
        landed=_landed(
            rejected=rejected,
            fills_cells=fills_cells,
            fills_both=fills_both,
            has_amount=has_amount,
        ),
    )


@dataclass(slots=True)
class DumpIndex:
    """Dump rows of one import whose key alone did not tell the row of the load.

    Of each only its identifying columns, its line and the verdict are kept, equal verdicts once.
    """

    headers: tuple[str, ...]
    join_columns: tuple[int, ...]
    _verdicts: dict[RowVerdict, RowVerdict] = field(default_factory=dict)
    _rows: dict[tuple[str, ...], list[tuple[int, RowVerdict]]] = field(default_factory=dict)
    _matched: set[tuple[str, ...]] = field(default_factory=set)

    def add(self, key: tuple[str, ...], line: int, verdict: RowVerdict) -> None:
        """Keep a verdict for a second look."""
        same = self._verdicts.setdefault(verdict, verdict)
        self._rows.setdefault(key, []).append((line, same))

    def key_of(self, row: DumpRow) -> tuple[str, ...]:
        """Return the identifying columns of a dump row."""
        names = [self.headers[column] or f"Column {column + 1}" for column in self.join_columns]
        return tuple(row.values.get(name, "").strip() for name in names)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left for a second look."""
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


def _landed(*, rejected: bool, fills_cells: bool, fills_both: bool, has_amount: bool) -> Landed:
    if not rejected:
        return Landed.ALL if has_amount or not fills_cells else Landed.ITEM
    if not fills_both:
        return Landed.NONE
    # An item that a list import refuses may stand there already, and its cells are filled all the
    # same. When there is none, the import of the cells refuses the row as well.
    return Landed.ITEM if fills_cells else Landed.ALL
