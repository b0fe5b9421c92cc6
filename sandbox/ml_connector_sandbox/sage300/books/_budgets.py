"""Budgets: designator 1 of `GLAccountFiscalSets`, for the last year, this one and the next.

There is no other place for them (Sage sheet §4.1: no `GLBudgets`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._rates import FUNCTIONAL_CURRENCY
from ml_connector_sandbox.sage300.books._gl_rows import period_amounts
from ml_connector_sandbox.sage300.books._ledger import CLOSING_PERIOD, PERIODS
from ml_connector_sandbox.sage300.books._rows import Sheet
from ml_connector_sandbox.sage300.catalog import gl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml_connector_sandbox.sage300._records import Row
    from ml_connector_sandbox.sage300.books._history import History

_ROUND = 10_000
"""Budgets are in hundreds."""
_GROWTH_PERCENT = 103


def budget_rows(history: History) -> Iterator[Row]:
    """Yield budgets of income accounts: what the year before came to, and a little more."""
    sheet = Sheet(gl.ACCOUNT_FISCAL_SETS)
    calendar, ledger = history.calendar, history.ledger
    years = calendar.years
    following = str(int(calendar.current) + 1)
    for basis, year in ((years[-3], years[-2]), (years[-2], years[-1]), (years[-2], following)):
        for key, periods in sorted(ledger.movements.get(basis, {}).items()):
            if key.currency_type != "F" or history.accounts[key.account].kind != "IncomeStatement":
                continue
            share = sum(periods[: CLOSING_PERIOD - 1]) * _GROWTH_PERCENT // 100 // calendar.periods
            share -= share % _ROUND
            if not share:
                continue
            months = [share] * calendar.periods + [0] * (PERIODS - calendar.periods)
            yield sheet.row(
                {
                    "AccountNumber": key.account,
                    "FiscalSetYear": year,
                    "FiscalSetDesignator": "1",
                    "CurrencyCode": FUNCTIONAL_CURRENCY,
                    "CurrencyType": "F",
                    **period_amounts(months),
                    "ActivitySwitch": "PeriodsActive",
                }
            )
