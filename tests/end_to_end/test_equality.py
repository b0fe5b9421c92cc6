"""A company of 20,000 orders, its invoices and three years of books, equal to the cent in Anaplan.

Goal: what a planner reads in Commitments, DAT AP Invoice Lines and Actuals is what Sage 300's
records come to, in three currencies, posted and unposted apart, whatever the rounding.
Method: the installed commands once, into the whole blueprint; what must be there is computed from
the records (`tests/support/expected.py`), what is there is read through Anaplan's own API.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.support.expected import Books, currencies, month_of_period, without_zeros
from tests.support.pipeline import AnaplanReader, Pipeline
from tests.support.sandbox import Sandbox
from tests.tap_sage300.ledger import web_api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.expected import Record, Sums

pytestmark = pytest.mark.slow

ORDERS = 20_000
HALF_A_CENT = Decimal("0.005")
DIVIDING = "DV"
"""A rate type whose rates divide; those the company was generated with multiply in payables."""


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """The company and the model, after one run."""
    folder = tmp_path_factory.mktemp("equality")
    sandbox = Sandbox.start("--orders", str(ORDERS), "--page-size", "1000")
    try:
        sandbox.anaplan("POST", "switches", {"task_ms": 10})
        enter_invoices_at_dividing_rates(sandbox)
        pipeline = Pipeline(
            sandbox,
            folder,
            streams=None,
            tap_settings={"cost_center_segment": "2"},
            target_settings={"process": "Load Sage 300", "poll_seconds": 1},
        )
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("ML_CONNECTOR_HOME", str(folder / "home"))
            pipeline.run_well()
        yield pipeline
    finally:
        sandbox.stop()


@pytest.fixture(scope="module")
def books(pair: Pipeline) -> Books:
    """Sage 300's records."""
    return Books(lambda resource: read_all(pair.sandbox, resource), functional="CAD")


@pytest.fixture(scope="module")
def model(pair: Pipeline) -> AnaplanReader:
    return AnaplanReader(pair.sandbox)


def enter_invoices_at_dividing_rates(sandbox: Sandbox) -> None:
    """Enter two batches of euro invoices whose rate divides, and post one of them."""
    rates = [
        {"ToCurrency": "CAD", "RateType": DIVIDING, "FromCurrency": "EUR"}
        | {"RateDate": "2020-01-01", "Rate": 0.6789123}
    ]
    table = {
        "ToCurrency": "CAD",
        "RateType": DIVIDING,
        "DateMatching": "Earlier",
        "RateOperation": "Divide",
        "CurrencyRateDetail": rates,
    }
    sandbox.sage("POST", "records/CS/CSCurrencyRates", table)
    vendor = web_api(sandbox, "GET", "AP/APVendors?$filter=CurrencyCode%20eq%20'EUR'&$top=1")
    number = vendor["value"][0]["VendorNumber"]
    for batch in range(2):
        invoices = [
            make_invoice(number, f"DV-{batch}-{at}", kind)
            for at, kind in enumerate(("Invoice", "CreditNote", "DebitNote"))
        ]
        made = web_api(sandbox, "POST", "AP/APInvoiceBatches", {"Invoices": invoices})
        if batch:
            continue
        key = made["BatchNumber"]
        web_api(sandbox, "PATCH", f"AP/APInvoiceBatches({key})", {"BatchStatus": "ReadyToPost"})
        chosen = {"ProcessAllBatches": "Donotpostallbatches", "FromBatch": key, "ToBatch": key}
        web_api(sandbox, "POST", "AP/APPostInvoices('$process')", chosen)


def make_invoice(vendor: str, document: str, kind: str) -> Record:
    """A document of five lines whose cents do not convert one by one."""
    accounts = ("6100-100", "6100-210", "6200-300", "6300-400", "6400-500")
    cents = [3337 + 100 * at for at in range(len(accounts))]
    lines = [
        {"GLAccount": account, "DistributedAmount": one / 100}
        for account, one in zip(accounts, cents, strict=True)
    ]
    return {
        "VendorNumber": vendor,
        "DocumentType": kind,
        "DocumentNumber": document,
        "RateType": DIVIDING,
        "TaxGroup": "",
        "DocumentTotalIncludingTax": sum(cents) / 100,
        "InvoiceDetails": lines,
    }


def read_all(sandbox: Sandbox, resource: str) -> list[Record]:
    """Read a resource to its end, page by page; nobody else is at work."""
    info = sandbox.info["sage300"]
    found: list[Record] = []
    path: str | None = resource
    while path is not None:
        page = web_api(sandbox, "GET", path)
        found += page["value"]
        link = page.get("@odata.nextLink")
        path = link.split(f"/{info['company']}/")[1] if link else None
    return found


def read_grid(
    model: AnaplanReader, view: str, *pages: tuple[str, str]
) -> dict[tuple[str, ...], Decimal]:
    """Return a view's cells of months that are not zero, by row and month, on one of its pages."""
    axes = {axis["name"]: axis["id"] for axis in model.get(f"views/{view}").get("pages", [])}
    chosen = []
    for name, wanted in pages:
        items = model.get(f"views/{view}/dimensions/{axes[name]}/items")["items"]
        item = next(one["id"] for one in items if one["name"] == wanted)
        chosen.append(f"{axes[name]}:{item}")
    fixed = f"&pages={quote(','.join(chosen))}" if chosen else ""
    grid = model.get(f"views/{view}/data?format=v1{fixed}")
    months = [column[0] for column in grid["columnCoordinates"]]
    return {
        (row["rowCoordinates"][0], month): Decimal(cell)
        for row in grid["rows"]
        for month, cell in zip(months, row["cells"], strict=True)
        if not month.startswith("FY") and Decimal(cell)
    }


def read_actuals(model: AnaplanReader, books: Books) -> Sums:
    """Return Actuals by account, cost centre and month; groups and years repeat them."""
    view = model.module("Actuals")
    centers = books.cost_centers()
    found: Sums = {}
    for center in sorted(set(centers.values())):
        grid = read_grid(model, view, ("Cost Centers", center), ("Line Items", "Functional Amount"))
        found |= {
            (account, center, month): amount
            for (account, month), amount in grid.items()
            if account in centers
        }
    return found


def test_commitments_are_what_open_orders_come_to(books: Books, model: AnaplanReader) -> None:
    vendors = {one["VendorNumber"] for one in books.records("AP/APVendors")}
    grid = read_grid(model, model.module("Commitments"))
    found = {where: amount for where, amount in grid.items() if where[0] in vendors}

    expected = books.commitments()

    assert found == expected
    orders = books.records("PO/POPurchaseOrders")
    assert len(orders) == ORDERS
    open_orders = [one for one in orders if not one["Completed"]]
    assert set(currencies(open_orders, "Currency")) == {"CAD", "EUR", "USD"}
    assert {one["RateOperation"] for one in open_orders} == {"Divide", "Multiply"}


@pytest.mark.parametrize("is_posted", ["true", "false"])
def test_payables_lines_are_what_their_documents_come_to(
    books: Books, model: AnaplanReader, is_posted: str
) -> None:
    sums: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for cells in model.cells("DAT AP Invoice Lines").values():
        if cells["Posted"] == is_posted:
            names = ("Vendor", "GL Account", "Cost Center", "Fiscal Year", "Fiscal Period")
            sums[tuple(cells[name] for name in names)] += Decimal(cells["Functional Amount"])

    expected = books.payables()[is_posted]

    assert expected
    assert without_zeros(sums) == expected
    entries = [
        entry
        for batch in books.records("AP/APInvoiceBatches")
        if (batch["BatchStatus"] == "Posted") is (is_posted == "true")
        for entry in batch["Invoices"]
    ]
    assert set(currencies(entries, "CurrencyCode")) == {"CAD", "EUR", "USD"}
    assert {entry["RateOperation"] for entry in entries} == {"Divide", "Multiply"}


def test_posted_payables_tie_to_the_documents_that_were_posted(
    books: Books, model: AnaplanReader
) -> None:
    totals = books.posted_totals()
    amounts: dict[tuple[str, ...], list[Decimal]] = defaultdict(list)
    for cells in model.cells("DAT AP Invoice Lines").values():
        document = (cells["Vendor"], cells["Document Number"])
        if cells["Posted"] == "true" and document in totals:
            amounts[document].append(Decimal(cells["Functional Amount"]))

    assert set(amounts) == set(totals)
    # Generated history converted each line by itself: half a cent of each may be in the total.
    differences = {
        document: abs(sum(lines, Decimal())) - totals[document]
        for document, lines in amounts.items()
        if abs(abs(sum(lines, Decimal())) - totals[document]) > HALF_A_CENT * (len(lines) + 1)
    }
    assert differences == {}
    exact = sum(
        abs(sum(lines, Decimal())) == totals[document] for document, lines in amounts.items()
    )
    assert exact > len(totals) * 0.9


def test_actuals_are_what_was_posted(books: Books, model: AnaplanReader) -> None:
    found = read_actuals(model, books)

    assert found == books.actuals()
    rows = books.records("GL/GLPostedTransactions")
    assert set(currencies(rows, "SourceCurrencyCode")) == {"CAD", "EUR", "USD"}
    assert len({row["FiscalYear"] for row in rows}) >= 3


def test_actuals_tie_to_the_balances(books: Books, model: AnaplanReader) -> None:
    sums: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for (account, _, month), amount in read_actuals(model, books).items():
        sums[account, month] += amount

    assert without_zeros(sums) == books.balances()
    by_month: dict[str, Decimal] = defaultdict(Decimal)
    for (_, month), amount in sums.items():
        by_month[month] += amount
    assert set(by_month.values()) == {Decimal(0)}, "a trial balance comes to nothing"


def test_every_line_is_in_the_model(books: Books, model: AnaplanReader) -> None:
    loads: dict[str, Any] = model.cells("CTL Loads")

    lines = sum(len(one["PurchaseOrderLines"]) for one in books.records("PO/POPurchaseOrders"))
    assert Decimal(loads["purchase_order_lines"]["Rows"]) == lines
    postings = len(books.records("GL/GLPostedTransactions"))
    assert Decimal(loads["gl_posted_transactions"]["Rows"]) == postings > 50_000
    assert Decimal(loads["gl_accounts"]["Rows"]) == len(books.records("GL/GLAccounts"))


def test_the_months_of_fiscal_periods_are_the_calendars(books: Books) -> None:
    for calendar in books.records("CS/CSFiscalCalendars"):
        start = calendar["FiscalPeriod1StartDate"]
        assert month_of_period(calendar["FiscalYear"], "01").startswith("Apr")
        assert start[5:7] == "04"
        assert int(start[:4]) == int(calendar["FiscalYear"]) - 1
