"""Adjustments planners have entered: believable, seeded, and with what goes wrong among people.

Entries balance per currency. Among them are one nobody has approved, one approved in part, one with
a line missing, one of another company, one in a currency its account does not take, reversals, and
comments that try a file's quoting.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

    from ml_connector_sandbox._books import Books

JsonObject = dict[str, object]

OTHER_COMPANY = "EURLTD"
APPROVER = "controller@example.com"
TO_BE_CHOSEN = "?"
"""Stands for an invoice of the company until somebody looks."""
_COMMENTS = (
    'Per memo "Q3 re-forecast", sheet 4',
    "Büro Köln, Miete, 50 % für Juli",
    "First line\nsecond line; both are one comment",
    "=SUM(A1:A3) is a text here",
    "日本支店の経費",
    "  blanks around  ",
)
_REASONS = (
    "Accrual of services not invoiced",
    "Re-allocation of rent",
    "Marketing moved to the right cost center",
    "Freight, estimated",
    "Correction of a wrong account",
)


@dataclass(frozen=True, kw_only=True)
class _Entry:
    """What the lines of an entry have in common, and the ways in which one may be odd."""

    currency: str
    description: str
    approved_lines: int | None = None
    """How many lines are approved; all when not given."""
    lines_missing: int = 0
    """By how many lines the entry is short of what it says."""
    company: str = ""
    reversal: bool = False
    is_misplaced: bool = False
    """Whether it is in another currency, on an account that takes the company's own only."""


class AdjustmentBook:
    """Writes lines as planners of one company would."""

    def __init__(self, books: Books, *, dice: random.Random, today: dt.date) -> None:
        """Write for `books`; the same dice and day give the same lines."""
        self._books = books
        self._dice = dice
        self._month_end = today.replace(day=1) - dt.timedelta(days=1)
        self._entries = 0

    def gl_lines(self) -> list[JsonObject]:
        """Return the lines of GL Adjustments, entry by entry."""
        home = self._books.currency
        reason = _REASONS[0]
        lines: list[JsonObject] = []
        lines += self._journal(_Entry(currency=home, description=reason, reversal=True), 2)
        lines += self._journal(_Entry(currency=home, description=_REASONS[1]), 6)
        lines += self._journal(_Entry(currency="USD", description=_REASONS[3]), 2)
        lines += self._journal(_Entry(currency="JPY", description="Tokyo fair, estimated"), 3)
        lines += self._two_currencies(_Entry(currency=home, description="Head office charges"))
        lines += self._journal(_Entry(currency=home, description=reason, approved_lines=0), 3)
        lines += self._journal(_Entry(currency=home, description=reason, approved_lines=2), 3)
        lines += self._journal(_Entry(currency=home, description=reason, lines_missing=1), 2)
        elsewhere = _Entry(currency="EUR", description=reason, company=OTHER_COMPANY)
        lines += self._journal(elsewhere, 2)
        for _ in range(6):
            described = _Entry(
                currency=home,
                description=self._dice.choice(_REASONS),
                reversal=self._dice.random() < 0.5,  # noqa: PLR2004  # a coin
            )
            lines += self._journal(described, self._dice.randrange(2, 6))
        misplaced = _Entry(currency="USD", description="Refund in dollars", is_misplaced=True)
        return lines + self._journal(misplaced, 2)

    def ap_lines(self) -> list[JsonObject]:
        """Return the lines of AP Adjustments, entry by entry."""
        home = _Entry(currency=self._books.currency, description="Services of last month")
        usd = _Entry(currency="USD", description="Licences, agreed and not yet invoiced")
        waiting = _Entry(currency=home.currency, description="To be agreed", approved_lines=0)
        short = _Entry(currency=home.currency, description="A line is missing", lines_missing=1)
        foreign = _Entry(currency="EUR", description="Other books", company=OTHER_COMPANY)
        lines: list[JsonObject] = []
        lines += self._document(home, "Invoice", 3)
        lines += self._document(usd, "Invoice", 1)
        lines += self._document(home, "DebitNote", 2)
        lines += self._document(home, "CreditNote", 2, applies=True)
        lines += self._document(home, "", 2, applies=True)
        lines += self._document(waiting, "Invoice", 2)
        lines += self._document(short, "Invoice", 1)
        lines += self._document(foreign, "Invoice", 1)
        return lines

    # --- journals --------------------------------------------------------------------------

    def _journal(self, entry: _Entry, count: int) -> list[JsonObject]:
        """Return an entry of `count` lines: all but the last debits, the last one balances."""
        amounts = [self._amount(entry.currency) for _ in range(count - 1)]
        name = self._next_entry("GLE")
        lines = [self._journal_line(entry, name, amount) for amount in amounts]
        lines.append(self._journal_line(entry, name, -sum(amounts, Decimal(0))))
        return _finish(lines, entry)

    def _two_currencies(self, entry: _Entry) -> list[JsonObject]:
        """Return an entry of two pairs of lines: each currency balances by itself."""
        name = self._next_entry("GLE")
        lines: list[JsonObject] = []
        for currency in (entry.currency, "EUR"):
            amount, pair = self._amount(currency), replace(entry, currency=currency)
            lines += [self._journal_line(pair, name, signed) for signed in (amount, -amount)]
        return _finish(lines, entry)

    def _journal_line(self, entry: _Entry, name: str, amount: Decimal) -> JsonObject:
        books = self._books
        line: JsonObject = {
            "Company": entry.company or books.company,
            "Entry": name,
            "Posting Date": self._month_end.isoformat(),
            "Account": self._dice.choice(self._accounts(entry, amount)),
            "Debit" if amount > 0 else "Credit": abs(amount),
            "Currency": entry.currency,
            "Description": entry.description,
            "Reversal": entry.reversal,
        }
        # Some planners type a zero on the other side, others leave it blank.
        if self._dice.random() < 0.3:  # noqa: PLR2004  # a habit of a few
            line["Credit" if amount > 0 else "Debit"] = 0
        if self._dice.random() < 0.6:  # noqa: PLR2004  # most lines have a comment
            line["Comment"] = self._dice.choice(_COMMENTS)
        return line

    def _accounts(self, entry: _Entry, amount: Decimal) -> tuple[str, ...]:
        """Return the accounts an amount may go to; only some take other currencies."""
        books = self._books
        if amount > 0:
            return books.expense_accounts
        if entry.is_misplaced:
            home_only = set(books.accrual_accounts).difference(books.multicurrency_accruals)
            return tuple(sorted(home_only)) or books.accrual_accounts
        if entry.currency == books.currency:
            return books.accrual_accounts
        return books.multicurrency_accruals

    # --- documents -------------------------------------------------------------------------

    def _document(
        self, entry: _Entry, kind: str, count: int, *, applies: bool = False
    ) -> list[JsonObject]:
        """Return a document of `count` lines; without a document type it is an adjustment."""
        books = self._books
        vendor = self._choose_vendor(entry)
        name = self._next_entry("APE")
        lines: list[JsonObject] = [
            {
                "Company": entry.company or books.company,
                "Kind": "ap_invoice" if kind else "ap_adjustment",
                "Vendor": vendor,
                "Entry": name,
                "Document Type": kind,
                "Applies To Document": TO_BE_CHOSEN if applies else "",
                "Document Date": self._month_end.isoformat(),
                "Account": self._dice.choice(books.expense_accounts),
                "Amount": self._amount(entry.currency) * (1 if kind else -1),
                "Description": entry.description,
            }
            for _ in range(count)
        ]
        if kind:
            due = (self._month_end + dt.timedelta(days=30)).isoformat()
            lines = [line | {"Due Date": due} for line in lines]
        return _finish(lines, entry)

    def _choose_vendor(self, entry: _Entry) -> str:
        vendors = self._books.vendors
        fitting = [one for one in vendors if one.currency == entry.currency]
        return self._dice.choice(fitting or vendors).number

    # --- both ------------------------------------------------------------------------------

    def _amount(self, currency: str) -> Decimal:
        if currency == "JPY":
            return Decimal(self._dice.randrange(10_000, 900_000))
        return Decimal(self._dice.randrange(500, 900_000)).scaleb(-2)

    def _next_entry(self, prefix: str) -> str:
        self._entries += 1
        return f"{prefix}-{self._entries:04d}"


def _finish(lines: list[JsonObject], entry: _Entry) -> list[JsonObject]:
    """Say how many lines the entry has, and who approved which."""
    approved = len(lines) if entry.approved_lines is None else entry.approved_lines
    said = len(lines) + entry.lines_missing
    return [
        line
        | {"Lines In Entry": said, "Approved": number < approved}
        | ({"Approved By": APPROVER} if number < approved else {})
        for number, line in enumerate(lines)
    ]
