"""Goal: killed at any step, the next run brings ledger and model together again.

Method: a model in memory that takes what its tasks bring, a run that is cut off at step N, for
every N, and hypothesis inventing what the source does between the runs.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ml_connector.ledger import Ledger, Load, ModelKey, ScopeKey, TaskOutcome, open_ledger

from tests.core.fakes import FakeClock
from tests.core.ledger.rows import make_row, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

MODEL = ModelKey(workspace="W", model="M")
KEY = ScopeKey(workspace="W", model="M", load="lines", mapping_digest="m")
REFUSED = "refused"


class KilledError(BaseException):
    """What SIGKILL would be: nothing is cleaned up."""


@dataclass
class Steps:
    """Counts the steps of a run and kills it before step `last`."""

    last: int | None = None
    count: int = 0

    def step(self) -> None:
        self.count += 1
        if self.count == self.last:
            raise KilledError


@dataclass
class FakeModel:
    """What a model does: holds rows, runs tasks over the file last uploaded, refuses some."""

    rows: dict[str, str] = field(default_factory=dict)
    file: dict[str, str] = field(default_factory=dict)
    tasks: dict[str, list[str]] = field(default_factory=dict)

    def start_task(self) -> str:
        refused = [key for key, name in self.file.items() if name == REFUSED]
        self.rows.update({k: name for k, name in self.file.items() if name != REFUSED})
        task_id = f"T{len(self.tasks)}"
        self.tasks[task_id] = refused
        return task_id


def finish_earlier_work(ledger: Ledger, model: FakeModel, steps: Steps) -> None:
    """Judge what a killed run left."""
    for task in ledger.unfinished_tasks(MODEL):
        ours = [each for each in model.tasks if each not in task.known_task_ids]
        if not ours:
            task.record_never_started()
            continue
        task.record_started(ours[0])
        for load_id in task.load_ids:
            load = ledger.open_load(load_id)
            if load.state == "started":
                judge(load, model.tasks[ours[0]], steps)
        steps.step()
        task.record_judged(TaskOutcome.GOOD)


def judge(load: Load, refused: list[str], steps: Steps) -> None:
    load.record_problems([refuse(key) for key in refused])
    steps.step()
    load.settle()


def run_once(folder: Path, model: FakeModel, source: Mapping[str, str], steps: Steps) -> None:
    """One run of a target: everything between two steps is one transaction or one call."""
    with open_ledger(folder / "ledger.sqlite3", clock=FakeClock()) as ledger:
        run = ledger.start_run(plugin="target", version="1", subject="W/M")
        steps.step()
        finish_earlier_work(ledger, model, steps)
        steps.step()
        load = ledger.open_scope(KEY).begin_load(run)
        for key, name in source.items():
            steps.step()
            load.stage([make_row(key, name)])
        steps.step()
        load.add_ledger_rows()
        if load.row_count() == 0:
            load.discard()
            return
        steps.step()
        model.file = {row.row_key: row.content[1] for row in load.iterate_rows()}
        steps.step()
        task = ledger.record_task_intent(
            [load], kind="import", object_id="1", object_name="i", known_task_ids=model.tasks
        )
        steps.step()
        task_id = model.start_task()
        steps.step()
        task.record_started(task_id)
        steps.step()
        judge(load, model.tasks[task_id], steps)
        steps.step()
        task.record_judged(TaskOutcome.GOOD)


def check(folder: Path, model: FakeModel, source: Mapping[str, str]) -> None:
    """Model and ledger say the same, and every row of the source is in one or kept."""
    with open_ledger(folder / "ledger.sqlite3", clock=FakeClock()) as ledger:
        scope = ledger.open_scope(KEY)
        believed = {s.row_key: s.content[1] for s in scope.iterate_states() if s.content}
        kept = {reject.row_key for reject in scope.kept_rejects()}
        assert scope.uncertain_row_count() == 0
        assert ledger.unfinished_tasks(MODEL) == []
        assert ledger.unsettled_loads(MODEL) == []
        assert ledger.verify_chain().problem is None
    assert believed == model.rows
    assert kept == {key for key, name in source.items() if name == REFUSED}
    accepted = {key: name for key, name in source.items() if name != REFUSED}
    assert accepted.items() <= model.rows.items()


@pytest.fixture
def folder(tmp_path: Path, migrated_file: Path) -> Path:
    shutil.copy(migrated_file, tmp_path / "ledger.sqlite3")
    return tmp_path


@pytest.mark.parametrize("last", range(1, 20))
def test_run_killed_at_step_n_is_completed_by_the_next(folder: Path, last: int) -> None:
    model = FakeModel()
    run_once(folder, model, {"a": "1", "b": REFUSED, "c": "1"}, Steps())
    source = {"a": "2", "b": REFUSED, "d": REFUSED}

    try:
        run_once(folder, model, source, Steps(last=last))
    except KilledError:
        run_once(folder, model, source, Steps())

    check(folder, model, source)
    assert model.rows == {"a": "2", "c": "1"}


def test_every_step_of_a_run_is_among_those_killed(folder: Path) -> None:
    steps = Steps()

    run_once(folder, FakeModel(), {"a": "2", "b": REFUSED, "d": REFUSED}, steps)

    assert 12 <= steps.count < 20


SOURCES = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["1", "2", REFUSED])),
        st.none() | st.integers(1, 18),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=25, deadline=None)
@given(history=SOURCES)
def test_any_history_of_changes_and_kills_ends_in_agreement(
    migrated_file: Path, history: list[tuple[dict[str, str], int | None]]
) -> None:
    with TemporaryDirectory(ignore_cleanup_errors=True) as made:
        folder, model, source = Path(made), FakeModel(), dict[str, str]()
        shutil.copy(migrated_file, folder / "ledger.sqlite3")
        for changes, last in history:
            source.update(changes)
            try:
                run_once(folder, model, source, Steps(last=last))
            except KilledError:
                run_once(folder, model, source, Steps())

            check(folder, model, source)
