"""The crash matrix of `gl_journal`: see crash_matrix."""

from __future__ import annotations

from tests.target_sage300.crash_matrix import CrashMatrix
from tests.target_sage300.trials import KINDS


class TestJournals(CrashMatrix):
    """Each mode, every point."""

    kind = KINDS["gl_journal"]
