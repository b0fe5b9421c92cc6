"""Lines of generated purchase orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300 import _wording
from ml_connector_sandbox.sage300._values import Number, scaled_number

if TYPE_CHECKING:
    import random

    from ml_connector_sandbox._wire import JsonObject

_ITEM_COUNT = 120
_DISCOUNTS = (250_000, 500_000, 1_000_000, 3_333_333)
"""Percentages in hundred-thousandths."""


@dataclass(frozen=True, kw_only=True)
class MadeLine:
    """One line: what is sent of it, and its amounts in cents for the header."""

    shown: JsonObject
    ordered: int
    """Quantity in ten-thousandths."""
    extended: int
    discount: int
    tax: int
    received: int
    """Cost of what was received."""
    canceled: int
    """Cost of what was cancelled."""


@dataclass(frozen=True)
class _Progress:
    """Quantities in ten-thousandths, and the line's completion."""

    received: int
    canceled: int
    outstanding: int
    status: str


def to_amount(cents: int) -> Number:
    """Return cents as an amount."""
    return scaled_number(cents, decimals=2)


class LineMaker:
    """Makes the lines of one order after the other."""

    def __init__(self, dice: random.Random) -> None:
        """Stock up on items, each with a price of its own."""
        self._dice = dice
        self._items = [
            (
                f"{dice.choice('ABCDEFGH')}{position}-{dice.randrange(10_000):04d}",
                *_wording.ITEMS[position % len(_wording.ITEMS)],
                dice.randrange(100_000, 900_000_000),
            )
            for position in range(_ITEM_COUNT)
        ]

    def make(
        self,
        *,
        is_open: bool,
        tax_percent: int,
        expected: str,
        finished: str,
        first_sequence: int,
    ) -> list[MadeLine]:
        """Make one order's lines; at least one is open when the order is."""
        dice = self._dice
        count = min(9, 1 + int(dice.expovariate(0.75)))
        lines = []
        for position in range(count):
            quantity = self._quantity()
            must_be_open = is_open and position == 0
            progress = self._progress(quantity, is_open=is_open, must_be_open=must_be_open)
            line = self._line(quantity, progress, tax_percent)
            skipped = 500 if position and dice.random() < 0.02 else 0  # noqa: PLR2004
            # A blank date on a line means the order's own.
            due = expected if dice.random() > 0.1 else None  # noqa: PLR2004
            line.shown.update(
                LineNumber=(position + 1) * 1000 - skipped,
                PurchaseOrderLineSequence=first_sequence + position,
                DetailNumber=position + 1,
                ExpectedArrivalDate=due,
                DateCompleted=None if progress.status == "No" else finished,
            )
            lines.append(line)
        return lines

    def _quantity(self) -> int:
        quantity = 1 + int(self._dice.expovariate(0.02))
        if self._dice.random() < 0.12:  # noqa: PLR2004  # sold by weight or length
            return quantity * 10_000 + self._dice.randrange(10_000)
        return quantity * 10_000

    def _progress(self, ordered: int, *, is_open: bool, must_be_open: bool) -> _Progress:
        share = self._dice.random()
        part = int(ordered * self._dice.random())
        if must_be_open or (is_open and share < 0.8):  # noqa: PLR2004
            received = part if share < 0.25 else 0  # noqa: PLR2004
            return _Progress(received, 0, ordered - received, "No")
        if share > 0.96:  # noqa: PLR2004  # cancelled altogether
            return _Progress(0, ordered, 0, "Yes")
        if share > 0.93:  # noqa: PLR2004  # short, the rest cancelled
            return _Progress(part, ordered - part, 0, "Yes")
        if share > 0.90:  # noqa: PLR2004  # closed by hand: the quantity stays outstanding
            return _Progress(part, 0, ordered - part, "Yes1")
        return _Progress(ordered, 0, 0, "Yes")

    def _line(self, ordered: int, progress: _Progress, tax_percent: int) -> MadeLine:
        dice = self._dice
        number, description, unit, price = self._items[int(dice.random() * _ITEM_COUNT)]
        cost = int(price * (0.9 + 0.2 * dice.random()))
        if dice.random() < 0.7:  # noqa: PLR2004  # most prices are round, some have six decimals
            cost = max(10_000, cost - cost % 10_000)
        extended = _cents(ordered, cost)
        percent = dice.choice(_DISCOUNTS) if dice.random() < 0.08 else 0  # noqa: PLR2004
        discount = (extended * percent + 5_000_000) // 10_000_000
        tax = ((extended - discount) * tax_percent + 50) // 100
        shown: JsonObject = {
            "LineNumber": 0,
            "PurchaseOrderLineSequence": 0,
            "ItemNumber": number,
            "Location": "1",
            "ItemDescription": description,
            "VendorItemNumber": "",
            "ManufacturersItemNumber": "",
            "UnitOfMeasure": unit,
            "QuantityOrdered": scaled_number(ordered, decimals=4),
            "QuantityReceived": scaled_number(progress.received, decimals=4),
            "QuantityCanceled": scaled_number(progress.canceled, decimals=4),
            "QuantityOutstanding": scaled_number(progress.outstanding, decimals=4),
            "UnitCost": scaled_number(cost, decimals=6),
            "ExtendedCost": to_amount(extended),
            "DiscountPercentage": scaled_number(percent, decimals=5),
            "DiscountAmount": to_amount(discount),
            "NetOfTax": to_amount(extended - discount),
            "TaxIncluded": 0,
            "TaxExcluded": to_amount(tax),
            "TotalTax": to_amount(tax),
            "ExpectedArrivalDate": None,
            "CompletionStatus": progress.status,
            "DateCompleted": None,
            "OrderNumber": "",
            "ExpenseAccount": "6000" if unit == "HR" else "",
            "NonStockClearingAccount": "",
            "StockItem": unit != "HR",
            "DropShip": False,
            "NumberOfOptionalFields": 0,
            "DetailNumber": 0,
            "UpdateOperation": "Unspecified",
        }
        return MadeLine(
            shown=shown,
            ordered=ordered,
            extended=extended,
            discount=discount,
            tax=tax,
            received=_cents(progress.received, cost),
            canceled=_cents(progress.canceled, cost),
        )


def _cents(quantity: int, cost: int) -> int:
    # Ten-thousandths times millionths, rounded half up to hundredths.
    return (quantity * cost + 50_000_000) // 100_000_000
