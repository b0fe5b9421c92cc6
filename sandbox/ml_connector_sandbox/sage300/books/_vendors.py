"""Vendors as records, with balances that follow from their documents (Sage sheet §4.3)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._values import stored_row
from ml_connector_sandbox.sage300.books import _texts
from ml_connector_sandbox.sage300.books._rows import Sheet
from ml_connector_sandbox.sage300.catalog import ap

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._records import Row
    from ml_connector_sandbox.sage300.books._documents import Payable
    from ml_connector_sandbox.sage300.books._history import History
    from ml_connector_sandbox.sage300.books._rows import Late

_DATES = {
    "Invoice": "DateOfLastInvoice",
    "CreditNote": "DateOfLastCreditNote",
    "DebitNote": "DateOfLastDebitNote",
}


@dataclass(slots=True)
class _Account:
    """What one vendor's documents come to."""

    due: int = 0
    functional_due: int = 0
    open_invoices: int = 0
    paid_invoices: int = 0
    last: dict[str, dt.date] = field(default_factory=dict)

    def add(self, document: Payable) -> None:
        self.due += document.open_cents
        self.functional_due += document.open_functional
        if document.kind != "Prepayment":  # the counters are of documents of every other kind
            self.open_invoices += document.open_cents != 0
            self.paid_invoices += document.open_cents == 0
        self._meet("DateOfLastActivity", document.last_activity)
        if document.kind in _DATES:
            self._meet(_DATES[document.kind], document.date)
        if document.check_number:
            self._meet("DateOfLastPayment", document.last_activity)

    def shown(self) -> JsonObject:
        return {
            "BalanceDueInVendorCurrency": _texts.amount(self.due),
            "BalanceDueInFunctionalCurrency": _texts.amount(self.functional_due),
            "NumberOfOpenInvoices": self.open_invoices,
            "NumberOfPaidInvoices": self.paid_invoices,
            **{name: _texts.day(self.last.get(name)) for name in _ALL_DATES},
        }

    def _meet(self, name: str, day: dt.date | None) -> None:
        if day is not None and (name not in self.last or self.last[name] < day):
            self.last[name] = day


_ALL_DATES = ("DateOfLastActivity", "DateOfLastPayment", *_DATES.values())


def vendor_rows(vendors: Sequence[JsonObject], history: Callable[[], History]) -> Iterator[Row]:
    """Yield vendors; history is asked for only when somebody looks at a balance."""

    @cache
    def balances() -> Mapping[str, JsonObject]:
        accounts: dict[str, _Account] = defaultdict(_Account)
        for document in history().payables.documents:
            accounts[document.vendor.number].add(document)
        return {number: account.shown() for number, account in accounts.items()}

    names = list(_Account().shown())
    blank = _Account().shown()

    def late(number: str, name: str) -> Late:
        return lambda: balances().get(number, blank)[name]

    sheet = Sheet(ap.VENDORS)
    properties = ap.VENDORS.properties
    for vendor in vendors:
        number = str(vendor["VendorNumber"])
        stored = stored_row(properties, vendor)
        values = dict(zip((item.name for item in properties), stored, strict=True))
        yield sheet.row(values, **{name: late(number, name) for name in names})
