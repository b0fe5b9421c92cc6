"""Loads that replace a whole, or that part of it whose keys begin like those that came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ml_connector.errors import LedgerError
from ml_connector.ledger import LoadState, Sending

from tests.core.ledger.rows import deliver, make_row, refuse

if TYPE_CHECKING:
    from ml_connector.ledger import Ledger, Load, Run, Scope

ONE = frozenset({"ONE:"})


def begin_whole(scope: Scope, run: Run, *keys: str) -> Load:
    load = scope.begin_load(run, sending=Sending.REPLACE)
    load.stage([make_row(key) for key in keys])
    return load


def contents(load: Load) -> dict[str, bool]:
    """Keys to be sent, and whether as a deletion."""
    return {row.row_key: row.deleted for row in load.iterate_rows()}


def test_a_whole_takes_nothing_from_the_ledger(ledger: Ledger, scope: Scope, run: Run) -> None:
    deliver(ledger, scope, run, [make_row("a"), make_row("b")], problems=[refuse("b")])
    load = begin_whole(scope, run, "c")

    load.add_ledger_rows()

    assert contents(load) == {"c": False}


def test_a_whole_of_one_company_carries_everything_of_the_others(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    # "one:" and "ONES:" are others: neither case nor a longer name makes them the same.
    known = ["ONE:a", "ONE:b", "one:a", "ONES:a", "TWO:a", "TWO:b"]
    refused = [refuse("TWO:b"), refuse("ONE:b")]
    deliver(ledger, scope, run, [make_row(key) for key in known], problems=refused)
    load = begin_whole(scope, run, "ONE:a")

    load.add_ledger_rows(replaced=ONE)

    assert contents(load).keys() == {"ONE:a", "one:a", "ONES:a", "TWO:a", "TWO:b"}


def test_a_whole_that_did_not_come_is_filled_with_all_that_is_known(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row("a"), make_row("b")])
    load = begin_whole(scope, run)

    load.add_ledger_rows(replaced=frozenset())

    assert contents(load).keys() == {"a", "b"}


def test_what_is_marked_as_deleted_is_no_part_of_a_whole(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row("a")])
    load = begin_whole(scope, run, "b")
    load.stage([make_row("a", deleted=True)])

    load.add_ledger_rows()

    assert contents(load) == {"b": False}


def test_deletions_are_of_what_is_known_and_did_not_come(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row(key) for key in ("ONE:a", "ONE:b", "TWO:a")])
    load = begin_whole(scope, run, "ONE:a")

    assert load.add_deletions(replaced=ONE) == 1

    assert contents(load) == {"ONE:a": False, "ONE:b": True}
    load.record_started()
    load.settle()
    scope.forget_deleted()
    assert scope.belief().rows == 1


def test_a_load_without_input_deletes_nothing(ledger: Ledger, scope: Scope, run: Run) -> None:
    deliver(ledger, scope, run, [make_row("a")])
    load = begin_whole(scope, run)

    assert load.add_deletions() == 0


def test_a_deletion_that_was_refused_leaves_the_row_believed(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row("a"), make_row("b")])
    load = begin_whole(scope, run, "a")
    load.add_deletions()
    load.record_started()
    load.record_problems([refuse("b")])

    # Of what replaces a whole, everything that was sent stays known: b as well.
    load.settle()
    scope.forget_deleted()

    assert scope.belief().rows == 2
    assert [reject.row_key for reject in scope.kept_rejects()] == ["b"]


def test_a_load_written_by_calls_is_started_once_and_before_them(scope: Scope, run: Run) -> None:
    load = scope.begin_load(run)
    load.stage([make_row("a")])

    load.record_started()

    assert load.state is LoadState.STARTED
    with pytest.raises(LedgerError):
        load.record_started()


def test_an_emptied_load_is_forgotten_whole(ledger: Ledger, scope: Scope, run: Run) -> None:
    deliver(ledger, scope, run, [make_row("a"), make_row("b")], problems=[refuse("b")])
    scope.mark_resend("lost")

    scope.forget_all()

    assert scope.belief().rows == 0
    assert scope.kept_reject_count() == 0
    assert scope.resend_reason is None


def test_the_newest_plan_is_of_a_load_that_was_sent(scope: Scope, run: Run) -> None:
    assert scope.last_plan() is None
    for plan in ("older", "newer"):
        load = scope.begin_load(run, plan=plan)
        load.stage([make_row(plan)])
        load.record_started()
        load.settle()
    scope.begin_load(run, plan="never sent").discard()

    assert scope.last_plan() == "newer"
