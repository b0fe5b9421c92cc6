"""The General Ledger while history is written: entries in, balances out, all in cents.

What is entered balances, entry by entry, in functional currency; so does the trial balance.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ml_connector_sandbox.sage300._rates import FUNCTIONAL_CURRENCY
from ml_connector_sandbox.sage300.books import _chart

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from ml_connector_sandbox.sage300.books._calendar import Calendar

PERIODS = 15
CLOSING_PERIOD = 15
"""The period of year-end closing entries, beyond those of the calendar (M)."""
RATE_ONE = 10_000_000


class GLLine(NamedTuple):
    """One line; debits are positive."""

    account: str
    cents: int
    """In functional currency."""
    source_cents: int
    currency: str = FUNCTIONAL_CURRENCY
    rate: int = RATE_ONE
    description: str = ""
    reference: str = ""


class BalanceKey(NamedTuple):
    """Which balance of an account: `F` functional, `S` in a currency, `E` its equivalent."""

    account: str
    currency: str
    currency_type: str


@dataclass(kw_only=True, slots=True)
class GLEntry:
    """One journal entry."""

    source_type: str
    date: dt.date
    lines: list[GLLine]
    description: str = ""
    document_date: dt.date | None = None
    auto_reversal: str = "AutoReversalOff"
    drill_down: int = 0
    """The document it comes from, for the application that made it."""
    number: int = 0
    is_closing: bool = False
    error_batch: GLBatch | None = None
    """Where it went when posting refused it."""
    error_entry: int = 0


@dataclass(kw_only=True, slots=True)
class GLBatch:
    """One batch of entries, posted or in some other state."""

    source_ledger: str
    description: str
    date: dt.date
    """When it was made, and posted if it was."""
    entries: list[GLEntry] = field(default_factory=list)
    batch_type: str = "Subledger"
    status: str = "Posted"
    number: int = 0
    sequence: int = 0
    edited: dt.date | None = None

    @property
    def is_posted(self) -> bool:
        """Whether its entries are in the books, but for those in error."""
        return self.status == "Posted"

    @property
    def posted(self) -> list[GLEntry]:
        """Its entries that are in the books."""
        if not self.is_posted:
            return []
        return [entry for entry in self.entries if entry.error_batch is None]


class Ledger:
    """All batches, and the balances that follow from the posted ones."""

    def __init__(self, calendar: Calendar) -> None:
        """Keep books by `calendar`."""
        self.calendar = calendar
        self.batches: list[GLBatch] = []
        self.openings: dict[BalanceKey, int] = defaultdict(int)
        """Balances at the start of the first year."""
        self.movements: dict[str, dict[BalanceKey, list[int]]] = {}
        """Net amounts by year, and by period from 0."""
        self._ended: set[BalanceKey] = set()
        """Balances in other currencies that end with the year, as income accounts' do."""

    def open(self, account: str, cents: int) -> None:
        """Give an account a balance to start with, against retained earnings."""
        for name, amount in ((account, cents), (_chart.RETAINED_EARNINGS, -cents)):
            self.openings[BalanceKey(name, FUNCTIONAL_CURRENCY, "F")] += amount

    def add(self, batch: GLBatch) -> GLBatch:
        """Take a batch into the books."""
        for position, entry in enumerate(batch.entries, start=1):
            entry.number = position
        for entry in batch.posted:
            if sum(line.cents for line in entry.lines):
                message = f"{batch.description}: entry {entry.number} does not balance"
                raise ValueError(message)
        if batch.entries:
            self.batches.append(batch)
        return batch

    def sums_by_period(self, accounts: Sequence[str]) -> Mapping[tuple[str, int], Sequence[int]]:
        """Return what was entered so far on each of `accounts`, by year and period."""
        places = {account: place for place, account in enumerate(accounts)}
        found: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0] * len(places))
        for batch in self.batches:
            for entry in batch.posted:
                for line in entry.lines:
                    place = places.get(line.account)
                    if place is not None:
                        found[self.calendar.period_of(entry.date)][place] += line.cents
        return found

    def close(self, accounts: Mapping[str, _chart.Account]) -> None:
        """Close the years that are over, then number batches in the order they were made."""
        for batch in self.batches:
            self._move(batch)
        for year in self.calendar.years_over():
            self._close_year(year, accounts)
        self.batches.sort(key=lambda batch: batch.date)
        sequence = 0
        for number, batch in enumerate(self.batches, start=1):
            batch.number = number
            if batch.is_posted:
                sequence += 1
                batch.sequence = sequence

    def year_openings(self) -> Mapping[str, Mapping[BalanceKey, int]]:
        """Return the balance every year begins with, carried forward from the one before."""
        found: dict[str, dict[BalanceKey, int]] = {}
        balances = dict(self.openings)
        for year in self.calendar.years:
            found[year] = balances
            balances = dict(balances)
            for key, periods in self.movements.get(year, {}).items():
                balances[key] = balances.get(key, 0) + sum(periods)
            balances = {
                key: cents for key, cents in balances.items() if cents and key not in self._ended
            }
        return found

    def _move(self, batch: GLBatch) -> None:
        for entry in batch.posted:
            year, period = self.calendar.period_of(entry.date)
            if entry.is_closing:
                period = CLOSING_PERIOD
            keys = self.movements.setdefault(year, {})
            for line in entry.lines:
                for key, cents in _movements(line):
                    periods = keys.get(key)
                    if periods is None:
                        periods = keys[key] = [0] * PERIODS
                    periods[period - 1] += cents

    def _close_year(self, year: str, accounts: Mapping[str, _chart.Account]) -> None:
        """Carry the result into retained earnings, as "Create New Year" does."""
        lines: list[GLLine] = []
        for key, periods in sorted(self.movements.get(year, {}).items()):
            if accounts[key.account].kind != "IncomeStatement":
                continue
            if key.currency_type != "F":
                self._ended.add(key)
            elif sum(periods):
                lines.append(GLLine(key.account, -sum(periods), -sum(periods)))
        result = -sum([line.cents for line in lines])
        lines.append(GLLine(_chart.RETAINED_EARNINGS, result, result))
        end = self.calendar.end_of(year)
        text = f"Closing entries {year}"
        entry = GLEntry(source_type="CL", date=end, lines=lines, description=text, is_closing=True)
        batch = GLBatch(
            source_ledger="GL",
            description=text,
            date=end,
            entries=[entry],
            batch_type="Generated",
        )
        self.add(batch)
        self._move(batch)


def gl_lines(amounts: Iterable[tuple[str, int]], *, description: str = "") -> list[GLLine]:
    """Make lines in functional currency; those of nothing are left out."""
    return [
        GLLine(account, cents, cents, description=description)
        for account, cents in amounts
        if cents
    ]


def _movements(line: GLLine) -> Iterable[tuple[BalanceKey, int]]:
    yield BalanceKey(line.account, FUNCTIONAL_CURRENCY, "F"), line.cents
    if line.currency != FUNCTIONAL_CURRENCY:
        yield BalanceKey(line.account, line.currency, "S"), line.source_cents
        yield BalanceKey(line.account, line.currency, "E"), line.cents
