"""The pure half of Accounts Payable: rates, taxes, schedules, bookings."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from ml_connector_sandbox.sage300.ap import _bookings as bookings
from ml_connector_sandbox.sage300.ap._documents import (
    AccountSet,
    Application,
    Bank,
    Distribution,
    Document,
    DocumentType,
    OpenItem,
    TaxAmount,
)
from ml_connector_sandbox.sage300.ap._money import Currency, Operation, Rate
from ml_connector_sandbox.sage300.ap._taxes import TaxableLine, TaxAuthority, tax_lines
from ml_connector_sandbox.sage300.ap._terms import DayRule, Instalment, Terms, build_schedule

CAD, USD, YEN = Currency("CAD", 2), Currency("USD", 2), Currency("JPY", 0)
ACCOUNTS = AccountSet(
    code="TRADE",
    payables="2000",
    discounts="7000",
    prepayments="1300",
    gain="7100",
    loss="7110",
    rounding="7190",
)
DAY = dt.date(2026, 6, 15)

amounts = st.decimals("0.01", "99999.99", places=2)
rates = st.builds(
    Rate,
    st.decimals("0.0001", "250", places=7).filter(lambda value: value > 0),
    st.sampled_from(Operation),
)
currencies = st.sampled_from((USD, YEN))


def _document(lines: list[Decimal], rate: Rate, kind: DocumentType, tax: Decimal) -> Document:
    return Document(
        vendor="V",
        number="N",
        kind=kind,
        date=DAY,
        posting_date=DAY,
        due=DAY,
        currency=USD,
        rate=rate,
        account_set=ACCOUNTS,
        distributions=tuple(Distribution(account="6000", amount=amount) for amount in lines),
        taxes=(TaxAmount(account="1260", amount=tax),),
    )


def _item(due: Decimal, rate: Rate, currency: Currency = USD) -> OpenItem:
    return OpenItem(
        vendor="V",
        number="N",
        kind=DocumentType.INVOICE,
        due=due,
        functional_due=rate.to_functional(due, CAD),
        currency=currency,
        rate=rate,
        account_set=ACCOUNTS,
    )


def _sum(lines: list[bookings.Booking]) -> Decimal:
    return sum((line.functional for line in lines), Decimal(0))


@given(st.lists(amounts, min_size=1, max_size=6), rates, st.sampled_from(DocumentType), amounts)
def test_a_documents_bookings_balance_in_both_currencies(
    lines: list[Decimal], rate: Rate, kind: DocumentType, tax: Decimal
) -> None:
    document = _document(lines, rate, kind, tax)

    booked = bookings.book_document(document, CAD)

    assert _sum(booked) == 0
    assert sum((line.source for line in booked), Decimal(0)) == 0
    control = [line for line in booked if line.account == "2000"]
    assert [line.functional for line in control] == [
        -kind.sign * rate.to_functional(document.total, CAD)
    ]


@given(amounts, rates, rates, st.integers(1, 3))
def test_a_payments_bookings_balance_and_relieve_at_the_documents_rate(
    due: Decimal, of_document: Rate, of_payment: Rate, parts: int
) -> None:
    item = _item(due, of_document)
    paid = due if parts == 1 else (due / parts).quantize(Decimal("0.01"))
    money = bookings.Money(
        bank=Bank(code="B", account="1020", currency=CAD),
        amount=paid,
        bank_amount=of_payment.to_functional(paid, CAD),
        currency=USD,
        rate=of_payment,
    )
    application = Application(document=item, amount=paid)

    booked = bookings.book_payment(money, [application], CAD)

    relief = bookings.relieve(application, CAD)
    assert _sum(booked) == 0
    assert booked[0].functional == relief.functional
    if paid == due:
        assert relief.functional == item.functional_due


@given(amounts, rates)
def test_a_rate_and_back_is_the_amount_when_nothing_is_lost(amount: Decimal, rate: Rate) -> None:
    wide = Currency("WIDE", 60)

    there = rate.to_functional(amount, wide)

    assert abs(rate.from_functional(there, wide) - amount) < Decimal("1e-40")


def test_halves_are_rounded_away_from_zero() -> None:
    rate = Rate(Decimal("0.5"))

    rounded = [rate.to_functional(Decimal(text), CAD) for text in ("0.01", "-0.01", "0.03")]

    assert rounded == [Decimal("0.01"), Decimal("-0.01"), Decimal("0.02")]


@given(
    st.lists(st.decimals("-999.99", "999.99", places=2), min_size=1, max_size=8),
    st.lists(st.decimals("0", "30", places=3), min_size=1, max_size=5),
    st.booleans(),
)
def test_taxes_of_the_lines_are_those_of_the_document(
    lines: list[Decimal],
    percents: list[Decimal],
    included: bool,  # noqa: FBT001  # drawn
) -> None:
    authorities = [
        TaxAuthority(code=f"T{number}", percent=percent) for number, percent in enumerate(percents)
    ]
    taxable = [
        TaxableLine(amount=amount, is_included=(included,) * len(percents)) for amount in lines
    ]

    taxed = tax_lines(taxable, authorities=authorities, currency=CAD, by_summary=True)

    for position, percent in enumerate(percents):
        net = sum((line.net for line in taxed), Decimal(0))
        tax = sum((line.taxes[position] for line in taxed), Decimal(0))
        if included:
            assert abs(tax - net * percent / 100) < Decimal("0.11")
        else:
            assert tax == (net * percent / 100).quantize(Decimal("0.01"), "ROUND_HALF_UP")
    if included:
        gross = sum((line.net + line.total_tax for line in taxed), Decimal(0))
        assert gross == sum(lines, Decimal(0))


@given(
    amounts,
    st.lists(st.decimals("0.01", "100", places=2), min_size=1, max_size=6),
    currencies,
)
def test_a_schedule_adds_up_whatever_the_percentages(
    total: Decimal, percents: list[Decimal], currency: Currency
) -> None:
    total = currency.rounded(total)
    terms = Terms(instalments=tuple(Instalment(percent=percent) for percent in percents))

    payments = build_schedule(terms, start=DAY, total=total, discount_base=total, currency=currency)

    assert sum((payment.amount for payment in payments), Decimal(0)) == total
    assert len(payments) == len(percents)


def test_days_of_the_next_month_stay_within_it() -> None:
    january = dt.date(2026, 1, 31)
    rules = {
        "EndOfNextMonth": DayRule(method="EndOfNextMonth"),
        "DayOfNextMonth": DayRule(method="DayOfNextMonth", day_of_month=30),
        "DaysFromDayOfNextMonth": DayRule(method="DaysFromDayOfNextMonth", days=5, day_of_month=10),
    }

    days = {name: rule.day_after(january).isoformat() for name, rule in rules.items()}

    assert days == {
        "EndOfNextMonth": "2026-02-28",
        "DayOfNextMonth": "2026-02-28",
        "DaysFromDayOfNextMonth": "2026-02-15",
    }
    assert DayRule(method="EndOfNextMonth").day_after(dt.date(2026, 12, 5)) == dt.date(2027, 1, 31)


def test_no_date_leaves_the_calendar() -> None:
    last = dt.date(9999, 12, 31)

    rules = (DayRule(days=30), DayRule(method="EndOfNextMonth"), DayRule(days=-10_000_000))

    assert [rule.day_after(last) for rule in rules] == [last, last, dt.date(1, 1, 1)]
