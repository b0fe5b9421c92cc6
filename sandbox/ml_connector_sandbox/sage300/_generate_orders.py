"""Generated purchase orders: three years of them, in three currencies.

Amounts are computed in whole units (cents, ten-thousandths, millionths), so that they are
exact and a hundred thousand orders take seconds.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300 import _wording
from ml_connector_sandbox.sage300._generate_lines import LineMaker, MadeLine, to_amount
from ml_connector_sandbox.sage300._values import Number, date_text, raw_details, scaled_number
from ml_connector_sandbox.sage300.catalog.po import PURCHASE_ORDERS

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

    from ml_connector_sandbox._wire import JsonObject

_FIRST_KEY = 10020001
_DAYS = 3 * 365
_RECENT = 0.95
_OPEN_IF_RECENT = 0.9
_OPEN_IF_OLD = 0.016
_TAX_PERCENT = {"GST": 5}
_RATES = {"CAD": 10_000_000, "USD": 13_500_000, "EUR": 6_800_000}
"""Rates in ten-millionths; the euro's divides, the dollar's multiplies."""


@dataclass(frozen=True, kw_only=True)
class VendorFacts:
    """What an order takes over from its vendor."""

    number: str
    name: str
    currency: str
    terms: str
    tax_group: str


@dataclass(frozen=True, kw_only=True)
class _Course:
    """How one order went."""

    ordered: dt.date
    expected: dt.date
    stamped: dt.date
    is_open: bool
    order_type: str


class OrderBook:
    """Makes purchase orders as rows."""

    def __init__(
        self, dice: random.Random, *, vendors: Sequence[VendorFacts], today: dt.date
    ) -> None:
        """Make orders from these vendors, none dated after `today`."""
        self._dice = dice
        self._vendors = vendors
        self._today = today
        self._lines = LineMaker(dice)
        resource = PURCHASE_ORDERS
        self._index = resource.index
        self._blank = [item.blank for item in resource.properties]
        self._dates: dict[dt.date, str] = {}
        self._rates: dict[tuple[str, int], Number] = {}

    def rows(self, count: int) -> Iterator[list[object]]:
        """Yield `count` orders, oldest first, with gaps in the sequence keys."""
        for number in range(1, count + 1):
            key = _FIRST_KEY + number + number // 37
            yield self._order(key, number, number / count)

    def _order(self, key: int, number: int, progress: float) -> list[object]:
        dice = self._dice
        vendor = self._vendors[int(dice.random() ** 2 * len(self._vendors))]
        course = self._course(progress)
        tax_percent = _TAX_PERCENT.get(vendor.tax_group, 0)
        lines = self._lines.make(
            is_open=course.is_open,
            tax_percent=tax_percent,
            expected=self._text(course.expected),
            finished=self._text(course.stamped),
            first_sequence=key * 10,
        )
        values = self._header(key, number, vendor, course)
        values |= self._state(course, lines)
        values |= self._money(vendor, course, lines)
        values["PurchaseOrderLines"] = raw_details(line.shown for line in lines)
        row = self._blank.copy()
        for name, value in values.items():
            row[self._index[name]] = value
        return row

    def _course(self, progress: float) -> _Course:
        dice = self._dice
        day = self._today - dt.timedelta(days=int((1 - progress) * _DAYS))
        entered = min(self._today, day + dt.timedelta(days=dice.randrange(-3, 4)))
        is_open = dice.random() < (_OPEN_IF_RECENT if progress > _RECENT else _OPEN_IF_OLD)
        ordered, lead = entered, dice.randrange(3, 61)
        stamped = entered if is_open else min(self._today, entered + dt.timedelta(days=lead))
        oddity = dice.random()
        if oddity < 0.005:  # noqa: PLR2004  # typed with a date long gone
            ordered = entered - dt.timedelta(days=dice.randrange(40, 400))
        elif oddity < 0.008:  # noqa: PLR2004  # a clerk's session date ran ahead
            stamped = self._today + dt.timedelta(days=dice.randrange(1, 20))
        return _Course(
            ordered=ordered,
            expected=ordered + dt.timedelta(days=lead),
            stamped=stamped,
            is_open=is_open,
            order_type=self._order_type(is_open=is_open),
        )

    def _order_type(self, *, is_open: bool) -> str:
        share = self._dice.random() * (1 if is_open else 8)
        for name, upto in (("Standing", 0.10), ("Future", 0.16), ("Blanket", 0.22)):
            if share < upto:
                return name
        return "Active"

    def _header(self, key: int, number: int, vendor: VendorFacts, course: _Course) -> JsonObject:
        dice = self._dice
        ordered = self._text(course.ordered)
        return {
            "PurchaseOrderSequenceKey": key,
            "PurchaseOrderNumber": _order_number(number),
            "PurchaseOrderDate": ordered,
            "OrderDate": ordered,
            "ExpectedArrivalDate": None if number % 211 == 0 else self._text(course.expected),
            "Vendor": vendor.number,
            "Name": vendor.name,
            "PurchaseOrderType": course.order_type,
            "OnHold": dice.random() < (0.04 if course.is_open else 0.002),
            "Printed": dice.random() < 0.8,  # noqa: PLR2004  # most are
            "TermsCode": vendor.terms,
            "Description": dice.choice(_wording.DESCRIPTIONS),
            "Reference": f"BUYER{number % 17:02d}" if number % 3 else "",
            "Comment": dice.choice(_wording.COMMENTS),
            "ShipToLocation": "1",
            "BillToLocation": "1",
            "VendorAccountSet": "TRADE",
            "TaxGroup": vendor.tax_group,
            "TaxAuthority1": vendor.tax_group if vendor.tax_group in _TAX_PERCENT else "",
            "EnteredBy": f"CLERK{number % 5}",
        }

    def _state(self, course: _Course, lines: Sequence[MadeLine]) -> JsonObject:
        stamped = self._text(course.stamped)
        received = any(line.received for line in lines)
        return {
            "Completed": not course.is_open,
            "DateCompleted": None if course.is_open else stamped,
            "LastPostingDate": stamped,
            "ReceiptDate": stamped if received else None,
            "NumberOfPostedReceipts": int(received),
        }

    def _money(self, vendor: VendorFacts, course: _Course, lines: Sequence[MadeLine]) -> JsonObject:
        extended = sum(line.extended for line in lines)
        net = extended - sum(line.discount for line in lines)
        tax = sum(line.tax for line in lines)
        percent = self._dice.choice((0,) * 60 + (2, 5))
        discount = (net * percent + 50) // 100
        received = to_amount(sum(line.received for line in lines))
        is_functional = vendor.currency == "CAD"
        return {
            "Currency": vendor.currency,
            "ExchangeRate": self._rate(vendor.currency, course.ordered),
            "RateType": "" if is_functional else "SP",
            "RateDate": None if is_functional else self._text(course.ordered),
            "RateOperation": "Divide" if vendor.currency == "EUR" else "Multiply",
            "ExtendedCost": to_amount(extended),
            "DiscountPercentage": percent,
            "DiscountAmount": to_amount(discount),
            "TaxBase1": to_amount(net if tax else 0),
            "ExcludedTaxAmount1": to_amount(tax),
            "TaxAmount1": to_amount(tax),
            "TotalTax": to_amount(tax),
            "Total": to_amount(net - discount + tax),
            "ExtendedReceivedAmount": received,
            "AmountReceivedToDate": received,
            "ExtendedCanceledAmount": to_amount(sum(line.canceled for line in lines)),
            "QuantityOrdered": scaled_number(sum(line.ordered for line in lines), decimals=4),
        }

    def _rate(self, currency: str, day: dt.date) -> Number:
        if currency == "CAD":
            return 1
        month = (currency, day.year * 12 + day.month)
        if month not in self._rates:
            drift = self._dice.randrange(-400_000, 400_000)
            self._rates[month] = scaled_number(_RATES[currency] + drift, decimals=7)
        return self._rates[month]

    def _text(self, day: dt.date) -> str:
        text = self._dates.get(day)
        if text is None:
            text = self._dates[day] = date_text(day)
        return text


def _order_number(number: int) -> str:
    """Number an order; now and then by hand, as buyers do."""
    if number % 151 == 0:
        return f"BLK/{number:06d}-A"
    if number % 173 == 0:
        return f"STAND {number:06d}"
    if number % 199 == 0:
        return f"O'B-{number:06d}"
    return f"PO{number:06d}"
