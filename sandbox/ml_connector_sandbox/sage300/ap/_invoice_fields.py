"""What a field of an invoice fills in when it is put: the drivers (Sage sheet §1.4, §5.2).

Fields are put in the order of the body, so a driver that comes late overwrites what came
before it: `Terms` after `DueDate` computes the due date again.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._values import date_text, plain_number
from ml_connector_sandbox.sage300.ap._accounts import check_account
from ml_connector_sandbox.sage300.ap._checks import day_of, find_period, find_vendor
from ml_connector_sandbox.sage300.ap._lookups import lookups_of
from ml_connector_sandbox.sage300.ap._money import Rate
from ml_connector_sandbox.sage300.ap._taxes import AUTHORITIES_MAX
from ml_connector_sandbox.sage300.ap._terms import Terms, build_schedule
from ml_connector_sandbox.sage300.writing._checks import field_invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.ap._setup import Setup
    from ml_connector_sandbox.sage300.writing._rules import DetailDriver, Driver
    from ml_connector_sandbox.sage300.writing._session import Session

_FROM_VENDOR = {
    "VendorName": "VendorName",
    "VendorGroupCode": "GroupCode",
    "AccountSet": "AccountSet",
    "CurrencyCode": "CurrencyCode",
    "RateType": "RateType",
    "Terms": "Terms",
    "TaxGroup": "TaxGroup",
    "DistributionSet": "DistributionSet",
    "RemitToLocation": "PrimaryRemitToLocation",
}
_TRANSACTION_TYPES = {
    "Invoice": "InvoiceSummaryEntered",
    "DebitNote": "DebitNoteSummaryEntered",
    "CreditNote": "CreditNoteSummaryEntered",
    "Interest": "InterestCharge",
}


def put_vendor(session: Session, entry: JsonObject) -> None:
    """Take over the vendor's name, group, account set, currency, terms and tax group.

    Raises:
        WebApiError: The vendor does not exist, is inactive or on hold.
    """
    vendor = find_vendor(session, str(entry["VendorNumber"]))
    for name, source in _FROM_VENDOR.items():
        entry[name] = vendor[source]
    if not entry["RateType"]:
        entry["RateType"] = setup_of(session).default_rate_type()
    for number in range(1, AUTHORITIES_MAX + 1):
        entry[f"TaxClass{number}"] = vendor[f"TaxClassCode{number}"] or 1
    entry["OnHold"] = "Yes" if vendor["OnHold"] == "OnHold" else "No"
    put_tax_group(session, entry)
    put_rate_date(session, entry)
    put_terms(session, entry)


def put_document_type(_session: Session, entry: JsonObject) -> None:
    """Set the transaction type that belongs to the document type."""
    entry["TransactionType"] = _TRANSACTION_TYPES[entry["DocumentType"]]


def put_document_date(session: Session, entry: JsonObject) -> None:
    """Let as-of date, posting date, rate and due date follow the document date."""
    day = entry["DocumentDate"]
    entry["AsOfDate"] = day
    entry["RateDate"] = day
    if session.switches.text("ap_posting_date") == "document_date":
        entry["PostingDate"] = day
        put_posting_date(session, entry)
    put_rate_date(session, entry)
    put_terms(session, entry)


def put_posting_date(session: Session, entry: JsonObject) -> None:
    """Let fiscal year and period follow the posting date; blank outside the calendar."""
    period = find_period(session, entry["PostingDate"])
    entry["FiscalYear"] = period.year if period else ""
    entry["FiscalPeriod"] = period.code if period else ""


def put_rate_date(session: Session, entry: JsonObject) -> None:
    """Look the rate up; zero when the tables have none (unknown 22)."""
    currency = str(entry["CurrencyCode"])
    day = str(entry["RateDate"] or entry["DocumentDate"] or session.day)
    found = find_rate(session, currency, rate_type=str(entry["RateType"]), day=day)
    rate = found[0] if found else Rate(Decimal(0))
    entry["ExchangeRate"] = plain_number(rate.value)
    entry["RateOperation"] = rate.operation.value
    entry["RateOverridden"] = "No"
    if found:
        entry["RateDate"] = found[1]


def find_rate(
    session: Session, currency: str, *, rate_type: str, day: str
) -> tuple[Rate, str] | None:
    """Return rate and day for a document that gives none; None when it must (unknown 22)."""
    setup = setup_of(session)
    is_foreign = currency != setup.functional.code
    if not currency or (is_foreign and session.switches.text("omitted_rates") == "refused"):
        return None
    return setup.rate(currency, rate_type=rate_type, day=day)


def put_rate(_session: Session, entry: JsonObject) -> None:
    """Note that the rate was typed."""
    entry["RateOverridden"] = "Yes"


def put_terms(session: Session, entry: JsonObject) -> None:
    """Compute due date and discount from the terms.

    Raises:
        WebApiError: The company does not have the terms.
    """
    terms = find_terms(session, entry)
    if not entry["DocumentDate"]:
        return
    setup = setup_of(session)
    payment = build_schedule(
        terms,
        start=day_of(entry["DocumentDate"]),
        total=Decimal(0),
        discount_base=Decimal(100),
        currency=setup.currency(str(entry["CurrencyCode"])),
    )[0]
    entry["DueDate"] = date_text(payment.due)
    entry["DiscountDate"] = date_text(payment.discount_until) if payment.discount_until else None
    entry["DiscountPercentage"] = plain_number(terms.instalments[0].discount_percent)


def put_tax_group(session: Session, entry: JsonObject) -> None:
    """Take over the authorities of the tax group.

    Raises:
        WebApiError: The site does not have the tax group.
    """
    group = str(entry["TaxGroup"])
    authorities = setup_of(session).tax_group(group)
    if authorities is None:
        raise field_invalid(f"Tax group '{group}' does not exist.")
    for number in range(1, AUTHORITIES_MAX + 1):
        is_used = number <= len(authorities)
        entry[f"TaxAuthority{number}"] = authorities[number - 1].code if is_used else ""


def put_account_set(session: Session, entry: JsonObject) -> None:
    """Check that the account set exists; its currency is checked with the whole entry.

    Raises:
        WebApiError: The company does not have it.
    """
    code = str(entry["AccountSet"])
    if setup_of(session).account_set(code) is None:
        raise field_invalid(f"Account set '{code}' does not exist.")


def check_account_set(session: Session, entry: JsonObject) -> None:
    """Check the account set of a whole entry: it is of the document's currency, as the vendor's is.

    Raises:
        WebApiError: The company does not have it, or it is for another currency.
    """
    put_account_set(session, entry)
    found = setup_of(session).account_set(str(entry["AccountSet"]))
    currency = entry["CurrencyCode"]
    if found is not None and found.currency not in {"", currency}:
        raise field_invalid(f"Account set '{found.code}' is for {found.currency}, not {currency}.")


def put_vendors_distribution(session: Session, entry: JsonObject, line: JsonObject) -> None:
    """Start a line with what the vendor's record says it is charged to, if it does (§4.3)."""
    vendor = lookups_of(session).vendor(str(entry["VendorNumber"])) or {}
    if vendor.get("DistributionType") == "DistributionCode":
        line["DistributionCode"] = vendor["DistributionCode"]
        put_distribution_code(session, entry, line)
    elif vendor.get("DistributionType") == "GLAccount":
        line["GLAccount"] = vendor["GLAccount"]


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
    line["GLAccount"] = found["GLAccount"]
    line["DistributionDescription"] = found["Description"]
    line["Discountable"] = found["Discountable"]


def put_account(session: Session, entry: JsonObject, line: JsonObject) -> None:
    """Check the account, and describe the line by it when nothing else does.

    Raises:
        WebApiError: The account cannot be posted to.
    """
    if not line["GLAccount"]:
        return
    account = check_account(session, str(line["GLAccount"]), currency=str(entry["CurrencyCode"]))
    line["GLAccount"] = account.number
    line["DistributionDescription"] = line["DistributionDescription"] or account.description


def find_terms(session: Session, entry: JsonObject) -> Terms:
    """Return an entry's terms; blank ones ask for everything at once.

    Raises:
        WebApiError: The company does not have them.
    """
    code = str(entry["Terms"])
    if not code or not session.is_installed("AP", "APTerms"):
        return Terms()
    terms = setup_of(session).terms(code)
    if terms is None:
        raise field_invalid(f"Terms code '{code}' does not exist.")
    return terms


def setup_of(session: Session) -> Setup:
    """Return the set-up of the session's company."""
    return lookups_of(session).setup


DRIVERS: Mapping[str, Driver] = {
    "VendorNumber": put_vendor,
    "DocumentType": put_document_type,
    "DocumentDate": put_document_date,
    "PostingDate": put_posting_date,
    "CurrencyCode": put_rate_date,
    "RateType": put_rate_date,
    "RateDate": put_rate_date,
    "ExchangeRate": put_rate,
    "Terms": put_terms,
    "TaxGroup": put_tax_group,
    "AccountSet": put_account_set,
}
DETAIL_DRIVERS: Mapping[str, Mapping[str, DetailDriver]] = {
    "InvoiceDetails": {
        "DistributionCode": put_distribution_code,
        "GLAccount": put_account,
    },
}
