"""The Anaplan server as a part of the sandbox."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ml_connector_sandbox._books import Books
from ml_connector_sandbox._part import Part, SandboxState, ServeOptions
from ml_connector_sandbox._wire import decode_object
from ml_connector_sandbox.anaplan._app import create_app
from ml_connector_sandbox.anaplan._fault_answers import build_error_answer
from ml_connector_sandbox.anaplan._fault_kinds import build_fault_kinds
from ml_connector_sandbox.anaplan._switchboard import build_switches
from ml_connector_sandbox.anaplan._tenant import MODEL_ID, WORKSPACE_ID, Tenant
from ml_connector_sandbox.anaplan._users import PLANNER
from ml_connector_sandbox.anaplan.routes._build import build_builder_routes
from ml_connector_sandbox.anaplan.routes._control import build_model_controls
from ml_connector_sandbox.anaplan.routes._planner_control import build_planner_controls
from ml_connector_sandbox.anaplan.routes._sign_in_control import build_sign_in_controls

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ml_connector_sandbox._clock import VirtualClock


_GENERATED_FIRST_MONTH = 4
"""The generated company's fiscal years run from April to March."""


def create_part(
    options: ServeOptions, *, clock: VirtualClock, read_books: Callable[[], Books] = Books
) -> Part:
    """Return the server with a fresh tenant; seed and latency come from `options`.

    `read_books` tells what the planners know of the company whose books are planned.
    """
    state = SandboxState(
        name="anaplan", clock=clock, switches=build_switches(), latency_ms=options.latency_ms
    )
    state.counters.declare("uploads")
    state.counters.declare("tasks")
    state.counters.declare_keyed("tasks_by_object")
    tenant = Tenant(
        clock=clock,
        switches=state.switches,
        counters=state.counters,
        seed=options.seed,
        first_month=_find_first_month(options.data),
        read_books=read_books,
    )
    state.error_answer = build_error_answer(tenant)
    state.faults.add_kinds(build_fault_kinds(tenant))
    state.on_reset.append(tenant.start)
    state.control_routes.extend(build_model_controls(tenant))
    state.control_routes.extend(build_planner_controls(tenant))
    state.control_routes.extend(build_sign_in_controls(tenant))
    state.control_routes.extend(build_builder_routes(tenant))
    return Part(state=state, app=create_app(tenant), describe=_describe)


def _find_first_month(data: Path | None) -> int:
    """Return the month in which the company's fiscal years start, as its calendars say."""
    if data is None:
        return _GENERATED_FIRST_MONTH
    calendars = data / "CS.CSFiscalCalendars.jsonl"
    lines = calendars.read_text(encoding="utf-8").splitlines() if calendars.exists() else []
    if not lines:
        return 1
    try:
        start = str(decode_object(lines[0]).get("FiscalPeriod1StartDate", ""))
        return dt.date.fromisoformat(start[:10]).month if start else 1
    except ValueError as error:
        message = f"{calendars.name}, line 1: {error}"
        raise ValueError(message) from error


def _describe(origin: str) -> dict[str, str]:
    return {
        "api_url": origin,
        "auth_url": origin,
        "oauth_url": origin,
        "workspace_id": WORKSPACE_ID,
        "model_id": MODEL_ID,
        "username": PLANNER.email,
        "password": PLANNER.password,
    }
