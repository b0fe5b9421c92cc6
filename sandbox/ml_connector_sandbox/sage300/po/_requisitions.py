"""Rules of requisitions: wishes that become orders in the desktop program (Sage sheet §4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from ml_connector_sandbox.sage300.catalog.ap import VENDORS
from ml_connector_sandbox.sage300.catalog.po import REQUISITIONS
from ml_connector_sandbox.sage300.po._documents import (
    check_lines,
    check_period,
    check_vendor,
    number_lines,
    put_numbers,
    take_item,
)
from ml_connector_sandbox.sage300.writing._rules import Rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._types import Property
    from ml_connector_sandbox.sage300.writing._rules import DetailDriver, Driver
    from ml_connector_sandbox.sage300.writing._session import Session

LINES = "RequisitionLines"


def _take_name(session: Session, requisition: JsonObject) -> None:
    vendor = session.find(*VENDORS.path, requisition["Vendor"])
    if vendor is not None:
        requisition["Name"] = vendor["VendorName"]


_DRIVERS: Mapping[str, Driver] = {"Vendor": _take_name}
_LINE_DRIVERS: Mapping[str, Mapping[str, DetailDriver]] = {LINES: {"ItemNumber": take_item}}


class RequisitionRules(Rules):
    """A requisition may do without a vendor, not without lines."""

    drivers = _DRIVERS
    detail_drivers = _LINE_DRIVERS
    kept = frozenset(
        {"RequisitionSequenceKey", "Completed", "DateCompleted", "LastPostingDate", "EnteredBy"}
    )

    @override
    def template(self, session: Session) -> JsonObject:
        """A new requisition is of today."""
        return super().template(session) | {
            "RequisitionDate": session.day,
            "EnteredBy": session.user,
        }

    @override
    def detail_template(
        self, session: Session, record: JsonObject, collection: Property
    ) -> JsonObject:
        """A new line is for the requisition's vendor and place."""
        detail = super().detail_template(session, record, collection)
        if collection.name == LINES:
            detail |= {"Vendor": record["Vendor"], "Location": record["Location"]}
        return detail

    @override
    def prepare(self, session: Session, record: JsonObject, given: JsonObject) -> None:
        """Number the requisition and its lines."""
        del given
        if record["Vendor"]:
            check_vendor(session, record)
        check_period(session, record["RequisitionDate"], label="Requisition")
        check_lines(session, record[LINES], quantity="QuantityOrdered")
        put_numbers(session, record, REQUISITIONS, number="RequisitionNumber", prefix="RQ")
        record["LastPostingDate"] = session.day
        number_lines(record[LINES], name="RequisitionLineSequence")
        for line in record[LINES]:
            line["RequisitionSequenceKey"] = record["RequisitionSequenceKey"]


RULES = {REQUISITIONS.path: RequisitionRules(REQUISITIONS)}
