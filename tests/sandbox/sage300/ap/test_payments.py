"""Payments, prepayments, applications, miscellaneous payments, adjustments (Sage sheet §5.3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.sage300.ap.payables import (
    BANK,
    DISCOUNTS,
    DOLLAR_BANK,
    GAIN,
    GOODS,
    LOSS,
    PAYABLES,
    PREPAID,
    RENT,
    STAMP,
    Payables,
    adjustment,
    applied,
    distribution,
    invoice,
    payment,
)

LATER = "2026-07-15"


def _amounts(books: Payables, source_type: str) -> dict[str, Any]:
    rows = books.postings(SourceTypeCode=source_type)
    return {row["AccountNumber"]: row["JournalTransactionAmount"] for row in rows}


def test_a_payment_closes_its_documents(books: Payables) -> None:
    books.post(invoice("N1"), invoice("N2"))

    batch = books.post_payments("PY", payment(applied("N1", 100), applied("N2", 40)))

    assert (batch["BatchStatus"], batch["BatchTotal"]) == ("Posted", 140)
    assert books.document("N1")["FullyPaid"] == "Yes"
    assert books.document("N1")["DatePaid"] == STAMP
    assert books.document("N2")["VendorCurrencyAmountDue"] == 60
    assert books.balance(BANK) == -140
    assert books.owed() == 60 == -books.balance(PAYABLES)


def test_a_payment_is_listed_and_is_a_document(books: Payables) -> None:
    books.post(invoice("N1"))

    books.post_payments("PY", payment(applied("N1", 100)))

    listed = books.sage.values("AP/APPostedPayments")[0]
    assert (listed["BankCode"], listed["CheckNumber"], listed["PaymentAmount"]) == (
        "CCB",
        "000017",
        100,
    )
    document = books.document(listed["DocumentNumber"])
    assert (document["DocumentType"], document["FullyPaid"]) == ("Payment", "Yes")


def test_a_discount_taken_goes_to_its_account(books: Payables) -> None:
    books.post(invoice("N1"))

    books.post_payments("PY", payment(applied("N1", 98, DiscountAmountTaken=2)))

    assert _amounts(books, "PY") == {PAYABLES: 100, DISCOUNTS: -2, BANK: -98}
    assert books.document("N1")["FullyPaid"] == "Yes"


@pytest.mark.parametrize(
    ("vendor", "account", "difference"),
    [("USCO", GAIN, Decimal("-5.12")), ("EUCO", GAIN, Decimal("-4.84"))],
)
def test_the_exchange_difference_of_a_payment_is_realised(
    books: Payables, vendor: str, account: str, difference: Decimal
) -> None:
    books.post(invoice("N1", vendor=vendor))

    books.post_payments(
        "PY", payment(applied("N1", 100), vendor=vendor, PaymentDateAdjustmentDate=LATER)
    )

    assert books.balance(account) == difference
    assert books.owed() == 0 == books.balance(PAYABLES)


def test_a_dearer_currency_makes_a_loss(books: Payables) -> None:
    books.post(invoice("N1", vendor="USCO", DocumentDate="2026-05-20"))

    books.post_payments("PY", payment(applied("N1", 50), vendor="USCO"))

    assert books.balance(LOSS) == 2
    assert books.owed() == Decimal("65.5") == -books.balance(PAYABLES)


def test_a_bank_in_the_vendors_currency_pays_its_amount(books: Payables) -> None:
    books.post(invoice("N1", vendor="USCO"))

    batch = books.post_payments("PY", payment(applied("N1", 100), vendor="USCO"), BankCode="SEATAC")

    entry = batch["PaymentsAdjustments"][0]
    assert (batch["BankCurrencyCode"], entry["CheckAmountInBankCurrency"]) == ("USD", 100)
    row = books.postings(AccountNumber=DOLLAR_BANK)[0]
    assert (row["SourceCurrencyAmount"], row["JournalTransactionAmount"]) == (-100, -135)


def test_a_bank_in_functional_currency_pays_the_equivalent(books: Payables) -> None:
    books.post(invoice("N1", vendor="USCO"))

    batch = books.post_payments("PY", payment(applied("N1", 100), vendor="USCO"))

    assert batch["PaymentsAdjustments"][0]["CheckAmountInBankCurrency"] == 135
    assert books.postings(AccountNumber=BANK)[0]["SourceCurrencyCode"] == "CAD"


def test_a_bank_in_a_third_currency_pays_at_both_rates(books: Payables) -> None:
    books.control.turn(ap_banks={"USB": {"account": DOLLAR_BANK, "currency": "USD"}})
    books.post(invoice("N1", vendor="NOTAX"))

    batch = books.post_payments("PY", payment(applied("N1", 100)))

    # 100 CAD at 1.35.
    amount = batch["PaymentsAdjustments"][0]["CheckAmountInBankCurrency"]
    assert amount == Decimal("74.07")
    assert books.balance(DOLLAR_BANK) == -100


def test_a_prepayment_waits_until_it_is_applied(books: Payables) -> None:
    line = {"PaymentType": "Prepayment", "PaymentAmount": 35}
    books.post_payments("PY", payment(line, PaymentTransactionType="Prepayment"))
    books.post(invoice("N1"))
    prepaid = books.document("PP0000000001")
    before = (books.prepaid(), books.balance(PREPAID), books.owed())

    books.post_payments(
        "PY",
        payment(
            applied("N1", 35), PaymentTransactionType="ApplyDocument", DocumentNumber="PP0000000001"
        ),
    )

    assert (prepaid["DocumentType"], prepaid["FullyPaid"]) == ("Prepayment", "No")
    assert before == (-35, 35, 100)
    assert (books.prepaid(), books.balance(PREPAID)) == (0, 0)
    assert books.owed() == 65 == -books.balance(PAYABLES)
    assert books.document("PP0000000001")["FullyPaid"] == "Yes"


def test_a_vendors_balance_is_what_its_documents_leave_open_prepayments_too(
    books: Payables,
) -> None:
    line = {"PaymentType": "Prepayment", "PaymentAmount": 35}
    books.post(invoice("N1", {"GLAccount": GOODS, "DistributedAmount": 35}))
    books.post_payments("PY", payment(line, PaymentTransactionType="Prepayment"))
    prepaid = books.vendor()

    books.post_payments(
        "PY",
        payment(
            applied("N1", 35), PaymentTransactionType="ApplyDocument", DocumentNumber="PP0000000001"
        ),
    )

    settled = books.vendor()
    names = ("BalanceDueInVendorCurrency", "NumberOfOpenInvoices", "NumberOfPaidInvoices")
    assert [prepaid[name] for name in names] == [0, 1, 0]
    assert [settled[name] for name in names] == [0, 0, 1]


def test_a_credit_note_is_set_off(books: Payables) -> None:
    books.post(invoice("N1"), invoice("C1", DocumentType="CreditNote"))

    books.post_payments(
        "PY",
        payment(applied("N1", 60), PaymentTransactionType="ApplyDocument", DocumentNumber="C1"),
    )

    dues = {row["DocumentNumber"]: row["VendorCurrencyAmountDue"] for row in books.documents()}
    assert dues == {"N1": 40, "C1": -40}
    assert books.sage.values("AP/APPostedPayments") == []


def test_a_miscellaneous_payment_needs_no_vendor(books: Payables) -> None:
    line = {"AdjustmentGLDistributions": [distribution(RENT, 12.5)]}

    books.post_payments("PY", payment(line, vendor="", PaymentTransactionType="MiscPayment"))

    assert _amounts(books, "MC") == {RENT: Decimal("12.5"), BANK: Decimal("-12.5")}
    assert books.documents() == []


@pytest.mark.switch("ap_adjustment_sign")
@pytest.mark.parametrize(("position", "due", "charged"), [("debit", 107, 7), ("credit", 93, -7)])
def test_an_adjustment_moves_its_document_and_its_account(
    books: Payables, position: str, due: int, charged: int
) -> None:
    books.control.turn(ap_adjustment_sign=position)
    books.post(invoice("N1"))

    batch = books.post_payments(
        "AD", adjustment("N1", distribution(GOODS, 10), distribution(RENT, -3))
    )

    assert (batch["BatchSelector"], batch["BatchTotal"]) == ("AD", 7)
    assert books.document("N1")["VendorCurrencyAmountDue"] == due
    assert books.balance(GOODS) + books.balance(RENT) == 100 + charged
    assert books.owed() == due == -books.balance(PAYABLES)


def test_an_adjustment_carries_its_reference(books: Payables) -> None:
    books.control.turn(ap_gl_reference="entry_reference")
    books.post(invoice("N1"))

    batch = books.post_payments(
        "AD", adjustment("N1", distribution(GOODS, 1), EntryReference="41/7c9e/1")
    )

    assert batch["PaymentsAdjustments"][0]["EntryReference"] == "41/7c9e/1"
    rows = books.postings(SourceTypeCode="AD")
    assert {row["JournalDetailReference"] for row in rows} == {"41/7c9e/1"}


def test_an_adjustment_of_a_foreign_document_is_at_the_documents_rate(books: Payables) -> None:
    books.post(invoice("N1", vendor="USCO"))

    books.post_payments(
        "AD",
        adjustment("N1", distribution(RENT, 10), vendor="USCO", PaymentDateAdjustmentDate=LATER),
    )

    assert books.owed() == Decimal("148.5") == -books.balance(PAYABLES)


@pytest.mark.switch("ap_payments_move_activity")
@pytest.mark.parametrize(("moves", "expected"), [(True, "2026-07-15T00:00:00Z"), (False, STAMP)])
def test_payments_move_the_last_activity_or_do_not(
    books: Payables, *, moves: bool, expected: str
) -> None:
    books.control.turn(ap_payments_move_activity=moves)
    books.post(invoice("N1"))

    books.post_payments("PY", payment(applied("N1", 1), PaymentDateAdjustmentDate=LATER))

    assert books.document("N1")["LastActivityDate"] == expected


def test_payments_and_adjustments_are_numbered_apart(books: Payables) -> None:
    books.post(invoice("N1"))

    first = books.create_payments("AD", adjustment("N1", distribution(GOODS, 1)))
    second = books.create_payments("PY", payment(applied("N1", 1)))

    assert (first["BatchNumber"], second["BatchNumber"]) == (1, 1)


_REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("PY", payment(applied("N9", 1)), "Document 'N9' for vendor NOTAX does not exist"),
    ("PY", payment(applied("N1", 1), vendor="NOBODY"), "'NOBODY' does not exist"),
    ("PY", payment(), "has no details"),
    ("PY", payment(applied("", 5)), "document number cannot be blank"),
    ("PY", payment(applied("N1", 5), CheckAmountInVendorCurrency=6), "does not equal"),
    ("PY", payment(applied("N1", 5), CheckAmountInBankCurrency=6), "does not equal"),
    ("PY", payment(applied("N1", 0)), "not greater than zero"),
    ("PY", payment(applied("N1", 5), PaymentTransactionType="Adjustment"), "does not fit"),
    ("PY", payment(applied("N1", 5), PostingDate="2040-01-01"), "fiscal period"),
    ("AD", adjustment("N1"), "without distributions"),
    ("AD", adjustment("N1", distribution("9999", 1)), "Account '9999' is not defined"),
    ("AD", adjustment("N1", distribution("", 1)), "account cannot be blank"),
    ("AD", adjustment("N1", distribution(RENT, 1, TransactionType=80)), "type 80 is not valid"),
    ("XX", payment(applied("N1", 5)), "neither PY nor AD"),
]


@pytest.mark.parametrize(("selector", "body", "text"), _REFUSED)
def test_a_bad_entry_is_refused_naming_the_value(
    books: Payables, selector: str, body: dict[str, Any], text: str
) -> None:
    books.post(invoice("N1"))

    answer = books.insert_payments(selector, body)

    assert (answer.status, answer.error_code) == (409, "FieldInvalid"), answer.raw
    assert text in answer.error_text


def test_a_paid_document_is_not_paid_again(books: Payables) -> None:
    books.post(invoice("N1"))
    books.post_payments("PY", payment(applied("N1", 100)))

    answer = books.insert_payments("PY", payment(applied("N1", 1)))

    assert answer.error_code == "FieldInvalid"
    assert "fully paid" in answer.error_text


def test_more_than_is_open_goes_to_an_error_batch(books: Payables) -> None:
    books.post(invoice("N1"))

    batch = books.post_payments(
        "PY", payment(applied("N1", 60)), payment(applied("N1", 60)), Description="run 41"
    )

    errors = books.read_payments("PY", 2)
    assert batch["NumberOfErrors"] == 1
    assert batch["PaymentsAdjustments"][1]["ErrorBatch"] == 2
    assert (errors["BatchStatus"], errors["Description"]) == ("Open", "run 41")
    message = books.sage.values("AP/APPostingErrorMessages")[0]
    assert (message["BatchType"], "exceeds" in message["ErrorMessage"]) == ("PY", True)
    assert books.owed() == 40 == -books.balance(PAYABLES)


@pytest.mark.parametrize(
    "lines",
    [
        [applied("N1", 60), applied("N1", 60)],
        [applied("N1", 100), applied("N1", 1)],
        [applied("N1", -60), applied("N2", 90)],
    ],
)
def test_lines_of_one_entry_cannot_turn_a_document_round(
    books: Payables, lines: list[dict[str, Any]]
) -> None:
    books.post(invoice("N1"), invoice("N2"))

    batch = books.post_payments("PY", payment(*lines))

    assert batch["NumberOfErrors"] == 1
    assert [books.document(number)["VendorCurrencyAmountDue"] for number in ("N1", "N2")] == [
        100,
        100,
    ]
    assert books.owed() == 200 == -books.balance(PAYABLES)


def test_a_foreign_document_paid_off_by_three_lines_is_paid_off_in_both_currencies(
    books: Payables,
) -> None:
    books.post(invoice("N1", vendor="USCO"))

    thirds = [applied("N1", amount) for amount in (33.33, 33.33, 33.34)]
    books.post_payments("PY", payment(*thirds, vendor="USCO"))

    document = books.document("N1", vendor="USCO")
    assert (document["FullyPaid"], document["FunctionalCurrencyAmountDue"]) == ("Yes", 0)
    assert books.balance(PAYABLES) == 0


@pytest.mark.switch("ap_banks")
def test_banks_are_those_of_the_site(books: Payables) -> None:
    books.post(invoice("N1"))
    refused = books.insert_payments("PY", payment(applied("N1", 1)), BankCode="NEW")

    books.control.turn(ap_banks={"NEW": {"account": BANK, "currency": "CAD"}})
    accepted = books.insert_payments("PY", payment(applied("N1", 1)), BankCode="NEW")

    assert (refused.error_code, accepted.status) == ("FieldInvalid", 201)


@pytest.mark.switch("ap_tax_groups")
def test_tax_groups_are_those_of_the_site(books: Payables) -> None:
    refused = books.insert(invoice("N1", TaxGroup="NEW"))

    authority = {"authority": "NEW", "percent": "10", "account": "1260"}
    books.control.turn(ap_tax_groups={"EXEMPT": [], "NEW": [authority]})
    accepted = books.insert(invoice("N1", TaxGroup="NEW", DocumentTotalIncludingTax=110))

    assert (refused.error_code, accepted.status) == ("FieldInvalid", 201)


def test_statistics_count_what_was_done_with_a_vendor_in_a_period(books: Payables) -> None:
    books.post(
        invoice("N1", vendor="USCO"),
        invoice("N2", vendor="USCO"),
        invoice("C1", vendor="USCO", DocumentType="CreditNote"),
    )
    books.post_payments("PY", payment(applied("N1", 100), vendor="USCO"))
    books.post_payments("AD", adjustment("N2", distribution(RENT, 10), vendor="USCO"))

    row = books.sage.get("AP/APVendorStatistics('USCO','2027','03')").json
    counts = [
        row[f"NumberOf{kind}s"] for kind in ("Invoice", "CreditNote", "Payment", "Adjustment")
    ]
    assert counts == [2, 1, 1, 1]
    assert (row["InvoiceAmountInVendorCurrency"], row["InvoiceAmountInFuncCurrency"]) == (200, 270)
    assert row["PaymentAmountInFuncCurrency"] == 135
    assert row["AdjustmentAmountInVendorCurrency"] == 10
