"""Whether the builder's formulas add up the model's own lines: Commitments and Actuals.

Totals and parents stand beside months and items in a default view (Anaplan sheet §7.2). Only months
are added up, and only for items that lines name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ml_connector_command.reconciling._areas import LEDGER, ORDERS, ZERO, read_number
from ml_connector_command.reconciling._spool import is_same

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from target_anaplan import FreshModel

    from ml_connector_command.reconciling._spool import GroupPair

Key = tuple[str, ...]

TIME: Final = "Time"
_MONTHS: Final = [
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
]
_MONTH: Final = re.compile(rf"({'|'.join(_MONTHS)}) (\d\d)")
_YEAR: Final = re.compile(r"FY(\d\d)")


@dataclass(frozen=True, kw_only=True)
class Formula:
    """A calculated module: what it should hold, by which dimensions."""

    module: str
    line_item: str
    dimensions: tuple[str, ...]
    has_months: bool
    """Whether lines say their month, or only their fiscal period."""


@dataclass(frozen=True, kw_only=True)
class FormulaDifference:
    """Cells of a calculated module that are not what the model's own lines add up to."""

    module: str
    key: Key
    lines: Decimal
    found: Decimal


FORMULAS: Final = {
    ORDERS.name: Formula(
        module="Commitments",
        line_item="Functional Outstanding",
        dimensions=("Vendors",),
        has_months=True,
    ),
    LEDGER.name: Formula(
        module="Actuals",
        line_item="Functional Amount",
        dimensions=("GL Accounts", "Cost Centers"),
        has_months=False,
    ),
}


def check_formula(
    formula: Formula, groups: Iterable[GroupPair], model: FreshModel, *, company: str | None
) -> list[FormulaDifference]:
    """Compare a calculated module with the model's own lines, the largest difference first.

    `company` is what stands before the codes of a model of several companies.
    """
    cells, periods = _read_cells(formula, model, company)
    sums = _add_lines(formula, groups, periods)
    named = {key[: len(formula.dimensions)] for key in sums}
    keys = set(sums) | {key for key in cells if key[: len(formula.dimensions)] in named}
    found = [
        FormulaDifference(
            module=formula.module,
            key=key,
            lines=sums.get(key, ZERO),
            found=cells.get(key, ZERO),
        )
        for key in sorted(keys)
        if not is_same(sums.get(key, ZERO), cells.get(key, ZERO))
    ]
    return sorted(found, key=lambda one: abs(one.lines - one.found), reverse=True)


def _read_cells(
    formula: Formula, model: FreshModel, company: str | None
) -> tuple[Mapping[Key, Decimal], frozenset[str]]:
    """Return what the months hold, and which months, or fiscal years, there are."""
    cells: dict[Key, Decimal] = {}
    periods: set[str] = set()
    for row in model.read_module(formula.module):
        label = row[TIME]
        year = _YEAR.fullmatch(label)
        if year and not formula.has_months:
            periods.add(f"20{year[1]}")
        parts = _MONTH.fullmatch(label)
        if parts is None:
            continue
        month = f"20{parts[2]}-{_MONTHS.index(parts[1]) + 1:02d}"
        amount = read_number(row[formula.line_item])
        if formula.has_months:
            periods.add(month)
        if amount:
            key = tuple(row[name].removeprefix(f"{company}:") for name in formula.dimensions)
            key = (*key, month) if formula.has_months else key
            cells[key] = cells.get(key, ZERO) + amount
    return cells, frozenset(periods)


def _add_lines(
    formula: Formula, groups: Iterable[GroupPair], periods: frozenset[str]
) -> Mapping[Key, Decimal]:
    sums: dict[Key, Decimal] = {}
    for pair in groups:
        period = pair.group[len(formula.dimensions)]
        key = pair.group[: len(formula.dimensions)]
        # What lies outside the model's calendar, or has no item, stands in no cell.
        if period not in periods or not all(key):
            continue
        amount = pair.anaplan.second if formula.has_months else pair.anaplan.amount
        key = (*key, period) if formula.has_months else key
        sums[key] = sums.get(key, ZERO) + amount
    return sums
