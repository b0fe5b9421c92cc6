"""Calculated modules, computed when read and kept until the model changes.

`Commitments`, `Actuals` and `CTL Loads`; sums are exact.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._blueprint import build_loads
from ml_connector_sandbox.anaplan._values import EXACT, add_numbers
from ml_connector_sandbox.anaplan.blueprint._calculations import (
    ACTUALS,
    COMMITMENTS,
    CTL_LOADS,
    FROM_PLANNING,
)
from ml_connector_sandbox.anaplan.blueprint._load import CHECKSUM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox.anaplan._model import Model
    from ml_connector_sandbox.anaplan._values import CellValue

ZERO = Decimal(0)
_ORDER_LINES = "DAT PO Lines"
_POSTINGS = "DAT GL Actuals"

ByVendorMonth = dict[tuple[int, int], Decimal]
"""Amounts by slot of the vendor and position of the month."""
ByAccountCenterMonth = dict[tuple[int, int, int], Decimal]
"""Amounts by slots of account and cost center and position of the month."""


class Calculations:
    """Results of the calculated modules for the model's present revision."""

    def __init__(self, model: Model) -> None:
        """Compute nothing yet."""
        self._model = model
        self._loads = {load.name: load for load in build_loads()}
        self._revision = -1
        self._commitments: ByVendorMonth | None = None
        self._actuals: dict[str, ByAccountCenterMonth] = {}
        """By line item of Actuals."""
        self._totals: dict[tuple[str, str], Decimal] = {}
        """Sums of loaded line items, by module and line item."""

    def total(
        self, place: tuple[str, str], slots: Mapping[str, tuple[int, ...]], months: tuple[int, ...]
    ) -> Decimal:
        """Return a cell of a calculated module, or the sum of those that a total covers.

        A module that a builder has made for a test calculates nothing: all its cells are zero.
        `place` names module and line item; `slots` the items of each of the module's lists.
        """
        module, line_item = place
        if module == CTL_LOADS:
            codes = self._model.lists["Loads"].codes
            return add_numbers(self.load_total(codes[slot], line_item) for slot in slots["Loads"])
        if module == COMMITMENTS:
            by_month = self.commitments()
            return add_numbers(
                by_month.get((vendor, month), ZERO)
                for vendor in slots["Vendors"]
                for month in months
            )
        if module == ACTUALS:
            by_center = self.actuals(line_item)
            return add_numbers(
                by_center.get((account, center, month), ZERO)
                for account in slots["GL Accounts"]
                for center in slots["Cost Centers"]
                for month in months
            )
        return ZERO

    def commitments(self) -> ByVendorMonth:
        """Return outstanding functional amounts of open lines by vendor and month of arrival.

        Open: order type Active, not on hold, not completed, not deleted.
        """
        self._forget_if_stale()
        if self._commitments is None:
            self._commitments = self._sum_commitments()
        return self._commitments

    def actuals(self, line_item: str) -> ByAccountCenterMonth:
        """Return posted functional amounts, all or those from planning, by fiscal period.

        A line without account, cost center or period stands in no cell, as in any sum by items.
        Periods beyond the twelfth (adjustments, closing) count in the last month.
        """
        self._forget_if_stale()
        if line_item not in self._actuals:
            self._actuals[line_item] = self._sum_actuals(only_planned=line_item == FROM_PLANNING)
        return self._actuals[line_item]

    def load_total(self, load_name: str, line_item: str) -> Decimal:
        """Return what `line_item` of `CTL Loads` shows for a load; zero for what it lacks."""
        load = self._loads.get(load_name)
        if load is None:
            return ZERO
        if line_item == "Rows":
            return Decimal(self._model.lists[load.list_name].count)
        if line_item == CHECKSUM:
            return self._sum_column(load.module, CHECKSUM)
        return self._sum_column(load.module, load.amount) if load.amount else ZERO

    def _sum_column(self, module: str, line_item: str) -> Decimal:
        self._forget_if_stale()
        summed = (module, line_item)
        if summed not in self._totals:
            self._totals[summed] = add_numbers(self._model.column(*summed))
        return self._totals[summed]

    def _forget_if_stale(self) -> None:
        if self._revision != self._model.revision:
            self._revision = self._model.revision
            self._commitments = None
            self._actuals.clear()
            self._totals.clear()

    def _columns(self, module: str, *names: str) -> list[list[CellValue]]:
        return [self._model.column(module, name) for name in names]

    def _sum_commitments(self) -> ByVendorMonth:
        months = self._model.calendar
        sums: defaultdict[tuple[int, int], Decimal] = defaultdict(Decimal)
        columns = self._columns(
            _ORDER_LINES,
            *("Functional Outstanding", "Order Type", "On Hold", "Completed", "Deleted"),
            *("Vendor", "Expected Arrival Date"),
        )
        month_of_day: dict[object, int | None] = {None: None}
        for amount, order_type, held, completed, deleted, vendor, day in zip(*columns, strict=True):
            if not amount or order_type != "Active" or held or completed or deleted:
                continue
            if day not in month_of_day:
                month_of_day[day] = months.find_month(day)
            month = month_of_day[day]
            if month is not None and isinstance(vendor, int) and isinstance(amount, Decimal):
                key = (vendor, month)
                sums[key] = EXACT.add(sums[key], amount)
        return dict(sums)

    def _sum_actuals(self, *, only_planned: bool) -> ByAccountCenterMonth:
        calendar = self._model.calendar
        sums: defaultdict[tuple[int, int, int], Decimal] = defaultdict(Decimal)
        columns = self._columns(
            _POSTINGS,
            *("Functional Amount", "GL Account", "Cost Center", "Fiscal Year", "Fiscal Period"),
            "From Planning",
        )
        month_of_period: dict[tuple[CellValue, CellValue], int | None] = {}
        for amount, account, center, year, period, planned in zip(*columns, strict=True):
            if not amount or (only_planned and not planned):
                continue
            if (year, period) not in month_of_period:
                month_of_period[year, period] = calendar.find_fiscal_month(year, period)
            month = month_of_period[year, period]
            if month is None or not isinstance(amount, Decimal):
                continue
            if isinstance(account, int) and isinstance(center, int):
                key = (account, center, month)
                sums[key] = EXACT.add(sums[key], amount)
        return dict(sums)
