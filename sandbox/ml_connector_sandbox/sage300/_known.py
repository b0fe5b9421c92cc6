"""What the company's planners know of it: vendors, accounts one may post to, open invoices.

Only the values needed are looked at: others, such as balances, make the company's whole history.
"""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING

from ml_connector_sandbox._books import Books, KnownInvoice, KnownVendor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Receive, Scope, Send

    from ml_connector_sandbox.sage300._records import Company

_VENDORS_MAX = 40
_INVOICES_MAX = 20
_INVOICES_LOOKED_AT = 500
_LIABILITY = "2"
_ACCOUNT = (
    *("UnformattedAccount", "AccountType", "NormalBalanceDRCR", "Status", "PostToAccount"),
    *("ControlAccount", "Multicurrency", "SpecificCurrency"),
)
_TAKES_POSTINGS = ("Active", "Detail", "No")
_TAKES_CURRENCIES = ("Yes", "AllCurrencies")


def read_books(company: Company) -> Books:
    """Return names of records that exist now; what the company does not keep has a stand-in."""
    blank = Books()
    accounts = list(_values(company, "GL", "GLAccounts", _ACCOUNT))
    open_accounts = [one for one in accounts if tuple(one[3:6]) == _TAKES_POSTINGS]
    expenses = [one[0] for one in open_accounts if one[1:3] == ["IncomeStatement", "Debit"]]
    liabilities = [
        one for one in open_accounts if one[1] == "BalanceSheet" and one[0].startswith(_LIABILITY)
    ]
    accruals = [one[0] for one in liabilities]
    any_currency = [one[0] for one in liabilities if tuple(one[6:]) == _TAKES_CURRENCIES]
    currencies = _values(company, "CS", "CSCompanyProfile", ("FunctionalCurrency",))
    return Books(
        company=company.database_id,
        currency=next((one for (one,) in currencies if one), blank.currency),
        vendors=tuple(itertools.islice(_active_vendors(company), _VENDORS_MAX)) or blank.vendors,
        expense_accounts=tuple(expenses) or blank.expense_accounts,
        accrual_accounts=tuple(accruals or expenses) or blank.accrual_accounts,
        multicurrency_accruals=tuple(any_currency or expenses) or blank.multicurrency_accruals,
    )


def find_open_invoices(company: Company) -> tuple[KnownInvoice, ...]:
    """Return some posted invoices that are not paid; makes the company's history."""
    names = ("VendorNumber", "DocumentNumber", "DocumentType", "FullyPaid")
    documents = _values(company, "AP", "APPostedDocuments", names)
    found = (
        KnownInvoice(vendor=vendor, document=document)
        for vendor, document, kind, paid in itertools.islice(documents, _INVOICES_LOOKED_AT)
        if (kind, paid) == ("Invoice", "No")
    )
    return tuple(itertools.islice(found, _INVOICES_MAX))


class OneAtATime:
    """The server's application, which works while nobody else reads the company.

    The other server reads it from a thread of its own, and records are made while they are read.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Guard `app` with a lock of its own."""
        self.lock = threading.RLock()
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self.lock:  # requests of one thread do not wait for one another
            await self._app(scope, receive, send)


def _active_vendors(company: Company) -> Iterator[KnownVendor]:
    names = ("VendorNumber", "CurrencyCode", "Status")
    for number, currency, status in _values(company, "AP", "APVendors", names):
        if status == "Active":
            yield KnownVendor(number=number, currency=currency)


def _values(
    company: Company, module: str, name: str, properties: tuple[str, ...]
) -> Iterator[list[str]]:
    table = company.find_table(module, name)
    if table is None or any(one not in table.resource.index for one in properties):
        return
    indexes = [table.resource.index[one] for one in properties]
    for row in table.rows_between():
        yield [str(row[index]) for index in indexes]
