"""Balances of accounts: which of Sage's fiscal sets are wanted, and which years a run reads.

`GLAccountFiscalSets` holds a year of an account per designator and currency: actuals (A), budgets
(1 to 5, which have no other place), quantities, provisional postings (Sage sheet §4.1, §4.2, M).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ml_connector.errors import SettingError

from tap_sage300.filters import Clause, Comparison

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

SETTING: Final = "balances"
DESIGNATORS: Final = ("A", "1", "2", "3", "4", "5")
YEAR: Final = "FiscalSetYear"
DESIGNATOR: Final = "FiscalSetDesignator"


def parse_designators(value: object) -> frozenset[str]:
    """Return the designators wanted, all of them by default.

    Raises:
        SettingError: one is neither actuals nor a budget.
    """
    if value is None:
        return frozenset(DESIGNATORS)
    wanted = value if isinstance(value, list) else [value]
    found = [find_designator(one) for one in wanted]
    if not found or not set(found) <= set(DESIGNATORS):
        raise SettingError(
            SETTING,
            value,
            "is not a list of fiscal sets",
            remedy="Name A for actuals and 1 to 5 for budgets, for example [A, 1].",
        )
    return frozenset(found)


def find_designator(value: object) -> str:
    """Return a designator's letter or digit, whether the server spells it `1` or `Budget1`."""
    text = str(value if value is not None else "").strip().upper()
    number = re.search(r"\d$", text)
    return number[0] if number else text[:1]


def plan_windows(
    periods: Iterable[Mapping[str, object]], *, name: str, is_sweep: bool
) -> Iterator[Clause]:
    """Yield a window for each fiscal year to read; years the calendar does not have come as well.

    A run reads the years that are open, and those after the calendar's last, which may have a
    budget; a sweep reads all. `name` is the server's spelling of the year.
    """
    is_open = {str(one["FiscalYear"]): bool(one["Active"]) for one in periods}
    years = sorted(is_open)
    if not years:
        yield ()
        return
    if is_sweep:
        yield (Comparison(name, "lt", years[0]),)
    yield from ((Comparison(name, "eq", year),) for year in years if is_sweep or is_open[year])
    yield (Comparison(name, "gt", years[-1]),)
