"""Calculated modules: `Commitments` and `CTL Loads`, computed when read, kept until a change."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._values import EXACT

if TYPE_CHECKING:
    from ml_connector_sandbox.anaplan._model import Model

ZERO = Decimal(0)
_LISTS_BY_LOAD = {
    "vendor_groups": "Vendor Groups",
    "vendors": "Vendors",
    "purchase_order_lines": "PO Lines",
}
_LINES = "DAT PO Lines"
_SUMMED = {
    ("purchase_order_lines", "Amount"): (_LINES, "Functional Amount"),
    ("purchase_order_lines", "Checksum"): (_LINES, "Checksum"),
    ("vendors", "Checksum"): ("SYS Vendors", "Checksum"),
    ("vendor_groups", "Checksum"): ("SYS Vendor Groups", "Checksum"),
}
"""What `CTL Loads` adds up, by load and its line item: a module and a loaded line item of it."""

ByVendorMonth = dict[tuple[int, int], Decimal]
"""Amounts by slot of the vendor and position of the month."""


class Calculations:
    """Results of the calculated modules for the model's present revision."""

    def __init__(self, model: Model) -> None:
        """Compute nothing yet."""
        self._model = model
        self._revision = -1
        self._commitments: ByVendorMonth | None = None
        self._totals: dict[tuple[str, str], Decimal] = {}
        """Sums of loaded line items, by module and line item."""

    def commitments(self) -> ByVendorMonth:
        """Return outstanding functional amounts of open lines by vendor and month of arrival.

        Open: order type Active, not on hold, not completed, not deleted.
        """
        self._forget_if_stale()
        if self._commitments is None:
            self._commitments = self._sum_commitments()
        return self._commitments

    def load_rows(self, load: str) -> Decimal:
        """Return how many items the list fed by `load` holds."""
        list_name = _LISTS_BY_LOAD.get(load)
        return Decimal(self._model.lists[list_name].count) if list_name else ZERO

    def load_total(self, load: str, line_item: str) -> Decimal:
        """Return the sum that `line_item` of `CTL Loads` shows for `load`; zero if it has none."""
        summed = _SUMMED.get((load, line_item))
        if summed is None:
            return ZERO
        self._forget_if_stale()
        if summed not in self._totals:
            total = ZERO
            for value in self._model.column(*summed):
                if isinstance(value, Decimal):
                    total = EXACT.add(total, value)
            self._totals[summed] = total
        return self._totals[summed]

    def _forget_if_stale(self) -> None:
        if self._revision != self._model.revision:
            self._revision = self._model.revision
            self._commitments = None
            self._totals.clear()

    def _sum_commitments(self) -> ByVendorMonth:
        model = self._model
        months = model.calendar
        sums: defaultdict[tuple[int, int], Decimal] = defaultdict(Decimal)
        columns = [
            model.column(_LINES, name)
            for name in (
                *("Functional Outstanding", "Order Type", "On Hold", "Completed", "Deleted"),
                *("Vendor", "Expected Arrival Date"),
            )
        ]
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
