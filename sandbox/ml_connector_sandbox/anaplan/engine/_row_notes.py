"""What became of the rows of a module import, kept by number until the end."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan.engine import _rules
from ml_connector_sandbox.anaplan.engine._outcome import ImportOutcome, RowProblem, RowState

if TYPE_CHECKING:
    from ml_connector_sandbox.anaplan._values import FormatProblem
    from ml_connector_sandbox.anaplan.engine._settings import EngineSettings
    from ml_connector_sandbox.anaplan.engine._source import SourceRows


class RowNotes:
    """Rejected, warned and ignored rows of one run."""

    def __init__(self, outcome: ImportOutcome, settings: EngineSettings) -> None:
        """Note what happens into `outcome`."""
        self._outcome = outcome
        self._settings = settings
        self._warnings: dict[int, list[str]] = defaultdict(list)
        self.rejections: dict[int, list[str]] = defaultdict(list)
        self.ignored: set[int] = set()

    def reject(self, number: int, problem: _rules.Problem) -> None:
        """Note that a row is not loaded."""
        self._outcome.note(*problem)
        self.rejections[number].append(problem[1])

    def leave_out(self, number: int, problem: FormatProblem) -> None:
        """Note a cell that does not fit: the row loads without it, or not at all (§5.4)."""
        self._outcome.note(problem.code, problem.text)
        if _rules.judge_invalid_cell(self._settings) is RowState.REJECTED:
            self.rejections[number].append(problem.text)
        else:
            self._warnings[number].append(problem.text)

    def close(self, source: SourceRows) -> None:
        """Count the rows, and describe those that were not loaded in full."""
        outcome = self._outcome
        outcome.ignored = len(self.ignored - self.rejections.keys() - self._warnings.keys())
        for number in sorted(self.rejections.keys() | self._warnings.keys()):
            rejected = number in self.rejections
            outcome.problems.append(
                RowProblem(
                    RowState.REJECTED if rejected else RowState.WARNED,
                    source.rows[number],
                    source.lines[number],
                    self.rejections.get(number, []) + self._warnings.get(number, []),
                )
            )
            outcome.warned_updated += not rejected
        outcome.updated = len(source.rows) - outcome.ignored - len(outcome.problems)
