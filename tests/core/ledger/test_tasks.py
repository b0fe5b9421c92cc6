"""Goal: a run killed anywhere leaves a ledger from which the next run knows what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ml_connector.errors import LedgerError
from ml_connector.ledger import Ledger, LoadState, ModelKey, Run, Scope, TaskOutcome

from tests.core.ledger.rows import deliver, make_row, sent_keys, start_task

if TYPE_CHECKING:
    from collections.abc import Callable

MODEL = ModelKey(workspace="W", model="M")


def test_task_is_found_again_with_everything_needed_to_judge_it(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    load = scope.begin_load(run, plan="the plan")
    load.stage([make_row("a")])
    ledger.record_task_intent(
        [load], kind="process", object_id="118", object_name="Load", known_task_ids=["T0", "T9"]
    )

    (task,) = ledger.unfinished_tasks(MODEL)

    assert (task.kind, task.object_id, task.object_name) == ("process", "118", "Load")
    assert task.known_task_ids == {"T0", "T9"}
    assert task.task_id is None
    assert ledger.open_load(task.load_ids[0]).plan == "the plan"


def test_started_task_is_found_with_its_id_until_it_is_judged(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    load = scope.begin_load(run)
    load.stage([make_row("a")])
    start_task(ledger, load, task_id="T1")
    (found,) = ledger.unfinished_tasks(MODEL)

    ledger.open_load(found.load_ids[0]).settle()
    found.record_judged(TaskOutcome.GOOD)

    assert found.task_id == "T1"
    assert ledger.unfinished_tasks(MODEL) == []
    assert ledger.unsettled_loads(MODEL) == []
    assert sent_keys(scope, run, [make_row("a")]) == {}


def test_rows_staged_without_a_task_are_staged_again(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    killed = scope.begin_load(run)
    killed.stage([make_row("a"), make_row("b", "old")])

    again = scope.begin_load(run)
    again.stage([make_row("b", "new")])

    assert ledger.open_load(killed.load_id).state is LoadState.DISCARDED
    assert [row.content[1] for row in again.iterate_rows()] == ["new"]


def test_task_the_model_never_saw_lets_its_load_be_staged_again(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    load = scope.begin_load(run)
    load.stage([make_row("a")])
    task = ledger.record_task_intent(
        [load], kind="process", object_id="118", object_name="Load", known_task_ids=[]
    )

    task.record_never_started()

    assert load.state is LoadState.STAGING
    assert ledger.unfinished_tasks(MODEL) == []
    assert sent_keys(scope, run, []) == {}


def test_load_read_by_an_earlier_task_stays_started(ledger: Ledger, scope: Scope, run: Run) -> None:
    load = scope.begin_load(run)
    load.stage([make_row("a")])
    start_task(ledger, load).record_judged(TaskOutcome.GOOD)
    second = ledger.record_task_intent(
        [load], kind="import", object_id="112", object_name="SYS", known_task_ids=["T1"]
    )

    second.record_never_started()

    assert load.state is LoadState.STARTED
    assert [found.load_id for found in ledger.unsettled_loads(MODEL)] == [load.load_id]


def test_new_load_waits_for_the_judgement_of_a_started_one(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    load = scope.begin_load(run)
    load.stage([make_row("a")])
    start_task(ledger, load)

    with pytest.raises(LedgerError, match="never judged"):
        scope.begin_load(run)


def test_one_process_reads_several_loads(
    ledger: Ledger, open_scope: Callable[..., Scope], run: Run
) -> None:
    loads = [open_scope(name).begin_load(run) for name in ("vendors", "lines")]
    for load in loads:
        load.stage([make_row("a")])

    task = start_task(ledger, *loads)

    assert task.load_ids == tuple(load.load_id for load in loads)


def test_task_id_cannot_change(ledger: Ledger, scope: Scope, run: Run) -> None:
    load = scope.begin_load(run)
    load.stage([make_row("a")])
    task = start_task(ledger, load, task_id="T1")
    task.record_started("T1")

    with pytest.raises(LedgerError, match="cannot be recorded as started"):
        task.record_started("T2")


def test_task_is_judged_once(ledger: Ledger, scope: Scope, run: Run) -> None:
    load = scope.begin_load(run)
    load.stage([make_row("a")])
    task = start_task(ledger, load)
    task.record_judged(TaskOutcome.FAILED, details="x")

    with pytest.raises(LedgerError, match="judged"):
        task.record_judged(TaskOutcome.GOOD)
    with pytest.raises(LedgerError, match="never started"):
        task.record_never_started()


def test_task_over_an_ended_load_is_refused(ledger: Ledger, scope: Scope, run: Run) -> None:
    load = scope.begin_load(run)
    load.discard()

    with pytest.raises(LedgerError, match="has ended"):
        start_task(ledger, load)
    with pytest.raises(LedgerError, match="no load"):
        start_task(ledger)


def test_marks_of_a_model_are_kept(ledger: Ledger, run: Run) -> None:
    ledger.save_marks(MODEL, run, {"serial": 12, "list:Vendors": 100})
    ledger.save_marks(MODEL, run, {"serial": 13})

    assert ledger.read_marks(MODEL) == {"serial": 13, "list:Vendors": 100}


def test_known_scopes_can_be_looked_at_without_knowing_their_columns(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row("a")])

    ((name, found),) = ledger.known_scopes()

    assert (name.destination, name.workspace, name.model, name.load) == (
        "anaplan",
        "W",
        "M",
        "vendors",
    )
    assert found.belief().rows == 1
