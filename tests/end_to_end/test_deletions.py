"""Whatever was interrupted before, after a good run the model has exactly the lines Sage has.

Goal: an order, line or number that is gone in Sage is told to Anaplan, also when the run that
landed it, or that told of its end, never released a state. Method: the installed commands against
the sandbox; the target is held at a chosen request and killed, or a request fails.
"""

from __future__ import annotations

import sys
from decimal import Decimal
from subprocess import DEVNULL
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.pipeline import AnaplanReader, Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.slow

RECORDS = "records/PO/POPurchaseOrders"
CONTROL = r"views/\d+/data"
"""The control totals are read before the first upload, and after the last import."""


@pytest.fixture
def pipeline(tmp_path: Path, start_sandbox: Callable[..., Sandbox]) -> Pipeline:
    return Pipeline(start_sandbox("--orders", "60"), tmp_path)


def find_orders(sandbox: Sandbox, count: int) -> list[dict[str, Any]]:
    """Return open orders of several lines that commit something."""
    found = [
        order
        for order in sandbox.sage("GET", RECORDS)
        if not order["Completed"]
        and len(order["PurchaseOrderLines"]) > 1
        and any(line["QuantityOutstanding"] for line in order["PurchaseOrderLines"])
    ]
    assert len(found) >= count
    return found[:count]


def key_of(order: dict[str, Any]) -> str:
    """Return the path of an order below the control endpoint."""
    return f"{RECORDS}/{order['PurchaseOrderSequenceKey']}"


def ids_of(order: dict[str, Any]) -> set[str]:
    """Return the transaction ids of an order's lines."""
    number, lines = order["PurchaseOrderNumber"], order["PurchaseOrderLines"]
    return {f"SAMLTD:PO:{number}:{line['LineNumber']}" for line in lines}


def assert_equal(pipeline: Pipeline, *, deleted: set[str]) -> None:
    """Compare the model with Sage, line by line; `deleted` must be there, marked, without amounts.

    The target's own control totals were equal too, or its run would have failed.
    """
    lines = AnaplanReader(pipeline.sandbox).cells("DAT PO Lines")
    marked = {key for key, cells in lines.items() if cells["Deleted"] == "true"}
    standing = {one for order in pipeline.sandbox.sage("GET", RECORDS) for one in ids_of(order)}
    assert lines.keys() - marked == standing
    assert marked == deleted
    for key in marked:
        for name in ("Amount", "Outstanding Amount", "Functional Outstanding"):
            assert Decimal(lines[key][name] or 0) == 0, (key, name)


def run_until_target_is_held(pipeline: Pipeline, **fault: object) -> None:
    """Run tap and target until a request of the target is held, then kill the target."""
    sandbox = pipeline.sandbox
    sandbox.anaplan("POST", "faults", {"kind": "hang", **fault})
    tap, target = pipeline.start()
    sandbox.wait_for_held_request(sandbox.anaplan)
    target.kill()
    printed, _ = target.communicate()
    tap.wait()
    sandbox.anaplan("DELETE", "faults")
    assert b'"complete":true' not in printed.replace(b" ", b"")


def test_order_landed_by_a_killed_target_and_deleted_before_the_rerun(pipeline: Pipeline) -> None:
    (order,) = find_orders(pipeline.sandbox, 1)
    run_until_target_is_held(pipeline, path=CONTROL, after=1)
    assert ids_of(order) <= AnaplanReader(pipeline.sandbox).cells("DAT PO Lines").keys()
    pipeline.sandbox.sage("DELETE", key_of(order))

    pipeline.run_well()

    assert_equal(pipeline, deleted=ids_of(order))


def test_order_landed_by_a_run_that_failed_and_deleted_before_the_rerun(
    pipeline: Pipeline,
) -> None:
    pipeline.run_well()
    state = pipeline.state
    (template,) = find_orders(pipeline.sandbox, 1)
    order = pipeline.sandbox.sage(
        "POST", RECORDS, template | {"PurchaseOrderSequenceKey": 9999, "PurchaseOrderNumber": "NEW"}
    )
    pipeline.sandbox.anaplan(
        "POST", "faults", {"kind": "status", "status": 400, "path": CONTROL, "after": 1}
    )
    failed = pipeline.run()
    assert failed.target_exit == 1, failed.target_log
    assert ids_of(order) <= AnaplanReader(pipeline.sandbox).cells("DAT PO Lines").keys()
    pipeline.state = state
    pipeline.sandbox.sage("DELETE", key_of(order))

    pipeline.run_well()

    assert_equal(pipeline, deleted=ids_of(order))


def test_full_refresh_after_a_deletion(pipeline: Pipeline) -> None:
    pipeline.run_well()
    (order,) = find_orders(pipeline.sandbox, 1)
    pipeline.sandbox.sage("DELETE", key_of(order))
    pipeline.state = None

    pipeline.run_well()

    assert_equal(pipeline, deleted=ids_of(order))


def test_full_refresh_after_an_order_was_completed_unconfirmed_and_then_purged(
    pipeline: Pipeline,
) -> None:
    pipeline.run_well()
    (order,) = find_orders(pipeline.sandbox, 1)
    pipeline.sandbox.sage("PATCH", key_of(order), {"Completed": True})
    pipeline.sandbox.anaplan(
        "POST", "faults", {"kind": "status", "status": 400, "path": "files/", "method": "POST|PUT"}
    )
    failed = pipeline.run()
    assert failed.target_exit == 1, failed.target_log
    pipeline.sandbox.anaplan("DELETE", "faults")
    pipeline.sandbox.sage("DELETE", key_of(order))
    pipeline.state = None

    pipeline.run_well()

    assert_equal(pipeline, deleted=ids_of(order))


@pytest.mark.parametrize("point", ["before-upload", "after-import"])
def test_deletion_told_to_a_target_that_was_killed_is_told_again(
    pipeline: Pipeline, point: str
) -> None:
    pipeline.run_well()
    gone, cut = find_orders(pipeline.sandbox, 2)
    last = cut["PurchaseOrderLines"][-1]["LineNumber"]
    pipeline.sandbox.sage("DELETE", key_of(gone))
    change = {"PurchaseOrderLines": [{"LineNumber": last, "UpdateOperation": "Delete"}]}
    pipeline.sandbox.sage("PATCH", key_of(cut), change)
    if point == "before-upload":
        run_until_target_is_held(pipeline, path="files/", method="POST|PUT")
    else:
        run_until_target_is_held(pipeline, path=CONTROL, after=1)

    pipeline.run_well()

    lost = f"SAMLTD:PO:{cut['PurchaseOrderNumber']}:{last}"
    assert_equal(pipeline, deleted=ids_of(gone) | {lost})


def test_edited_number_and_number_taken_over(pipeline: Pipeline) -> None:
    pipeline.run_well()
    moved, deleted, taker = find_orders(pipeline.sandbox, 3)
    sandbox = pipeline.sandbox
    sandbox.sage("PATCH", key_of(moved), {"PurchaseOrderNumber": "PO-MOVED"})
    sandbox.sage("DELETE", key_of(deleted))
    sandbox.sage("PATCH", key_of(taker), {"PurchaseOrderNumber": deleted["PurchaseOrderNumber"]})

    pipeline.run_well()

    taken = ids_of(taker | {"PurchaseOrderNumber": deleted["PurchaseOrderNumber"]})
    assert_equal(pipeline, deleted=ids_of(moved) | ids_of(taker) | (ids_of(deleted) - taken))


@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
def test_tap_killed_after_it_noted_a_loss(pipeline: Pipeline) -> None:
    pipeline.run_well()
    gone, cut = find_orders(pipeline.sandbox, 2)
    sandbox, last = pipeline.sandbox, cut["PurchaseOrderLines"][-1]["LineNumber"]
    sandbox.sage("DELETE", key_of(gone))
    change = {"PurchaseOrderLines": [{"LineNumber": last, "UpdateOperation": "Delete"}]}
    sandbox.sage("PATCH", key_of(cut), change)
    # The line is noted and its order written; whether the other order is gone is just being asked.
    sandbox.sage("POST", "faults", {"kind": "hang", "path": r"POPurchaseOrders\(\d+\)"})
    tap, target = pipeline.start(printed=DEVNULL)
    sandbox.wait_for_held_request(sandbox.sage)
    tap.kill()
    tap.wait()
    sandbox.sage("DELETE", "faults")
    assert target.wait(300) == 1

    pipeline.run_well()

    lost = f"SAMLTD:PO:{cut['PurchaseOrderNumber']}:{last}"
    assert_equal(pipeline, deleted=ids_of(gone) | {lost})
