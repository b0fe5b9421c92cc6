"""What left last is told outside the ledger, for each company, or the run stops."""

from __future__ import annotations

import stat
import sys
from typing import TYPE_CHECKING

import pytest
from ml_connector.clock import SystemClock
from ml_connector.errors import LedgerError
from ml_connector.ledger import Departures

if TYPE_CHECKING:
    from pathlib import Path


def test_the_last_departure_of_each_company_is_known(connector_home: Path) -> None:
    clock = SystemClock()
    one, other = Departures("books of ONE", clock=clock), Departures("books of TWO", clock=clock)
    assert one.read_last() is None
    before = clock.now()
    one.record("first")
    one.record("second")
    other.record("third")

    last = Departures("books of ONE", clock=clock).read_last()

    assert last is not None
    assert last.token == "second"
    assert before.timestamp() <= last.left_at.timestamp() <= clock.now().timestamp()
    files = sorted((connector_home / "departures").iterdir())
    assert [path.suffix for path in files] == [".json", ".json"]
    if sys.platform != "win32":
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_a_departure_that_cannot_be_written_is_an_error(connector_home: Path) -> None:
    connector_home.mkdir(exist_ok=True)
    (connector_home / "departures").write_text("in the way", encoding="utf-8")

    with pytest.raises(LedgerError, match=r"cannot be written .*Nothing was sent"):
        Departures("books of ONE", clock=SystemClock()).record("first")
