"""Tables of the generated company's books, each filled when somebody first looks into it."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._records import Table
from ml_connector_sandbox.sage300._values import stored_row
from ml_connector_sandbox.sage300.books._ap_payment_rows import PaymentRows
from ml_connector_sandbox.sage300.books._ap_rows import APRows
from ml_connector_sandbox.sage300.books._budgets import budget_rows
from ml_connector_sandbox.sage300.books._calendar import Calendar
from ml_connector_sandbox.sage300.books._gl_rows import GLRows
from ml_connector_sandbox.sage300.books._history import History, Past
from ml_connector_sandbox.sage300.books._po_rows import PORows
from ml_connector_sandbox.sage300.books._setup_rows import SetupRows
from ml_connector_sandbox.sage300.books._vendors import vendor_rows
from ml_connector_sandbox.sage300.catalog import RESOURCES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._records import Row

Path = tuple[str, str]


class Books:
    """The books of one company; history happens when it is first asked about."""

    def __init__(self, past: Past, *, company: str) -> None:
        """Remember what history starts from."""
        self._past = past
        self._company = company

    def tables(self) -> list[Table]:
        """Return the tables, of those resources that the catalog has; none is filled yet."""
        told: dict[Path, Callable[[], Iterable[Row]]] = {
            path: partial(make, self) for path, make in _TOLD.items()
        }
        return [
            Table(RESOURCES[path], _Chapter(make))
            for path, make in {**self._setup_chapters(), **told}.items()
            if path in RESOURCES
        ]

    @cached_property
    def history(self) -> History:
        """What happened: made once, by whoever asks first."""
        return History(self._past)

    def _setup_chapters(self) -> dict[Path, Callable[[], Iterable[Row]]]:
        calendar = Calendar(self._past.today, periods=self._past.fiscal_periods)
        setup = SetupRows(self._past.book, calendar)
        records: dict[Path, Callable[[], Iterator[JsonObject]]] = {
            ("GL", "GLAccounts"): setup.accounts,
            ("GL", "GLAccountGroups"): setup.account_groups,
            ("GL", "GLSegmentCodes"): setup.segment_codes,
            ("GL", "GLSourceCodes"): setup.source_codes,
            ("AP", "APAccountSets"): setup.account_sets,
            ("AP", "APTerms"): setup.terms,
            ("AP", "APDistributionCodes"): setup.distribution_codes,
            ("CS", "CSCurrencyRates"): setup.currency_rates,
            ("IC", "ICCategories"): setup.categories,
            ("IC", "ICLocations"): setup.locations,
            ("IC", "ICItems"): setup.items,
            ("IC", "ICLocationDetails"): setup.location_details,
        }
        return {path: _stored(path, make) for path, make in records.items()}

    def vendors(self) -> Iterator[Row]:
        """Yield vendors; history happens when a balance is looked at."""
        return vendor_rows(self._past.vendors, lambda: self.history)

    def fiscal_sets(self) -> Iterator[Row]:
        """Yield actuals and budgets."""
        yield from self.gl.fiscal_sets()
        yield from budget_rows(self.history)

    @cached_property
    def po(self) -> PORows:
        """Purchase orders: what followed from them."""
        return PORows(self.history.purchases, self.history.calendar)

    @cached_property
    def ap(self) -> APRows:
        """Payables: invoices and posted documents."""
        groups = {str(one["VendorNumber"]): str(one["GroupCode"]) for one in self._past.vendors}
        return APRows(self.history.payables, self.history.calendar, groups=groups)

    @cached_property
    def payments(self) -> PaymentRows:
        """Payables: payments and adjustments."""
        return PaymentRows(self.history.payables, self.history.calendar)

    @cached_property
    def gl(self) -> GLRows:
        """The General Ledger."""
        history = self.history
        return GLRows(history.ledger, accounts=history.accounts, company=self._company)


class _Chapter:
    """Rows that are made when they are first asked for."""

    def __init__(self, make: Callable[[], Iterable[Row]]) -> None:
        self._make = make

    def __iter__(self) -> Iterator[Row]:
        return iter(self._make())


def _stored(path: Path, make: Callable[[], Iterator[JsonObject]]) -> Callable[[], Iterable[Row]]:
    return lambda: (stored_row(RESOURCES[path].properties, record) for record in make())


_TOLD: Mapping[Path, Callable[[Books], Iterable[Row]]] = {
    ("AP", "APVendors"): lambda books: books.vendors(),
    ("PO", "POGetReceipts"): lambda books: books.po.receipts(),
    ("PO", "POInvoices"): lambda books: books.po.invoices(),
    ("PO", "POReturns"): lambda books: books.po.returns(),
    ("PO", "POCreditDebitNotes"): lambda books: books.po.credit_notes(),
    ("AP", "APInvoiceBatches"): lambda books: books.ap.invoice_batches(),
    ("AP", "APPostedDocuments"): lambda books: books.ap.posted_documents(),
    ("AP", "APPaymentAndAdjustmentBatches"): lambda books: books.payments.batches(),
    ("AP", "APPostedPayments"): lambda books: books.payments.posted_payments(),
    ("GL", "GLJournalBatches"): lambda books: books.gl.batches(),
    ("GL", "GLPostedTransactions"): lambda books: books.gl.transactions(),
    ("GL", "GLPostingJournalDetails"): lambda books: books.gl.journals(),
    ("GL", "GLAccountFiscalSets"): lambda books: books.fiscal_sets(),
}
"""Resources whose records history tells."""
