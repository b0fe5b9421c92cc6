"""One company, read: the connection, its metadata, its profile and its day, each asked for once."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

import pendulum
from ml_connector.errors import AccessError, MismatchError, RefusedError, SettingError
from ml_connector.events import event

from tap_sage300.audit import read_no_results
from tap_sage300.calendars import FiscalCalendar, split_calendar
from tap_sage300.cost_centers import CostCenters
from tap_sage300.discovery import Resource, UnavailableError, locate
from tap_sage300.item_codes import FORMATTED, UNFORMATTED, ItemCodes
from tap_sage300.money import decimals_of_currency
from tap_sage300.orders import FunctionalCurrency
from tap_sage300.parallel import Connections
from tap_sage300.reads import CollectionReader
from tap_sage300.resources import (
    COMPANY_PROFILE,
    CURRENCY_CODES,
    FISCAL_CALENDARS,
    ITEMS,
    ResourceSpec,
)
from tap_sage300.resources_gl import GL_ACCOUNTS

if TYPE_CHECKING:
    from ml_connector.clock import Clock
    from ml_connector.ledger import PostingResult
    from ml_connector.sage300 import Page, Sage300Client, ServiceMetadata
    from ml_connector.transport import AuditTrail

    from tap_sage300.cost_centers import CostCenterRule
    from tap_sage300.filters import Clause
    from tap_sage300.memory import Memory
    from tap_sage300.paging import Key
    from tap_sage300.settings import TapSettings

Raw = Mapping[str, object]
T = TypeVar("T")

log = logging.getLogger(__name__)


class CompanySession:
    """Reads one company for one run; nothing is called before something is asked for."""

    def __init__(
        self,
        settings: TapSettings,
        *,
        clock: Clock,
        open_audit: Callable[[], AuditTrail],
        open_memory: Callable[[str], Memory],
        read_results: Callable[[], Iterator[PostingResult]] = read_no_results,
    ) -> None:
        """Keep the settings; `open_audit` is called before the first request."""
        self.settings = settings
        self.company = settings.connection.company
        self.log = log
        self._clock = clock
        self._open_memory = open_memory
        self.read_results = read_results
        self._connections = Connections(
            settings.connection,
            most=settings.parallel_reads,
            clock=clock,
            open_audit=open_audit,
            log=log,
        )
        self._reader = CollectionReader(self._connections, page_size=settings.connection.page_size)
        self._metadata: dict[str, ServiceMetadata | UnavailableError] = {}
        self._profile: list[Raw] | None = None
        self._calendar: FiscalCalendar | None = None
        self._cost_centers: CostCenters | None = None

    def call(self, send: Callable[[Sage300Client], T]) -> T:
        """Send one call, when it is its turn."""
        return self._connections.call(send)

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def find_today(self) -> str:
        """Return the company's day: the server's clock in the company's zone, else our own."""
        date = self._connections.first.server_date if self._connections.is_open else None
        now = date or self._clock.now()
        return pendulum.instance(now).in_timezone(self.settings.timezone).to_date_string()

    def now(self) -> dt.datetime:
        """Return our own time, in UTC."""
        return dt.datetime.fromtimestamp(self._clock.now().timestamp(), tz=dt.UTC)

    def open_memory(self, kind: str) -> Memory:
        """Return what was emitted of `kind` by earlier runs."""
        assert self._connections.is_open  # noqa: S101 - the ledger is opened with the connection
        return self._open_memory(kind)

    def locate(self, spec: ResourceSpec) -> Resource:
        """Find a resource in the company's metadata.

        Raises:
            UnavailableError: its module is not permitted or not there, or the resource is not.
        """
        return locate(spec, self.fetch_metadata(spec.module), log=log)

    def fetch_metadata(self, module: str) -> ServiceMetadata:
        """Return a module's metadata, asked for once.

        Raises:
            UnavailableError: the module is not permitted or not there.
        """
        if module not in self._metadata:
            self._metadata[module] = self._try_metadata(module)
        answer = self._metadata[module]
        if isinstance(answer, UnavailableError):
            raise answer
        return answer

    def fetch_profile(self) -> list[Raw]:
        """Return the company profile, one record or none when it cannot be read.

        Raises:
            MismatchError: the server answers for another company.
        """
        if self._profile is None:
            self._profile = self._read_profile()
            self._check_company(self._profile)
        return self._profile

    def fetch_fiscal_calendar(self) -> FiscalCalendar:
        """Return the company's fiscal calendar, one that knows no date when it cannot be read."""
        if self._calendar is None:
            self._calendar = self._read_calendar()
        return self._calendar

    def fetch_cost_centers(self) -> CostCenters:
        """Return the cost centres of accounts; all have none when accounts cannot be read.

        Raises:
            SettingError: accounts have no such segment.
        """
        if self._cost_centers is None:
            self._cost_centers = self._read_cost_centers()
        return self._cost_centers

    @cached_property
    def item_codes(self) -> ItemCodes:
        """The codes of items, of none when the item master cannot be read."""
        return ItemCodes(self._read_items)

    def find_functional_currency(self) -> FunctionalCurrency:
        """Return the company's own currency."""
        profile = self.fetch_profile()
        code = str(profile[0].get("FunctionalCurrency") or "") if profile else ""
        return FunctionalCurrency(
            code=code or None, find_decimals=cache(lambda: self._find_decimals(code))
        )

    def read(
        self, resource: Resource, *, select: Iterable[str], clauses: Sequence[Clause]
    ) -> Iterator[Raw]:
        """Yield each record once that meets one of `clauses`, under the catalog's names."""
        return self._reader.read(resource, select=select, clauses=clauses)

    def read_parts(
        self, resource: Resource, *, select: Iterable[str], parts: Sequence[Sequence[Clause]]
    ) -> Iterator[Raw]:
        """Yield each record of several parts that share none, in any order."""
        return self._reader.read_parts(resource, select=select, parts=parts)

    def peek(
        self, resource: Resource, *, clauses: Sequence[Clause], orderby: str | None = None
    ) -> Page:
        """Return the first record that meets one of `clauses`, its key alone, and their count."""
        return self._reader.peek(resource, clauses=clauses, orderby=orderby)

    def fetch_record(self, resource: Resource, key: Key) -> Raw | None:
        """Return one record by its key, None when Sage says there is none."""
        named = dict(zip(resource.own_keys, key, strict=True)) if isinstance(key, tuple) else key
        raw = self.call(lambda client: client.fetch_record(resource.module, resource.name, named))
        return None if raw is None else resource.rename(raw)

    def _try_metadata(self, module: str) -> ServiceMetadata | UnavailableError:
        try:
            return self.call(lambda client: client.fetch_metadata(module))
        except AccessError as error:
            check_is_lasting(error)
            return UnavailableError(f"module {module} is not permitted: {error}")
        except RefusedError as error:
            check_is_lasting(error)
            return UnavailableError(f"module {module} is not available: {error}")

    def _read_profile(self) -> list[Raw]:
        try:
            resource = self.locate(COMPANY_PROFILE)
            return list(self.read(resource, select=(), clauses=()))[:1]
        except (UnavailableError, AccessError, RefusedError) as error:
            check_is_lasting(error)
            event(
                log,
                "company_profile.unavailable",
                level=logging.WARNING,
                right="Sage 300 Web API in module CS",
                consequence="an order at a rate of one is taken to be in the company's own"
                " currency, and amounts of other orders are rounded to two decimals",
                reason=str(error),
            )
            return []

    def _read_calendar(self) -> FiscalCalendar:
        try:
            calendars = self.locate(FISCAL_CALENDARS)
            periods = [
                period
                for raw in self.read(calendars, select=(), clauses=())
                for period in split_calendar(raw, company=self.company)
            ]
        except (UnavailableError, AccessError, RefusedError) as error:
            check_is_lasting(error)
            event(
                log,
                "fiscal_calendar.unavailable",
                level=logging.WARNING,
                right="Sage 300 Web API in module CS",
                consequence="fiscal year and period are those Sage sends with a document,"
                " where it sends any",
                reason=str(error),
            )
            return FiscalCalendar((), is_known=False)
        return FiscalCalendar(periods, note_outside=lambda: warn_of_outside(periods))

    def _read_cost_centers(self) -> CostCenters:
        rule = self.settings.cost_centers
        try:
            accounts = self.locate(GL_ACCOUNTS)
            check_segment(rule, accounts)
            named = ("UnformattedAccount", "AccountNumber", rule.property or "")
            found = list(self.read(accounts, select=named, clauses=()))
        except (UnavailableError, AccessError, RefusedError) as error:
            check_is_lasting(error)
            event(
                log,
                "gl_accounts.unavailable",
                level=logging.WARNING,
                right="Sage 300 Web API in module GL",
                consequence=f"every line has the cost centre {rule.none}",
                reason=str(error),
            )
            return CostCenters((), rule=rule, look_up=lambda _: None)
        return CostCenters(
            found, rule=rule, look_up=lambda number: self.fetch_record(accounts, number)
        )

    def _read_items(self) -> Iterator[Raw]:
        try:
            resource = self.locate(ITEMS)
            yield from self.read(resource, select=(UNFORMATTED, FORMATTED), clauses=())
        except (UnavailableError, AccessError, RefusedError) as error:
            check_is_lasting(error)
            event(
                log,
                "items.unavailable",
                level=logging.WARNING,
                right="Sage 300 Web API in module IC",
                consequence="lines of orders and invoices have no UnformattedItemNumber",
                reason=str(error),
            )

    def _check_company(self, profile: list[Raw]) -> None:
        found = str(profile[0].get(*COMPANY_PROFILE.keys) or "").strip().upper() if profile else ""
        if found and found != self.company:
            raise MismatchError(
                "Company",
                self.company,
                expected=self.company,
                found=found,
                remedy="Check base_url and company: the server answers for another company.",
            )

    def _find_decimals(self, code: str) -> int:
        """Return the currency's decimals as Sage has them set up, else as ISO 4217 has them."""
        if not code:
            return decimals_of_currency(code)  # said when the profile could not be read
        try:
            resource = self.locate(CURRENCY_CODES)
            raw = self.fetch_record(resource, code)
            reason = f"{resource.name} has no DecimalPlaces of it"
        except (UnavailableError, AccessError, RefusedError) as error:
            check_is_lasting(error)
            raw, reason = None, str(error)
        # `DecimalPlaces` is an enum whose members begin with Num (Sage sheet §3.4, §4.6).
        digits = str((raw or {}).get("DecimalPlaces", "")).removeprefix("Num")
        if digits.isdigit():
            return int(digits)
        assumed = decimals_of_currency(code)
        event(
            log,
            "currency_decimals.assumed",
            level=logging.WARNING,
            currency=code,
            decimals=assumed,
            right="Sage 300 Web API in module CS",
            consequence="amounts of foreign orders are rounded to as many decimals as ISO 4217"
            " gives the company's currency",
            reason=reason,
        )
        return assumed


def check_is_lasting(error: UnavailableError | AccessError | RefusedError) -> None:
    """Pass when an answer is about rights or what is installed; one may go on without it then.

    A lost session or a database that cannot be opened (also refusals) may pass, and a 401 concerns
    everything: these are raised again, and end the run.
    """
    if isinstance(error, AccessError) and error.status != HTTPStatus.FORBIDDEN:
        raise error
    if isinstance(error, RefusedError) and error.code != "ResourceNotFound":
        raise error


def warn_of_outside(periods: Sequence[Raw]) -> None:
    """Say that a date lies in no fiscal period, and which years and days the calendar covers."""
    event(
        log,
        "fiscal_calendar.date_outside",
        level=logging.WARNING,
        years=", ".join(sorted({str(one["FiscalYear"]) for one in periods})),
        first_day=min((str(one["StartDate"]) for one in periods), default="none"),
        last_day=max((str(one["EndDate"]) for one in periods), default="none"),
        consequence="records dated outside have neither fiscal year nor period, and no planning"
        " period counts them",
        remedy="set the missing fiscal years up in Sage 300 (Common Services, Fiscal Calendar) and"
        " run once with --full-refresh, or correct the dates",
    )


def check_segment(rule: CostCenterRule, accounts: Resource) -> None:
    """Refuse a segment that accounts do not have.

    Raises:
        SettingError: they have no such property.
    """
    if rule.property and accounts.type.find_server_name(rule.property) is None:
        raise SettingError(
            "cost_center_segment",
            rule.segment,
            f"{accounts.name} of this server has no {rule.property}",
            remedy="Choose a segment that accounts have.",
        )
