"""PATCH of invoice batches: entries, states, and what is refused when (Sage sheet §5.2, §5.4)."""

from __future__ import annotations

import pytest

from tests.sandbox.sage300.ap.payables import GOODS, RENT, STAMP, Payables, invoice, line


def _numbers(books: Payables, batch: int = 1) -> list[tuple[int, str]]:
    return [
        (entry["EntryNumber"], entry["DocumentNumber"]) for entry in books.read(batch)["Invoices"]
    ]


def test_an_entry_is_added_to_an_open_batch(books: Payables) -> None:
    books.create(invoice("N1"))

    answer = books.patch(1, Invoices=[{**invoice("N2"), "UpdateOperation": "Insert"}])

    assert (answer.status, answer.raw) == (204, b"")
    assert _numbers(books) == [(1, "N1"), (2, "N2")]
    assert (books.read(1)["NumberOfEntries"], books.read(1)["BatchTotal"]) == (2, 200)


def test_an_entry_is_changed_with_what_follows_from_it(books: Payables) -> None:
    books.create(invoice("N1"))
    change = {
        "EntryNumber": 1,
        "UpdateOperation": "Update",
        "DocumentTotalIncludingTax": 150,
        "InvoiceDetails": [
            {"LineNumber": 20, "UpdateOperation": "Update", "DistributedAmount": 90},
            {"UpdateOperation": "Insert", "GLAccount": GOODS, "DistributedAmount": 60},
        ],
    }

    answer = books.patch(1, Invoices=[change])

    assert answer.status == 204, answer.raw
    entry = books.read(1)["Invoices"][0]
    assert [detail["LineNumber"] for detail in entry["InvoiceDetails"]] == [20, 40]
    assert entry["InvoicePaymentSchedules"][0]["AmountDue"] == 150
    assert books.read(1)["BatchTotal"] == 150


def test_a_line_is_taken_out(books: Payables) -> None:
    books.create(invoice("N1", line(RENT, 60), line(GOODS, 40)))
    change = {
        "EntryNumber": 1,
        "DocumentTotalIncludingTax": 60,
        "InvoiceDetails": [{"LineNumber": 40, "UpdateOperation": "Delete"}],
    }

    answer = books.patch(1, Invoices=[change])

    assert answer.status == 204, answer.raw
    assert books.read(1)["Invoices"][0]["DistributedTotalIncludingTax"] == 60


def test_an_entry_is_taken_out_and_its_number_not_used_again(books: Payables) -> None:
    books.create(invoice("N1"), invoice("N2"))
    books.patch(1, Invoices=[{"EntryNumber": 2, "UpdateOperation": "Delete"}])

    books.patch(1, Invoices=[{**invoice("N3"), "UpdateOperation": "Insert"}])

    assert _numbers(books) == [(1, "N1"), (3, "N3")]


@pytest.mark.parametrize("operation", ["Update", "Delete"])
def test_an_entry_that_is_missing_cannot_be_changed(books: Payables, operation: str) -> None:
    books.create(invoice("N1"))

    answer = books.patch(1, Invoices=[{"EntryNumber": 9, "UpdateOperation": operation}])

    assert (answer.status, answer.error_code) == (404, "RecordNotFound")


def test_a_change_that_breaks_the_totals_changes_nothing(books: Payables) -> None:
    books.create(invoice("N1"))

    answer = books.patch(1, Invoices=[{"EntryNumber": 1, "DocumentTotalIncludingTax": 1}])

    assert answer.error_code == "FieldInvalid"
    assert books.read(1)["Invoices"][0]["DocumentTotalIncludingTax"] == 100


def test_a_ready_batch_is_only_opened_again(books: Payables) -> None:
    books.create(invoice("N1"))
    books.patch(1, BatchStatus="ReadyToPost")

    edited = books.patch(1, Description="x")
    extended = books.patch(1, Invoices=[{**invoice("N2"), "UpdateOperation": "Insert"}])
    opened = books.patch(1, BatchStatus="Open")
    edited_then = books.patch(1, Description="x")

    assert [edited.error_code, extended.error_code] == ["RecordInvalid", "RecordInvalid"]
    assert "Ready To Post" in edited.error_text
    assert [opened.status, edited_then.status] == [204, 204]


def test_a_posted_batch_is_not_changed(books: Payables) -> None:
    books.post(invoice("N1"))

    answers = [books.patch(1, BatchStatus="Open"), books.patch(1, Description="x")]

    assert [answer.error_code for answer in answers] == ["RecordInvalid", "RecordInvalid"]


@pytest.mark.parametrize("status", ["Posted", "Deleted", "PostInProgress"])
def test_no_user_sets_the_states_of_posting(books: Payables, status: str) -> None:
    books.create(invoice("N1"))

    patched = books.patch(1, BatchStatus=status)
    inserted = books.insert(invoice("N2"), BatchStatus=status)

    assert [patched.error_code, inserted.error_code] == ["FieldInvalid", "FieldInvalid"]
    assert len(books.sage.values("AP/APInvoiceBatches")) == 1


def test_an_empty_batch_is_not_made_ready(books: Payables) -> None:
    books.create()

    answer = books.patch(1, BatchStatus="ReadyToPost")

    assert (answer.status, answer.error_code) == (409, "RecordInvalid")


@pytest.mark.switch("ap_ready_in_post")
def test_ready_inside_a_post_counts_since_2021(books: Payables) -> None:
    honoured = books.create(invoice("N1"), BatchStatus="ReadyToPost")
    books.control.turn(ap_ready_in_post="ignored")
    ignored = books.create(invoice("N2"), BatchStatus="ReadyToPost")

    assert [honoured["BatchStatus"], ignored["BatchStatus"]] == ["ReadyToPost", "Open"]


@pytest.mark.switch("posting_moves_stamps")
def test_edits_and_posting_move_the_batch_stamp_where_the_site_does(books: Payables) -> None:
    books.create(invoice("N1"))
    books.create(invoice("N2"), BatchStatus="ReadyToPost")
    books.create(invoice("N3"), BatchStatus="ReadyToPost")
    books.control.post("clock", {"set": "2026-06-20T12:00:00Z"})

    books.patch(1, Description="x")
    books.post_range(2)
    books.control.turn(posting_moves_stamps=False)
    books.post_range(3)

    stamps = [books.read(number)["DateLastEdited"] for number in (1, 2, 3)]
    assert stamps == ["2026-06-20T00:00:00Z", "2026-06-20T00:00:00Z", STAMP]


def test_a_batch_cannot_be_deleted_or_replaced(books: Payables) -> None:
    books.create(invoice("N1"))

    answers = [
        books.send("DELETE", "AP/APInvoiceBatches(1)", None),
        books.send("PUT", "AP/APInvoiceBatches(1)", {}),
    ]

    assert [answer.error_code for answer in answers] == ["MethodNotAllowed"] * 2
