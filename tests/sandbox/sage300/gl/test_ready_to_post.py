"""Changing batches: PATCH, ready to post, and what is refused then (Sage sheet §5.1, §1.4)."""

from __future__ import annotations

import pytest

from tests.sandbox.sage300.gl.journals import CASH, RENT, Journals, Record, entry, line, rent

NEXT_DAY = "2026-06-16T09:00:00Z"


@pytest.fixture
def batch(books: Journals) -> Record:
    """An open batch of two entries."""
    return books.create(rent(10, Description="first"), rent(20), Description="June")


def _number(batch: Record) -> str:
    return str(batch["BatchNumber"])


def test_a_description_is_changed_and_the_stamp_moves(books: Journals, batch: Record) -> None:
    books.control.post("clock", {"set": NEXT_DAY})

    answer = books.patch(_number(batch), Description="July")

    changed = books.read(_number(batch))
    assert (answer.status, answer.raw) == (204, b"")
    assert changed["Description"] == "July"
    assert changed["DateLastEdited"] == "2026-06-16T00:00:00Z"
    assert changed["DateCreated"] == batch["DateCreated"]
    assert changed["JournalHeaders"] == batch["JournalHeaders"]


def test_a_change_may_leave_the_stamp_alone(books: Journals, batch: Record) -> None:
    books.control.post("clock", {"set": NEXT_DAY})
    books.control.turn(stamps_move=False)

    books.patch(_number(batch), Description="July")

    assert books.read(_number(batch))["DateLastEdited"] == batch["DateLastEdited"]


def test_an_entry_is_inserted_with_the_next_number(books: Journals, batch: Record) -> None:
    answer = books.patch(_number(batch), JournalHeaders=[{"UpdateOperation": "Insert", **rent(30)}])

    changed = books.read(_number(batch))
    numbers = [header["EntryNumber"] for header in changed["JournalHeaders"]]
    assert answer.status == 204
    assert numbers == ["00001", "00002", "00003"]
    assert (changed["NumberOfEntries"], changed["Debits"]) == (3, 60)


def test_a_deleted_entrys_number_is_not_used_again(books: Journals, batch: Record) -> None:
    gone = {"EntryNumber": "00002", "UpdateOperation": "Delete"}
    books.patch(_number(batch), JournalHeaders=[gone])

    books.patch(_number(batch), JournalHeaders=[rent(30)])

    changed = books.read(_number(batch))
    numbers = [header["EntryNumber"] for header in changed["JournalHeaders"]]
    assert numbers == ["00001", "00003"]
    assert (changed["NumberOfEntries"], changed["Debits"]) == (2, 40)


def test_lines_are_changed_added_and_removed_within_an_entry(
    books: Journals, batch: Record
) -> None:
    lines = [
        {
            "TransactionNumber": "0000000020",
            "UpdateOperation": "Update",
            "SourceCurrencyAmount": 4,
        },
        {"TransactionNumber": "0000000040", "UpdateOperation": "Delete"},
        {"UpdateOperation": "Insert", **line(CASH, -4, Reference="new")},
    ]

    answer = books.patch(
        _number(batch), JournalHeaders=[{"EntryNumber": "00001", "JournalDetails": lines}]
    )

    header = books.read(_number(batch))["JournalHeaders"][0]
    shown = [
        (one["TransactionNumber"], one["Amount"], one["Reference"])
        for one in header["JournalDetails"]
    ]
    assert answer.status == 204
    assert shown == [("0000000020", 4, ""), ("0000000040", -4, "new")]
    assert (header["Debits"], header["NumberOfDetails"]) == (4, 2)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"EntryNumber": "00009", "UpdateOperation": "Update"}, "RecordNotFound"),
        ({"EntryNumber": "00009", "UpdateOperation": "Delete"}, "RecordNotFound"),
        ({"EntryNumber": "00001", "UpdateOperation": "Insert"}, "RecordDuplicate"),
        ({"EntryNumber": "00001", "JournalDetails": [line(RENT, 1)]}, "RecordInvalid"),
        ({"EntryNumber": "00001", "JournalDetails": [line("9999", 1)]}, "FieldInvalid"),
        ({"EntryNumber": "00001", "PostingDate": "2031-01-01"}, "FieldInvalid"),
    ],
    ids=["update missing", "delete missing", "insert twice", "unbalanced", "account", "period"],
)
def test_a_refused_change_leaves_the_batch_as_it_was(
    books: Journals, batch: Record, change: Record, code: str
) -> None:
    answer = books.patch(_number(batch), Description="half", JournalHeaders=[change])

    before = {name: value for name, value in batch.items() if name != "@odata.context"}
    after = books.read(_number(batch))
    assert answer.error_code == code
    assert {name: after[name] for name in before} == before


def test_numbers_and_sums_in_a_body_are_passed_over(books: Journals, batch: Record) -> None:
    books.patch(_number(batch), Debits=99, PostingSequence=7, NumberOfEntries=5, Description="x")

    changed = books.read(_number(batch))
    assert (changed["Debits"], changed["PostingSequence"], changed["NumberOfEntries"]) == (30, 0, 2)


@pytest.mark.switch("ready_field")
@pytest.mark.parametrize("works", ["ReadyToPost", "Status", "either"])
def test_one_of_two_fields_makes_a_batch_ready(books: Journals, batch: Record, works: str) -> None:
    books.control.turn(ready_field=works)
    values = {"ReadyToPost": "Yes", "Status": "ReadyToPost"}

    for name, value in values.items():
        answer = books.patch(_number(batch), **{name: value})
        after = books.read(_number(batch))
        if works in {name, "either"}:
            assert answer.status == 204
            assert (after["ReadyToPost"], after["Status"]) == ("Yes", "ReadyToPost")
            assert after["EligibleForPostingSwitch"] == "Yes"
            books.desk(_number(batch), "open")
        else:
            assert (answer.status, answer.error_code) == (409, "FieldInvalid")
            assert after["ReadyToPost"] == "No"


@pytest.mark.switch("ready_shows_in_status")
def test_a_ready_batch_shows_it_in_its_status_or_not(books: Journals, batch: Record) -> None:
    books.patch(_number(batch), ReadyToPost="Yes")
    shown = books.read(_number(batch))["Status"]
    books.patch(_number(batch), ReadyToPost="No")
    books.control.turn(ready_shows_in_status=False)
    books.patch(_number(batch), ReadyToPost="Yes")
    hidden = books.read(_number(batch))

    assert (shown, hidden["Status"], hidden["ReadyToPost"]) == ("ReadyToPost", "Open", "Yes")
    assert books.patch(_number(batch), Description="x").error_code == "RecordInvalid"
    assert books.post_range(_number(batch)).status == 204


def test_a_ready_batch_is_not_edited_until_it_is_open_again(books: Journals, batch: Record) -> None:
    books.patch(_number(batch), ReadyToPost="Yes")

    refused = [
        books.patch(_number(batch), Description="July"),
        books.patch(_number(batch), JournalHeaders=[rent(1)]),
        books.patch(_number(batch), ReadyToPost="No", Description="July"),
    ]
    opened = books.patch(_number(batch), ReadyToPost="No")
    edited = books.patch(_number(batch), Description="July")

    assert {answer.error_code for answer in refused} == {"RecordInvalid"}
    assert (opened.status, edited.status) == (204, 204)


def test_entries_and_ready_go_into_one_change_in_this_order_only(
    books: Journals, batch: Record
) -> None:
    wrong = books.patch(_number(batch), ReadyToPost="Yes", JournalHeaders=[rent(1)])
    right = books.patch(_number(batch), JournalHeaders=[rent(1)], ReadyToPost="Yes")

    after = books.read(_number(batch))
    assert (wrong.error_code, right.status) == ("RecordInvalid", 204)
    assert (after["NumberOfEntries"], after["ReadyToPost"]) == (3, "Yes")


def test_a_batch_without_entries_cannot_be_made_ready(books: Journals) -> None:
    number = _number(books.create())

    answer = books.patch(number, ReadyToPost="Yes")

    assert (answer.status, answer.error_code) == (409, "RecordInvalid")


@pytest.mark.parametrize("status", ["Posted", "Deleted", "PostInProgress", "ProvPosted"])
def test_only_posting_gives_a_batch_another_status(
    books: Journals, batch: Record, status: str
) -> None:
    books.control.turn(ready_field="either")

    answer = books.patch(_number(batch), Status=status)

    assert (answer.status, answer.error_code) == (409, "FieldInvalid")


@pytest.mark.parametrize("status", ["Posted", "Deleted", "PostInProgress"])
def test_a_batch_that_is_done_with_cannot_be_edited(
    books: Journals, batch: Record, status: str
) -> None:
    path = f"records/GL/GLJournalBatches/{_number(batch)}"
    books.control.send("PATCH", path, {"Status": status})

    answer = books.patch(_number(batch), Description="July")

    assert (answer.status, answer.error_code) == (409, "RecordInvalid")


def test_a_batch_is_neither_replaced_nor_deleted_through_the_api(
    books: Journals, batch: Record
) -> None:
    where = f"GL/GLJournalBatches('{_number(batch)}')"

    answers = [books.send(method, where, {"Description": "x"}) for method in ("PUT", "DELETE")]

    assert {answer.status for answer in answers} == {405}


def test_an_unknown_batch_cannot_be_changed(books: Journals) -> None:
    assert books.patch("000404", Description="x").error_code == "RecordNotFound"


def test_another_users_open_window_refuses_changes_and_posting(
    books: Journals, batch: Record
) -> None:
    books.patch(_number(batch), ReadyToPost="Yes")
    books.desk(_number(batch), "lock", user="ANNE")

    changed = books.patch(_number(batch), ReadyToPost="No")
    posted = books.post_range(_number(batch))
    books.desk(_number(batch), "unlock")

    assert (changed.status, changed.error_code) == (409, "General")
    assert (posted.status, posted.error_code) == (409, "General")
    assert "ANNE" in changed.error_text
    assert books.post_range(_number(batch)).status == 204


def test_an_unbalanced_batch_is_stored_ready_and_fails_at_posting(books: Journals) -> None:
    books.control.turn(unbalanced_entries="accepted")
    number = _number(books.create(entry(line(RENT, 10))))

    ready = books.patch(number, ReadyToPost="Yes")
    posted = books.post_range(number)

    assert (ready.status, posted.status) == (204, 204)
    assert books.read(number)["NumberOfErrors"] == 1
