"""Approved entries become open journal batches; a second run posts nothing."""

from __future__ import annotations

import base64
import urllib.request
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from ml_connector.ledger import EntryState

from tests.target_sage300.conftest import entries_of
from tests.target_sage300.singer import export, make_entry

if TYPE_CHECKING:
    from tests.target_sage300.conftest import Books


def test_an_approved_entry_becomes_an_open_batch(books: Books) -> None:
    result = books.post(export(make_entry("GLE-1", Comment="memo")))

    (batch,) = books.batches()
    (entry,) = entries_of(batch)
    lines = entry["JournalDetails"]
    assert (batch["Status"], batch["ReadyToPost"]) == ("Open", "No")
    assert (entry["SourceLedger"], entry["SourceType"]) == ("GL", "PL")
    assert entry["PostingDate"][:10] == "2026-10-31"
    assert [(line["Reference"], line["Amount"], line["Comment"]) for line in lines] == [
        ("GLE-1-1", Decimal("125.5"), "memo"),
        ("GLE-1-2", Decimal("-125.5"), "memo"),
    ]
    assert result.states[-1]["bookmarks"] == {"gl_adjustments": {"complete": True}}


def test_a_second_run_posts_nothing(books: Books) -> None:
    messages = export(make_entry("GLE-1"), make_entry("GLE-2"))
    books.post(messages)

    books.post(messages)

    books.assert_stands_once("GLE-1-1", "GLE-1-2", "GLE-2-1", "GLE-2-2")


FOREIGN = ("6100100", "6200100")


def test_amounts_of_another_currency_are_converted_by_sage(books: Books) -> None:
    books.post(export(make_entry("GLE-1", accounts=FOREIGN, Currency="usd")))

    (batch,) = books.batches()
    (entry,) = entries_of(batch)
    lines = entry["JournalDetails"]
    assert {line["SourceCurrency"] for line in lines} == {"USD"}
    assert [line["SourceCurrencyAmount"] for line in lines] == [Decimal("125.5"), Decimal("-125.5")]
    assert lines[0]["Amount"] == -lines[1]["Amount"]
    assert lines[0]["Amount"] not in (0, Decimal("125.5"))


def test_an_entry_that_does_not_balance_when_converted_is_refused_by_sage_and_kept(
    books: Books,
) -> None:
    uneven = ("0.33", "0.33", "0.33", "-0.99")

    result = books.run(
        export(make_entry("GLE-1", *uneven, accounts=FOREIGN, Currency="USD"), make_entry("GLE-2"))
    )

    assert result.exit_code == 3
    books.assert_stands_once("GLE-2-1", "GLE-2-2")
    (kept,) = books.find_in(EntryState.REFUSED)
    assert (kept.name, "out of balance" in str(kept.reason)) == ("GLE-1", True)


def test_a_reversal_is_left_to_sage_and_is_no_second_posting(books: Books) -> None:
    messages = export(make_entry("GLE-1", Reversal=True))
    books.post(messages)
    (batch,) = books.batches()
    books.control("POST", f"gl/batches/{batch['BatchNumber']}/post", {})

    books.post(messages)

    books.assert_stands_once("GLE-1-1", "GLE-1-2")
    assert entries_of(batch)[0]["AutoReversal"] == "NextPeriod"
    assert [entry.name for entry in books.find_in(EntryState.POSTED)] == ["GLE-1"]


def test_another_model_has_ids_of_its_own(books: Books) -> None:
    messages = export(make_entry("GLE-1"))
    books.post(messages)

    books.post(messages, origin="FY27")

    books.assert_stands_once("GLE-1-1", "GLE-1-2", "FY27/GLE-1-1", "FY27/GLE-1-2")


def test_batches_hold_about_so_many_lines_and_cost_one_call_each(books: Books) -> None:
    entries = [make_entry(f"GLE-{number:03}") for number in range(30)]
    books.post(export(make_entry("GLE-first")))
    before = books.control("GET", "counters")["requests"]["POST"]

    books.post(export(make_entry("GLE-first"), *entries), batch_lines=10)

    assert len(books.batches()) == 1 + 6
    assert books.control("GET", "counters")["requests"]["POST"] - before == 6


def fetch_metadata(books: Books) -> str:
    info = books.sandbox.info["sage300"]
    login = base64.b64encode(f"{info['username']}:{info['password']}".encode()).decode()
    request = urllib.request.Request(  # noqa: S310 - loopback only
        f"{info['base_url']}/{info['company']}/GL/$metadata",
        headers={"Authorization": f"Basic {login}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
        return str(answer.read(), "utf-8")


@pytest.mark.fault("status")
def test_a_batch_that_cannot_be_built_is_neither_sent_nor_claimed(books: Books) -> None:
    messages = export(make_entry("GLE-1"))
    other = fetch_metadata(books).replace('Name="Comment"', 'Name="Remark"')
    headers = {"Content-Type": "application/xml"}
    books.fault("status", r"GL/\$metadata", status=200, body=other, headers=headers, times=0)

    refused = books.run(messages)

    assert (refused.exit_code, refused.states) == (2, [])
    assert "GLJournalBatches.Comment" in refused.log
    assert books.find_in(*EntryState) == []
    books.control("DELETE", "faults")
    books.post(messages)
    books.assert_stands_once("GLE-1-1", "GLE-1-2")
