"""Rows and whole loads for the tests, said in one line."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ml_connector.ledger import (
    Landed,
    Ledger,
    Load,
    RowProblem,
    Run,
    Scope,
    Sending,
    Settled,
    StagedRow,
    TaskOutcome,
    TaskRecord,
    row_digest,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_connector.ledger import RenderAnew


def make_row(
    key: str,
    name: str = "x",
    *,
    amount: str = "1.00",
    checksum: int = 0,
    deleted: bool = False,
) -> StagedRow:
    """A row of two cells."""
    content = (key, name)
    return StagedRow(
        row_key=key,
        content=content,
        digest=row_digest(content),
        amount=Decimal(amount),
        checksum=checksum,
        deleted=deleted,
    )


def refuse(
    key: str, *, status: str = "E", source: str = "import", landed: Landed | None = None
) -> RowProblem:
    """What an import says about a row it does not take."""
    return RowProblem(
        row_key=key, source=source, status=status, reason="not in list", landed=landed
    )


def start_task(ledger: Ledger, *loads: Load, task_id: str = "T1") -> TaskRecord:
    """A task that runs."""
    task = ledger.record_task_intent(
        loads, kind="process", object_id="118", object_name="Load", known_task_ids=["T0"]
    )
    task.record_started(task_id)
    return task


def deliver(
    ledger: Ledger,
    scope: Scope,
    run: Run,
    rows: Sequence[StagedRow],
    *,
    problems: Sequence[RowProblem] = (),
    sending: Sending = Sending.CHANGED,
    render_anew: RenderAnew = lambda _row: None,
) -> Settled | None:
    """One whole load; `None` when there was nothing to send."""
    load = scope.begin_load(run, sending=sending)
    load.stage(rows)
    load.add_ledger_rows(render_anew)
    if load.row_count() == 0:
        load.discard()
        return None
    task = start_task(ledger, load)
    load.record_problems(problems)
    settled = load.settle()
    task.record_judged(TaskOutcome.GOOD)
    return settled


def fail_load(ledger: Ledger, scope: Scope, run: Run, rows: Sequence[StagedRow]) -> None:
    """One load that fails as a whole, after its task was started."""
    load = scope.begin_load(run)
    load.stage(rows)
    load.add_ledger_rows()
    task = start_task(ledger, load)
    load.fail("the task ended CANCELLED")
    task.record_judged(TaskOutcome.FAILED)


def sent_keys(
    scope: Scope,
    run: Run,
    rows: Sequence[StagedRow],
    *,
    render_anew: RenderAnew = lambda _row: None,
) -> dict[str, str]:
    """What a load of `rows` would send: key and name, in order; the load is discarded."""
    load = scope.begin_load(run)
    load.stage(rows)
    load.add_ledger_rows(render_anew)
    sent = {row.row_key: row.content[1] for row in load.iterate_rows()}
    load.discard()
    return sent
