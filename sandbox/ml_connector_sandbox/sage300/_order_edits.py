"""Edits of a purchase order: its lines, and what follows for the header."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._order_rules import complete_line, settle_header, settle_line
from ml_connector_sandbox.sage300._values import details_of, raw_details, stored_row, stored_value
from ml_connector_sandbox.sage300.catalog.ap import VENDORS
from ml_connector_sandbox.sage300.catalog.po import PURCHASE_ORDERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._records import Company, Table
    from ml_connector_sandbox.sage300._types import Property

LINES = "PurchaseOrderLines"
_LINE_STEP = 1000
_FROM_VENDOR = {
    "Name": "VendorName",
    "Currency": "CurrencyCode",
    "TermsCode": "Terms",
    "TaxGroup": "TaxGroup",
}


def prepare_order(company: Company, table: Table, given: JsonObject, *, day: str) -> None:
    """Fill in what the program gives a new order: key, number, dates, the vendor's terms."""
    key = given.setdefault("PurchaseOrderSequenceKey", (table.last_key() or 0) + 1)
    given.setdefault("PurchaseOrderNumber", f"PO{key:06d}")
    given.setdefault("OrderDate", day)
    given.setdefault("PurchaseOrderDate", given["OrderDate"])
    given.setdefault("ExchangeRate", 1)
    vendors = company.find_table(VENDORS.module, VENDORS.name)
    vendor = vendors.find(given.get("Vendor")) if vendors is not None else None
    if vendors is None or vendor is None:
        return
    for name, source in _FROM_VENDOR.items():
        given.setdefault(name, vendor[vendors.resource.index[source]])


def settle_order(record: JsonObject, given: Mapping[str, object], *, day: str) -> None:
    """Apply the edits of lines in `given` to `record`, and recompute what depends on them.

    Raises:
        ValueError: A line to be deleted does not exist, or a value is of the wrong kind.
    """
    before = details_of(record[LINES])
    after = details_of(record[LINES])
    edits = _check_edits(given.get(LINES, []))
    for edit in edits:
        _edit_line(after, edit, day)
    if given.get("Completed") is True:
        for line in after:
            if line["CompletionStatus"] == "No":
                complete_line(line, day=day)
        if "DateCompleted" not in given:
            record["DateCompleted"] = record["DateCompleted"] or day
    after.sort(key=lambda line: int(line["LineNumber"]))
    if edits:
        settle_header(record, before=before, after=after, touched=given, day=day)
    record[LINES] = raw_details(after)


def _check_edits(value: object) -> list[JsonObject]:
    if not isinstance(value, list) or not all(isinstance(edit, dict) for edit in value):
        message = f"{LINES}: a list of objects was expected"
        raise ValueError(message)
    return value


def _edit_line(lines: list[JsonObject], edit: JsonObject, day: str) -> None:
    last = max((int(line["LineNumber"]) for line in lines), default=0)
    number = edit.get("LineNumber", last + _LINE_STEP)
    found = next((line for line in lines if line["LineNumber"] == number), None)
    if edit.get("UpdateOperation") == "Delete":
        if found is None:
            message = f"line {number} does not exist"
            raise ValueError(message)
        lines.remove(found)
        return
    values = _line_values({**edit, "LineNumber": number})
    if found is None:
        found = _blank_line()
        found["PurchaseOrderLineSequence"] = _next_sequence(lines)
        lines.append(found)
        values.setdefault("QuantityOrdered", 0)
    found.update(values)
    found["UpdateOperation"] = "Unspecified"
    settle_line(found, touched=values, day=day)


def _next_sequence(lines: list[JsonObject]) -> int:
    return max((int(line["PurchaseOrderLineSequence"]) for line in lines), default=0) + 1


def _line_values(edit: JsonObject) -> JsonObject:
    by_name = {item.name: item for item in _line_properties()}
    if unknown := edit.keys() - by_name.keys():
        message = f"unknown property {', '.join(sorted(unknown))}"
        raise ValueError(message)
    return {name: stored_value(by_name[name], value) for name, value in edit.items()}


def _blank_line() -> JsonObject:
    properties = _line_properties()
    names = [item.name for item in properties]
    return dict(zip(names, stored_row(properties, {}), strict=True))


def _line_properties() -> tuple[Property, ...]:
    lines = PURCHASE_ORDERS.find(LINES)
    return () if lines is None else lines.details
