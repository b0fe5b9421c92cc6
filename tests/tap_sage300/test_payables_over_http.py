"""Payables documents as the installed command reads them: which stand, posted or not, to the cent.

Goal: what arrives is what a person counts in Sage's own records, whatever the server's switches.
Method: the installed command against the sandbox; expectations straight from the sandbox's records.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.tap_sage300.runs import Output, Sandbox, Tap, switch

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

STREAMS = ("ap_invoices", "ap_invoice_lines")
BATCHES = "AP/APInvoiceBatches"
CENT = Decimal("0.01")


@pytest.fixture
def tap(company: Sandbox, tmp_path: Path) -> Tap:
    return Tap(company, tmp_path)


def list_standing(sandbox: Sandbox) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return batch and entry of each document that stands, as a person would count them."""
    return [
        (batch, entry)
        for batch in sandbox.sage("GET", f"records/{BATCHES}")
        if batch["BatchStatus"] != "Deleted"
        for entry in batch["Invoices"]
        if not entry["ErrorBatch"]
    ]


def convert(amount: Decimal, entry: dict[str, Any]) -> Decimal:
    """Convert an amount as Sage's own posting would."""
    rate = Decimal(str(entry["ExchangeRate"]))
    exact = amount * rate if entry["RateOperation"] == "Multiply" else amount / rate
    return exact.quantize(CENT, rounding="ROUND_HALF_UP")


def count(sandbox: Sandbox) -> dict[tuple[bool, str], Decimal]:
    """Add up functional amounts by whether they are posted and by fiscal period."""
    sums: dict[tuple[bool, str], Decimal] = {}
    for batch, entry in list_standing(sandbox):
        net = sum(
            (Decimal(str(line["DistributedAmount"])) for line in entry["InvoiceDetails"]),
            Decimal(0),
        )
        key = (batch["BatchStatus"] == "Posted", f"{entry['FiscalYear']}-{entry['FiscalPeriod']}")
        sign = -1 if entry["DocumentType"] == "CreditNote" else 1
        sums[key] = sums.get(key, Decimal(0)) + sign * convert(net, entry)
    return {key: value for key, value in sums.items() if value}


def add_up(run: Output) -> dict[tuple[bool, str], Decimal]:
    """Add up the same of what came."""
    sums: dict[tuple[bool, str], Decimal] = {}
    for line in run.records("ap_invoice_lines"):
        key = (line["Posted"], f"{line['FiscalYear']}-{line['FiscalPeriod']}")
        sums[key] = sums.get(key, Decimal(0)) + line["FunctionalAmount"]
    return {key: value for key, value in sums.items() if value}


def test_every_document_that_stands_comes_with_its_lines_once(tap: Tap) -> None:
    run = tap.run(select=STREAMS)

    assert run.exit_code == 0, run.errors
    standing = list_standing(tap.sandbox)
    expected = {
        f"SAMLTD:AP:{entry['VendorNumber']}:{entry['DocumentNumber']}:{line['LineNumber']}"
        for _, entry in standing
        for line in entry["InvoiceDetails"]
    }
    ids = [line["TransactionId"] for line in run.records("ap_invoice_lines")]
    assert len(ids) == len(set(ids))
    assert set(ids) == expected
    headers = {(one["BatchNumber"], one["EntryNumber"]) for one in run.records("ap_invoices")}
    assert headers == {(batch["BatchNumber"], entry["EntryNumber"]) for batch, entry in standing}


def test_amounts_tie_to_the_records_by_period_posted_and_unposted_apart(tap: Tap) -> None:
    run = tap.run(select=STREAMS)

    assert add_up(run) == count(tap.sandbox)
    assert {posted for posted, _ in add_up(run)} == {True, False}
    assert {one["CurrencyCode"] for one in run.records("ap_invoices")} == {"CAD", "EUR", "USD"}
    headers = sum((one["FunctionalAmount"] for one in run.records("ap_invoices")), Decimal(0))
    assert headers == sum(add_up(run).values())


def test_posted_documents_of_sage_say_the_same(tap: Tap) -> None:
    run = tap.run(select=STREAMS)

    posted = {
        (int(one["BatchNumber"]), int(one["EntryNumber"])): one
        for one in tap.sandbox.sage("GET", "records/AP/APPostedDocuments")
        if one["BatchType"] == "IN"
    }
    headers = {(one["BatchNumber"], one["EntryNumber"]): one for one in run.records("ap_invoices")}
    assert posted
    for place, document in posted.items():
        header = headers[place]
        total, tax = (
            Decimal(str(document[f"FunctionalCurrency{name}"]))
            for name in ("InvoiceAmount", "TaxAmount")
        )
        # Some documents of the generated history were converted line by line.
        assert abs(header["FunctionalAmount"] - (total - tax)) <= CENT
        assert header["Posted"] is True
        assert header["FiscalPeriod"] == document["FiscalPeriod"]


@pytest.mark.parametrize(
    "positions",
    [
        {"property_casing": "lowered"},
        {"omitted_properties": ["ErrorBatch", "ErrorEntry"]},
        {"omitted_properties": ["RateOperation"]},
        {"omitted_properties": ["DistributedAmountBeforeTaxes", "DateLastEdited", "PostingDate"]},
        {"not_installed": ["CSFiscalCalendars"]},
        {"decimals": "scaled", "dates": "zoneless"},
        {"decimals": "exponent", "booleans": "words"},
        {"order": "shuffled", "orderby": False, "page_size": 7},
    ],
    ids="-".join,
)
def test_amounts_are_the_same_whichever_way_the_server_behaves(
    tap: Tap, positions: dict[str, object]
) -> None:
    switch(tap.sandbox, **positions)

    run = tap.run(select=STREAMS)

    assert run.exit_code == 0, run.errors
    assert add_up(run) == count(tap.sandbox)


@pytest.mark.parametrize("changed", [{"cost_center_segment": "2"}, {"no_cost_center": "-"}])
def test_other_cost_centres_have_finished_payables_read_again(
    tap: Tap, changed: dict[str, str]
) -> None:
    before = tap.run(select=STREAMS)

    after = tap.run(select=STREAMS, state=before.state, **changed)
    then = tap.run(select=STREAMS, state=after.state, **changed)

    fresh = tap.run(select=STREAMS, **changed)
    found, expected = (
        {line["TransactionId"]: line["CostCenter"] for line in run.records("ap_invoice_lines")}
        for run in (after, fresh)
    )
    assert found == expected
    assert len(then.records("ap_invoice_lines")) < len(expected)
