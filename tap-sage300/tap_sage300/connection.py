"""Tries a connection without reading records: what the command's `ping` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector.clock import SystemClock
from ml_connector.errors import ConnectorError, SettingError
from ml_connector.transport import NoAudit

from tap_sage300.audit import open_no_memory
from tap_sage300.client import CompanySession
from tap_sage300.discovery import UnavailableError
from tap_sage300.resources import COMPANY_PROFILE, PURCHASE_ORDERS, VENDORS
from tap_sage300.settings import parse_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def check(settings: Mapping[str, object]) -> list[str]:
    """Ask the company who it is and which modules it lets us read; one line per finding.

    Raises:
        ConnectorError: the company cannot be reached or used with these settings.
    """
    session = CompanySession(
        parse_settings(settings, known=set(settings)),
        clock=SystemClock(),
        open_audit=NoAudit,
        open_memory=open_no_memory,
    )
    try:
        return _describe(session)
    finally:
        session.close()


def check_any_readable(reasons: Sequence[str], *, readable: int, company: str) -> None:
    """Refuse settings with which nothing at all can be read.

    Raises:
        SettingError: with the first of the reasons.
    """
    if reasons and not readable:
        raise SettingError(
            "company",
            company,
            f"nothing of it can be read: {reasons[0]}",
            remedy="Check base_url and company, and that the user has the right 'Sage 300 Web API'"
            " in at least one module.",
        )


def build_missing_error(reasons: Mapping[str, str]) -> ConnectorError:
    """Say in one line which selected streams cannot be read, and why; `reasons` is by stream."""
    by_reason: dict[str, list[str]] = {}
    for stream, reason in reasons.items():
        by_reason.setdefault(reason.rstrip("."), []).append(stream)
    told = "; ".join(f"{', '.join(names)}: {reason}" for reason, names in by_reason.items())
    return ConnectorError(
        f"Selected, but not to be read: {told}",
        remedy="Put it right, or deselect the stream in the catalog. The other selected streams"
        " were read to their end.",
    )


def _describe(session: CompanySession) -> list[str]:
    lines = []
    reasons = []
    for spec in (VENDORS, PURCHASE_ORDERS, COMPANY_PROFILE):
        try:
            session.locate(spec)
        except UnavailableError as error:
            reasons.append(str(error))
            lines.append(f"module {spec.module}: not readable: {error}")
        else:
            lines.append(f"module {spec.module}: readable")
    check_any_readable(reasons, readable=len(lines) - len(reasons), company=session.company)
    profile = session.fetch_profile()
    if profile:
        name, currency = profile[0].get("Name"), profile[0].get("FunctionalCurrency")
        lines.insert(0, f"company {session.company}: {name}, books in {currency}")
    lines.append(f"the company's day is {session.find_today()}")
    if session.settings.connection.password != session.settings.connection.password.upper():
        lines.append("the password has lower-case letters; Sage 300 expects upper case")
    return lines
