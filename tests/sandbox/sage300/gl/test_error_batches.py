"""Entries in error, and entries that reverse themselves (Sage sheet §5.1, M)."""

from __future__ import annotations

import pytest

from tests.sandbox.sage300.gl.journals import (
    CASH,
    RENT,
    SALES,
    UNKNOWN,
    Journals,
    Record,
    entry,
    line,
    rent,
)


def _bad(reference: str) -> Record:
    return entry(line(UNKNOWN, 5, Reference=reference), line(CASH, -5), Description=reference)


@pytest.fixture
def mixed(books: Journals) -> Record:
    """A posted batch of two good entries and two bad ones."""
    books.control.turn(journal_checks="post")
    return books.post(rent(10), _bad("A"), rent(20), _bad("B"), Description="run 41")


def test_good_entries_are_posted_and_bad_ones_move_to_an_error_batch(
    books: Journals, mixed: Record
) -> None:
    errors = books.read("000002")

    assert (mixed["Status"], mixed["PostingSequence"]) == ("Posted", 1)
    assert (mixed["NumberOfErrors"], mixed["NumberOfEntries"]) == (2, 4)
    assert [row["JournalTransactionAmount"] for row in books.posted()] == [-10, -20, 10, 20]
    assert (errors["Status"], errors["ReadyToPost"]) == ("Open", "No")
    assert [
        (header["EntryNumber"], header["Description"]) for header in errors["JournalHeaders"]
    ] == [("00001", "A"), ("00002", "B")]
    assert errors["JournalHeaders"][1]["JournalDetails"][0]["Reference"] == "B"
    assert errors["JournalHeaders"][1]["JournalDetails"][0]["BatchNumber"] == "000002"


def test_headers_in_error_say_where_they_went(books: Journals, mixed: Record) -> None:
    where = [(header["ErrorBatch"], header["ErrorEntry"]) for header in mixed["JournalHeaders"]]

    assert where == [(0, 0), (2, 1), (0, 0), (2, 2)]
    assert books.read("000002")["JournalHeaders"][0]["ErrorBatch"] == 0


def test_an_error_batch_is_mended_and_posted_like_any_other(books: Journals, mixed: Record) -> None:
    fix = [
        {
            "EntryNumber": number,
            "JournalDetails": [{"TransactionNumber": "0000000020", "AccountNumber": RENT}],
        }
        for number in ("00001", "00002")
    ]

    books.patch("000002", JournalHeaders=fix, ReadyToPost="Yes")
    books.post_range("000002")

    assert mixed["BatchNumber"] == "000001"
    assert books.read("000002")["Status"] == "Posted"
    assert books.fiscal_set(RENT)["Period03NetAmount"] == 40


@pytest.mark.switch("error_batch_description")
@pytest.mark.parametrize(
    ("position", "text"), [("kept", "run 41"), ("replaced", "Errors from posting batch 000001")]
)
def test_an_error_batch_keeps_the_description_or_says_where_it_is_from(
    books: Journals, position: str, text: str
) -> None:
    books.control.turn(journal_checks="post", error_batch_description=position)

    books.post(_bad("A"), Description="run 41")

    assert books.read("000002")["Description"] == text


def test_a_batch_of_errors_alone_is_posted_with_nothing_in_the_books(books: Journals) -> None:
    books.control.turn(journal_checks="post")

    batch = books.post(_bad("A"))

    assert (batch["Status"], batch["NumberOfErrors"]) == ("Posted", 1)
    assert books.posted() == books.sets() == []


def _reversals(books: Journals) -> list[Record]:
    found = [batch for batch in books.batches() if batch["JournalBatchType"] == "Generated"]
    assert len(found) == 1
    headers: list[Record] = found[0]["JournalHeaders"]
    return headers


def test_an_entry_reverses_itself_in_the_next_period(books: Journals) -> None:
    accrual = entry(line(RENT, 10, Reference="acc"), line(SALES, -10), AutoReversal="NextPeriod")

    books.post(accrual, rent(1))

    (reversal,) = _reversals(books)
    assert (reversal["FiscalYear"], reversal["FiscalPeriod"]) == ("2027", "04")
    assert (reversal["PostingDate"], reversal["AutoReversal"]) == (
        "2026-07-01T00:00:00Z",
        "AutoReversalOff",
    )
    assert [
        (one["AccountNumber"], one["Amount"], one["Reference"])
        for one in reversal["JournalDetails"]
    ] == [(RENT, -10, "acc"), (SALES, 10, "")]
    rented = books.fiscal_set(RENT)
    assert (rented["Period03NetAmount"], rented["Period04NetAmount"]) == (11, -10)
    assert {row["PostingSequenceNumber"] for row in books.posted()} == {1, 2}


def test_the_period_after_the_last_is_the_first_of_the_next_year(books: Journals) -> None:
    books.post(rent(10, PostingDate="2027-03-15", AutoReversal="NextPeriod"))

    (reversal,) = _reversals(books)
    assert (reversal["FiscalYear"], reversal["FiscalPeriod"]) == ("2028", "01")


def test_an_entry_reverses_itself_in_the_period_it_names(books: Journals) -> None:
    named = {"SpecificReversalYear": "2028", "SpecificReversalPeriod": "02"}

    books.post(rent(10, AutoReversal="SpecificPeriod", **named))

    (reversal,) = _reversals(books)
    assert (reversal["FiscalYear"], reversal["FiscalPeriod"]) == ("2028", "02")


@pytest.mark.parametrize(
    "fields",
    [
        {"AutoReversal": "NextPeriod", "PostingDate": "2028-03-15"},
        {"AutoReversal": "SpecificPeriod"},
        {"AutoReversal": "SpecificPeriod", "SpecificReversalYear": "2031"},
    ],
    ids=["no next period", "no period", "no such year"],
)
def test_an_entry_without_a_period_to_reverse_in_is_in_error(
    books: Journals, fields: Record
) -> None:
    batch = books.post(rent(10, **fields))

    assert batch["NumberOfErrors"] == 1
    assert books.posted() == []


def test_a_locked_period_of_reversal_puts_the_entry_in_error(books: Journals) -> None:
    books.control.turn(locked_periods=["2027-04"])

    batch = books.post(rent(10, AutoReversal="NextPeriod"), rent(5))

    assert batch["NumberOfErrors"] == 1
    assert [row["JournalTransactionAmount"] for row in books.posted()] == [-5, 5]


@pytest.mark.switch("auto_reversals")
@pytest.mark.parametrize(
    ("position", "status", "net"), [("posted", "Posted", -10), ("left_open", "Open", 0)]
)
def test_reversals_are_posted_at_once_or_left_open(
    books: Journals, position: str, status: str, net: int
) -> None:
    books.control.turn(auto_reversals=position)

    books.post(rent(10, AutoReversal="NextPeriod"))

    (generated,) = [b for b in books.batches() if b["JournalBatchType"] == "Generated"]
    assert generated["Status"] == status
    assert books.fiscal_set(RENT)["Period04NetAmount"] == net
