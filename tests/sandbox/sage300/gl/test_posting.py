"""`post_entries` and the fiscal calendar as others of the sandbox use them: plain values."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from ml_connector_sandbox.sage300._fiscal import FiscalCalendar, fiscal_calendar
from ml_connector_sandbox.sage300._records import Company, Table
from ml_connector_sandbox.sage300._values import stored_row
from ml_connector_sandbox.sage300.catalog import RESOURCES
from ml_connector_sandbox.sage300.gl._made_batches import create_batch
from ml_connector_sandbox.sage300.gl._posting import PostedEntry, PostedLine, post_entries

from tests.sandbox.sage300.gl.journals import ACCOUNTS, CASH, RENT, Record, fiscal_year

DAY = "2026-06-15T00:00:00Z"


def _company(*years: Record) -> Company:
    records = {
        ("CS", "CSFiscalCalendars"): list(years) or [fiscal_year(2027, 12), fiscal_year(2028, 12)],
        ("CS", "CSCompanyProfile"): [{"DatabaseID": "T", "FunctionalCurrency": "CAD"}],
        ("GL", "GLAccounts"): ACCOUNTS,
    }
    return Company(
        "T",
        [
            Table(
                resource,
                [stored_row(resource.properties, record) for record in records.get(path, [])],
            )
            for path, resource in RESOURCES.items()
        ],
    )


def _entry(*amounts: object, batch: str = "000001") -> PostedEntry:
    lines = [
        PostedLine(account=account, amount=Decimal(str(amount)))
        for account, amount in zip((RENT, CASH), amounts, strict=True)
    ]
    return PostedEntry(
        batch=batch, year="2027", period="03", posting_date=DAY, source_type="JE", lines=lines
    )


def test_an_unbalanced_entry_is_refused_and_nothing_is_posted() -> None:
    company = _company()

    with pytest.raises(ValueError, match=r"out of balance by 0\.01"):
        post_entries(company, [_entry("10", "-10"), _entry("10", "-9.99")])

    assert len(company.tables["GL", "GLPostedTransactions"]) == 0
    assert post_entries(company, [_entry("10", "-10")]) == 1


def test_posting_journals_can_be_left_out() -> None:
    company = _company()

    post_entries(company, [_entry("10", "-10")], keep_journals=False)

    assert len(company.tables["GL", "GLPostedTransactions"]) == 2
    assert len(company.tables["GL", "GLPostingJournalDetails"]) == 0


@pytest.mark.parametrize(("is_posted", "status", "rows"), [(1, "Posted", 2), (0, "Open", 0)])
def test_a_made_batch_is_stored_posted_or_open(is_posted: int, status: str, rows: int) -> None:
    company = _company()

    batch = create_batch(
        company,
        [_entry("10", "-10", batch="000007")],
        description="from a subledger",
        batch_type="Subledger",
        day=dt.date(2026, 6, 15),
        is_posted=bool(is_posted),
    )

    assert (batch["Status"], batch["Debits"], batch["NumberOfEntries"]) == (status, 10, 1)
    assert company.tables["GL", "GLJournalBatches"].find("000007") is not None
    assert len(company.tables["GL", "GLPostedTransactions"]) == rows


def _calendar() -> FiscalCalendar:
    return fiscal_calendar(_company(fiscal_year(2027, 12), fiscal_year(2028, 13)))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-04-01", ("2027", "01")),
        ("2026-04-28", ("2027", "01")),
        ("2027-03-15", ("2027", "12")),
        ("2026-04-29", None),
        ("2026-03-31", None),
        ("2031-01-01", None),
    ],
)
def test_a_day_falls_into_its_period_or_into_none(
    day: str, expected: tuple[str, str] | None
) -> None:
    period = _calendar().find(dt.date.fromisoformat(day))

    assert (period and (period.year, period.code)) == expected


def test_a_year_has_the_periods_its_calendar_says() -> None:
    calendar = _calendar()

    assert calendar.find_period("2027", 13) is None
    assert calendar.find_period("2028", 13) is not None


def test_after_the_last_period_of_a_year_comes_the_first_of_the_next() -> None:
    calendar = _calendar()
    last, end = calendar.find_period("2027", 12), calendar.find_period("2028", 13)

    assert last is not None
    assert end is not None
    following = calendar.find_next(last)
    assert following is not None
    assert (following.year, following.number) == ("2028", 1)
    assert calendar.find_next(end) is None


def test_a_year_that_is_not_active_has_no_periods() -> None:
    calendar = fiscal_calendar(_company(fiscal_year(2027, 12) | {"Active": "No"}))

    assert calendar.find(dt.date(2026, 6, 15)) is None
