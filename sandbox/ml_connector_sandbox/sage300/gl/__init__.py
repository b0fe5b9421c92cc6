"""Rules, processes and switches of General Ledger."""

from __future__ import annotations

from ml_connector_sandbox.sage300.gl._batches import RULES
from ml_connector_sandbox.sage300.gl._post_journal import PROCESSES
from ml_connector_sandbox.sage300.gl._switches import SWITCHES

__all__ = ["PROCESSES", "RULES", "SWITCHES"]
