"""What is still to come on an order line: the rules behind `OutstandingAmount`.

Net of discount, without tax and freight; nothing on completed and cancelled lines. Sage sheet §4.4
names the properties; how a header's discount and its lines' discounts meet is not documented, so
the rule is ours: the header's discount is given on what its lines' own discounts left, and shared
among the lines by that; a header's amount that is exactly the sum of its lines' only repeats them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tap_sage300 import money

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from tap_sage300.reader import RecordReader

_NOT_COMPLETED: Final = frozenset({"no", "false", "0", ""})


def is_line_completed(line: RecordReader) -> bool:
    """Say whether a line is completed; `CompletionStatus` is `No`, `Yes` or `Yes1`."""
    return line.text("CompletionStatus").strip().lower() not in _NOT_COMPLETED


def read_outstanding_quantity(line: RecordReader) -> Decimal:
    """Return Sage's outstanding quantity, or ordered less received and cancelled without one."""
    if line.raw.get("QuantityOutstanding") is not None:
        return line.amount("QuantityOutstanding")
    return money.add(
        [
            line.amount("QuantityOrdered"),
            -line.amount("QuantityReceived"),
            -line.amount("QuantityCanceled"),
        ]
    )


def read_line_discount_share(line: RecordReader) -> Decimal:
    """Return the line's own discount as a fraction of its cost."""
    return money.compute_discount_share(
        amount=line.amount("DiscountAmount"),
        percentage=line.amount("DiscountPercentage"),
        extended_cost=line.amount("ExtendedCost"),
    )


def read_header_discount_share(order: RecordReader, lines: Sequence[RecordReader]) -> Decimal:
    """Return the header's discount as a fraction of what its lines' own discounts left."""
    amount = order.amount("DiscountAmount")
    granted = money.add([line.amount("DiscountAmount") for line in lines])
    if amount and amount == granted:
        return money.ZERO
    cost = money.add([line.amount("ExtendedCost") for line in lines])
    return money.compute_discount_share(
        amount=amount,
        percentage=order.amount("DiscountPercentage"),
        extended_cost=money.add([cost, -granted]),
    )
