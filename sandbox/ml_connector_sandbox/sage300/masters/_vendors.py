"""Rules of vendors and vendor groups (Sage sheet §4.3, §5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from typing_extensions import override

from ml_connector_sandbox.sage300.catalog.ap import VENDOR_GROUPS, VENDORS
from ml_connector_sandbox.sage300.writing._checks import (
    check_account,
    check_references,
    check_required,
    check_unused,
    company_profile,
    field_invalid,
    is_used,
    put_stamp,
    record_invalid,
)
from ml_connector_sandbox.sage300.writing._rules import Rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.writing._rules import Driver
    from ml_connector_sandbox.sage300.writing._session import Session

_STAMP = "DateLastMaintained"
_FROM_GROUP = {
    "AccountSet": "AccountSet",
    "CurrencyCode": "CurrencyCode",
    "RateType": "RateType",
    "BankCode": "BankCode",
    "Terms": "Terms",
    "TaxGroup": "TaxGroup",
    "PaymentCode": "PaymentCode",
    "DistributionType": "DistributionType",
    "DistributionSet": "DistributionSet",
    "DistributionCode": "DistributionCode",
    "GLAccount": "GeneralLedgerAccountNumber",
    "DuplicateAmountCode": "DuplicateAmountCode",
    "DuplicateDateCode": "DuplicateDateCode",
    **{f"TaxClassCode{number}": f"TaxClass{number}" for number in range(1, 6)},
    **{f"TaxIncluded{number}": f"TaxIncluded{number}" for number in range(1, 6)},
}
"""What a vendor takes over from its group, by the vendor's property."""
_SEPARATE_CHECKS = {"No": "DoNotPrintSeparateChecks", "Yes": "PrintSeparateChecks"}
_CODES = {
    "AccountSet": (("AP", "APAccountSets"), "Account set"),
    "CurrencyCode": (("CS", "CSCurrencyCodes"), "Currency"),
    "Terms": (("AP", "APTerms"), "Terms code"),
    "DistributionCode": (("AP", "APDistributionCodes"), "Distribution code"),
}
_STATISTICS = frozenset(
    {
        "BalanceDueInVendorCurrency",
        "BalanceDueInFunctionalCurrency",
        "NumberOfOpenInvoices",
        "NumberOfPaidInvoices",
        "NumberOfDaysToPay",
        "AverageDaysToPay",
        "DateOfLastActivity",
        "DateOfLastInvoice",
        "DateOfLastCreditNote",
        "DateOfLastDebitNote",
        "DateOfLastPayment",
        "DateOfLastDiscount",
        "DateOfLastAdjustment",
        "DateOfLastRevaluation",
        "DateOfLargestInvoice",
        "NextClientUniqueID",
        _STAMP,
    }
)


def take_group(session: Session, vendor: JsonObject) -> None:
    """Fill a vendor from its group, over what was put before (§4.3: the group drives)."""
    group = session.find(*VENDOR_GROUPS.path, vendor["GroupCode"])
    if group is None:
        return
    vendor |= {name: group[source] for name, source in _FROM_GROUP.items()}
    vendor["PrintSeparateChecks"] = _SEPARATE_CHECKS[str(group["PrintSeparateChecks"])]


def _date_inactivity(session: Session, record: JsonObject) -> None:
    record["InactiveDate"] = session.day if record["Status"] == "Inactive" else None


_DRIVERS: Mapping[str, Driver] = {"GroupCode": take_group, "Status": _date_inactivity}


class VendorRules(Rules):
    """A vendor: its group fills it in, its codes must exist, its balances are not typed."""

    drivers = _DRIVERS
    kept = _STATISTICS

    @override
    def prepare(self, session: Session, record: JsonObject, given: JsonObject) -> None:
        """Number, group and account set are needed; currency and dates follow."""
        del given
        check_required(record, {"VendorNumber": "Vendor number", "GroupCode": "Group code"})
        record["StartDate"] = record["StartDate"] or session.day
        record["ShortName"] = record["ShortName"] or str(record["VendorName"])[:10].rstrip()
        _default_currency(session, record)
        _check_account_set(session, record)

    @override
    def check(self, session: Session, record: JsonObject) -> None:
        """All codes must exist and fit together."""
        groups = {"GroupCode": (VENDOR_GROUPS.path, "Group code")}
        check_references(session, record, groups | _CODES)
        check_required(record, {"AccountSet": "Account set"})
        _check_site_codes(session, record)
        check_account(session, record["GLAccount"], label="G/L account")

    @override
    def check_update(self, session: Session, before: JsonObject, given: JsonObject) -> None:
        """The currency of a vendor with documents stays."""
        currency = given.get("CurrencyCode", before["CurrencyCode"])
        number = before["VendorNumber"]
        if currency != before["CurrencyCode"] and is_used(
            session, "AP/APPostedDocuments", "VendorNumber", value=number
        ):
            raise field_invalid(f"The currency of vendor '{number}' cannot be changed.")
        if {"CurrencyCode", "AccountSet"} & given.keys():
            _check_account_set(session, before | given)

    @override
    def settle(self, session: Session, record: JsonObject) -> None:
        """Stamp what was maintained."""
        put_stamp(session, record, _STAMP)

    @override
    def check_delete(self, session: Session, record: JsonObject) -> None:
        """A vendor with documents or orders stays."""
        number = record["VendorNumber"]
        uses = {
            "AP/APPostedDocuments": "VendorNumber",
            "PO/POPurchaseOrders": "Vendor",
            "PO/POGetReceipts": "Vendor",
        }
        check_unused(session, number, label="Vendor", uses=uses)
        if _has_open_documents(session, number):
            raise record_invalid(f"Vendor '{number}' is used in an open batch.")


class VendorGroupRules(Rules):
    """A vendor group: the codes it hands on must exist."""

    kept = frozenset({_STAMP})

    @override
    def prepare(self, session: Session, record: JsonObject, given: JsonObject) -> None:
        """A group needs what vendors cannot do without."""
        del given
        _default_currency(session, record)
        check_required(
            record,
            {
                "GroupCode": "Group code",
                "AccountSet": "Account set",
                "Terms": "Terms code",
                "TaxGroup": "Tax group",
            },
        )
        _check_account_set(session, record)

    @override
    def check(self, session: Session, record: JsonObject) -> None:
        """All codes must exist and fit together."""
        check_references(session, record, _CODES)
        _check_site_codes(session, record)
        check_account(session, record["GeneralLedgerAccountNumber"], label="G/L account")

    @override
    def settle(self, session: Session, record: JsonObject) -> None:
        """Stamp what was maintained."""
        put_stamp(session, record, _STAMP)

    @override
    def check_delete(self, session: Session, record: JsonObject) -> None:
        """A group with vendors stays."""
        uses = {"AP/APVendors": "GroupCode"}
        check_unused(session, record["GroupCode"], label="Vendor group", uses=uses)


def _default_currency(session: Session, record: JsonObject) -> None:
    if not record["CurrencyCode"]:
        record["CurrencyCode"] = company_profile(session).get("FunctionalCurrency", "")


def _check_account_set(session: Session, record: JsonObject) -> None:
    account_set = session.find("AP", "APAccountSets", record["AccountSet"])
    if account_set is None or session.lacks("CS", "CSCurrencyCodes", record["CurrencyCode"]):
        return
    currency = account_set["CurrencyCodeForAccount"]
    if currency != record["CurrencyCode"]:
        message = f"Account set '{record['AccountSet']}' is for {currency}, not"
        raise field_invalid(f"{message} {record['CurrencyCode']}.")


def _check_site_codes(session: Session, record: JsonObject) -> None:
    """Tax groups and banks are kept by modules that are not served: switches name them.

    Codes that vendors and groups of the company use already count as well.
    """
    snapshot = session.switches.snapshot()
    for name, switch, label in (
        ("TaxGroup", "ap_tax_groups", "Tax group"),
        ("BankCode", "ap_banks", "Bank code"),
    ):
        known = cast("Mapping[str, object] | None", snapshot.get(switch))
        value = record[name]
        if not value or known is None or value in known:
            continue
        if not any(
            is_used(session, path, name, value=value)
            for path in ("AP/APVendors", "AP/APVendorGroups")
        ):
            raise field_invalid(f"{label} '{value}' does not exist.")


def _has_open_documents(session: Session, vendor: object) -> bool:
    for name, entries in (
        ("APInvoiceBatches", "Invoices"),
        ("APPaymentAndAdjustmentBatches", "PaymentsAdjustments"),
    ):
        if not session.is_installed("AP", name):
            continue
        for batch in session.records("AP", name):
            if batch["BatchStatus"] in {"Posted", "Deleted"}:
                continue
            if any(entry["VendorNumber"] == vendor for entry in batch[entries]):
                return True
    return False


RULES = {
    VENDORS.path: VendorRules(VENDORS),
    VENDOR_GROUPS.path: VendorGroupRules(VENDOR_GROUPS),
}
