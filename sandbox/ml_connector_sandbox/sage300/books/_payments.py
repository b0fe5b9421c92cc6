"""How the company pays: weekly runs, early for discounts, late, in part, in advance."""

from __future__ import annotations

import datetime as dt
import heapq
from collections import defaultdict
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._rates import multiplier_of, multiply
from ml_connector_sandbox.sage300.books import _chart
from ml_connector_sandbox.sage300.books._documents import (
    Applied,
    Charge,
    Payable,
    Settlement,
    SettlementBatch,
)
from ml_connector_sandbox.sage300.books._payables import apply_to
from ml_connector_sandbox.sage300.books._terms import discount_of

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from ml_connector_sandbox.sage300._rates import RateTable
    from ml_connector_sandbox.sage300.books._generate_orders import VendorFacts
    from ml_connector_sandbox.sage300.books._payables import Payables

_THURSDAY = 3


class Paymaster:
    """Decides what is paid when, and pays it."""

    def __init__(
        self,
        payables: Payables,
        dice: random.Random,
        *,
        rates: RateTable,
        held: frozenset[str],
        today: dt.date,
    ) -> None:
        """Pay documents of `payables`, but none of the vendors on hold."""
        self._payables = payables
        self._dice = dice
        self._rates = rates
        self._held = held
        self._today = today
        self._due: list[tuple[dt.date, int, Payable]] = []
        self._prepayments: dict[str, list[Payable]] = defaultdict(list)
        self._checks = 0
        self._turn = 0

    def schedule(self, document: Payable) -> None:
        """Decide when a posted document is to be paid, if ever."""
        dice = self._dice
        if document.vendor.number in self._held or dice.random() < 0.01:  # noqa: PLR2004
            return  # disputed, or forgotten
        if document.discount_until is not None and dice.random() < 0.6:  # noqa: PLR2004
            day = document.discount_until - dt.timedelta(days=6)
        else:
            late = dice.choice((0,) * 12 + (5, 12, 30, 75))
            day = document.due + dt.timedelta(days=late)
        self._push(max(day, document.date), document)

    def run(self, thursday: dt.date) -> None:
        """Pay what is due by a run's day, one entry for each vendor."""
        due: dict[str, list[Payable]] = defaultdict(list)
        while self._due and self._due[0][0] <= thursday:
            document = heapq.heappop(self._due)[2]
            if document.open_cents:
                due[document.vendor.number].append(document)
        entries = []
        for documents in due.values():
            entries += self._pay_vendor(documents, thursday)
        if entries:
            self._payables.settle_batch(
                SettlementBatch(
                    selector="PY",
                    date=thursday,
                    description=f"Payment run {thursday.isoformat()}",
                    entries=entries,
                    batch_type="System",
                )
            )

    def prepay(self, vendor: VendorFacts, day: dt.date, *, cents: int) -> None:
        """Pay in advance; the next invoice large enough is set off against it."""
        rate = self._rate(vendor, day)
        functional = multiply(cents, rate)
        self._checks += 1
        number = f"PP{self._checks:010d}"
        prepayment = Payable(
            kind="Prepayment",
            vendor=vendor,
            number=number,
            date=day,
            due=day,
            rate=rate,
            charges=[Charge(_chart.PREPAYMENTS, cents, functional)],
            description="Deposit",
            check_number=f"{self._checks:06d}",
        )
        prepayment.post()
        settlement = Settlement(
            kind="Prepayment",
            vendor=vendor,
            date=day,
            rate=rate,
            applied=[],
            amount=cents,
            bank_amount=functional,
            check_number=prepayment.check_number,
            prepayment=prepayment,
        )
        self._settle("PY", f"Deposit {vendor.number}", settlement)
        self._prepayments[vendor.number].append(prepayment)

    def set_off(self, document: Payable, day: dt.date) -> None:
        """Apply a waiting prepayment to a document that is large enough."""
        waiting = self._prepayments.get(document.vendor.number, [])
        for prepayment in waiting:
            cents = -prepayment.open_cents
            if document.kind == "Invoice" and document.open_cents >= cents:
                waiting.remove(prepayment)
                applied = [apply_to(document, cents), apply_to(prepayment, -cents)]
                settlement = Settlement(
                    kind="ApplyDocument",
                    vendor=document.vendor,
                    date=day,
                    rate=document.rate,
                    applied=applied,
                    amount=0,
                    bank_amount=0,
                )
                _relieve(settlement)
                self._settle("PY", f"Set off {document.vendor.number}", settlement)
                return

    def adjust(self, document: Payable, day: dt.date, *, cents: int, account: str) -> None:
        """Write a little off a document."""
        settlement = Settlement(
            kind="Adjustment",
            vendor=document.vendor,
            date=day,
            rate=document.rate,
            applied=[apply_to(document, cents, account=account)],
            amount=cents,
            bank_amount=0,
        )
        _relieve(settlement)
        self._settle("AD", f"Difference on {document.number}"[:60], settlement)

    def _settle(self, selector: str, description: str, settlement: Settlement) -> None:
        batch = SettlementBatch(
            selector=selector, date=settlement.date, description=description, entries=[settlement]
        )
        self._payables.settle_batch(batch)

    def _pay_vendor(self, documents: Sequence[Payable], day: dt.date) -> list[Settlement]:
        applied = [self._application(document, day) for document in documents]
        total = sum(item.cents for item in applied)
        if total <= 0:  # a credit waits for something to pay
            for document in documents:
                self._push(day + dt.timedelta(days=28), document)
            return []
        vendor = documents[0].vendor
        rate = self._rate(vendor, day)
        self._checks += 1
        settlement = Settlement(
            kind="Payment",
            vendor=vendor,
            date=day,
            rate=rate,
            applied=applied,
            amount=total,
            bank_amount=multiply(total, rate),
            check_number=f"{self._checks:06d}",
        )
        _relieve(settlement)
        for item in applied:
            if item.document.open_cents:
                self._push(day + dt.timedelta(days=56), item.document)
        return [settlement]

    def _application(self, document: Payable, day: dt.date) -> Applied:
        cents = document.open_cents
        if cents <= 0:
            return apply_to(document, cents)
        if document.discount_until is not None and day <= document.discount_until:
            discount = min(cents, discount_of(document.vendor.terms, document.net))
            return apply_to(document, cents - discount, discount=discount)
        if document.last_activity == document.date and self._dice.random() < 0.06:  # noqa: PLR2004
            return apply_to(document, cents // 2 or cents)
        return apply_to(document, cents)

    def _rate(self, vendor: VendorFacts, day: dt.date) -> int:
        return multiplier_of(vendor.currency, self._rates.find(vendor.currency, day))

    def _push(self, day: dt.date, document: Payable) -> None:
        self._turn += 1
        heapq.heappush(self._due, (day, self._turn, document))


def thursdays(first: dt.date, last: dt.date) -> list[dt.date]:
    """Return the days of payment runs."""
    day = first + dt.timedelta(days=(_THURSDAY - first.weekday()) % 7)
    count = (last - day).days // 7 + 1
    return [day + dt.timedelta(weeks=week) for week in range(max(0, count))]


def _relieve(settlement: Settlement) -> None:
    for item in settlement.applied:
        item.document.relieve(item.cents + item.discount, item.functional, day=settlement.date)
        if settlement.check_number:
            item.document.check_number = settlement.check_number
