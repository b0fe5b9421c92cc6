"""A dry run shows what a run would do, entry by entry, and changes nothing anywhere."""

from __future__ import annotations

import stat
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from ml_connector.ledger import EntryState
from ml_connector.wire import decode_json

from tests.support.wiretap import Wiretap
from tests.target_sage300.payables import (
    POSTINGS,
    export_payables,
    make_adjustment,
    make_document,
)
from tests.target_sage300.singer import export, make_entry

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target_sage300.conftest import Books

FOREIGN = ("6100100", "6200100")
"""Accounts that take any currency."""
MIXED = export(
    make_entry("GLE-1"),
    make_entry("GLE-2", Account="9999"),
    make_entry("GLE-3", Approved=False),
    make_entry("GLE-4", "1000000.00", "-1000000.00"),
)


@pytest.fixture
def table(books: Books, capfd: pytest.CaptureFixture[str]) -> Any:
    """Run dry, and return the rows of the table by entry."""

    def review(messages: bytes, **settings: Any) -> dict[str, str]:
        capfd.readouterr()
        result = books.run(messages, dry_run=True, **settings)
        assert result.states == []
        rows = capfd.readouterr().err.splitlines()
        return {row.split()[0]: " ".join(row.split()) for row in rows if row.strip()}

    return review


def test_each_entry_is_shown_with_what_a_run_would_do(books: Books, table: Any) -> None:
    books.post(export(make_entry("GLE-1")))

    rows = table(MIXED)

    facts = "journal 2026-10-31 2 CAD"
    assert rows["GLE-1"] == f"GLE-1 {facts} 125.50 nothing: it stands in Sage 300 as it comes"
    assert rows["GLE-2"].startswith(
        f"GLE-2 {facts} 125.50 refuse: entry 'GLE-2', record GLE-2-1, field 'Account'"
    )
    assert rows["GLE-3"].startswith(f"GLE-3 {facts} 125.50 leave out: it ")
    assert rows["GLE-4"] == f"GLE-4 {facts} 1,000,000.00 enter"
    books.assert_stands_once("GLE-1-1", "GLE-1-2")
    assert [entry.name for entry in books.find_in(*EntryState)] == ["GLE-1"]


def test_a_new_ledger_is_said_to_know_nothing(books: Books, table: Any) -> None:
    assert table(export(make_entry()))["gl_journal:"].startswith("gl_journal: the ledger is new")
    assert books.find_in(*EntryState) == []
    assert books.new_batches() == []


def test_what_would_be_held_back_is_shown_as_such(books: Books, table: Any, tmp_path: Path) -> None:
    bodies = tmp_path / "bodies.jsonl"

    rows = table(MIXED, all_or_nothing=True, review_file=str(bodies))

    assert rows["GLE-1"].endswith("125.50 hold back: another entry is refused")
    assert bodies.read_bytes() == b""
    assert books.new_batches() == []


def test_documents_of_payables_are_shown_with_their_totals(table: Any) -> None:
    rows = table(export_payables(make_document(), make_adjustment()), postings=POSTINGS)

    assert rows["APE-1"] == "APE-1 A/P invoice 2026-10-31 2 CAD 100.25 enter"
    assert rows["ADJ-1"] == "ADJ-1 A/P adjustment 2026-10-31 2 CAD -14.75 enter"


def test_an_entry_has_one_row_and_its_further_currencies_and_reasons_stand_below(
    books: Books, capfd: pytest.CaptureFixture[str]
) -> None:
    mixed = [
        *make_entry("MIX", "10417.3", "-10417.3"),
        *make_entry("MIX", "5000", "-5000", accounts=FOREIGN, Currency="JPY"),
    ]
    for number, line in enumerate(mixed):
        line.update({"Lines In Entry": 4, "Transaction ID": f"MIX-{number}"})
    wrong = make_entry("WRONG", "1.25", "-3", Account="9999")

    books.run(export(mixed, wrong), dry_run=True)

    printed = capfd.readouterr().err
    table = printed[printed.index("Entry ") :].splitlines()
    shown = [" ".join(row.split()) for row in table if not row.startswith("{")]
    begin = next(number for number, row in enumerate(shown) if row.startswith("MIX"))
    assert shown[begin] == "MIX journal 2026-10-31 4 CAD 10,417.30 enter"
    assert shown[begin + 1] == "JPY 5,000"
    assert shown[begin + 2].startswith("WRONG journal 2026-10-31 2 CAD 1.25 refuse: entry 'WRONG'")
    assert shown[begin + 3].startswith("refuse: entry 'WRONG', record WRONG-2")
    assert [row for row in shown if row.startswith(("Total", "JPY"))][1:] == [
        "Total journal 4 CAD 10,417.30 enter: 1 entry",
        "JPY 5,000",
        "Total journal 2 CAD 1.25 refuse: 1 entry",
    ]
    assert any(
        row.startswith("Sage 300 may still refuse what is shown as `enter`") for row in shown
    )


def test_nothing_is_said_of_what_sage_may_refuse_when_nothing_is_entered(
    books: Books, capfd: pytest.CaptureFixture[str]
) -> None:
    books.run(export(make_entry("BAD", Account="9999")), dry_run=True)

    printed = capfd.readouterr().err
    assert "refuse: 1 entry" in printed
    assert "may still refuse" not in printed


@pytest.mark.parametrize(
    ("messages", "postings", "resource"),
    [
        (export(make_entry("GLE-1"), make_entry("GLE-2")), None, "GL/GLJournalBatches"),
        (export_payables(make_document()), POSTINGS, "AP/APInvoiceBatches"),
        (export_payables(make_adjustment()), POSTINGS, "AP/APPaymentAndAdjustmentBatches"),
    ],
    ids=["gl_journal", "ap_invoice", "ap_adjustment"],
)
def test_the_bodies_are_those_that_a_run_sends(
    books: Books, tmp_path: Path, messages: bytes, postings: Any, resource: str
) -> None:
    path = tmp_path / "bodies.jsonl"
    settings = {"postings": postings} if postings else {}
    books.run(messages, dry_run=True, review_file=str(path), **settings)
    (said,) = [decode_json(line) for line in path.read_bytes().splitlines()]

    address = urlsplit(books.sandbox.info["sage300"]["base_url"])
    with Wiretap(address.port or 0) as wire:
        books.post(messages, base_url=f"{wire.address}{address.path}", **settings)
    (sent,) = (decode_json(body) for body in wire.bodies(f"/{resource} ".encode()))

    assert said["call"] == f"POST …/{resource}"
    assert {**said["body"], "Description": sent["Description"]} == sent


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps rights in lists of its own")
def test_the_bodies_are_for_their_owner_alone(books: Books, tmp_path: Path) -> None:
    path = tmp_path / "bodies.jsonl"

    books.run(export(make_entry()), dry_run=True, review_file=str(path))

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_cannot_be_written_stops_the_run(books: Books, tmp_path: Path) -> None:
    result = books.run(export(make_entry()), dry_run=True, review_file=str(tmp_path / "no" / "b"))

    assert result.exit_code == 2
    assert "Setting review_file" in result.log
