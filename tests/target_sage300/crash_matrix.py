"""Killed, told to stop, or left without an answer, at every point of a run of every mode.

Goal: design §6.1 and §6.2, nothing twice, nothing lost, and state never ahead. Method: a run of two
batches goes to its end and says which points it comes to; then it dies at one of them after the
other, or the answer to one changing call after the other is lost. The next run must come to its
end, and Sage is asked by a client that shares no code with ours. No point is listed anywhere: a
call or a write that is added is killed as well.

A point before a call or a write leaves behind what the write before it left, so it is skipped,
unless it lies between an effect and its record. CRASH_POINTS=all skips none.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from tests.target_sage300.crashing import lies_between
from tests.target_sage300.trials import MODES, Kind, Trial, Work

if TYPE_CHECKING:
    from tests.target_sage300.conftest import Books

EVERYWHERE = os.environ.get("CRASH_POINTS") == "all"
POINTS_MIN = {"open": 20, "ready": 33, "posted": 50}
"""So many points at least a run of each mode dies at: above 300 for three kinds."""
LOST: dict[str, dict[str, Any]] = {
    "never": {"kind": "cut_before"},
    "done": {"kind": "cut_after"},
    "late": {"kind": "late"},
}
"""Three ways to lose an answer: its effect never happens, has happened, or comes after a look."""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither fork nor signals")
class CrashMatrix:
    """The cases of one kind; a file for each kind, so that they are shared out."""

    kind: ClassVar[Kind]

    @pytest.fixture(params=MODES)
    def trial(self, request: pytest.FixtureRequest, books: Books) -> Trial:
        """A run of two batches."""
        return Trial(books, Work(kind=self.kind, post=request.param))

    @pytest.fixture(params=MODES)
    def lone(self, request: pytest.FixtureRequest, books: Books) -> Trial:
        """A run of one batch."""
        return Trial(books, Work(kind=self.kind, post=request.param, entry_count=1))

    def test_killed_at_every_point_the_next_run_completes(self, trial: Trial) -> None:
        indexes = range(len(trial.trail)) if EVERYWHERE else trial.distinct
        between = with_state = 0
        for index in indexes:
            trial.begin()
            ended = trial.die(index)
            between += ended.between_effect_and_record
            with_state += bool(ended.states)
            trial.finish()

        assert len(indexes) >= POINTS_MIN[trial.work.post]
        assert EVERYWHERE or between * 3 >= len(indexes)
        assert with_state

    def test_told_to_stop_it_finishes_what_is_under_way_and_the_next_run_completes(
        self, trial: Trial
    ) -> None:
        for index in trial.edges:
            trial.begin()
            ended = trial.stop(index)
            # What was under way is in the ledger before the process ends.
            assert not lies_between(ended.trail)
            trial.finish()

    @pytest.mark.fault("cut_before", "cut_after", "late")
    @pytest.mark.parametrize("way", LOST)
    def test_without_an_answer_the_line_stands_once(self, lone: Trial, way: str) -> None:
        for number in range(len(lone.effects)):
            lone.begin()
            lone.lose(number, self._lost(way))
            lone.run()
            lone.finish()
            lone.assert_lost()

    @pytest.mark.fault("late")
    def test_killed_before_an_effect_that_comes_late_the_next_run_completes(
        self, lone: Trial
    ) -> None:
        # The other two ways leave what a kill before or after the call leaves.
        for number, index in enumerate(lone.effects):
            lone.begin()
            lone.lose(number, self._lost("late"))
            lone.die(index)
            # The effect comes when the next run has looked, and found nothing.
            lone.assert_lost(pending=1)
            lone.finish()
            lone.assert_lost()

    def _lost(self, way: str) -> dict[str, Any]:
        until = {"until": self.kind.look} if way == "late" else {}
        return {**LOST[way], **until}
