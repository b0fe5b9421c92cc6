"""What people do to batches at their desks meanwhile (design §5.6)."""

from __future__ import annotations

import pytest

from tests.sandbox.sage300.gl.journals import CASH, RENT, SALES, Journals, Record, entry, line, rent
from tests.sandbox.web import call


@pytest.fixture
def number(books: Journals) -> str:
    """The number of an open batch."""
    return str(books.create(rent(10), Description="run 41")["BatchNumber"])


def _refusal(books: Journals, path: str, body: Record | None = None) -> str:
    answer = call("POST", f"{books.control.origin}/_sandbox/gl/{path}", body=body or {})
    assert answer.status == 400
    return str(answer.json["error"])


def test_somebody_renames_and_edits_a_batch(books: Journals, number: str) -> None:
    change = {
        "Description": "mine now",
        "JournalHeaders": [{"EntryNumber": "00001", "Description": "edited"}],
        "today": "2026-06-20",
        "user": "ANNE",
    }

    books.control.send("PATCH", f"gl/batches/{number}", change)

    batch = books.read(number)
    assert batch["Description"] == "mine now"
    assert batch["JournalHeaders"][0]["Description"] == "edited"
    assert batch["DateLastEdited"] == "2026-06-20T00:00:00Z"


def test_an_edit_at_a_desk_obeys_the_same_rules(books: Journals, number: str) -> None:
    answer = call(
        "PATCH",
        f"{books.control.origin}/_sandbox/gl/batches/{number}",
        body={"JournalHeaders": [{"EntryNumber": "00001", "SourceType": "ZZ"}]},
    )

    assert (answer.status, "GL-ZZ" in answer.json["error"]) == (400, True)


@pytest.mark.switch("deleted_journal_batches")
@pytest.mark.parametrize(("position", "entries"), [("emptied", 0), ("kept", 1)])
def test_a_deleted_batch_stays_as_a_number_with_or_without_entries(
    books: Journals, number: str, position: str, entries: int
) -> None:
    books.control.turn(deleted_journal_batches=position)

    books.desk(number, "delete")

    batch = books.read(number)
    assert (batch["Status"], len(batch["JournalHeaders"])) == ("Deleted", entries)
    assert books.patch(number, ReadyToPost="Yes").error_code == "RecordInvalid"
    assert books.create(rent())["BatchNumber"] == "000002"


@pytest.mark.parametrize("deed", ["ready", "post"])
def test_a_batch_is_copied_into_an_open_one_of_the_same_texts(
    books: Journals, number: str, deed: str
) -> None:
    books.desk(number, deed)

    books.desk(number, "copy")

    before, copied = books.read(number), books.read("000002")
    assert (copied["Status"], copied["ReadyToPost"]) == ("Open", "No")
    assert copied["Description"] == before["Description"]
    names = ("AccountNumber", "Amount", "Reference", "Description")
    lines = [
        [[line[name] for name in names] for line in one["JournalHeaders"][0]["JournalDetails"]]
        for one in (before, copied)
    ]
    assert lines[0] == lines[1]


def test_a_batch_is_posted_from_a_desk(books: Journals, number: str) -> None:
    batch = books.desk(number, "post")

    assert (batch["Status"], batch["PostingSequence"]) == ("Posted", 1)
    assert len(books.posted()) == 2


def test_ready_is_set_and_taken_back_at_a_desk(books: Journals, number: str) -> None:
    ready = books.desk(number, "ready")["ReadyToPost"]
    back = books.desk(number, "open")["ReadyToPost"]

    assert (ready, back) == ("Yes", "No")


def test_somebody_posts_everything_that_is_ready(books: Journals, number: str) -> None:
    books.desk(number, "ready")

    books.control.post("gl/post", {})

    assert books.read(number)["Status"] == "Posted"


@pytest.mark.parametrize("deed", ["delete", "post", "ready", "open"])
def test_what_is_posted_stays_posted(books: Journals, number: str, deed: str) -> None:
    books.desk(number, "post")

    assert _refusal(books, f"batches/{number}/{deed}")
    assert len(books.posted()) == 2


def test_a_window_open_elsewhere_refuses_a_desk_too(books: Journals, number: str) -> None:
    books.desk(number, "lock", user="ANNE")

    assert "ANNE" in _refusal(books, f"batches/{number}/delete", {"user": "BOB"})
    assert books.desk(number, "delete", user="ANNE")["Status"] == "Deleted"


def test_unknown_batches_and_deeds_are_not_found(books: Journals, number: str) -> None:
    origin = books.control.origin

    answers = [
        call("POST", f"{origin}/_sandbox/gl/batches/000404/post", body={}),
        call("POST", f"{origin}/_sandbox/gl/batches/{number}/burn", body={}),
    ]

    assert {answer.status for answer in answers} == {404}


def test_clearing_takes_journals_history_and_finished_batches(books: Journals) -> None:
    books.post(rent(1, PostingDate="2026-03-15"))
    books.post(rent(2))
    books.create(rent(3))

    journals = books.control.post("gl/clear", {"journals": True})
    history = books.control.post("gl/clear", {"transactions_before": "2027"})
    batches = books.control.post("gl/clear", {"batches": True})

    assert (journals, history, batches) == ({"cleared": 4}, {"cleared": 2}, {"cleared": 2})
    assert books.journals() == []
    assert {row["FiscalYear"] for row in books.posted()} == {"2027"}
    assert [batch["BatchNumber"] for batch in books.batches()] == ["000003"]
    assert books.post(rent(4))["PostingSequence"] == 3


def test_a_new_year_begins_with_what_the_old_one_left(books: Journals) -> None:
    books.post(entry(line(CASH, 100), line(SALES, -100)), rent(30))

    begun = books.control.post("gl/begin_year", {})

    assert begun == {"year": "2028"}
    assert books.fiscal_set(CASH, "2028")["BeginningBalance"] == 70
    assert books.fiscal_set("3900", "2028")["BeginningBalance"] == -70
    assert books.fiscal_set(CASH, "2028")["ActivitySwitch"] == "BalanceForwardActive"
    assert books.sage.get(f"GL/GLAccounts('{CASH}')").json["YearLastClosed"] == 2027
    assert books.fiscal_set(SALES, "2028") == books.fiscal_set(RENT, "2028") == {}


def test_a_late_posting_moves_the_openings_of_years_begun(books: Journals) -> None:
    books.post(rent(30))
    books.control.post("gl/begin_year", {})

    books.post(rent(5))

    assert books.fiscal_set(CASH, "2028")["BeginningBalance"] == -35
    assert books.fiscal_set("3900", "2028")["BeginningBalance"] == 35
