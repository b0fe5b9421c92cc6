"""`on_change: revise`: what was posted and comes back different is reversed and entered anew.

Goal: the posted ledger's net effect equals the plan, and each step can be traced by its reference.
Method: plans change, runs follow, and the posted ledger is read by a client that shares no code
with ours.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from ml_connector.ledger import EntryState

from tests.target_sage300.singer import export, make_entry

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target_sage300.conftest import Books

Record = dict[str, Any]
REVISE: dict[str, Any] = {"on_change": "revise", "post": "posted", "allow_auto_post": True}
OPEN: dict[str, Any] = {"on_change": "revise"}


def posted_rows(books: Books) -> list[Record]:
    rows: list[Record] = []
    query = "GL/GLPostedTransactions?$filter=SourceTypeCode%20eq%20'PL'&$top=100&$skip="
    while page := books.get(f"{query}{len(rows)}")["value"]:
        rows += page
    return rows


def net(books: Books) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for row in posted_rows(books):
        totals[row["AccountNumber"]] += Decimal(str(row["JournalTransactionAmount"]))
    return {account: total for account, total in totals.items() if total}


def plan(*entries: list[Record]) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for line in (line for lines in entries for line in lines):
        totals[line["Account"]] += Decimal(line.get("Debit") or 0) - Decimal(line["Credit"] or 0)
    return {account: total for account, total in totals.items() if total}


def references(books: Books) -> Counter[str]:
    return Counter(row["JournalDetailReference"] for row in posted_rows(books))


def post_all(books: Books) -> None:
    """A person posts what stands open."""
    for batch in books.batches():
        if batch["Status"] == "Open":
            books.control("POST", f"gl/batches/{batch['BatchNumber']}/post", {})


def test_what_was_posted_is_reversed_and_entered_anew_in_one_entry(books: Books) -> None:
    other = {"accounts": ("6200100", "2100")}
    plans = [
        make_entry("GLE-1"),
        make_entry("GLE-1", "99.00", "-99.00"),
        make_entry("GLE-1", "99.00", "-99.00", **other),
        make_entry("GLE-1"),
    ]
    for now in plans:
        books.post(export(now), **REVISE)
        assert net(books) == plan(now)
        books.post(export(now), **REVISE)
        assert net(books) == plan(now)

    assert len(books.batches()) == len(plans)
    assert references(books) == Counter(
        f"GLE-1-{line}{mark}"
        for line in (1, 2)
        for mark in ("", "~1~r2", "~2", "~2~r3", "~3", "~3~r4", "~4")
    )


def test_a_thousand_corrected_lines_leave_the_plan_in_the_books(books: Books) -> None:
    before = [make_entry(f"E{n}", f"{n}.10", f"-{n}.10", "7", "-7") for n in range(1, 251)]
    after = [make_entry(f"E{n}", f"{n}.25", f"-{n}.25", "8", "-8") for n in range(1, 251)]
    books.post(export(*before), **REVISE)

    books.post(export(*after), **REVISE)

    assert net(books) == plan(*after)
    ids = [line["Transaction ID"] for lines in after for line in lines]
    assert len(ids) == 1000
    assert references(books) == Counter(
        f"{one}{mark}" for one in ids for mark in ("", "~1~r2", "~2")
    )


def test_lines_are_added_and_left_out(books: Books) -> None:
    one, two, three = "125.50", "-125.50", make_entry("GLE-1", "100", "-60", "-40")
    books.post(export(make_entry("GLE-1", one, two)), **REVISE)

    books.post(export(three), **REVISE)
    assert net(books) == plan(three)
    assert references(books)["GLE-1-3"] == 1

    fewer = make_entry("GLE-1", "50", "-50")
    books.post(export(fewer), **REVISE)
    assert net(books) == plan(fewer)
    # The third line comes back, in an entry of its own.
    again = make_entry("GLE-1", "50", "-50", "30")[2:] + make_entry("GLE-2", "-30")
    for line in again:
        line.update({"Entry": "GLE-2", "Lines In Entry": 2})
    books.post(export(fewer, again), **REVISE)
    assert net(books) == plan(fewer, again)


@pytest.mark.parametrize("deed", ["nothing", "ready"])
def test_what_is_not_posted_yet_is_a_conflict(books: Books, deed: str) -> None:
    books.post(export(make_entry("GLE-1")), **OPEN)
    (batch,) = books.batches()
    if deed == "ready":
        books.control("POST", f"gl/batches/{batch['BatchNumber']}/ready", {})

    result = books.run(export(make_entry("GLE-1", "99", "-99")), **OPEN)

    assert result.exit_code == 3
    assert "not posted yet" in result.log
    books.assert_stands_once("GLE-1-1", "GLE-1-2")


def test_what_stands_in_an_error_batch_is_a_conflict(books: Books) -> None:
    earlier: dict[str, Any] = {"Posting Date": "2026-09-30"}
    books.post(export(make_entry("GLE-1", **earlier)), **OPEN)
    books.switch(locked_periods=[f"GL:{books.period_of('2026-09-30')}"])
    post_all(books)

    result = books.run(export(make_entry("GLE-1", "99", "-99", **earlier)), **OPEN)

    assert result.exit_code == 3
    assert "in_error_batch" in result.log
    assert net(books) == {}


def test_what_was_turned_down_is_entered_anew_without_a_reversal(books: Books) -> None:
    first, second = make_entry("GLE-1"), make_entry("GLE-1", "99", "-99")
    books.post(export(first), **OPEN)
    (batch,) = books.batches()
    books.control("POST", f"gl/batches/{batch['BatchNumber']}/delete", {})
    books.post(export(first), **OPEN)
    assert books.standing().total() == 0

    books.post(export(second), **OPEN)

    books.assert_stands_once("GLE-1-1~2", "GLE-1-2~2")
    post_all(books)
    books.post(export(second), **OPEN)
    assert net(books) == plan(second)


def test_a_correction_that_was_turned_down_may_be_taken_back_or_changed(books: Books) -> None:
    first, second = make_entry("GLE-1"), make_entry("GLE-1", "99", "-99")
    third = make_entry("GLE-1", "77", "-77")
    books.post(export(first), **REVISE)
    books.post(export(second), **OPEN)
    (batch,) = (one for one in books.batches() if one["Status"] == "Open")
    books.control("POST", f"gl/batches/{batch['BatchNumber']}/delete", {})
    for same in (second, first):
        books.post(export(same), **REVISE)
        assert net(books) == plan(first)

    books.post(export(third), **REVISE)

    assert net(books) == plan(third)
    # What was once turned down is a new plan by now.
    books.post(export(second), **REVISE)
    assert net(books) == plan(second)


@pytest.mark.parametrize(
    "change",
    [{"Posting Date": "2026-10-30"}, {"Reversal": True}],
    ids=lambda change: next(iter(change)),
)
def test_another_day_or_another_way_to_be_reversed_is_a_conflict(
    books: Books, change: dict[str, Any]
) -> None:
    first = make_entry("GLE-1")
    books.post(export(first), **REVISE)

    result = books.run(export(make_entry("GLE-1", **change)), **REVISE)

    assert result.exit_code == 3
    assert "it cannot be revised" in result.log
    assert net(books) == plan(first)


def test_a_line_that_moved_to_another_entry_is_a_conflict(books: Books) -> None:
    first = make_entry("GLE-1", "5", "-5", "7", "-7")
    books.post(export(first), **REVISE)
    moved = make_entry("GLE-1", "5", "-5", "7", "-7")
    for line in moved:
        line.update({"Lines In Entry": 2})
    for line in moved[2:]:
        line.update({"Entry": "GLE-2"})

    result = books.run(export(moved[:2], moved[2:]), **REVISE)

    assert result.exit_code == 3
    assert "comes in another entry now" in result.log
    assert net(books) == plan(first)


def test_an_auto_reversal_is_corrected_in_both_periods(books: Books) -> None:
    plans = [
        make_entry("GLE-1", Reversal=True),
        make_entry("GLE-1", "99", "-99", Reversal=True),
    ]
    for now in plans:
        books.post(export(now), **REVISE)

    by_date: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in posted_rows(books):
        amount = Decimal(str(row["JournalTransactionAmount"]))
        by_date[row["JournalDate"][:10]][row["AccountNumber"]] += amount
    expected = plan(plans[-1])
    first, second = (dict(totals) for _, totals in sorted(by_date.items()))
    assert first == expected
    assert second == {account: -total for account, total in expected.items()}


def test_a_new_ledger_knows_revisions_and_revises_only_what_it_entered(
    books: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    second = make_entry("GLE-1", "99", "-99")
    books.post(export(make_entry("GLE-1")), **REVISE)
    books.post(export(second), **REVISE)
    monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path / "another-home"))

    books.post(export(second), **REVISE)
    changed = books.run(export(make_entry("GLE-1", "77", "-77")), **REVISE)

    assert changed.exit_code == 3
    assert "this ledger did not enter it" in changed.log
    assert net(books) == plan(second)


def test_a_revision_stays_one_when_changes_are_conflicts_again(books: Books) -> None:
    first, second = make_entry("GLE-1"), make_entry("GLE-1", "99", "-99")
    books.post(export(first), **REVISE)
    books.post(export(second), **REVISE)

    books.post(export(second))
    result = books.run(export(first))

    assert result.exit_code == 3
    assert net(books) == plan(second)


def test_an_id_that_looks_like_a_revision_is_refused(books: Books) -> None:
    result = books.run(export(make_entry("GLE-1", **{"Transaction ID": "A~2"})))

    assert result.exit_code == 3
    (kept,) = books.find_in(EntryState.REFUSED)
    assert "ends like the revision of another line" in str(kept.reason)
