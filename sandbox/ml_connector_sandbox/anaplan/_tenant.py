"""The whole of the imitated tenant: one workspace, one model, its users, files and tasks."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import random
import uuid
from typing import TYPE_CHECKING

from ml_connector_sandbox._books import Books
from ml_connector_sandbox.anaplan._blueprint import (
    LOAD_PROCESS,
    Scope,
    build_blueprint,
    build_load_process,
    build_order_lines,
)
from ml_connector_sandbox.anaplan._bucket import Bucket
from ml_connector_sandbox.anaplan._calculated import Calculations
from ml_connector_sandbox.anaplan._calendar import Calendar
from ml_connector_sandbox.anaplan._certificates import CertificateBook
from ml_connector_sandbox.anaplan._content import ContentStore
from ml_connector_sandbox.anaplan._dumps import DumpStore
from ml_connector_sandbox.anaplan._model import Model, ModelCopy
from ml_connector_sandbox.anaplan._model_settings import ModelSettings
from ml_connector_sandbox.anaplan._model_state import ModelState
from ml_connector_sandbox.anaplan._oauth import OAuthStore
from ml_connector_sandbox.anaplan._planner import Planner
from ml_connector_sandbox.anaplan._task_book import TaskBook
from ml_connector_sandbox.anaplan._tokens import TokenStore
from ml_connector_sandbox.anaplan._users import PLANNER, Role, User
from ml_connector_sandbox.anaplan.engine import Detail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ml_connector_sandbox._clock import VirtualClock
    from ml_connector_sandbox._counters import Counters
    from ml_connector_sandbox._switches import Switches
    from ml_connector_sandbox.anaplan._schema import ListDef
    from ml_connector_sandbox.anaplan._tokens import Token

NOT_PRODUCTION = "The list is not production data and the model is in deployed mode"
WORKSPACE_ID = "8a81b09d5e8c6f27015ece3402487d33"
WORKSPACE_NAME = "Finance"
MODEL_ID = "DE2F1A7C3B9D4E8F9A0B1C2D3E4F5A6B"
MODEL_NAME = "Purchase to Plan"
CREATED_AT = dt.datetime(2024, 1, 15, 9, 30, tzinfo=dt.UTC)

_CALENDAR_YEARS = (2019, 2030)


class Tenant:
    """Everything a reset throws away and makes anew."""

    def __init__(
        self,
        *,
        clock: VirtualClock,
        switches: Switches,
        counters: Counters,
        seed: int = 1,
        first_month: int = 1,
        read_books: Callable[[], Books] = Books,
    ) -> None:
        """Make a fresh tenant with the blueprint's empty model.

        `first_month` is the month in which the company's fiscal years start; `read_books` tells
        what its planners know of it.
        """
        self.clock = clock
        self.switches = switches
        self.counters = counters
        self._seed = seed
        self._first_month = first_month
        self._read_books = read_books
        self.tasks = TaskBook()
        self.start()
        switches.watch(self.follow_switches)

    def start(self) -> None:
        """Throw everything away and begin again; running tasks are cut off."""
        self.tasks.abandon()
        first, last = _CALENDAR_YEARS
        self.random = random.Random(self._seed)  # noqa: S311  # order of `values`, no secret
        self.calendar = Calendar(first_year=first, last_year=last, first_month=self._first_month)
        self._scope = Scope(self.switches.text("process_imports"))
        self.model = Model(build_blueprint(self._scope), calendar=self.calendar)
        self.calculations = Calculations(self.model)
        self.planner = Planner(self.model)
        self.planner.fill(self._read_books(), seed=self._seed, today=self.clock.today())
        self.tokens = TokenStore(self.clock)
        self.oauth = OAuthStore(self.clock, self.switches, self.tokens)
        self.certificates = CertificateBook(self.clock, self.switches)
        self.state = ModelState(self.clock)
        self.settings = ModelSettings()
        self.bucket = Bucket(self.clock)
        self.content = ContentStore(self.clock)
        self.dumps = DumpStore(self.clock)
        self.model_lock = asyncio.Lock()
        self.tasks = TaskBook()
        self.copies: dict[str, ModelCopy] = {}
        self.read_requests: dict[str, object] = {}

    def follow_switches(self) -> None:
        """Let the builder bring the model where the switches say it is."""
        scope = Scope(self.switches.text("process_imports"))
        if scope is not self._scope:
            self._scope = scope
            lines = build_order_lines(scope)
            self.model.replace_module(lines.module_def)
            self.model.imports |= {one.name: one for one in lines.imports}
            self.model.processes[LOAD_PROCESS] = build_load_process(scope)
            self.record_change()

    def role_of(self, user: User) -> Role:
        """Return a user's role; the planner's can be switched."""
        if user is not PLANNER:
            return user.role
        role = self.switches.text("role")
        return Role.ADMINISTRATOR if role == "tenant_administrator" else Role(role)

    def is_tenant_administrator(self, user: User) -> bool:
        """Tell who may search models and list administrators (§1.6)."""
        if user is not PLANNER:
            return user.is_tenant_administrator
        return self.switches.text("role") == "tenant_administrator"

    def find_token(self, scheme: str, value: str) -> Token | None:
        """Return the live token; whether OAuth's go by both schemes is a switch (§1.2)."""
        token = self.tokens.find(value)
        if token is None or scheme not in ("AnaplanAuthToken", "Bearer"):
            return None
        bearer_only = self.switches.text("oauth_access_token") == "bearer_only"
        return None if token.is_oauth and scheme != "Bearer" and bearer_only else token

    @property
    def is_full(self) -> bool:
        """Whether the workspace has no room: changes are then not applied (§8)."""
        return self.switches.text("workspace") == "full"

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Let a change happen; in a full workspace it seems to, and is not applied (§8)."""
        before = self.model.copy_content() if self.is_full else None
        yield
        if before is not None:
            self.model.restore_content(before)

    def is_production(self, definition: ListDef) -> bool:
        """Tell whether the items of a list are production data (§3.3, §9.6)."""
        return definition.is_production or definition.name in self.state.production_lists

    def is_frozen(self, definition: ListDef) -> bool:
        """Tell whether a deployed model keeps the items of a list as they are (§3.4, §9.6)."""
        deployed = self.switches.text("activeState") == "PRODUCTION"
        return deployed and not self.is_production(definition)

    def refuse_frozen(self, list_name: str, code: str) -> Detail | None:
        """Return why no action changes a list's items now; the text is the API's 425 (§7.1, L)."""
        definition = self.model.find_list(list_name)
        if definition is None or not self.is_frozen(definition):
            return None
        return Detail(type=code, text=NOT_PRODUCTION)

    def set_fiscal_year(self, year: int) -> None:
        """Move the timescale; what lay in periods that are gone is gone (§3.2).

        Raises:
            ValueError: The calendar has no such year.
        """
        today = self.clock.today()
        self.calendar = self.settings.set_fiscal_year(self.calendar, year=year, today=today)
        self.model.calendar = self.calendar
        self.calculations = Calculations(self.model)
        self.record_change()

    def new_id(self) -> str:
        """Return an id of a task or read request: 32 hex digits, upper case (§3.1)."""
        return uuid.uuid4().hex.upper()

    def record_change(self) -> None:
        """Save the model after a change; planners fill in what they have waited for."""
        self.planner.catch_up()
        self.model.record_change(self.clock.now())
