"""Batches that are not, or not wholly, in the books: open, ready, deleted, refused by posting.

An entry that posting refuses stays in its posted batch, naming the error batch to which a copy
went (Sage sheet §5.1, §5.2): whoever counts both counts it twice.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300.books import _chart
from ml_connector_sandbox.sage300.books._documents import (
    Payable,
    PayableBatch,
    Settlement,
    SettlementBatch,
)
from ml_connector_sandbox.sage300.books._ledger import GLBatch, GLEntry, gl_lines
from ml_connector_sandbox.sage300.books._payables import apply_to

if TYPE_CHECKING:
    from ml_connector_sandbox.sage300.books._history import History

_CLOSED = f"{_chart.SUPPLIES}900"
"""An inactive account, which posting refuses."""


def add_unposted(history: History) -> None:
    """Leave batches of every state behind."""
    _Desk(history).leave()


class _Desk:
    """What lies on the clerks' desks today."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._today = history.past.today
        self._payables = history.payables
        self._ledger = history.ledger

    def leave(self) -> None:
        self._leave_invoices()
        self._leave_refused_invoice()
        self._leave_payments()
        self._leave_journals()
        self._leave_refused_journal()

    def _leave_invoices(self) -> None:
        for days, status, text, count in (
            (0, "Open", "June, to be checked", 4),
            (1, "ReadyToPost", "Checked", 3),
            (12, "Deleted", "Entered twice", 2),
        ):
            day = self._day(days)
            documents = [self._history.expenses.make(day) for _ in range(count)]
            if status == "Open":
                # Somebody typed next month's date, and last quarter's.
                documents[0].date = self._today + dt.timedelta(days=25)
                documents[1].date = self._today - dt.timedelta(days=100)
            batch = PayableBatch(date=day, description=text, documents=documents, status=status)
            self._payables.add_batch(batch)

    def _leave_refused_invoice(self) -> None:
        day = self._day(26)
        documents = [self._history.expenses.make(day) for _ in range(3)]
        refused = documents[1]
        first = refused.charges[0]
        refused.charges = [first._replace(account=_CLOSED), *refused.charges[1:]]
        errors = PayableBatch(date=day, description="Invoices, part refused")
        refused.error_batch, refused.error_entry = errors, 1
        original = PayableBatch(
            date=day, description="Invoices, part refused", documents=documents, errors=1
        )
        self._payables.post_batch(original)
        copy = replace(refused, error_batch=None, error_entry=0)
        errors.documents, errors.status = [copy], "Open"
        self._payables.add_batch(errors)

    def _leave_payments(self) -> None:
        found = [item for item in self._payables.documents if self._is_due(item)]
        for position, (status, text) in enumerate(
            (
                ("Open", "Cheques to sign"),
                ("CheckCreationInProgress", "Cheques being printed"),
                ("Deleted", "Void run"),
            )
        ):
            entries = [self._payment(item) for item in found[position * 2 : position * 2 + 2]]
            self._payables.add_settlements(
                SettlementBatch(
                    selector="PY",
                    date=self._day(position),
                    description=text,
                    entries=entries,
                    status=status,
                )
            )

    def _leave_journals(self) -> None:
        center = f"{_chart.TRAVEL}100"
        for days, status, text, cents in (
            (1, "Open", "Reallocation, draft", (45_000, -45_000)),
            (3, "Open", "Out of balance as yet", (120_000, -100_000)),
            (2, "ReadyToPost", "Reallocation, approved", (30_050, -30_050)),
            (40, "Deleted", "Typed by mistake", (999_999, -999_999)),
        ):
            lines = gl_lines(
                [(center, cents[0]), (f"{_chart.FEES}100", cents[1])], description=text
            )
            day = self._day(days)
            entry = GLEntry(source_type="JE", date=day, lines=lines, description=text)
            self._journal(text, day, [entry], status)

    def _leave_refused_journal(self) -> None:
        day, text = self._day(33), "Reallocations, part refused"
        good = self._reallocation(f"{_chart.SUPPLIES}100", day)
        refused = self._reallocation(_CLOSED, day)
        errors = GLBatch(source_ledger="GL", description=text, date=day, batch_type="Entered")
        refused.error_batch, refused.error_entry = errors, 1
        self._journal(text, day, [good, refused], "Posted")
        errors.entries = [self._reallocation(_CLOSED, day)]
        errors.status = "Open"
        self._ledger.add(errors)

    def _reallocation(self, account: str, day: dt.date) -> GLEntry:
        lines = gl_lines([(account, 12_345), (f"{_chart.FEES}100", -12_345)])
        return GLEntry(source_type="JE", date=day, lines=lines, description="Reallocation")

    def _journal(self, text: str, day: dt.date, entries: list[GLEntry], status: str) -> None:
        self._ledger.add(
            GLBatch(
                source_ledger="GL",
                description=text,
                date=day,
                entries=entries,
                batch_type="Entered",
                status=status,
            )
        )

    def _payment(self, document: Payable) -> Settlement:
        return Settlement(
            kind="Payment",
            vendor=document.vendor,
            date=self._today,
            rate=document.rate,
            applied=[apply_to(document, document.open_cents)],
            amount=document.open_cents,
            bank_amount=document.open_functional,
        )

    def _is_due(self, document: Payable) -> bool:
        return document.kind == "Invoice" and document.open_cents > 0

    def _day(self, back: int) -> dt.date:
        return self._today - dt.timedelta(days=back)
