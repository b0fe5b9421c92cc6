"""Rules, processes and switches of master records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300.masters import (
    _accounts,
    _currencies,
    _items,
    _payables,
    _vendors,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox._switches import Switch
    from ml_connector_sandbox.sage300.writing._rules import Process, Rules

__all__ = ["PROCESSES", "RULES", "SWITCHES"]

RULES: Mapping[tuple[str, str], Rules] = {
    **_accounts.RULES,
    **_vendors.RULES,
    **_payables.RULES,
    **_items.RULES,
    **_currencies.RULES,
}
PROCESSES: Mapping[tuple[str, str], Process] = {}
SWITCHES: Mapping[str, Switch] = {}
