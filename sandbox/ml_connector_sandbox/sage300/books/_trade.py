"""The rest of the business: sales, stock, wages, equipment, taxes. Sizes follow what is bought.

Where the figures come from other modules (A/R, I/C, payroll, bank) only their G/L batches exist
here, under the source codes of those modules (Sage sheet §4.2).
"""

from __future__ import annotations

import datetime as dt
import math
from collections import deque
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300.books import _chart
from ml_connector_sandbox.sage300.books._ledger import GLBatch, GLEntry, GLLine, gl_lines

if TYPE_CHECKING:
    import random

    from ml_connector_sandbox.sage300.books._calendar import Calendar
    from ml_connector_sandbox.sage300.books._ledger import Ledger

_MARGIN_PERCENT = 62
"""Cost of sales in hundredths of sales."""
_GST_PERCENT = 5
_WEEKS_OF_CREDIT = 5
_WEEKS = 52
_CUSTOMERS = ("BARRETT", "CITYHALL", "DOMINION", "O'MALLEY", "RELIANCE", "ZIMMER")
_STAFF = dict(zip(_chart.STAFFED_CENTERS, (14, 11, 9, 38, 18, 10), strict=True))
"""Hundredths of the payroll."""


class Trade:
    """What the company sells, and what that costs."""

    def __init__(self, ledger: Ledger, dice: random.Random, *, monthly: int) -> None:
        """Sell what comes to `monthly` cents of purchases."""
        self._ledger = ledger
        self._dice = dice
        self._weekly = max(monthly * 12 // _WEEKS, 1_000_000)
        self._owed: deque[int] = deque()
        self._invoices = 0
        self._withheld = 0

    def open_balances(self) -> None:
        """Begin with what a company of this size has."""
        week, ledger = self._weekly, self._ledger
        sold = week * 100 // _MARGIN_PERCENT
        self._owed.extend([sold + sold * _GST_PERCENT // 100] * _WEEKS_OF_CREDIT)
        for account, cents in (
            ("1010", 150_000),
            (_chart.BANK, week * 20),
            (_chart.RECEIVABLES, sum(self._owed)),
            (_chart.INVENTORY, week * 14),
            (_chart.EQUIPMENT, week * 30),
            (_chart.DEPRECIATION_TO_DATE, -week * 9),
            (_chart.LOAN, -week * 12),
            (_chart.CAPITAL, -week * 25),
        ):
            ledger.open(account, cents)

    def week(self, friday: dt.date) -> None:
        """Ship, invoice, collect; pay wages every other week."""
        season = 1 + 0.18 * math.sin(friday.timetuple().tm_yday / 58)
        cost = int(self._weekly * season * self._dice.uniform(0.84, 0.98))
        self._ship(friday, cost)
        self._invoice(friday, cost * 100 // _MARGIN_PERCENT)
        self._collect(friday)
        if friday.toordinal() // 7 % 2:
            self._pay_wages(friday)

    def period_end(self, day: dt.date, *, next_day: dt.date) -> None:
        """Depreciate, pay interest and charges, accrue and reverse, remit taxes."""
        week = self._weekly
        weights = list(_STAFF.items())
        depreciation = gl_lines(
            (f"{_chart.DEPRECIATION}{center}", week * 3 * weight // 1000)
            for center, weight in weights
        )
        total = sum(line.cents for line in depreciation)
        depreciation += gl_lines([(_chart.DEPRECIATION_TO_DATE, -total)])
        self._journal("Depreciation", day, [self._entry("JE", day, depreciation)])
        accrued = int(week * self._dice.uniform(0.01, 0.03))
        accrual = gl_lines(
            [(f"{_chart.UTILITIES}300", accrued), (_chart.ACCRUALS, -accrued)],
            description="Electricity not yet invoiced",
        )
        entry = self._entry("JE", day, accrual, reversal="NextPeriod")
        self._journal("Accruals", day, [entry])
        reversed_lines = [
            line._replace(cents=-line.cents, source_cents=-line.source_cents) for line in accrual
        ]
        if next_day <= self._ledger.calendar.today:
            self._journal(
                "Reversal of accruals", next_day, [self._entry("JE", next_day, reversed_lines)]
            )
        self._bank_entries(day)
        self._remit(day)

    def remit_sales_tax(self) -> None:
        """Pay, a fortnight after each period, the sales tax owed for it less that recoverable.

        Comes after all else was entered, as it goes by the accounts' movements.
        """
        calendar = self._ledger.calendar
        sums = self._ledger.sums_by_period((_chart.TAX_PAYABLE, _chart.TAX_RECOVERABLE))
        for end in calendar.period_ends():
            owed, recoverable = sums.get(calendar.period_of(end), (0, 0))
            day = end + dt.timedelta(days=15)
            lines = gl_lines(
                [
                    (_chart.TAX_PAYABLE, -owed),
                    (_chart.TAX_RECOVERABLE, -recoverable),
                    (_chart.BANK, owed + recoverable),
                ]
            )
            if lines and day <= calendar.today:
                self._journal("Sales tax", day, [self._entry("JE", day, lines)])

    def buy_undocumented(self, day: dt.date, *, stock: int, services: int) -> None:
        """Book a month's purchases whose documents were cleared, received and paid at once."""
        text = "Purchases, documents cleared"
        lines = gl_lines(
            [
                (_chart.INVENTORY, stock),
                (_chart.SERVICES, services),
                (_chart.BANK, -stock - services),
            ],
            description=text,
        )
        if lines:
            batch = GLBatch(source_ledger="AP", description=text, date=day)
            batch.entries.append(self._entry("PY", day, lines))
            self._ledger.add(batch)

    def _ship(self, day: dt.date, cost: int) -> None:
        east = cost * self._dice.randrange(45, 65) // 100
        lines = []
        for center, cents in zip(_chart.SALES_CENTERS, (east, cost - east), strict=True):
            # Two lines on one account that posts consolidated: their texts are lost.
            for part, text in (
                (cents // 3, "Shipments, morning"),
                (cents - cents // 3, "Afternoon"),
            ):
                account = f"{_chart.COST_OF_SALES}{center}"
                lines.append(
                    GLLine(account, part, part, description=text, reference=f"SH{day:%y%m%d}")
                )
        lines += gl_lines([(_chart.INVENTORY, -cost)])
        self._add("IC", "Shipments", day, [self._entry("SH", day, lines)])

    def _invoice(self, day: dt.date, sales: int) -> None:
        dice, entries, owed = self._dice, [], 0
        customers = dice.sample(_CUSTOMERS, dice.randrange(2, 5))
        left = sales
        for position, customer in enumerate(customers):
            net = left if position == len(customers) - 1 else sales // len(customers)
            left -= net
            tax = (net * _GST_PERCENT + 50) // 100
            self._invoices += 1
            center = _chart.SALES_CENTERS[self._invoices % 2]
            reference = f"IN{self._invoices:07d}"
            lines = [
                GLLine(account, cents, cents, description=customer, reference=reference)
                for account, cents in (
                    (_chart.RECEIVABLES, net + tax),
                    (f"{_chart.SALES}{center}", -net),
                    (_chart.TAX_PAYABLE, -tax),
                )
            ]
            owed += net + tax
            entries.append(self._entry("IN", day, lines, text=customer))
        self._owed.append(owed)
        self._add("AR", "A/R invoices", day, entries)

    def _collect(self, day: dt.date) -> None:
        cents = self._owed.popleft()
        paid = cents if self._dice.random() < 0.8 else cents * 9 // 10  # noqa: PLR2004
        self._owed[0] += cents - paid
        lines = gl_lines([(_chart.BANK, paid), (_chart.RECEIVABLES, -paid)])
        self._add("AR", "A/R receipts", day, [self._entry("PY", day, lines)])

    def _pay_wages(self, day: dt.date) -> None:
        wages = self._weekly * 2 * 22 // 100
        lines = []
        for center, weight in _STAFF.items():
            share = wages * weight // 100
            lines += gl_lines(
                [(f"{_chart.WAGES}{center}", share), (f"{_chart.BENEFITS}{center}", share // 9)],
                description="Payroll",
            )
        total = sum(line.cents for line in lines)
        withheld = total * 27 // 100
        self._withheld += withheld
        lines += gl_lines(
            [(_chart.PAYROLL_LIABILITIES, -withheld), (_chart.BANK, withheld - total)]
        )
        self._add("PR", "Payroll", day, [self._entry("PY", day, lines)])

    def _bank_entries(self, day: dt.date) -> None:
        charges, interest = self._dice.randrange(4_000, 20_000), self._weekly * 12 * 6 // 1200
        repaid = self._weekly // 12
        lines = gl_lines(
            [
                (_chart.BANK_CHARGES, charges),
                (_chart.INTEREST, interest),
                (_chart.LOAN, repaid),
                (_chart.BANK, -charges - interest - repaid),
            ]
        )
        self._add("BK", "Bank entries", day, [self._entry("EN", day, lines)])

    def _remit(self, day: dt.date) -> None:
        """Pay what was withheld from wages, and an instalment of income tax."""
        wages, self._withheld = self._withheld, 0
        income = self._weekly * 4 * 5 // 100
        lines = gl_lines(
            [
                (_chart.PAYROLL_LIABILITIES, wages),
                (_chart.INCOME_TAX, income),
                (_chart.BANK, -wages - income),
            ]
        )
        self._journal("Remittances", day, [self._entry("JE", day, lines)])

    def _journal(self, text: str, day: dt.date, entries: list[GLEntry]) -> None:
        self._add("GL", text, day, entries, batch_type="Entered")

    def _add(
        self,
        source: str,
        text: str,
        day: dt.date,
        entries: list[GLEntry],
        *,
        batch_type: str = "Subledger",
    ) -> None:
        self._ledger.add(
            GLBatch(
                source_ledger=source,
                description=f"{text} {day.isoformat()}",
                date=day,
                entries=entries,
                batch_type=batch_type,
            )
        )

    @staticmethod
    def _entry(
        source_type: str,
        day: dt.date,
        lines: list[GLLine],
        *,
        text: str = "",
        reversal: str = "AutoReversalOff",
    ) -> GLEntry:
        return GLEntry(
            source_type=source_type,
            date=day,
            lines=lines,
            description=text,
            auto_reversal=reversal,
        )


def fridays(calendar: Calendar) -> list[dt.date]:
    """Return the Fridays of all years the books cover."""
    first = calendar.start_of(calendar.years[0])
    day = first + dt.timedelta(days=(4 - first.weekday()) % 7)
    count = max(0, (calendar.today - day).days // 7 + 1)
    return [day + dt.timedelta(weeks=week) for week in range(count)]
