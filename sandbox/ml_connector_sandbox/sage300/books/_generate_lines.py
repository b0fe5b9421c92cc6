"""Lines of generated purchase orders, kept as numbers until somebody looks at them.

A line takes nineteen bytes, so that a million of them fit into a small company's memory; the
text the API sends is written when a page is read.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from ml_connector_sandbox._wire import encode_json
from ml_connector_sandbox.sage300._values import Number, scaled_number
from ml_connector_sandbox.sage300.books import _wording

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

    from ml_connector_sandbox.sage300._types import Property

ITEM_COUNT = 120
HOURLY = "HR"
"""The unit of what is no stock item."""
SERVICES_ACCOUNT = "6000"
_DISCOUNTS = (0, 250_000, 500_000, 1_000_000, 3_333_333)
"""Percentages in hundred-thousandths."""
_STATUSES = ("No", "Yes", "Yes1")
_OPEN, _DONE, _CLOSED_BY_HAND = range(3)
_SKIPPED, _DUE_WITH_ORDER = 4, 8
"""Bits beside the status: a line number with a gap, and a blank date of arrival."""
_LINE = struct.Struct("<BBBIIII")


class Item(NamedTuple):
    """What the company buys."""

    number: str
    description: str
    unit: str
    price: int
    """In millionths."""

    @property
    def is_stock(self) -> bool:
        """Whether it lies in a warehouse."""
        return self.unit != HOURLY


class Line(NamedTuple):
    """One line as it is kept; quantities in ten-thousandths, cost in millionths."""

    flags: int
    item: int
    discount: int
    """Position in the list of percentages."""
    ordered: int
    received: int
    canceled: int
    cost: int

    @property
    def status(self) -> int:
        """Position in the list of completion statuses."""
        return self.flags & 3

    @property
    def is_open(self) -> bool:
        """Whether anything is still expected."""
        return self.status == _OPEN

    @property
    def outstanding(self) -> int:
        """What is still to come; a line closed by hand keeps it."""
        return 0 if self.status == _DONE else self.ordered - self.received

    @property
    def extended(self) -> int:
        """Extended cost in cents."""
        return cost_in_cents(self.ordered, self.cost)

    def number(self, position: int) -> int:
        """Return the line's number, for its position from 0."""
        return (position + 1) * 1000 - (500 if self.flags & _SKIPPED else 0)

    def discount_on(self, cents: int) -> int:
        """Return the line's discount on an amount, in cents."""
        return (cents * _DISCOUNTS[self.discount] + 5_000_000) // 10_000_000


class LineContext(NamedTuple):
    """What the lines of one order share."""

    first_sequence: int
    tax_percent: int
    expected: str
    finished: str


class LineSums(NamedTuple):
    """An order's totals: amounts in cents, the quantity in ten-thousandths."""

    ordered: int
    extended: int
    discount: int
    tax: int
    received: int
    """Cost of what was received."""
    canceled: int
    """Cost of what was cancelled."""


def to_amount(cents: int) -> Number:
    """Return cents as an amount."""
    return scaled_number(cents, decimals=2)


def cost_in_cents(quantity: int, cost: int) -> int:
    """Return quantity times cost: ten-thousandths times millionths, rounded half up."""
    return (quantity * cost + 50_000_000) // 100_000_000


def tax_in_cents(net: int, percent: int) -> int:
    """Return `percent` hundredths of `net`, rounded half up."""
    return (net * percent + 50) // 100


def unpack_lines(raw: bytes | bytearray | memoryview) -> Iterator[Line]:
    """Read the lines of one order."""
    return map(Line._make, _LINE.iter_unpack(raw))


class LineMaker:
    """Makes the lines of one order after the other."""

    def __init__(self, dice: random.Random) -> None:
        """Stock up on items, each with a price of its own."""
        self._dice = dice
        self.items = [
            Item(
                f"{dice.choice('ABCDEFGH')}{position}-{dice.randrange(10_000):04d}",
                *_wording.ITEMS[position % len(_wording.ITEMS)],
                dice.randrange(100_000, 900_000_000),
            )
            for position in range(ITEM_COUNT)
        ]

    def make(self, into: bytearray, *, is_open: bool, tax_percent: int) -> LineSums:
        """Make one order's lines at the end of `into`; at least one is open if the order is."""
        dice = self._dice
        roll, pack = dice.random, _LINE.pack
        sums = [0] * 6
        for position in range(min(9, 1 + int(dice.expovariate(0.75)))):
            ordered = self._quantity()
            must_be_open = is_open and position == 0
            progress = self._progress(ordered, is_open=is_open, must_be_open=must_be_open)
            received, canceled, flags = progress
            item, cost = self._item_and_cost()
            # A twelfth has a discount.
            discount = 1 + dice.choice(range(4)) if roll() < 0.08 else 0  # noqa: PLR2004
            if position and roll() < 0.02:  # noqa: PLR2004
                flags |= _SKIPPED
            # A blank date on a line means the order's own.
            if roll() <= 0.1:  # noqa: PLR2004
                flags |= _DUE_WITH_ORDER
            into += pack(flags, item, discount, ordered, received, canceled, cost)
            extended = cost_in_cents(ordered, cost)
            share = (extended * _DISCOUNTS[discount] + 5_000_000) // 10_000_000
            sums[0] += ordered
            sums[1] += extended
            sums[2] += share
            sums[3] += tax_in_cents(extended - share, tax_percent)
            sums[4] += cost_in_cents(received, cost)
            sums[5] += cost_in_cents(canceled, cost)
        return LineSums._make(sums)

    def _quantity(self) -> int:
        quantity = 1 + int(self._dice.expovariate(0.02))
        if self._dice.random() < 0.12:  # noqa: PLR2004  # sold by weight or length
            return quantity * 10_000 + self._dice.randrange(10_000)
        return quantity * 10_000

    def _progress(self, ordered: int, *, is_open: bool, must_be_open: bool) -> tuple[int, int, int]:
        share = self._dice.random()
        part = int(ordered * self._dice.random())
        if must_be_open or (is_open and share < 0.8):  # noqa: PLR2004
            return (part if share < 0.25 else 0, 0, _OPEN)  # noqa: PLR2004
        if share > 0.96:  # noqa: PLR2004  # cancelled altogether
            return 0, ordered, _DONE
        if share > 0.93:  # noqa: PLR2004  # short, the rest cancelled
            return part, ordered - part, _DONE
        if share > 0.90:  # noqa: PLR2004  # closed by hand: the quantity stays outstanding
            return part, 0, _CLOSED_BY_HAND
        return ordered, 0, _DONE

    def _item_and_cost(self) -> tuple[int, int]:
        dice = self._dice
        item = int(dice.random() * ITEM_COUNT)
        cost = int(self.items[item].price * (0.9 + 0.2 * dice.random()))
        if dice.random() < 0.7:  # noqa: PLR2004  # most prices are round, some have six decimals
            cost = max(10_000, cost - cost % 10_000)
        return item, cost


class LineWriter:
    """Writes kept lines as the JSON the API sends."""

    def __init__(self, items: Sequence[Item], *, properties: Sequence[Property]) -> None:
        """Write these `properties` of lines of these `items`."""
        self._templates = [_template(item, properties) for item in items]

    def write(self, raw: bytes | bytearray | memoryview, context: LineContext) -> bytes:
        """Return the array of lines."""
        lines = enumerate(unpack_lines(raw))
        shown = ",".join(
            self._templates[line.item] % _values(line, position, context)
            for position, line in lines
        )
        return f"[{shown}]".encode()


def _values(line: Line, position: int, context: LineContext) -> dict[str, object]:
    extended = line.extended
    discount = line.discount_on(extended)
    net = extended - discount
    tax_cents = tax_in_cents(net, context.tax_percent)
    tax = _text(tax_cents, 2)
    return {
        "LineNumber": line.number(position),
        "PurchaseOrderLineSequence": context.first_sequence + position,
        "QuantityOrdered": _text(line.ordered, 4),
        "QuantityReceived": _text(line.received, 4),
        "QuantityCanceled": _text(line.canceled, 4),
        "QuantityOutstanding": _text(line.outstanding, 4),
        "UnitCost": _text(line.cost, 6),
        "ExtendedCost": _text(extended, 2),
        "DiscountPercentage": _text(_DISCOUNTS[line.discount], 5),
        "DiscountAmount": _text(discount, 2),
        "NetOfTax": _text(net, 2),
        "TaxExcluded": tax,
        "TotalTax": tax,
        "TaxBase1": _text(net, 2) if context.tax_percent else 0,
        "TaxRate1": context.tax_percent,
        "TaxAmount1": tax,
        "ExpectedArrivalDate": _quoted(None if line.flags & _DUE_WITH_ORDER else context.expected),
        "CompletionStatus": f'"{_STATUSES[line.status]}"',
        "DateCompleted": _quoted(context.finished if line.status else None),
        "DetailNumber": position + 1,
    }


def _template(item: Item, properties: Sequence[Property]) -> str:
    """Return the JSON of a line of `item`, with `%(name)s` where lines differ."""
    constant = {
        "ItemNumber": item.number,
        "Location": "1",
        "ItemDescription": item.description,
        "UnitOfMeasure": item.unit,
        "ExpenseAccount": "" if item.is_stock else SERVICES_ACCOUNT,
        "StockItem": item.is_stock,
    }
    varying = _values(Line(0, 0, 0, 0, 0, 0, 0), 0, LineContext(0, 0, "", ""))
    members = []
    for prop in properties:
        if prop.name in varying:
            members.append(f'"{prop.name}":%({prop.name})s')
        else:
            value = encode_json(constant.get(prop.name, prop.blank)).decode().replace("%", "%%")
            members.append(f'"{prop.name}":{value}')
    return "{" + ",".join(members) + "}"


def _quoted(text: str | None) -> str:
    return "null" if text is None else f'"{text}"'


def _text(units: int, decimals: int) -> str:
    """Write a number of units without zeros behind the point."""
    whole, rest = divmod(units, 10**decimals)
    return f"{whole}.{rest:0{decimals}d}".rstrip("0") if rest else str(whole)
