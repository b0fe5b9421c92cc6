"""Common Services: the company and its fiscal calendar. Small, so they are read in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_sage300 import fields
from tap_sage300.calendars import split_calendar
from tap_sage300.resources import COMPANY_PROFILE, FISCAL_CALENDARS
from tap_sage300.streams.base import Sage300Stream, build_object_schema
from tap_sage300.streams.masters import MasterStream
from tap_sage300.values import Kind

if TYPE_CHECKING:
    from singer_sdk import Tap

    from tap_sage300.client import CompanySession


class CompanyProfile(MasterStream):
    """The company itself (`CSCompanyProfile`): name, functional currency, rules."""

    name = "company_profile"
    key_names: ClassVar[tuple[str, ...]] = ("DatabaseID",)
    by_default = False
    spec = COMPANY_PROFILE


class FiscalPeriods(Sage300Stream):
    """Fiscal periods with their first and last day (`CSFiscalCalendars`, a record per period)."""

    name = "fiscal_periods"
    key_names: ClassVar[tuple[str, ...]] = ("FiscalYear", fields.FISCAL_PERIOD)
    by_default = False

    @override
    @classmethod
    def discover(cls, tap: Tap, *, session: CompanySession) -> FiscalPeriods:
        """Build the stream from the company's metadata.

        Raises:
            UnavailableError: the company does not offer it.
        """
        kinds = {
            fields.COMPANY: Kind.TEXT,
            "FiscalYear": Kind.TEXT,
            fields.FISCAL_PERIOD: Kind.TEXT,
            fields.PERIOD_START: Kind.DATE,
            fields.PERIOD_END: Kind.DATE,
            "NumberOfFiscalPeriods": Kind.INTEGER,
            "Active": Kind.FLAG,
        }
        schema = build_object_schema(kinds, keys=cls.key_names)
        resource = session.locate(FISCAL_CALENDARS)
        return cls(tap, session=session, resource=resource, schema=schema)

    @override
    def list_extras(self) -> list[str]:
        return []

    @override
    def read_and_write(self) -> None:
        for raw in self.session.read(self.resource, select=(), clauses=()):
            for period in split_calendar(raw, company=self.session.company):
                self.write_row(period)
            if self.is_full:
                return
        self.set_bookmark({"complete": True, "company": self.session.company})
