"""What a field of a payment or adjustment fills in when it is put (Sage sheet §1.4, §5.3)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._values import plain_number
from ml_connector_sandbox.sage300.ap._accounts import check_account
from ml_connector_sandbox.sage300.ap._checks import find_vendor
from ml_connector_sandbox.sage300.ap._invoice_fields import find_rate, put_posting_date, setup_of
from ml_connector_sandbox.sage300.ap._money import Rate
from ml_connector_sandbox.sage300.writing._checks import field_invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.writing._rules import DetailDriver, Driver
    from ml_connector_sandbox.sage300.writing._session import Session

_FROM_VENDOR = {
    "VendorPayeeName": "VendorName",
    "CurrencyCode": "CurrencyCode",
    "RateType": "RateType",
    "PaymentCode": "PaymentCode",
}


def put_vendor(session: Session, entry: JsonObject) -> None:
    """Take over the vendor's name, currency and payment code.

    Raises:
        WebApiError: The vendor does not exist, is inactive or on hold.
    """
    if not entry["VendorNumber"]:
        return
    vendor = find_vendor(session, str(entry["VendorNumber"]))
    for name, source in _FROM_VENDOR.items():
        entry[name] = vendor[source]
    entry["RateType"] = entry["RateType"] or setup_of(session).default_rate_type()
    put_rate_date(session, entry)


def put_date(session: Session, entry: JsonObject) -> None:
    """Let posting date, period and rate follow the payment's date."""
    entry["RateDate"] = entry["PaymentDateAdjustmentDate"]
    if session.switches.text("ap_posting_date") == "document_date":
        entry["PostingDate"] = entry["PaymentDateAdjustmentDate"]
        put_posting_date(session, entry)
    put_rate_date(session, entry)


def put_rate_date(session: Session, entry: JsonObject) -> None:
    """Look the rate up; zero when the tables have none (unknown 22)."""
    currency = str(entry["CurrencyCode"])
    day = str(entry["RateDate"] or session.day)
    found = find_rate(session, currency, rate_type=str(entry["RateType"]), day=day)
    rate = found[0] if found else Rate(Decimal(0))
    entry["ExchangeRate"] = plain_number(rate.value)
    entry["RateOperation"] = rate.operation.value
    if found:
        entry["RateDate"] = found[1]


def put_applied_document(session: Session, entry: JsonObject, line: JsonObject) -> None:
    """Check that the document is there and open; take over its date.

    Raises:
        WebApiError: It is not, or it is fully paid.
    """
    number = str(line["DocumentNumber"])
    if not number:
        return
    vendor = str(line["VendorNumber"] or entry["VendorNumber"])
    document = find_open_document(session, vendor, number)
    line["VendorNumber"] = vendor
    line["DocumentDate"] = line["DocumentDate"] or document["DocumentDate"]


def put_distribution_code(session: Session, _entry: JsonObject, line: JsonObject) -> None:
    """Take over account and description of a distribution code; a blank one says nothing.

    Raises:
        WebApiError: The company does not have the code.
    """
    code = str(line["DistributionCode"])
    if not code:
        return
    found = session.find("AP", "APDistributionCodes", code)
    if found is None:
        raise field_invalid(f"Distribution code '{code}' does not exist.")
    line["DistributionGLAccount"] = found["GLAccount"]
    line["Description"] = line["Description"] or found["Description"]


def put_account(session: Session, entry: JsonObject, line: JsonObject) -> None:
    """Check the account.

    Raises:
        WebApiError: It cannot be posted to.
    """
    if line["DistributionGLAccount"]:
        account = check_account(
            session, str(line["DistributionGLAccount"]), currency=str(entry["CurrencyCode"])
        )
        line["DistributionGLAccount"] = account.number


def find_open_document(session: Session, vendor: str, number: str) -> JsonObject:
    """Return a posted document of which something is open.

    Raises:
        WebApiError: There is no such document, or it is fully paid.
    """
    document = session.find("AP", "APPostedDocuments", (vendor, number))
    if document is None:
        raise field_invalid(f"Document '{number}' for vendor {vendor} does not exist.")
    if document["FullyPaid"] == "Yes":
        raise field_invalid(f"Document '{number}' for vendor {vendor} is fully paid.")
    return document


DRIVERS: Mapping[str, Driver] = {
    "VendorNumber": put_vendor,
    "PaymentDateAdjustmentDate": put_date,
    "PostingDate": put_posting_date,
    "CurrencyCode": put_rate_date,
    "RateType": put_rate_date,
    "RateDate": put_rate_date,
}
DETAIL_DRIVERS: Mapping[str, Mapping[str, DetailDriver]] = {
    "AppliedPayments": {"DocumentNumber": put_applied_document},
    "AdjustmentGLDistributions": {
        "DistributionCode": put_distribution_code,
        "DistributionGLAccount": put_account,
    },
}
