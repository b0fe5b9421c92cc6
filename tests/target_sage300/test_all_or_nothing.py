"""`all_or_nothing`: while one entry of a run is refused, none is entered, and none is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from ml_connector.ledger import EntryState

from tests.target_sage300 import payables
from tests.target_sage300.payables import (
    POSTINGS,
    export_payables,
    make_adjustment,
    make_document,
)
from tests.target_sage300.singer import export, make_entry

if TYPE_CHECKING:
    from tests.target_sage300.conftest import Books

ALL: dict[str, Any] = {"all_or_nothing": True}
GOOD = make_entry("GLE-1")
BAD = make_entry("GLE-2", Account="9999")


def test_the_good_ones_are_held_as_well(books: Books) -> None:
    result = books.run(export(GOOD, BAD), **ALL)

    assert result.exit_code == 3
    assert books.new_batches() == []
    assert "entry.not_posted entry=GLE-1" in result.log


def test_no_state_is_written_so_that_what_is_held_comes_again(books: Books) -> None:
    assert books.run(export(GOOD, BAD), **ALL).states == []
    assert books.run(export(GOOD, BAD), on_refused="go_on", **ALL).states == []

    assert books.post(export(GOOD, make_entry("GLE-2")), **ALL).states
    books.assert_stands_once("GLE-1-1", "GLE-1-2", "GLE-2-1", "GLE-2-2")


@pytest.mark.parametrize(
    ("document", "adjustment"),
    [({}, {"Account": "9999"}), ({"Account": "9999"}, {})],
    ids=["adjustment-refused", "invoice-refused"],
)
def test_it_covers_all_kinds_of_a_stream(
    books: Books, document: dict[str, Any], adjustment: dict[str, Any]
) -> None:
    entries = make_document("INV-1", **document), make_adjustment("ADJ-1", **adjustment)

    result = books.run(export_payables(*entries), postings=POSTINGS, **ALL)

    assert (result.exit_code, result.states) == (3, [])
    assert "field=Account" in result.log
    assert "entry.not_posted" in result.log
    assert payables.standing(books) == {}


@pytest.mark.switch("locked_periods", "nested_creation")
@pytest.mark.parametrize("left", ["rolled_back", "orphan_header"])
def test_a_batch_that_sage_refuses_is_not_parted_and_nothing_follows_it(
    books: Books, left: str
) -> None:
    books.switch(
        locked_periods=[f"GL:{books.period_of('2026-09-30')}"],
        nested_creation=left,
    )
    locked = make_entry("GLE-2", **{"Posting Date": "2026-09-30"})

    result = books.run(export(GOOD, locked, make_entry("GLE-3")), batch_lines=4, **ALL)

    assert (result.exit_code, result.states) == (3, [])
    assert books.batches() == []
    assert [one.name for one in books.find_in(EntryState.REFUSED)] == ["GLE-1", "GLE-2"]
    assert "entry.not_posted entry=GLE-3" in result.log


@pytest.mark.switch("locked_periods")
def test_what_sage_refuses_holds_the_other_kind_and_takes_nothing_further(books: Books) -> None:
    books.switch(locked_periods=[f"AP:{books.period_of('2026-09-30')}"])
    locked = make_document("INV-1", **{"Document Date": "2026-09-30"})
    messages = export_payables(locked, make_adjustment("ADJ-1"))

    result = books.run(messages, postings=POSTINGS, post="ready", **ALL)

    assert (result.exit_code, result.states) == (3, [])
    assert "entry.not_posted entry=ADJ-1" in result.log
    assert payables.standing(books) == {}
