"""A quarter of life in more than sixty steps: after each one run, Anaplan shows what Sage has.

Goal: orders, payables, postings, vendors and accounts are equal after every step, posted and
unposted payables apart; what the design leaves to the sweep is equal after the next one.
Method: people work at the sandbox's desks; tap and target run after each step with all ten loads,
every eighth time as installed commands, their state kept as a runner keeps it; what must be shown
is counted from Sage's records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.counted import Counted
from tests.support.pipeline import Pipeline
from tests.support.quarter import Life
from tests.support.quarter_steps import STEPS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.slow

INSTALLED_EVERY = 8
UNHURRIED = {"requests_per_minute": 1_000_000, "task_ms": 10}


def forget_requests(home: Path) -> None:
    """Let the last step be minutes ago: how many requests a minute may take is tested elsewhere."""
    for path in home.glob("limit-*"):
        path.unlink()


def test_after_every_step_of_a_quarter_one_run_makes_both_sides_equal(
    tmp_path: Path, connector_home: Path, start_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = start_sandbox("--orders", "40", "--seed", "5")
    sandbox.anaplan("POST", "switches", UNHURRIED)
    settings: dict[str, Any] = {"cost_center_segment": "2"}
    pipeline = Pipeline(
        sandbox,
        tmp_path,
        streams=None,
        tap_settings=settings,
        target_settings={"poll_seconds": 1},
    )
    life, counted = Life(sandbox), Counted()
    waits_for_sweep = False

    for number, step in enumerate(STEPS, start=1):
        step.act(life)
        forget_requests(connector_home)
        run = pipeline.run() if number % INSTALLED_EVERY == 1 else pipeline.run_in_process()
        assert (run.tap_exit, run.target_exit) == (0, 0), step.name + run.tap_log + run.target_log
        counted.look(sandbox)
        problems = counted.compare(sandbox)
        waits_for_sweep = (waits_for_sweep or step.by_sweep) and bool(problems)
        if not waits_for_sweep:
            assert not problems, f"step {number}, {step.name}: {problems[:5]}"

    assert len(STEPS) >= 60
    assert not waits_for_sweep
    assert counted.sum_payables(posted="true")
    assert counted.sum_payables(posted="false")
