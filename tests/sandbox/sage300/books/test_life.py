"""What the generated books are made of: every state and oddity a reader must cope with."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from ml_connector_sandbox.sage300.books._generate import generate_company
from ml_connector_sandbox.sage300.writing._session import open_record

from tests.sandbox.sage300.books.accounting import Auditor

if TYPE_CHECKING:
    from tests.sandbox.conftest import ServeSage

_TODAY = dt.date(2026, 11, 23)
_STAMP = "2026-11-23T00:00:00Z"
_CURRENT = "2027"


@cache
def _books(fiscal_periods: int = 12) -> Auditor:
    company = generate_company(seed=1, orders=600, today=_TODAY, fiscal_periods=fiscal_periods)

    def read(name: str) -> list[dict[str, Any]]:
        table = company.tables[name[:2], name]
        return [open_record(table.resource, row) for row in table.rows_between()]

    return Auditor(read)


def _invoices() -> list[dict[str, Any]]:
    batches = _books().records("APInvoiceBatches")
    return [{**one, "Batch": batch} for batch in batches for one in batch["Invoices"]]


def test_invoice_batches_are_in_every_state() -> None:
    states = Counter(one["BatchStatus"] for one in _books().records("APInvoiceBatches"))

    assert states.keys() == {"Open", "ReadyToPost", "Posted", "Deleted"}
    assert states["Posted"] > 100


def test_payment_batches_are_in_every_state_and_of_both_kinds() -> None:
    batches = _books().records("APPaymentAndAdjustmentBatches")

    assert {one["BatchStatus"] for one in batches} == {
        "Open",
        "Posted",
        "Deleted",
        "CheckCreationInProgress",
    }
    assert {one["BatchSelector"] for one in batches} == {"PY", "AD"}
    kinds = {
        one["PaymentTransactionType"] for batch in batches for one in batch["PaymentsAdjustments"]
    }
    assert kinds == {"Payment", "Prepayment", "ApplyDocument", "Adjustment"}


def test_journal_batches_are_in_every_state() -> None:
    states = {one["Status"] for one in _books().records("GLJournalBatches")}

    assert states == {"Open", "ReadyToPost", "Posted", "Deleted"}


def test_an_entry_refused_by_posting_is_in_its_batch_and_in_the_error_batch() -> None:
    refused = [one for one in _invoices() if one["ErrorBatch"]]
    copies = [
        one
        for one in _invoices()
        if (one["BatchNumber"], one["EntryNumber"])
        == (refused[0]["ErrorBatch"], refused[0]["ErrorEntry"])
    ]

    assert [one["Batch"]["BatchStatus"] for one in refused] == ["Posted"]
    assert [one["Batch"]["BatchStatus"] for one in copies] == ["Open"]
    assert copies[0]["DocumentNumber"] == refused[0]["DocumentNumber"]
    posted = {one["DocumentNumber"] for one in _books().records("APPostedDocuments")}
    assert refused[0]["DocumentNumber"] not in posted


def test_a_journal_refused_by_posting_is_in_its_batch_and_in_the_error_batch() -> None:
    batches = {one["BatchNumber"]: one for one in _books().records("GLJournalBatches")}
    ((batch, header),) = [
        (batch, header)
        for batch in batches.values()
        for header in batch["JournalHeaders"]
        if header["ErrorBatch"]
    ]

    errors = batches[f"{header['ErrorBatch']:06}"]
    assert (batch["Status"], batch["NumberOfErrors"], errors["Status"]) == ("Posted", 1, "Open")
    assert errors["JournalHeaders"][header["ErrorEntry"] - 1]["Debits"] == header["Debits"]


def test_invoices_are_typed_with_dates_to_come_and_long_gone() -> None:
    dates = [one["DocumentDate"] for one in _invoices() if one["Batch"]["BatchStatus"] == "Open"]

    assert any(date > _STAMP for date in dates)
    assert any(date < "2026-09" for date in dates)


def test_documents_are_of_every_kind_and_in_three_currencies() -> None:
    documents = _books().records("APPostedDocuments")

    assert {one["DocumentType"] for one in documents} == {
        "Invoice",
        "CreditNote",
        "DebitNote",
        "Interest",
        "Prepayment",
        "Payment",
    }
    assert {one["CurrencyCode"] for one in documents} == {"CAD", "USD", "EUR"}


def test_documents_are_open_paid_in_part_and_paid() -> None:
    shares = [
        one["VendorCurrencyAmountDue"] / Decimal(one["VendorCurrencyInvoiceAmount"])
        for one in _books().records("APPostedDocuments")
        if one["DocumentType"] == "Invoice"
    ]

    assert {0, 1} < set(shares)
    assert any(0 < share < 1 for share in shares)


def test_vendors_on_hold_are_owed_and_not_paid() -> None:
    held = {
        one["VendorNumber"] for one in _books().records("APVendors") if one["OnHold"] == "OnHold"
    }
    documents = [
        one for one in _books().records("APPostedDocuments") if one["VendorNumber"] in held
    ]

    assert any(one["VendorCurrencyAmountDue"] > 0 for one in documents)
    assert not any(one["DocumentType"] == "Payment" for one in documents)


def test_old_history_was_cleared_and_balances_stayed() -> None:
    books = _books()

    assert books.years == ["2023", "2024", "2025", "2026", "2027"]
    assert books.posted_years == {"2024", "2025", "2026", "2027"}
    journals = {one["Fiscalyear"] for one in books.records("GLPostingJournalDetails")}
    assert journals == {"2026", "2027"}
    paid = [one["DatePaid"] for one in books.records("APPostedDocuments") if one["DatePaid"]]
    assert min(paid) >= "2024-04-01"


def test_closed_years_have_closing_entries_beyond_the_calendar() -> None:
    closing = [
        one
        for one in _books().records("GLPostedTransactions")
        if (one["SourceLedgerCode"], one["SourceTypeCode"]) == ("GL", "CL")
    ]

    assert {one["FiscalYear"] for one in closing} == {"2024", "2025", "2026"}
    assert {one["FiscalPeriod"] for one in closing} == {"15"}


def test_accounts_that_post_consolidated_lose_their_texts() -> None:
    books = _books()
    consolidated = {
        one["UnformattedAccount"]
        for one in books.records("GLAccounts")
        if one["PostToAccount"] == "Consolidated"
    }
    merged = [
        one
        for one in books.records("GLPostedTransactions")
        if one["ConsolidationOccurredOnPost"] == "Yes"
    ]

    assert {one["AccountNumber"] for one in merged} <= consolidated
    assert {one["JournalDetailDescription"] + one["JournalDetailReference"] for one in merged} == {
        ""
    }
    assert any(
        line["AccountNumber"] in consolidated and line["Description"]
        for batch in books.records("GLJournalBatches")
        for header in batch["JournalHeaders"]
        for line in header["JournalDetails"]
    )


def test_accounts_are_inactive_prohibited_and_under_control() -> None:
    accounts = _books().records("GLAccounts")

    assert {one["Status"] for one in accounts} == {"Active", "Inactive"}
    assert {one["PostToAccount"] for one in accounts} == {"Detail", "Consolidated", "Prohibited"}
    control = {
        one["UnformattedAccount"]: one["ControlAccountSubledgers"][0]["SubledgerCode"]
        for one in accounts
        if one["ControlAccount"] == "Yes"
    }
    assert control == {"1100": "AR", "1200": "IC", "2000": "AP", "2010": "AP", "2020": "AP"}


def test_cost_centers_are_segments_of_accounts() -> None:
    books = _books()
    centers = {one["SegmentCode"] for one in books.records("GLSegmentCodes")}
    account = next(
        one for one in books.records("GLAccounts") if one["UnformattedAccount"] == "6100400"
    )

    assert (account["AccountNumber"], account["AccountSegmentCode2"]) == ("6100-400", "400")
    used = {one["AccountSegmentCode2"] for one in books.records("GLAccounts")} - {""}
    assert used == centers


def test_references_lead_somewhere() -> None:
    books = _books()
    accounts = set(books.account_types)
    groups = {one["AccountGroupCode"] for one in books.records("GLAccountGroups")}
    codes = {(one["SourceLedger"], one["SourceType"]) for one in books.records("GLSourceCodes")}
    items = {one["ItemNumber"] for one in books.records("ICItems")}

    assert {one["AccountGroupCode"] for one in books.records("GLAccounts")} == groups
    for one in books.records("GLPostedTransactions"):
        assert one["AccountNumber"] in accounts
        assert (one["SourceLedgerCode"], one["SourceTypeCode"]) in codes
    for order in books.records("POPurchaseOrders"):
        for line in order["PurchaseOrderLines"]:
            assert line["ItemNumber"] in items
            assert line["ExpenseAccount"] in accounts | {""}


def test_budgets_are_fiscal_sets_of_the_last_year_this_one_and_the_next() -> None:
    budgets = [
        one for one in _books().records("GLAccountFiscalSets") if one["FiscalSetDesignator"] == "1"
    ]

    assert {one["FiscalSetYear"] for one in budgets} == {"2026", "2027", "2028"}
    assert all(one["Period13NetAmount"] == 0 for one in budgets)
    assert {_books().account_types[one["AccountNumber"]] for one in budgets} == {"IncomeStatement"}


@pytest.mark.parametrize("year", ["2024", "2025", "2026"])
def test_the_income_statement_is_believable(year: str) -> None:
    sums: Counter[str] = Counter()
    for account, its_year, one in _books().functional_sets():
        if its_year == year and _books().account_types[account] == "IncomeStatement":
            sums[account[:1]] -= sum(one.periods[:13])  # type: ignore[assignment]
    sales, goods, expenses = sums["4"], -sums["5"], -sums["6"]

    assert sales > 0
    assert Decimal("0.5") < Decimal(goods) / sales < Decimal("0.75")
    assert 0 < expenses < sales - goods


def test_assets_are_assets() -> None:
    for account in ("1020", "1100", "1200", "1260"):
        assert _books().balance(account) > 0, account


def test_thirteen_periods_are_four_weeks_each() -> None:
    books = _books(13)
    calendar = next(
        one for one in books.records("CSFiscalCalendars") if one["FiscalYear"] == _CURRENT
    )

    assert calendar["NumberOfFiscalPeriods"] == 13
    assert calendar["FiscalPeriod1EndDate"] == "2026-04-28T00:00:00Z"
    assert calendar["FiscalPeriod13EndDate"] == "2027-03-31T00:00:00Z"
    periods = {
        one["FiscalPeriod"]
        for one in books.records("GLPostedTransactions")
        if one["FiscalYear"] == "2026"
    }
    assert periods == {*(f"{number:02}" for number in range(1, 14)), "15"}


def test_rates_of_documents_are_those_of_the_rate_tables() -> None:
    (table,) = _books().records("CSCurrencyRates")
    rates = {
        (one["FromCurrency"], one["RateDate"][:7]): one["Rate"]
        for one in table["CurrencyRateDetail"]
    }

    foreign = [
        receipt
        for receipt in _books().records("POGetReceipts")
        if receipt["Currency"] != "CAD" and receipt["ReceiptDate"] <= _STAMP
    ]
    assert {receipt["Currency"] for receipt in foreign} == {"USD", "EUR"}
    for receipt in foreign:
        month = receipt["ReceiptDate"][:7]
        assert receipt["ExchangeRate"] == rates[receipt["Currency"], month]


def test_items_show_what_is_on_order() -> None:
    books = _books()
    open_quantity: Counter[str] = Counter()
    for order in books.records("POPurchaseOrders"):
        for line in order["PurchaseOrderLines"]:
            if line["CompletionStatus"] == "No":
                open_quantity[line["ItemNumber"]] += line["QuantityOutstanding"]

    assert open_quantity
    for item in books.records("ICItems"):
        assert item["QuantityOnPurchaseOrder"] == open_quantity[item["ItemNumber"]]


def test_balances_of_vendors_do_not_move_their_stamp(serve_sage: ServeSage) -> None:
    sage = serve_sage(orders=60)

    vendors = sage.values(
        "AP/APVendors", select="VendorNumber,DateLastMaintained,DateOfLastActivity"
    )

    assert any(one["DateOfLastActivity"] for one in vendors)
    assert all(
        one["DateLastMaintained"] != one["DateOfLastActivity"]
        for one in vendors
        if one["DateOfLastActivity"]
    )


def test_details_look_alike_under_every_switch(serve_sage: ServeSage) -> None:
    sage = serve_sage(orders=20)
    plain = sage.values("PO/POPurchaseOrders", top=3)

    sage.control.turn(decimals="scaled")

    assert sage.values("PO/POPurchaseOrders", top=3) == plain
