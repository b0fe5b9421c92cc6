"""Whichever way Sage 300 is where nobody knows: each line stands once, answered or not.

For every position a batch is posted whose answer is lost; a run with a new ledger follows; then a
batch with a bad entry among good ones. Where the position leaves no way to post, nothing stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from ml_connector.ledger import EntryState

from tests.target_sage300.singer import export, make_entry

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target_sage300.conftest import Books

POSITIONS: list[tuple[str, Any]] = [
    ("property_casing", "lowered"),
    ("order", "shuffled"),
    ("null_literals", False),
    ("contains", False),
    ("decimals", "scaled"),
    ("decimals", "exponent"),
    ("dates", "zoneless"),
    ("booleans", "words"),
    ("warnings", True),
    ("next_link_with_top", "absent"),
    ("error_media_type", "text/plain"),
    ("unbalanced_entries", "accepted"),
    ("nested_creation", "orphan_header"),
    ("nested_creation", "first_entries"),
    ("insert_status", 204),
    ("both_amounts_given", "both_kept"),
    ("journal_line_descriptions", "blank"),
    ("posting_moves_stamps", False),
    ("ready_shows_in_status", False),
    ("upper_case_codes", False),
]
REFERENCES = [f"GLE-{number}-{line}" for number in (1, 2, 3) for line in (1, 2)]
BAD: dict[str, Any] = {"Posting Date": "2026-09-30"}


@pytest.mark.parametrize(("switch", "position"), POSITIONS)
@pytest.mark.switch(*sorted({name for name, _ in POSITIONS}))
def test_each_line_stands_once_in_this_position(
    books: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, switch: str, position: object
) -> None:
    locked = books.period_of("2026-09-30")
    books.switch(**{switch: position}, locked_periods=[f"GL:{locked}"])
    books.fault("cut_after", "GLJournalBatches$", method="POST")
    books.post(export(make_entry("GLE-1")))
    monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path / "another-home"))

    result = books.run(
        export(
            make_entry("GLE-1"),
            make_entry("GLE-2"),
            make_entry("GLE-2-bad", **BAD),
            make_entry("GLE-3"),
        )
    )

    assert result.exit_code == 3, result.log
    assert [entry.name for entry in books.find_in(EntryState.REFUSED)] == ["GLE-2-bad"]
    books.switch(property_casing="documented", decimals="plain")
    books.assert_stands_once(*REFERENCES)


@pytest.mark.switch("orderby")
def test_a_server_that_refuses_to_order_gets_no_batch(books: Books) -> None:
    books.switch(orderby=False)

    result = books.run(export(make_entry("GLE-1")))

    assert (result.exit_code, result.states) == (1, [])
    books.switch(orderby=True)
    assert books.new_batches() == []


@pytest.mark.switch("order")
def test_posted_lines_on_many_pages_are_all_found_in_whatever_order(
    books: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    amounts = ["1.00"] * 120 + ["-120.00"]
    messages = export(make_entry("GLE-1", *amounts), make_entry("GLE-2", *amounts))
    books.post(messages)
    (batch,) = books.batches()
    books.control("POST", f"gl/batches/{batch['BatchNumber']}/post", {})
    books.control("POST", "gl/clear", {"batches": True})
    books.switch(order="shuffled")
    monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path / "another-home"))

    books.post(messages)

    posted = books.find_in(EntryState.POSTED)
    assert [len(entry.lines) for entry in posted] == [121, 121]
    assert books.batches() == []
