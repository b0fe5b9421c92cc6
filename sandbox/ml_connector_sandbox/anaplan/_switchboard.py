"""The switches of the Anaplan side: one per open question of the fact sheet (§11), and a few more.

Numbers in the texts are those of §11.
"""

from __future__ import annotations

from ml_connector_sandbox._switches import AT_LEAST_ONE, NOT_NEGATIVE, Switch, Switches, word_switch
from ml_connector_sandbox.anaplan._access_switches import ACCESS_SWITCHES
from ml_connector_sandbox.anaplan._import_switches import (
    build_import_switches,
    choose_engine_settings,
)
from ml_connector_sandbox.anaplan._planning_switches import PLANNING_SWITCHES
from ml_connector_sandbox.anaplan._task_switches import TASK_SWITCHES

__all__ = ["build_switches", "choose_engine_settings", "read_number"]


_MODEL_SWITCHES: dict[str, Switch] = {
    "task_creation_body": word_switch("task", "bare", about="1: `task` object or bare taskId"),
    "hard_failure_state": word_switch(
        "COMPLETE", "FAILED", about="2: state of a task that failed as a whole"
    ),
    "chunk_gaps": word_switch("accept", "refuse", about="4: an import over missing chunks"),
    "module_values": word_switch(
        "rows", "cells", "none", about="8: keys of a module import's `values`"
    ),
    "cell_write_max": word_switch(100_000, 1_000, about="10: cells in one write"),
    "cell_write_role": word_switch(
        "administrator", "standard", about="11: least role for a cell write"
    ),
    "read_page_header": word_switch(
        "first", "every", about="13: header line on pages of large reads"
    ),
    "process_after_failure": word_switch(
        "continue", "stop", about="14: a process after a failed action"
    ),
    "default_file_for_others": word_switch(
        "not_found", "empty", about="17: an admin-only default file for others"
    ),
    "busy_model": word_switch(
        *("queue", "conflict", "conflict_for_tasks"),
        about="18: while the model is busy, calls wait, or get 409; new tasks too",
    ),
    "cancel": word_switch("roll_back", "keep", about="19: what a cancelled task leaves"),
    "retry_after": word_switch("seconds", "date", "absent", about="20: on a 429"),
    "update_failures": word_switch("emit", "omit", about="21: `failures` on a list PUT"),
    "no_changes": word_switch(
        "rows_processed", "no_changes", about="detail of a list import that changed nothing"
    ),
    "process_verdict": word_switch(
        "strict", "lenient", about="outer `successful` with imperfect imports (§5.5)"
    ),
    "nested_details": word_switch("present", "absent", about="`details` of nested results (§5.5)"),
    "stale_chunk_count": word_switch("off", "on", about="chunkCount outlives a DELETE (§4.2)"),
    "complete": word_switch("works", "fails", about="3: POST …/complete answers 500"),
    "numbers": word_switch(
        "exact", "binary", about="binary residue in cells that are not whole (§6.4)"
    ),
    "dump_shelf": word_switch("keeps", "loses", about="dumps vanish at once (§5.4)"),
    "read_page_rows": Switch(
        default=10_000, shape=AT_LEAST_ONE, about="rows per page of a large read"
    ),
    "workspace": word_switch(
        "has_room", "full", about="full: imports seem to work and add nothing (§8)"
    ),
    "task_lag_ms": Switch(
        default=0,
        shape=NOT_NEGATIVE,
        about="how long a task just created is a 404, virtual milliseconds (§2.4)",
    ),
    "task_ms": Switch(
        default=50,
        shape=NOT_NEGATIVE,
        about="how long an action runs, virtual milliseconds",
    ),
    "requests_per_minute": Switch(
        default=600, shape=AT_LEAST_ONE, about="the tenant's bucket (§8)"
    ),
}


def build_switches() -> Switches:
    """Return every switch in its default position."""
    return Switches(
        {
            **build_import_switches(),
            **TASK_SWITCHES,
            **_MODEL_SWITCHES,
            **ACCESS_SWITCHES,
            **PLANNING_SWITCHES,
        }
    )


def read_number(switches: Switches, name: str) -> int:
    """Return the position of a switch that is a whole number."""
    value = switches[name]
    return value if isinstance(value, int) else 0
