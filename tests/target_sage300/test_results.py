"""What became of each line: the results that go back into the model, one per transaction id."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tap_sage300.tap import TapSage300

from tests.support.catalogs import write_catalog
from tests.support.in_process import run_command
from tests.target_sage300.conftest import entries_of
from tests.target_sage300.payables import (
    POSTINGS,
    export_payables,
    invoice_batches,
    make_adjustment,
    make_document,
)
from tests.target_sage300.singer import export, make_entry

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target_sage300.conftest import Books

Result = dict[str, Any]


def read_results(books: Books, *, code: int = 0, **settings: Any) -> dict[str, Result]:
    """Run the tap for the results alone; by transaction id."""
    info = books.sandbox.info["sage300"]
    path = books.folder / "tap.json"
    path.write_text(json.dumps({**info, **settings}), encoding="utf-8")
    catalog = write_catalog(info, ["posting_results"], books.folder)
    before = books.control("GET", "counters")["requests"]
    ended, printed, log = run_command(
        TapSage300, ["--config", str(path), "--catalog", str(catalog)]
    )
    assert ended == code, log
    assert books.control("GET", "counters")["requests"] == before
    messages = [json.loads(line) for line in printed.splitlines()]  # noqa: TID251
    records = [one["record"] for one in messages if one["type"] == "RECORD"]
    found = {one["TransactionId"]: one for one in records}
    assert len(found) == len(records)
    assert messages[-1]["value"]["bookmarks"]["posting_results"]["complete"]
    return found


def test_each_line_has_a_result_whatever_became_of_it(books: Books) -> None:
    entries = [
        make_entry("GOOD"),
        make_entry("BAD", Account="9999"),
        make_entry("ELSEWHERE", Company="EURLTD"),
        make_entry("WAITING", Approved=False),
    ]
    assert books.run(export(*entries)).exit_code == 3
    (batch,) = books.batches()

    results = read_results(books)

    assert {name: one["Status"] for name, one in results.items()} == {
        **dict.fromkeys(("GOOD-1", "GOOD-2"), "created"),
        **dict.fromkeys(("BAD-1", "BAD-2"), "refused"),
        **dict.fromkeys(("ELSEWHERE-1", "ELSEWHERE-2"), "left_out"),
        **dict.fromkeys(("WAITING-1", "WAITING-2"), "left_out"),
    }
    good = results["GOOD-1"]
    place = (batch["BatchNumber"], entries_of(batch)[0]["EntryNumber"])
    assert (good["Batch"], good["Entry"], good["Revision"], good["PostedDate"]) == (*place, 1, None)
    assert "no such account" in results["BAD-1"]["Reason"]
    assert results["BAD-1"]["Reason"].count("no such account") == 1
    assert results["ELSEWHERE-1"]["Reason"] == "it is of another company"
    assert results["WAITING-1"]["Reason"] == "it is not approved"


def test_a_posted_line_shows_the_day_and_a_refused_change_of_it(books: Books) -> None:
    books.post(export(make_entry("GLE-1")))
    (batch,) = books.batches()
    books.control("POST", f"gl/batches/{batch['BatchNumber']}/post", {})
    assert books.run(export(make_entry("GLE-1", "99.00", "-99.00"))).exit_code == 3

    result = read_results(books)["GLE-1-1"]

    assert (result["Status"], result["PostedDate"][:10]) == ("posted", "2026-10-31")
    assert result["Batch"] == batch["BatchNumber"]
    assert result["Reason"].startswith("its change was refused")


def test_a_revised_line_shows_its_newest_revision_and_not_the_reversal(books: Books) -> None:
    books.post(export(make_entry("GLE-1")))
    (batch,) = books.batches()
    books.control("POST", f"gl/batches/{batch['BatchNumber']}/post", {})
    books.post(export(make_entry("GLE-1", "99.00", "-99.00")), on_change="revise")

    results = read_results(books)

    assert set(results) == {"GLE-1-1", "GLE-1-2"}
    assert {(one["Revision"], one["Status"]) for one in results.values()} == {(2, "created")}


def test_an_entry_mended_and_posted_shows_no_reason_any_more(books: Books) -> None:
    assert books.run(export(make_entry("GLE-1", Account="9999"))).exit_code == 3
    books.post(export(make_entry("GLE-1")))

    result = read_results(books)["GLE-1-1"]

    assert (result["Status"], result["Reason"]) == ("created", None)


@pytest.mark.parametrize("ledger", ["the_same", "a_new_one"])
@pytest.mark.switch("deleted_journal_batches")
def test_an_entry_whose_batch_was_deleted_says_so(
    books: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ledger: str
) -> None:
    books.switch(deleted_journal_batches="kept")
    books.post(export(make_entry("GLE-1")))
    (batch,) = books.batches()
    books.control("POST", f"gl/batches/{batch['BatchNumber']}/delete", {})
    if ledger == "a_new_one":
        monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path / "another-home"))
    books.post(export(make_entry("GLE-1")))

    result = read_results(books)["GLE-1-1"]

    assert (result["Status"], result["Batch"]) == ("withdrawn", batch["BatchNumber"])
    assert result["Reason"] == "its batch was deleted in Sage 300"


def test_what_all_or_nothing_holds_back_says_so(books: Books) -> None:
    messages = export(make_entry("BAD", Account="9999"), make_entry("GOOD"))
    assert books.run(messages, all_or_nothing=True).exit_code == 3

    assert read_results(books)["GOOD-1"]["Status"] == "held"


@pytest.mark.parametrize("deed", ["ready", "post"])
def test_an_entry_whose_approval_is_taken_back_says_so_until_it_is_posted(
    books: Books, deed: str
) -> None:
    books.post(export(make_entry("GLE-1")))
    books.control("POST", f"gl/batches/{books.batches()[0]['BatchNumber']}/{deed}", {})

    log = books.post(export(make_entry("GLE-1", Approved=False))).log

    result = read_results(books)["GLE-1-1"]
    if deed == "post":
        assert (result["Status"], result["Reason"]) == ("posted", None)
        assert "entry.left_out entry=GLE-1" in log
    else:
        assert "in the model it is not approved" in result["Reason"]
        assert "entry.not_approved_any_more entry=GLE-1" in log
        assert f"batch={result['Batch']}" in log


def test_refused_entries_end_the_last_step_of_a_job_and_not_the_first(
    books: Books, capfd: pytest.CaptureFixture[str]
) -> None:
    books.post(export(make_entry("BAD", Account="9999")), on_refused="go_on")

    assert read_results(books, code=3, fail_on_refused=True)["BAD-1"]["Status"] == "refused"
    log = capfd.readouterr().err
    assert 'results.not_entered lines=2 such_as="BAD-1, BAD-2"' in log


def test_a_model_sees_its_own_ids_as_it_knows_them(books: Books) -> None:
    books.post(export(make_entry("GLE-1")), origin="FY27")
    books.post(export(make_entry("GLE-2")), origin="FY28")

    assert set(read_results(books, origin="FY27")) == {"GLE-1-1", "GLE-1-2"}


def test_a_ledger_without_postings_has_no_results(books: Books) -> None:
    assert read_results(books) == {}


def test_each_line_of_payables_has_a_result_under_the_id_the_model_writes(books: Books) -> None:
    entries = [
        make_document("inv-1"),
        make_adjustment("adj-1"),
        make_document("bad-1", Vendor="NOBODY"),
        make_document("not-1", Approved=False),
    ]
    settings: dict[str, Any] = {"postings": POSTINGS, "origin": "fy27", "on_refused": "go_on"}
    expected = {
        **dict.fromkeys(("inv-1-1", "inv-1-2", "adj-1-1", "adj-1-2"), "posted"),
        **dict.fromkeys(("bad-1-1", "bad-1-2"), "refused"),
        **dict.fromkeys(("not-1-1", "not-1-2"), "left_out"),
    }

    books.post(export_payables(*entries), **settings, post="posted", allow_auto_post=True)
    results = read_results(books, origin="fy27")

    assert {name: one["Status"] for name, one in results.items()} == expected
    posted = [one for one in results.values() if one["Status"] == "posted"]
    assert {one["PostedDate"][:10] for one in posted} == {"2026-10-31"}
    # Nor does the next run take away what it does not bring: ids of what stands stay as written.
    books.post(export_payables(), **settings)
    later = read_results(books, origin="fy27")
    assert {name for name, one in later.items() if one["Status"] == "posted"} == {
        name for name, status in expected.items() if status == "posted"
    }


def test_each_line_of_a_document_whose_batch_was_purged_has_its_result(
    books: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    messages = export_payables(make_document("inv-1", "1", "2", "3"))
    books.post(messages, postings=POSTINGS)
    (batch,) = invoice_batches(books)
    for deed in ("ready", "post", "purge"):
        books.control("POST", f"ap/IN/{batch['BatchNumber']}/{deed}", {})
    monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path / "another-home"))
    books.post(messages, postings=POSTINGS)

    results = read_results(books)

    assert set(results) == {"inv-1-1", "inv-1-2", "inv-1-3"}
    shown = {(one["Status"], one["Batch"], one["PostedDate"][:10]) for one in results.values()}
    assert shown == {("posted", str(batch["BatchNumber"]), "2026-10-31")}
