"""Killed between each effect and its record, whichever way Sage 300 is where nobody knows.

The questions are numbered as in docs/sandbox.md: 4, 5, 6, 10, 18 and 19. The positions that the
sandbox takes by itself are those of the crash matrix, but for what a refused batch leaves behind.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from ml_connector.ledger import EntryState

from tests.target_sage300.trials import KINDS, Trial, Work

if TYPE_CHECKING:
    from tests.target_sage300.conftest import Books

GL, INVOICES, ADJUSTMENTS = KINDS
PAYABLES = (INVOICES, ADJUSTMENTS)
NUMBERS = {
    "PostAllBatchesSwitch": 1,
    "ProvisionalPostSwitch": 0,
    "FromBatchNumber": "{batch}",
    "ToBatchNumber": "{batch}",
}


POSTED = {"post": "posted"}


class Position(NamedTuple):
    """A position of a switch, the kinds it concerns, and what a run is to do with it."""

    question: int
    switch: str
    value: Any
    kinds: tuple[str, ...]
    work: dict[str, Any] = POSTED


BESIDE_A_REFUSED_ONE = {"has_refused": True}
POSITIONS = (
    Position(4, "unbalanced_entries", "accepted", (GL,)),
    Position(5, "nested_creation", "rolled_back", tuple(KINDS), BESIDE_A_REFUSED_ONE),
    Position(5, "nested_creation", "orphan_header", tuple(KINDS), BESIDE_A_REFUSED_ONE),
    Position(5, "nested_creation", "first_entries", tuple(KINDS), BESIDE_A_REFUSED_ONE),
    Position(6, "ready_field", "Status", (GL,)),
    Position(6, "ready_field", "either", (GL,)),
    Position(6, "ready_shows_in_status", value=False, kinds=(GL,)),
    Position(6, "process_spelling", "abbreviated", (GL,)),
    Position(6, "process_spelling", "numbers", (GL,), {**POSTED, "post_call": NUMBERS}),
    Position(10, "posting_moves_stamps", value=False, kinds=tuple(KINDS)),
    Position(10, "ap_payments_move_activity", value=False, kinds=(ADJUSTMENTS,)),
    Position(18, "ap_duplicates", "posted", PAYABLES),
    Position(19, "ready_in_journal_post", "ignored", (GL,)),
    Position(19, "ap_ready_in_post", "ignored", PAYABLES),
)
CASES = [
    pytest.param(
        kind, position, id=f"{position.question}-{position.switch}-{position.value}-{kind}"
    )
    for position in POSITIONS
    for kind in position.kinds
]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither fork nor signals")
@pytest.mark.switch(*sorted({position.switch for position in POSITIONS}))
@pytest.mark.parametrize(("kind", "position"), CASES)
def test_killed_between_effect_and_record_the_next_run_completes(
    books: Books, kind: str, position: Position
) -> None:
    work = Work(kind=KINDS[kind], **{"entry_count": 1, **position.work})
    trial = Trial(books, work, switches={position.switch: position.value})
    refused = ["Y-1"] if work.has_refused else []
    for index in trial.edges:
        trial.begin()
        assert trial.die(index).between_effect_and_record
        trial.finish()
        kept = books.find_in(EntryState.REFUSED, kind=kind)
        assert [entry.name for entry in kept] == refused

    assert len(trial.edges) >= 4
