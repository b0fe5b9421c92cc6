"""An interrupted tap is never taken for a finished one."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.pipeline import AnaplanReader, Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.sandbox import Sandbox

ORDERS = 1200  # twelve pages


@pytest.mark.parametrize("page", [1, 5, 11])
def test_tap_killed_mid_stream_deletes_nothing_and_the_next_run_completes(
    page: int, tmp_path: Path, start_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = start_sandbox("--orders", str(ORDERS))
    pipeline = Pipeline(sandbox, tmp_path)
    pipeline.run_well()
    before = AnaplanReader(sandbox).cells("DAT PO Lines")
    state = pipeline.state
    pipeline.state = None  # a full read, so that there are pages to be killed between
    sandbox.sage(
        "POST",
        "faults",
        {"kind": "hang", "path": "POPurchaseOrders", "after": page, "times": 1},
    )
    tap = subprocess.Popen(
        pipeline.tap_command(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    target = subprocess.Popen(
        pipeline.target_command(),
        stdin=tap.stdout,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )

    sandbox.wait_for_held_request(sandbox.sage)
    tap.kill()
    tap.wait()
    sandbox.sage("DELETE", "faults")
    assert tap.stdout is not None
    tap.stdout.close()
    printed, log = target.communicate(timeout=300)

    assert target.returncode == 0, log.decode()
    assert b'"complete":true' not in printed.replace(b" ", b"").split(b"purchase_order_lines")[-1]
    assert AnaplanReader(sandbox).cells("DAT PO Lines") == before
    pipeline.state = state
    pipeline.run_well()
    assert AnaplanReader(sandbox).cells("DAT PO Lines") == before
