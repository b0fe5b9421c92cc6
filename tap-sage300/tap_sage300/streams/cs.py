"""Common Services: the company and its fiscal calendar. Small, so they are read in full."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_sage300 import fields
from tap_sage300.calendars import split_calendar
from tap_sage300.discovery import ScalarType, locate_lines
from tap_sage300.resources import (
    COMPANY_PROFILE,
    CURRENCY_RATE_LINES,
    CURRENCY_RATES,
    FISCAL_CALENDARS,
)
from tap_sage300.streams.base import Sage300Stream, build_object_schema
from tap_sage300.streams.masters import MasterStream
from tap_sage300.values import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from singer_sdk import Tap

    from tap_sage300.client import CompanySession
    from tap_sage300.filters import Clause


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


class CurrencyRates(MasterStream):
    """Exchange rates (`CSCurrencyRates`, a record per rate); no stamp, so all each time."""

    name = "currency_rates"
    key_names: ClassVar[tuple[str, ...]] = ("ToCurrency", "RateType", "FromCurrency", "RateDate")
    by_default = False
    spec = CURRENCY_RATES

    @override
    @classmethod
    def discover(cls, tap: Tap, *, session: CompanySession) -> CurrencyRates:
        """Build the stream from the company's metadata.

        Raises:
            UnavailableError: the company does not offer it.
        """
        table = locate_lines(CURRENCY_RATE_LINES, session.locate(cls.spec), log=session.log)
        rates = table.items or ScalarType(kinds={}, server_names={})
        joined = replace(
            table.type,
            kinds={**table.type.kinds, **rates.kinds},
            server_names={**rates.server_names, **table.type.server_names},
        )
        kinds = {fields.COMPANY: Kind.TEXT, **joined.kinds}
        schema = build_object_schema(kinds, keys=cls.key_names)
        return cls(tap, session=session, resource=replace(table, type=joined), schema=schema)

    @override
    def list_extras(self) -> list[str]:
        wanted = (*CURRENCY_RATES.wanted, *CURRENCY_RATE_LINES.wanted)
        return [name for name in self.resource.type.kinds if name not in wanted]

    @override
    def list_needed(self, selected: Sequence[str]) -> list[str]:
        return []

    @override
    def fetch(
        self, needed: Sequence[str], clauses: Sequence[Clause]
    ) -> Iterator[Mapping[str, object]]:
        collection = CURRENCY_RATES.collection or ""
        for raw in super().fetch(needed, clauses):
            rates = raw.get(collection)
            for rate in rates if isinstance(rates, list) else ():
                yield {**raw, **rate}
