"""What A/P sends to General Ledger, when, and with which texts (Sage sheet §5.2)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.sage300.ap.payables import (
    GOODS,
    PAYABLES,
    RENT,
    Payables,
    adjustment,
    applied,
    distribution,
    invoice,
    line,
    payment,
)


def _gl_batches(books: Payables) -> list[dict[str, Any]]:
    return books.sage.values("GL/GLJournalBatches")


def test_each_posting_makes_a_subledger_batch(books: Payables) -> None:
    books.post(invoice("N1"), invoice("N2"))

    batch = _gl_batches(books)[0]
    assert (batch["JournalBatchType"], batch["Status"]) == ("Subledger", "Posted")
    assert (batch["SourceLedger"], batch["NumberOfEntries"], batch["Debits"]) == ("AP", 2, 200)
    assert batch["JournalHeaders"][1]["Description"] == "NOTAX N2"


@pytest.mark.switch("ap_gl_batches")
def test_gl_batches_are_made_while_posting_or_on_request(books: Payables) -> None:
    books.post(invoice("N1"))
    during = len(_gl_batches(books))
    books.control.turn(ap_gl_batches="on_request")
    books.post(invoice("N2"))
    books.post_payments("PY", payment(applied("N1", 10)))
    before = len(_gl_batches(books))

    answer = books.send("POST", "AP/APCreateGLBatch('$process')", {})
    again = books.send("POST", "AP/APCreateGLBatch('$process')", {})

    assert (during, before, len(_gl_batches(books))) == (1, 1, 2)
    assert (answer.status, again.status) == (204, 204)
    assert books.owed() == 190 == -books.balance(PAYABLES)


@pytest.mark.switch("ap_gl_transactions")
@pytest.mark.parametrize(
    ("position", "batches"),
    [
        ("posted", [("Posted", 1), ("Posted", 1)]),
        ("new_batch", [("Open", 1), ("Open", 1)]),
        ("existing_batch", [("Open", 2)]),
    ],
)
def test_gl_batches_are_posted_or_left_or_added_to(
    books: Payables, position: str, batches: list[tuple[str, int]]
) -> None:
    books.control.turn(ap_gl_transactions=position)

    books.post(invoice("N1"))
    books.post(invoice("N2"))

    found = [(batch["Status"], batch["NumberOfEntries"]) for batch in _gl_batches(books)]
    assert found == batches
    posted = 200 if position == "posted" else 0
    assert -books.balance(PAYABLES) == posted


def test_an_open_gl_batch_can_be_posted_in_gl(books: Payables) -> None:
    books.control.turn(ap_gl_transactions="existing_batch")
    books.post(invoice("N1"))
    books.post(invoice("N2"))
    books.send("PATCH", "GL/GLJournalBatches('000001')", {"ReadyToPost": "Yes"})

    answer = books.send("POST", "GL/GLPostJournal('$process')", {})

    assert answer.status == 204, answer.raw
    assert books.owed() == 200 == -books.balance(PAYABLES)


@pytest.mark.switch("ap_gl_consolidated")
@pytest.mark.parametrize(("is_on", "lines", "reference"), [(False, 4, "N1"), (True, 2, "")])
def test_consolidation_merges_lines_and_loses_their_texts(
    books: Payables, *, is_on: bool, lines: int, reference: str
) -> None:
    books.control.turn(ap_gl_consolidated=is_on)

    books.post(invoice("N1"), invoice("N2"))

    rows = books.postings()
    assert len(rows) == lines
    assert min(row["JournalDetailReference"] for row in rows) == reference
    assert books.balance(PAYABLES) == -200


_TEXTS = {
    "document_number": "N1",
    "vendor_number": "NOTAX",
    "vendor_name": "Vendor NOTAX",
    "order_number": "ORD-1",
    "po_number": "PO-2",
    "description": "May services",
    "entry_reference": "",
    "line_description": "Rent, May",
    "line_reference": "",
    "line_comment": "7c9e",
    "batch_entry": "1-1",
    "posting_sequence": "1",
    "blank": "",
}


@pytest.mark.switch("ap_gl_reference", "ap_gl_description")
@pytest.mark.parametrize(("position", "text"), _TEXTS.items())
def test_the_sites_integration_says_what_gl_details_carry(
    books: Payables, position: str, text: str
) -> None:
    books.control.turn(ap_gl_reference=position, ap_gl_description=position)
    detail = line(RENT, 100, DistributionDescription="Rent, May", Comment="7c9e")

    books.post(
        invoice(
            "N1",
            detail,
            OrderNumber="ORD-1",
            PONumber="PO-2",
            InvoiceDescription="May services",
        )
    )

    row = books.postings(AccountNumber=RENT)[0]
    assert (row["JournalDetailReference"], row["JournalDetailDescription"]) == (text, text)


def test_all_positions_of_the_integration_are_known_to_this_test(books: Payables) -> None:
    declared = books.control.get("switches")

    assert "ap_gl_reference" in str(declared)
    refused = [position for position in _TEXTS if not _can_turn(books, position)]
    assert refused == []


def test_a_distributions_own_reference_can_reach_gl(books: Payables) -> None:
    books.control.turn(ap_gl_reference="line_reference")
    books.post(invoice("N1"))

    books.post_payments("AD", adjustment("N1", distribution(GOODS, 1, Reference="7c9e")))

    row = books.postings(AccountNumber=GOODS)[0]
    assert row["JournalDetailReference"] == "7c9e"


def test_what_gl_refuses_goes_to_an_error_batch_of_gl(books: Payables) -> None:
    books.control.turn(locked_periods=["GL:2027-03"])

    books.post(invoice("N1"))

    batches = _gl_batches(books)
    assert [(batch["Status"], batch["NumberOfErrors"]) for batch in batches] == [
        ("Posted", 1),
        ("Open", 0),
    ]
    assert books.owed() == 100
    assert books.balance(PAYABLES) == 0


def _can_turn(books: Payables, position: str) -> bool:
    books.control.turn(ap_gl_reference=position)
    return True


@pytest.mark.parametrize(
    ("vendor", "expected"),
    [("USCO", ("USD", "1.35", "SP", "1")), ("EUCO", ("EUR", "0.68", "SD", "2"))],
)
def test_gl_details_carry_the_documents_rate_and_its_operation(
    books: Payables, vendor: str, expected: tuple[str, ...]
) -> None:
    books.post(invoice("N1", vendor=vendor))

    row = books.postings(AccountNumber=RENT)[0]
    names = (
        "SourceCurrencyCode",
        "CurrencyRateForConversion",
        "CurrencyRateTableType",
        "CurrencyRateOperator",
    )
    assert tuple(str(row[name]) for name in names) == expected
    assert row["SourceCurrencyAmount"] == 100
