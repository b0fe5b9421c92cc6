"""A served company with a dozen accounts, emptied after each test, its session date fixed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ml_connector_sandbox._part import ServeOptions
from ml_connector_sandbox._server import serving

from tests.sandbox.sage300.gl.journals import DAY, Journals, write_company
from tests.sandbox.web import Sage

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def ledger_company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sage]:
    """The company all journal tests share."""
    folder = write_company(tmp_path_factory.mktemp("company"))
    with serving(ServeOptions(data=folder)) as ready:
        yield Sage(ready["sage300"])


@pytest.fixture
def books(ledger_company: Sage) -> Iterator[Journals]:
    """Its General Ledger, empty."""
    ledger_company.control.post("clock", {"set": f"{DAY}T12:00:00Z"})
    yield Journals(ledger_company)
    ledger_company.control.post("reset", {})
    ledger_company.control.post("clock", {"reset": True})
