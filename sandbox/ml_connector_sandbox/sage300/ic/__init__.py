"""Rules, processes and switches of Inventory Control documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300.ic import _day_end, _stock_journal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox._switches import Switch
    from ml_connector_sandbox.sage300.writing._rules import Process, Rules

__all__ = ["PROCESSES", "RULES", "SWITCHES"]

RULES: Mapping[tuple[str, str], Rules] = {}
PROCESSES: Mapping[tuple[str, str], Process] = _day_end.PROCESSES
SWITCHES: Mapping[str, Switch] = {**_day_end.SWITCHES, **_stock_journal.SWITCHES}
