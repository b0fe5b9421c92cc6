"""Kept purchase orders as rows: each value is made when somebody looks at it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from typing import TYPE_CHECKING, cast

import msgspec
from typing_extensions import override

from ml_connector_sandbox.sage300._made_rows import MadeRow
from ml_connector_sandbox.sage300._rates import (
    FUNCTIONAL_CURRENCY,
    RATE_TYPE,
    operation_of,
    shown_rate,
)
from ml_connector_sandbox.sage300._values import Number, date_text, scaled_number
from ml_connector_sandbox.sage300.books import _wording
from ml_connector_sandbox.sage300.books._generate_lines import LineContext, LineWriter, to_amount
from ml_connector_sandbox.sage300.books._generate_orders import ORDER_TYPES, OrderBook

if TYPE_CHECKING:
    from ml_connector_sandbox.sage300._records import Key, Row
    from ml_connector_sandbox.sage300._types import Resource
    from ml_connector_sandbox.sage300.books._generate_orders import VendorFacts

Getter = Callable[[int], object]

LINES = "PurchaseOrderLines"


class OrderRow(MadeRow):
    """One kept order."""

    __slots__ = ("_getters", "_position")

    def __init__(self, getters: _Getters, position: int) -> None:
        """Show the order at `position`."""
        self._getters = getters
        self._position = position

    @override
    def __len__(self) -> int:
        """Return the number of properties."""
        return len(self._getters.blank)

    @override
    def value_at(self, index: int) -> object:
        """Return one value, made now."""
        getter = self._getters.by_index.get(index)
        return self._getters.blank[index] if getter is None else getter(self._position)

    @override
    def values(self) -> list[object]:
        """Return all values, made now."""
        values, position = self._getters.blank.copy(), self._position
        for index, getter in self._getters.varying:
            values[index] = getter(position)
        return values


class OrderRows(MutableMapping["Key", "Row"]):
    """Orders by key: those of the book, and over them what was changed since."""

    def __init__(self, book: OrderBook, resource: Resource) -> None:
        """Show `book` as rows of `resource`; the book itself is never changed."""
        self._book = book
        self._getters = _Getters(book, resource)
        self._changed: dict[Key, Row] = {}
        self._removed: set[Key] = set()

    @override
    def __getitem__(self, key: Key) -> Row:
        """Return the row with `key`."""
        if key in self._changed:
            return self._changed[key]
        position = None if key in self._removed else self._book.find(key)
        if position is None:
            raise KeyError(key)
        # Whoever reads it cannot tell; whoever writes into it is stopped by its lack of means.
        return cast("Row", OrderRow(self._getters, position))

    @override
    def __setitem__(self, key: Key, row: Row) -> None:
        """Add or replace a row."""
        self._changed[key] = row
        self._removed.discard(key)

    @override
    def __delitem__(self, key: Key) -> None:
        """Remove the row with `key`."""
        _ = self[key]
        self._changed.pop(key, None)
        self._removed.add(key)

    @override
    def __iter__(self) -> Iterator[Key]:
        """Yield all keys, those of added orders last."""
        yield from (key for key in self._book.keys if key not in self._removed)
        yield from (key for key in self._changed if self._book.find(key) is None)

    @override
    def __len__(self) -> int:
        """Return the number of orders."""
        if not self._changed and not self._removed:
            return len(self._book)
        return sum(1 for _ in self)


class _Getters:
    """How each property of an order is found in the book."""

    def __init__(self, book: OrderBook, resource: Resource) -> None:
        self._book = book
        lines = resource.find(LINES)
        self._writer = LineWriter(book.items, properties=lines.details if lines else ())
        self._dates: dict[int, str] = {}
        found = {
            **self._document(),
            **self._vendor(),
            **self._state(),
            **self._money(),
            **self._taxes(),
            **self._rate(),
        }
        self.blank = [item.blank for item in resource.properties]
        self.varying = [(resource.index[name], getter) for name, getter in found.items()]
        self.by_index = dict(self.varying)

    def _document(self) -> dict[str, Getter]:
        book = self._book
        return {
            "PurchaseOrderSequenceKey": book.keys.__getitem__,
            "PurchaseOrderNumber": lambda at: order_number(at + 1),
            "PurchaseOrderDate": self._date(book.ordered),
            "OrderDate": self._date(book.ordered),
            "ExpectedArrivalDate": self._expected,
            "PurchaseOrderType": lambda at: ORDER_TYPES[book.order_type[at]],
            "OnHold": lambda at: book.on_hold[at] == 1,
            "Printed": lambda at: book.printed[at] == 1,
            "Description": lambda at: _wording.DESCRIPTIONS[book.description[at]],
            "Reference": lambda at: f"BUYER{(at + 1) % 17:02d}" if (at + 1) % 3 else "",
            "Comment": lambda at: _wording.COMMENTS[book.comment[at]],
            "ShipToLocation": lambda _: "1",
            "BillToLocation": lambda _: "1",
            "EnteredBy": lambda at: f"CLERK{(at + 1) % 5}",
            LINES: self._lines,
        }

    def _vendor(self) -> dict[str, Getter]:
        return {
            "Vendor": lambda at: self._facts(at).number,
            "Name": lambda at: self._facts(at).name,
            "TermsCode": lambda at: self._facts(at).terms,
            "VendorAccountSet": lambda at: self._facts(at).account_set.code,
            "TaxGroup": lambda at: self._facts(at).tax_group,
            "TaxAuthority1": lambda at: (
                self._facts(at).tax_group if self._facts(at).tax_percent else ""
            ),
        }

    def _state(self) -> dict[str, Getter]:
        book = self._book
        stamped = self._date(book.stamped)
        received = book.received
        return {
            "Completed": lambda at: book.is_open[at] == 0,
            "DateCompleted": lambda at: None if book.is_open[at] else stamped(at),
            "LastPostingDate": stamped,
            "LastReceiptNumber": lambda at: receipt_number(at + 1) if received(at) else "",
            "ReceiptDate": lambda at: stamped(at) if received(at) else None,
            "NumberOfPostedReceipts": lambda at: int(received(at)),
        }

    def _money(self) -> dict[str, Getter]:
        book = self._book
        ordered, extended, _, tax, received, canceled = book.sums
        return {
            "ExtendedCost": lambda at: to_amount(extended[at]),
            "DiscountPercentage": book.discount_percent.__getitem__,
            "DiscountAmount": lambda at: to_amount(book.header_discount(at)),
            "TotalTax": lambda at: to_amount(tax[at]),
            "Total": lambda at: to_amount(book.net(at) - book.header_discount(at) + tax[at]),
            "ExtendedReceivedAmount": lambda at: to_amount(received[at]),
            "AmountReceivedToDate": lambda at: to_amount(received[at]),
            "ExtendedCanceledAmount": lambda at: to_amount(canceled[at]),
            "QuantityOrdered": lambda at: scaled_number(ordered[at], decimals=4),
        }

    def _taxes(self) -> dict[str, Getter]:
        book = self._book
        tax = book.sums[3]
        return {
            "TaxBase1": lambda at: to_amount(book.net(at) if tax[at] else 0),
            "ExcludedTaxAmount1": lambda at: to_amount(tax[at]),
            "TaxAmount1": lambda at: to_amount(tax[at]),
        }

    def _rate(self) -> dict[str, Getter]:
        ordered = self._date(self._book.ordered)

        def is_home(at: int) -> bool:
            return self._facts(at).currency == FUNCTIONAL_CURRENCY

        return {
            "Currency": lambda at: self._facts(at).currency,
            "ExchangeRate": self._exchange_rate,
            "RateType": lambda at: "" if is_home(at) else RATE_TYPE,
            "RateDate": lambda at: None if is_home(at) else ordered(at),
            "RateOperation": lambda at: operation_of(self._facts(at).currency),
        }

    def _exchange_rate(self, at: int) -> Number:
        day = dt.date.fromordinal(self._book.ordered[at])
        return shown_rate(self._book.rates.find(self._facts(at).currency, day))

    def _expected(self, at: int) -> str | None:
        return None if (at + 1) % 211 == 0 else self._text(self._book.expected[at])

    def _lines(self, at: int) -> msgspec.Raw:
        book = self._book
        context = LineContext(
            first_sequence=book.keys[at] * 10,
            tax_percent=self._facts(at).tax_percent,
            expected=self._text(book.expected[at]),
            finished=self._text(book.stamped[at]),
        )
        return msgspec.Raw(self._writer.write(book.lines_of(at), context))

    def _facts(self, at: int) -> VendorFacts:
        return self._book.vendors[self._book.vendor[at]]

    def _date(self, column: Sequence[int]) -> Callable[[int], str]:
        return lambda at: self._text(column[at])

    def _text(self, day: int) -> str:
        text = self._dates.get(day)
        if text is None:
            text = self._dates[day] = date_text(dt.date.fromordinal(day))
        return text


def order_number(number: int) -> str:
    """Number an order; now and then by hand, as buyers do."""
    if number % 151 == 0:
        return f"BLK/{number:06d}-A"
    if number % 173 == 0:
        return f"STAND {number:06d}"
    if number % 199 == 0:
        return f"O'B-{number:06d}"
    return f"PO{number:06d}"


def receipt_number(number: int) -> str:
    """Number the one receipt of an order."""
    return f"RCP{number:06d}"
