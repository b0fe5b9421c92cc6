"""From orders to receipts, invoices, returns and credit notes, and to their G/L entries.

An order that received anything has one receipt, on the day of its last posting, with the very
quantities its lines show as received (Sage sheet §4.4).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._rates import multiplier_of, multiply
from ml_connector_sandbox.sage300.books import _chart
from ml_connector_sandbox.sage300.books._documents import (
    Charge,
    Payable,
    PurchaseDocument,
    PurchaseLine,
)
from ml_connector_sandbox.sage300.books._generate_lines import (
    cost_in_cents,
    tax_in_cents,
    unpack_lines,
)
from ml_connector_sandbox.sage300.books._ledger import GLBatch, GLEntry, GLLine
from ml_connector_sandbox.sage300.books._order_rows import order_number, receipt_number
from ml_connector_sandbox.sage300.books._terms import due_dates

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator

    from ml_connector_sandbox.sage300.books._generate_orders import OrderBook

_RECEIPT_KEY = 20_000_000
_INVOICE_KEY = 30_000_000
_RETURN_KEY = 40_000_000
_CREDIT_KEY = 50_000_000


class Purchases:
    """All that followed from the newest orders, oldest first."""

    def __init__(
        self, book: OrderBook, dice: random.Random, *, today: dt.date, newest: int
    ) -> None:
        """Follow the `newest` orders of the book; what followed from older ones was cleared."""
        self._book = book
        self._dice = dice
        self._today = today
        self.first = max(0, len(book) - newest)
        """Position of the oldest order whose documents are kept."""
        self.receipts: list[PurchaseDocument] = []
        self.invoices: list[PurchaseDocument] = []
        self.returns: list[PurchaseDocument] = []
        self.credit_notes: list[PurchaseDocument] = []

    def follow(self) -> None:
        """Receive, invoice, send back."""
        received = self._book.sums[4]
        for position in range(self.first, len(self._book)):
            if received[position]:
                receipt = self._receive(position)
                self.receipts.append(receipt)
                if receipt.date <= self._today:
                    self._invoice(receipt)

    def _receive(self, position: int) -> PurchaseDocument:
        book = self._book
        vendor = book.vendors[book.vendor[position]]
        date = dt.date.fromordinal(book.stamped[position])
        rate = multiplier_of(vendor.currency, book.rates.find(vendor.currency, date))
        return PurchaseDocument(
            key=_RECEIPT_KEY + position + 1,
            number=receipt_number(position + 1),
            date=date,
            order_key=book.keys[position],
            order_number=order_number(position + 1),
            vendor=vendor,
            rate=rate,
            lines=list(self._lines(position, rate, vendor.tax_percent)),
        )

    def _lines(self, position: int, rate: int, tax_percent: int) -> Iterator[PurchaseLine]:
        book = self._book
        order_discount = book.discount_percent[position]
        for at, line in enumerate(unpack_lines(book.lines_of(position))):
            if not line.received:
                continue
            extended = cost_in_cents(line.received, line.cost)
            discount = line.discount_on(extended)
            tax = tax_in_cents(extended - discount, tax_percent)
            discount += ((extended - discount) * order_discount + 50) // 100
            yield PurchaseLine(
                order_line=at,
                order_line_number=line.number(at),
                order_line_sequence=book.keys[position] * 10 + at,
                item=book.items[line.item],
                quantity=line.received,
                cost=line.cost,
                extended=extended,
                discount=discount,
                tax=tax,
                functional=multiply(extended - discount, rate),
            )

    def _invoice(self, receipt: PurchaseDocument) -> None:
        dice = self._dice
        lag = int(dice.expovariate(0.12))
        date = receipt.date + dt.timedelta(days=lag)
        if date > self._today or dice.random() < 0.02:  # noqa: PLR2004  # some never come
            return
        invoice = _successor(
            receipt,
            key=receipt.key - _RECEIPT_KEY + _INVOICE_KEY,
            number=_vendors_number(receipt, date, style=dice.randrange(4)),
            date=date,
            lines=receipt.lines,
        )
        self.invoices.append(invoice)
        if dice.random() < 0.03:  # noqa: PLR2004  # goods that go back
            self._send_back(invoice)

    def _send_back(self, invoice: PurchaseDocument) -> None:
        dice = self._dice
        date = invoice.date + dt.timedelta(days=dice.randrange(2, 20))
        if date > self._today:
            return
        number = invoice.key - _INVOICE_KEY
        returned = _successor(
            invoice,
            key=_RETURN_KEY + number,
            number=f"RET{number:06d}",
            date=date,
            lines=[_part_of(invoice.lines[0], invoice, quarters=dice.randrange(1, 4))],
        )
        if not returned.lines[0].quantity:
            return
        self.returns.append(returned)
        credited = date + dt.timedelta(days=dice.randrange(3, 40))
        if credited <= self._today:
            note = _successor(
                returned,
                key=_CREDIT_KEY + number,
                number=f"CN{number:06d}",
                date=credited,
                lines=returned.lines,
            )
            self.credit_notes.append(note)


def _successor(
    origin: PurchaseDocument, *, key: int, number: str, date: dt.date, lines: list[PurchaseLine]
) -> PurchaseDocument:
    """Make the document that follows: same order, vendor and rate."""
    document = PurchaseDocument(
        key=key,
        number=number,
        date=date,
        order_key=origin.order_key,
        order_number=origin.order_number,
        vendor=origin.vendor,
        rate=origin.rate,
        lines=lines,
        origin=origin,
    )
    origin.successor = document
    return document


def _part_of(line: PurchaseLine, invoice: PurchaseDocument, *, quarters: int) -> PurchaseLine:
    quantity = line.quantity * quarters // 4
    extended = cost_in_cents(quantity, line.cost)
    discount = line.discount * extended // line.extended if line.extended else 0
    return line._replace(
        quantity=quantity,
        extended=extended,
        discount=discount,
        tax=tax_in_cents(extended - discount, invoice.vendor.tax_percent),
        functional=multiply(extended - discount, invoice.rate),
    )


def _vendors_number(receipt: PurchaseDocument, date: dt.date, *, style: int) -> str:
    """Number an invoice as its vendor would; unique by the order's number."""
    number = receipt.key - _RECEIPT_KEY
    return (
        f"INV-{number:06d}",
        f"{date.year}/{number:06d}",
        f"{number:06d}",
        f"{receipt.vendor.number[:4]}-{number:06d}"[:22],
    )[style]


def payable_of(document: PurchaseDocument, *, kind: str, applies_to: str = "") -> Payable:
    """Return what A/P makes of an invoice or credit note: lines against payables clearing."""
    due, discount_until = due_dates(document.vendor.terms, document.date)
    payable = Payable(
        kind=kind,
        vendor=document.vendor,
        number=document.number,
        date=document.date,
        due=due if kind == "Invoice" else document.date,
        discount_until=discount_until if kind == "Invoice" else None,
        rate=document.rate,
        charges=[
            Charge(
                _chart.CLEARING,
                line.net,
                line.functional,
                description=line.item.description,
                tax=line.tax,
            )
            for line in document.lines
        ],
        tax=document.tax,
        functional_tax=multiply(document.tax, document.rate),
        order_number=document.order_number,
        po_number=document.order_number,
        description=f"Order {document.order_number}",
        applies_to=applies_to,
    )
    document.payable = payable
    return payable


def receipt_batches(purchases: Purchases, *, today: dt.date) -> Iterator[GLBatch]:
    """Yield the G/L batches of Day End: receipts and returns by week, those to come unposted."""
    weeks: dict[tuple[bool, dt.date], list[GLEntry]] = {}
    moves = [("RC", 1, purchases.receipts), ("CR", -1, purchases.returns)]
    for source_type, sign, documents in moves:
        for document in documents:
            friday = document.date + dt.timedelta(days=(4 - document.date.weekday()) % 7)
            is_due = document.date <= today
            week = (is_due, min(friday, today) if is_due else today)
            weeks.setdefault(week, []).append(_stock_entry(document, source_type, sign))
    for (is_due, day), entries in weeks.items():
        yield GLBatch(
            source_ledger="PO",
            description=f"PO Day End {day.isoformat()}",
            date=day,
            entries=entries,
            status="Posted" if is_due else "Open",
        )


def _stock_entry(document: PurchaseDocument, source_type: str, sign: int) -> GLEntry:
    lines = [
        GLLine(
            account,
            sign * functional,
            sign * net,
            document.vendor.currency,
            document.rate,
            document.vendor.name[:60],
            document.number,
        )
        for account, net, functional in _by_account(document.lines)
    ]
    lines.append(
        GLLine(
            _chart.CLEARING,
            -sign * document.functional,
            -sign * (document.extended - document.discount),
            document.vendor.currency,
            document.rate,
            document.vendor.name[:60],
            document.number,
        )
    )
    return GLEntry(
        source_type=source_type,
        date=document.date,
        lines=lines,
        description=f"{document.vendor.number} {document.number}",
        drill_down=document.key,
    )


def _by_account(lines: Iterable[PurchaseLine]) -> Iterator[tuple[str, int, int]]:
    for is_stock, account in ((True, _chart.INVENTORY), (False, _chart.SERVICES)):
        found = [line for line in lines if line.item.is_stock is is_stock]
        if found:
            yield account, sum(one.net for one in found), sum(one.functional for one in found)
