"""Plugins started as processes end with their test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.core.singer.processes import Starter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def starter(tmp_path: Path) -> Iterator[Starter]:
    """Starts plugins in a folder of the test's own."""
    made = Starter(tmp_path)
    yield made
    made.stop_all()
