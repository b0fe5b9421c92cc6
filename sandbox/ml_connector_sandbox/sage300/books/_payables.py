"""The A/P sub-ledger while history is written: documents are posted, applied, paid.

Every posting makes its G/L entry at once, from the same figures, so that what is open ties to
the control accounts (payables of the vendor's account set, and prepayments to vendors) by
construction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._rates import FUNCTIONAL_CURRENCY, multiply
from ml_connector_sandbox.sage300.books import _chart
from ml_connector_sandbox.sage300.books._documents import (
    Applied,
    Payable,
    PayableBatch,
    Settlement,
    SettlementBatch,
)
from ml_connector_sandbox.sage300.books._ledger import GLBatch, GLEntry, GLLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_connector_sandbox.sage300.books._ledger import Ledger

_SOURCE_TYPES = {"Invoice": "IN", "CreditNote": "CR", "DebitNote": "DB", "Interest": "IT"}


class Payables:
    """Documents and batches of A/P."""

    def __init__(self, ledger: Ledger) -> None:
        """Post into `ledger`."""
        self._ledger = ledger
        self.documents: list[Payable] = []
        """Those posted, prepayments included."""
        self.batches: list[PayableBatch] = []
        self.settlements: list[SettlementBatch] = []
        self._by_number: dict[tuple[str, str], Payable] = {}

    def post_batch(self, batch: PayableBatch) -> None:
        """Post a batch of documents; credit notes are applied to what they name."""
        self.add_batch(batch)
        for document in batch.documents:
            if document.error_batch is not None:
                continue
            document.post()
            self.documents.append(document)
            self._by_number[document.vendor.number, document.number] = document
            target = self._by_number.get((document.vendor.number, document.applies_to))
            if target is not None and target.open_cents >= document.total:
                _set_off(document, target)
        good = [item for item in batch.documents if item.error_batch is None]
        self._ledger.add(
            GLBatch(
                source_ledger="AP",
                description=f"A/P invoice batch {batch.description}"[:60],
                date=batch.date,
                entries=[_document_entry(document) for document in good],
            )
        )

    def add_batch(self, batch: PayableBatch) -> None:
        """Take a batch in whatever state; posting is another matter."""
        for position, document in enumerate(batch.documents, start=1):
            document.batch, document.entry = batch, position
        self.batches.append(batch)

    def settle_batch(self, batch: SettlementBatch) -> None:
        """Post a batch of payments or adjustments whose documents were relieved already."""
        self.add_settlements(batch)
        entries = []
        for settlement in batch.entries:
            if settlement.prepayment is not None:
                settlement.prepayment.entry = settlement.entry
                self.documents.append(settlement.prepayment)
            entries.append(_settlement_entry(settlement))
        name = "payment" if batch.selector == "PY" else "adjustment"
        self._ledger.add(
            GLBatch(
                source_ledger="AP",
                description=f"A/P {name} batch {batch.description}"[:60],
                date=batch.date,
                entries=entries,
            )
        )

    def add_settlements(self, batch: SettlementBatch) -> None:
        """Take a batch of payments in whatever state."""
        for position, settlement in enumerate(batch.entries, start=1):
            settlement.batch, settlement.entry = batch, position
        self.settlements.append(batch)

    def number(self) -> None:
        """Number batches and posting sequences, by kind, in the order they were made."""
        _number(self.batches)
        for selector in ("PY", "AD"):
            _number([batch for batch in self.settlements if batch.selector == selector])


def _number(batches: Sequence[PayableBatch | SettlementBatch]) -> None:
    sequence = 0
    for number, batch in enumerate(sorted(batches, key=lambda batch: batch.date), start=1):
        batch.number = number
        if batch.status == "Posted":
            sequence += 1
            batch.sequence = sequence


def apply_to(document: Payable, cents: int, *, discount: int = 0, account: str = "") -> Applied:
    """Return an application and what it takes off in functional currency, at the document's rate.

    What pays a document off takes its whole functional rest.
    """
    relief = cents + discount
    if relief == document.open_cents:
        functional = document.open_functional
    else:
        functional = multiply(relief, document.rate)
    return Applied(document, cents, discount, functional, account)


def _set_off(note: Payable, target: Payable) -> None:
    """Apply a credit note wholly to the invoice it names; both are of one rate."""
    cents, functional = -note.open_cents, -note.open_functional
    target.relieve(cents, functional, day=note.date)
    note.relieve(-cents, -functional, day=note.date)


def _document_entry(document: Payable) -> GLEntry:
    sign, text = document.sign, document.vendor.name[:60]

    def line(account: str, cents: int, functional: int) -> GLLine:
        return GLLine(
            account,
            functional,
            cents,
            document.vendor.currency,
            document.rate,
            text,
            document.number,
        )

    lines = [
        line(charge.account, sign * charge.cents, sign * charge.functional)
        for charge in document.charges
    ]
    if document.tax:
        tax = line(_chart.TAX_RECOVERABLE, sign * document.tax, sign * document.functional_tax)
        lines.append(tax)
    control = document.vendor.account_set.payables
    lines.append(line(control, -sign * document.total, -sign * document.functional_total))
    return GLEntry(
        source_type=_SOURCE_TYPES[document.kind],
        date=document.date,
        lines=lines,
        description=f"{document.vendor.number} {document.number}"[:60],
    )


def _settlement_entry(settlement: Settlement) -> GLEntry:
    lines = list(_relief_lines(settlement))
    lines += _counter_lines(settlement)
    difference = -sum(line.cents for line in lines)
    if difference:
        account = _chart.EXCHANGE_LOSS if difference > 0 else _chart.EXCHANGE_GAIN
        lines.append(_line(settlement, account, difference, None))
    source_type = "AD" if settlement.kind == "Adjustment" else "PY"
    return GLEntry(
        source_type="PI" if settlement.prepayment is not None else source_type,
        date=settlement.date,
        lines=lines,
        description=f"{settlement.vendor.number} {settlement.check_number}".strip()[:60],
    )


def _relief_lines(settlement: Settlement) -> list[GLLine]:
    prepayment = settlement.prepayment
    if prepayment is not None:
        amount = prepayment.functional_total
        return [_line(settlement, _chart.PREPAYMENTS, amount, prepayment.total)]
    control = settlement.vendor.account_set.payables
    return [
        _line(
            settlement,
            _chart.PREPAYMENTS if item.document.kind == "Prepayment" else control,
            item.functional,
            item.cents + item.discount,
            rate=item.document.rate,
        )
        for item in settlement.applied
    ]


def _counter_lines(settlement: Settlement) -> list[GLLine]:
    lines = []
    for item in settlement.applied:
        if item.account:
            lines.append(_line(settlement, item.account, -item.functional, -item.cents))
        elif item.discount:
            functional = multiply(item.discount, settlement.rate)
            lines.append(_line(settlement, _chart.DISCOUNTS, -functional, -item.discount))
    if settlement.bank_amount:
        lines.append(_line(settlement, _chart.BANK, -settlement.bank_amount, None))
    return lines


def _line(
    settlement: Settlement, account: str, functional: int, cents: int | None, *, rate: int = 0
) -> GLLine:
    """Make a line; without `cents` it exists in functional currency alone."""
    text, reference = settlement.vendor.name[:60], settlement.check_number
    if cents is None or settlement.vendor.currency == FUNCTIONAL_CURRENCY:
        return GLLine(account, functional, functional, description=text, reference=reference)
    return GLLine(
        account,
        functional,
        cents,
        settlement.vendor.currency,
        rate or settlement.rate,
        text,
        reference,
    )
