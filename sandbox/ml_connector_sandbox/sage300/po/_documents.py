"""What purchase documents have in common: vendor, dates, items, numbers (Sage sheet §4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ml_connector_sandbox.sage300._errors import WebApiError
from ml_connector_sandbox.sage300._fiscal import fiscal_calendar, is_locked, parse_day
from ml_connector_sandbox.sage300.catalog.ap import VENDORS
from ml_connector_sandbox.sage300.catalog.ap_setup import TERMS
from ml_connector_sandbox.sage300.catalog.ic import ITEMS, LOCATIONS
from ml_connector_sandbox.sage300.gl._rates import DIVIDE, find_rate
from ml_connector_sandbox.sage300.ic._stock import find_item
from ml_connector_sandbox.sage300.po._amounts import decimal_of
from ml_connector_sandbox.sage300.writing._checks import (
    check_account,
    check_references,
    company_policy,
    company_profile,
    field_invalid,
    is_used,
    record_invalid,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._fiscal import FiscalPeriod
    from ml_connector_sandbox.sage300._types import Resource
    from ml_connector_sandbox.sage300.writing._session import Session

_FROM_VENDOR = {
    "Name": "VendorName",
    "Address1": "AddressLine1",
    "Address2": "AddressLine2",
    "Address3": "AddressLine3",
    "Address4": "AddressLine4",
    "City": "City",
    "StateProvince": "StateProvince",
    "ZipPostalCode": "ZipPostalCode",
    "Country": "Country",
    "PhoneNumber": "PhoneNumber",
    "Contact": "ContactName",
    "Email": "Email",
    "Currency": "CurrencyCode",
    "RateType": "RateType",
    "TermsCode": "Terms",
    "TaxGroup": "TaxGroup",
    "VendorAccountSet": "AccountSet",
    **{f"TaxClass{number}": f"TaxClassCode{number}" for number in range(1, 6)},
}
"""What a document takes over from its vendor, by the document's property."""
_ACCOUNTS = {
    "ExpenseAccount": "Expense account",
    "NonStockClearingAccount": "Non-stock clearing account",
}
_BACKORDER = "Warning: Quantity on backorder has not been updated."
_NUMBER_WIDTH = 6


def take_vendor(session: Session, document: JsonObject) -> None:
    """Fill a document from its vendor, over what was put before (Sage sheet §1.4)."""
    vendor = session.find(*VENDORS.path, document["Vendor"])
    if vendor is None:
        return
    document |= {name: vendor[source] for name, source in _FROM_VENDOR.items() if name in document}


def take_item(session: Session, document: JsonObject, line: JsonObject) -> None:
    """Fill a line from its item: description, unit, cost, where it goes."""
    item = find_item(session, line["ItemNumber"])
    if item is None:
        return
    line["ItemNumber"] = item["ItemNumber"] or line["ItemNumber"]
    line["ItemDescription"] = item["Description"]
    line["UnitOfMeasure"] = item["StockingUnitOfMeasure"]
    if "StockItem" in line:
        line["StockItem"] = item["StockItem"]
    line["Location"] = line["Location"] or document.get(
        "ShipToLocation", document.get("Location", "")
    )


def check_vendor(session: Session, document: JsonObject) -> None:
    """Refuse a vendor that is none, or inactive; terms, taxes or a currency not of it (§5.6).

    Raises:
        WebApiError: `FieldInvalid`.
    """
    number = document["Vendor"]
    if not number:
        raise field_invalid("Vendor number cannot be blank.")
    if session.lacks(*VENDORS.path, number):
        raise field_invalid(f"Vendor number '{number}' does not exist.")
    vendor = session.find(*VENDORS.path, number)
    if vendor is not None and vendor["Status"] == "Inactive":
        raise field_invalid(f"Vendor number '{number}' is inactive.")
    if "TermsCode" in document:
        check_references(session, document, {"TermsCode": (TERMS.path, "Terms code")})
    if vendor is not None:
        _check_against_vendor(session, document, vendor)


def check_lines(session: Session, lines: Sequence[JsonObject], *, quantity: str) -> None:
    """Refuse a document without lines, or with a line whose item, unit or place is none.

    Raises:
        WebApiError: `RecordInvalid` or `FieldInvalid`; for an unknown item followed by a
            warning that has nothing to do with it (§1.6, C).
    """
    if not lines:
        raise record_invalid("The document has no detail lines.")
    for line in lines:
        _check_item(session, line)
        location = line["Location"]
        if location and session.lacks(*LOCATIONS.path, location):
            raise field_invalid(f"Location '{location}' does not exist.")
        if decimal_of(line[quantity]) <= 0:
            raise field_invalid("Quantity must be greater than zero.")
        if decimal_of(line.get("UnitCost", 0)) < 0:
            raise field_invalid("Unit cost cannot be negative.")
        for name, label in _ACCOUNTS.items():
            if line.get(name):
                check_account(session, line[name], label=label)


def check_period(session: Session, day: object, *, label: str) -> FiscalPeriod | None:
    """Return the fiscal period of a date; None when the company has no calendar.

    Raises:
        WebApiError: The calendar does not cover the date (§1.6, C), or the period is locked.
    """
    if not session.is_installed("CS", "CSFiscalCalendars"):
        return None
    date = parse_day(day)
    period = None if date is None else fiscal_calendar(session.company).find(date)
    if period is None:
        message = (
            f"Cannot determine the fiscal period for {label} Date.\n"
            "Check the fiscal calendar in Common Services."
        )
        raise field_invalid(message)
    is_closed = is_locked("PO", period.year, period.number, switches=session.switches)
    if is_closed and company_policy(session, "LockedFiscalPeriod") == "Error":
        raise field_invalid(f"Fiscal period {period.year}-{period.code} is locked.")
    return period


def put_rate(session: Session, document: JsonObject, *, day: object) -> None:
    """Give a document in foreign currency its rate, unless it has one.

    Raises:
        WebApiError: `FieldInvalid`; there is no rate for the day.
    """
    home = company_profile(session).get("FunctionalCurrency", "")
    currency = str(document["Currency"])
    if not currency or not home or currency == home:
        document["ExchangeRate"] = 1
        return
    if decimal_of(document["ExchangeRate"]):
        document["RateOverridden"] = True
        return
    date = parse_day(day)
    rate_type = str(document["RateType"])
    rate = None
    if date is not None:
        rate = find_rate(
            session.company, home=home, currency=currency, rate_type=rate_type, day=date
        )
    if rate is None:
        raise field_invalid(f"No exchange rate from {currency} to {home} was found.")
    document["ExchangeRate"] = rate.value
    document["RateDate"] = document["RateDate"] or day
    document["RateOperation"] = "Divide" if rate.operator == DIVIDE else "Multiply"


def put_numbers(
    session: Session, document: JsonObject, resource: Resource, *, number: str, prefix: str
) -> None:
    """Give a document its key, and its number unless the body brings one.

    Args:
        session: Where the documents are.
        document: The new document.
        resource: Where its kind is kept.
        number: The property with the document number.
        prefix: What assigned numbers begin with.

    Raises:
        WebApiError: `RecordDuplicate`; the number is taken (§4.4: numbers are unique).
    """
    table = session.table(*resource.path)
    document[resource.key[0]] = int(table.last_key() or 0) + 1
    path = "/".join(resource.path)
    given = document[number]
    if given and is_used(session, path, number, value=given):
        raise WebApiError("RecordDuplicate", f"{number} '{given}' already exists.")
    count = len(table)
    while not document[number]:
        count += 1
        made = f"{prefix}{count:0{_NUMBER_WIDTH}}"
        document[number] = "" if is_used(session, path, number, value=made) else made


def number_lines(lines: Sequence[JsonObject], *, name: str) -> None:
    """Give lines their sequence numbers."""
    for position, line in enumerate(lines, start=1):
        line[name] = position


def _check_against_vendor(session: Session, document: JsonObject, vendor: JsonObject) -> None:
    """The vendor decides the currency; tax groups are the vendor's or the site's (a switch)."""
    number = document["Vendor"]
    currency = document.get("Currency", "")
    if currency and currency != vendor["CurrencyCode"]:
        raise field_invalid(f"Currency {currency} is not that of vendor '{number}'.")
    group = document.get("TaxGroup", "")
    groups = cast("Mapping[str, object]", session.switches.snapshot().get("ap_tax_groups", {}))
    if group and group not in groups and group != vendor["TaxGroup"]:
        raise field_invalid(f"Tax group '{group}' does not exist.")


def _check_item(session: Session, line: JsonObject) -> None:
    number = line["ItemNumber"]
    if not number:
        raise field_invalid("Item number cannot be blank.")
    if not session.is_installed(*ITEMS.path):
        return
    item = find_item(session, number)
    if item is None:
        raise field_invalid(f"Item number '{number}' does not exist.\n\n{_BACKORDER}")
    if item["Status"]:
        raise field_invalid(f"Item number '{number}' is inactive.")
    unit = line["UnitOfMeasure"]
    units = {known["UnitOfMeasure"] for known in item["ItemUnitsOfMeasure"]}
    if units and unit not in units:
        raise field_invalid(f"Unit of measure '{unit}' does not exist for item '{number}'.")
