"""Random runs that die, lose answers and go on; each can be repeated by its seed.

A seed draws a kind, how far `post` goes, how many entries in how many batches, positions of
switches, answers that are lost or spoilt, the points at which run after run dies, and now and then
that the ledger is lost with it, or an older copy put in its place. Then runs follow until one comes
to its end; every line must stand in Sage once, and one run more must change nothing.
"""

from __future__ import annotations

import random
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.target_sage300.trials import KINDS, MODES, Trial, Work

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.target_sage300.conftest import Books
    from tests.target_sage300.trials import Kind

SWITCHES: dict[str, tuple[Any, ...]] = {
    "nested_creation": ("orphan_header", "first_entries"),
    "unbalanced_entries": ("accepted",),
    "insert_status": (200, 204),
    "empty_status": (200,),
    "order": ("shuffled",),
    "null_literals": (False,),
    "contains": (False,),
    "dates": ("zoneless",),
    "booleans": ("words",),
    "warnings": (True,),
    "next_link_with_top": ("absent",),
    "both_amounts_given": ("both_kept",),
    "journal_line_descriptions": ("blank",),
    "upper_case_codes": (False,),
    "ready_field": ("Status", "either"),
    "ready_shows_in_status": (False,),
    "ready_in_journal_post": ("ignored",),
    "process_spelling": ("abbreviated",),
    "unready_batches": ("skipped", "posted"),
    "posting_moves_stamps": (False,),
    "error_batch_description": ("replaced",),
    "ap_duplicates": ("posted",),
    "ap_ready_in_post": ("ignored",),
    "ap_gl_batches": ("on_request",),
    "ap_undistributed": ("fails_at_posting",),
}
"""Positions that the sandbox does not take by itself, and which leave a way to post."""
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "cut_before"},
    {"kind": "cut_after"},
    {"kind": "late"},
    {"kind": "truncate"},
    {"kind": "error", "status": 429},
    {"kind": "error", "status": 500, "effect": "none"},
    {"kind": "error", "status": 500, "effect": "done"},
    {"kind": "error", "status": 502, "effect": "done"},
    {"kind": "error", "status": 503, "effect": "none"},
    {"kind": "wrong_type", "effect": "done"},
)
"""What becomes of a call that changes something."""
FAULTS_OF_READING: tuple[dict[str, Any], ...] = (
    {"kind": "cut_before"},
    {"kind": "truncate"},
    {"kind": "error", "status": 503},
)
CALLS = {"open": 1, "ready": 2, "posted": 3}
"""How many calls change something for each batch."""
POINTS_BEFORE = 30
"""About so many points has a run before the first of them,"""
POINTS_EACH = 11
"""and so many for each."""
LEDGERS = ("kept",) * 8 + ("older", "lost")
"""What becomes of it, the likelier more often."""
RUNS_MAX = 12


class Death(NamedTuple):
    """How a run ends, if it comes to the point."""

    point: int
    sent: signal.Signals
    ledger: str
    """What becomes of the ledger afterwards."""

    def __str__(self) -> str:
        """Say it in a few words."""
        return f"{self.sent.name} at {self.point} (ledger {self.ledger})"


@dataclass(frozen=True, kw_only=True)
class Case:
    """What a seed draws."""

    seed: int
    work: Work
    switches: dict[str, Any]
    faults: list[dict[str, Any]]
    deaths: list[Death]

    def __str__(self) -> str:
        """Say everything of it in a line."""
        work = self.work
        return (
            f"seed {self.seed}: {work.kind.name}, {work.post}, {work.entry_count} entries,"
            f" batch_lines {work.batch_lines}{', one refused' * work.has_refused},"
            f" switches {self.switches}, faults {self.faults}, {', '.join(map(str, self.deaths))}"
        )


def draw_case(seed: int) -> Case:
    """Draw a case; the same seed always draws the same one."""
    dice = random.Random(seed)  # noqa: S311 - reproducible
    kind = dice.choice(list(KINDS.values()))
    work = Work(
        kind=kind,
        post=dice.choice(list(MODES)),
        entry_count=dice.randint(1, 4),
        batch_lines=dice.choice([2, 2, 4, 99]),
        has_refused=dice.random() < 0.2,
    )
    chosen = dice.sample(sorted(SWITCHES), dice.randint(0, 4))
    batch_count = -(-2 * work.entry_count // work.batch_lines)
    calls = batch_count * CALLS[work.post]
    return Case(
        seed=seed,
        work=work,
        switches={name: dice.choice(SWITCHES[name]) for name in chosen},
        faults=[_draw_fault(dice, kind, calls=calls) for _ in range(dice.randint(0, 3))],
        deaths=[
            Death(
                dice.randrange(POINTS_BEFORE + POINTS_EACH * calls),
                dice.choice([signal.SIGKILL, signal.SIGTERM]),
                dice.choice(LEDGERS),
            )
            for _ in range(dice.randint(1, 4))
        ],
    )


def _draw_fault(dice: random.Random, kind: Kind, *, calls: int) -> dict[str, Any]:
    if dice.randrange(4) == 0:
        # The client that looks what stands in Sage selects nothing, and is left alone.
        where = {"method": "GET", "path": "select=", "after": dice.randrange(40)}
        return {**dice.choice(FAULTS_OF_READING), **where}
    fault = dict(dice.choice(FAULTS))
    if fault["kind"] == "late":
        fault["until"] = kind.look
    changing = {"method": "POST|PATCH", "path": r"^(?!.*\$template)"}
    return {**fault, **changing, "after": dice.randrange(calls)}


_LEDGER: dict[str, Callable[[Trial], None]] = {
    "kept": lambda _trial: None,
    "older": lambda trial: trial.ledger.restore(),
    "lost": lambda trial: trial.ledger.delete(),
}


def play(books: Books, case: Case) -> None:
    """Let it happen, and insist that each line stands once.

    Raises:
        AssertionError: one does not, or no run comes to its end.
    """
    trial = Trial(books, case.work, switches=case.switches)
    trial.begin()
    for fault in case.faults:
        books.fault(**fault)
    for death in case.deaths:
        trial.run(death.point, send=death.sent)
        _LEDGER[death.ledger](trial)
    trial.finish(runs_max=RUNS_MAX)
    trial.run()
    trial.assert_finished()
