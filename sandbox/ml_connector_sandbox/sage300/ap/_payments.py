"""`APPostedPayments`, and the document a payment leaves among the posted ones (§4.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._values import date_text, plain_number
from ml_connector_sandbox.sage300.ap._money import ZERO, Rate

if TYPE_CHECKING:
    from decimal import Decimal

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.ap._journal import Origin
    from ml_connector_sandbox.sage300.ap._money import Currency


@dataclass(frozen=True, kw_only=True, slots=True)
class PostedPayment:
    """A check that was posted."""

    kind: str
    """`Payment`, `Prepayment` or `MiscPayment`."""
    bank: str
    batch_date: str
    check_number: str
    serial: int
    amount: Decimal
    """In vendor currency."""
    discount: Decimal = ZERO
    currency: str
    rate: Rate
    rate_type: str = ""
    payment_code: str = ""
    origin: Origin


def describe_payment(payment: PostedPayment) -> JsonObject:
    """Return what is stored of a payment in `APPostedPayments`; blank fields are left out."""
    origin = payment.origin
    return {
        "BankCode": payment.bank,
        "VendorNumber": origin.vendor,
        "CheckNumber": payment.check_number,
        "CheckSerialNumber": payment.serial,
        "CheckDate": date_text(origin.date),
        "BatchDate": payment.batch_date,
        "CheckAmountVendorCurrency": plain_number(payment.amount),
        "PaymentAmount": plain_number(payment.amount),
        "DiscountAmount": plain_number(payment.discount),
        "PaymentCode": payment.payment_code,
        "BankRateType": payment.rate_type,
        "BankExchangeRate": plain_number(payment.rate.value),
        "FiscalYear": origin.year,
        "FiscalPeriod": origin.period,
        "RemitTo": origin.vendor_name,
        "BatchNumber": origin.batch,
        "EntryNumber": origin.entry,
        "DocumentType": "Prepayment" if payment.kind == "Prepayment" else "Payment",
        "DocumentNumber": origin.document,
        "PostingDate": date_text(origin.posting_date),
    }


def describe_payment_document(
    payment: PostedPayment, *, account_set: str, functional: Currency
) -> JsonObject:
    """Return what is stored of a payment in `APPostedDocuments`.

    A prepayment is open until it is applied; a payment has been applied in full.
    """
    origin = payment.origin
    amount = -payment.amount
    functional_amount = payment.rate.to_functional(amount, functional)
    is_open = payment.kind == "Prepayment"
    return {
        "VendorNumber": origin.vendor,
        "DocumentNumber": origin.document,
        "CheckNumber": payment.check_number,
        "CheckSerialNumber": payment.serial,
        "BankCode": payment.bank,
        "DueDate": date_text(origin.date),
        "TransactionType": "PrepaymentPosted" if is_open else "PaymentPosted",
        "DocumentType": "Prepayment" if is_open else "Payment",
        "BatchType": "PY",
        "BatchDate": payment.batch_date,
        "BatchNumber": origin.batch,
        "EntryNumber": origin.entry,
        "DocumentDescription": origin.description,
        "DocumentDate": date_text(origin.date),
        "InvoiceasofDate": date_text(origin.date),
        "CurrencyCode": payment.currency,
        "RateType": payment.rate_type,
        "ExchangeRate": plain_number(payment.rate.value),
        "RateOperation": payment.rate.operation.value,
        "VendorCurrencyInvoiceAmount": plain_number(amount),
        "VendorCurrencyAmountDue": plain_number(amount) if is_open else 0,
        "FunctionalCurrencyInvoiceAmount": plain_number(functional_amount),
        "FunctionalCurrencyAmountDue": plain_number(functional_amount) if is_open else 0,
        "FullyPaid": "No" if is_open else "Yes",
        "DatePaid": None if is_open else date_text(origin.date),
        "LastActivityDate": date_text(origin.date),
        "FiscalYear": origin.year,
        "FiscalPeriod": origin.period,
        "PostingDate": date_text(origin.posting_date),
        "PostingSequenceNumber": origin.sequence,
        "AccountSet": account_set,
    }
