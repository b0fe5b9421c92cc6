"""Checks of what A/P documents refer to: vendors, terms, periods (Sage sheet §5.6).

A check that fails raises `FieldInvalid` (409) with a message that names the value (§1.6).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._errors import WebApiError
from ml_connector_sandbox.sage300._fiscal import is_locked
from ml_connector_sandbox.sage300._values import plain_number
from ml_connector_sandbox.sage300.ap._lookups import lookups_of
from ml_connector_sandbox.sage300.ap._money import decimal_of
from ml_connector_sandbox.sage300.writing._checks import field_invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._fiscal import FiscalPeriod
    from ml_connector_sandbox.sage300.ap._money import Currency
    from ml_connector_sandbox.sage300.writing._session import Session

APPLICATION = "AP"


def find_vendor(session: Session, number: str) -> JsonObject:
    """Return a vendor that documents may be entered for.

    Raises:
        WebApiError: There is no such vendor, or it is inactive, or on hold.
    """
    if not number:
        raise field_invalid("Vendor number cannot be blank.")
    vendor = lookups_of(session).vendor(number)
    if vendor is None:
        raise field_invalid(f"Vendor number '{number}' does not exist.")
    if vendor["Status"] == "Inactive":
        raise field_invalid(f"Vendor number '{number}' is inactive.")
    is_refused = session.switches.text("ap_vendor_on_hold") == "refused"
    if vendor["OnHold"] == "OnHold" and is_refused:
        raise field_invalid(f"Vendor number '{number}' is on hold.")
    return vendor


def check_dates(record: JsonObject, names: Mapping[str, str]) -> None:
    """Refuse blank dates that everything else is computed from.

    Args:
        record: What has them.
        names: By property, what people call it.

    Raises:
        WebApiError: `FieldInvalid`.
    """
    for name, label in names.items():
        if not record[name]:
            raise field_invalid(f"{label} cannot be blank.")


def fit_amounts(
    session: Session, record: JsonObject, names: Iterable[str], *, currency: Currency
) -> None:
    """Bring amounts to the currency's decimals: refused or rounded, as texts too long are.

    Raises:
        WebApiError: `FieldInvalid`; an amount has more decimals (switch `extra_decimals`).
    """
    for name in names:
        amount = decimal_of(record[name])
        rounded = currency.rounded(amount)
        if rounded != amount and session.switches.text("extra_decimals") == "refused":
            message = (
                f"{name}: {amount:f} has more than the {currency.decimals} decimals of"
                f" {currency.code}."
            )
            raise field_invalid(message)
        record[name] = plain_number(rounded)


def find_period(session: Session, day: object) -> FiscalPeriod | None:
    """Return the fiscal period of a stored date, if the calendar has it."""
    return lookups_of(session).calendar.find(day_of(day)) if day else None


def check_period(session: Session, day: object, *, field: str) -> FiscalPeriod:
    """Return the period of a date, open for A/P.

    Raises:
        WebApiError: No calendar covers the date, or the period is locked (unknown 17).
    """
    period = find_period(session, day)
    if period is None:
        message = (
            f"Cannot determine the fiscal period for {field}.\n"
            "Check that the fiscal calendar covers the date."
        )
        raise field_invalid(message)
    locked = is_locked(APPLICATION, period.year, period.number, switches=session.switches)
    if locked and is_error(session, "LockedFiscalPeriod"):
        message = f"{field}: fiscal period {period.year}-{period.code} is locked for A/P."
        raise WebApiError(session.switches.text("locked_period_code"), message)
    return period


def is_error(session: Session, policy: str) -> bool:
    """Tell whether the company profile makes a finding an error (§4.6: None, Warning, Error)."""
    table = session.company.find_table("CS", "CSCompanyProfile")
    if table is None or not len(table):
        return True
    return next(table.rows_between())[table.resource.index[policy]] == "Error"


def day_of(text: object) -> dt.date:
    """Return the day of a stored date."""
    return dt.date.fromisoformat(str(text)[:10])
