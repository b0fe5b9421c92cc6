"""Rules of the company profile, currency codes and currency rates (Sage sheet §4.6)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from typing_extensions import override

from ml_connector_sandbox.sage300.catalog.cs import (
    COMPANY_PROFILE,
    CURRENCY_CODES,
    CURRENCY_RATES,
)
from ml_connector_sandbox.sage300.writing._checks import (
    check_references,
    check_required,
    check_unused,
    company_profile,
    field_invalid,
    record_invalid,
)
from ml_connector_sandbox.sage300.writing._rules import Rules

if TYPE_CHECKING:
    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._types import Property
    from ml_connector_sandbox.sage300.writing._session import Session


class CompanyProfileRules(Rules):
    """The company's own record: it is there, and books were kept by it."""

    @override
    def check_update(self, session: Session, before: JsonObject, given: JsonObject) -> None:
        """What the books were kept by stays."""
        del session
        for name in ("FunctionalCurrency", "NumberOfFiscalPeriods", "Multicurrency"):
            if given.get(name, before[name]) != before[name]:
                raise field_invalid(f"{name} of a company with transactions cannot be changed.")

    @override
    def check_delete(self, session: Session, record: JsonObject) -> None:
        """A company that is open stays."""
        del session
        raise record_invalid(f"Company profile '{record['DatabaseID']}' cannot be deleted.")


class CurrencyCodeRules(Rules):
    """A currency: three letters."""

    @override
    def prepare(self, session: Session, record: JsonObject, given: JsonObject) -> None:
        """Check the code."""
        del session, given
        code = str(record["CurrencyCodeKey"])
        if not re.fullmatch(r"[A-Z0-9]{3}", code):
            raise field_invalid(f"Currency code '{code}' is not valid.")

    @override
    def check_delete(self, session: Session, record: JsonObject) -> None:
        """A currency that is kept or traded in stays."""
        code = record["CurrencyCodeKey"]
        if company_profile(session).get("FunctionalCurrency") == code:
            raise record_invalid(f"Currency code '{code}' is the functional currency.")
        uses = {
            "AP/APVendors": "CurrencyCode",
            "AP/APVendorGroups": "CurrencyCode",
            "CS/CSCurrencyRates": "ToCurrency",
            "GL/GLPostedTransactions": "SourceCurrencyCode",
        }
        check_unused(session, code, label="Currency code", uses=uses)


class CurrencyRateRules(Rules):
    """A table of rates to one currency."""

    @override
    def detail_template(
        self, session: Session, record: JsonObject, collection: Property
    ) -> JsonObject:
        """Start a rate with its table's key."""
        detail = super().detail_template(session, record, collection)
        return detail | {name: record[name] for name in ("ToCurrency", "RateType")}

    @override
    def prepare(self, session: Session, record: JsonObject, given: JsonObject) -> None:
        """Both parts of the key are needed."""
        del session, given
        check_required(record, {"ToCurrency": "Currency", "RateType": "Rate type"})

    @override
    def check(self, session: Session, record: JsonObject) -> None:
        """Currencies must exist, rates be positive and dated."""
        currencies = CURRENCY_CODES.path
        check_references(session, record, {"ToCurrency": (currencies, "Currency")})
        for rate in record["CurrencyRateDetail"]:
            check_required(rate, {"FromCurrency": "From currency", "RateDate": "Rate date"})
            check_references(session, rate, {"FromCurrency": (currencies, "Currency")})
            if Decimal(str(rate["Rate"])) <= 0:
                raise field_invalid(f"Rate {rate['Rate']} must be greater than zero.")


RULES = {
    COMPANY_PROFILE.path: CompanyProfileRules(COMPANY_PROFILE),
    CURRENCY_CODES.path: CurrencyCodeRules(CURRENCY_CODES),
    CURRENCY_RATES.path: CurrencyRateRules(CURRENCY_RATES),
}
