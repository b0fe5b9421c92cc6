"""The crash matrix of `ap_invoice`: see crash_matrix."""

from __future__ import annotations

from tests.target_sage300.crash_matrix import CrashMatrix
from tests.target_sage300.trials import KINDS


class TestInvoices(CrashMatrix):
    """Each mode, every point."""

    kind = KINDS["ap_invoice"]
