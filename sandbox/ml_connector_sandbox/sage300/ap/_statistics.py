"""`APVendorStatistics`: what was done with a vendor in each period (Sage sheet §4.1, M)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._values import plain_number, stored_row
from ml_connector_sandbox.sage300.ap._money import decimal_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from ml_connector_sandbox.sage300._records import Company
    from ml_connector_sandbox.sage300.ap._journal import Origin

NAME = "APVendorStatistics"

_KINDS: Mapping[str, str] = {
    "Invoice": "Invoice",
    "Interest": "Invoice",
    "DebitNote": "DebitNote",
    "CreditNote": "CreditNote",
    "Payment": "Payment",
    "Prepayment": "Payment",
    "Adjustment": "Adjustment",
}
"""Which columns a document counts in; what is not here has no vendor."""


def count_in(
    company: Company, origin: Origin, *, kind: str, amount: Decimal, functional: Decimal
) -> None:
    """Count a document, payment or adjustment in, where the company has the resource.

    Args:
        company: Whose vendor.
        origin: Vendor, fiscal year and period.
        kind: A document type, or `Adjustment`.
        amount: In vendor currency.
        functional: The same in functional currency.
    """
    table = company.find_table("AP", NAME)
    column = _KINDS.get(kind)
    if table is None or column is None:
        return
    resource = table.resource
    key = (origin.vendor, origin.year, origin.period)
    found = table.find(key)
    keys = dict(zip(resource.key, key, strict=True))
    row = list(found) if found is not None else stored_row(resource.properties, keys)
    for name, added in (
        (f"NumberOf{column}s", 1),
        (f"{column}AmountInVendorCurrency", amount),
        (f"{column}AmountInFuncCurrency", functional),
    ):
        position = resource.index[name]
        row[position] = plain_number(decimal_of(row[position]) + added)
    table.put(row)
