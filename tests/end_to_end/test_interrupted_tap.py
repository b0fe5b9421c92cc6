"""An interrupted tap is never taken for a finished one.

Goal: nothing stays in the model that the tap brought only in a run in which it was killed, for its
bookmark knows nothing of it. Method: an order is there only while that run reads.
"""

from __future__ import annotations

from subprocess import PIPE
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.pipeline import AnaplanReader, Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.sandbox import Sandbox

ORDERS = 1200  # twelve pages
RECORDS = "records/PO/POPurchaseOrders"
INTERRUPTED = (
    b"streams.interrupted streams=purchase_order_lines",
    b"ends within a message. The tap was interrupted",
)
"""What the target says of it: a tap that reads ahead may be killed while it writes a line."""


@pytest.mark.parametrize("page", [1, 5, 11])
def test_tap_killed_mid_stream_deletes_nothing_and_the_next_run_completes(
    page: int, tmp_path: Path, start_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = start_sandbox("--orders", str(ORDERS))
    pipeline = Pipeline(sandbox, tmp_path)
    order = take_out_an_early_order(sandbox)
    pipeline.run_well()
    before = AnaplanReader(sandbox).cells("DAT PO Lines")
    commitments = AnaplanReader(sandbox).cells("Commitments")
    state = pipeline.state
    pipeline.state = None  # a full read, so that there are pages to be killed between
    key = sandbox.sage("POST", RECORDS, order)["PurchaseOrderSequenceKey"]
    assert key == order["PurchaseOrderSequenceKey"]
    sandbox.sage(
        "POST",
        "faults",
        {"kind": "hang", "path": "POPurchaseOrders", "after": page, "times": 1},
    )
    tap, target = pipeline.start(target_log=PIPE)

    sandbox.wait_for_held_request(sandbox.sage)
    tap.kill()
    tap.wait()
    sandbox.sage("DELETE", "faults")
    printed, log = target.communicate(timeout=300)

    assert target.returncode == 1, log.decode()
    assert any(told in log for told in INTERRUPTED), log.decode()
    assert b'"complete":true' not in printed.replace(b" ", b"").split(b"purchase_order_lines")[-1]
    assert AnaplanReader(sandbox).cells("DAT PO Lines") == before
    sandbox.sage("DELETE", f"{RECORDS}/{key}")
    pipeline.state = state
    pipeline.run_well()
    assert AnaplanReader(sandbox).cells("DAT PO Lines") == before
    assert AnaplanReader(sandbox).cells("Commitments") == commitments


def take_out_an_early_order(sandbox: Sandbox) -> dict[str, Any]:
    """Delete an order of the first page that commits something, and return it to be put back."""
    order = next(
        order
        for order in sandbox.sage("GET", RECORDS)[:100]
        if not order["Completed"]
        and not order["OnHold"]
        and any(line["QuantityOutstanding"] for line in order["PurchaseOrderLines"])
    )
    sandbox.sage("DELETE", f"{RECORDS}/{order['PurchaseOrderSequenceKey']}")
    return dict(order)
