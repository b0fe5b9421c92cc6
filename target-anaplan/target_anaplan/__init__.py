"""Singer target that loads an Anaplan model through files and import actions."""

from __future__ import annotations

from target_anaplan._blueprint_loads import AP_INVOICE_LINES, GL_ACTUAL_LINES, PO_LINES
from target_anaplan._blueprint_model import RESULTS
from target_anaplan._blueprint_parts import Format, LoadBlueprint
from target_anaplan._check import check
from target_anaplan.fresh import FreshModel
from target_anaplan.target import TargetAnaplan

__all__ = [
    "AP_INVOICE_LINES",
    "GL_ACTUAL_LINES",
    "PO_LINES",
    "RESULTS",
    "Format",
    "FreshModel",
    "LoadBlueprint",
    "TargetAnaplan",
    "check",
]
