"""What orders and invoices of Purchase Orders share: lines and twins of amounts."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tap_sage300 import money
from tap_sage300.reader import RecordReader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_sage300.documents import Record


def read_lines(document: RecordReader, *, collection: str, stream: str) -> list[RecordReader]:
    """Return the lines of a document.

    Raises:
        InputError: they are not inline, or a line has no number or another one's.
    """
    raw_lines = document.raw.get(collection)
    if not isinstance(raw_lines, list) or not all(isinstance(one, dict) for one in raw_lines):
        raise document.wrong(collection, "the document's lines, inline")
    lines = []
    for raw in raw_lines:
        name = f"{document.record} line {raw.get('LineNumber', '(missing)')}"
        lines.append(RecordReader(raw=raw, stream=stream, record=name))
    if len({line.whole_key("LineNumber") for line in lines}) != len(lines):
        raise document.wrong(collection, "each LineNumber once, for it is the line's identity")
    return lines


def convert_totals(
    document: RecordReader, rate: money.Rate | None, twins: Sequence[tuple[str, str]]
) -> Record:
    """Return the twins of a header's amounts; null where Sage sends no amount."""
    converted: Record = {}
    for source, twin in twins:
        amount = document.amount(source)
        found = rate.convert(amount) if rate else amount
        converted[twin] = found if source in document.raw else None
    return converted


def add_twins(lines: Sequence[Record], source: str, twin: str, rate: money.Rate | None) -> None:
    """Give each line the twin of an amount, so that they add up to their sum converted once."""
    amounts = [_amount(line, source) for line in lines]
    converted = rate.convert_lines(amounts) if rate else amounts
    for line, amount in zip(lines, converted, strict=True):
        line[twin] = amount


def add_up(lines: Sequence[Record], name: str) -> Decimal:
    """Return the sum of an amount of the lines."""
    return money.add([_amount(line, name) for line in lines])


def _amount(line: Record, name: str) -> Decimal:
    value = line[name]
    return value if isinstance(value, Decimal) else Decimal(0)
