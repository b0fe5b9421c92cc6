"""The Anaplan server as a part of the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox._part import Part, SandboxState, ServeOptions
from ml_connector_sandbox.anaplan._app import create_app
from ml_connector_sandbox.anaplan._switchboard import build_switches
from ml_connector_sandbox.anaplan._tenant import MODEL_ID, WORKSPACE_ID, Tenant
from ml_connector_sandbox.anaplan._users import PLANNER

if TYPE_CHECKING:
    from ml_connector_sandbox._clock import VirtualClock


def create_part(options: ServeOptions, *, clock: VirtualClock) -> Part:
    """Return the server with a fresh tenant; seed and latency come from `options`."""
    state = SandboxState(name="anaplan", clock=clock, switches=build_switches())
    state.counters.declare("uploads")
    state.counters.declare("tasks")
    state.counters.declare_keyed("tasks_by_object")
    tenant = Tenant(
        clock=clock, switches=state.switches, counters=state.counters, seed=options.seed
    )
    state.on_reset.append(tenant.start)
    return Part(state=state, app=create_app(tenant), describe=_describe)


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
