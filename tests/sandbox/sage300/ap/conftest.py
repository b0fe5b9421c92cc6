"""A served company, fresh for each test, its session date fixed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ml_connector_sandbox._part import ServeOptions
from ml_connector_sandbox._server import serving

from tests.sandbox.sage300.ap.payables import BANKS, DAY, TAX_GROUPS, Payables, write_company
from tests.sandbox.web import Sage

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def served_payables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sage]:
    """One server for all tests: a reset makes a new company of the same files."""
    folder = write_company(tmp_path_factory.mktemp("payables"))
    with serving(ServeOptions(data=folder)) as ready:
        yield Sage(ready["sage300"])


@pytest.fixture
def books(served_payables: Sage) -> Payables:
    """An empty sub-ledger with ten vendors."""
    control = served_payables.control
    control.post("reset", {})
    control.post("clock", {"set": f"{DAY}T12:00:00Z"})
    control.turn(ap_banks=BANKS, ap_tax_groups=TAX_GROUPS)
    return Payables(served_payables)
