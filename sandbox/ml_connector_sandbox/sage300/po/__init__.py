"""Rules, processes and switches of Purchase Orders documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300.po import _orders, _receipts, _requisitions, _returns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox._switches import Switch
    from ml_connector_sandbox.sage300.writing._rules import Process, Rules

__all__ = ["PROCESSES", "RULES", "SWITCHES"]

RULES: Mapping[tuple[str, str], Rules] = {
    **_orders.RULES,
    **_receipts.RULES,
    **_returns.RULES,
    **_requisitions.RULES,
}
PROCESSES: Mapping[tuple[str, str], Process] = {}
SWITCHES: Mapping[str, Switch] = _receipts.SWITCHES
