"""tap-sage300: a Singer tap for Sage 300."""

from __future__ import annotations

from tap_sage300.fresh import read_afresh
from tap_sage300.inspection import check
from tap_sage300.tap import TapSage300
from tap_sage300.thirds import ThirdFigure, ThirdFigures

__all__ = ["TapSage300", "ThirdFigure", "ThirdFigures", "check", "read_afresh"]
