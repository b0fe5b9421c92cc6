"""Whether model and ledger agree about a load, and what is taken for the cause when they do not.

| the model's rows, amount and checksum | taken for | what follows |
| --- | --- | --- |
| are the ledger's, without what was known beside it | that is gone, or was loaded | forgotten |
| lack exactly the rows marked as deleted | a builder deleted those | forgotten |
| differ in rows only, and are not fewer than the ledger's | made or deleted by hand | known |
| are more than a new ledger's, whose rows all were just sent, read in full | older | known |
| are fewer rows beside the ledger's than were known, after all were sent | gone | known |
| differ in the checksum only, after an import that ignored rows | those rows | known |
| are those of the rows just sent alone | the import clears its target | failure that names it |
| differ in any other way | the model was changed | everything is sent again |

What is known stays in the model, is told once, and is counted from then on. Only checksums tell the
second and the third line: where model or rows have none, those are changes like any other.
When some of it is gone as a run begins, everything is sent again: cells may have named it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import msgspec
from ml_connector.events import event
from ml_connector.ledger import Belief, Scope

from target_anaplan._control import (
    ControlTotals,
    expect_totals,
    find_difference,
    find_surplus,
    is_same_amount,
)
from target_anaplan._figures import ZERO

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

log = logging.getLogger(__name__)

NOTHING: Final = Belief(rows=0, amount=ZERO)


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """One load by the ledger and by the model.

    `rows_sent`, `rows_ignored` and `was_read_fully` tell of this run, once it has loaded.
    """

    load: str
    scope: Scope
    totals: ControlTotals
    rows_sent: int = 0
    rows_ignored: int = 0
    was_read_fully: bool = False

    @property
    def surplus(self) -> Belief:
        """What the model holds beside the ledger's rows."""
        return find_surplus(self.scope.belief(), self.totals)

    @property
    def has_same_amount(self) -> bool:
        """Whether the amount is the expected one."""
        return is_same_amount(expect_totals(self.scope).amount, self.totals.amount)


def find_disagreement(comparison: Comparison) -> str | None:
    """Say how model and ledger differ, unless the cause is known; that is noted in the ledger."""
    scope, totals = comparison.scope, comparison.totals
    if find_difference(expect_totals(scope), totals) is not None:
        for explain in CAUSES:
            if explain(comparison):
                break
    return find_difference(expect_totals(scope), totals)


def _extra_is_gone(comparison: Comparison) -> bool:
    if find_difference(comparison.scope.belief(), comparison.totals) is not None:
        return False
    _take_for_known(comparison, NOTHING)
    return True


def _deleted_are_gone(comparison: Comparison) -> bool:
    scope, totals = comparison.scope, comparison.totals
    expected, deleted = expect_totals(scope), scope.belief_of_deleted()
    left = Belief(
        rows=expected.rows - deleted.rows,
        amount=expected.amount - deleted.amount,
        checksum=expected.checksum - deleted.checksum,
    )
    if totals.checksum is None or not deleted.checksum or find_difference(left, totals):
        return False
    scope.forget_deleted()
    event(
        log,
        "control.deleted_rows_gone",
        load=comparison.load,
        rows=deleted.rows,
        reason="the rows marked as deleted were removed from the model: they are forgotten",
    )
    return True


def _differ_in_rows_only(comparison: Comparison) -> bool:
    scope, totals, surplus = comparison.scope, comparison.totals, comparison.surplus
    expected = expect_totals(scope)
    if not scope.belief().checksum or totals.checksum != expected.checksum:
        return False
    if surplus.rows < 0 or not comparison.has_same_amount:
        return False
    extra = scope.read_control().extra
    _take_for_known(comparison, msgspec.structs.replace(extra, rows=surplus.rows))
    return True


def _were_there_before(comparison: Comparison) -> bool:
    memory, surplus = comparison.scope.read_control(), comparison.surplus
    if comparison.rows_sent < comparison.scope.belief().rows or _figures_are_missing(comparison):
        return False
    is_first = not memory.has_agreed and surplus.rows > 0 and comparison.was_read_fully
    is_fewer = memory.has_agreed and 0 <= surplus.rows < memory.extra.rows
    if is_first or is_fewer:
        _take_for_known(comparison, surplus if surplus.rows else NOTHING)
    return is_first or is_fewer


def _figures_are_missing(comparison: Comparison) -> bool:
    # What was there before can only add to the sums of the rows just sent, the amount's sign apart.
    belief, totals = comparison.scope.belief(), comparison.totals
    return comparison.surplus.checksum < 0 or (belief.amount != 0 and totals.amount == 0)


def _were_ignored(comparison: Comparison) -> bool:
    extra = comparison.scope.read_control().extra
    if not comparison.rows_ignored or not comparison.has_same_amount:
        return False
    if comparison.surplus.rows != extra.rows:
        return False
    checksum = comparison.surplus.checksum
    _take_for_known(comparison, msgspec.structs.replace(extra, checksum=checksum))
    return True


CAUSES: Final[Sequence[Callable[[Comparison], bool]]] = (
    _extra_is_gone,
    _deleted_are_gone,
    _differ_in_rows_only,
    _were_there_before,
    _were_ignored,
)


def _take_for_known(comparison: Comparison, extra: Belief) -> None:
    comparison.scope.record_control(extra)
    event(
        log,
        "control.extra_rows",
        level=logging.WARNING if extra.rows else logging.INFO,
        load=comparison.load,
        rows_not_loaded_through_this_ledger=extra.rows,
        their_amount=f"{extra.amount:f}",
        remedy="they stay in the model and are taken for known from now on; if they do not"
        " belong there, delete the items in Anaplan",
    )


def advise(comparison: Comparison, *, sent: Belief, cell_imports: Sequence[str]) -> str:
    """Say what a difference after loading most probably comes from, and what to do.

    `sent` is what the model should hold of the rows just sent; `cell_imports` are the load's
    imports that fill cells.
    """
    expected, totals = expect_totals(comparison.scope), comparison.totals
    imports = " and ".join(repr(name) for name in cell_imports)
    alone = msgspec.structs.replace(sent, rows=expected.rows)
    if 0 < sent.rows < expected.rows and find_difference(alone, totals) is None:
        return (
            f"The model holds the contents of the {sent.rows} rows just sent alone: import"
            f" {imports} clears its target before it loads. Open it in Anaplan and choose 'only"
            " update imported cells'; the next run sends everything again"
        )
    again = "Everything is sent again by the next run."
    if totals.checksum == 0 and expected.checksum:
        return (
            f"{again} No checksum has arrived: in import {imports} map the file's column Checksum"
            " to the line item that the control module adds up"
        )
    if totals.rows > expected.rows:
        return (
            f"{again} When the ledger is new beside a model that was loaded before, run the tap"
            " once with a full refresh (a tap that does not mark its streams as complete: with"
            " trust_end_of_input); otherwise delete in Anaplan what does not belong there"
        )
    if totals.rows < expected.rows:
        return (
            f"{again} If that does not help, see whether the workspace is full (Anaplan takes"
            " nothing more then, and may not say so), or run the tap once with a full refresh"
        )
    return f"{again} If that does not help, run the tap once with a full refresh"
