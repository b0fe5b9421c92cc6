"""`ml-connector postings`: a person sees what became of each entry, and decides on what is kept.

Method: the target enters and refuses entries of a real company over HTTP; the command is asked of
the ledger that it left.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from ml_connector.ledger import open_ledger
from ml_connector_command.cli import main

from tests.target_sage300 import payables
from tests.target_sage300.singer import export, make_entry

if TYPE_CHECKING:
    from click.testing import Result

    from tests.target_sage300.conftest import Books


def ask(*words: str) -> Result:
    """Run the command in this process, as it is installed."""
    return CliRunner().invoke(main, ["postings", *words])


def rows(*words: str) -> list[dict[str, Any]]:
    ended = ask(*words, "--json")
    assert ended.exit_code == 0, ended.output
    return [json.loads(line) for line in ended.stdout.splitlines()]  # noqa: TID251


def test_entries_are_listed_newest_first_and_by_state_and_kind(books: Books) -> None:
    books.post(export(make_entry("GOOD")))
    assert books.run(export(make_entry("GOOD"), make_entry("BAD", Account="9999"))).exit_code == 3
    (batch,) = books.batches()

    listed = rows("list")

    assert [(one["entry"], one["state"]) for one in listed] == [
        ("BAD", "refused"),
        ("GOOD", "created"),
    ]
    bad, good = listed
    assert (good["batch"], good["batch entry"]) == (batch["BatchNumber"], "00001")
    assert (good["first id"], good["lines"], good["kind"]) == ("GOOD-1", 2, "gl_journal")
    assert "no such account" in bad["reason"]
    assert [one["entry"] for one in rows("list", "--state", "created")] == ["GOOD"]
    assert [one["entry"] for one in rows("list", "--limit", "1")] == ["BAD"]
    assert rows("list", "--kind", "ap_invoice") == []
    assert "No entry is there" in ask("list", "--kind", "ap_invoice").output
    assert "record BAD-1, field 'Account'" in ask("list").output


@pytest.mark.parametrize("name", ["GLE-1", "GLE-1-2"], ids=["by_name", "by_transaction_id"])
def test_an_entry_is_shown_with_lines_steps_and_remedy(books: Books, name: str) -> None:
    books.post(export(make_entry("GLE-1"), make_entry("GLE-10")), origin="NORTH")
    (batch,) = books.batches()
    books.control("POST", f"gl/batches/{batch['BatchNumber']}/post", {})
    books.post(export(make_entry("GLE-1"), make_entry("GLE-10")), origin="NORTH")

    (shown,) = rows("show", name)

    amounts = [(line["reference"], line["account"], line["amount"]) for line in shown["lines"]]
    assert amounts == [
        ("NORTH/GLE-1-1", "6100100", "125.5"),
        ("NORTH/GLE-1-2", "2100", "-125.5"),
    ]
    assert [step["after"] for step in shown["steps"]] == ["prepared", "sent", "created", "posted"]
    assert [step["run"] for step in shown["steps"]] == [1, 1, 1, 2]
    assert "in the books" in shown["remedy"]
    text = ask("show", name).output
    assert "NORTH/GLE-1-2" in text
    assert "-125.5" in text
    assert "GLE-10" not in text


def test_what_nobody_knows_is_refused_with_a_hint(books: Books) -> None:
    books.post(export(make_entry("GLE-1")))

    ended = ask("show", "GLE-9")

    assert ended.exit_code == 2
    assert "postings list" in ended.output.replace("\n", " ")


BAD = make_entry("BAD", Account="9999")


def test_a_dismissed_entry_stays_away_until_it_comes_otherwise(books: Books) -> None:
    assert books.run(export(BAD, make_entry("GOOD"))).exit_code == 3
    assert ask("dismiss", "GOOD", "--yes").exit_code == 2
    assert ask("dismiss", "BAD-1", "--yes").exit_code == 0

    again = books.post(export(BAD[::-1], make_entry("GOOD")), all_or_nothing=True)

    assert "was dismissed by" in again.log
    assert rows("list", "--state", "refused") == []
    assert books.run(export(make_entry("BAD", Account="8888"))).exit_code == 3
    assert [one["entry"] for one in rows("list", "--state", "refused")] == ["BAD"]
    # Another version came in between: what was dismissed is news again.
    assert books.run(export(BAD)).exit_code == 3
    books.assert_stands_once("GOOD-1", "GOOD-2")


@pytest.mark.switch("locked_periods")
def test_what_was_dismissed_and_is_not_to_be_reversed_any_more_comes_otherwise(
    books: Books,
) -> None:
    books.switch(locked_periods=[books.period_of("2026-10-31")])
    assert books.run(export(make_entry("LATE", Reversal=True))).exit_code == 3
    assert ask("dismiss", "LATE", "--yes").exit_code == 0
    books.switch(locked_periods=[])

    books.post(export(make_entry("LATE")))

    books.assert_stands_once("LATE-1", "LATE-2")


@pytest.mark.switch("locked_periods")
def test_what_sage_refused_and_a_person_dismissed_is_not_sent_again(books: Books) -> None:
    books.switch(locked_periods=[books.period_of("2026-10-31")])
    assert books.run(export(make_entry("LATE"))).exit_code == 3
    assert ask("dismiss", "LATE", "--yes").exit_code == 0
    books.switch(locked_periods=[])

    books.post(export(make_entry("LATE")))

    assert books.batches() == []
    (shown,) = rows("show", "LATE")
    assert shown["state"] == "absent"
    assert shown["steps"][-1]["by"] == "ml-connector"
    books.post(export(make_entry("LATE", "99.00", "-99.00")))
    books.assert_stands_once("LATE-1", "LATE-2")


def test_what_is_dismissed_in_the_middle_of_a_run_waits_for_it(books: Books) -> None:
    assert books.run(export(BAD)).exit_code == 3
    company = rows("list")[0]["company"]
    with open_ledger(books.ledger_place) as ledger, ledger.posting_lease(subject=company):
        ended = ask("dismiss", "BAD", "--yes")

    assert ended.exit_code != 0
    assert [one["state"] for one in rows("list")] == ["refused"]


def test_nothing_is_dismissed_before_a_person_says_so(books: Books) -> None:
    assert books.run(export(BAD)).exit_code == 3

    asked = ask("dismiss", "BAD")

    assert asked.exit_code == 1
    assert "BAD, journal of 2026-10-31 over 125.50 was refused. May it be let go?" in asked.output
    assert [one["state"] for one in rows("list")] == ["refused"]


def test_an_id_that_two_models_have_is_dismissed_of_the_one_that_is_named(books: Books) -> None:
    for origin in ("NORTH", "SOUTH"):
        assert books.run(export(BAD), origin=origin).exit_code == 3

    for word in ("BAD", "BAD-1"):
        unclear = ask("dismiss", word, "--yes")
        said = " ".join(unclear.output.replace("│", " ").split())
        assert unclear.exit_code == 2
        assert "NORTH/BAD-1 of BAD, journal of 2026-10-31 over 125.50 in SAMLTD" in said
        assert "SOUTH/BAD-1" in said
    assert {one["state"] for one in rows("list")} == {"refused"}
    assert ask("dismiss", "SOUTH/BAD-1", "--yes").exit_code == 0
    assert {one["origin"]: one["state"] for one in rows("list")} == {
        "NORTH": "refused",
        "SOUTH": "absent",
    }


def test_an_id_as_it_stands_in_sage_names_one_entry_also_where_another_model_has_it(
    books: Books,
) -> None:
    for origin in ("", "NORTH"):
        assert books.run(export(BAD), origin=origin).exit_code == 3

    ended = ask("dismiss", "BAD-1", "--yes")

    assert ended.exit_code == 0, ended.output
    assert {one["origin"]: one["state"] for one in rows("list")} == {
        "": "absent",
        "NORTH": "refused",
    }


def test_a_dismissed_entry_stays_away_when_another_model_brings_one_of_its_name(
    books: Books,
) -> None:
    assert books.run(export(BAD), origin="NORTH").exit_code == 3
    assert ask("dismiss", "BAD", "--yes").exit_code == 0
    assert books.run(export(BAD), origin="SOUTH").exit_code == 3

    again = books.post(export(BAD), origin="NORTH")

    assert "was dismissed by" in again.log
    assert [one["origin"] for one in rows("list", "--state", "refused")] == ["SOUTH"]


@pytest.mark.switch("locked_periods")
@pytest.mark.parametrize("refused_by", ["the_gate", "sage"])
def test_a_dismissal_is_taken_back_by_a_retry(books: Books, refused_by: str) -> None:
    is_gate = refused_by == "the_gate"
    entry = make_entry("LATE", **({"Account": "9999"} if is_gate else {}))
    books.switch(locked_periods=[books.period_of("2026-10-31")])
    assert books.run(export(entry)).exit_code == 3
    assert ask("dismiss", "LATE", "--yes").exit_code == 0
    books.post(export(entry))

    asked = ask_retry(books, "LATE")
    assert asked.exit_code == 1
    assert "over 125.50" in asked.output
    assert "was dismissed by" in asked.output
    (shown,) = rows("show", "LATE")
    assert "`postings retry` takes the dismissal back" in shown["remedy"]
    ended = ask_retry(books, "LATE", "--yes")

    assert ended.exit_code == 0, ended.output
    assert [one["state"] for one in rows("list")] == ["refused"]
    books.switch(locked_periods=[])
    if is_gate:
        assert books.run(export(entry)).exit_code == 3
        assert "no such account" in rows("list")[0]["reason"]
    else:
        books.post(export(entry))
        books.assert_stands_once("LATE-1", "LATE-2")
    assert "nor was one of it dismissed" in ask_retry(books, "LATE", "--yes").output


GLE = make_entry("GLE-1")


def delete_batch(books: Books) -> str:
    """Enter GLE-1, delete its batch in Sage 300, and let a run see it; return the number."""
    books.post(export(GLE))
    number = str(books.batches()[-1]["BatchNumber"])
    books.control("POST", f"gl/batches/{number}/delete", {})
    books.post(export(GLE))
    assert [one["state"] for one in rows("list")] == ["withdrawn"]
    return number


def ask_retry(books: Books, name: str = "GLE-1", *more: str, **changes: Any) -> Result:
    return ask("retry", name, "--target", books.arguments(**changes)[1], *more)


@pytest.mark.switch("deleted_journal_batches")
@pytest.mark.parametrize("left", ["emptied", "kept"])
def test_a_deleted_entry_is_entered_again_after_a_retry(books: Books, left: str) -> None:
    books.switch(deleted_journal_batches=left)
    number = delete_batch(books)

    asked = ask_retry(books)
    assert asked.exit_code == 1
    about = "GLE-1, journal of 2026-10-31 over 125.50 CAD was deleted in Sage 300 with batch"
    assert f"{about} {number}. May it be entered" in asked.output
    assert [one["state"] for one in rows("list")] == ["withdrawn"]
    ended = ask_retry(books, "GLE-1-2", "--yes")

    assert ended.exit_code == 0, ended.output
    (shown,) = rows("show", "GLE-1")
    assert shown["state"] == "absent"
    assert "decided by" in shown["steps"][-1]["reason"]
    books.post(export(GLE))
    books.post(export(GLE))
    books.assert_stands_once("GLE-1-1", "GLE-1-2")


def test_nothing_is_retried_without_a_look_into_sage(books: Books) -> None:
    delete_batch(books)

    ended = ask_retry(books, "GLE-1", "--yes", password="wrong")

    assert ended.exit_code == 1
    assert "password" in ended.output
    assert "no line of one this id" in ask_retry(books, "GLE-9", "--yes").output
    assert [one["state"] for one in rows("list")] == ["withdrawn"]


@pytest.mark.parametrize("deed", ["open", "posted"])
def test_what_stands_under_another_batch_is_not_retried(books: Books, deed: str) -> None:
    books.post(export(GLE))
    (batch,) = books.batches()
    (header,) = batch["JournalHeaders"]
    books.control("POST", f"gl/batches/{batch['BatchNumber']}/delete", {})
    books.post(export(GLE))
    copy = books.send("POST", "GL/GLJournalBatches", {"JournalHeaders": [header]})
    if deed == "posted":
        books.control("POST", f"gl/batches/{copy['BatchNumber']}/post", {})

    ended = ask_retry(books, "GLE-1", "--yes")

    assert ended.exit_code == 1
    assert f"stands in Sage 300: batch {copy['BatchNumber']}" in ended.output
    assert rows("list")[0]["state"] in ("created", "posted")
    books.post(export(GLE))
    books.assert_stands_once("GLE-1-1", "GLE-1-2")


def test_an_older_batch_that_was_given_the_ids_is_seen(books: Books) -> None:
    books.post(export(make_entry("OTHER")))
    other = books.batches()[0]
    books.post(export(make_entry("OTHER"), GLE))
    books.control("POST", f"gl/batches/{books.batches()[-1]['BatchNumber']}/delete", {})
    books.post(export(make_entry("OTHER"), GLE))
    (header,) = other["JournalHeaders"]
    detail = header["JournalDetails"][0] | {"Reference": "GLE-1-1"}
    path = f"GL/GLJournalBatches('{other['BatchNumber']}')"
    books.send("PATCH", path, {"JournalHeaders": [header | {"JournalDetails": [detail]}]})

    ended = ask_retry(books, "GLE-1", "--yes")

    assert ended.exit_code == 1
    assert "GLE-1-1" in ended.output
    assert f"in batch {other['BatchNumber']} entry 00001" in ended.output
    assert rows("list", "--state", "absent") == []


def test_ids_in_a_consolidated_posting_of_an_older_batch_are_seen(books: Books) -> None:
    books.post(export(make_entry("OTHER", accounts=("5000210", "5000220"))))
    (other,) = books.batches()
    messages = export(make_entry("OTHER", accounts=("5000210", "5000220")), GLE)
    books.post(messages)
    books.control("POST", f"gl/batches/{books.batches()[-1]['BatchNumber']}/delete", {})
    books.post(messages)
    (header,) = other["JournalHeaders"]
    details = [
        line | {"Reference": f"GLE-1-{number}"}
        for number, line in enumerate(header["JournalDetails"], start=1)
    ]
    path = f"GL/GLJournalBatches('{other['BatchNumber']}')"
    books.send("PATCH", path, {"JournalHeaders": [header | {"JournalDetails": details}]})
    books.control("POST", f"gl/batches/{other['BatchNumber']}/post", {})

    ended = ask_retry(books, "GLE-1", "--yes")

    assert ended.exit_code == 1
    assert f"stands in Sage 300: batch {other['BatchNumber']}" in ended.output


@pytest.mark.parametrize("kind", ["ap_invoice", "ap_adjustment"])
def test_a_deleted_entry_of_payables_is_entered_again_after_a_retry(
    books: Books, kind: str
) -> None:
    books.settings["postings"] = payables.POSTINGS
    make, find, ledger = {
        "ap_invoice": (payables.make_document, payables.invoice_batches, "IN"),
        "ap_adjustment": (payables.make_adjustment, payables.adjustment_batches, "AD"),
    }[kind]
    messages = payables.export_payables(make("APE-1"))
    books.post(messages)
    books.control("POST", f"ap/{ledger}/{find(books)[0]['BatchNumber']}/delete", {})
    books.post(messages)

    ended = ask_retry(books, "APE-1", "--yes")

    assert ended.exit_code == 0, ended.output
    books.post(messages)
    books.post(messages)
    payables.assert_stands_once(books, "APE-1-1", "APE-1-2")
    assert "no entry that was deleted" in ask_retry(books, "APE-1", "--yes").output


def test_a_batch_that_is_gone_proves_nothing(books: Books) -> None:
    delete_batch(books)
    books.control("POST", "gl/clear", {"batches": True})

    ended = ask_retry(books, "GLE-1", "--yes")

    assert ended.exit_code == 1
    assert "whether it was posted before cannot be proven" in ended.output
    assert [one["state"] for one in rows("list")] == ["withdrawn"]
