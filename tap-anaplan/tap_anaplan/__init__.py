"""Singer tap that reads an Anaplan model."""

from __future__ import annotations

from tap_anaplan._check import Inspection, inspect
from tap_anaplan.tap import TapAnaplan

__all__ = ["Inspection", "TapAnaplan", "inspect"]
