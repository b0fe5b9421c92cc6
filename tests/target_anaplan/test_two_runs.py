"""Two runs at once against one model: with one ledger they take turns, with two they are noticed.

Method: real processes of the installed command. What each would load differs in every row, so that
a mixture would show.
"""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.target_anaplan.singer import company, make_group, make_line, make_vendor

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.target_anaplan.conftest import Model
    from tests.target_anaplan.singer import Message

PROCESS = {"process": "Load Sage 300"}
ROWS = 40


def state_of(name: str, *, amount: str) -> list[Message]:
    """The whole company as one of the runs knows it."""
    return company(
        groups=[make_group(Description=name)],
        vendors=[make_vendor(City=name)],
        lines=[
            make_line(1000 * n, amount=amount, ItemDescription=name) for n in range(1, ROWS + 1)
        ],
    )


FIRST, SECOND = state_of("first", amount="1.00"), state_of("second", amount="2.00")


def finish(process: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=180)
    return process.returncode, out.decode(), err.decode()


def cities(model: Model) -> set[str]:
    return {cells["City"] for cells in model.cells("SYS Vendors").values()}


def amounts(model: Model) -> set[Decimal]:
    return set(model.amounts().values())


@pytest.mark.parametrize("settings", [PROCESS, {}], ids=["process", "imports"])
def test_of_two_runs_started_at_once_one_waits_and_nothing_is_mixed(
    model: Model, settings: dict[str, Any]
) -> None:
    # Both have the same settings file: it is written twice with the same content.
    first = model.start(FIRST, **settings)
    second = model.start(SECOND, **settings)

    ends = [finish(first), finish(second)]

    assert [code for code, _, _ in ends] == [0, 0], ends
    assert (cities(model), amounts(model)) in [
        ({"first"}, {Decimal(1)}),
        ({"second"}, {Decimal(2)}),
    ]
    assert len(model.amounts()) == ROWS
    assert "model.changed" not in model.load([], **settings).log


def test_a_run_that_waits_loads_after_the_other_has_ended(model: Model) -> None:
    model.fault("hang", r"/chunks/0$", method="PUT", effect="done")
    first = model.start(FIRST, **PROCESS)
    assert model.wait_for_hold(first)
    second = model.start(SECOND, **PROCESS)
    threading.Event().wait(1)
    assert second.poll() is None
    assert model.counters()["tasks"] == 0

    model.control("POST", "faults/release", {})

    assert finish(first)[0] == 0
    code, printed, log = finish(second)
    assert code == 0, log
    assert '"complete":true' in printed.replace(" ", "")
    assert (cities(model), amounts(model)) == ({"second"}, {Decimal(2)})


def test_the_lease_is_free_at_once_when_its_owner_is_killed(model: Model) -> None:
    model.fault("hang", r"/chunks/0$", method="PUT")
    first = model.start(FIRST, **PROCESS)
    assert model.wait_for_hold(first)
    second = model.start(SECOND, **PROCESS)

    first.kill()
    finish(first)
    model.control("POST", "faults/release", {})

    code, _, log = finish(second)
    assert code == 0, log
    assert (cities(model), amounts(model)) == ({"second"}, {Decimal(2)})


def test_two_runs_with_two_ledgers_are_noticed_and_the_next_run_puts_everything_right(
    model: Model, tmp_path: Path
) -> None:
    """The second run replaces the first one's files between its upload and its task.

    Both bring as many rows, so no count tells.
    """
    model.fault("hang", r"processes/.*/tasks$", method="POST", effect="later")
    first = model.start(FIRST, **PROCESS)
    assert model.wait_for_hold(first)
    other = {"ledger_url": f"sqlite:///{tmp_path / 'other.sqlite3'}"}
    model.load(SECOND, **PROCESS, **other)

    model.control("POST", "faults/release", {})
    code, printed, log = finish(first)

    assert code == 1, log
    assert printed == ""
    assert "others ran the same imports during this run" in log
    assert "let all of them use one ledger (ledger_url)" in log
    model.load(FIRST, **PROCESS)
    assert (cities(model), amounts(model)) == ({"first"}, {Decimal(1)})
    assert len(model.amounts()) == ROWS


def test_without_a_control_module_a_foreign_run_is_still_noticed_and_repaired(
    model: Model, tmp_path: Path
) -> None:
    settings = {**PROCESS, "control": {"module": ""}}
    model.fault("hang", r"processes/.*/tasks$", method="POST", effect="later")
    first = model.start(FIRST, **settings)
    assert model.wait_for_hold(first)
    model.load(SECOND, **settings, ledger_url=f"sqlite:///{tmp_path / 'other.sqlite3'}")
    model.control("POST", "faults/release", {})

    _, _, log = finish(first)

    assert "model.loaded_by_others" in log
    model.load([], **settings)
    assert (cities(model), amounts(model)) == ({"first"}, {Decimal(1)})
