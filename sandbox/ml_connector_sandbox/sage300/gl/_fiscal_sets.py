"""`GLAccountFiscalSets`: balances per account, year and currency (Sage sheet §4.2, M).

A set holds the opening balance and the net amount of each period. Actuals are designator `A`:
currency type `F` is the functional sum over all currencies; another currency has `S`, in that
currency, and `E`, its functional equivalent. `Q` are quantities, `P` provisional postings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ml_connector_sandbox.sage300._values import Number, plain_number, stored_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ml_connector_sandbox.sage300._records import Company, Row, Table
    from ml_connector_sandbox.sage300.gl._ledger import Ledger

PERIODS = 15
_CARRIED = frozenset("AQ")
"""Designators whose balances are carried forward into the next year."""


class Movement(NamedTuple):
    """Where an amount falls."""

    account: str
    year: str
    period: str
    designator: str
    currency: str
    currency_type: str


class FiscalSets:
    """The company's fiscal sets, open for posting."""

    def __init__(self, company: Company, ledger: Ledger) -> None:
        """Post into `company`'s sets; without the resource, into nothing."""
        self._table = company.find_table("GL", "GLAccountFiscalSets")
        self._ledger = ledger

    def add(self, movements: Mapping[Movement, Number]) -> None:
        """Add amounts to periods, and to the openings of later years already begun.

        Balances of income accounts go on in retained earnings. So the openings of a year are
        what a year-end would make of the years before, however late a posting comes.
        """
        if self._table is None:
            return
        book = _Book(self._table)
        closing: dict[str, str] = {}
        ledger = self._ledger
        carried = [where.year for where in movements if where.designator in _CARRIED]
        if carried and not ledger.current_year:
            ledger.current_year = min(carried)
        for where, amount in movements.items():
            book.add_to_period(where, amount)
            if where.designator not in _CARRIED or where.year >= ledger.current_year:
                continue
            if where.account not in closing:
                closing[where.account] = ledger.accounts.closing_account(where.account)
            _carry(
                book,
                where,
                amount,
                to=closing[where.account],
                years=self._years_after(where.year),
            )

    def begin_year(self, year: str) -> None:
        """Carry every balance of the year before into `year`, as "Create New Year" does.

        Raises:
            ValueError: `year` is not the one after the current one.
        """
        ledger = self._ledger
        if self._table is None:
            return
        if not ledger.current_year or int(year) != int(ledger.current_year) + 1:
            message = f"year {year} does not follow {ledger.current_year or 'any year'}"
            raise ValueError(message)
        book = _Book(self._table)
        for where, balance in list(book.balances(ledger.current_year)):
            target = ledger.accounts.closing_account(where.account)
            _carry(book, where, balance, to=target, years=[year])
        ledger.accounts.close_year(int(ledger.current_year))
        ledger.current_year = year

    def _years_after(self, year: str) -> list[str]:
        """Return the years after `year` that have been begun."""
        return [str(later) for later in range(int(year) + 1, int(self._ledger.current_year) + 1)]


def _carry(book: _Book, where: Movement, amount: Number, *, to: str, years: Iterable[str]) -> None:
    # Retained earnings take over functional amounts only: all else ends with the account.
    if to != where.account and (where.designator, where.currency_type) != ("A", "F"):
        return
    for year in years:
        book.add_to_opening(where._replace(account=to, year=year), amount)


class _Book:
    """The rows of the table, found and changed by where an amount falls."""

    def __init__(self, table: Table) -> None:
        self._table = table
        index = table.resource.index
        self._opening = index["BeginningBalance"]
        self._periods = {
            f"{number:02}": index[f"Period{number:02}NetAmount"] for number in range(1, PERIODS + 1)
        }
        self._activity = index["ActivitySwitch"]
        self._names = (
            "AccountNumber",
            "FiscalSetYear",
            "FiscalSetDesignator",
            "CurrencyCode",
            "CurrencyType",
        )
        self._key = [index[name] for name in self._names]

    def add_to_period(self, where: Movement, amount: Number) -> None:
        row = self._row(where)
        position = self._periods[where.period]
        row[position] = _sum(row[position], amount)
        row[self._activity] = "PeriodsActive"
        self._table.put(row)

    def add_to_opening(self, where: Movement, amount: Number) -> None:
        row = self._row(where)
        row[self._opening] = _sum(row[self._opening], amount)
        if row[self._activity] == "Inactive":
            row[self._activity] = "BalanceForwardActive"
        self._table.put(row)

    def balances(self, year: str) -> Iterable[tuple[Movement, Number]]:
        account, fiscal_year, designator, currency, currency_type = self._key
        amounts = [self._opening, *self._periods.values()]
        for row in self._table.rows_between():
            if row[fiscal_year] != year or row[designator] not in _CARRIED:
                continue
            balance: Number = 0
            for position in amounts:
                balance = _sum(balance, row[position])
            if balance:
                yield (
                    Movement(
                        account=str(row[account]),
                        year=year,
                        period="",
                        designator=str(row[designator]),
                        currency=str(row[currency]),
                        currency_type=str(row[currency_type]),
                    ),
                    balance,
                )

    def _row(self, where: Movement) -> Row:
        parts = (where.account, where.year, where.designator, where.currency, where.currency_type)
        given = dict(zip(self._names, parts, strict=True))
        key = tuple(given[name] for name in self._table.resource.key)
        row = self._table.find(key)
        if row is None:
            row = stored_row(self._table.resource.properties, given)
        return row


def _sum(first: object, second: object) -> Number:
    if not isinstance(first, Number) or not isinstance(second, Number):
        message = f"{first!r} and {second!r} cannot be added"
        raise TypeError(message)
    return plain_number(first + second)
