"""What nobody outside knows of Anaplan: loads are right whichever way it is.

Goal: for each open question of the Anaplan sheet (§11) that touches loading, and each position of
the sandbox's switches for it, the model holds what the records say, and what it does not take is
kept and named. Method: the target in this process over HTTP, on a clock that it moves itself: a
first load, and a second one with changes and misfits (`two_loads`). Lists, parents, cells and
`CTL Loads` are compared after each with what the test computes.

What needs a model, a moment or a user of its own is in the files beside this one, what the
installed commands meet besides in `tests/end_to_end/test_switches.py`. The last tests here read all
of them: no position of a switch may be left out without a reason.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ml_connector_sandbox._switches import Switch
from ml_connector_sandbox.anaplan._switchboard import build_switches
from ml_connector_sandbox.anaplan._task_switches import FAILURE_CODES

from tests.target_anaplan.two_loads import (
    LOST_LINE,
    LOST_VENDOR,
    MISFITS,
    NEVER,
    PROCESS,
    TOO_LONG,
    find_error,
    kept_rejects,
    load_first,
    load_second,
    mending_rows,
    messages_of,
    second_rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.target_anaplan.conftest import Model

pytestmark = pytest.mark.slow

POSITIONS: dict[str, dict[str, Any]] = {
    "our best reading": {},
    "1, 3, 4 starts and uploads": {
        "task_creation_body": "bare",
        "complete": "fails",
        "stale_chunk_count": "on",
        "chunk_gaps": "refuse",
        "announced_count": "zero",
    },
    "5 named items are cleared": {"clear_target": "source_items", "clear_time": "all_periods"},
    "6, 7 blanks clear, no key comes twice": {
        "blank_cells": "clear",
        "repeated_cells": "first_wins",
        "duplicate_keys": "reject_import",
    },
    "8 cells are counted": {"module_values": "cells"},
    "9 no row without its parent": {"invalid_parent": "reject"},
    "no row without each cell": {"invalid_cell": "reject"},
    "14 a process stops": {"process_after_failure": "stop"},
    "18 a busy model refuses calls": {"busy_model": "conflict", "task_ms": 2000},
    "18 and tasks": {"busy_model": "conflict_for_tasks", "task_ms": 2000},
    "20 a date to wait for": {"retry_after": "date", "requests_per_minute": 20},
    "20 seconds to wait": {"retry_after": "seconds", "requests_per_minute": 20},
    "20 no word how long": {"retry_after": "absent", "requests_per_minute": 20},
    "26 dumps in UTF-16": {"dump_encoding": "UTF-16LE", "dump_chunk_bytes": 101},
    "26 dumps in Latin letters": {"dump_encoding": "ISO-8859-1", "missing_dump": "no_content"},
    "items are found by name": {"identification": "name", "row_identification": "name"},
    "items are found by either": {
        "identification": "name_or_code",
        "row_identification": "name_or_code",
    },
    "tasks seen late, with little detail": {
        "task_lag_ms": 1500,
        "process_verdict": "lenient",
        "nested_details": "absent",
        "unmapped_columns": "warn",
    },
    "numbers with residue, or blank": {"numbers": "binary", "blank_numbers": "blank"},
    "a standard user": {"role": "standard"},
    "a tenant administrator": {"role": "tenant_administrator"},
    "everything at once": {
        "task_creation_body": "bare",
        "chunk_gaps": "refuse",
        "clear_target": "source_items",
        "blank_cells": "clear",
        "repeated_cells": "first_wins",
        "invalid_parent": "reject",
        "invalid_cell": "reject",
        "module_values": "none",
        "dump_encoding": "UTF-16LE",
        "announced_count": "zero",
        "process_verdict": "lenient",
        "nested_details": "absent",
        "no_changes": "no_changes",
        "empty_file": "successful",
        "unique_names": "append",
        "numbers": "binary",
    },
}
"""Where both loads arrive as they do with the defaults."""


@pytest.mark.parametrize("position", list(POSITIONS))
def test_loads_arrive_and_misfits_are_kept_whichever_way_anaplan_is(
    clocked: Model, position: str
) -> None:
    clocked.switch(**POSITIONS[position])
    books = load_first(clocked)

    second = load_second(clocked, books)

    assert second.exit_code == 3, second.log
    assert kept_rejects(clocked).keys() == MISFITS | NEVER
    assert all(key in second.log for key in (LOST_VENDOR, LOST_LINE, TOO_LONG))
    assert books.find_differences(clocked, partly=MISFITS | NEVER) == []


@pytest.mark.parametrize("position", ["our best reading", "everything at once"])
def test_misfits_follow_when_what_they_lack_has_come(clocked: Model, position: str) -> None:
    clocked.switch(**POSITIONS[position])
    books = load_first(clocked)
    load_second(clocked, books)
    books.take(mending_rows())

    mended = clocked.run(messages_of(mending_rows(), at=3), **PROCESS)

    assert mended.exit_code == 3, mended.log
    assert kept_rejects(clocked).keys() == NEVER
    assert books.find_differences(clocked, partly=NEVER) == []


STOPPED: dict[str, tuple[dict[str, Any], str]] = {
    "2 a failed task is COMPLETE": ({"action_fails_with": "internalError"}, "internalError"),
    "2 a failed task is FAILED": (
        {"action_fails_with": "actionFailed", "hard_failure_state": "FAILED"},
        "actionFailed",
    ),
    "no write access": ({"module_access": "none"}, "No write access to the module"),
    "deployed": ({"activeState": "PRODUCTION"}, "not production data"),
    "deployed, in maintenance": ({"activeState": "PRODUCTION_MAINTENANCE"}, "maintenance is over"),
    "single sign-on": ({"sso": "on"}, "must be an exception user"),
    "an old password": ({"passwords": "expired"}, "Passwords expire"),
    "no role": ({"role": "none"}, "'No Access'"),
    "no role, hidden": ({"role": "none", "masked_models": "hidden"}, "'No Access'"),
    "nothing may be run": ({"role": "standard", "granted_actions": "none"}, "not found"),
}
"""Where the second load cannot be, and what the one message says."""


@pytest.mark.parametrize("case", list(STOPPED))
def test_a_load_that_anaplan_stops_is_told_once_and_comes_whole_when_it_may(
    clocked: Model, case: str
) -> None:
    switches, words = STOPPED[case]
    usual = clocked.control("GET", "switches")
    books = load_first(clocked)
    clocked.switch(**switches)

    stopped = clocked.run(messages_of(second_rows(), at=2), **PROCESS)

    assert stopped.exit_code in {1, 2}, stopped.log
    assert words in find_error(stopped)
    assert stopped.states == []
    clocked.switch(**{name: usual[name] for name in switches})
    again = load_second(clocked, books)
    assert again.exit_code == 3, again.log
    assert kept_rejects(clocked).keys() == MISFITS | NEVER
    assert books.find_differences(clocked, partly=MISFITS | NEVER) == []


# --- whether every position is met --------------------------------------------------------------

TESTS = Path(__file__).parents[1]
FILES = (
    TESTS / "target_anaplan" / "conftest.py",
    *sorted(TESTS.glob("target_anaplan/test_unknown*.py")),
    TESTS / "end_to_end" / "test_switches.py",
)
NOT_MET: dict[str, str] = {
    "cell_write_max": "no load writes cells",
    "cell_write_role": "no load writes cells",
    "calendar_role": "no load reads calendar, period or versions",
    "totals_selection": "no load reads the calendar",
    "line_item_key": "no load reads line items; for ping see tests/command/test_ping.py",
    "search": "no call searches",
    "oauth_default_scope": "every login names its scopes",
    "export_values": "no load exports",
    "excel_csv": "no load exports",
    "parallel_exports": "no load exports",
    "export_file_lag_ms": "no load exports",
    "export_chunk_bytes": "no load exports",
}
"""Switches that no call of a load can meet, and why."""


def find_turned() -> set[tuple[str, object]]:
    """Return the positions that stand in the tests: in a dictionary, or in a call of `switch`."""
    switches = build_switches().describe()
    turned: set[tuple[str, object]] = {("action_fails_with", code) for code in FAILURE_CODES}
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            turned |= set(_pairs_of(node))
    return {
        (name, position)
        for name, position in turned
        if name in switches and _is_position(position, switches[name])
    }


def _is_position(value: object, switch: Switch) -> bool:
    # A free value is of the default's type: the reasons of `NOT_MET` are texts.
    return value in switch.positions or (
        not switch.positions and isinstance(value, type(switch.default))
    )


def _pairs_of(node: ast.AST) -> Iterator[tuple[str, object]]:
    pairs: list[tuple[object, ast.expr]] = []
    if isinstance(node, ast.Dict):
        keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
        pairs = list(zip(keys, node.values, strict=True))
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".switch"):
        pairs = [(one.arg, one.value) for one in node.keywords]
    for key, value in pairs:
        if isinstance(key, str) and isinstance(value, ast.Constant):
            yield key, value.value


def find_left_out(
    switches: Mapping[str, Switch], turned: set[tuple[str, object]]
) -> list[tuple[str, object]]:
    """Return the positions, besides the defaults, that no test turns and no reason excuses.

    Of a free value one will do.
    """
    left_out: list[tuple[str, object]] = []
    for name, switch in switches.items():
        met = {switch.default, *(position for one, position in turned if one == name)}
        if name in NOT_MET:
            continue
        if switch.positions:
            left_out += [(name, position) for position in switch.positions if position not in met]
        elif met == {switch.default}:
            left_out.append((name, "any other"))
    return left_out


def test_no_position_is_left_out_without_a_reason() -> None:
    assert find_left_out(build_switches().describe(), find_turned()) == []


def test_each_reason_is_of_a_switch_that_is_there_and_that_no_test_turns() -> None:
    turned = {name for name, _ in find_turned()}

    assert NOT_MET.keys() <= build_switches().describe().keys()
    assert NOT_MET.keys() & turned == set()


def test_a_new_switch_would_be_noticed_in_each_position() -> None:
    new = {
        "words": Switch(default="a", positions=("a", "b", "c"), about=""),
        "number": Switch(default=1, about=""),
        "search": Switch(default="a", positions=("a", "b"), about=""),
    }

    assert find_left_out(new, set()) == [("words", "b"), ("words", "c"), ("number", "any other")]
    assert find_left_out(new, {("words", "b"), ("number", 1)}) == [
        ("words", "c"),
        ("number", "any other"),
    ]
    assert find_left_out(new, {("words", "b"), ("words", "c"), ("number", 2)}) == []
