"""Fixtures of the tap's tests: one sandbox per module, fresh for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.sandbox import Sandbox
from tests.tap_anaplan.models import Model

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox.start("--orders", "5")
    yield sandbox
    sandbox.stop()


@pytest.fixture
def model(shared_sandbox: Sandbox, tmp_path: Path) -> Model:
    shared_sandbox.anaplan("POST", "reset")
    shared_sandbox.anaplan("POST", "adjustments/items")
    return Model(shared_sandbox, tmp_path)
