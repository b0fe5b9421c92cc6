"""Approved lines of payables as an export brings them, and what A/P holds, by the Web API."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ml_connector.wire import encode_json

from tests.target_sage300.singer import ANY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.target_sage300.conftest import Books

STREAM = "ap_adjustments"
POSTINGS = [{"stream": STREAM, "kind": "ap_invoice"}, {"stream": STREAM, "kind": "ap_adjustment"}]
COLUMNS = (
    *("Transaction ID", "Company", "Kind", "Vendor", "Entry", "Lines In Entry", "Approved"),
    *("Document Type", "Applies To Document", "Document Date", "Due Date", "Account", "Amount"),
    *("Description", "Terms", "Tax Group", "Distribution Code", "Currency", "Project"),
)
DOCUMENT = "2610-00114"
"""An open invoice of vendor 000033, of which nothing is paid: 10514.49."""


def make_document(name: str = "APE-1", *amounts: str, **changes: Any) -> list[dict[str, Any]]:
    """The lines of a document: an invoice of vendor 000033 over `amounts` (80.25 and 20.00)."""
    given = amounts or ("80.25", "20.00")
    return [
        {
            "Transaction ID": f"{name}-{number}",
            "Company": "SAMLTD",
            "Kind": "ap_invoice",
            "Vendor": "000033",
            "Entry": name,
            "Lines In Entry": len(given),
            "Approved": True,
            "Document Type": "Invoice",
            "Applies To Document": "",
            "Document Date": "2026-10-31",
            "Due Date": "2026-11-30",
            "Account": "6100100",
            "Amount": amount,
            "Description": f"Services {name}",
            **changes,
        }
        for number, amount in enumerate(given, start=1)
    ]


def make_adjustment(name: str = "ADJ-1", *amounts: str, **changes: Any) -> list[dict[str, Any]]:
    """The lines of an adjustment of `DOCUMENT`: `amounts` (-10.50 and -4.25)."""
    given = amounts or ("-10.50", "-4.25")
    fields = {
        "Kind": "ap_adjustment",
        "Document Type": "",
        "Due Date": None,
        "Applies To Document": DOCUMENT,
        **changes,
    }
    return make_document(name, *given, **fields)


def export_payables(*entries: Iterable[dict[str, Any]], complete: bool = True) -> bytes:
    """A whole run of a tap."""
    state = {"type": "STATE", "value": {"bookmarks": {STREAM: {"complete": False}}}}
    schema = {
        "type": "SCHEMA",
        "stream": STREAM,
        "schema": {"properties": dict.fromkeys(COLUMNS, ANY)},
        "key_properties": ["Transaction ID"],
    }
    records = [
        {"type": "RECORD", "stream": STREAM, "record": line} for lines in entries for line in lines
    ]
    end = {"type": "STATE", "value": {"bookmarks": {STREAM: {"complete": True}}}}
    messages = [state, schema, *records, *([end] if complete else [])]
    return b"".join(encode_json(message) + b"\n" for message in messages)


def invoice_batches(books: Books) -> list[dict[str, Any]]:
    """Invoice batches with a document of planning."""
    return [
        batch
        for batch in _read_all(books, "AP/APInvoiceBatches?$orderby=BatchNumber&$filter=")
        if any(entry["OrderNumber"] == "PLANNING" for entry in batch["Invoices"])
    ]


def adjustment_batches(books: Books) -> list[dict[str, Any]]:
    """Adjustment batches with an entry of planning."""
    query = (
        "AP/APPaymentAndAdjustmentBatches?$orderby=BatchNumber"
        "&$filter=BatchSelector%20eq%20'AD'%20and%20"
    )
    return [
        batch
        for batch in _read_all(books, query)
        if any(
            line["Reference"] == "PLANNING"
            for entry in batch["PaymentsAdjustments"]
            for line in entry["AppliedPayments"]
        )
    ]


def standing(books: Books) -> Counter[str]:
    """How often each line stands in batches that are neither deleted nor refused."""
    found: Counter[str] = Counter()
    for batch in invoice_batches(books):
        for entry in batch["Invoices"]:
            if batch["BatchStatus"] != "Deleted" and not entry["ErrorBatch"]:
                tie = f" (of {entry['DocumentNumber']})"
                found.update(line["Comment"].removesuffix(tie) for line in entry["InvoiceDetails"])
    for batch in adjustment_batches(books):
        for entry in batch["PaymentsAdjustments"]:
            if batch["BatchStatus"] != "Deleted" and not entry["ErrorBatch"]:
                found.update(
                    below["Reference"]
                    for line in entry["AppliedPayments"]
                    for below in line["AdjustmentGLDistributions"]
                )
    return found


def assert_stands_once(books: Books, *references: str) -> None:
    """Each line stands exactly once, nothing else does, and documents equal their lines."""
    assert standing(books) == Counter(references)
    for batch in invoice_batches(books):
        for entry in batch["Invoices"]:
            amounts = (line["DistributedAmount"] for line in entry["InvoiceDetails"])
            assert entry["DocumentTotalIncludingTax"] == sum(amounts, Decimal(0))


def posted_document(books: Books, vendor: str, number: str) -> dict[str, Any]:
    """A document among the posted ones."""
    found: dict[str, Any] = books.get(f"AP/APPostedDocuments('{vendor}','{number}')")
    return found


def _read_all(books: Books, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    last = 0
    while page := books.get(f"{query}BatchNumber%20gt%20{last}")["value"]:
        found += page
        last = int(page[-1]["BatchNumber"])
    return found
