"""From a finished task to the ledger: problems per row, then a load settled or failed."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec
from ml_connector.anaplan import ActionResult, TaskKind
from ml_connector.events import event
from ml_connector.ledger import RowProblem
from ml_connector.wire import decode_as, encode_json

from target_anaplan._figures import read_number
from target_anaplan._judging import (
    DumpCounts,
    DumpIndex,
    ImportKind,
    PlannedImport,
    find_unaccounted,
    judge_dump_row,
    needs_dump,
)
from target_anaplan._mapping import join_key
from target_anaplan._rendering import FileFormat, find_unwritable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ml_connector.anaplan import AnaplanClient, DumpRow, Task
    from ml_connector.ledger import Load, LoadedRow, Scope

    from target_anaplan._judging import RowVerdict
    from target_anaplan._mapping import RowMapping
    from target_anaplan._preflight import LoadPlan

log = logging.getLogger(__name__)

HERE: Final = "target-anaplan"
"""The source of problems that this target found itself, before sending."""
BATCH_PROBLEMS: Final = 1000
EXAMPLES_MAX: Final = 3


class StoredPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger keeps with a load, so that any later run can judge its task.

    `rules` say how each column was filled, for a run with other columns; `amount_column` is the
    position of the column that the control counts.
    """

    file_name: str
    format: FileFormat
    join_columns: tuple[int, ...]
    imports: tuple[PlannedImport, ...]
    rules: tuple[str, ...] = ()
    amount_column: int | None = None
    decimal_separator: str = "."

    @property
    def last_import_id(self) -> str:
        """The import after which the load is complete."""
        return _in_order(self.imports)[-1].id


def encode_plan(plan: LoadPlan, key_properties: Sequence[str]) -> str:
    """Write down what judging needs."""
    stored = StoredPlan(
        file_name=plan.file_name,
        format=plan.format,
        join_columns=plan.mapping.find_key_columns(key_properties),
        imports=plan.imports,
        rules=plan.mapping.rules,
        amount_column=plan.mapping.amount_column,
        decimal_separator=plan.mapping.decimal_separator,
    )
    return encode_json(stored).decode()


def decode_plan(load: Load) -> StoredPlan:
    """Read what was written down when the load began."""
    return read_plan(load.plan)


def read_plan(text: str) -> StoredPlan:
    """Read what `encode_plan` wrote."""
    return decode_as(text, StoredPlan)


def find_known_key(scope: Scope, mapping: RowMapping) -> tuple[str, ...]:
    """Return the properties by which the load's rows were known last; none when nobody knows."""
    plan = scope.last_plan()
    if not plan:
        return ()
    stored = read_plan(plan)
    headers = [stored.format.headers[column] for column in stored.join_columns]
    known = dict(zip(mapping.headers, mapping.fields, strict=True))
    return tuple(known[header] for header in headers if header in known)


def _in_order(imports: Sequence[PlannedImport]) -> list[PlannedImport]:
    return sorted(imports, key=lambda one: one.kind is not ImportKind.LIST)


def dump_fetcher(
    client: AnaplanClient, kind: TaskKind, object_id: str, task_id: str
) -> Callable[[str], Iterable[DumpRow]]:
    """Return a function from import id to its dump; empty when Anaplan has none (any more)."""

    def fetch(import_id: str) -> Iterable[DumpRow]:
        if kind is TaskKind.PROCESS:
            return client.fetch_process_dump(object_id, task_id, import_id)
        return client.fetch_dump(import_id, task_id)

    return fetch


def results_by_import(task: Task, target_id: str) -> dict[str, ActionResult]:
    """Return each action's result by its id; an import's own task is known by the task's target."""
    if task.nested:
        return {result.object_id: result for result in task.nested}
    return {target_id: task.result} if task.result else {}


def explain_whole_failure(task: Task) -> str | None:
    """Say why a task that did not complete loaded nothing for certain, or return `None`."""
    if task.is_complete:
        return None
    said = task.result.explanation if task.result else ""
    return f"its task ended {task.state}" + (f": {said}" if said else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadVerdict:
    """What came of a load's imports: a failure of the whole, or rows that the model ignored."""

    failure: str | None
    rows_ignored: int


def record_verdicts(
    load: Load,
    stored: StoredPlan,
    results: Mapping[str, ActionResult],
    fetch_dump: Callable[[str], Iterable[DumpRow]],
    *,
    rows_sent: int | None = None,
) -> LoadVerdict:
    """Record what the imports in `results` said about each row; the load is not settled yet.

    `rows_sent` spares reading every row when it is known and nothing was said against any.

    Imports of the load that are not in `results` did not run, which fails the load, unless the
    caller judges them one at a time (each call then brings one).
    """
    checks = []
    for action in _in_order(stored.imports):
        result = results.get(action.id)
        if result is not None:
            index = DumpIndex(headers=stored.format.headers, join_columns=stored.join_columns)
            dump = fetch_dump(action.id) if needs_dump(result) else ()
            counts = _take_dump(load, stored, action, dump=dump, index=index)
            checks.append((action, result, counts, index))
    indexes = [index for *_, index in checks]
    if rows_sent != load.row_count() or not all(index.is_empty for index in indexes):
        rows_sent = _record_problems(load, stored, indexes)
    failures = [
        f"{action.name}: {problem}"
        for action, result, counts, _ in checks
        if (problem := find_unaccounted(result, counts, rows_sent=rows_sent))
    ]
    failures += [
        f"{action.name}: its dump names rows that were not sent"
        for action, _, _, index in checks
        if not _match_by_line(load, stored, index)
    ]
    ignored = max((result.counts.ignored or 0 for _, result, _, _ in checks), default=0)
    return LoadVerdict(failure="; ".join(failures) or None, rows_ignored=ignored)


def _take_dump(
    load: Load,
    stored: StoredPlan,
    action: PlannedImport,
    *,
    dump: Iterable[DumpRow],
    index: DumpIndex,
) -> DumpCounts | None:
    """Record a dump as it arrives, a batch in memory; `None` when it is empty.

    Dump rows whose key is of no row of the load are left in `index` for a second look.
    """
    fills_both = len({one.kind for one in stored.imports}) > 1
    counts = DumpCounts()
    rows = iter(dump)
    while batch := list(islice(rows, BATCH_PROBLEMS)):
        judged = [
            (
                index.key_of(row),
                row.line,
                judge_dump_row(
                    row,
                    action,
                    fills_both=fills_both,
                    has_amount=_has_amount(stored, row),
                ),
            )
            for row in batch
        ]
        problems = [_problem(join_key(key), verdict) for key, _, verdict in judged]
        unknown = set(load.record_problems(problems))
        for key, line, verdict in judged:
            counts.add(verdict.status)
            if join_key(key) in unknown:
                index.add(key, line, verdict)
    return counts if counts.rejected or counts.partly else None


def _has_amount(stored: StoredPlan, row: DumpRow) -> bool:
    """Whether the row's amount is a number that Anaplan takes; so when there is no amount."""
    if stored.amount_column is None:
        return True
    text = row.values.get(stored.format.headers[stored.amount_column], "")
    return read_number(text, decimal_separator=stored.decimal_separator) is not None


def _problem(row_key: str, verdict: RowVerdict) -> RowProblem:
    return RowProblem(
        row_key=row_key,
        source=verdict.import_name,
        status=verdict.status,
        reason=verdict.reason,
        landed=verdict.landed,
    )


def iterate_sent(load: Load, file_format: FileFormat) -> Iterator[LoadedRow]:
    """Yield the rows of the load that are in the file: all but those no file can hold."""
    return (row for row in load.iterate_rows() if find_unwritable(file_format, row.content) is None)


def _record_problems(load: Load, stored: StoredPlan, indexes: Sequence[DumpIndex]) -> int:
    sent = 0
    batch: list[RowProblem] = []
    for row in load.iterate_rows():
        unwritable = find_unwritable(stored.format, row.content)
        if unwritable is not None:
            batch.append(
                RowProblem(row_key=row.row_key, source=HERE, status="E", reason=unwritable)
            )
            continue
        sent += 1
        batch += [problem for index in indexes for problem in _problems(row, index)]
        if len(batch) >= BATCH_PROBLEMS:
            load.record_problems(batch)
            batch.clear()
    load.record_problems(batch)
    return sent


def _problems(row: LoadedRow, index: DumpIndex) -> Iterator[RowProblem]:
    for verdict in index.find(row.content):
        yield _problem(row.row_key, verdict)


def _match_by_line(load: Load, stored: StoredPlan, index: DumpIndex) -> bool:
    """Join what the key columns did not by physical line; tell whether nothing is left."""
    left = index.unmatched_lines()
    if not left:
        return True
    rows = iterate_sent(load, stored.format)
    keys = ((row.row_key, row.content) for row in rows)
    pairs = _number(keys, first_data_row=stored.format.first_data_row)
    problems = []
    for line, row_key in pairs:
        problems += [_problem(row_key, verdict) for verdict in left.pop(line, [])]
    load.record_problems(problems)
    return not left


def _number(
    rows: Iterator[tuple[str, tuple[str, ...]]], *, first_data_row: int
) -> Iterator[tuple[int, str]]:
    line = first_data_row
    for row_key, content in rows:
        yield line, row_key
        line += 1 + sum(value.count("\n") for value in content)


def explain_missing_imports(
    stored: StoredPlan, results: Mapping[str, ActionResult], task: Task
) -> str | None:
    """Name the load's imports that the process did not run, or return `None`."""
    missing = [one.name for one in stored.imports if one.id not in results]
    if not missing:
        return None
    said = task.result.explanation if task.result else ""
    return f"its process did not run {', '.join(missing)}" + (f" ({said})" if said else "")


def log_rejects(load: Load) -> None:
    """Log refused rows grouped by reason, with three keys each; values stay in the ledger."""
    groups: dict[tuple[str, str], _Group] = {}
    for reject in load.scope.kept_rejects():
        reason = "; ".join(_reason_for_log(reason) for reason in reject.reasons)
        groups.setdefault((reject.status, reason), _Group()).add(reject.row_key)
    for (status, reason), group in groups.items():
        event(
            log,
            "rows.rejected" if status == "E" else "rows.partly_loaded",
            level=logging.WARNING,
            load=load.name,
            count=group.count,
            reason=reason or "see the ledger",
            examples=", ".join(group.examples),
        )


@dataclass(slots=True)
class _Group:
    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, row_key: str) -> None:
        self.count += 1
        if self.count <= EXAMPLES_MAX:
            self.examples.append(row_key)


def _reason_for_log(reason: str) -> str:
    """Leave out the value that Anaplan puts behind a colon; our own reasons hold none."""
    source, _, said = reason.partition(": ")
    return said if source == HERE else said.partition(": ")[0]
