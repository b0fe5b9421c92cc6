"""Servers for the sandbox's own tests, in this process: fast to start, the same code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from ml_connector_sandbox._part import ServeOptions
from ml_connector_sandbox._server import serving

from tests.sandbox.web import Control, Deeds, Sage

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def marks_are_kept(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test marked with switches turns one of them; one marked with faults has one counted."""
    Control.deeds = Deeds()
    yield
    deeds = Control.deeds
    switches = _names_in_marks(request, "switch")
    faults = _names_in_marks(request, "fault")
    assert not switches or switches & deeds.turned, f"turned none of {switches}"
    assert not faults or faults & deeds.armed & deeds.counted, f"armed and counted none of {faults}"


def _names_in_marks(request: pytest.FixtureRequest, mark: str) -> set[str]:
    return {str(name) for one in request.node.iter_markers(mark) for name in one.args}


ServeSage = Callable[..., Sage]


@pytest.fixture
def serve_sage() -> Iterator[ServeSage]:
    """A factory: `serve_sage(orders=50)` serves a company of the test's own."""
    with ExitStack() as stack:

        def serve(
            *,
            orders: int = 30,
            seed: int = 1,
            page_size: int = 100,
            latency_ms: int = 0,
            data: Path | None = None,
        ) -> Sage:
            options = ServeOptions(
                seed=seed, orders=orders, page_size=page_size, latency_ms=latency_ms, data=data
            )
            return Sage(stack.enter_context(serving(options))["sage300"])

        yield serve


@pytest.fixture(scope="session")
def shared_sage() -> Iterator[Sage]:
    """A company of 250 orders for tests that only read."""
    with serving(ServeOptions(orders=250)) as ready:
        yield Sage(ready["sage300"])


@pytest.fixture
def sage(shared_sage: Sage) -> Iterator[Sage]:
    """The company of 250 orders, switches back in place and faults gone after each test."""
    yield shared_sage
    shared_sage.control.post("reset", {})
    shared_sage.control.post("clock", {"reset": True})
