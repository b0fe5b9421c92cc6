"""Bodies in the published minimal shapes are accepted (Sage sheet §5.2, §5.3; D S4)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.sandbox.sage300.ap.payables import DAY, RENT, STAMP, Payables, invoice

_SAMPLES = [
    ("Invoice", "APINV109-01C"),
    ("DebitNote", "APDN109-01C"),
    ("CreditNote", "APCN109-01C"),
]


@pytest.mark.parametrize(("kind", "number"), _SAMPLES)
def test_the_official_sample_makes_a_whole_document(
    books: Payables, kind: str, number: str
) -> None:
    answer = books.send(
        "POST",
        "AP/APInvoiceBatches",
        {
            "BatchNumber": 109,
            "BatchDate": "2026-06-18",
            "BatchStatus": "Open",
            "Description": "TEST WEBAPI",
            "Invoices": [
                {
                    "BatchNumber": 109,
                    "EntryNumber": 1,
                    "VendorNumber": "1200",
                    "DocumentNumber": number,
                    "DocumentType": kind,
                    "InvoiceDescription": "DESCRIPTION1",
                    "DocumentDate": "2026-06-21",
                    "DueDate": "2026-07-25",
                    "DocumentTotalIncludingTax": 86.6,
                    "InvoiceDetails": [
                        {
                            "BatchNumber": 109,
                            "EntryNumber": 1,
                            "LineNumber": 20,
                            "DistributionCode": "INV",
                            "DistributedAmount": 80,
                        }
                    ],
                }
            ],
        },
    )

    batch = answer.json
    entry = batch["Invoices"][0]
    line = entry["InvoiceDetails"][0]
    assert answer.status == 201
    assert (batch["BatchNumber"], entry["BatchNumber"], line["BatchNumber"]) == (1, 1, 1)
    assert (entry["EntryNumber"], line["LineNumber"], line["GLAccount"]) == (1, 20, "5000")
    assert (entry["TaxTotal"], entry["AmountDue"]) == (Decimal("6.6"), Decimal("86.6"))
    assert entry["DueDate"] == "2026-07-25T00:00:00Z"


def test_a_credit_note_takes_from_what_is_owed(books: Payables) -> None:
    books.post(invoice("I1"), invoice("D1", DocumentType="DebitNote"))

    books.post(invoice("C1", DocumentType="CreditNote"))

    amounts = {row["DocumentNumber"]: row["VendorCurrencyAmountDue"] for row in books.documents()}
    assert amounts == {"I1": 100, "D1": 100, "C1": -100}
    assert books.balance("2000") == -100


def test_a_distribution_code_may_be_blank_beside_an_account(books: Payables) -> None:
    blank = {"DistributionCode": "", "GLAccount": RENT, "DistributedAmount": 100, "Comment": "7c9e"}

    batch = books.create(invoice("INV-77", blank, OrderNumber="7c9e"))

    entry = batch["Invoices"][0]
    assert entry["OrderNumber"] == entry["InvoiceDetails"][0]["Comment"] == "7c9e"
    assert entry["InvoiceDetails"][0]["DistributionDescription"] == "Account 6100"


def test_production_posts_with_a_range_of_one_batch(books: Payables) -> None:
    number = books.create(invoice("INV-77"))["BatchNumber"]
    made_ready = books.patch(number, BatchStatus="ReadyToPost")

    posted = books.send(
        "POST",
        "AP/APPostInvoices('$process')",
        {
            "ActionSelector": "",
            "UpdateOperation": "Unspecified",
            "ProcessAllBatches": "Donotpostallbatches",
            "FromBatch": number,
            "ToBatch": number,
        },
    )

    assert (made_ready.status, made_ready.raw) == (204, b"")
    assert (posted.status, posted.raw) == (204, b"")
    batch = books.sage.get(f"AP/APInvoiceBatches({number})", select="BatchStatus").json
    assert batch["BatchStatus"] == "Posted"
    assert books.document("INV-77")["PostingSequenceNumber"] == 1


def test_the_official_prepayment_is_accepted_and_posted(books: Payables) -> None:
    books.control.turn(ap_banks={"SEATAC": {"account": "1030", "currency": "USD"}})
    line = {"BatchType": "PY", "BatchNumber": 83, "EntryNumber": 1, "LineNumber": 20}

    answer = books.send(
        "POST",
        "AP/APPaymentAndAdjustmentBatches",
        {
            "BatchSelector": "PY",
            "BatchNumber": 83,
            "BatchDate": DAY,
            "BatchStatus": "Open",
            "Description": "test prepayment",
            "BankCode": "SEATAC",
            "BankCurrencyCode": "USD",
            "ProcessCommandCode": "UnlockBatchResource",
            "PaymentsAdjustments": [
                {
                    "BatchType": "PY",
                    "BatchNumber": 83,
                    "EntryNumber": 1,
                    "CheckNumber": "123456789012345",
                    "VendorNumber": "USCO",
                    "PaymentDateAdjustmentDate": DAY,
                    "EntryDescription": "entry 1",
                    "VendorPayeeName": "Gould Manufacturing Ltd.",
                    "CheckAmountInBankCurrency": 35,
                    "CheckAmountInVendorCurrency": 35,
                    "TotalPrepayVendorCurrency": 35,
                    "PaymentTransactionType": "Prepayment",
                    "CheckPrintRequired": "No",
                    "EntryReference": "",
                    "AppliedPayments": [
                        {
                            **line,
                            "VendorNumber": "USCO",
                            "PaymentType": "Prepayment",
                            "PaymentAmount": 35,
                        }
                    ],
                }
            ],
        },
    )

    assert answer.status == 201, answer.raw
    batch = answer.json
    assert (batch["BatchSelector"], batch["BatchNumber"], batch["BatchTotal"]) == ("PY", 1, 35)
    assert batch["PaymentsAdjustments"][0]["DocumentNumber"] == "PP0000000001"


def test_the_official_adjustment_is_accepted_and_posted(books: Payables) -> None:
    books.post(invoice("12345", vendor="1200", TaxGroup="EXEMPT"))
    place = {"BatchType": "AD", "BatchNumber": 3, "EntryNumber": 1}

    answer = books.send(
        "POST",
        "AP/APPaymentAndAdjustmentBatches",
        {
            "BatchSelector": "AD",
            "BatchDate": DAY,
            "Description": "ADJUSTMENT - WEBAPI",
            "PaymentsAdjustments": [
                {
                    **place,
                    "VendorNumber": "1200",
                    "PaymentDateAdjustmentDate": DAY,
                    "EntryDescription": "Entry description webapi",
                    "AppliedPayments": [
                        {
                            **place,
                            "LineNumber": 20,
                            "VendorNumber": "1200",
                            "DocumentNumber": "12345",
                            "PaymentType": "Adjustment",
                            "DocumentDate": DAY,
                            "AdjustmentGLDistributions": [
                                {
                                    **place,
                                    "LineNumber": 20,
                                    "SequenceNumber": 1,
                                    "TransactionType": 81,
                                    "DistributionAmount": 1,
                                    "DistributionCode": "INV",
                                    "DistributionGLAccount": "5000",
                                    "DocumentLineNumber": 1,
                                }
                            ],
                        }
                    ],
                }
            ],
        },
    )

    assert answer.status == 201, answer.raw
    entry = answer.json["PaymentsAdjustments"][0]
    below = entry["AppliedPayments"][0]["AdjustmentGLDistributions"][0]
    assert (entry["PaymentTransactionType"], entry["BatchNumber"]) == ("Adjustment", 1)
    assert (below["BatchNumber"], below["LineNumber"], below["SequenceNumber"]) == (1, 20, 1)
    assert entry["AppliedPayments"][0]["DocumentDate"] == STAMP
