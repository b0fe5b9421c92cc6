"""`ml-connector postings list` and `show`: a row for each entry, as a person reads it.

Method: the target enters entries of a real company over HTTP; what the command prints of its ledger
is read as people and as programs do.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import target_sage300
from click.testing import CliRunner
from ml_connector.ledger import DraftEntry, DraftLine, open_ledger
from ml_connector_command.cli import main

from tests.target_sage300 import payables
from tests.target_sage300.conftest import SkippingClock
from tests.target_sage300.singer import export, make_entry

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.target_sage300.conftest import Books

FOREIGN = ("6100100", "6200100")
YEN = make_entry("YEN", "5000", "-5000", accounts=FOREIGN, Currency="JPY")
"""Sage has no rate for yen, and says so when the batch comes in."""


def show(*words: str) -> str:
    """Run the command in this process, as it is installed; return what a person sees."""
    ended = CliRunner().invoke(main, ["postings", *words])
    assert ended.exit_code == 0, ended.output
    return ended.stdout


def rows(*words: str) -> list[dict[str, Any]]:
    printed = show(*words, "--json")
    return [json.loads(line) for line in printed.splitlines()]  # noqa: TID251


def read_table(printed: str) -> list[dict[str, str]]:
    """Return the rows of the first table that was printed, by the heads of its columns."""
    lines = [line for line in printed.partition("└")[0].splitlines() if line[:1] in "┃│"]
    cells = [
        [cell.strip() for cell in line.strip("┃│").replace("┃", "│").split("│")] for line in lines
    ]
    head, *found = cells
    table: list[dict[str, str]] = []
    for one in found:
        row = dict(zip(head, one, strict=True))
        if table and not row[head[0]]:
            table[-1] = {name: f"{text} {row[name]}".strip() for name, text in table[-1].items()}
        else:
            table.append(row)
    return table


def test_an_entry_has_one_row_however_often_its_batch_was_parted(books: Books) -> None:
    entries = [make_entry(f"GLE-{number}") for number in (1, 2, 3)]
    assert books.run(export(*entries, YEN)).exit_code == 3

    listed = rows("list")

    assert {one["entry"]: one["state"] for one in listed} == {
        **dict.fromkeys(("GLE-1", "GLE-2", "GLE-3"), "created"),
        "YEN": "refused",
    }
    assert len(listed) == 4
    assert len(rows("list", "--limit", "4")) == 4
    every = rows("list", "--all")
    assert len(every) > 4
    assert {"absent", "created"} <= {one["state"] for one in every if one["entry"] == "GLE-1"}
    assert rows("list", "--state", "absent") == []


def test_what_stands_is_no_attempt_when_a_change_of_it_was_refused_and_taken_back(
    books: Books,
) -> None:
    books.post(export(make_entry("GLE-1")))
    assert books.run(export(make_entry("GLE-1", "99.00", "-99.00"))).exit_code == 3

    assert [one["state"] for one in rows("list")] == ["refused"]
    assert [one["state"] for one in rows("list", "--state", "created")] == ["created"]
    books.post(export(make_entry("GLE-1")))
    assert [one["state"] for one in rows("list")] == ["created"]


def test_entries_of_two_models_and_kinds_have_rows_of_their_own(books: Books) -> None:
    books.settings["postings"] = [
        {"stream": "gl_adjustments", "kind": "gl_journal"},
        *payables.POSTINGS,
    ]
    for origin in ("NORTH", "SOUTH"):
        books.post(export(make_entry("ONE")), origin=origin)
    books.post(payables.export_payables(payables.make_document(Entry="ONE")), origin="NORTH")

    listed = rows("list")

    assert sorted((one["kind"], one["origin"]) for one in listed) == [
        ("ap_invoice", "NORTH"),
        ("gl_journal", "NORTH"),
        ("gl_journal", "SOUTH"),
    ]


def test_the_table_says_what_an_entry_is_and_not_where_its_only_company_is(books: Books) -> None:
    books.settings["postings"] = [
        {"stream": "gl_adjustments", "kind": "gl_journal"},
        *payables.POSTINGS,
    ]
    books.run(export(make_entry("GLE-1", "10417.3", "-10417.3"), YEN))
    books.post(payables.export_payables(payables.make_document("APE-1")))

    table = {row["entry"]: row for row in read_table(show("list"))}

    about = ("kind", "date", "amount", "cur.", "lines")
    assert [table["GLE-1"][name] for name in about] == [
        *("journal", "2026-10-31", "10,417.30", "CAD", "2"),
    ]
    assert table["GLE-1"]["description"] == "Accrual GLE-1"
    assert [table["YEN"][name] for name in about] == ["journal", "2026-10-31", "5,000", "JPY", "2"]
    assert [table["APE-1"][name] for name in about] == [
        *("A/P invoice", "2026-10-31", "100.25", "CAD", "2"),
    ]
    assert "company" not in table["GLE-1"]
    (shown,) = rows("list", "--kind", "ap_invoice")
    assert shown["amounts"] == {"CAD": "100.25"}
    assert shown["company"].endswith("-SAMLTD")
    assert len(shown["company"]) > len("SAMLTD")


def keep_one_more(books: Books, subject: str) -> None:
    """Keep a refused entry of another company in the same ledger."""
    draft = DraftEntry(
        name="OTHER", content={}, lines=(DraftLine(reference="OTHER-1", content={}),)
    )
    with open_ledger(books.ledger_place) as ledger:
        run = ledger.start_run(plugin="target-sage300", version="1", subject=subject)
        postings = ledger.postings(subject=subject)
        postings.keep_refused(run, kind="gl_journal", refused=[(draft, "why")])
        run.finish("done", exit_code=3)


def test_companies_are_told_apart_by_their_codes_or_else_by_their_addresses(books: Books) -> None:
    books.post(export(make_entry("GLE-1")))

    keep_one_more(books, "sage300-erp.example.com/Sage300WebApi/v1.0/--SAMINC")
    assert {row["company"] for row in read_table(show("list"))} == {"SAMLTD", "SAMINC"}
    keep_one_more(books, "sage300-test.example.com/Sage300WebApi/v1.0/--SAMLTD")
    assert len({row["company"] for row in read_table(show("list"))}) == 3


def test_what_a_new_ledger_found_is_listed_by_its_first_id(
    books: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    books.post(export(make_entry("GLE-1")))
    (batch,) = books.batches()
    books.control("POST", f"gl/batches/{batch['BatchNumber']}/post", {})
    monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path / "another-home"))
    target_sage300.adopt({**books.sandbox.info["sage300"], **books.settings}, clock=SkippingClock())

    (row,) = read_table(show("list"))

    assert (row["entry"], row["state"], row["amount"]) == ("GLE-1-1", "posted", "125.50")
    assert "GLE-1-2" in show("show", row["entry"])


def test_the_newest_record_of_an_entry_is_shown_first(books: Books) -> None:
    assert books.run(export(make_entry("GLE-1"), YEN)).exit_code == 3

    printed = show("show", "GLE-1")

    now, *before = printed.split("Earlier records of GLE-1")
    assert len(before) == 1
    assert "created" in now
    assert "No rate" not in now
    assert "No rate" in before[0]
    newest, attempt = rows("show", "GLE-1")
    assert (newest["state"], attempt["state"]) == ("created", "absent")
    assert attempt["reason"].startswith("its batch was refused: No rate")


def test_only_states_that_entries_come_into_are_offered() -> None:
    ended = CliRunner().invoke(main, ["postings", "list", "--state", "partly_posted"])

    assert ended.exit_code == 2
    assert "'in_error_batch'" in ended.output


def test_who_asks_for_what_was_left_out_hears_where_that_is_told(books: Books) -> None:
    books.post(export(make_entry("GLE-1"), make_entry("ELSEWHERE", Company="SAMINC")))

    ended = CliRunner().invoke(main, ["postings", "show", "ELSEWHERE"])

    assert ended.exit_code == 2
    assert "left out or held back" in " ".join(ended.output.replace("│", " ").split())


def test_what_was_deleted_says_so_and_how_it_is_entered_again(books: Books) -> None:
    books.post(export(make_entry("GLE-1")))
    (batch,) = books.batches()
    books.control("POST", f"gl/batches/{batch['BatchNumber']}/delete", {})
    books.post(export(make_entry("GLE-1")))

    (row,) = read_table(show("list", "--state", "withdrawn"))
    (shown,) = rows("show", "GLE-1")

    assert row["reason"] == "its batch was deleted in Sage 300"
    assert "`postings retry`" in shown["remedy"]
    assert "new ids" in shown["remedy"]
