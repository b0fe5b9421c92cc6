"""Goal: the ledger's checksum of a load is that of the rows as they stand in the model.

Method: whole loads against both databases; deletions and dismissals beside them, which end what
would be sent for ever.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from ml_connector.ledger import Belief, Landed, RowState, Sending

from tests.core.ledger.rows import deliver, fail_load, make_row, refuse, sent_keys

if TYPE_CHECKING:
    from ml_connector.ledger import Ledger, RowProblem, Run, Scope


def test_accepted_versions_count_and_the_last_one_only(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row("a", "old", checksum=3), make_row("b", checksum=4)])

    deliver(ledger, scope, run, [make_row("a", "new", checksum=999_999)])

    assert scope.belief() == Belief(rows=2, amount=Decimal("2.00"), checksum=1_000_003)


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (refuse("a"), ("1", 3)),
        (refuse("a", landed=Landed.ITEM), ("1", 3)),
        (refuse("a", status="W"), ("2", 5)),
        # The amount was refused: the cell keeps what it held, the checksum lies in another.
        (refuse("a", status="W", landed=Landed.ITEM), ("1", 5)),
    ],
    ids=["refused", "item-only", "partly", "but-for-the-amount"],
)
def test_refused_row_counts_by_what_of_it_landed(
    ledger: Ledger, scope: Scope, run: Run, problem: RowProblem, expected: tuple[str, int]
) -> None:
    deliver(ledger, scope, run, [make_row("a", "old", amount="1", checksum=3)])

    new = make_row("a", "new", amount="2", checksum=5)
    deliver(ledger, scope, run, [new], problems=[problem])

    belief = scope.belief()
    assert (belief.amount, belief.checksum) == (Decimal(expected[0]), expected[1])


LIST_REFUSES = refuse("a", source="list", landed=Landed.ALL)
CELLS_REFUSE = refuse("a", source="module", landed=Landed.ITEM)
AMOUNT_REFUSED = refuse("a", source="module", status="W", landed=Landed.ITEM)


@pytest.mark.parametrize(
    ("problems", "of_a_known_row", "of_a_new_row"),
    [
        ([LIST_REFUSES], ("2", 5), ("2", 5)),
        ([LIST_REFUSES, CELLS_REFUSE], ("1", 3), ("0", 0)),
        ([LIST_REFUSES, AMOUNT_REFUSED], ("1", 5), ("0", 5)),
        ([CELLS_REFUSE], ("1", 3), ("0", 0)),
    ],
    ids=["by-the-list", "by-both", "by-the-list-and-its-amount", "by-the-module"],
)
def test_refusals_of_list_and_module_are_taken_together(
    ledger: Ledger,
    scope: Scope,
    run: Run,
    *,
    problems: list[RowProblem],
    of_a_known_row: tuple[str, int],
    of_a_new_row: tuple[str, int],
) -> None:
    def send(name: str, amount: str, checksum: int, *, refused: bool) -> tuple[str, int]:
        row = make_row("a", name, amount=amount, checksum=checksum)
        deliver(ledger, scope, run, [row], problems=problems if refused else ())
        belief = scope.belief()
        return f"{belief.amount:f}".removesuffix(".00"), belief.checksum

    assert send("new", "2", 5, refused=True) == of_a_new_row
    assert scope.belief().rows == (0 if problems == [LIST_REFUSES, CELLS_REFUSE] else 1)
    assert send("old", "1", 3, refused=False) == ("1", 3)
    assert send("new", "2", 5, refused=True) == of_a_known_row
    assert scope.kept_reject_count() == 1


def test_checksum_survives_doubt_refusal_and_resending(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row("no", checksum=2)], problems=[refuse("no")])
    fail_load(ledger, scope, run, [make_row("perhaps", checksum=7)])

    deliver(ledger, scope, run, [])
    scope.mark_resend("restored")
    deliver(ledger, scope, run, [])

    assert scope.belief().checksum == 9


def test_surplus_of_the_model_is_remembered_with_its_checksum(scope: Scope) -> None:
    surplus = Belief(rows=2, amount=Decimal("1.5"), checksum=10**13)

    scope.record_control(surplus)

    assert scope.read_control().extra == surplus


def test_rows_marked_as_deleted_are_counted_and_forgotten_with_their_rejects(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row(key, checksum=1) for key in ("a", "b", "c")])
    gone = [make_row(key, "gone", amount="0", checksum=5, deleted=True) for key in ("a", "b")]
    deliver(ledger, scope, run, gone, problems=[refuse("b", landed=Landed.ITEM)])

    assert scope.belief_of_deleted() == Belief(rows=2, amount=Decimal("1.00"), checksum=6)
    scope.forget_deleted()

    assert [state.row_key for state in scope.iterate_states()] == ["c"]
    assert scope.kept_reject_count() == 0


def test_warning_about_a_deleted_row_is_no_reject(ledger: Ledger, scope: Scope, run: Run) -> None:
    warned = [refuse("a", status="W")]
    deliver(ledger, scope, run, [make_row("a")], problems=warned)
    assert scope.kept_reject_count() == 1

    gone = make_row("a", "gone", amount="0", deleted=True)
    deliver(ledger, scope, run, [gone], problems=warned)

    assert scope.kept_reject_count() == 0
    assert [state.state for state in scope.iterate_states()] == [RowState.CONFIRMED]
    assert deliver(ledger, scope, run, [gone]) is None


@pytest.mark.parametrize("status", ["E", "W"])
@pytest.mark.parametrize("sending", [Sending.CHANGED, Sending.ALL])
def test_dismissal_outlives_a_full_resend(
    ledger: Ledger, scope: Scope, run: Run, sending: Sending, status: str
) -> None:
    problems = [refuse("a", status=status)]
    deliver(ledger, scope, run, [make_row("a", "good"), make_row("b")])
    deliver(ledger, scope, run, [make_row("a", "bad")], problems=problems)
    scope.dismiss_reject("a")

    scope.mark_resend("restored")
    deliver(ledger, scope, run, [], problems=problems if status == "W" else [], sending=sending)

    assert scope.kept_reject_count() == 0
    assert sent_keys(scope, run, [make_row("a", "bad")]) == {}


def test_dismissal_outlives_a_replacement(ledger: Ledger, scope: Scope, run: Run) -> None:
    rows, problems = [make_row("a", "bad"), make_row("b")], [refuse("a")]
    deliver(ledger, scope, run, rows, problems=problems, sending=Sending.REPLACE)
    scope.dismiss_reject("a")

    deliver(ledger, scope, run, rows, problems=problems, sending=Sending.REPLACE)

    assert scope.kept_reject_count() == 0


def test_dismissal_ends_when_another_version_came(ledger: Ledger, scope: Scope, run: Run) -> None:
    problems = [refuse("a")]
    deliver(ledger, scope, run, [make_row("a", "bad")], problems=problems)
    scope.dismiss_reject("a")
    deliver(ledger, scope, run, [make_row("a", "good")])

    deliver(ledger, scope, run, [make_row("a", "bad")], problems=problems)

    assert scope.kept_reject_count() == 1
