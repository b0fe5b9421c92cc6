"""A/P account sets of the generated company: one for each currency it buys in (Sage sheet §4.3).

A vendor's set is in the vendor's currency, and every set has a payables control account of its
own, so that what is owed in a currency is one account of the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass

from ml_connector_sandbox.sage300._rates import FUNCTIONAL_CURRENCY


@dataclass(frozen=True, kw_only=True)
class AccountSet:
    """One account set, as far as sets differ; the other accounts are the same in all of them."""

    code: str
    description: str
    currency: str
    payables: str
    """The payables control account."""
    payables_description: str


TRADE = AccountSet(
    code="TRADE",
    description="Trade payables",
    currency=FUNCTIONAL_CURRENCY,
    payables="2000",
    payables_description="Accounts payable",
)
ACCOUNT_SETS = (
    TRADE,
    AccountSet(
        code="TRADUS",
        description="Trade payables, US dollars",
        currency="USD",
        payables="2010",
        payables_description="Accounts payable, US dollars",
    ),
    AccountSet(
        code="TRADEU",
        description="Trade payables, euros",
        currency="EUR",
        payables="2020",
        payables_description="Accounts payable, euros",
    ),
)
_BY_CURRENCY = {one.currency: one for one in ACCOUNT_SETS}


def account_set_of(currency: str) -> AccountSet:
    """Return the set of vendors that are paid in `currency`."""
    return _BY_CURRENCY[currency]
