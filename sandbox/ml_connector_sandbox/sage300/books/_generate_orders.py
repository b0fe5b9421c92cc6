"""Generated purchase orders: three years of them, in three currencies.

Amounts are computed in whole units (cents, ten-thousandths, millionths), so that they are
exact; orders are kept as columns of numbers, so that half a million of them, with a million
lines, take seconds to make and little memory to hold.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._account_sets import account_set_of
from ml_connector_sandbox.sage300._rates import RateTable
from ml_connector_sandbox.sage300.books import _wording
from ml_connector_sandbox.sage300.books._generate_lines import LineMaker, LineSums

if TYPE_CHECKING:
    import datetime as dt
    import random
    from collections.abc import Sequence

    from ml_connector_sandbox.sage300._account_sets import AccountSet

_FIRST_KEY = 10020001
_DAYS = 3 * 365
_RECENT = 0.95
_OPEN_IF_RECENT = 0.9
_OPEN_IF_OLD = 0.016
_TAX_PERCENT = {"GST": 5}
ORDER_TYPES = ("Active", "Standing", "Future", "Blanket")
_TYPE_SHARES = ((1, 0.10), (2, 0.16), (3, 0.22))


@dataclass(frozen=True, kw_only=True)
class VendorFacts:
    """What an order takes over from its vendor."""

    number: str
    name: str
    currency: str
    terms: str
    tax_group: str

    @property
    def tax_percent(self) -> int:
        """What its tax group charges."""
        return _TAX_PERCENT.get(self.tax_group, 0)

    @property
    def account_set(self) -> AccountSet:
        """Where its documents are booked: the set of its currency."""
        return account_set_of(self.currency)


@dataclass(frozen=True, kw_only=True)
class _Course:
    """How one order went; days are ordinals."""

    ordered: int
    expected: int
    stamped: int
    is_open: bool
    order_type: int


class OrderBook:
    """Purchase orders as columns; one position in all of them is one order, oldest first."""

    def __init__(
        self, dice: random.Random, *, vendors: Sequence[VendorFacts], today: dt.date
    ) -> None:
        """Make orders from these vendors, none dated after `today`."""
        self._dice = dice
        self._today = today.toordinal()
        self._maker = LineMaker(dice)
        self.vendors = vendors
        self.items = self._maker.items
        self.rates = RateTable(dice)
        self.keys = array("q")
        self.vendor = array("H")
        self.ordered = array("i")
        self.expected = array("i")
        self.stamped = array("i")
        self.order_type = array("b")
        self.is_open = array("b")
        self.on_hold = array("b")
        self.printed = array("b")
        self.description = array("b")
        self.comment = array("b")
        self.discount_percent = array("b")
        self.sums = tuple(array("q") for _ in LineSums._fields)
        self.lines = bytearray()
        self.line_ends = array("q")

    def __len__(self) -> int:
        """Return the number of orders."""
        return len(self.keys)

    def fill(self, count: int) -> None:
        """Make `count` orders, with gaps in the sequence keys."""
        for number in range(1, count + 1):
            self._add_order(_FIRST_KEY + number + number // 37, number / count)

    def find(self, key: object) -> int | None:
        """Return the position of the order with `key`, if there is one."""
        if not isinstance(key, int):
            return None
        position = bisect_left(self.keys, key)
        return position if position < len(self) and self.keys[position] == key else None

    def lines_of(self, position: int) -> memoryview:
        """Return the kept lines of one order."""
        start = self.line_ends[position - 1] if position else 0
        return memoryview(self.lines)[start : self.line_ends[position]]

    def received(self, position: int) -> bool:
        """Tell whether anything of an order was received, however cheap."""
        return self.sums[4][position] > 0

    def net(self, position: int) -> int:
        """Return an order's lines after their discounts, in cents."""
        return self.sums[1][position] - self.sums[2][position]

    def header_discount(self, position: int) -> int:
        """Return the discount on a whole order, in cents."""
        return (self.net(position) * self.discount_percent[position] + 50) // 100

    def _add_order(self, key: int, progress: float) -> None:
        dice = self._dice
        vendor = int(dice.random() ** 2 * len(self.vendors))
        course = self._course(progress)
        facts = self.vendors[vendor]
        sums = self._maker.make(self.lines, is_open=course.is_open, tax_percent=facts.tax_percent)
        self.keys.append(key)
        self.vendor.append(vendor)
        self._add_course(course)
        self.on_hold.append(dice.random() < (0.04 if course.is_open else 0.002))
        self.printed.append(dice.random() < 0.8)  # noqa: PLR2004  # most are
        self.description.append(dice.choice(_DESCRIPTIONS))
        self.comment.append(dice.choice(_COMMENTS))
        self.discount_percent.append(dice.choice(_HEADER_DISCOUNTS))
        self.rates.meet(facts.currency, course.ordered)
        for column, value in zip(self.sums, sums, strict=True):
            column.append(value)
        self.line_ends.append(len(self.lines))

    def _add_course(self, course: _Course) -> None:
        self.ordered.append(course.ordered)
        self.expected.append(course.expected)
        self.stamped.append(course.stamped)
        self.order_type.append(course.order_type)
        self.is_open.append(course.is_open)

    def _course(self, progress: float) -> _Course:
        dice, today = self._dice, self._today
        day = today - int((1 - progress) * _DAYS)
        entered = min(today, day + dice.randrange(-3, 4))
        is_open = dice.random() < (_OPEN_IF_RECENT if progress > _RECENT else _OPEN_IF_OLD)
        ordered, lead = entered, dice.randrange(3, 61)
        stamped = entered if is_open else min(today, entered + lead)
        oddity = dice.random()
        if oddity < 0.005:  # noqa: PLR2004  # typed with a date long gone
            ordered = entered - dice.randrange(40, 400)
        elif oddity < 0.008:  # noqa: PLR2004  # a clerk's session date ran ahead
            stamped = today + dice.randrange(1, 20)
        return _Course(
            ordered=ordered,
            expected=ordered + lead,
            stamped=stamped,
            is_open=is_open,
            order_type=self._order_type(is_open=is_open),
        )

    def _order_type(self, *, is_open: bool) -> int:
        share = self._dice.random() * (1 if is_open else 8)
        for order_type, upto in _TYPE_SHARES:
            if share < upto:
                return order_type
        return 0


_DESCRIPTIONS = range(len(_wording.DESCRIPTIONS))
_COMMENTS = range(len(_wording.COMMENTS))
_HEADER_DISCOUNTS = (0,) * 60 + (2, 5)
