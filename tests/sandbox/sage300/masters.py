"""Records that tests of writing need beside them, planted as a desktop user would."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.sandbox.web import Sage

VENDOR = "TESTV"
ITEM = "TESTITEM"


def plant_account(sage: Sage, number: str, **fields: object) -> None:
    """An account whose structure is the test's own."""
    record = {
        "UnformattedAccount": number,
        "AccountNumber": number,
        "StructureCode": "TST",
        **fields,
    }
    sage.plant("GL/GLAccounts", **record)


def plant_codes(sage: Sage) -> None:
    """Codes that vendors refer to, where the company keeps them."""
    installed = sage.get("AP/$metadata").raw
    if b'"APTerms"' in installed and sage.get("AP/APTerms('TSTT')").status == 404:
        sage.plant("AP/APTerms", TermsCode="TSTT")
    if b'"APAccountSets"' in installed and sage.get("AP/APAccountSets('TSTS')").status == 404:
        sage.plant("AP/APAccountSets", AccountSetCode="TSTS", CurrencyCodeForAccount="CAD")


def plant_group(sage: Sage, code: str = "TSTG", **fields: object) -> None:
    """A vendor group with every code a vendor takes over."""
    plant_codes(sage)
    record = {
        "GroupCode": code,
        "AccountSet": "TSTS",
        "CurrencyCode": "CAD",
        "Terms": "TSTT",
        "TaxGroup": "EXEMPT",
        **fields,
    }
    sage.plant("AP/APVendorGroups", **record)


def plant_vendor(sage: Sage, number: str = VENDOR, **fields: object) -> None:
    """A vendor in functional currency, without tax."""
    plant_codes(sage)
    record = {
        "VendorNumber": number,
        "VendorName": "Test & Sons",
        "City": "Oslo",
        "CurrencyCode": "CAD",
        "Terms": "TSTT",
        "TaxGroup": "EXEMPT",
        "AccountSet": "TSTS",
        **fields,
    }
    sage.plant("AP/APVendors", **record)


def plant_item(sage: Sage, number: str = ITEM, **fields: object) -> None:
    """An item that is bought by the piece, or by the box of ten."""
    units = [
        {"ItemNumber": number, "UnitOfMeasure": unit, "ConversionFactor": factor}
        for unit, factor in (("Ea.", 1), ("Box", 10))
    ]
    record = {
        "UnformattedItemNumber": number,
        "ItemNumber": number,
        "Description": "A thing",
        "StockItem": True,
        "StockingUnitOfMeasure": "Ea.",
        "ItemUnitsOfMeasure": units,
        **fields,
    }
    sage.plant("IC/ICItems", **record)


def plant_location(sage: Sage, key: str = "T1") -> None:
    """A place to receive at."""
    sage.plant("IC/ICLocations", LocationKey=key, Name="Test store")
