"""Rules of account sets, distribution codes and terms of Accounts Payable (Sage sheet §5.6)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from typing_extensions import override

from ml_connector_sandbox.sage300.catalog.ap_setup import (
    ACCOUNT_SETS,
    DISTRIBUTION_CODES,
    TERMS,
)
from ml_connector_sandbox.sage300.writing._checks import (
    check_account,
    check_references,
    check_required,
    check_unused,
    company_profile,
    put_stamp,
    record_invalid,
)
from ml_connector_sandbox.sage300.writing._rules import Rules
from ml_connector_sandbox.sage300.writing._session import blank_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._types import Property
    from ml_connector_sandbox.sage300.writing._rules import Driver
    from ml_connector_sandbox.sage300.writing._session import Session

_STAMP = "DateLastMaintained"
_SCHEDULE = "TermsPaymentSchedule"
_WHOLE = Decimal(100)
_CONTROL = {"PayablesControlAccount": "Payables control account"}
_ACCOUNTS = {
    **_CONTROL,
    "DiscountsAccount": "Discounts account",
    "PrepaymentAccount": "Prepayment account",
    "RetainageAccount": "Retainage account",
    "UnrealizedExchangeGainAccount": "Unrealized exchange gain account",
    "UnrealizedExchangeLossAccount": "Unrealized exchange loss account",
    "ExchangeGainAccount": "Exchange gain account",
    "ExchangeLossAccount": "Exchange loss account",
    "ExchangeRoundingAccount": "Exchange rounding account",
}


def _date_inactivity(session: Session, record: JsonObject) -> None:
    record["InactiveDate"] = session.day if record["Status"] == "Inactive" else None


_DRIVERS: Mapping[str, Driver] = {"Status": _date_inactivity}


class _SetupRules(Rules):
    """What the three have in common: a stamp, and a status with its date."""

    drivers = _DRIVERS
    kept = frozenset({_STAMP})

    @override
    def settle(self, session: Session, record: JsonObject) -> None:
        """Stamp what was maintained."""
        put_stamp(session, record, _STAMP)


class AccountSetRules(_SetupRules):
    """The accounts that documents of a currency go to."""

    @override
    def prepare(self, session: Session, record: JsonObject, given: JsonObject) -> None:
        """The currency is the company's own unless another is given."""
        del given
        home = company_profile(session).get("FunctionalCurrency", "")
        record["CurrencyCodeForAccount"] = record["CurrencyCodeForAccount"] or home
        check_required(record, {"AccountSetCode": "Account set code", **_CONTROL})

    @override
    def check(self, session: Session, record: JsonObject) -> None:
        """Accounts and currency must exist."""
        currencies = {"CurrencyCodeForAccount": (("CS", "CSCurrencyCodes"), "Currency")}
        check_references(session, record, currencies)
        for name, label in _ACCOUNTS.items():
            check_account(session, record[name], label=label)

    @override
    def check_delete(self, session: Session, record: JsonObject) -> None:
        """A set in use stays."""
        uses = dict.fromkeys(
            ("AP/APVendors", "AP/APVendorGroups", "AP/APPostedDocuments"), "AccountSet"
        )
        check_unused(session, record["AccountSetCode"], label="Account set", uses=uses)


class DistributionCodeRules(_SetupRules):
    """A short name of an account that amounts are distributed to."""

    @override
    def check(self, session: Session, record: JsonObject) -> None:
        """The account must exist."""
        check_required(
            record, {"DistributionCodeKey": "Distribution code", "GLAccount": "G/L account"}
        )
        check_account(session, record["GLAccount"], label="G/L account")

    @override
    def check_delete(self, session: Session, record: JsonObject) -> None:
        """A code in use stays."""
        uses = dict.fromkeys(("AP/APVendors", "AP/APVendorGroups"), "DistributionCode")
        code = record["DistributionCodeKey"]
        check_unused(session, code, label="Distribution code", uses=uses)


class TermsRules(_SetupRules):
    """Terms of payment: the schedule asks for everything, once."""

    @override
    def detail_template(
        self, session: Session, record: JsonObject, collection: Property
    ) -> JsonObject:
        """Start a payment with its terms."""
        detail = super().detail_template(session, record, collection)
        return detail | {"TermsCode": record["TermsCode"]}

    @override
    def prepare(self, session: Session, record: JsonObject, given: JsonObject) -> None:
        """Without a schedule everything is due at once."""
        del session, given
        check_required(record, {"TermsCode": "Terms code"})
        schedule = self.resource.find(_SCHEDULE)
        if not record[_SCHEDULE] and schedule is not None:
            payment = {"TermsCode": record["TermsCode"], "PercentageDue": 100}
            number = {"PaymentNumber": schedule.step}
            record[_SCHEDULE] = [blank_record(schedule.details) | payment | number]

    @override
    def check(self, session: Session, record: JsonObject) -> None:
        """The percentages total 100."""
        del session
        percents = (Decimal(str(line["PercentageDue"])) for line in record[_SCHEDULE])
        total = sum(percents, Decimal(0))
        if total != _WHOLE:
            raise record_invalid(f"Percentages due must total 100, not {total:f}.")

    @override
    def settle(self, session: Session, record: JsonObject) -> None:
        """Count the payments."""
        super().settle(session, record)
        record |= {"NumberOfPayments": len(record[_SCHEDULE]), "TotalPercentageDue": 100}

    @override
    def check_delete(self, session: Session, record: JsonObject) -> None:
        """Terms in use stay."""
        uses = {
            "AP/APVendors": "Terms",
            "AP/APVendorGroups": "Terms",
            "AP/APPostedDocuments": "Terms",
            "PO/POPurchaseOrders": "TermsCode",
        }
        check_unused(session, record["TermsCode"], label="Terms code", uses=uses)


RULES = {
    ACCOUNT_SETS.path: AccountSetRules(ACCOUNT_SETS),
    DISTRIBUTION_CODES.path: DistributionCodeRules(DISTRIBUTION_CODES),
    TERMS.path: TermsRules(TERMS),
}
