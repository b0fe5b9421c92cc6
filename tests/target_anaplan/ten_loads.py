"""Singer messages of the ten loads of the blueprint: every column of every file has a value."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.target_anaplan.singer import FLAG, NUMBER, TEXT, Message, Record, records, state

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.target_anaplan.conftest import Model

KEYS: dict[str, list[str]] = {
    "vendor_groups": ["GroupCode"],
    "vendors": ["VendorNumber"],
    "gl_account_groups": ["AccountGroupCode"],
    "gl_accounts": ["UnformattedAccount"],
    "gl_segment_codes": ["SegmentNumber", "SegmentCode"],
    "items": ["UnformattedItemNumber"],
    "purchase_order_lines": ["TransactionId"],
    "ap_invoice_lines": ["TransactionId"],
    "po_invoice_lines": ["TransactionId"],
    "gl_posted_transactions": ["TransactionId"],
}
PARENTS = {"vendors": "vendor_groups", "gl_accounts": "gl_account_groups"}
MODULES = {
    "purchase_order_lines": "DAT PO Lines",
    "ap_invoice_lines": "DAT AP Invoice Lines",
    "po_invoice_lines": "DAT PO Invoice Lines",
    "gl_posted_transactions": "DAT GL Actuals",
}
LISTS = {
    "vendor_groups": "Vendor Groups",
    "vendors": "Vendors",
    "gl_account_groups": "GL Account Groups",
    "gl_accounts": "GL Accounts",
    "gl_segment_codes": "Cost Centers",
    "items": "Items",
    "purchase_order_lines": "PO Lines",
    "ap_invoice_lines": "AP Invoice Lines",
    "po_invoice_lines": "PO Invoice Lines",
    "gl_posted_transactions": "GL Actual Lines",
}
VIRTUAL = {"Checksum", "Deleted"}


def make_masters(company: str = "SAMLTD") -> dict[str, list[Record]]:
    """One record of each master, the parents of the documents below."""
    return {
        "vendor_groups": [_own(company, GroupCode="GRP", Description="Group", Status="Active")],
        "vendors": [
            _own(
                company, VendorNumber="1200", VendorName="Vendor", GroupCode="GRP", Status="Active"
            )
        ],
        "gl_account_groups": [
            _own(company, AccountGroupCode="EXP", AccountGroupDescription="Expenses")
        ],
        "gl_accounts": [
            _own(
                company,
                UnformattedAccount="6100210",
                AccountNumber="6100-210",
                Description="Rent",
                AccountGroupCode="EXP",
                CostCenter="210",
            )
        ],
        "gl_segment_codes": [
            _own(
                company, SegmentNumber="2", SegmentCode="210", SegmentCodeDescription="Head office"
            )
        ],
        "items": [
            _own(company, UnformattedItemNumber="A1103", ItemNumber="A1-103", Description="Lamp")
            | {"StockItem": True}
        ],
    }


def make_documents(company: str = "SAMLTD", *, amount: str = "12.34") -> dict[str, list[Record]]:
    """One line of each kind of document, and one posting."""
    money = Decimal(amount)
    period = {"FiscalYear": 2026, "FiscalPeriod": 9}
    return {
        "purchase_order_lines": [
            _own(
                company,
                TransactionId=f"{company}:PO:PO1:1000",
                PurchaseOrderNumber="PO1",
                Vendor="1200",
                ItemNumber="A1-103",
                UnformattedItemNumber="A1103",
                OrderDate="2026-01-15",
                ExpectedArrivalDate="2026-02-20",
                Currency="CAD",
            )
            | {"Completed": False, "OnHold": False, "FunctionalExtendedCost": money}
            | {"FunctionalOutstandingAmount": money}
        ],
        "ap_invoice_lines": [
            _own(
                company,
                TransactionId=f"{company}:AP:1200:INV-1:20",
                VendorNumber="1200",
                GLAccount="6100210",
                CostCenter="210",
                DocumentNumber="INV-1",
                DocumentType="Invoice",
                DocumentDate="2026-01-15",
                PostingDate="2026-01-31",
                BatchStatus="Posted",
                CurrencyCode="CAD",
            )
            | period
            | {"Posted": True, "SignedAmount": -money, "FunctionalAmount": -money}
        ],
        "po_invoice_lines": [
            _own(
                company,
                TransactionId=f"{company}:PI:700:1000",
                InvoiceNumber="IN700",
                Vendor="1200",
                ItemNumber="A1-103",
                UnformattedItemNumber="A1103",
                InvoiceDate="2026-01-15",
                Currency="CAD",
            )
            | period
            | {"FunctionalExtendedCost": money}
        ],
        "gl_posted_transactions": [
            _own(
                company,
                TransactionId=f"{company}:GL:6100210:2026:9:CAD:GL:JE:5:1",
                AccountNumber="6100210",
                CostCenter="210",
                JournalDate="2026-12-31",
            )
            | period
            | {"JournalTransactionAmount": money, "FromPlanning": False}
        ],
    }


def ten_streams(
    company: str = "SAMLTD", *, headers: Mapping[str, Sequence[str]], amount: str = "12.34"
) -> list[Message]:
    """All ten streams to their ends; documents come first, for the target has to order them."""
    streams = make_documents(company, amount=amount) | make_masters(company)
    messages: list[Message] = []
    for name, rows in streams.items():
        messages += one_stream(name, rows, headers=headers[name])
    return messages


def one_stream(name: str, rows: Sequence[Record], *, headers: Sequence[str]) -> list[Message]:
    """A stream of the ten, whose schema has a property for every column of its file."""
    return [
        {
            "type": "SCHEMA",
            "stream": name,
            "schema": {"properties": {header: _type_of(rows, header) for header in headers}},
            "key_properties": KEYS[name],
        },
        state(**{name: {"complete": False}}),
        *records(name, rows),
        state(**{name: {"complete": True}}),
    ]


def _type_of(rows: Sequence[Record], header: str) -> dict[str, Any]:
    value = next((row[header] for row in rows if row.get(header) is not None), None)
    if isinstance(value, bool):
        return FLAG
    return NUMBER if isinstance(value, int | Decimal) else TEXT


def _own(company: str, **fields: Any) -> Record:
    return {"Company": company, **fields}


def headers_of(model: Model) -> dict[str, list[str]]:
    """The columns of the ten files that a record has to fill, and Company besides."""
    found = {name: model.control("PATCH", f"files/{name}.csv", {})["headers"] for name in LISTS}
    return {
        name: ["Company", *(header for header in headers if header not in VIRTUAL | {"Company"})]
        for name, headers in found.items()
    }
