"""Singer target that loads an Anaplan model through files and import actions."""

from __future__ import annotations

from target_anaplan._check import check
from target_anaplan.target import TargetAnaplan

__all__ = ["TargetAnaplan", "check"]
