"""Receipts, PO invoices, returns and credit notes as records (Sage sheet §4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300.books import _texts
from ml_connector_sandbox.sage300.books._generate_lines import SERVICES_ACCOUNT
from ml_connector_sandbox.sage300.books._rows import DetailSheet, Sheet
from ml_connector_sandbox.sage300.catalog import po

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._records import Row
    from ml_connector_sandbox.sage300._types import Resource
    from ml_connector_sandbox.sage300.books._calendar import Calendar
    from ml_connector_sandbox.sage300.books._documents import PurchaseDocument, PurchaseLine
    from ml_connector_sandbox.sage300.books._purchases import Purchases

_STEP = 10
"""Between line numbers; the order's own step is 1000."""


class PORows:
    """Makes the rows of Purchase Orders, but for the orders."""

    def __init__(self, purchases: Purchases, calendar: Calendar) -> None:
        """Show what followed from orders."""
        self._purchases = purchases
        self._calendar = calendar

    def receipts(self) -> Iterator[Row]:
        """Yield what `POGetReceipts` shows."""
        for receipt in self._purchases.receipts:
            invoice = receipt.successor
            values = {
                "ReceiptSequenceKey": receipt.key,
                "ReceiptNumber": receipt.number,
                "ReceiptDate": _texts.day(receipt.date),
                "PurchaseOrderSequenceKey": receipt.order_key,
                "InvoiceNumber": invoice.number if invoice is not None else "",
                "Invoiced": invoice is not None,
                "Completed": invoice is not None,
                "DateCompleted": _texts.day(invoice.date if invoice is not None else None),
                "QuantityReceived": _quantity(receipt),
                "ShipToLocation": "1",
                "BillToLocation": "1",
                "DiscountAmount": _texts.amount(receipt.discount),
            }
            yield self._row(receipt, po.GET_RECEIPTS, "ReceiptLines", values)

    def invoices(self) -> Iterator[Row]:
        """Yield what `POInvoices` shows."""
        for invoice in self._purchases.invoices:
            receipt = invoice.origin or invoice
            payable = invoice.payable
            is_paid = payable is not None and payable.paid_on is not None
            values = {
                "InvoiceSequenceKey": invoice.key,
                "InvoiceNumber": invoice.number,
                "InvoiceDate": _texts.day(invoice.date),
                "PurchaseOrderSequenceKey": invoice.order_key,
                "FromDocument": "Receipt",
                "ReceiptSequenceKey": receipt.key,
                "ReceiptNumber": receipt.number,
                "ReceiptDate": _texts.day(receipt.date),
                "QuantityReceived": _quantity(invoice),
                "ShipToLocation": "1",
                "DiscountAmount": _texts.amount(invoice.discount),
                "Payments": int(is_paid),
                "Completed": True,
                "DateCompleted": _texts.day(invoice.date),
            }
            yield self._row(invoice, po.INVOICES, "InvoiceLines", values)

    def returns(self) -> Iterator[Row]:
        """Yield what `POReturns` shows."""
        for returned in self._purchases.returns:
            invoice = returned.origin or returned
            receipt = invoice.origin or invoice
            note = returned.successor
            values = {
                "ReturnSequenceKey": returned.key,
                "ReturnNumber": returned.number,
                "ReturnDate": _texts.day(returned.date),
                "ReceiptSequenceKey": receipt.key,
                "ReceiptNumber": receipt.number,
                "CreditNoteNumber": note.number if note is not None else "",
                "Completed": note is not None,
                "DateCompleted": _texts.day(note.date if note is not None else None),
                "QuantityReturned": _quantity(returned),
                "ShipToLocation": "1",
            }
            yield self._row(returned, po.RETURNS, "ReturnLines", values)

    def credit_notes(self) -> Iterator[Row]:
        """Yield what `POCreditDebitNotes` shows."""
        for note in self._purchases.credit_notes:
            returned = note.origin or note
            invoice = returned.origin or returned
            values = {
                "CreditDebitNoteSequenceKey": note.key,
                "CreditDebitNoteNumber": note.number,
                "CreditDebitNoteDate": _texts.day(note.date),
                "TransactionType": "CreditNote",
                "FromDocument": "Return",
                "InvoiceNumber": invoice.number,
                "ReturnNumber": returned.number,
                "QuantityReturned": _quantity(note),
                "Completed": True,
                "DateCompleted": _texts.day(note.date),
            }
            yield self._row(note, po.CREDIT_DEBIT_NOTES, "CreditDebitNoteLines", values)

    def _row(
        self,
        document: PurchaseDocument,
        resource: Resource,
        collection: str,
        values: Mapping[str, object],
    ) -> Row:
        known = resource.index
        common = {name: value for name, value in self._common(document).items() if name in known}
        late = {collection: lambda: _raw_lines(document, resource, collection)}
        return Sheet(resource).row({**common, **values}, **late)

    def _common(self, document: PurchaseDocument) -> JsonObject:
        year, period = self._calendar.period_of(document.date)
        vendor, date = document.vendor, _texts.day(document.date)
        return {
            "FiscalYear": year,
            "FiscalPeriod": f"Num{period}",
            "Vendor": vendor.number,
            "Name": vendor.name,
            "PurchaseOrderNumber": document.order_number,
            "TermsCode": vendor.terms,
            "LastPostingDate": date,
            "PostingDate": date,
            "Currency": vendor.currency,
            "ExchangeRate": _texts.rate(document.rate),
            "RateType": _texts.rate_type(vendor.currency),
            "RateDate": date,
            "RateOperation": "Multiply",
            "ExtendedCost": _texts.amount(document.extended),
            "TaxGroup": vendor.tax_group,
            "TaxAuthority1": vendor.tax_group if vendor.tax_percent else "",
            "TaxBase1": _texts.amount(document.net if document.tax else 0),
            "TaxAmount1": _texts.amount(document.tax),
            "TotalTax": _texts.amount(document.tax),
            "Total": _texts.amount(document.total),
            "VendorAccountSet": vendor.account_set.code,
            "EnteredBy": f"CLERK{document.key % 5}",
        }


def _quantity(document: PurchaseDocument) -> object:
    return _texts.quantity(sum(line.quantity for line in document.lines))


def _raw_lines(document: PurchaseDocument, resource: Resource, collection: str) -> object:
    sheet = DetailSheet(resource, collection)
    known = {item.name for item in sheet.properties}
    entity = resource.entity.removeprefix("Get")
    details = []
    for position, line in enumerate(document.lines, start=1):
        values = _line(document, line, position)
        values |= {
            f"{entity}SequenceKey": document.key,
            f"{entity}LineSequence": document.key * _STEP + position,
        }
        details.append({name: value for name, value in values.items() if name in known})
    return sheet.raw(details)


def _line(document: PurchaseDocument, line: PurchaseLine, position: int) -> JsonObject:
    quantity, net = _texts.quantity(line.quantity), _texts.amount(line.net)
    receipt = document
    while receipt.origin is not None:
        receipt = receipt.origin
    received, returned = _quantities(receipt, line.order_line)
    is_invoiced = receipt.successor is not None
    return {
        "LineNumber": position * _STEP,
        "PurchaseOrderSequenceKey": document.order_key,
        "PurchaseOrderLineSequence": line.order_line_sequence,
        "PurchaseOrderNumber": document.order_number,
        "ReceiptSequenceKey": receipt.key,
        "ReceiptNumber": receipt.number,
        "ReturnNumber": document.origin.number if document.origin is not None else "",
        "ItemNumber": line.item.number,
        "Location": "1",
        "ItemDescription": line.item.description,
        "UnitOfMeasure": line.item.unit,
        "RCPUNIT": line.item.unit,
        "QuantityReceived": received,
        "StockingQuantityReceived": received,
        "QuantityReturned": returned,
        "StockingQuantityReturned": returned,
        "QuantityInvoiced": quantity if is_invoiced else 0,
        "UnitCost": _texts.cost(line.cost),
        "ExtendedCost": _texts.amount(line.extended),
        "DiscountAmount": _texts.amount(line.discount),
        "PaymentDiscountBaseWithoutTa": net,
        "TaxBase1": net if line.tax else 0,
        "TaxRate1": document.vendor.tax_percent,
        "TaxAmount1": _texts.amount(line.tax),
        "NetOfTax": net,
        "TotalTax": _texts.amount(line.tax),
        "ExpenseAccount": "" if line.item.is_stock else SERVICES_ACCOUNT,
        "StockItem": line.item.is_stock,
        "FullyInvoiced": is_invoiced,
        "Completed": is_invoiced,
    }


def _quantities(receipt: PurchaseDocument, order_line: int) -> tuple[object, object]:
    """Return what was received and sent back of an order's line."""
    invoice = receipt.successor
    returned = invoice.successor if invoice is not None else None
    received, back = (
        sum(line.quantity for line in document.lines if line.order_line == order_line)
        if document is not None
        else 0
        for document in (receipt, returned)
    )
    return _texts.quantity(received), _texts.quantity(back)
