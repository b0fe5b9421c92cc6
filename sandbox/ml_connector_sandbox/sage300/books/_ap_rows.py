"""Payables as records: batches, posted documents and payments (Sage sheet §4.3)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300.books import _texts
from ml_connector_sandbox.sage300.books._rows import DetailSheet, Sheet
from ml_connector_sandbox.sage300.books._terms import discount_of
from ml_connector_sandbox.sage300.catalog import ap

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._records import Row
    from ml_connector_sandbox.sage300.books._calendar import Calendar
    from ml_connector_sandbox.sage300.books._documents import (
        Charge,
        Payable,
        PayableBatch,
        Settlement,
        SettlementBatch,
    )
    from ml_connector_sandbox.sage300.books._payables import Payables

_STEP = 20
BANK_CODE = "CCB"
_TRANSACTIONS = {
    "Invoice": "InvoiceSummaryEntered",
    "DebitNote": "DebitNoteSummaryEntered",
    "CreditNote": "CreditNoteSummaryEntered",
    "Interest": "InterestCharge",
    "Prepayment": "PrepaymentPosted",
}


class APRows:
    """Makes the rows of invoices and posted documents."""

    def __init__(
        self, payables: Payables, calendar: Calendar, *, groups: Mapping[str, str]
    ) -> None:
        """Show `payables`; `groups` are vendors' groups by number."""
        self._payables = payables
        self._calendar = calendar
        self._groups = groups
        self._invoices = DetailSheet(ap.INVOICE_BATCHES, "Invoices")
        self._details = DetailSheet(self._invoices, "InvoiceDetails")
        self._schedules = DetailSheet(self._invoices, "InvoicePaymentSchedules")

    def invoice_batches(self) -> Iterator[Row]:
        """Yield batches of invoices, of every state."""
        sheet = Sheet(ap.INVOICE_BATCHES)
        for batch in self._payables.batches:
            values = {
                "BatchNumber": batch.number,
                "BatchDate": _texts.day(batch.date),
                "Description": batch.description,
                "NumberOfEntries": len(batch.documents),
                "BatchTotal": _texts.amount(sum(one.total for one in batch.documents)),
                "LastEntryNumber": len(batch.documents),
                "NumberOfErrors": batch.errors,
                "PostingSequenceNumber": batch.sequence,
                "BatchType": batch.batch_type,
                "BatchStatus": batch.status,
                "DateLastEdited": _texts.day(batch.date),
                "BatchPrintedFlag": "Yes" if batch.is_posted else "No",
                "SourceApplication": batch.source,
            }
            yield sheet.row(values, Invoices=partial(self._raw_invoices, batch))

    def posted_documents(self) -> Iterator[Row]:
        """Yield posted documents; those paid before the year before last were cleared."""
        sheet = Sheet(ap.POSTED_DOCUMENTS)
        kept_from = self._kept_from()
        for document in self._payables.documents:
            if document.paid_on is None or document.paid_on >= kept_from:
                yield sheet.row(self._posted_document(document))
        for batch in self._payables.settlements:
            if batch.status == "Posted":
                for settlement in batch.entries:
                    if settlement.kind == "Payment" and settlement.date >= kept_from:
                        yield sheet.row(self._posted_payment(batch, settlement))

    def _posted_payment(self, batch: SettlementBatch, settlement: Settlement) -> JsonObject:
        """Describe a payment as a document: applied in full, hence nothing of it is open."""
        year, period = self._calendar.period_of(settlement.date)
        vendor, date = settlement.vendor, _texts.day(settlement.date)
        return {
            "VendorNumber": vendor.number,
            "DocumentNumber": settlement.document_number,
            "CheckNumber": settlement.check_number,
            "BankCode": BANK_CODE,
            "DueDate": date,
            "TransactionType": "PaymentPosted",
            "DocumentType": "Payment",
            "BatchType": batch.selector,
            "BatchDate": _texts.day(batch.date),
            "BatchNumber": batch.number,
            "EntryNumber": settlement.entry,
            "GroupCode": self._groups.get(vendor.number, ""),
            "DocumentDescription": batch.description,
            "DocumentDate": date,
            "InvoiceasofDate": date,
            "CurrencyCode": vendor.currency,
            "RateType": _texts.rate_type(vendor.currency),
            "ExchangeRate": _texts.rate(settlement.rate),
            "VendorCurrencyInvoiceAmount": _texts.amount(-settlement.amount),
            "FunctionalCurrencyInvoiceAmount": _texts.amount(-settlement.bank_amount),
            "FullyPaid": "Yes",
            "DatePaid": date,
            "LastActivityDate": date,
            "FiscalYear": year,
            "FiscalPeriod": f"{period:02}",
            "PostingDate": date,
            "PostingSequenceNumber": batch.sequence,
            "AccountSet": vendor.account_set.code,
        }

    def _kept_from(self) -> dt.date:
        years = self._calendar.years
        return self._calendar.start_of(years[min(len(years) - 1, 2)])

    def _posted_document(self, document: Payable) -> JsonObject:
        sign, batch = document.sign, document.batch
        year, period = self._calendar.period_of(document.date)
        record: JsonObject = {
            **self._named(document),
            **self._dated(document),
            "TransactionType": _TRANSACTIONS[document.kind],
            "DocumentType": document.kind,
            "BatchDate": _texts.day(batch.date if batch is not None else document.date),
            "BatchNumber": batch.number if batch is not None else 0,
            "EntryNumber": document.entry,
            "FiscalYear": year,
            "FiscalPeriod": f"{period:02}",
            "PostingSequenceNumber": batch.sequence if batch is not None else 0,
            "BatchType": "PY" if document.kind == "Prepayment" else "IN",
            "FullyPaid": "No" if document.open_cents else "Yes",
            "NumberOfScheduledPayments": 1,
            "PaymentStatus": "Normal",
        }
        taxable = document.net if document.tax else 0
        functional_net = document.functional_total - document.functional_tax
        for name, cents, functional in (
            ("InvoiceAmount", sign * document.total, sign * document.functional_total),
            ("AmountDue", document.open_cents, document.open_functional),
            ("TaxableAmount", sign * taxable, sign * functional_net if document.tax else 0),
            ("TaxAmount", sign * document.tax, sign * document.functional_tax),
        ):
            record[f"VendorCurrency{name}"] = _texts.amount(cents)
            record[f"FunctionalCurrency{name}"] = _texts.amount(functional)
        return record

    def _named(self, document: Payable) -> JsonObject:
        vendor = document.vendor
        return {
            "VendorNumber": vendor.number,
            "DocumentNumber": document.number,
            "CheckNumber": document.check_number,
            "OrderNumber": document.order_number,
            "PONumber": document.po_number,
            "GroupCode": self._groups.get(vendor.number, ""),
            "DocumentDescription": document.description,
            "Terms": vendor.terms if document.kind == "Invoice" else "",
            "CurrencyCode": vendor.currency,
            "RateType": _texts.rate_type(vendor.currency),
            "ExchangeRate": _texts.rate(document.rate),
            "TaxGroup": vendor.tax_group,
            "TaxAuthority1": vendor.tax_group if vendor.tax_percent else "",
            "AccountSet": vendor.account_set.code,
            "BankCode": BANK_CODE if document.kind == "Prepayment" else "",
        }

    def _dated(self, document: Payable) -> JsonObject:
        date = _texts.day(document.date)
        return {
            "DueDate": _texts.day(document.due),
            "DocumentDate": date,
            "InvoiceasofDate": date,
            "DiscountDate": _texts.day(document.discount_until),
            "LastActivityDate": _texts.day(document.last_activity),
            "PostingDate": date,
            "DatePaid": _texts.day(document.paid_on),
        }

    def _raw_invoices(self, batch: PayableBatch) -> object:
        return self._invoices.raw([self._invoice(batch, one) for one in batch.documents])

    def _invoice(self, batch: PayableBatch, document: Payable) -> JsonObject:
        year, period = self._calendar.period_of(document.date)
        refused = document.error_batch
        return {
            "BatchNumber": batch.number,
            "EntryNumber": self._entry_of(batch, document),
            "DocumentType": document.kind,
            "TransactionType": _TRANSACTIONS[document.kind],
            "InvoiceDescription": document.description,
            "ApplytoDocument": document.applies_to,
            "FiscalYear": year,
            "FiscalPeriod": f"{period:02}",
            "NumberOfScheduledPayments": 1,
            "ErrorBatch": refused.number if refused is not None else 0,
            "ErrorEntry": document.error_entry,
            "SourceApplication": batch.source,
            "EnteredBy": "CLERK2",
            **self._of_vendor(document),
            **_of_dates(document),
            **_of_amounts(document),
            "InvoiceDetails": [
                self._detail(batch, document, position, charge)
                for position, charge in enumerate(document.charges, start=1)
            ],
            "InvoicePaymentSchedules": [self._schedule(batch, document)],
        }

    def _of_vendor(self, document: Payable) -> JsonObject:
        vendor = document.vendor
        return {
            "VendorNumber": vendor.number,
            "VendorName": vendor.name,
            "VendorGroupCode": self._groups.get(vendor.number, ""),
            "DocumentNumber": document.number,
            "OrderNumber": document.order_number,
            "PONumber": document.po_number,
            "AccountSet": vendor.account_set.code,
            "CurrencyCode": vendor.currency,
            "RateType": _texts.rate_type(vendor.currency),
            "ExchangeRate": _texts.rate(document.rate),
            "Terms": vendor.terms,
            "Taxable": "Yes" if vendor.tax_percent else "No",
            "TaxGroup": vendor.tax_group,
            "TaxAuthority1": vendor.tax_group if vendor.tax_percent else "",
        }

    def _detail(
        self, batch: PayableBatch, document: Payable, position: int, charge: Charge
    ) -> JsonObject:
        cents, tax = _texts.amount(charge.cents), _texts.amount(charge.tax)
        return self._details.detail(
            {
                "BatchNumber": batch.number,
                "EntryNumber": self._entry_of(batch, document),
                "LineNumber": position * _STEP,
                "DistributionCode": charge.code,
                "DistributionDescription": charge.description,
                "GLAccount": charge.account,
                "DistributedAmount": cents,
                "DistributedAmountBeforeTaxes": cents,
                "TaxRate1": document.vendor.tax_percent,
                "TaxAmount1": tax,
                "BaseTax1": cents if charge.tax else 0,
                "TaxTotal": tax,
                "Comment": charge.comment,
                "Discountable": "Yes",
            }
        )

    def _schedule(self, batch: PayableBatch, document: Payable) -> JsonObject:
        discount = _discount(document)
        return self._schedules.detail(
            {
                "BatchNumber": batch.number,
                "EntryNumber": self._entry_of(batch, document),
                "PaymentNumber": 1,
                "DueDate": _texts.day(document.due),
                "AmountDue": _texts.amount(document.total),
                "DiscountDate": _texts.day(document.discount_until),
                "DiscountAmount": _texts.amount(discount),
                "FunctionalAmountDue": _texts.amount(document.functional_total),
            }
        )

    def _entry_of(self, batch: PayableBatch, document: Payable) -> int:
        return next(place for place, one in enumerate(batch.documents, start=1) if one is document)


def _discount(document: Payable) -> int:
    if document.discount_until is None:
        return 0
    return discount_of(document.vendor.terms, document.net)


def _of_dates(document: Payable) -> JsonObject:
    date = _texts.day(document.date)
    return {
        "DocumentDate": date,
        "AsOfDate": date,
        "RateDate": date,
        "DueDate": _texts.day(document.due),
        "DiscountDate": _texts.day(document.discount_until),
        "PostingDate": date,
    }


def _of_amounts(document: Payable) -> JsonObject:
    net, total, tax = (
        _texts.amount(cents) for cents in (document.net, document.total, document.tax)
    )
    return {
        "DiscountAmountAvailable": _texts.amount(_discount(document)),
        "TaxBase1": net if document.tax else 0,
        "TaxAmount1": tax,
        "DocumentTotalBeforeTaxes": net,
        "DistributedTotalBeforeTaxes": net,
        "DistributedTotalIncludingTax": total,
        "TaxTotal": tax,
        "DocumentTotalIncludingTax": total,
        "AmountDue": total,
    }
