"""Sub-ledger and ledger tie, whatever is posted (issue's books; Sage sheet §5.2, §5.3).

Goal: after any mix of documents, payments, applications and adjustments, in three currencies
and at changing rates, what the open documents add up to in functional currency is what stands
on the control accounts. Method: batches rolled from a seed, some of them refused in part; the
sums are made of what the Web API serves, by code that shares nothing with the server.
"""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.sage300.ap.payables import (
    GAIN,
    GOODS,
    LOSS,
    PAYABLES,
    PREPAID,
    RENT,
    Payables,
    adjustment,
    applied,
    distribution,
    invoice,
    line,
    payment,
)

Record = dict[str, Any]

VENDORS = ("1200", "NOTAX", "INSTAL", "VATTED", "USCO", "EUCO")
DAYS = ("2026-04-07", "2026-05-20", "2026-06-15", "2026-07-15", "2026-08-20")
RATES = {"1200": Decimal("0.0825"), "VATTED": Decimal("0.12")}
ROUNDS = 6


class Mix:
    """Rolls batches and posts them."""

    def __init__(self, books: Payables, seed: int) -> None:
        self._books = books
        self._dice = random.Random(seed)  # noqa: S311  # rolls, not secrets
        self._count = 0

    def post_invoices(self) -> None:
        self._books.post(*(self._invoice() for _ in range(self._dice.randrange(2, 7))))

    def post_payments(self) -> None:
        entries = [self._payment(document) for document in self._open("Invoice", "DebitNote")]
        bank = self._dice.choice(("CCB", "SEATAC"))
        if entries:
            # The same document twice: the second payment may find nothing left.
            self._books.post_payments("PY", *entries, entries[0], BankCode=bank)

    def post_prepayments(self) -> None:
        line = {"PaymentType": "Prepayment", "PaymentAmount": self._amount()}
        vendor = self._dice.choice(VENDORS)
        self._books.post_payments(
            "PY",
            payment(
                line,
                vendor=vendor,
                PaymentTransactionType="Prepayment",
                PaymentDateAdjustmentDate=self._dice.choice(DAYS),
            ),
        )

    def apply_credits(self) -> None:
        for credit in self._open("CreditNote", "Prepayment"):
            found = [
                document
                for document in self._open("Invoice", "DebitNote")
                if document["VendorNumber"] == credit["VendorNumber"]
            ]
            if found:
                self._apply(credit, found[0])

    def post_adjustments(self) -> None:
        entries = [
            adjustment(
                document["DocumentNumber"],
                distribution(GOODS, self._dice.choice((0.01, 1.35, -0.27))),
                distribution(RENT, self._dice.choice((2, 0.5))),
                vendor=document["VendorNumber"],
            )
            for document in self._open("Invoice", "Prepayment")
        ]
        if entries:
            self._books.post_payments("AD", *entries)

    def _invoice(self) -> Record:
        dice = self._dice
        self._count += 1
        vendor = dice.choice(VENDORS)
        amounts = [self._amount() for _ in range(dice.randrange(1, 5))]
        net = sum((Decimal(str(amount)) for amount in amounts), Decimal(0))
        kind = dice.choice(("Invoice", "Invoice", "Invoice", "DebitNote", "CreditNote", "Interest"))
        taxes = {"TaxAmountControl": "Enter"} if dice.random() < 0.3 else {}
        tax = Decimal(0) if taxes else _tax_of(vendor, net)
        return invoice(
            f"D{self._count}",
            *(line(dice.choice((RENT, GOODS)), amount) for amount in amounts),
            vendor=vendor,
            DocumentType=kind,
            DocumentDate=dice.choice(DAYS),
            DocumentTotalIncludingTax=net + tax,
            **taxes,
        )

    def _payment(self, document: Record) -> Record:
        due = document["VendorCurrencyAmountDue"]
        discount = Decimal("0.01") if self._dice.random() < 0.4 and due > 1 else Decimal(0)
        part = due if self._dice.random() < 0.5 else (Decimal(due) / 3).quantize(Decimal("0.01"))
        if part <= discount:
            part, discount = due, Decimal(0)
        return payment(
            applied(
                document["DocumentNumber"],
                part - discount,
                DiscountAmountTaken=discount,
            ),
            vendor=document["VendorNumber"],
            PaymentDateAdjustmentDate=self._dice.choice(DAYS),
        )

    def _apply(self, credit: Record, document: Record) -> None:
        amount = min(-credit["VendorCurrencyAmountDue"], document["VendorCurrencyAmountDue"])
        self._books.post_payments(
            "PY",
            payment(
                applied(document["DocumentNumber"], amount),
                vendor=document["VendorNumber"],
                PaymentTransactionType="ApplyDocument",
                DocumentNumber=credit["DocumentNumber"],
            ),
        )

    def _open(self, *kinds: str) -> list[Record]:
        found = [
            document
            for document in self._books.documents()
            if document["DocumentType"] in kinds and document["FullyPaid"] == "No"
        ]
        return self._dice.sample(found, min(3, len(found)))

    def _amount(self) -> float:
        return self._dice.randrange(1, 100_000) / 100


def _tax_of(vendor: str, net: Decimal) -> Decimal:
    if vendor == "VATTED":
        return sum(
            ((net * rate).quantize(Decimal("0.01"), "ROUND_HALF_UP") for rate in _TWO), Decimal(0)
        )
    rate = RATES.get(vendor, Decimal(0))
    return (net * rate).quantize(Decimal("0.01"), "ROUND_HALF_UP")


_TWO = (Decimal("0.05"), Decimal("0.07"))


@pytest.mark.parametrize("seed", range(8))
def test_open_documents_tie_to_the_control_accounts(books: Payables, seed: int) -> None:
    mix = Mix(books, seed)

    for _ in range(ROUNDS):
        mix.post_invoices()
        mix.post_prepayments()
        mix.post_payments()
        mix.apply_credits()
        mix.post_adjustments()

    rows = books.postings()
    total = sum((Decimal(row["JournalTransactionAmount"]) for row in rows), Decimal(0))
    assert total == 0
    assert len(rows) > 100
    # Otherwise nothing difficult has happened.
    assert books.balance(GAIN) or books.balance(LOSS)
    assert books.sage.values("AP/APPostingErrorMessages")
    assert books.owed() == -books.balance(PAYABLES)
    assert books.prepaid() == -books.balance(PREPAID)


def test_vendors_balances_are_what_their_documents_add_up_to(books: Payables) -> None:
    mix = Mix(books, 99)
    books.post(invoice("N1", vendor="USCO"))
    credit = invoice("C1", vendor="USCO", DocumentType="CreditNote", ApplytoDocument="N1")

    books.post(credit | {"DocumentDate": DAYS[4]})
    for _ in range(ROUNDS):
        mix.post_invoices()
        mix.post_payments()
        mix.post_adjustments()

    for number in VENDORS:
        owed = [row for row in books.documents() if row["VendorNumber"] == number]
        due = sum((Decimal(row["VendorCurrencyAmountDue"]) for row in owed), Decimal(0))
        functional = sum((Decimal(row["FunctionalCurrencyAmountDue"]) for row in owed), Decimal(0))
        vendor = books.vendor(number)
        assert (
            vendor["BalanceDueInVendorCurrency"],
            vendor["BalanceDueInFunctionalCurrency"],
        ) == (due, functional)


def test_a_paid_document_leaves_nothing_in_either_currency(books: Payables) -> None:
    books.post(invoice("N1", line(RENT, 10.01), vendor="EUCO"))
    for amount in (3.33, 3.33, 3.35):
        books.post_payments(
            "PY", payment(applied("N1", amount), vendor="EUCO", PaymentDateAdjustmentDate=DAYS[4])
        )

    document = books.document("N1", "EUCO")
    assert document["FullyPaid"] == "Yes"
    assert (document["VendorCurrencyAmountDue"], document["FunctionalCurrencyAmountDue"]) == (0, 0)
    assert books.balance(PAYABLES) == 0
