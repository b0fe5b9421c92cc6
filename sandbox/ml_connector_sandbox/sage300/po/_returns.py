"""Rules of returns to a vendor (Sage sheet §4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from ml_connector_sandbox.sage300._values import plain_number
from ml_connector_sandbox.sage300.catalog.po import GET_RECEIPTS, RETURNS
from ml_connector_sandbox.sage300.ic._day_end import check_day_end
from ml_connector_sandbox.sage300.ic._stock import ON_HAND, move_stock
from ml_connector_sandbox.sage300.ic._stock_journal import note_movement
from ml_connector_sandbox.sage300.po._amounts import decimal_of, settle_amounts
from ml_connector_sandbox.sage300.po._documents import (
    check_lines,
    check_period,
    check_vendor,
    number_lines,
    put_numbers,
    put_rate,
    take_item,
    take_vendor,
)
from ml_connector_sandbox.sage300.writing._checks import field_invalid
from ml_connector_sandbox.sage300.writing._rules import Rules
from ml_connector_sandbox.sage300.writing._session import open_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.writing._rules import DetailDriver, Driver
    from ml_connector_sandbox.sage300.writing._session import Session

LINES = "ReturnLines"
_RECEIVED = "ReceiptLines"
_FROM_RECEIPT = (
    "ReceiptSequenceKey",
    "Vendor",
    "Name",
    "Currency",
    "ExchangeRate",
    "RateType",
    "RateDate",
    "RateOperation",
    "TaxGroup",
    "TermsCode",
    "VendorAccountSet",
)


def _take_receipt(session: Session, document: JsonObject) -> None:
    receipt = _find_receipt(session, document["ReceiptNumber"])
    if receipt is not None:
        document |= {name: receipt[name] for name in _FROM_RECEIPT}
        document["PurchaseOrderNumber"] = receipt["PurchaseOrderNumber"]


_DRIVERS: Mapping[str, Driver] = {"Vendor": take_vendor, "ReceiptNumber": _take_receipt}
_LINE_DRIVERS: Mapping[str, Mapping[str, DetailDriver]] = {LINES: {"ItemNumber": take_item}}


class ReturnRules(Rules):
    """A return, of what a receipt brought or without one; it is posted at once."""

    drivers = _DRIVERS
    detail_drivers = _LINE_DRIVERS
    kept = frozenset(
        {
            "ReturnSequenceKey",
            "ReceiptSequenceKey",
            "FiscalYear",
            "FiscalPeriod",
            "CreditNoteNumber",
            "Completed",
            "DateCompleted",
            "LastPostingDate",
            "PostingDate",
            "EnteredBy",
        }
    )

    @override
    def template(self, session: Session) -> JsonObject:
        """A new return is of today."""
        return super().template(session) | {"ReturnDate": session.day, "EnteredBy": session.user}

    @override
    def prepare(self, session: Session, record: JsonObject, given: JsonObject) -> None:
        """Check against the receipt, and number everything."""
        del given
        check_day_end(session)
        check_vendor(session, record)
        period = check_period(session, record["ReturnDate"], label="Return")
        if period is not None:
            record |= {"FiscalYear": period.year, "FiscalPeriod": f"Num{period.number}"}
        check_lines(session, record[LINES], quantity="QuantityReturned")
        put_rate(session, record, day=record["ReturnDate"])
        if record["ReceiptNumber"]:
            _match_lines(session, record)
        put_numbers(session, record, RETURNS, number="ReturnNumber", prefix="RT")
        record |= {"LastPostingDate": session.day, "PostingDate": record["ReturnDate"]}
        number_lines(record[LINES], name="ReturnLineSequence")
        for line in record[LINES]:
            line["ReturnSequenceKey"] = record["ReturnSequenceKey"]
            line["StockingQuantityReturned"] = line["QuantityReturned"]

    @override
    def settle(self, session: Session, record: JsonObject) -> None:
        """Compute amounts and totals."""
        settle_amounts(session, record, record[LINES], quantity="QuantityReturned")

    @override
    def after_insert(self, session: Session, record: JsonObject) -> None:
        """Move stock, and tell the receipt."""
        note_movement(session, record, record[LINES], number="ReturnNumber", day="ReturnDate")
        for line in record[LINES]:
            quantity = decimal_of(line["QuantityReturned"])
            move_stock(session, line, name=ON_HAND, quantity=-quantity)
        receipt = _find_receipt(session, record["ReceiptNumber"])
        if receipt is None:
            return
        received = {line["ReceiptLineSequence"]: line for line in receipt[_RECEIVED]}
        for line in record[LINES]:
            source = received[line["ReceiptLineSequence"]]
            returned = decimal_of(source["QuantityReturned"]) + decimal_of(line["QuantityReturned"])
            source["QuantityReturned"] = plain_number(returned)
        if session.switches.is_on("stamps_move"):
            receipt["LastPostingDate"] = session.day
        session.store(*GET_RECEIPTS.path, receipt)


def _match_lines(session: Session, document: JsonObject) -> None:
    """Find each returned line on the receipt.

    Raises:
        WebApiError: There is no such receipt of the vendor, or less was received.
    """
    number = document["ReceiptNumber"]
    receipt = _find_receipt(session, number)
    if receipt is None:
        raise field_invalid(f"Receipt number '{number}' does not exist.")
    if receipt["Vendor"] != document["Vendor"]:
        raise field_invalid(f"Receipt '{number}' is not from vendor '{document['Vendor']}'.")
    names = ("ItemNumber", "Location", "UnitOfMeasure")
    for line in document[LINES]:
        found = next(
            (
                item
                for item in receipt[_RECEIVED]
                if all(item[name] == line[name] for name in names)
            ),
            None,
        )
        if found is None:
            raise field_invalid(f"Item number '{line['ItemNumber']}' is not on the receipt.")
        left = decimal_of(found["QuantityReceived"]) - decimal_of(found["QuantityReturned"])
        if decimal_of(line["QuantityReturned"]) > left:
            raise field_invalid(f"Quantity returned exceeds the {left:f} received.")
        found["QuantityReturned"] = plain_number(
            decimal_of(found["QuantityReturned"]) + decimal_of(line["QuantityReturned"])
        )
        line |= {
            "ReceiptSequenceKey": receipt["ReceiptSequenceKey"],
            "ReceiptLineSequence": found["ReceiptLineSequence"],
            "ReceiptNumber": number,
            "QuantityReceived": found["QuantityReceived"],
            "UnitCost": line["UnitCost"] or found["UnitCost"],
        }


def _find_receipt(session: Session, number: object) -> JsonObject | None:
    table = session.company.find_table(*GET_RECEIPTS.path)
    if table is None or not number:
        return None
    index = table.resource.index["ReceiptNumber"]
    row = next((row for row in table.rows_between() if row[index] == number), None)
    return None if row is None else open_record(table.resource, row)


RULES = {RETURNS.path: ReturnRules(RETURNS)}
