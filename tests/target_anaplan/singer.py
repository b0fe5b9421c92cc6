"""Singer messages of a small company, as tap-sage300 writes them; tests change what matters."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ml_connector.wire import encode_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Message = dict[str, Any]
Record = dict[str, Any]

KEYS = {
    "vendor_groups": ["GroupCode"],
    "vendors": ["VendorNumber"],
    "purchase_order_lines": ["TransactionId"],
}
TEXT = {"type": ["string", "null"]}
NUMBER = {"type": ["number", "null"]}
FLAG = {"type": ["boolean", "null"]}
PROPERTIES: dict[str, dict[str, Any]] = {
    "vendor_groups": dict.fromkeys(
        ("GroupCode", "Company", "Description", "Status", "CurrencyCode", "Terms"), TEXT
    ),
    "vendors": dict.fromkeys(
        (
            *("VendorNumber", "Company", "VendorName", "ShortName", "GroupCode", "Status"),
            *("OnHold", "CurrencyCode", "Terms", "City", "Country"),
        ),
        TEXT,
    ),
    "purchase_order_lines": {
        **dict.fromkeys(
            (
                *("TransactionId", "Company", "PurchaseOrderNumber", "Vendor", "OrderDate"),
                *("ExpectedArrivalDate", "PurchaseOrderType", "ItemNumber", "ItemDescription"),
                "UnformattedItemNumber",
                *("Currency", "ExpenseAccount", "_sdc_deleted_at"),
            ),
            TEXT,
        ),
        **dict.fromkeys(("OnHold", "Completed"), FLAG),
        **dict.fromkeys(
            (
                *("LineNumber", "QuantityOrdered", "QuantityReceived", "QuantityCanceled"),
                *("QuantityOutstanding", "UnitCost", "ExtendedCost", "OutstandingAmount"),
                *("FunctionalExtendedCost", "FunctionalOutstandingAmount"),
            ),
            NUMBER,
        ),
    },
}


def make_group(code: str = "GRP", **fields: Any) -> Record:
    return {"GroupCode": code, "Company": "SAMLTD", "Description": f"Group {code}", **fields}


def make_vendor(code: str = "1200", *, group: str = "GRP", **fields: Any) -> Record:
    return {
        "VendorNumber": code,
        "Company": "SAMLTD",
        "VendorName": f"Vendor {code}",
        "GroupCode": group,
        "OnHold": "NotOnHold",
        **fields,
    }


def make_line(
    number: int = 1000, *, order: str = "PO1", vendor: str = "1200", amount: str = "10.50", **f: Any
) -> Record:
    return {
        "TransactionId": f"SAMLTD:PO:{order}:{number}",
        "Company": "SAMLTD",
        "PurchaseOrderNumber": order,
        "LineNumber": number,
        "Vendor": vendor,
        "OrderDate": "2026-01-15",
        "ExpectedArrivalDate": "2026-02-20",
        "PurchaseOrderType": "Active",
        "OnHold": False,
        "Completed": False,
        "Currency": "CAD",
        "QuantityOrdered": 1,
        "ExtendedCost": Decimal(amount),
        "OutstandingAmount": Decimal(amount),
        "FunctionalExtendedCost": Decimal(amount),
        "FunctionalOutstandingAmount": Decimal(amount),
        "_sdc_deleted_at": None,
        **f,
    }


def schema(
    stream: str,
    *,
    properties: Mapping[str, Any] | None = None,
    keys: Sequence[str] | None = None,
) -> Message:
    return {
        "type": "SCHEMA",
        "stream": stream,
        "schema": {"properties": dict(properties or PROPERTIES[stream])},
        "key_properties": list(KEYS[stream] if keys is None else keys),
    }


def records(stream: str, rows: Iterable[Record]) -> list[Message]:
    return [{"type": "RECORD", "stream": stream, "record": row} for row in rows]


def state(**bookmarks: Any) -> Message:
    return {"type": "STATE", "value": {"bookmarks": bookmarks}}


def stream(
    name: str, rows: Iterable[Record], *, bookmark: object = 1, before: object = None
) -> list[Message]:
    """A whole stream as a tap writes it: schema, cleared mark, records, mark.

    `before` is the bookmark of the run before, from which the stream goes on.
    """
    return [
        schema(name),
        state(**{name: {"complete": False} | ({} if before is None else {"at": before})}),
        *records(name, rows),
        state(**{name: {"complete": True, "at": bookmark}}),
    ]


def company(
    *,
    groups: Sequence[Record] | None = None,
    vendors: Sequence[Record] | None = None,
    lines: Sequence[Record] | None = None,
) -> list[Message]:
    """The three streams of the blueprint, with one row each unless told otherwise."""
    return [
        *stream("vendor_groups", [make_group()] if groups is None else groups),
        *stream("vendors", [make_vendor()] if vendors is None else vendors),
        *stream("purchase_order_lines", [make_line()] if lines is None else lines),
    ]


def encode(messages: Iterable[Message | str | bytes]) -> bytes:
    """Messages as lines; text and bytes go through as they are."""
    return b"".join(_line(message) for message in messages)


def _line(message: Message | str | bytes) -> bytes:
    if isinstance(message, bytes):
        return message
    if isinstance(message, str):
        return message.encode() + b"\n"
    return encode_json(message) + b"\n"
