"""A company of the sandbox whose ledger the command is asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.sandbox import Sandbox
from tests.target_sage300.conftest import open_books

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.target_sage300.conftest import Books


@pytest.fixture(scope="session")
def posting_sandbox() -> Iterator[Sandbox]:
    """One sandbox process for all tests of postings in this folder."""
    sandbox = Sandbox.start("--orders", "1")
    yield sandbox
    sandbox.stop()


@pytest.fixture
def books(posting_sandbox: Sandbox, tmp_path: Path, connector_home: Path) -> Books:
    """A fresh company, and a fresh ledger in `connector_home`."""
    del connector_home
    return open_books(posting_sandbox, tmp_path)
