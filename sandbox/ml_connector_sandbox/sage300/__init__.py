"""The Sage 300 Web API server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette

from ml_connector_sandbox._part import Part, SandboxState
from ml_connector_sandbox._switches import Switches

if TYPE_CHECKING:
    from ml_connector_sandbox._clock import VirtualClock
    from ml_connector_sandbox._part import ServeOptions


def create_part(options: ServeOptions, *, clock: VirtualClock) -> Part:
    """Build the Sage 300 server."""
    state = SandboxState(
        name="sage300", clock=clock, switches=Switches({}), latency_ms=options.latency_ms
    )
    return Part(state=state, app=Starlette(), describe=lambda origin: {"base_url": origin})
