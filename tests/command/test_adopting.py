"""`ml-connector postings adopt`: the ledger learns what stands in Sage 300; nothing is posted.

Method: the target enters entries over HTTP, people act on them in Sage 300, ledgers are lost; what
the command claims is held against what a run then enters.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import target_sage300
from click.testing import CliRunner
from ml_connector.ledger import EntryState, open_ledger
from ml_connector_command.cli import main

from tests.target_sage300 import payables
from tests.target_sage300.conftest import SkippingClock
from tests.target_sage300.singer import export, make_entry

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result
    from target_sage300 import Learned

    from tests.target_sage300.conftest import Books

GLE = make_entry("GLE-1")
ALL = ("GLE-1-1", "GLE-1-2")
AP_POSTINGS = [{"stream": "gl_adjustments", "kind": "gl_journal"}, *payables.POSTINGS]


@pytest.fixture(autouse=True)
def only_journals(books: Books) -> None:
    """A kind that was never looked for waits for real."""
    books.settings["postings"] = AP_POSTINGS[:1]


def ask_adopt(books: Books, *more: str, **changes: Any) -> Result:
    """Run the command in this process, as it is installed."""
    return CliRunner().invoke(
        main, ["postings", "adopt", "--target", books.arguments(**changes)[1], *more]
    )


def adopted(books: Books, **changes: Any) -> list[dict[str, Any]]:
    ended = ask_adopt(books, "--json", **changes)
    assert ended.exit_code == 0, ended.output
    return [json.loads(line) for line in ended.stdout.splitlines()]  # noqa: TID251


def learn(books: Books, **changes: Any) -> list[Learned]:
    """Adopt without waiting: what the command calls, with a clock that skips."""
    config = {**books.sandbox.info["sage300"], **books.settings, **changes}
    return target_sage300.adopt(config, clock=SkippingClock())


def forget_ledger(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path / "another-home"))


def act(books: Books, *deeds: str, batch: int = -1) -> str:
    """Have a person act on one of our journal batches; return its number."""
    number = str(books.batches()[batch]["BatchNumber"])
    for deed in deeds:
        books.control("POST", f"gl/batches/{number}/{deed}", {})
    return number


def enter_by_hand(books: Books, number: str, *references: str, **header: Any) -> None:
    """Copy the entry of a batch of ours into a batch of somebody's own, with these references."""
    (entry,) = books.get(f"GL/GLJournalBatches('{number}')")["JournalHeaders"]
    details = [
        line | {"Reference": reference}
        for line, reference in zip(entry["JournalDetails"], references, strict=True)
    ]
    body = {"JournalHeaders": [{**entry, "JournalDetails": details, **header}]}
    books.send("POST", "GL/GLJournalBatches", body)


@pytest.mark.switch("deleted_journal_batches")
def test_a_new_ledger_learns_what_stands_in_every_form(
    books: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    entries = [make_entry(f"GLE-{number}") for number in (1, 2, 3)]
    books.switch(deleted_journal_batches="kept")
    books.post(export(*entries), batch_lines=2)
    posted, ready = act(books, "post", batch=0), act(books, "ready", batch=1)
    deleted = act(books, "delete", batch=2)
    forget_ledger(monkeypatch, tmp_path)

    # The shortest time in which an effect may be late is the read timeout.
    found = adopted(books, settle_minutes=0, read_timeout_s=3)

    assert {(one["state"], one["batch"], one["ids"][0]) for one in found} == {
        ("posted", posted, "GLE-1-1"),
        ("ready", ready, "GLE-2-1"),
        ("withdrawn", deleted, "GLE-3-1"),
    }
    assert ask_adopt(books).stdout.strip() == "Nothing that the ledger did not know."
    books.post(export(*entries))
    books.assert_stands_once("GLE-1-1", "GLE-1-2", "GLE-2-1", "GLE-2-2")
    with open_ledger(books.ledger_place) as ledger:
        assert ledger.verify_chain().problem is None


def test_a_new_ledger_learns_of_payables(
    books: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    books.settings["postings"] = AP_POSTINGS
    messages = payables.export_payables(
        payables.make_document("APE-1"), payables.make_adjustment("ADJ-1")
    )
    books.post(messages)
    for ledger, batches in (("IN", payables.invoice_batches), ("AD", payables.adjustment_batches)):
        (batch,) = batches(books)
        books.control("POST", f"ap/{ledger}/{batch['BatchNumber']}/post", {})
    forget_ledger(monkeypatch, tmp_path)

    _, invoices, adjustments = learn(books)
    again = learn(books)

    assert [one.state for one in invoices.entries] == [EntryState.POSTED]
    assert {"ADJ-1-1", "ADJ-1-2"} in [one.references for one in adjustments.entries]
    assert [one.entries for one in again] == [(), (), ()]
    books.post(messages)
    payables.assert_stands_once(books, "APE-1-1", "APE-1-2", "ADJ-1-1", "ADJ-1-2")


def test_an_entry_that_a_person_entered_with_its_ids_is_left_alone(books: Books) -> None:
    wrong = make_entry("GLE-1", accounts=("9999", "2100"))
    books.post(export(make_entry("OTHER")))
    assert books.run(export(make_entry("OTHER"), wrong)).exit_code == 3
    enter_by_hand(books, act(books), *ALL)

    (found,) = adopted(books)

    assert (found["state"], found["ids"]) == ("created", list(ALL))
    books.post(export(make_entry("OTHER"), GLE))
    books.assert_stands_once("OTHER-1", "OTHER-2", *ALL)
    assert books.find_in(EntryState.REFUSED) == []


def test_ids_that_were_added_to_an_older_batch_are_claimed(books: Books) -> None:
    books.post(export(make_entry("OTHER")))
    number = act(books)
    (header,) = books.batches()[0]["JournalHeaders"]
    added = [
        line | {"Reference": reference, "TransactionNumber": 0}
        for line, reference in zip(header["JournalDetails"], ALL, strict=True)
    ]
    lines = [*header["JournalDetails"], *added]
    body = {"JournalHeaders": [header | {"JournalDetails": lines}]}
    books.control("PATCH", f"gl/batches/{number}", body)

    (found,) = adopted(books)

    assert (found["batch"], found["ids"]) == (number, list(ALL))
    books.post(export(make_entry("OTHER"), GLE))
    books.assert_stands_once("OTHER-1", "OTHER-2", *ALL)


def test_what_a_ledger_has_seen_posted_needs_no_batch_any_more(books: Books) -> None:
    consolidated = ("5000210", "5000220")
    books.post(export(make_entry("GLE-1", accounts=consolidated)))
    act(books, "post")
    learn(books)
    books.control("POST", "gl/clear", {"batches": True})

    (seen,) = learn(books)

    assert (seen.entries, seen.untold) == ((), ())
    messages = export(*(make_entry(f"GLE-{number}", accounts=consolidated) for number in (1, 2)))
    books.post(messages)
    books.assert_stands_once("GLE-2-1", "GLE-2-2")


@pytest.mark.fault("cut_after", "cut_before", "status")
@pytest.mark.parametrize(
    ("fault", "state"),
    [("cut_after", EntryState.CREATED), ("cut_before", EntryState.ABSENT)],
    ids=["it-stands", "it-does-not"],
)
def test_what_a_killed_run_left_is_settled(books: Books, fault: str, state: EntryState) -> None:
    books.post(export(make_entry("OTHER")))
    books.fault(fault, "GLJournalBatches$", method="POST")
    books.fault("status", "GLJournalBatches", method="GET", status=403, after=2, times=9)
    first = books.run(export(make_entry("OTHER"), GLE))
    assert first.exit_code == 1
    assert [one.name for one in books.find_in(EntryState.UNKNOWN, EntryState.SENT)] == ["GLE-1"]
    books.control("DELETE", "faults")

    (one,) = learn(books)

    assert [(each.name, each.state) for each in one.entries] == [("GLE-1", state)]
    books.post(export(make_entry("OTHER"), GLE))
    books.assert_stands_once("OTHER-1", "OTHER-2", *ALL)


def test_an_id_that_stands_twice_is_named_and_nothing_is_claimed_twice(books: Books) -> None:
    books.post(export(GLE))
    number = act(books)
    enter_by_hand(books, number, *ALL)
    copy = str(books.batches()[-1]["BatchNumber"])

    ended = ask_adopt(books)

    assert ended.exit_code == 1
    assert f"stands in batch {number}" in ended.output
    assert f"in batch {copy}" in ended.output
    assert "Delete one of the two" in ended.output


@pytest.mark.switch("deleted_journal_batches")
def test_what_a_person_had_retried_stays_free(books: Books) -> None:
    books.switch(deleted_journal_batches="kept")
    books.post(export(GLE))
    act(books, "delete")
    (found,) = adopted(books)
    assert found["state"] == "withdrawn"
    words = ["postings", "retry", "GLE-1", "--yes", "--target", books.arguments()[1]]
    assert CliRunner().invoke(main, words).exit_code == 0

    assert adopted(books) == []

    books.post(export(GLE))
    books.assert_stands_once(*ALL)


def test_what_sage_does_not_show_is_told(
    books: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    consolidated = ("5000210", "5000220")
    entry = make_entry("GLE-1", accounts=consolidated)
    books.post(export(entry))
    act(books, "post")
    books.control("POST", "gl/clear", {"batches": True})
    forget_ledger(monkeypatch, tmp_path)
    (first,) = learn(books)
    assert "lines posted to account 5000210 under 2026-10-31" in first.untold[0]

    told = [one["untold"] for one in adopted(books)]

    assert told == list(first.untold)
    assert "What Sage 300 does not show" in ask_adopt(books).output
    refused = books.run(export(entry))
    assert refused.exit_code == 3
    # What the refusal advises: the person enters it, with its ids.
    assert "by hand under source code GL-PL" in refused.log
    lines = {"SourceLedger": "GL", "SourceType": "PL", "PostingDate": "2026-10-31"}
    details = [
        {"AccountNumber": one["Account"], "SourceCurrencyAmount": amount, "Reference": reference}
        for one, amount, reference in zip(entry, (125.5, -125.5), ALL, strict=True)
    ]
    body = {"JournalHeaders": [{**lines, "JournalDetails": details}]}
    books.send("POST", "GL/GLJournalBatches", body)
    books.post(export(entry))
    books.assert_stands_once(*ALL)


def test_it_waits_for_a_run_under_way(books: Books) -> None:
    books.post(export(GLE))
    (seen,) = learn(books)
    assert seen.entries == ()
    with open_ledger(books.ledger_place) as ledger:
        company = ledger.posting_views().find("GLE-1")[0].summary.subject
        with ledger.posting_lease(subject=company):
            ended = ask_adopt(books, lease_wait_minutes=0)

    assert ended.exit_code == 1
    assert "Wait until that run has ended" in ended.output
