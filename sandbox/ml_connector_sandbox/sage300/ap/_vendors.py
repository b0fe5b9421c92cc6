"""What a vendor's record says of its documents: balances, counts, dates (Sage sheet §4.3, I).

These fields move without `DateLastMaintained`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._values import plain_number
from ml_connector_sandbox.sage300.ap._money import ZERO, decimal_of

if TYPE_CHECKING:
    from decimal import Decimal

    from ml_connector_sandbox.sage300._records import Company

_DATE_FIELDS = {
    "Invoice": "DateOfLastInvoice",
    "Interest": "DateOfLastInvoice",
    "DebitNote": "DateOfLastDebitNote",
    "CreditNote": "DateOfLastCreditNote",
    "Payment": "DateOfLastPayment",
    "Prepayment": "DateOfLastPayment",
    "Adjustment": "DateOfLastAdjustment",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class VendorActivity:
    """What one act changes about its vendor."""

    kind: str
    """A document type, or `Adjustment`."""
    day: str
    """When, as stored."""
    amount: Decimal = ZERO
    """What the balance grows by, in vendor currency."""
    functional: Decimal = ZERO
    opened: int = 0
    """How many more documents are open."""


def note_activity(company: Company, vendor: str, activity: VendorActivity) -> None:
    """Write an act into the vendor's statistics; an unknown vendor has none."""
    table = company.find_table("AP", "APVendors")
    row = table.find(vendor) if table is not None else None
    if table is None or row is None:
        return
    changed = list(row)
    index = table.resource.index
    for name, amount in (
        ("BalanceDueInVendorCurrency", activity.amount),
        ("BalanceDueInFunctionalCurrency", activity.functional),
    ):
        changed[index[name]] = plain_number(decimal_of(changed[index[name]]) + amount)
    paid = max(-activity.opened, 0)
    for name, more in (("NumberOfOpenInvoices", activity.opened), ("NumberOfPaidInvoices", paid)):
        changed[index[name]] = int(str(changed[index[name]])) + more
    for name in ("DateOfLastActivity", _DATE_FIELDS[activity.kind]):
        if name in index:
            known = changed[index[name]]
            changed[index[name]] = max(str(known or ""), activity.day)
    table.put(changed)
