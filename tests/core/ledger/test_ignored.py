"""Goal: what a model ignored is told once, by the first run that comes to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ml_connector.ledger import Ledger, ModelKey, Scope, Sending

from tests.core.ledger.rows import make_row, start_task

if TYPE_CHECKING:
    from ml_connector.ledger import Run

MODEL = ModelKey(workspace="W", model="M")


def start_run(ledger: Ledger) -> Run:
    return ledger.start_run(plugin="target-anaplan", version="0", subject="W/M")


def load(
    ledger: Ledger, scope: Scope, run: Run, *, ignored: int, sending: Sending = Sending.CHANGED
) -> None:
    one = scope.begin_load(run, sending=sending)
    one.stage([make_row("a", str(run.run_id))])
    start_task(ledger, one, task_id=f"T{run.run_id}")
    one.record_counts(rows_ignored=ignored)
    one.record_counts(rows_ignored=0)
    one.settle()


@pytest.mark.parametrize("exit_code", [None, 1, -9], ids=["killed", "failed", "signal"])
def test_it_is_untold_while_no_run_came_to_its_end(
    ledger: Ledger, scope: Scope, exit_code: int | None
) -> None:
    first, second = start_run(ledger), start_run(ledger)
    load(ledger, scope, first, ignored=2)
    if exit_code is not None:
        first.finish("failed", exit_code=exit_code)

    load(ledger, scope, second, ignored=1)

    assert ledger.count_untold_ignored(MODEL) == {"vendors": 3}


@pytest.mark.parametrize("exit_code", [0, 3])
def test_a_run_that_came_to_its_end_has_told(ledger: Ledger, scope: Scope, exit_code: int) -> None:
    run = start_run(ledger)
    load(ledger, scope, run, ignored=2)

    run.finish("told", exit_code=exit_code)

    assert ledger.count_untold_ignored(MODEL) == {}


def test_what_is_sent_as_a_whole_stands_for_what_was_before(ledger: Ledger, scope: Scope) -> None:
    load(ledger, scope, start_run(ledger), ignored=2)

    load(ledger, scope, start_run(ledger), ignored=2, sending=Sending.ALL)

    assert ledger.count_untold_ignored(MODEL) == {"vendors": 2}
