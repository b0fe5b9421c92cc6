"""From ready batch to posted documents, error batches and G/L (Sage sheet §5.2, §5.6)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.sandbox.sage300.ap.payables import (
    DAY,
    GAIN,
    GOODS,
    LOSS,
    PAYABLES,
    RENT,
    STAMP,
    TAX,
    Payables,
    invoice,
    line,
)

HELD_BY = {"user": "ANNE"}


def test_posting_makes_a_document_with_amounts_in_both_currencies(books: Payables) -> None:
    books.post(invoice("N1", vendor="USCO", OrderNumber="PO1", PONumber="P2"))

    document = books.document("N1", "USCO")
    assert (document["DocumentType"], document["FullyPaid"]) == ("Invoice", "No")
    assert (document["VendorCurrencyInvoiceAmount"], document["VendorCurrencyAmountDue"]) == (
        100,
        100,
    )
    assert document["FunctionalCurrencyInvoiceAmount"] == 135
    assert (document["OrderNumber"], document["PONumber"]) == ("PO1", "P2")
    assert (document["FiscalYear"], document["FiscalPeriod"]) == ("2027", "03")
    assert (document["BatchNumber"], document["EntryNumber"], document["BatchType"]) == (1, 1, "IN")
    assert document["LastActivityDate"] == document["PostingDate"] == STAMP


def test_period_follows_the_posting_date_not_the_document_date(books: Payables) -> None:
    books.post(invoice("N1", DocumentDate="2026-03-20", PostingDate=DAY))

    document = books.document("N1")
    assert (document["FiscalYear"], document["FiscalPeriod"]) == ("2027", "03")
    assert document["DocumentDate"] == "2026-03-20T00:00:00Z"
    assert document["LastActivityDate"] == "2026-03-20T00:00:00Z"


def test_posting_charges_accounts_and_credits_payables(books: Payables) -> None:
    entry = invoice("N1", line(RENT, 30), line(GOODS, 50), vendor="1200")

    books.post(entry | {"DocumentTotalIncludingTax": 86.6})

    rows = books.postings()
    amounts = {row["AccountNumber"]: row["JournalTransactionAmount"] for row in rows}
    assert amounts == {RENT: 30, GOODS: 50, TAX: Decimal("6.6"), PAYABLES: Decimal("-86.6")}
    assert {row["SourceLedgerCode"] + row["SourceTypeCode"] for row in rows} == {"APIN"}
    assert books.owed() == -books.balance(PAYABLES)


def test_tax_that_is_not_recoverable_is_part_of_the_expense(books: Payables) -> None:
    books.post(invoice("N1", vendor="VATTED", DocumentTotalIncludingTax=112))

    amounts = {row["AccountNumber"]: row["JournalTransactionAmount"] for row in books.postings()}
    assert amounts == {RENT: 107, TAX: 5, PAYABLES: -112}


@pytest.mark.parametrize(
    ("kind", "source_type"),
    [("DebitNote", "DB"), ("CreditNote", "CR"), ("Interest", "IT"), ("Invoice", "IN")],
)
def test_each_document_type_has_its_source_type(
    books: Payables, kind: str, source_type: str
) -> None:
    books.post(invoice("N1", DocumentType=kind))

    assert {row["SourceTypeCode"] for row in books.postings()} == {source_type}
    assert books.owed() == -books.balance(PAYABLES)


def test_what_rounding_leaves_goes_to_the_rounding_account(books: Payables) -> None:
    lines = [line(RENT, 0.01) for _ in range(3)]

    books.post(invoice("N1", *lines, vendor="EUCO", DocumentTotalIncludingTax=0.03))

    # A cent is 1.47 cents; three are 4.41, but rounded one by one 3.
    assert books.balance("7190") == Decimal("0.01")
    assert books.balance(PAYABLES) == -books.owed() == Decimal("-0.04")


def test_a_credit_note_is_applied_to_the_document_it_names(books: Payables) -> None:
    books.post(invoice("N1"))

    books.post(invoice("C1", line(RENT, 30), DocumentType="CreditNote", ApplytoDocument="N1"))

    assert books.document("N1")["VendorCurrencyAmountDue"] == 70
    assert books.document("C1")["FullyPaid"] == "Yes"
    assert books.owed() == 70 == -books.balance(PAYABLES)


def test_a_credit_note_at_another_rate_leaves_an_exchange_difference(books: Payables) -> None:
    books.post(invoice("N1", vendor="USCO"))

    books.post(
        invoice(
            "C1",
            vendor="USCO",
            DocumentType="CreditNote",
            ApplytoDocument="N1",
            DocumentDate="2026-05-20",
        )
    )

    assert books.owed() == 0 == books.balance(PAYABLES)
    assert books.balance(GAIN) == -4
    assert books.balance(LOSS) == 0


def test_posting_moves_the_vendors_statistics_but_not_its_stamp(books: Payables) -> None:
    books.post(invoice("N1", vendor="USCO"))

    vendor = books.vendor("USCO")
    assert (vendor["BalanceDueInVendorCurrency"], vendor["NumberOfOpenInvoices"]) == (100, 1)
    assert vendor["BalanceDueInFunctionalCurrency"] == 135
    assert vendor["DateOfLastInvoice"] == vendor["DateOfLastActivity"] == STAMP
    assert vendor["DateLastMaintained"] == "2020-01-01T00:00:00Z"


def test_an_entry_that_fails_goes_to_an_error_batch(books: Payables) -> None:
    entries = [invoice("N1"), invoice("N2", line(GOODS, 40)), invoice("N3")]
    batch = books.create(*entries, Description="T41", BatchStatus="ReadyToPost")
    books.control.send("PATCH", f"records/GL/GLAccounts/{GOODS}", {"Status": "Inactive"})

    books.post_range(batch["BatchNumber"])

    posted, errors = books.read(1), books.read(2)
    assert (posted["BatchStatus"], posted["NumberOfErrors"]) == ("Posted", 1)
    marks = [(entry["ErrorBatch"], entry["ErrorEntry"]) for entry in posted["Invoices"]]
    assert marks == [(0, 0), (2, 1), (0, 0)]
    assert (errors["BatchStatus"], errors["Description"]) == ("Open", "T41")
    assert (errors["NumberOfEntries"], errors["BatchTotal"]) == (1, 40)
    moved = errors["Invoices"][0]
    assert (moved["DocumentNumber"], moved["BatchNumber"], moved["EntryNumber"]) == ("N2", 2, 1)
    assert moved["InvoiceDetails"][0]["BatchNumber"] == 2
    assert [row["DocumentNumber"] for row in books.documents()] == ["N1", "N3"]
    assert books.owed() == 200 == -books.balance(PAYABLES)


def test_why_an_entry_failed_can_be_read(books: Payables) -> None:
    batch = books.create(invoice("N1"), invoice("N2"), BatchStatus="ReadyToPost")
    books.control.send("PATCH", "records/AP/APVendors/NOTAX", {"Status": "Inactive"})

    books.post_range(batch["BatchNumber"])

    messages = books.sage.values("AP/APPostingErrorMessages")
    assert [(row["BatchNumber"], row["EntryNumber"]) for row in messages] == [(1, 1), (1, 2)]
    assert {row["PostingSequenceNumber"] for row in messages} == {1}
    assert "NOTAX' is inactive" in messages[0]["ErrorMessage"]


def test_an_entry_can_be_put_right_in_the_error_batch_and_posted(books: Payables) -> None:
    books.control.turn(ap_undistributed="fails_at_posting")
    books.post(invoice("N1", DocumentTotalIncludingTax=90))

    fixed = books.patch(
        2,
        Invoices=[
            {"EntryNumber": 1, "UpdateOperation": "Update", "DocumentTotalIncludingTax": 100}
        ],
    )
    books.patch(2, BatchStatus="ReadyToPost")
    posted = books.post_range(2)

    assert (fixed.status, posted.status) == (204, 204)
    assert books.document("N1")["VendorCurrencyInvoiceAmount"] == 100


def test_of_two_equal_numbers_in_open_batches_the_second_fails(books: Payables) -> None:
    books.control.turn(ap_duplicates="posted")
    books.post(invoice("N1"))
    books.control.turn(ap_duplicates="posted_and_open")

    assert books.insert(invoice("N1")).error_code == "FieldInvalid"
    books.control.turn(ap_duplicates="posted")
    batch = books.create(invoice("N2"), invoice("N2"), BatchStatus="ReadyToPost")
    books.post_range(batch["BatchNumber"])

    assert books.read(batch["BatchNumber"])["NumberOfErrors"] == 1
    assert books.owed() == 200


def test_only_the_range_is_posted(books: Payables) -> None:
    for number in range(4):
        books.create(invoice(f"N{number}"), BatchStatus="ReadyToPost")

    books.post_range(2, 3)

    states = [batch["BatchStatus"] for batch in books.sage.values("AP/APInvoiceBatches")]
    assert states == ["ReadyToPost", "Posted", "Posted", "ReadyToPost"]


def test_nothing_is_posted_unless_it_is_asked_for(books: Payables) -> None:
    books.create(invoice("N1"), BatchStatus="ReadyToPost")

    by_default = books.process()
    after_default = books.read(1)["BatchStatus"]
    everything = books.process(ProcessAllBatches="Postallbatches")

    assert (by_default.status, after_default) == (409, "ReadyToPost")
    assert everything.status == 204
    assert books.read(1)["BatchStatus"] == "Posted"


def test_a_reversed_range_is_refused(books: Payables) -> None:
    answer = books.post_range(5, 2)

    assert (answer.status, answer.error_code) == (409, "FieldInvalid")


def test_posting_sequences_count_up(books: Payables) -> None:
    books.post(invoice("N1"))
    books.post(invoice("N2"))

    assert [row["PostingSequenceNumber"] for row in books.documents()] == [1, 2]


def test_a_posted_batch_cannot_be_posted_again(books: Payables) -> None:
    books.post(invoice("N1"))

    answer = books.post_range(1)

    assert (answer.status, answer.error_code) == (409, "RecordInvalid")
    assert books.owed() == 100


@pytest.mark.parametrize("deed", ["ready", "post"])
def test_a_batch_somebody_locked_is_neither_changed_nor_posted(books: Payables, deed: str) -> None:
    books.create(invoice("N1"), BatchStatus="Open" if deed == "ready" else "ReadyToPost")
    books.control.post("ap/IN/1/lock", HELD_BY)

    answer = books.patch(1, BatchStatus="ReadyToPost") if deed == "ready" else books.post_range(1)

    assert (answer.status, answer.error_code) == (409, "General")
    assert "locked by user ANNE" in answer.error_text


@pytest.mark.switch("ap_posting_seconds")
def test_posting_takes_its_time(books: Payables) -> None:
    books.create(invoice("N1"), BatchStatus="ReadyToPost")
    books.create(invoice("N2"), BatchStatus="ReadyToPost")
    at_once = books.post_range(1)
    books.control.turn(ap_posting_seconds=30)

    later = books.post_range(2)

    assert (at_once.status, later.status) == (204, 204)
    assert books.read(1)["BatchStatus"] == "Posted"
    assert books.read(2)["BatchStatus"] == "PostInProgress"
    assert books.patch(2, Description="x").error_code == "RecordInvalid"
    assert books.owed() == 100
    books.control.post("clock", {"advance_s": 31})
    assert books.read(2)["BatchStatus"] == "Posted"
    assert books.owed() == 200
