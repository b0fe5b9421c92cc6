"""Every property we add to what Sage sends; the one place where they are named.

All other property names in records are Sage's own, as the user sees them in `$metadata`.
"""

from __future__ import annotations

from typing import Final

COMPANY: Final = "Company"
"""The company database a record was read from; on every record."""

TRANSACTION_ID: Final = "TransactionId"
"""The identity of one document line, see `tap_sage300.identity`."""

ITEM_CODE: Final = "UnformattedItemNumber"
"""On lines: the code in the item master of the item that the line names, see `item_codes`."""

OUTSTANDING_AMOUNT: Final = "OutstandingAmount"
"""What is still to come: net of discount, without tax and freight, in the order's currency."""

FUNCTIONAL_EXTENDED_COST: Final = "FunctionalExtendedCost"
FUNCTIONAL_TOTAL_TAX: Final = "FunctionalTotalTax"
FUNCTIONAL_TOTAL: Final = "FunctionalTotal"
FUNCTIONAL_OUTSTANDING_AMOUNT: Final = "FunctionalOutstandingAmount"
"""Twins of amounts in the company's own currency; totals add up only these."""

SIGNED_AMOUNT: Final = "SignedAmount"
"""What a payables document charges to an account: net of tax, credit notes negative."""

FUNCTIONAL_AMOUNT: Final = "FunctionalAmount"
"""Twin of `SignedAmount`."""

FUNCTIONAL_DOCUMENT_TOTAL: Final = "FunctionalDocumentTotalIncludingTax"
FUNCTIONAL_TAX_TOTAL: Final = "FunctionalTaxTotal"
"""Twins of a payables document's own totals; unsigned, as Sage keeps them."""

POSTED: Final = "Posted"
"""Whether a payables document is in the books, not merely in a batch."""

COST_CENTER: Final = "CostCenter"
"""The segment of the account that the setting `cost_center_segment` names."""

FROM_PLANNING: Final = "FromPlanning"
"""Whether a posting came from planning, so that a plan does not count it twice."""

DELETED_AT: Final = "_sdc_deleted_at"
"""When we noticed that Sage no longer has the document or the line; null while it has it."""

FISCAL_PERIOD: Final = "FiscalPeriod"
PERIOD_START: Final = "StartDate"
PERIOD_END: Final = "EndDate"
"""`CSFiscalCalendars` keeps a year per record; we keep a period per record."""

ADDITIONS: Final = frozenset(
    {
        COMPANY,
        TRANSACTION_ID,
        ITEM_CODE,
        OUTSTANDING_AMOUNT,
        FUNCTIONAL_EXTENDED_COST,
        FUNCTIONAL_TOTAL_TAX,
        FUNCTIONAL_TOTAL,
        FUNCTIONAL_OUTSTANDING_AMOUNT,
        SIGNED_AMOUNT,
        FUNCTIONAL_AMOUNT,
        FUNCTIONAL_DOCUMENT_TOTAL,
        FUNCTIONAL_TAX_TOTAL,
        POSTED,
        COST_CENTER,
        FROM_PLANNING,
        DELETED_AT,
        FISCAL_PERIOD,
        PERIOD_START,
        PERIOD_END,
    }
)
