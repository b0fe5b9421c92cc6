"""What each server of the sandbox is made of, and what `serve` may be asked for."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ml_connector_sandbox._books import Books
from ml_connector_sandbox._counters import Counters
from ml_connector_sandbox._exchange import ErrorAnswer, answer_plain_error
from ml_connector_sandbox._fault_board import FaultBoard

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp

    from ml_connector_sandbox._clock import VirtualClock
    from ml_connector_sandbox._switches import Switches


@dataclass(frozen=True, kw_only=True)
class ServeOptions:
    """The options of `ml-sandbox serve`, as both servers see them."""

    seed: int = 1
    orders: int = 1000
    data: Path | None = None
    latency_ms: int = 0
    page_size: int = 100
    fiscal_periods: int = 12
    """Of the generated company's fiscal year: 12 or 13."""


@dataclass(kw_only=True)
class SandboxState:
    """The machinery of one server; the imitated product keeps its records elsewhere."""

    name: str
    clock: VirtualClock
    switches: Switches
    counters: Counters = field(default_factory=Counters)
    faults: FaultBoard = field(default_factory=FaultBoard)
    error_answer: ErrorAnswer = answer_plain_error
    """How the imitated product words the fault `error`."""
    latency_ms: int = 0
    recent_calls: deque[dict[str, object]] = field(default_factory=lambda: deque(maxlen=5000))
    on_reset: list[Callable[[], None]] = field(default_factory=list)
    """Called by `POST /_sandbox/reset`, after counters, faults and switches were reset."""
    control_routes: list[BaseRoute] = field(default_factory=list)
    """Routes below `/_sandbox` besides the common ones; paths without that prefix."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One server, ready to be wrapped and run.

    `app` answers the imitated paths only: faults, counters, latency, the `Date` header and
    `/_sandbox/` are put around it by `ml_connector_sandbox._middleware.wrap_part`.
    """

    state: SandboxState
    app: ASGIApp
    describe: Callable[[str], dict[str, str]]
    """Given the origin (`http://127.0.0.1:50002`), its block of the ready line."""
    read_books: Callable[[], Books] = Books
    """What is known of the company by those who plan with it; the Sage 300 side's."""
