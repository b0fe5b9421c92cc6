"""The Sage 300 Web API server: one company, read over OData, edited through the control.

Where to look:

* Answers: `_app` takes a request apart; `_reading` with `_query`, `_filter`, `_keys` and `_view`
  answers a GET; the package `writing` holds the course of every other verb.
* Rules: `gl`, `ap`, `po`, `ic` have those of documents and postings, `masters` those of master
  records; `writing._registry` gathers them.
* What a resource is made of: the package `catalog`, in the words of `_types`.
* The generated company: the package `books`; `books._generate` begins.
* What people do behind a client's back: `_edits` and `_order_edits`, `gl._desk`, `ap._desk`,
  `books._business`, `_unrest`.
* Switches: beside what they turn; `_switchboard` gathers them.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from ml_connector_sandbox._part import Part, SandboxState
from ml_connector_sandbox.sage300._access import PASSWORD, USERNAME
from ml_connector_sandbox.sage300._app import ROOT, SageApp
from ml_connector_sandbox.sage300._edits import Editor, build_record_routes
from ml_connector_sandbox.sage300._fault_answers import build_error_answer
from ml_connector_sandbox.sage300._fault_kinds import build_fault_kinds
from ml_connector_sandbox.sage300._known import OneAtATime, find_open_invoices, read_books
from ml_connector_sandbox.sage300._later import keep_agenda
from ml_connector_sandbox.sage300._load import load_company
from ml_connector_sandbox.sage300._switchboard import build_switches
from ml_connector_sandbox.sage300.ap._desk import PayablesDesk, build_payables_routes
from ml_connector_sandbox.sage300.books import Business, build_business_routes
from ml_connector_sandbox.sage300.books._generate import generate_company
from ml_connector_sandbox.sage300.gl._desk import JournalDesk, build_journal_routes

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.routing import BaseRoute

    from ml_connector_sandbox._books import Books, KnownInvoice
    from ml_connector_sandbox._clock import VirtualClock
    from ml_connector_sandbox._part import ServeOptions
    from ml_connector_sandbox._switches import Switches
    from ml_connector_sandbox.sage300._records import Company

__all__ = ["create_part"]


def create_part(options: ServeOptions, *, clock: VirtualClock) -> Part:
    """Build the server with the company the options ask for.

    Raises:
        ValueError: The files of `options.data` are not what they should be.
    """
    switches = build_switches(page_size=options.page_size)
    shelf = _Shelf(options, clock=clock)
    state = SandboxState(
        name="sage300",
        clock=clock,
        switches=switches,
        error_answer=build_error_answer(switches),
        latency_ms=options.latency_ms,
        on_reset=[shelf.restore],
        control_routes=_control_routes(lambda: shelf.company, clock=clock, switches=switches),
    )
    state.faults.add_kinds(build_fault_kinds(lambda: shelf.company, clock=clock))

    def describe(origin: str) -> dict[str, str]:
        return {
            "base_url": f"{origin}{ROOT}",
            "company": shelf.company.database_id,
            "username": USERNAME,
            "password": PASSWORD,
        }

    app = OneAtATime(SageApp(lambda: shelf.company, clock=clock, switches=switches))

    def find_invoices() -> tuple[KnownInvoice, ...]:
        if options.data is None and options.orders > _ORDERS_FEW:
            return ()
        with app.lock:
            return find_open_invoices(shelf.company)

    def known() -> Books:
        with app.lock:
            return dataclasses.replace(read_books(shelf.company), find_invoices=find_invoices)

    return Part(state=state, app=app, describe=describe, read_books=known)


def _control_routes(
    company: Callable[[], Company], *, clock: VirtualClock, switches: Switches
) -> list[BaseRoute]:
    return [
        *build_record_routes(Editor(company, clock=clock, switches=switches)),
        *build_business_routes(Business(company, clock=clock, switches=switches)),
        *build_journal_routes(JournalDesk(company, clock=clock, switches=switches)),
        *build_payables_routes(PayablesDesk(company, clock=clock, switches=switches)),
    ]


_ORDERS_FEW = 2_000
"""Up to so many orders, planners look at invoices: making those of a larger company is slow."""


class _Shelf:
    """Where the company's books are, and the way back to the untouched ones."""

    def __init__(self, options: ServeOptions, *, clock: VirtualClock) -> None:
        self._options = options
        self._clock = clock
        self.restore()

    @property
    def company(self) -> Company:
        """The company as it is now, with all that has become due."""
        self._agenda.catch_up()
        return self._company

    def restore(self) -> None:
        self._company = self._make()
        self._agenda = keep_agenda(self._company, self._clock)

    def _make(self) -> Company:
        options = self._options
        if options.data is not None:
            return load_company(options.data)
        return generate_company(
            seed=options.seed,
            orders=options.orders,
            today=self._clock.today(),
            fiscal_periods=options.fiscal_periods,
        )
