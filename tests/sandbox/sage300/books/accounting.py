"""An auditor of a company's records: whatever does not agree is said in a sentence.

Every check compares what two or more resources say about the same money or goods. It knows the
records alone, not how they came about.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Record = dict[str, Any]

PERIODS = [f"{number:02}" for number in range(1, 16)]
CLEARING = "2050"
_ZERO = Decimal(0)


@dataclass(frozen=True)
class Set:
    """One fiscal set, as far as it is compared."""

    opening: Decimal
    periods: tuple[Decimal, ...]

    @property
    def closing(self) -> Decimal:
        return self.opening + sum(self.periods)


class Auditor:
    """Compares records; `read` returns all records of a resource, details as lists."""

    def __init__(self, read: Callable[[str], list[Record]]) -> None:
        self._read = read
        self._known: dict[str, list[Record]] = {}

    def records(self, name: str) -> list[Record]:
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def problems(self) -> list[str]:
        return [problem for check in _CHECKS for problem in check(self)]

    @cached_property
    def functional(self) -> str:
        return str(self.records("CSCompanyProfile")[0]["FunctionalCurrency"])

    @cached_property
    def sets(self) -> dict[tuple[str, str, str, str], Set]:
        """Actuals by account, year, currency and currency type."""
        return {
            (
                one["AccountNumber"],
                one["FiscalSetYear"],
                one["CurrencyCode"],
                one["CurrencyType"],
            ): Set(
                Decimal(one["BeginningBalance"]),
                tuple(Decimal(one[f"Period{period}NetAmount"]) for period in PERIODS),
            )
            for one in self.records("GLAccountFiscalSets")
            if one["FiscalSetDesignator"] == "A"
        }

    @cached_property
    def years(self) -> list[str]:
        return sorted({year for _, year, _, _ in self.sets})

    @cached_property
    def posted_years(self) -> set[str]:
        """Years whose transactions were not cleared."""
        return {one["FiscalYear"] for one in self.records("GLPostedTransactions")}

    @cached_property
    def account_types(self) -> dict[str, str]:
        return {one["UnformattedAccount"]: one["AccountType"] for one in self.records("GLAccounts")}

    def balance(self, account: str) -> Decimal:
        """The functional balance of an account today."""
        found = self.sets.get((account, self.years[-1], self.functional, "F"))
        return found.closing if found else _ZERO

    def functional_sets(self) -> Iterator[tuple[str, str, Set]]:
        for (account, year, _, kind), one in self.sets.items():
            if kind == "F":
                yield account, year, one


def check_trial_balance(books: Auditor) -> Iterator[str]:
    """Openings and every period of every year come to zero in functional currency."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for _, year, one in books.functional_sets():
        sums[year, "opening"] += one.opening
        for period, amount in zip(PERIODS, one.periods, strict=True):
            sums[year, period] += amount
    for (year, period), total in sums.items():
        if total:
            yield f"trial balance of {year}-{period} is {total}"


def check_openings(books: Auditor) -> Iterator[str]:
    """A year begins with what the year before ended with, income closed to retained earnings."""
    kinds = books.account_types
    for before, year in zip(books.years, books.years[1:], strict=False):
        ends: dict[str, Decimal] = defaultdict(Decimal)
        earnings = next(name for name, kind in kinds.items() if kind == "RetainedEarnings")
        for account, its_year, one in books.functional_sets():
            if its_year == before:
                income = kinds[account] == "IncomeStatement"
                ends[earnings if income else account] += one.closing
        for account, its_year, one in books.functional_sets():
            if its_year == year and one.opening != ends.pop(account, _ZERO):
                yield f"{account} begins {year} with {one.opening}"
        yield from (f"{account} lost {end} after {before}" for account, end in ends.items() if end)


def check_transactions(books: Auditor) -> Iterator[str]:
    """Fiscal sets are the sums of posted transactions, in each currency, where not cleared."""
    found: dict[tuple[str, str, str, str, str], Decimal] = defaultdict(Decimal)
    for one in books.records("GLPostedTransactions"):
        place = one["AccountNumber"], one["FiscalYear"]
        period, currency = one["FiscalPeriod"], one["SourceCurrencyCode"]
        amount = Decimal(one["JournalTransactionAmount"])
        found[(*place, books.functional, "F", period)] += amount
        if currency == books.functional and amount != one["SourceCurrencyAmount"]:
            yield f"{place}: {amount} is {one['SourceCurrencyAmount']} of the same currency"
        if currency != books.functional:
            found[(*place, currency, "E", period)] += amount
            found[(*place, currency, "S", period)] += Decimal(one["SourceCurrencyAmount"])
    for (account, year, currency, kind), balances in books.sets.items():
        if year in books.posted_years:
            for period, amount in zip(PERIODS, balances.periods, strict=True):
                posted = found.pop((account, year, currency, kind, period), _ZERO)
                if posted != amount:
                    yield f"{account} {year}-{period} {currency} {kind}: {amount}, posted {posted}"
    yield from (f"no set for {key}" for key, amount in found.items() if amount)


def check_account_sets(books: Auditor) -> Iterator[str]:
    """What is in a currency has the account set of that currency; every set controls its own."""
    sets = {one["AccountSetCode"]: one for one in books.records("APAccountSets")}
    if len({one["PayablesControlAccount"] for one in sets.values()}) < len(sets):
        yield "account sets share a payables control account"
    currencies = {code: one["CurrencyCodeForAccount"] for code, one in sets.items()}
    for name, set_field, currency_field in _WITH_ACCOUNT_SETS:
        for one in books.records(name):
            if currencies.get(one[set_field]) != one[currency_field]:
                yield f"{name} in {one[currency_field]} has account set {one[set_field]}"
    for batch in books.records("APInvoiceBatches"):
        for one in batch["Invoices"]:
            if currencies.get(one["AccountSet"]) != one["CurrencyCode"]:
                yield f"{one['DocumentNumber']} in {one['CurrencyCode']} has {one['AccountSet']}"


def check_payables_control(books: Auditor) -> Iterator[str]:
    """Open documents of each account set are what its own accounts hold, in functional currency.

    What a control account holds of the set's own currency is what they leave open of it.
    """
    sets = {one["AccountSetCode"]: one for one in books.records("APAccountSets")}
    due = {one[name]: _ZERO for one in sets.values() for name in _CONTROL_ACCOUNTS}
    foreign: dict[tuple[str, str], Decimal] = {
        (one["PayablesControlAccount"], one["CurrencyCodeForAccount"]): _ZERO
        for one in sets.values()
        if one["CurrencyCodeForAccount"] != books.functional
    }
    for one in books.records("APPostedDocuments"):
        is_prepaid = one["DocumentType"] == "Prepayment"
        account = sets[one["AccountSet"]][_CONTROL_ACCOUNTS[is_prepaid]]
        due[account] += Decimal(one["FunctionalCurrencyAmountDue"])
        if (account, one["CurrencyCode"]) in foreign:
            foreign[account, one["CurrencyCode"]] += Decimal(one["VendorCurrencyAmountDue"])
    for account, owed in due.items():
        if owed != -books.balance(account):
            yield f"documents owe {owed}, {account} holds {-books.balance(account)}"
    for (account, currency), owed in foreign.items():
        one_set = books.sets.get((account, books.years[-1], currency, "S"))
        held = -one_set.closing if one_set else _ZERO
        if owed != held:
            yield f"documents owe {owed} {currency}, {account} holds {held}"


def check_vendor_balances(books: Auditor) -> Iterator[str]:
    """A vendor's balance is what its documents leave open."""
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [_ZERO, _ZERO, _ZERO])
    for one in books.records("APPostedDocuments"):
        mine = sums[one["VendorNumber"]]
        mine[0] += Decimal(one["VendorCurrencyAmountDue"])
        mine[1] += Decimal(one["FunctionalCurrencyAmountDue"])
        mine[2] += bool(one["VendorCurrencyAmountDue"]) and one["DocumentType"] != "Prepayment"
    for vendor in books.records("APVendors"):
        shown = [
            Decimal(vendor[name])
            for name in (
                "BalanceDueInVendorCurrency",
                "BalanceDueInFunctionalCurrency",
                "NumberOfOpenInvoices",
            )
        ]
        if shown != sums[vendor["VendorNumber"]]:
            yield f"{vendor['VendorNumber']} shows {shown}, owes {sums[vendor['VendorNumber']]}"


def check_posted_documents(books: Auditor) -> Iterator[str]:
    """A posted document is the invoice of its posted batch; what is open is no more than it."""
    invoices = {
        (one["VendorNumber"], one["DocumentNumber"]): one
        for batch in books.records("APInvoiceBatches")
        if batch["BatchStatus"] == "Posted"
        for one in batch["Invoices"]
        if not one["ErrorBatch"]
    }
    for one in books.records("APPostedDocuments"):
        total, due = one["VendorCurrencyInvoiceAmount"], one["VendorCurrencyAmountDue"]
        if not min(total, 0) <= due <= max(total, 0):
            yield f"{one['DocumentNumber']} of {total} leaves {due} open"
        if (one["FullyPaid"] == "Yes") is not (due == 0):
            yield f"{one['DocumentNumber']} is paid: {one['FullyPaid']}, {due} open"
        if one["DocumentType"] in {"Prepayment", "Payment"}:
            continue
        invoice = invoices.get((one["VendorNumber"], one["DocumentNumber"]))
        if invoice is None or invoice["DocumentTotalIncludingTax"] != abs(total):
            yield f"{one['DocumentNumber']} is not what its batch says"


def check_invoice_batches(books: Auditor) -> Iterator[str]:
    """Batches are the sums of their documents, documents of their lines and tax."""
    for batch in books.records("APInvoiceBatches"):
        invoices = batch["Invoices"]
        number = batch["BatchNumber"]
        total = sum((_owed(one) for one in invoices), _ZERO)
        if (len(invoices), total) != (batch["NumberOfEntries"], batch["BatchTotal"]):
            yield f"A/P batch {number} comes to {total}, says {batch['BatchTotal']}"
        for one in invoices:
            net = _total(one["InvoiceDetails"], "DistributedAmountBeforeTaxes")
            if net + one["TaxTotal"] != one["DocumentTotalIncludingTax"]:
                yield f"A/P batch {number}: {one['DocumentNumber']} is not the sum of its lines"
            if _total(one["InvoicePaymentSchedules"], "AmountDue") != one["AmountDue"]:
                yield f"A/P batch {number}: {one['DocumentNumber']} is not its schedule"


def check_journal_batches(books: Auditor) -> Iterator[str]:
    """Batches are the sums of their entries, entries of their lines; posted ones balance."""
    for batch in books.records("GLJournalBatches"):
        headers, number = batch["JournalHeaders"], batch["BatchNumber"]
        if batch["NumberOfEntries"] != len(headers):
            yield f"G/L batch {number} has {len(headers)} entries"
        for name in ("Debits", "Credits"):
            if _total(headers, name) != batch[name]:
                yield f"G/L batch {number}: {name} are not those of its entries"
        for header in headers:
            net = _total(header["JournalDetails"], "Amount")
            if net != header["Debits"] - header["Credits"]:
                yield f"G/L batch {number}: {header['EntryNumber']} is not the sum of its lines"
            if net and batch["Status"] == "Posted" and not header["ErrorBatch"]:
                yield f"G/L batch {number}: {header['EntryNumber']} does not balance"


def check_receipts(books: Auditor) -> Iterator[str]:
    """Receipts brought what orders show as received; headers are sums of lines."""
    received: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for receipt in books.records("POGetReceipts"):
        yield from _check_header(receipt, receipt["ReceiptLines"], "ReceiptNumber")
        for line in receipt["ReceiptLines"]:
            place = line["PurchaseOrderSequenceKey"], line["PurchaseOrderLineSequence"]
            received[place] += line["QuantityReceived"]
    for order in books.records("POPurchaseOrders"):
        for line in order["PurchaseOrderLines"]:
            place = order["PurchaseOrderSequenceKey"], line["PurchaseOrderLineSequence"]
            came = received.pop(place, _ZERO)
            if came != line["QuantityReceived"]:
                yield f"{order['PurchaseOrderNumber']}: {line['LineNumber']} received {came}"
    yield from (f"nobody ordered {place}" for place in received)


def check_purchase_invoices(books: Auditor) -> Iterator[str]:
    """PO invoices are for what was received, at its cost, and A/P has every one of them."""
    receipts = {one["ReceiptNumber"]: one for one in books.records("POGetReceipts")}
    payables = {
        (one["VendorNumber"], one["DocumentNumber"]): one["DocumentTotalIncludingTax"]
        for batch in books.records("APInvoiceBatches")
        for one in batch["Invoices"]
    }
    for invoice in books.records("POInvoices"):
        number, lines = invoice["InvoiceNumber"], invoice["InvoiceLines"]
        yield from _check_header(invoice, lines, "InvoiceNumber")
        receipt = receipts[invoice["ReceiptNumber"]]
        if receipt["InvoiceNumber"] != number or receipt["Total"] != invoice["Total"]:
            yield f"invoice {number} is not for receipt {receipt['ReceiptNumber']}"
        if list(map(_goods, lines)) != list(map(_goods, receipt["ReceiptLines"])):
            yield f"invoice {number} is for other goods than were received"
        if payables.get((invoice["Vendor"], number)) != invoice["Total"]:
            yield f"invoice {number} is not in A/P"


def check_clearing(books: Auditor) -> Iterator[str]:
    """Payables clearing holds what was received and not invoiced, by currency."""
    waiting = _waiting(books)
    held: dict[str, Decimal] = defaultdict(Decimal)
    for one in books.records("GLPostedTransactions"):
        if one["AccountNumber"] == CLEARING:
            held[one["SourceCurrencyCode"]] -= one["SourceCurrencyAmount"]
    for currency in waiting.keys() | held.keys():
        if waiting[currency] != held[currency]:
            yield f"clearing holds {held[currency]} {currency}, {waiting[currency]} is waiting"


def _waiting(books: Auditor) -> dict[str, Decimal]:
    posted = {
        (one["VendorNumber"], one["DocumentNumber"])
        for batch in books.records("APInvoiceBatches")
        if batch["BatchStatus"] == "Posted"
        for one in batch["Invoices"]
        if not one["ErrorBatch"]
    }
    waiting: dict[str, Decimal] = defaultdict(Decimal)
    today = max(one["DateCreated"] for one in books.records("GLJournalBatches"))
    for receipt in books.records("POGetReceipts"):
        is_invoiced = (receipt["Vendor"], receipt["InvoiceNumber"]) in posted
        if receipt["ReceiptDate"] <= today and not is_invoiced:
            waiting[receipt["Currency"]] += receipt["Total"] - receipt["TotalTax"]
    for returned in books.records("POReturns"):
        if (returned["Vendor"], returned["CreditNoteNumber"]) not in posted:
            waiting[returned["Currency"]] -= returned["Total"] - returned["TotalTax"]
    return waiting


_CONTROL_ACCOUNTS = ("PayablesControlAccount", "PrepaymentAccount")
_WITH_ACCOUNT_SETS = (
    ("APVendors", "AccountSet", "CurrencyCode"),
    ("APVendorGroups", "AccountSet", "CurrencyCode"),
    ("APPostedDocuments", "AccountSet", "CurrencyCode"),
    ("POPurchaseOrders", "VendorAccountSet", "Currency"),
    ("POGetReceipts", "VendorAccountSet", "Currency"),
    ("POInvoices", "VendorAccountSet", "Currency"),
    ("POReturns", "VendorAccountSet", "Currency"),
    ("POCreditDebitNotes", "VendorAccountSet", "Currency"),
)
_CHECKS = (
    check_account_sets,
    check_trial_balance,
    check_openings,
    check_transactions,
    check_payables_control,
    check_vendor_balances,
    check_posted_documents,
    check_invoice_batches,
    check_journal_batches,
    check_receipts,
    check_purchase_invoices,
    check_clearing,
)


def _check_header(document: Record, lines: list[Record], name: str) -> Iterator[str]:
    cost, tax = _total(lines, "ExtendedCost"), _total(lines, "TaxAmount1")
    total = cost - document["DiscountAmount"] + tax
    shown = document["ExtendedCost"], document["TotalTax"], document["Total"]
    if (cost, tax, total) != shown:
        yield f"{document[name]} is not the sum of its lines"


def _goods(line: Record) -> tuple[object, ...]:
    return tuple(
        line[name] for name in ("ItemNumber", "QuantityReceived", "UnitCost", "ExtendedCost")
    )


def _owed(invoice: Record) -> Decimal:
    return Decimal(invoice["DocumentTotalIncludingTax"])


def _total(records: Iterable[Record], name: str) -> Decimal:
    return sum((Decimal(one[name]) for one in records), _ZERO)
