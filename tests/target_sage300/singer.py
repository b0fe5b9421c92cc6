"""Singer messages of approved adjustments, as an export brings them; tests change what matters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ml_connector.wire import encode_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Message = dict[str, Any]
Record = dict[str, Any]

STREAM = "gl_adjustments"
COLUMNS = (
    *("Transaction ID", "Company", "Entry", "Lines In Entry", "Approved", "Approved By"),
    *("Posting Date", "Account", "Debit", "Credit", "Currency", "Description", "Comment"),
    "Reversal",
)
ANY = {"type": ["string", "number", "integer", "boolean", "null"]}


def make_entry(
    name: str = "GLE-1",
    *amounts: str,
    accounts: Sequence[str] = ("6100100", "2100"),
    **changes: Any,
) -> list[Record]:
    """The lines of an entry: `amounts` (default 125.50 and -125.50), debits positive."""
    given = amounts or ("125.50", "-125.50")
    lines = []
    for number, amount in enumerate(given):
        side, other = ("Credit", "Debit") if amount.startswith("-") else ("Debit", "Credit")
        lines.append(
            {
                "Transaction ID": f"{name}-{number + 1}",
                "Company": "SAMLTD",
                "Entry": name,
                "Lines In Entry": len(given),
                "Approved": True,
                "Posting Date": "2026-10-31",
                "Account": accounts[number % len(accounts)],
                side: amount.removeprefix("-"),
                other: None,
                "Currency": None,
                "Description": f"Accrual {name}",
                "Comment": "",
                "Reversal": False,
                **changes,
            }
        )
    return lines


def export(*entries: Iterable[Record], stream: str = STREAM, complete: bool = True) -> bytes:
    """A whole run of a tap: schema, records, and the mark that it came to its end."""
    messages: list[Message] = [
        _state(stream, complete=False),
        {
            "type": "SCHEMA",
            "stream": stream,
            "schema": {"properties": dict.fromkeys(COLUMNS, ANY)},
            "key_properties": ["Transaction ID"],
        },
    ]
    messages += [
        {"type": "RECORD", "stream": stream, "record": line} for lines in entries for line in lines
    ]
    messages += [_state(stream, complete=True)] if complete else []
    return b"".join(encode_json(message) + b"\n" for message in messages)


def _state(stream: str, *, complete: bool) -> Message:
    return {"type": "STATE", "value": {"bookmarks": {stream: {"complete": complete}}}}
