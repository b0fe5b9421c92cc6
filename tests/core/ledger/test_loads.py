"""Goal: what is believed of a model is what its imports said, and nothing is lost in between.

Method: whole loads against both databases, judged by what the next load would send.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from ml_connector.errors import LedgerError, MismatchError
from ml_connector.ledger import (
    Belief,
    Landed,
    Ledger,
    LoadState,
    ModelKey,
    Run,
    Scope,
    Sending,
    Settled,
    StageCounts,
)

from tests.core.ledger.rows import (
    deliver,
    fail_load,
    make_row,
    refuse,
    sent_keys,
    start_task,
)

if TYPE_CHECKING:
    from collections.abc import Callable

MODEL = ModelKey(workspace="W", model="M")


def belief(rows: int, amount: str) -> Belief:
    return Belief(rows=rows, amount=Decimal(amount))


def test_accepted_rows_are_believed_and_not_sent_again(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    rows = [make_row("a", amount="0.1"), make_row("b", amount="0.2")]

    settled = deliver(ledger, scope, run, rows)

    assert settled == Settled(confirmed=2, partly=0, rejected=0)
    assert scope.belief() == belief(2, "0.3")
    assert deliver(ledger, scope, run, rows) is None


def test_amounts_add_up_to_the_last_digit_beyond_any_float(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    amounts = ["12345678901234567890.123456", "0.000001", "-12345678901234567890.123457", "1E+3"]

    deliver(ledger, scope, run, [make_row(str(i), amount=a) for i, a in enumerate(amounts)])

    assert scope.belief().amount == Decimal("1000.000000")


def test_replace_load_refused_before_it_was_sent_forgets_nothing(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row("a"), make_row("b")], sending=Sending.REPLACE)
    load = scope.begin_load(run, sending=Sending.REPLACE)
    load.stage([make_row("a", "new")])
    load.record_problems([refuse("a")])

    load.settle()

    assert scope.belief().rows == 2


def test_dismissed_row_that_comes_again_unchanged_is_not_sent(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row("a"), make_row("b")], problems=[refuse("b")])

    assert scope.dismiss_reject("b")

    assert sent_keys(scope, run, [make_row("a"), make_row("b")]) == {}
    assert sent_keys(scope, run, [make_row("b", "new")]) == {"b": "new"}


def test_dismissed_row_partly_in_the_model_is_not_sent_again(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row("b")], problems=[refuse("b", status="W")])

    assert scope.dismiss_reject("b")

    assert sent_keys(scope, run, [make_row("b")]) == {}
    assert scope.belief().rows == 1


def test_dismissed_version_is_sent_again_when_another_came_in_between(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row("b", "1")], problems=[refuse("b")])
    assert scope.dismiss_reject("b")
    deliver(ledger, scope, run, [make_row("b", "2")])

    sent = sent_keys(scope, run, [make_row("b", "1")])

    assert sent == {"b": "1"}


def test_changed_row_is_sent_and_replaces_what_was_believed(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row("a"), make_row("b")])

    sent = sent_keys(scope, run, [make_row("a"), make_row("b", "new")])

    assert sent == {"b": "new"}


def test_last_of_several_rows_of_one_key_stands(scope: Scope, run: Run) -> None:
    load = scope.begin_load(run)

    load.stage([make_row("a", "1"), make_row("b", "1"), make_row("a", "2")])
    load.stage([make_row("a", "3")])

    assert [(row.row_key, row.content[1]) for row in load.iterate_rows()] == [
        ("b", "1"),
        ("a", "3"),
    ]


def test_row_that_goes_back_to_what_is_confirmed_is_taken_away_again(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row("a", "old")])
    load = scope.begin_load(run)
    load.stage([make_row("a", "new")])

    counts = load.stage([make_row("a", "old")])

    assert counts == StageCounts(staged=0, unchanged=1)
    assert load.row_count() == 0


def test_rows_come_back_in_the_order_they_came_over_many_batches(scope: Scope, run: Run) -> None:
    keys = [f"{number * 7919 % 5003:05}" for number in range(2_500)]
    load = scope.begin_load(run)

    load.stage([make_row(key) for key in keys])

    assert [row.row_key for row in load.iterate_rows()] == keys


def test_refused_row_is_kept_with_its_reason_and_sent_again(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    settled = deliver(ledger, scope, run, [make_row("a"), make_row("b")], problems=[refuse("b")])

    assert settled == Settled(confirmed=1, partly=0, rejected=1)
    assert scope.belief() == belief(1, "1.00")
    assert [(kept.row_key, kept.reasons) for kept in scope.kept_rejects()] == [
        ("b", ("import: not in list",))
    ]
    assert sent_keys(scope, run, []) == {"b": "x"}


def test_refused_row_that_is_accepted_later_is_believed_and_kept_no_more(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row("b")], problems=[refuse("b")])

    deliver(ledger, scope, run, [])

    assert scope.belief().rows == 1
    assert scope.kept_reject_count() == 0


def test_each_refusal_counts_as_a_try(ledger: Ledger, scope: Scope, run: Run) -> None:
    deliver(ledger, scope, run, [make_row("b")], problems=[refuse("b")])
    deliver(ledger, scope, run, [], problems=[refuse("b")])

    kept = list(scope.kept_rejects())

    assert [(reject.row_key, reject.tries) for reject in kept] == [("b", 2)]


def test_newer_row_supersedes_a_kept_reject(ledger: Ledger, scope: Scope, run: Run) -> None:
    deliver(ledger, scope, run, [make_row("b", "bad")], problems=[refuse("b")])

    deliver(ledger, scope, run, [make_row("b", "good")])

    assert scope.kept_reject_count() == 0
    assert sent_keys(scope, run, []) == {}


def test_newer_row_refused_as_well_takes_the_place_of_the_older(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row("b", "bad")], problems=[refuse("b")])

    deliver(ledger, scope, run, [make_row("b", "worse")], problems=[refuse("b")])

    assert [(kept.content[1], kept.tries) for kept in scope.kept_rejects()] == [("worse", 1)]


def test_change_refused_and_taken_back_at_the_source_sends_the_confirmed_version(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row("a", "good")])
    deliver(ledger, scope, run, [make_row("a", "bad")], problems=[refuse("a")])

    sent = sent_keys(scope, run, [make_row("a", "good")])

    assert sent == {"a": "good"}


def test_refused_change_leaves_what_was_confirmed(ledger: Ledger, scope: Scope, run: Run) -> None:
    deliver(ledger, scope, run, [make_row("a", "good", amount="5")])

    deliver(ledger, scope, run, [make_row("a", "bad", amount="7")], problems=[refuse("a")])

    assert scope.belief() == belief(1, "5")
    assert [state.content for state in scope.iterate_states()] == [("a", "good")]


def test_row_taken_in_part_counts_and_is_sent_again(ledger: Ledger, scope: Scope, run: Run) -> None:
    problems = [refuse("a", status="W")]

    settled = deliver(ledger, scope, run, [make_row("a", amount="5")], problems=problems)

    assert settled == Settled(confirmed=0, partly=1, rejected=0)
    assert scope.belief() == belief(1, "5")
    assert sent_keys(scope, run, []) == {"a": "x"}


def test_row_of_which_only_the_list_item_landed_counts_with_its_former_amount(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row("a", amount="5")])
    problems = [refuse(key, landed=Landed.ITEM) for key in "ab"]
    rows = [make_row("a", "new", amount="7"), make_row("b", amount="9")]

    settled = deliver(ledger, scope, run, rows, problems=problems)

    assert settled == Settled(confirmed=0, partly=0, rejected=2)
    assert scope.belief() == belief(2, "5")
    assert sent_keys(scope, run, []) == {"a": "new", "b": "x"}


def test_worst_of_several_imports_decides_a_row(ledger: Ledger, scope: Scope, run: Run) -> None:
    problems = [refuse("a", status="W", source="list"), refuse("a", source="module")]

    settled = deliver(ledger, scope, run, [make_row("a")], problems=problems)

    assert settled == Settled(confirmed=0, partly=0, rejected=1)
    assert scope.belief().rows == 0


def test_problems_said_twice_count_once_and_strangers_are_named(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    load = scope.begin_load(run)
    load.stage([make_row("a")])
    start_task(ledger, load)
    load.record_problems([refuse("a")])

    unknown = load.record_problems([refuse("a"), refuse("stranger")])

    assert unknown == ["stranger"]
    assert load.settle() == Settled(confirmed=0, partly=0, rejected=1)


def test_dismissed_reject_is_not_sent_again(ledger: Ledger, scope: Scope, run: Run) -> None:
    deliver(ledger, scope, run, [make_row("b")], problems=[refuse("b")])

    assert scope.dismiss_reject("b")

    assert sent_keys(scope, run, []) == {}
    assert not scope.dismiss_reject("b")


def test_deletion_of_a_row_never_accepted_closes_its_reject_and_is_not_sent(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row("b")], problems=[refuse("b")])
    load = scope.begin_load(run)
    load.stage([make_row("b", "gone", deleted=True), make_row("c", "gone", deleted=True)])

    added = load.add_ledger_rows()

    assert added.not_sent_deletions == 2
    assert load.row_count() == 0
    assert scope.kept_reject_count() == 0


def test_deletion_of_a_row_in_the_model_is_sent(ledger: Ledger, scope: Scope, run: Run) -> None:
    deliver(ledger, scope, run, [make_row("a")])

    sent = sent_keys(scope, run, [make_row("a", "gone", deleted=True)])

    assert sent == {"a": "gone"}


def test_load_that_failed_is_sent_again_without_losing_what_was_confirmed(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row("a", "old"), make_row("b", "old")])

    fail_load(ledger, scope, run, [make_row("a", "new"), make_row("c", "new")])

    assert scope.uncertain_row_count() == 2
    assert scope.belief().rows == 1
    contents = {state.row_key: state.content for state in scope.iterate_states()}
    assert contents == {"a": ("a", "old"), "b": ("b", "old"), "c": None}
    assert sent_keys(scope, run, []) == {"a": "new", "c": "new"}


def test_rows_in_doubt_are_sent_even_when_they_equal_what_was_confirmed(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row("a", "old")])
    fail_load(ledger, scope, run, [make_row("a", "new")])

    sent = sent_keys(scope, run, [make_row("a", "old")])

    assert sent == {"a": "old"}


def test_row_in_doubt_that_is_refused_next_is_in_doubt_no_more(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row("a", "old")])
    fail_load(ledger, scope, run, [make_row("a", "new"), make_row("b", "new")])

    deliver(ledger, scope, run, [], problems=[refuse("a"), refuse("b")])

    assert scope.uncertain_row_count() == 0
    assert scope.belief().rows == 1
    assert sent_keys(scope, run, []) == {"a": "new", "b": "new"}


def test_version_that_failed_after_a_refusal_is_sent_before_the_older_reject(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row("a", "first")], problems=[refuse("a")])
    fail_load(ledger, scope, run, [make_row("a", "second")])

    assert sent_keys(scope, run, []) == {"a": "second"}


def test_version_refused_after_a_failure_is_sent_before_the_one_in_doubt(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    fail_load(ledger, scope, run, [make_row("a", "first")])
    problems = [refuse("a", landed=Landed.NONE)]
    deliver(ledger, scope, run, [make_row("a", "second")], problems=problems)

    assert sent_keys(scope, run, []) == {"a": "second"}


def test_marked_scope_sends_everything_once(ledger: Ledger, scope: Scope, run: Run) -> None:
    deliver(ledger, scope, run, [make_row("a"), make_row("b")], problems=[refuse("b")])
    scope.mark_resend("the control total differs")

    deliver(ledger, scope, run, [make_row("c")])

    assert scope.resend_reason is None
    assert scope.belief().rows == 3
    assert sent_keys(scope, run, []) == {}


def test_replacing_everything_is_sending_everything_again(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row("a"), make_row("b")], sending=Sending.REPLACE)
    scope.mark_resend("restored")

    deliver(ledger, scope, run, [make_row("a")], sending=Sending.REPLACE)

    assert scope.resend_reason is None


def test_resend_mark_outlives_a_load_that_failed(ledger: Ledger, scope: Scope, run: Run) -> None:
    deliver(ledger, scope, run, [make_row("a")])
    scope.mark_resend("restored")

    fail_load(ledger, scope, run, [])

    assert scope.resend_reason == "restored"


def test_newer_row_wins_over_the_one_to_be_sent_again(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row("a", "old"), make_row("b")])
    scope.mark_resend("restored")

    sent = sent_keys(scope, run, [make_row("a", "new")])

    assert sent == {"a": "new", "b": "x"}


def test_sending_all_sends_rows_the_model_holds(ledger: Ledger, scope: Scope, run: Run) -> None:
    deliver(ledger, scope, run, [make_row("a"), make_row("b")])

    settled = deliver(ledger, scope, run, [make_row("a")], sending=Sending.ALL)

    assert settled == Settled(confirmed=2, partly=0, rejected=0)


def test_replacing_forgets_what_was_not_sent(ledger: Ledger, scope: Scope, run: Run) -> None:
    rows = [make_row("a"), make_row("b"), make_row("c")]
    deliver(ledger, scope, run, rows, problems=[refuse("c")])

    deliver(ledger, scope, run, [make_row("a")], sending=Sending.REPLACE)

    assert [state.row_key for state in scope.iterate_states()] == ["a"]
    assert scope.kept_reject_count() == 0


def test_failed_replacement_leaves_every_row_in_doubt(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row("a"), make_row("b")])
    load = scope.begin_load(run, sending=Sending.REPLACE)
    load.stage([make_row("a")])
    start_task(ledger, load)

    load.fail("cancelled")

    assert scope.belief().rows == 0
    assert scope.uncertain_row_count() == 2


def test_filler_is_one_confirmed_row_and_only_of_an_empty_load(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row("a"), make_row("b")], problems=[refuse("a", status="W")])
    load = scope.begin_load(run)

    assert load.add_filler()

    assert [row.row_key for row in load.iterate_rows()] == ["b"]
    assert not load.add_filler()


def test_there_is_no_filler_while_nothing_was_confirmed(scope: Scope, run: Run) -> None:
    assert not scope.begin_load(run).add_filler()


def test_changed_columns_make_every_row_news_and_still_count(
    ledger: Ledger, open_scope: Callable[..., Scope], run: Run
) -> None:
    before = open_scope(mapping="m1")
    deliver(ledger, before, run, [make_row("a"), make_row("b")])

    after = open_scope(mapping="m2")

    assert after.belief().rows == 2
    assert after.outdated_row_count() == 2
    assert sent_keys(after, run, [make_row("a")]) == {"a": "x"}


def test_loads_of_one_model_do_not_mix(
    ledger: Ledger, open_scope: Callable[..., Scope], run: Run
) -> None:
    vendors, lines = open_scope("vendors"), open_scope("lines")
    deliver(ledger, vendors, run, [make_row("a")])

    assert lines.belief().rows == 0
    assert sent_keys(lines, run, [make_row("a")]) == {"a": "x"}
    assert ledger.known_loads(MODEL) == ["vendors"]


def test_key_prefix_is_fixed_by_the_first_load(
    ledger: Ledger, open_scope: Callable[..., Scope], run: Run
) -> None:
    open_scope(key_prefix="changed my mind before loading")
    deliver(ledger, open_scope(key_prefix="company"), run, [make_row("a")])

    with pytest.raises(MismatchError, match=r"key_prefix.*'company'.*none.*twice"):
        open_scope("lines", key_prefix="")


def test_counts_of_a_load_are_kept_even_when_nothing_was_sent(
    ledger: Ledger, scope: Scope, run: Run
) -> None:
    deliver(ledger, scope, run, [make_row("a")])
    load = scope.begin_load(run, plan='{"headers": []}')
    load.stage([make_row("a")])
    load.record_counts(rows_read=5)

    load.discard()

    found = ledger.open_load(load.load_id)
    assert (found.state, found.name, found.plan) == (
        LoadState.NOTHING,
        "vendors",
        '{"headers": []}',
    )


def test_rows_no_file_can_hold_are_kept_without_a_task(scope: Scope, run: Run) -> None:
    load = scope.begin_load(run)
    load.stage([make_row("a")])
    load.record_problems([refuse("a", source="target-anaplan")])

    assert load.settle() == Settled(confirmed=0, partly=0, rejected=1)
    assert scope.kept_reject_count() == 1


def test_load_nobody_sent_cannot_be_settled(scope: Scope, run: Run) -> None:
    load = scope.begin_load(run)
    load.stage([make_row("a"), make_row("b")])
    load.record_problems([refuse("a")])

    with pytest.raises(LedgerError, match="never sent"):
        load.settle()


def test_new_version_of_a_row_is_free_of_what_was_said_about_the_old(
    scope: Scope, run: Run
) -> None:
    load = scope.begin_load(run)
    load.stage([make_row("a", "with NUL")])
    load.record_problems([refuse("a")])

    load.stage([make_row("a", "mended")])

    with pytest.raises(LedgerError, match="never sent"):
        load.settle()


@pytest.mark.parametrize("act", ["stage", "settle", "fail", "discard", "add_ledger_rows"])
def test_ended_load_refuses_everything(scope: Scope, run: Run, act: str) -> None:
    load = scope.begin_load(run)
    load.discard()
    acts: dict[str, Callable[[], object]] = {
        "stage": lambda: load.stage([make_row("a")]),
        "settle": load.settle,
        "fail": lambda: load.fail("x"),
        "discard": load.discard,
        "add_ledger_rows": load.add_ledger_rows,
    }

    with pytest.raises(LedgerError, match="is nothing, not"):
        acts[act]()


def test_unknown_load_is_named(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="no load 77"):
        ledger.open_load(77)


def test_every_text_survives(ledger: Ledger, scope: Scope, run: Run) -> None:
    nasty = "é\U0001f600\u2028\"',\r\n\t\x00\\ " + "x" * 100_000

    deliver(ledger, scope, run, [make_row("a", nasty)])

    assert [state.content for state in scope.iterate_states()] == [("a", nasty)]
