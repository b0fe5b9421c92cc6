"""One sandbox for the tests of a module, as new for each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.catalogs import write_catalog
from tests.support.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def running_company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A generated company of 120 orders, discovered before any test disturbs it."""
    sandbox = Sandbox.start("--orders", "120", "--seed", "5")
    write_catalog(sandbox.info["sage300"], (), tmp_path_factory.mktemp("discovery"))
    yield sandbox
    sandbox.stop()


@pytest.fixture
def company(running_company: Sandbox) -> Sandbox:
    """The company as it was generated: edits, switches and faults of other tests are undone."""
    running_company.sage("POST", "reset", {})
    return running_company
