"""Factories of raw orders and of what splits them; a test shows only what matters to it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tap_sage300.documents import Field, SourceDocument
from tap_sage300.orders import FunctionalCurrency, OrderSplitter
from tap_sage300.values import Kind

HEADER_FIELDS = tuple(
    Field(name=name, kind=kind)
    for name, kind in {
        "PurchaseOrderSequenceKey": Kind.INTEGER,
        "PurchaseOrderNumber": Kind.TEXT,
        "Vendor": Kind.TEXT,
        "ExtendedCost": Kind.NUMBER,
        "Total": Kind.NUMBER,
    }.items()
)
LINE_FIELDS = tuple(
    Field(name=name, kind=kind)
    for name, kind in {
        "LineNumber": Kind.INTEGER,
        "ItemDescription": Kind.TEXT,
        "QuantityOrdered": Kind.NUMBER,
        "UnitCost": Kind.NUMBER,
        "ExtendedCost": Kind.NUMBER,
        "ExpectedArrivalDate": Kind.DATE,
    }.items()
)


def make_line(number: int = 1000, **changes: Any) -> dict[str, Any]:
    """Build a raw line as the Web API answers it."""
    return {
        "LineNumber": number,
        "ItemDescription": "Hex nut",
        "QuantityOrdered": Decimal(4),
        "QuantityReceived": Decimal(1),
        "QuantityCanceled": Decimal(0),
        "QuantityOutstanding": Decimal(3),
        "UnitCost": Decimal("10.25"),
        "ExtendedCost": Decimal(41),
        "ExpectedArrivalDate": "2026-12-05T00:00:00Z",
        "CompletionStatus": "No",
    } | changes


def make_order(*lines: dict[str, Any], key: int = 7, **changes: Any) -> dict[str, Any]:
    """Build a raw order as the Web API answers it."""
    return {
        "PurchaseOrderSequenceKey": key,
        "PurchaseOrderNumber": f"PO{key:06}",
        "Vendor": "1200",
        "OrderDate": "2026-11-02T00:00:00Z",
        "ExpectedArrivalDate": "2026-12-24T00:00:00Z",
        "PurchaseOrderType": "Active",
        "OnHold": False,
        "Completed": False,
        "LastPostingDate": "2026-11-02T00:00:00Z",
        "Currency": "USD",
        "ExchangeRate": Decimal(1),
        "RateOperation": "Multiply",
        "ExtendedCost": sum((line["ExtendedCost"] for line in lines), Decimal(0)),
        "PurchaseOrderLines": list(lines),
    } | changes


def make_splitter(*, currency: str | None = "USD", decimals: int = 2) -> OrderSplitter:
    """Build a splitter of company SAMLTD."""
    return OrderSplitter(
        company="SAMLTD",
        functional=FunctionalCurrency(code=currency, find_decimals=lambda: decimals),
        header_fields=HEADER_FIELDS,
        line_fields=LINE_FIELDS,
    )


def split(*lines: dict[str, Any], **changes: Any) -> SourceDocument:
    """Split an order of these lines."""
    [order] = make_splitter().split(make_order(*lines, **changes))
    return order
