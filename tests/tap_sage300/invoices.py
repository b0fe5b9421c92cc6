"""Factories of raw purchase invoices and of what splits them; a test shows what matters to it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tap_sage300.calendars import FiscalCalendar
from tap_sage300.documents import Field, SourceDocument
from tap_sage300.invoices import InvoiceSplitter
from tap_sage300.orders import FunctionalCurrency
from tap_sage300.values import Kind

HEADER_FIELDS = (
    Field(name="InvoiceSequenceKey", kind=Kind.INTEGER),
    Field(name="Name", kind=Kind.TEXT),
    Field(name="Total", kind=Kind.NUMBER),
)
LINE_FIELDS = (
    Field(name="ItemNumber", kind=Kind.TEXT),
    Field(name="UnitOfMeasure", kind=Kind.TEXT),
    Field(name="QuantityReceived", kind=Kind.NUMBER),
)
CALENDAR = FiscalCalendar(
    [
        {
            "FiscalYear": "2027",
            "FiscalPeriod": "08",
            "StartDate": "2026-11-01",
            "EndDate": "2026-11-30",
        }
    ]
)


def make_line(number: int = 10, cost: str = "100", **changes: Any) -> dict[str, Any]:
    """Build a raw line as the Web API answers it."""
    return {
        "LineNumber": Decimal(number),
        "ItemNumber": "A1-103/0",
        "UnitOfMeasure": "EACH",
        "QuantityReceived": Decimal(4),
        "ExtendedCost": Decimal(cost),
    } | changes


def make_invoice(*lines: dict[str, Any], key: int = 30_000_001, **changes: Any) -> dict[str, Any]:
    """Build a raw invoice of one line of 100, or of `lines`."""
    return {
        "InvoiceSequenceKey": Decimal(key),
        "InvoiceNumber": "INV-1",
        "InvoiceDate": "2026-11-02T00:00:00Z",
        "PostingDate": "2026-11-03T00:00:00Z",
        "FiscalYear": "2027",
        "FiscalPeriod": "Num8",
        "Vendor": "1200",
        "Name": "Chloride Systems",
        "PurchaseOrderNumber": "PO000007",
        "ReceiptNumber": "RCP000003",
        "Completed": True,
        "LastPostingDate": "2026-11-03T00:00:00Z",
        "Currency": "USD",
        "ExchangeRate": Decimal(1),
        "RateOperation": "Multiply",
        "ExtendedCost": Decimal(100),
        "Total": Decimal(105),
        "InvoiceLines": list(lines) or [make_line()],
    } | changes


def make_splitter(*, currency: str | None = "USD") -> InvoiceSplitter:
    """Build a splitter of company SAMLTD."""
    return InvoiceSplitter(
        company="SAMLTD",
        functional=FunctionalCurrency(code=currency, find_decimals=lambda: 2),
        calendar=CALENDAR,
        header_fields=HEADER_FIELDS,
        line_fields=LINE_FIELDS,
        find_item_code={"A1-103/0": "A11030"}.get,
    )


def split(*lines: dict[str, Any], **changes: Any) -> SourceDocument:
    """Split an invoice of these lines."""
    [document] = make_splitter().split(make_invoice(*lines, **changes))
    return document
