"""tap-sage300: reads a Sage 300 company through its Web API, complete, current and exact."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from ml_connector.errors import ExitCode
from ml_connector.events import event
from ml_connector.singer import DurableTap, Purpose
from ml_connector.transport import NoAudit
from singer_sdk import Stream
from singer_sdk import typing as th
from typing_extensions import override

from tap_sage300.audit import LedgerRun, open_no_memory
from tap_sage300.balances import DESIGNATORS
from tap_sage300.client import CompanySession
from tap_sage300.connection import build_missing_error, check_any_readable
from tap_sage300.cost_centers import NONE_DEFAULT
from tap_sage300.discovery import UnavailableError
from tap_sage300.named import SETTING, check_is_new
from tap_sage300.postings import PLANNING_DEFAULT
from tap_sage300.settings import parse_settings
from tap_sage300.streams.ap import (
    ApInvoiceLines,
    ApInvoices,
    ApPostedDocuments,
    VendorGroups,
    Vendors,
)
from tap_sage300.streams.cs import CompanyProfile, CurrencyRates, FiscalPeriods
from tap_sage300.streams.gl import (
    GLAccountBalances,
    GLAccountGroups,
    GLAccounts,
    GLPostedTransactions,
    GLSegmentCodes,
)
from tap_sage300.streams.ic import ItemLocations, Items
from tap_sage300.streams.named import NamedStream
from tap_sage300.streams.po import (
    PurchaseInvoiceLines,
    PurchaseInvoices,
    PurchaseOrderLines,
    PurchaseOrders,
)
from tap_sage300.streams.results import RESULT_SETTINGS, PostingResults

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ml_connector.clock import Clock

    from tap_sage300.named import ResourceName
    from tap_sage300.settings import TapSettings
    from tap_sage300.streams.base import Sage300Stream

STREAM_TYPES: Final[Mapping[str, type[Sage300Stream]]] = {
    "vendor_groups": VendorGroups,
    "vendors": Vendors,
    "gl_account_groups": GLAccountGroups,
    "gl_accounts": GLAccounts,
    "gl_segment_codes": GLSegmentCodes,
    "items": Items,
    "purchase_orders": PurchaseOrders,
    "purchase_order_lines": PurchaseOrderLines,
    "ap_invoices": ApInvoices,
    "ap_invoice_lines": ApInvoiceLines,
    "ap_posted_documents": ApPostedDocuments,
    "po_invoices": PurchaseInvoices,
    "po_invoice_lines": PurchaseInvoiceLines,
    "gl_posted_transactions": GLPostedTransactions,
    "gl_account_balances": GLAccountBalances,
    "company_profile": CompanyProfile,
    "fiscal_periods": FiscalPeriods,
    "currency_rates": CurrencyRates,
    "item_locations": ItemLocations,
    "posting_results": PostingResults,
}


class TapSage300(DurableTap):
    """Reads the books of one Sage 300 company."""

    name = "tap-sage300"
    package_name: str | None = "tap-sage300"
    dynamic_catalog = True
    config_jsonschema: ClassVar[dict[str, object]] = th.PropertiesList(
        th.Property(
            "base_url",
            th.StringType,
            required=True,
            title="Web API address",
            description="Address of the Sage 300 Web API up to and including the tenant, for "
            "example https://erp.example.com/Sage300WebApi/v1.0/-",
        ),
        th.Property(
            "company",
            th.StringType,
            required=True,
            title="Company",
            description="Company database id as Sage shows it at sign-on, upper case, at most six "
            "characters, for example SAMLTD.",
        ),
        th.Property(
            "username",
            th.StringType,
            required=True,
            title="User",
            description="Sage 300 user id in upper case, with the right 'Sage 300 Web API' in each "
            "module to be read.",
        ),
        th.Property(
            "password",
            th.StringType,
            required=True,
            secret=True,
            title="Password",
            description="Password of the user, upper case, or where it is kept: "
            "vault:NAME/FIELD, env:NAME or file:PATH.",
        ),
        th.Property(
            "start_date",
            th.DateType,
            title="Start date",
            description="Postings of journals dated before this day are left out; so are "
            "documents (orders, invoices, payables batches) stamped before it, in the first "
            "reading, unless they are open (YYYY-MM-DD). Without it everything is read.",
        ),
        th.Property(
            "lookback_days",
            th.IntegerType,
            default=35,
            title="Lookback",
            description="Days before the last stamp seen that every run reads again, because "
            "Sage's stamps are typed by people.",
        ),
        th.Property(
            "sweep_days",
            th.IntegerType,
            default=30,
            title="Sweep",
            description="Days after which a run reads everything of the open fiscal years (and "
            "all master data) again.",
        ),
        th.Property(
            "timezone",
            th.StringType,
            default="UTC",
            title="Time zone",
            description="The company's time zone, for example Europe/Berlin; decides which day it "
            "is there. Dates of records are never shifted.",
        ),
        th.Property(
            "cost_center_segment",
            th.StringType,
            title="Cost center segment",
            description="Number of the account segment whose codes are the cost centers, as "
            "GLSegmentCodes has it (2 or 000002). Without it no account has one, and "
            "gl_segment_codes has the codes of all segments.",
        ),
        th.Property(
            "no_cost_center",
            th.StringType,
            default=NONE_DEFAULT,
            title="No cost center",
            description="Code that stands for no cost center: accounts without one get it, and "
            "gl_segment_codes lists it, so that every posting has a place in the model. Empty: "
            "such lines have no cost center.",
        ),
        th.Property(
            "planning_source",
            th.StringType,
            default=PLANNING_DEFAULT,
            title="Planning's source code",
            description="Source code that journals from planning are posted with, and nothing "
            "else: FromPlanning tells their postings apart. Empty: none is from planning.",
        ),
        th.Property(
            "balances",
            th.ArrayType(th.StringType),
            default=list(DESIGNATORS),
            title="Balances",
            description="Which fiscal sets gl_account_balances reads: A for actuals, 1 to 5 for "
            "the budgets.",
        ),
        th.Property(
            "page_size",
            th.IntegerType,
            default=0,
            title="Page size",
            description="Records per page to ask for; 0 takes the server's own PageSize (100 "
            "unless the site raised it).",
        ),
        th.Property(
            "resources",
            th.ArrayType(th.StringType),
            title="Other resources",
            description="Resources to read beside the streams of the table below, by the Web API's "
            "names with or without their module: AP/APTerms or APTerms. Each becomes a stream such "
            "as ap_terms, with the properties its $metadata lists.",
        ),
        th.Property(
            "parallel_reads",
            th.IntegerType,
            default=2,
            title="Parallel reads",
            description="Requests to Sage 300 under way at once, at most (1 to 8). Long reads are "
            "parted by ranges of their keys; 1 reads one page after the other.",
        ),
        th.Property(
            "read_timeout_s",
            th.IntegerType,
            default=300,
            title="Read timeout",
            description="Seconds to wait for an answer; the first call after idle time is slow.",
        ),
        th.Property(
            "ca_bundle",
            th.StringType,
            title="Certificate bundle",
            description="Path of a PEM file with the certificate authority of the server, for "
            "servers with a certificate of their own making.",
        ),
        th.Property(
            "allow_http",
            th.BooleanType,
            default=False,
            title="Allow plain HTTP",
            description="Allow http:// beyond this machine. The password then crosses the network "
            "in clear text.",
        ),
        *RESULT_SETTINGS,
        th.Property(
            "ledger_url",
            th.StringType,
            secret=True,
            title="Ledger",
            description="SQLAlchemy URL of the database that keeps the audit trail, and what was "
            "sent, so that a later run can say that it is gone; without it a "
            "SQLite file in the user's data folder (ML_CONNECTOR_HOME moves it). With a "
            "password in it, say where it is kept: vault:NAME/FIELD, env:NAME or file:PATH.",
        ),
    ).to_dict()

    _session: CompanySession | None = None
    _ledger_run: LedgerRun | None = None
    _missing: Mapping[str, str] | None = None
    """Selected streams the company does not offer, with the reasons."""

    @override
    def discover_streams(self) -> Sequence[Stream]:
        """Ask the company which of the streams it offers; those it does not get one line each."""
        session = self._open_session()
        streams: list[Sage300Stream] = []
        unavailable: dict[str, str] = {}
        for name, discover in self._offer(session).items():
            try:
                streams.append(discover())
            except UnavailableError as error:
                unavailable[name] = str(error)
                event(
                    self.logger,
                    "stream.unavailable",
                    level=logging.WARNING,
                    stream=name,
                    reason=str(error),
                )
        if self.input_catalog is None:
            readable = sum(one.asks_sage for one in streams)
            check_any_readable(
                list(unavailable.values()), readable=readable, company=session.company
            )
        self._missing = {
            name: reason for name, reason in unavailable.items() if self._is_selected(name)
        }
        return streams

    @override
    def finish(self) -> None:
        """Fail when a selected stream was not to be had: its data would grow old unnoticed.

        Raises:
            ConnectorError: naming stream, module, right and remedy.
        """
        results = self.streams.get(PostingResults.name)
        if isinstance(results, PostingResults) and results.has_failed:
            results.tell_not_done()
            self.exit_code = ExitCode.REJECTS_KEPT
        if not self._missing:
            return
        bookmarks = self.state.setdefault("bookmarks", {})
        for name in self._missing:
            bookmarks.setdefault(name, {})["complete"] = False
        self.state_writer.write_state(self.state)
        raise build_missing_error(self._missing)

    @override
    def close(self, *, outcome: str, exit_code: int) -> None:
        if self._session is not None:
            self._session.close()
        if self._ledger_run is not None:
            self._ledger_run.close(outcome=outcome, exit_code=exit_code)

    @override
    def load_state(self, state: Mapping[str, object]) -> None:
        """Take over the state, with every complete mark cleared: this run has read nothing yet."""
        super().load_state(dict(state))
        for bookmark in self.state.get("bookmarks", {}).values():
            if "complete" in bookmark:
                bookmark["complete"] = False

    def _open_session(self) -> CompanySession:
        if self._session is None:
            settings = parse_settings(self.config, known=_list_known(self.config_jsonschema))
            self._session = self._build_session(settings, clock=self.clock)
        return self._session

    def _build_session(self, settings: TapSettings, *, clock: Clock) -> CompanySession:
        """Join the company with the ledger; discovery and trial runs leave nothing behind."""
        if self.purpose is not Purpose.SYNC:
            return CompanySession(
                settings, clock=clock, open_audit=NoAudit, open_memory=open_no_memory
            )
        self._ledger_run = LedgerRun(settings, version=self.plugin_version, clock=clock)
        return CompanySession(
            settings,
            clock=clock,
            open_audit=self._ledger_run.open,
            open_memory=self._ledger_run.open_memory,
            read_results=self._ledger_run.read_results,
        )

    def _is_selected(self, name: str) -> bool:
        """Say whether a stream asked for is selected: a catalog's were asked for because of it."""
        typed = STREAM_TYPES.get(name)
        return self.input_catalog is not None or typed is None or typed.by_default

    def _list_wanted(self) -> list[str] | None:
        """Return the streams to ask for, None for all: metadata comes per module."""
        if self.input_catalog is None:
            return None
        return [
            entry.tap_stream_id
            for entry in self.input_catalog.streams
            if entry.metadata.resolve_selection()[()]
        ]

    def _offer(self, session: CompanySession) -> dict[str, Callable[[], Sage300Stream]]:
        """Return how to discover each stream that is wanted, those named in the settings last."""
        named = session.settings.resources
        for resource in named:
            check_is_new(resource, STREAM_TYPES)
        typed: dict[str, Callable[[], Sage300Stream]] = {
            name: partial(kind.discover, self, session=session)
            for name, kind in STREAM_TYPES.items()
        }
        wanted = self._list_wanted()
        if wanted is None:
            return typed | {one.stream: partial(self._open_named, one, session) for one in named}
        by_spelling = {
            name: partial(self._open_named, one, session, stream=name)
            for name in wanted
            for one in named
            if one.matches(name)
        }
        offered = typed | by_spelling
        return {name: offered.get(name, _refuse_unknown) for name in wanted}

    def _open_named(
        self, name: ResourceName, session: CompanySession, *, stream: str | None = None
    ) -> NamedStream:
        return NamedStream.open(self, name, session=session, stream=stream)


def _refuse_unknown() -> Sage300Stream:
    raise UnavailableError(
        f"the catalog selects it, but there is no such stream; is its resource in {SETTING}?"
    )


def _list_known(schema: Mapping[str, object]) -> set[str]:
    properties = schema["properties"]
    assert isinstance(properties, dict)  # noqa: S101 - a JSON schema of an object
    return set(properties)
