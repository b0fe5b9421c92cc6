"""Purchase invoices arrive with their lines: each once, with its period, and followed when edited.

Goal: first read, later reads, edits without a stamp, deletions, sums in the company's currency.
Method: the installed command against the sandbox, edited through its control endpoints.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.tap_sage300.runs import Sandbox, Tap, count_requests

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

INVOICES = "PO/POInvoices"
BOTH = ("po_invoices", "po_invoice_lines")
LINES = ("po_invoice_lines",)
COLUMNS = {
    *("TransactionId", "Company", "InvoiceNumber", "LineNumber", "Vendor", "ItemNumber"),
    *(
        "UnformattedItemNumber",
        "ItemDescription",
        "InvoiceDate",
        "PostingDate",
        "FiscalYear",
        "FiscalPeriod",
    ),
    *("PurchaseOrderNumber", "ReceiptNumber", "UnitOfMeasure", "QuantityReceived"),
    *("UnitCost", "ExtendedCost", "Currency", "FunctionalExtendedCost", "ExpenseAccount"),
}
"""What the blueprint's file po_invoice_lines.csv takes from a record (Deleted is the target's)."""


@pytest.fixture
def tap(company: Sandbox, tmp_path: Path) -> Tap:
    return Tap(company, tmp_path)


def read_invoices(tap: Tap) -> list[dict[str, Any]]:
    """Return every invoice the sandbox holds."""
    found: list[dict[str, Any]] = tap.sandbox.sage("GET", f"records/{INVOICES}")
    return found


def edit(tap: Tap, key: object, **changes: object) -> None:
    tap.sandbox.sage("PATCH", f"records/{INVOICES}/{key}", changes)


def test_every_invoice_and_line_comes_once_with_every_column_of_the_blueprint(tap: Tap) -> None:
    run = tap.run(select=BOTH)

    assert run.exit_code == 0, run.errors
    invoices = read_invoices(tap)
    assert sorted(one["InvoiceSequenceKey"] for one in run.records("po_invoices")) == [
        one["InvoiceSequenceKey"] for one in invoices
    ]
    lines = run.records("po_invoice_lines")
    assert sorted(one["TransactionId"] for one in lines) == sorted(
        f"SAMLTD:PI:{one['InvoiceSequenceKey']}:{line['LineNumber']}"
        for one in invoices
        for line in one["InvoiceLines"]
    )
    assert lines[0].keys() >= COLUMNS
    periods = {one["InvoiceSequenceKey"]: one["FiscalPeriod"] for one in invoices}
    assert all(
        int(line["FiscalPeriod"]) == int(periods[line["InvoiceSequenceKey"]].removeprefix("Num"))
        for line in lines
    )


def test_lines_add_up_to_their_headers_in_the_companys_own_currency(tap: Tap) -> None:
    run = tap.run(select=BOTH)

    sums: dict[int, Decimal] = {}
    for line in run.records("po_invoice_lines"):
        key = line["InvoiceSequenceKey"]
        sums[key] = sums.get(key, Decimal(0)) + line["FunctionalExtendedCost"]
    headers = run.records("po_invoices")
    assert {one["Currency"] for one in headers} == {"CAD", "USD", "EUR"}
    assert all(sums[one["InvoiceSequenceKey"]] == one["FunctionalExtendedCost"] for one in headers)


def test_lines_carry_the_code_of_their_item(tap: Tap) -> None:
    run = tap.run(select=(*LINES, "purchase_order_lines", "items"))

    codes = {one["ItemNumber"]: one["UnformattedItemNumber"] for one in run.records("items")}
    for stream in (*LINES, "purchase_order_lines"):
        lines = [line for line in run.records(stream) if line["ItemNumber"]]
        assert lines
        assert all(line["UnformattedItemNumber"] == codes[line["ItemNumber"]] for line in lines)


def test_second_run_reads_little_and_emits_the_same(tap: Tap) -> None:
    first = tap.run(select=LINES)
    before = count_requests(tap.sandbox)

    second = tap.run(state=first.state, select=LINES)

    assert count_requests(tap.sandbox) - before <= 12
    known = {one["TransactionId"]: one for one in first.records("po_invoice_lines")}
    assert all(known[one["TransactionId"]] == one for one in second.records("po_invoice_lines"))
    assert second.bookmark("po_invoice_lines")["complete"] is True


def test_open_invoice_is_read_every_time_and_told_when_it_is_deleted(tap: Tap) -> None:
    edited, gone = [one["InvoiceSequenceKey"] for one in read_invoices(tap)[:2]]
    for key in (edited, gone):
        edit(tap, key, Completed=False, stamp=None)
    first = tap.run(select=BOTH)
    edit(tap, edited, Reference="checked", stamp=None)
    tap.sandbox.sage("DELETE", f"records/{INVOICES}/{gone}")

    second = tap.run(state=first.state, select=BOTH)

    headers = {one["InvoiceSequenceKey"]: one for one in second.records("po_invoices")}
    assert headers[edited]["Reference"] == "checked"
    assert headers[gone]["_sdc_deleted_at"]
    deleted = [one for one in second.records("po_invoice_lines") if one["_sdc_deleted_at"]]
    assert {one["InvoiceSequenceKey"] for one in deleted} == {gone}
    assert all(one["ExtendedCost"] == one["FunctionalExtendedCost"] == 0 for one in deleted)


def test_completed_invoice_whose_history_is_cleared_changes_nothing(tap: Tap) -> None:
    first = tap.run(select=LINES)
    tap.sandbox.sage("DELETE", f"records/{INVOICES}/{read_invoices(tap)[0]['InvoiceSequenceKey']}")

    second = tap.run(state=first.state, select=LINES)

    assert not [one for one in second.records("po_invoice_lines") if one["_sdc_deleted_at"]]


def test_server_without_purchase_invoices_costs_their_lines_and_the_run_says_so(tap: Tap) -> None:
    tap.sandbox.sage("POST", "switches", {"not_installed": ["POInvoices"]})

    by_default = tap.run(select=None)
    elsewhere = tap.run(select=("vendors",))

    assert by_default.exit_code == 1
    assert "po_invoice_lines: module PO has no resource POInvoices" in by_default.error
    assert by_default.records("ap_invoice_lines")
    assert elsewhere.exit_code == 0
