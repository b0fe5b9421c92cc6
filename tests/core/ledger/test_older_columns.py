"""Goal: after a change of columns no row is lost, none is sent for ever, none stays in doubt.

Method: each line of the table in `_older_columns`, against both databases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ml_connector.ledger import RowState

from tests.core.ledger.rows import deliver, fail_load, make_row, refuse, sent_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from ml_connector.ledger import Ledger, OldRow, Run, Scope, StagedRow


@pytest.fixture
def before(open_scope: Callable[..., Scope]) -> Scope:
    """The scope with its older columns."""
    return open_scope(mapping="m1")


@pytest.fixture
def after(before: Scope, open_scope: Callable[..., Scope]) -> Callable[[], Scope]:  # noqa: ARG001  (made first)
    """Change the columns: the same scope with new ones."""
    return lambda: open_scope(mapping="m2")


def render_anew(row: OldRow) -> StagedRow:
    return make_row(row.row_key, f"{row.content[1]} anew", amount="5", checksum=7)


def test_confirmed_rows_are_rendered_anew_and_sent(
    ledger: Ledger, before: Scope, after: Callable[[], Scope], run: Run
) -> None:
    deliver(ledger, before, run, [make_row("a", "x"), make_row("b", "y")])
    scope = after()

    sent = sent_keys(scope, run, [make_row("b", "new")], render_anew=render_anew)

    assert sent == {"a": "x anew", "b": "new"}
    assert scope.belief().amount == 2
    deliver(ledger, scope, run, [], render_anew=render_anew)
    assert (scope.belief().amount, scope.belief().checksum) == (10, 14)
    assert scope.outdated_row_count() == 0
    assert sent_keys(scope, run, [], render_anew=render_anew) == {}


def test_what_the_target_learns_of_an_old_row(
    ledger: Ledger, before: Scope, after: Callable[[], Scope], run: Run
) -> None:
    load = before.begin_load(run, plan="how it was rendered")
    load.stage([make_row("a")])
    ledger.record_task_intent(
        [load], kind="process", object_id="118", object_name="Load", known_task_ids=[]
    )
    load.settle()
    seen: list[OldRow] = []

    def note(row: OldRow) -> None:
        seen.append(row)

    sent_keys(after(), run, [], render_anew=note)

    assert [(row.row_key, row.columns, row.plan, row.content, row.deleted) for row in seen] == [
        ("a", ("Code", "Name"), "how it was rendered", ("a", "x"), False)
    ]


def test_rows_in_doubt_and_rejects_are_rendered_anew_and_sent(
    ledger: Ledger, before: Scope, after: Callable[[], Scope], run: Run
) -> None:
    deliver(ledger, before, run, [make_row("no", "refused")], problems=[refuse("no")])
    fail_load(ledger, before, run, [make_row("perhaps", "doubt")])
    scope = after()

    sent = sent_keys(scope, run, [], render_anew=render_anew)

    assert sent == {"no": "refused anew", "perhaps": "doubt anew"}
    deliver(ledger, scope, run, [], render_anew=render_anew)
    assert scope.kept_reject_count() == 0
    assert scope.uncertain_row_count() == 0


def test_what_cannot_be_rendered_anew_stays_believed_and_keeps_nothing_else_coming(
    ledger: Ledger, before: Scope, after: Callable[[], Scope], run: Run
) -> None:
    deliver(ledger, before, run, [make_row("a"), make_row("b")])
    scope = after()
    scope.mark_resend("the control total differs")

    deliver(ledger, scope, run, [make_row("a", "new")])

    assert scope.resend_reason is None
    assert scope.belief().rows == 2
    assert sent_keys(scope, run, []) == {}
    load = scope.begin_load(run)
    assert load.add_ledger_rows().outdated == 1


def test_reject_that_cannot_be_rendered_anew_stays_kept(
    ledger: Ledger, before: Scope, after: Callable[[], Scope], run: Run
) -> None:
    deliver(ledger, before, run, [make_row("a")], problems=[refuse("a")])
    scope = after()

    assert sent_keys(scope, run, []) == {}
    [kept] = scope.kept_rejects()
    assert (kept.row_key, kept.reasons) == ("a", ("import: not in list",))


def test_row_in_doubt_that_cannot_be_rendered_anew_is_in_doubt_no_more(
    ledger: Ledger, before: Scope, after: Callable[[], Scope], run: Run
) -> None:
    deliver(ledger, before, run, [make_row("a")])
    fail_load(ledger, before, run, [make_row(key, "doubt") for key in ("a", "b", "c")])
    scope = after()

    sent = sent_keys(scope, run, [make_row("c", "came again")])

    assert sent == {"c": "came again"}
    states = {state.row_key: state.state for state in scope.iterate_states()}
    assert states == {"a": RowState.PARTLY, "c": RowState.UNCERTAIN}


def test_many_rows_are_rendered_anew_in_batches(
    ledger: Ledger, before: Scope, after: Callable[[], Scope], run: Run
) -> None:
    deliver(ledger, before, run, [make_row(f"{number:05}") for number in range(2500)])

    added = (
        after()
        .begin_load(run)
        .add_ledger_rows(lambda row: None if row.row_key.endswith("7") else render_anew(row))
    )

    assert (added.resent, added.rendered_anew, added.outdated) == (2250, 2250, 250)
