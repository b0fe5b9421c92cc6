"""What the company's people do in a day: order, receive, enter invoices, pay.

Documents are written by the rules of the Web API, and posted by its processes. Only PO invoices,
which the Web API cannot write, are put down here.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._fiscal import parse_day
from ml_connector_sandbox.sage300.books import _chart
from ml_connector_sandbox.sage300.catalog.po import GET_RECEIPTS, INVOICES
from ml_connector_sandbox.sage300.writing._protocol import Writer
from ml_connector_sandbox.sage300.writing._registry import PROCESSES
from ml_connector_sandbox.sage300.writing._session import blank_record, open_record

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.writing._session import Session

_BANK = "CCB"
_WAITS = 2
"""Days until a vendor's invoice arrives."""
_INVOICE_LINE = frozenset(
    detail.name
    for item in INVOICES.properties
    if item.name == "InvoiceLines"
    for detail in item.details
)


class Deeds:
    """One day's work; every deed returns how many documents it made."""

    def __init__(self, session: Session, dice: random.Random) -> None:
        """Work in `session`, deciding by `dice`."""
        self._session = session
        self._dice = dice
        self._entered: set[object] = set()

    def order(self) -> int:
        """Order something from somebody."""
        dice, session = self._dice, self._session
        vendors = list(self._rows("AP", "APVendors", Status="Active", OnHold="NotOnHold"))
        items = list(self._rows("IC", "ICItems", Status=False))
        if not vendors or not items:
            return 0
        vendor = dice.choice(vendors)["VendorNumber"]
        lines = [
            {
                "ItemNumber": item["ItemNumber"],
                "Location": "1",
                "QuantityOrdered": dice.randrange(1, 200),
                "UnitCost": Decimal(dice.randrange(100, 90_000)) / 100,
            }
            for item in dice.sample(items, dice.randrange(1, min(4, len(items)) + 1))
        ]
        given = {
            "Vendor": vendor,
            "ExpectedArrivalDate": session.day,
            "Description": "Stock replenishment",
            "PurchaseOrderLines": lines,
        }
        self._insert("PO", "POPurchaseOrders", given)
        return 1

    def receive(self) -> int:
        """Receive what one open order still expects, in full or in part."""
        order = self._pick_order()
        if order is None:
            return 0
        share = self._dice.choice((Decimal(1), Decimal(1), Decimal("0.5")))
        lines = [
            {
                "ItemNumber": line["ItemNumber"],
                "Location": line["Location"],
                "UnitOfMeasure": line["UnitOfMeasure"],
                "QuantityReceived": _part_of(line["QuantityOutstanding"], share),
                "UnitCost": line["UnitCost"],
            }
            for line in order["PurchaseOrderLines"]
            if line["CompletionStatus"] == "No"
        ]
        given = {
            "Vendor": order["Vendor"],
            "PurchaseOrderNumber": order["PurchaseOrderNumber"],
            "ReceiptLine2s": lines,
        }
        self._insert("PO", "POReceipts", given)
        return 1

    def end_day(self) -> int:
        """Hand what was received to the ledger."""
        PROCESSES["PO", "PODayEndProcessing"].run(self._session, {})
        return 1

    def enter_invoice(self) -> int:
        """Enter and post the invoice of one receipt."""
        receipt = self._pick_receipt()
        if receipt is None:
            return 0
        self._entered.add(receipt["ReceiptSequenceKey"])
        number = f"{receipt['ReceiptNumber']}-{self._session.today:%y%m%d}"[:22]
        self._post_payable(receipt, number)
        self._store_invoice(receipt, number)
        return 1

    def pay(self) -> int:
        """Pay what is due to one vendor."""
        due = [
            one
            for one in self._rows("AP", "APPostedDocuments", FullyPaid="No", DocumentType="Invoice")
            if str(one["DueDate"]) <= self._session.day and self._is_served(one["VendorNumber"])
        ]
        if not due:
            return 0
        vendor = self._dice.choice(due)["VendorNumber"]
        applied = [
            {
                "DocumentNumber": one["DocumentNumber"],
                "PaymentNumber": 1,
                "PaymentAmount": one["VendorCurrencyAmountDue"],
            }
            for one in due
            if one["VendorNumber"] == vendor
        ]
        entry = {
            "VendorNumber": vendor,
            "PaymentDateAdjustmentDate": self._session.day,
            "PaymentTransactionType": "Payment",
            "CheckNumber": f"9{self._session.today:%y%m%d}",
            "AppliedPayments": applied,
        }
        given = {
            "BatchSelector": "PY",
            "BankCode": _BANK,
            "Description": "Payment run",
            "PaymentsAdjustments": [entry],
        }
        batch = self._insert("AP", "APPaymentAndAdjustmentBatches", given)
        number = batch["BatchNumber"]
        self._make_ready("APPaymentAndAdjustmentBatches", ("PY", number))
        fields = {"BatchType": "PY", "PostBatchFrom": number, "PostBatchTo": number}
        PROCESSES["AP", "APPostPaymentsAndAdjustments"].run(self._session, fields)
        return 1

    def _pick_order(self) -> JsonObject | None:
        found = [
            one
            for one in self._rows("PO", "POPurchaseOrders", Completed=False, OnHold=False)
            if one["PurchaseOrderType"] in {"Active", "Standing"}
            if self._is_served(one["Vendor"])
        ]
        return self._dice.choice(found) if found else None

    def _pick_receipt(self) -> JsonObject | None:
        found = [
            one
            for one in self._rows("PO", "POGetReceipts", Invoiced=False)
            if self._age(one) >= _WAITS and one["ReceiptSequenceKey"] not in self._entered
            if self._is_served(one["Vendor"])
        ]
        return self._dice.choice(found) if found else None

    def _age(self, receipt: JsonObject) -> int:
        received = parse_day(receipt["ReceiptDate"])
        return 0 if received is None else (self._session.today - received).days

    def _is_served(self, vendor: object) -> bool:
        record = self._session.find("AP", "APVendors", vendor)
        return record is not None and (record["OnHold"], record["Status"]) == (
            "NotOnHold",
            "Active",
        )

    def _post_payable(self, receipt: JsonObject, number: str) -> None:
        net = Decimal(str(receipt["Total"])) - Decimal(str(receipt["TotalTax"]))
        invoice = {
            "VendorNumber": receipt["Vendor"],
            "DocumentNumber": number,
            "PONumber": receipt["PurchaseOrderNumber"],
            "InvoiceDescription": f"Order {receipt['PurchaseOrderNumber']}",
            "DocumentDate": self._session.day,
            "TaxAmountControl": "Enter",
            "TaxAmount1": receipt["TotalTax"],
            "DocumentTotalIncludingTax": receipt["Total"],
            "InvoiceDetails": [{"GLAccount": _chart.CLEARING, "DistributedAmount": net}],
        }
        if receipt["RateType"]:
            names = ("ExchangeRate", "RateOperation")
            invoice |= {name: receipt[name] for name in names}
        batch = self._insert(
            "AP", "APInvoiceBatches", {"Description": "PO invoices", "Invoices": [invoice]}
        )
        key = batch["BatchNumber"]
        self._make_ready("APInvoiceBatches", key)
        PROCESSES["AP", "APPostInvoices"].run(self._session, {"FromBatch": key, "ToBatch": key})

    def _store_invoice(self, receipt: JsonObject, number: str) -> None:
        """Show the invoice in P/O, and on its receipt."""
        session, day = self._session, self._session.day
        table = session.table(*INVOICES.path)
        invoice = blank_record(INVOICES.properties)
        invoice |= {name: value for name, value in receipt.items() if name in invoice}
        invoice |= {
            "InvoiceSequenceKey": int(table.last_key() or 0) + 1,
            "InvoiceNumber": number,
            "InvoiceDate": day,
            "FromDocument": "Receipt",
            "PostingDate": day,
            "LastPostingDate": day,
            "Completed": True,
            "DateCompleted": day,
        }
        invoice["InvoiceLines"] = [
            {name: value for name, value in line.items() if name in _INVOICE_LINE}
            for line in receipt["ReceiptLines"]
        ]
        session.store(*INVOICES.path, invoice)
        receipt |= {"Invoiced": True, "InvoiceNumber": number, "Completed": True}
        session.store(*GET_RECEIPTS.path, receipt | {"LastPostingDate": day, "DateCompleted": day})

    def _insert(self, module: str, name: str, given: JsonObject) -> JsonObject:
        return Writer(self._session, self._session.table(module, name)).insert(given)

    def _make_ready(self, name: str, key: object) -> None:
        writer = Writer(self._session, self._session.table("AP", name))
        writer.update(key, {"BatchStatus": "ReadyToPost"})

    def _rows(self, module: str, name: str, **wanted: object) -> Iterator[JsonObject]:
        """Yield records whose fields are as wanted."""
        table = self._session.table(module, name)
        tests = [(table.resource.index[field], value) for field, value in wanted.items()]
        for row in table.rows_between():
            if all(row[index] == value for index, value in tests):
                yield open_record(table.resource, row)


def _part_of(quantity: object, share: Decimal) -> Decimal:
    part = (Decimal(str(quantity)) * share).quantize(Decimal("0.0001"))
    return part or Decimal(str(quantity))
