"""What an import did, row by row, and the dump that says so."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum


class RowState(Enum):
    """The status letter of a dump row (Anaplan sheet §5.4)."""

    REJECTED = "E"
    WARNED = "W"


@dataclass
class RowProblem:
    """A source row that was not loaded, or not in full."""

    state: RowState
    fields: list[str]
    line: int
    messages: list[str]


@dataclass(frozen=True, kw_only=True)
class Detail:
    """One entry of a task result's `details`."""

    type: str
    text: str
    values: dict[str, str] = field(default_factory=dict)
    occurrences: int = 0


@dataclass
class ImportOutcome:
    """Counts, problems and verdict of one import."""

    target: str
    headers: list[str] = field(default_factory=list)
    created: int = 0
    updated: int = 0
    warned_created: int = 0
    warned_updated: int = 0
    ignored: int = 0
    changed: int = 0
    """Rows or cells whose content became another one."""
    problems: list[RowProblem] = field(default_factory=list)
    codes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often each (detail code, its message without the value) occurred."""
    unmapped: list[str] = field(default_factory=list)
    """Columns the import warns of, for they are neither mapped nor ignored explicitly."""
    failure: Detail | None = None
    """Why the import failed as a whole; nothing was loaded then."""

    @property
    def is_successful(self) -> bool:
        """Whether the import ran; rows may have been rejected all the same (§5.2)."""
        return self.failure is None

    @property
    def rejected(self) -> int:
        """Rows not loaded."""
        return sum(problem.state is RowState.REJECTED for problem in self.problems)

    @property
    def warned(self) -> int:
        """Rows loaded with something left out."""
        return self.warned_created + self.warned_updated

    @property
    def is_perfect(self) -> bool:
        """Whether every row was loaded in full."""
        clean = not self.problems and not self.ignored and not self.unmapped
        return self.is_successful and clean

    def fail(self, code: str, text: str) -> ImportOutcome:
        """Mark the import as failed as a whole."""
        self.failure = Detail(type=code, text=text)
        return self

    def note(self, code: str, message: str) -> None:
        """Count an occurrence of a detail code."""
        self.codes[code, message.split(":", 1)[0]] += 1


def render_dump(outcome: ImportOutcome, *, encoding: str = "UTF-8") -> bytes:
    """Write the dump: status, source columns, physical line, errors; all fields quoted (§5.4).

    Which encoding Anaplan writes is open (§11, 26); what it does not hold becomes `?`.
    """
    widest = max((len(problem.messages) for problem in outcome.problems), default=1)
    header = [
        "_Status_",
        *(name or f"Column {number}" for number, name in enumerate(outcome.headers, start=1)),
        "_Line_",
        *(f"_Error_{number}_" for number in range(1, widest + 1)),
    ]
    lines = [_render_line(header)]
    width = len(outcome.headers)
    for problem in outcome.problems:
        fields = (problem.fields + [""] * width)[:width]
        errors = problem.messages + [""] * (widest - len(problem.messages))
        lines.append(_render_line([problem.state.value, *fields, str(problem.line), *errors]))
    return "".join(lines).encode(encoding, errors="replace")


def _render_line(fields: list[str]) -> str:
    return ",".join('"' + field.replace('"', '""') + '"' for field in fields) + "\n"
