"""A served company of the test's own, its session date fixed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.sage300.gl.journals import DAY, Journals, write_company

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox.conftest import ServeSage


@pytest.fixture
def books(serve_sage: ServeSage, tmp_path: Path) -> Journals:
    """An empty General Ledger with a dozen accounts."""
    sage = serve_sage(data=write_company(tmp_path))
    sage.control.post("clock", {"set": f"{DAY}T12:00:00Z"})
    return Journals(sage)
