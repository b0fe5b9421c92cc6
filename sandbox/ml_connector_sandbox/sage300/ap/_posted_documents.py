"""`APPostedDocuments`: how posted documents are written down, read back and paid off (§4.3).

Amounts are signed as the payable is: credit notes, prepayments and payments are negative (I).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._values import date_text, plain_number
from ml_connector_sandbox.sage300.ap._documents import Document, DocumentType, OpenItem
from ml_connector_sandbox.sage300.ap._money import Operation, Rate, decimal_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.ap._bookings import Relief
    from ml_connector_sandbox.sage300.ap._journal import Origin
    from ml_connector_sandbox.sage300.ap._money import Currency
    from ml_connector_sandbox.sage300.ap._setup import Setup

NAME = "APPostedDocuments"

_TRANSACTION_TYPES = {
    DocumentType.INVOICE: "InvoiceSummaryEntered",
    DocumentType.DEBIT_NOTE: "DebitNoteSummaryEntered",
    DocumentType.CREDIT_NOTE: "CreditNoteSummaryEntered",
    DocumentType.INTEREST: "InterestCharge",
    DocumentType.PREPAYMENT: "PrepaymentPosted",
    DocumentType.PAYMENT: "PaymentPosted",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """The batch a document was posted from."""

    batch_type: str
    batch_date: str
    origin: Origin


def describe_document(document: Document, place: Place, functional: Currency) -> JsonObject:
    """Return what is stored of a document just posted; blank fields are left out."""
    sign = document.kind.sign
    to_functional = document.rate.to_functional
    total, tax = sign * document.total, sign * document.tax_total
    amounts = {
        "InvoiceAmount": total,
        "AmountDue": total,
        "TaxableAmount": total - tax,
        "TaxAmount": tax,
        "DiscountAmount": sign * document.discount,
    }
    record: JsonObject = {
        "VendorNumber": document.vendor,
        "DocumentNumber": document.number,
        "OrderNumber": document.order_number,
        "PONumber": document.po_number,
        "DueDate": date_text(document.due),
        "TransactionType": _TRANSACTION_TYPES[document.kind],
        "DocumentType": document.kind.value,
        "GroupCode": document.group,
        "DocumentDescription": document.description,
        "Terms": document.terms,
        "DiscountDate": date_text(document.discount_until) if document.discount_until else None,
        "CurrencyCode": document.currency.code,
        "RateType": document.rate_type,
        "ExchangeRate": plain_number(document.rate.value),
        "RateOperation": document.rate.operation.value,
        "NumberOfScheduledPayments": document.payments,
        "TaxGroup": document.tax_group,
        "AccountSet": document.account_set.code,
        "PaymentStatus": "OnHold" if document.on_hold else "Normal",
        **_describe_place(place),
    }
    for position, authority in enumerate(document.authorities, start=1):
        record[f"TaxAuthority{position}"] = authority
    for name, amount in amounts.items():
        record[f"VendorCurrency{name}"] = plain_number(amount)
        record[f"FunctionalCurrency{name}"] = plain_number(to_functional(amount, functional))
    record["FullyPaid"] = "No" if total else "Yes"
    return record


def read_open_item(record: Mapping[str, object], setup: Setup) -> OpenItem | None:
    """Read what of a posted document is open; None when its account set is gone."""
    account_set = setup.account_set(str(record["AccountSet"]))
    if account_set is None:
        return None
    operation = Operation(str(record.get("RateOperation", Operation.MULTIPLY.value)))
    return OpenItem(
        vendor=str(record["VendorNumber"]),
        number=str(record["DocumentNumber"]),
        kind=DocumentType(str(record["DocumentType"])),
        due=decimal_of(record["VendorCurrencyAmountDue"]),
        functional_due=decimal_of(record["FunctionalCurrencyAmountDue"]),
        currency=setup.currency(str(record["CurrencyCode"])),
        rate=Rate(decimal_of(record["ExchangeRate"]), operation),
        account_set=account_set,
    )


def take_off(record: JsonObject, relief: Relief, *, day: str, moves_activity: bool) -> None:
    """Reduce a posted document by what was set against it.

    Args:
        record: The document; changed in place.
        relief: What it falls by, in both currencies; negative amounts let it grow.
        day: When, as stored.
        moves_activity: Whether `LastActivityDate` follows (unknown 10).
    """
    due = decimal_of(record["VendorCurrencyAmountDue"]) - relief.amount
    functional = decimal_of(record["FunctionalCurrencyAmountDue"]) - relief.functional
    record["VendorCurrencyAmountDue"] = plain_number(due)
    record["FunctionalCurrencyAmountDue"] = plain_number(functional)
    record["FullyPaid"] = "No" if due else "Yes"
    record["DatePaid"] = None if due else day
    if moves_activity:
        record["LastActivityDate"] = day


def _describe_place(place: Place) -> JsonObject:
    origin = place.origin
    return {
        "BatchDate": place.batch_date,
        "BatchNumber": origin.batch,
        "EntryNumber": origin.entry,
        "BatchType": place.batch_type,
        "DocumentDate": date_text(origin.date),
        "InvoiceasofDate": date_text(origin.date),
        "FiscalYear": origin.year,
        "FiscalPeriod": origin.period,
        "PostingDate": date_text(origin.posting_date),
        "PostingSequenceNumber": origin.sequence,
        "LastActivityDate": date_text(origin.date),
    }
