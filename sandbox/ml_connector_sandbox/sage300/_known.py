"""What the company's planners know of it: vendors, accounts one may post to, open invoices."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from ml_connector_sandbox._books import Books, KnownInvoice, KnownVendor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml_connector_sandbox.sage300._records import Company

_VENDORS_MAX = 40
_INVOICES_MAX = 20
_INVOICES_LOOKED_AT = 500
_LIABILITY = "2"

_Record = dict[str, object]


def read_books(company: Company, *, with_invoices: bool) -> Books:
    """Return names of records that exist now; what the company does not keep has a stand-in.

    Invoices are looked for later, and only where asked: making a large company's takes its time.
    """
    blank = Books()
    accounts = [one for one in _records(company, "GL", "GLAccounts") if _takes_postings(one)]
    spending = [one for one in accounts if one.get("NormalBalanceDRCR", "Debit") == "Debit"]
    expenses = _numbers(spending, "IncomeStatement")
    accruals = [one for one in _numbers(accounts, "BalanceSheet") if one.startswith(_LIABILITY)]
    profile = next(_records(company, "CS", "CSCompanyProfile"), {})

    def find_invoices() -> tuple[KnownInvoice, ...]:
        wanted = _INVOICES_MAX if with_invoices else 0
        return tuple(itertools.islice(_open_invoices(company), wanted))

    return Books(
        company=company.database_id,
        currency=str(profile.get("FunctionalCurrency") or blank.currency),
        vendors=tuple(itertools.islice(_active_vendors(company), _VENDORS_MAX)) or blank.vendors,
        expense_accounts=tuple(expenses) or blank.expense_accounts,
        accrual_accounts=tuple(accruals or expenses) or blank.accrual_accounts,
        find_invoices=find_invoices,
    )


def _takes_postings(account: _Record) -> bool:
    return (
        account.get("Status", "Active") == "Active"
        and account.get("PostToAccount", "Detail") == "Detail"
        and account.get("ControlAccount", "No") == "No"
    )


def _numbers(accounts: list[_Record], kind: str) -> list[str]:
    return [
        str(one["UnformattedAccount"]) for one in accounts if one.get("AccountType", kind) == kind
    ]


def _active_vendors(company: Company) -> Iterator[KnownVendor]:
    for record in _records(company, "AP", "APVendors"):
        if record.get("Status", "Active") == "Active":
            currency = str(record.get("CurrencyCode", ""))
            yield KnownVendor(number=str(record["VendorNumber"]), currency=currency)


def _open_invoices(company: Company) -> Iterator[KnownInvoice]:
    records = _records(company, "AP", "APPostedDocuments")
    for record in itertools.islice(records, _INVOICES_LOOKED_AT):
        if record.get("DocumentType") == "Invoice" and record.get("FullyPaid", "No") == "No":
            document = str(record["DocumentNumber"])
            yield KnownInvoice(vendor=str(record["VendorNumber"]), document=document)


def _records(company: Company, module: str, name: str) -> Iterator[_Record]:
    table = company.find_table(module, name)
    if table is None:
        return
    names = [item.name for item in table.resource.properties]
    for row in table.rows_between():
        yield dict(zip(names, row, strict=True))
