"""Payments and adjustments as records (Sage sheet §4.3)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._rates import FUNCTIONAL_CURRENCY
from ml_connector_sandbox.sage300.books import _texts
from ml_connector_sandbox.sage300.books._ap_rows import BANK_CODE
from ml_connector_sandbox.sage300.books._rows import DetailSheet, Sheet
from ml_connector_sandbox.sage300.catalog import ap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._records import Row
    from ml_connector_sandbox.sage300.books._calendar import Calendar
    from ml_connector_sandbox.sage300.books._documents import (
        Applied,
        Settlement,
        SettlementBatch,
    )
    from ml_connector_sandbox.sage300.books._payables import Payables

_STEP = 20
_ADJUSTED = 81
"""The transaction type of a distribution of an adjustment (§5.3)."""


class PaymentRows:
    """Makes the rows of payments and adjustments."""

    def __init__(self, payables: Payables, calendar: Calendar) -> None:
        """Show what was paid and adjusted."""
        self._payables = payables
        self._calendar = calendar
        self._entries = DetailSheet(ap.PAYMENT_BATCHES, "PaymentsAdjustments")
        self._applied = DetailSheet(self._entries, "AppliedPayments")
        self._distributions = DetailSheet(self._applied, "AdjustmentGLDistributions")

    def batches(self) -> Iterator[Row]:
        """Yield batches of both kinds, of every state."""
        sheet = Sheet(ap.PAYMENT_BATCHES)
        for batch in self._payables.settlements:
            is_payment = batch.selector == "PY"
            values = {
                "BatchSelector": batch.selector,
                "BatchNumber": batch.number,
                "BatchDate": _texts.day(batch.date),
                "Description": batch.description,
                "NumberOfEntries": len(batch.entries),
                "LastEntryNumber": len(batch.entries),
                "BatchTotal": _texts.amount(sum(one.bank_amount for one in batch.entries)),
                "BatchType": batch.batch_type,
                "BatchStatus": batch.status,
                "BankCode": BANK_CODE if is_payment else "",
                "BankCurrencyCode": FUNCTIONAL_CURRENCY if is_payment else "",
                "DateLastEdited": _texts.day(batch.date),
                "PostingSequenceNumber": batch.sequence,
            }
            yield sheet.row(values, PaymentsAdjustments=partial(self._raw_entries, batch))

    def posted_payments(self) -> Iterator[Row]:
        """Yield payments that were posted, one record for each document paid."""
        sheet = Sheet(ap.POSTED_PAYMENTS)
        serial = 0
        for batch in self._payables.settlements:
            if batch.selector != "PY" or batch.status != "Posted":
                continue
            for settlement in batch.entries:
                serial += 1
                if settlement.kind != "ApplyDocument":
                    yield sheet.row(self._posted_payment(batch, settlement, serial))

    def _posted_payment(
        self, batch: SettlementBatch, settlement: Settlement, serial: int
    ) -> JsonObject:
        year, period = self._calendar.period_of(settlement.date)
        date, discount = (
            _texts.day(settlement.date),
            sum(one.discount for one in settlement.applied),
        )
        first = settlement.applied[0].document.number if settlement.applied else ""
        is_cleared = (self._calendar.today - settlement.date).days > 20  # noqa: PLR2004
        return {
            "BankCode": BANK_CODE,
            "VendorNumber": settlement.vendor.number,
            "CheckNumber": settlement.check_number,
            "CheckSerialNumber": serial,
            "CheckDate": date,
            "BatchDate": _texts.day(batch.date),
            "CheckAmountVendorCurrency": _texts.amount(settlement.amount),
            "PaymentAmount": _texts.amount(settlement.amount),
            "DiscountAmount": _texts.amount(discount),
            "BankRateType": _texts.rate_type(settlement.vendor.currency),
            "BankExchangeRate": _texts.rate(settlement.rate),
            "FiscalYear": year,
            "FiscalPeriod": f"{period:02}",
            "BatchNumber": batch.number,
            "EntryNumber": settlement.entry,
            "CheckCleared": "Yes" if is_cleared else "No",
            "DocumentType": "Payment" if settlement.prepayment is None else "Prepayment",
            "DocumentNumber": settlement.document_number,
            "InvoiceNumber": first,
            "PostingDate": date,
        }

    def _raw_entries(self, batch: SettlementBatch) -> object:
        return self._entries.raw([self._entry(batch, settlement) for settlement in batch.entries])

    def _entry(self, batch: SettlementBatch, settlement: Settlement) -> JsonObject:
        year, period = self._calendar.period_of(settlement.date)
        vendor, date = settlement.vendor, _texts.day(settlement.date)
        prepayment = settlement.prepayment
        return {
            "BatchType": batch.selector,
            "BatchNumber": batch.number,
            "EntryNumber": settlement.entry,
            "VendorNumber": vendor.number,
            "PaymentDateAdjustmentDate": date,
            "EntryDescription": batch.description,
            "VendorPayeeName": vendor.name,
            "CheckNumber": settlement.check_number,
            "CheckAmountInBankCurrency": _texts.amount(settlement.bank_amount),
            "CheckAmountInVendorCurrency": _texts.amount(settlement.amount),
            "TotalPrepayVendorCurrency": _texts.amount(
                0 if prepayment is None else prepayment.total
            ),
            "PaymentTransactionType": settlement.kind,
            "DocumentNumber": settlement.document_number,
            "PostingDate": date,
            "FiscalYear": year,
            "FiscalPeriod": f"{period:02}",
            "CurrencyCode": vendor.currency,
            "RateType": _texts.rate_type(vendor.currency),
            "RateDate": date,
            "ExchangeRate": _texts.rate(settlement.rate),
            "EnteredBy": "CLERK3",
            "AppliedPayments": [
                self._application(batch, settlement, position, item)
                for position, item in enumerate(settlement.applied, start=1)
            ],
        }

    def _application(
        self, batch: SettlementBatch, settlement: Settlement, position: int, item: Applied
    ) -> JsonObject:
        is_adjustment = bool(item.account)
        keys = {
            "BatchType": batch.selector,
            "BatchNumber": batch.number,
            "EntryNumber": settlement.entry,
            "LineNumber": position * _STEP,
        }
        distribution = {
            **keys,
            "SequenceNumber": 1,
            "TransactionType": _ADJUSTED,
            # A credit to the distribution account takes from what is owed (I).
            "DistributionAmount": _texts.amount(-item.cents),
            "DistributionGLAccount": item.account,
        }
        return self._applied.detail(
            {
                **keys,
                "VendorNumber": settlement.vendor.number,
                "DocumentNumber": item.document.number,
                "PaymentNumber": 1,
                "PaymentType": "Adjustment" if is_adjustment else "Payment",
                "PaymentAmount": _texts.amount(0 if is_adjustment else item.cents),
                "DiscountAmountTaken": _texts.amount(item.discount),
                "DocumentDate": _texts.day(item.document.date),
                "AdjustmentGLDistributions": (
                    [self._distributions.detail(distribution)] if is_adjustment else []
                ),
            }
        )
