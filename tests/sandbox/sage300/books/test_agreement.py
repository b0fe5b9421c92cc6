"""The books of the generated company agree with one another, whatever its seed (issue: books).

The auditor in `accounting.py` reads records only; here it is also shown to notice what is wrong.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from ml_connector_sandbox.sage300.books._generate import generate_company
from ml_connector_sandbox.sage300.writing._session import open_record

from tests.sandbox.sage300.books.accounting import Auditor

if TYPE_CHECKING:
    from ml_connector_sandbox.sage300._records import Company

_TODAY = dt.date(2026, 11, 23)


def audit(company: Company) -> Auditor:
    def read(name: str) -> list[dict[str, Any]]:
        table = company.tables[name[:2], name]
        return [open_record(table.resource, row) for row in table.rows_between()]

    return Auditor(read)


def make_company(
    *, seed: int = 1, orders: int = 60, today: dt.date = _TODAY, fiscal_periods: int = 12
) -> Company:
    return generate_company(seed=seed, orders=orders, today=today, fiscal_periods=fiscal_periods)


@pytest.mark.parametrize("seed", range(1, 21))
def test_sub_ledgers_tie_to_the_ledger_and_lines_to_headers(seed: int) -> None:
    books = audit(make_company(seed=seed))

    assert books.problems() == []


@pytest.mark.parametrize(
    ("today", "periods"),
    [
        (dt.date(2027, 4, 1), 12),
        (dt.date(2027, 3, 31), 13),
        (dt.date(2028, 2, 29), 12),
        (dt.date(2028, 1, 2), 13),
    ],
)
def test_they_agree_at_the_ends_of_years_and_in_thirteen_periods(
    today: dt.date, periods: int
) -> None:
    books = audit(make_company(today=today, fiscal_periods=periods))

    assert books.problems() == []


def test_they_agree_when_old_documents_were_cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml_connector_sandbox.sage300.books._history.NEWEST_ORDERS", 100)
    books = audit(make_company(orders=400))

    problems = [one for one in books.problems() if "received 0" not in one]

    assert problems == []
    assert len(books.records("POGetReceipts")) < 100


@cache
def _company() -> Auditor:
    return audit(make_company(orders=400))


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("GLPostedTransactions", "JournalTransactionAmount"),
        ("GLPostedTransactions", "SourceCurrencyAmount"),
        ("GLAccountFiscalSets", "Period07NetAmount"),
        ("GLAccountFiscalSets", "BeginningBalance"),
        ("APPostedDocuments", "FunctionalCurrencyAmountDue"),
        ("APVendors", "BalanceDueInVendorCurrency"),
        ("APInvoiceBatches", "BatchTotal"),
        ("GLJournalBatches", "Debits"),
        ("POGetReceipts", "Total"),
        ("POInvoices", "ExtendedCost"),
    ],
)
def test_a_changed_cent_is_noticed(name: str, field: str) -> None:
    good = _company()

    def read(resource: str) -> list[dict[str, Any]]:
        records = good.records(resource)
        if resource != name:
            return records
        position = next(at for at, one in enumerate(records) if one[field])
        changed = {**records[position], field: records[position][field] + 1}
        return [*records[:position], changed, *records[position + 1 :]]

    assert Auditor(read).problems() != []


def test_money_in_the_account_set_of_another_currency_is_noticed() -> None:
    good = _company()
    documents = good.records("APPostedDocuments")
    moved = next(
        at
        for at, one in enumerate(documents)
        if one["AccountSet"] == "TRADUS" and one["FullyPaid"] == "No"
    )
    changed = [*documents]
    changed[moved] = {**documents[moved], "AccountSet": "TRADE"}

    problems = Auditor(
        lambda name: changed if name == "APPostedDocuments" else good.records(name)
    ).problems()

    assert "APPostedDocuments in USD has account set TRADE" in problems
    assert {one.split(", ")[1].split()[0] for one in problems if "holds" in one} == {"2000", "2010"}


def test_the_same_seed_and_day_make_the_same_books() -> None:
    def told(name: str) -> list[dict[str, Any]]:
        return audit(make_company(orders=40)).records(name)

    for name in ("GLPostedTransactions", "APInvoiceBatches", "APPostedDocuments"):
        assert told(name) == told(name)


def test_the_order_in_which_resources_are_read_does_not_matter() -> None:
    first, second = audit(make_company(seed=9)), audit(make_company(seed=9))

    second.records("CSCurrencyRates")
    second.records("APVendors")

    assert first.records("GLAccountFiscalSets") == second.records("GLAccountFiscalSets")
