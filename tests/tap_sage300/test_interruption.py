"""A tap killed in the middle leaves no doubt about it, and the next run makes everything good.

Goal: no interrupted stream looks complete, no deletion is concluded from an interruption.
Method: a page that never comes (`hang`), then a signal; the run after it against the whole company.
"""

from __future__ import annotations

import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.tap_sage300.runs import Sandbox, Tap, read_orders, read_output

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them"),
]


@pytest.fixture
def tap(company: Sandbox, tmp_path: Path) -> Tap:
    company.sage("POST", "switches", {"page_size": 5})
    return Tap(company, tmp_path)


def hang_at_page(tap: Tap, page: int) -> None:
    """Let this page of the orders never come."""
    tap.sandbox.sage(
        "POST",
        "faults",
        {"kind": "hang", "path": "POPurchaseOrders", "after": page - 1, "effect": "none"},
    )


def wait_until_hanging(tap: Tap, process: subprocess.Popen[bytes]) -> None:
    """Wait until the tap waits for the page that never comes."""
    for _ in range(600):
        faults = tap.sandbox.sage("GET", "faults")
        if "holding': 1" in str(faults):
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)  # noqa: TID251 - a test waits for another process
    pytest.fail("the tap never reached the page that hangs")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("after_a_first_run", [False, True])
def test_killed_run_is_incomplete_and_the_next_one_completes(
    tap: Tap, number: signal.Signals, *, after_a_first_run: bool
) -> None:
    state = tap.run().state if after_a_first_run else None
    hang_at_page(tap, 2)
    process = tap.start(state=state)
    wait_until_hanging(tap, process)

    process.send_signal(number)
    out, errors = process.communicate(timeout=60)

    killed = read_output(process.returncode, out, errors)
    expected = -number if number is signal.SIGKILL else 128 + number
    assert killed.exit_code == expected
    assert killed.bookmark()["complete"] is False
    assert not [line for line in killed.records() if line["_sdc_deleted_at"]]
    tap.sandbox.sage("DELETE", "faults")
    # What a full first run must bring is not kept from the second one by the first one's state.
    bookmark = {k: v for k, v in killed.bookmark().items() if k != "complete"}
    assert bool(bookmark) is after_a_first_run
    again = tap.run(state=killed.state)
    assert again.exit_code == 0
    assert again.bookmark()["complete"] is True
    assert not [line for line in again.records() if line["_sdc_deleted_at"]]
    if not after_a_first_run:
        orders = read_orders(tap.sandbox)
        assert len(again.lines()) == sum(len(order["PurchaseOrderLines"]) for order in orders)


def test_reader_that_goes_away_ends_the_tap_with_one_line(tap: Tap) -> None:
    with tap.start() as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read().decode()

    assert process.returncode == 1
    assert "Traceback" not in errors
