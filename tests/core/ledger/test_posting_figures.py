"""What an entry comes to, by lines as they were sent, as Sage shows them, and as they came."""

from __future__ import annotations

from decimal import Decimal

import pytest
from ml_connector.ledger import EntryFigures, sum_entry

SENT = [
    {"date": "2026-10-31", "currency": "CAD", "amount": "10417.3"},
    {"date": "2026-10-31", "currency": "CAD", "amount": "-10417.3"},
    {"date": "2026-10-31", "currency": "JPY", "amount": "5000"},
    {"date": "2026-10-31", "currency": "JPY", "amount": "-5000"},
]
CAME = [
    {"date": "2026-10-31T00:00:00", "currency": None, "debit": "7.50", "credit": None},
    {"date": "2026-10-31T00:00:00", "currency": "", "debit": "", "credit": " 7.50 "},
]


def test_a_journal_comes_to_its_debits_in_each_currency() -> None:
    figures = sum_entry("gl_journal", {"date": "2026-10-31", "description": "Rent"}, SENT)

    amounts = {"CAD": Decimal("10417.3"), "JPY": Decimal(5000)}
    assert figures == EntryFigures(date="2026-10-31", description="Rent", amounts=amounts)


def test_lines_as_they_came_have_sides_and_perhaps_no_currency() -> None:
    figures = sum_entry("gl_journal", {}, CAME)

    assert figures == EntryFigures(
        date="2026-10-31", description=None, amounts={"": Decimal("7.50")}
    )


def test_a_document_comes_to_its_total() -> None:
    lines = [{"currency": "usd", "amount": "-10.50"}, {"currency": "usd", "amount": "0.25"}]

    assert sum_entry("ap_adjustment", {}, lines).amounts == {"USD": Decimal("-10.25")}
    known = {"total": "99.9", "currency": "USD"}
    assert sum_entry("ap_invoice", known, lines[:1]).amounts == {"USD": Decimal("99.9")}


@pytest.mark.parametrize("amount", ["12,50", "NaN", "many"])
def test_an_amount_that_is_no_number_leaves_no_sum(amount: str) -> None:
    lines = [*SENT, {"currency": "CAD", "debit": amount, "credit": None}]

    figures = sum_entry("gl_journal", {}, lines)

    assert (figures.date, figures.amounts) == ("2026-10-31", {})
