"""One Anaplan server for all tests of this folder, fresh for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ml_connector_sandbox._part import ServeOptions
from ml_connector_sandbox._server import serving

from tests.sandbox.anaplan.service import Anaplan

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def shared_anaplan() -> Iterator[dict[str, str]]:
    """The ready line's Anaplan block of a server in this process."""
    with serving(ServeOptions(orders=1)) as ready:
        yield ready["anaplan"]


@pytest.fixture
def anaplan(shared_anaplan: dict[str, str]) -> Iterator[Anaplan]:
    """A fresh model, the planner logged in, tasks without a run time."""
    service = Anaplan(shared_anaplan)
    service.control.post("reset", {})
    service.control.turn(task_ms=0)
    assert service.login().status == 201
    yield service
    service.control.post("reset", {})
    service.control.post("clock", {"reset": True})


@pytest.fixture
def orders_only(anaplan: Anaplan) -> None:
    """A builder who has come as far as order lines: vendors suffice to load one."""
    anaplan.control.turn(process_imports="orders")
