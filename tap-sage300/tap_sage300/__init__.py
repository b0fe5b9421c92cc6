"""tap-sage300: a Singer tap for Sage 300."""

from __future__ import annotations

from tap_sage300.connection import check

__all__ = ["check"]
