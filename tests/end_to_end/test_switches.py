"""Whatever Sage 300 and Anaplan turn out to do where their sheets are silent: the sums stay right.

Goal: each switch of the sandbox that a run can meet, in the position that is not our best reading.
Method: a whole run of both commands, edits in Sage 300, another run; each time every line, vendor
and group in the model is compared with Sage's own records. Where a position makes it impossible to
load, there is one error, and the run after the cause has gone puts things right. Waiting takes no
time, for the product and the sandbox alike.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.pipeline import Run, SharedTimePipeline
from tests.support.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

ORDERS = "records/PO/POPurchaseOrders"
VENDORS = "records/AP/APVendors"
GROUPS = "records/AP/APVendorGroups"
TWO_LINES, ONE_LINE, TO_DELETE = 10020012, 10020025, 10020026
"""Open orders of the company that `--orders 25` generates."""
THROUGH_PROCESS = {"process": "Load Sage 300"}
REJECTS_KEPT = 3
FAILED, WRONG_MODEL = 1, 2

NUMBERS = {
    "Quantity Ordered": "QuantityOrdered",
    "Quantity Received": "QuantityReceived",
    "Quantity Canceled": "QuantityCanceled",
    "Quantity Outstanding": "QuantityOutstanding",
    "Unit Cost": "UnitCost",
    "Amount": "ExtendedCost",
}


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[Sandbox]:
    """One small company and one model for all cases of this file."""
    sandbox = Sandbox.start("--orders", "25")
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Sandbox:
    """The company and the model as they were generated, every switch in its default."""
    shared_sandbox.sage("POST", "clock", {"reset": True})
    shared_sandbox.sage("POST", "reset")
    shared_sandbox.anaplan("POST", "reset")
    return shared_sandbox


def turn(sandbox: Sandbox, switches: dict[str, object]) -> None:
    """Turn switches of whichever server has them."""
    known = sandbox.sage("GET", "switches")
    for name, position in switches.items():
        control = sandbox.sage if name in known else sandbox.anaplan
        control("POST", "switches", {name: position})


def edit_books(sandbox: Sandbox) -> None:
    """One line deleted, one changed, one order deleted, one vendor moved."""
    sandbox.sage(
        "PATCH",
        f"{ORDERS}/{TWO_LINES}",
        {"PurchaseOrderLines": [{"LineNumber": 2000, "UpdateOperation": "Delete"}]},
    )
    sandbox.sage(
        "PATCH",
        f"{ORDERS}/{ONE_LINE}",
        {"PurchaseOrderLines": [{"LineNumber": 1000, "QuantityOrdered": 7}]},
    )
    sandbox.sage("DELETE", f"{ORDERS}/{TO_DELETE}")
    sandbox.sage("PATCH", f"{VENDORS}/1000", {"City": "Neustadt"})


def add_misfits(sandbox: Sandbox) -> None:
    """Add a vendor whose group, and an order whose vendor, does not exist."""
    sandbox.sage(
        "POST", VENDORS, {"VendorNumber": "MISFIT", "VendorName": "x", "GroupCode": "NOGRP"}
    )
    line = {"ItemNumber": "A1", "QuantityOrdered": 2, "UnitCost": "1.5"}
    sandbox.sage("POST", ORDERS, {"Vendor": "NOVENDOR", "PurchaseOrderLines": [line]})


def mend_misfits(sandbox: Sandbox) -> None:
    """Add what the misfits miss."""
    sandbox.sage("POST", GROUPS, {"GroupCode": "NOGRP", "Description": "Added", "Status": "Active"})
    group = {"GroupCode": "NOGRP", "VendorName": "Added"}
    sandbox.sage("POST", VENDORS, {"VendorNumber": "NOVENDOR", **group})


def find_differences(sandbox: Sandbox) -> list[str]:
    """Compare every group, vendor and order line of the model with the books."""
    return [
        *_differences("SYS Vendor Groups", expected_groups(sandbox), sandbox),
        *_differences("SYS Vendors", expected_vendors(sandbox), sandbox),
        *_differences("DAT PO Lines", expected_lines(sandbox), sandbox),
        *_parent_differences(sandbox),
    ]


def _differences(
    module: str, expected: dict[str, dict[str, object]], sandbox: Sandbox
) -> list[str]:
    held = sandbox.anaplan("GET", f"cells/{module.replace(' ', '%20')}")
    found = [f"{module}: {code} is missing" for code in expected.keys() - held.keys()]
    for code, cells in held.items():
        wanted = expected.get(code, {"Deleted": "true", "Functional Amount": Decimal(0)})
        for name, value in wanted.items():
            cell = Decimal(cells[name] or 0) if isinstance(value, Decimal) else cells.get(name)
            if cell != value:
                found.append(f"{module}: {code}: {name} is {cell!r}, expected {value!r}")
    return sorted(found)


def _parent_differences(sandbox: Sandbox) -> list[str]:
    held = {item["code"]: item["parent"] for item in sandbox.anaplan("GET", "lists/Vendors")}
    wanted = {
        vendor["VendorNumber"]: vendor["GroupCode"] for vendor in sandbox.sage("GET", VENDORS)
    }
    return [
        f"Vendors: {code} is in {held.get(code)!r}, expected {group!r}"
        for code, group in wanted.items()
        if held.get(code) != group
    ]


def expected_groups(sandbox: Sandbox) -> dict[str, dict[str, object]]:
    """What SYS Vendor Groups ought to hold."""
    return {
        group["GroupCode"]: {"Description": group["Description"], "Status": group["Status"]}
        for group in sandbox.sage("GET", GROUPS)
    }


def expected_vendors(sandbox: Sandbox) -> dict[str, dict[str, object]]:
    """What SYS Vendors ought to hold."""
    return {
        vendor["VendorNumber"]: {
            "Vendor Name": vendor["VendorName"],
            "On Hold": vendor["OnHold"],
            "City": vendor["City"],
        }
        for vendor in sandbox.sage("GET", VENDORS)
    }


def expected_lines(sandbox: Sandbox) -> dict[str, dict[str, object]]:
    """What DAT PO Lines ought to hold; a line not in here was deleted."""
    company = sandbox.info["sage300"]["company"]
    return {
        f"{company}:PO:{order['PurchaseOrderNumber']}:{line['LineNumber']}": {
            "Order Number": order["PurchaseOrderNumber"],
            "Vendor": order["Vendor"],
            "Order Date": order["OrderDate"][:10],
            "Expected Arrival Date": (
                line["ExpectedArrivalDate"] or order["ExpectedArrivalDate"] or ""
            )[:10],
            "Item": line["ItemNumber"],
            "Order Type": order["PurchaseOrderType"],
            "On Hold": str(order["OnHold"]).lower(),
            "Deleted": "false",
            **{name: Decimal(str(line[source])) for name, source in NUMBERS.items()},
        }
        for order in sandbox.sage("GET", ORDERS)
        for line in order["PurchaseOrderLines"]
    }


def sole_error(run: Run) -> str:
    """Return what the target says at its end, once; there is no traceback beside it."""
    log = run.tap_log + run.target_log
    assert "Traceback" not in log, log
    said = [line for line in run.target_log.splitlines() if "| ERROR    | target-anaplan " in line]
    assert len(said) == 1, run.target_log
    return said[0]


def at(*switches: dict[str, object], **settings: object) -> Any:
    """A case: the switches turned, and settings of the target."""
    (turned,) = switches
    words = "-".join(f"{name}={position}" for name, position in turned.items())
    return pytest.param(turned, settings, id=words)


@pytest.mark.parametrize(
    ("switches", "settings"),
    [
        at({"page_size": 7}),
        at({"property_casing": "lowered"}),
        at({"order": "shuffled"}),
        at({"orderby": False}),
        at({"contains": False}),
        at({"null_literals": False}),
        at({"next_link_with_top": "absent"}),
        at({"dates": "zoneless"}),
        at({"booleans": "words"}),
        at({"decimals": "exponent"}),
        at({"clear_target": "source_items"}),
        at({"no_changes": "no_changes"}, **THROUGH_PROCESS),
        at({"empty_file": "successful"}, **THROUGH_PROCESS),
        at({"stale_chunk_count": "on"}),
        at({"numbers": "binary"}),
    ],
)
def test_changes_arrive_exactly(
    sandbox: Sandbox, tmp_path: Path, switches: dict[str, object], settings: dict[str, object]
) -> None:
    turn(sandbox, switches)
    pipeline = SharedTimePipeline(sandbox, tmp_path, target_settings=settings)
    pipeline.run_well()
    assert find_differences(sandbox) == []
    edit_books(sandbox)

    pipeline.run_well()

    assert find_differences(sandbox) == []


def test_changes_arrive_exactly_where_blanks_clear(sandbox: Sandbox, tmp_path: Path) -> None:
    turn(sandbox, {"blank_cells": "clear"})
    pipeline = SharedTimePipeline(sandbox, tmp_path)
    pipeline.run_well()
    assert find_differences(sandbox) == []
    sandbox.sage("PATCH", f"{VENDORS}/1000", {"City": ""})

    pipeline.run_well()

    assert find_differences(sandbox) == []


@pytest.mark.parametrize(
    ("switches", "settings"),
    [
        at({"decimals": "scaled"}),
        at({"duplicate_keys": "reject_import"}),
        at({"complete": "fails"}),
        at({"task_lag_ms": 1500}),
        at({"task_ms": 700}),
        at({"requests_per_minute": 45}),
    ],
)
def test_everything_arrives_exactly(
    sandbox: Sandbox, tmp_path: Path, switches: dict[str, object], settings: dict[str, object]
) -> None:
    turn(sandbox, switches)

    SharedTimePipeline(sandbox, tmp_path, target_settings=settings).run_well()

    assert find_differences(sandbox) == []


@pytest.mark.parametrize(
    ("switches", "settings"),
    [
        at({"invalid_cell": "reject"}),
        at({"module_values": "cells"}),
        at({"module_values": "none"}),
        at({"process_after_failure": "stop"}, **THROUGH_PROCESS),
        at({"nested_details": "absent"}, **THROUGH_PROCESS),
        at({"process_verdict": "lenient"}, **THROUGH_PROCESS),
    ],
)
def test_rows_that_anaplan_refuses_are_kept_and_follow(
    sandbox: Sandbox, tmp_path: Path, switches: dict[str, object], settings: dict[str, object]
) -> None:
    turn(sandbox, switches)
    add_misfits(sandbox)
    pipeline = SharedTimePipeline(sandbox, tmp_path, target_settings=settings)

    refused = pipeline.run()

    assert (refused.tap_exit, refused.target_exit) == (0, REJECTS_KEPT), refused.target_log
    strangers = [line for line in find_differences(sandbox) if not is_of_misfit(line, sandbox)]
    assert strangers == []
    mend_misfits(sandbox)
    pipeline.run_well()
    assert find_differences(sandbox) == []


def test_a_load_whose_reasons_are_lost_is_sent_again(sandbox: Sandbox, tmp_path: Path) -> None:
    turn(sandbox, {"dump_shelf": "loses"})
    add_misfits(sandbox)
    pipeline = SharedTimePipeline(sandbox, tmp_path)

    lost = pipeline.run()

    assert lost.target_exit == FAILED, lost.target_log
    assert "the list that names them (the dump) is gone" in sole_error(lost)
    mend_misfits(sandbox)
    pipeline.run_well()
    assert find_differences(sandbox) == []


@pytest.mark.parametrize(
    ("switches", "exit_code", "words"),
    [
        ({"activeState": "LOCKED"}, WRONG_MODEL, "unlock the model"),
        ({"activeState": "ARCHIVED"}, WRONG_MODEL, "ARCHIVED"),
        ({"activeState": "MAINTENANCE"}, WRONG_MODEL, "MAINTENANCE"),
        ({"workspace": "full"}, FAILED, "the model holds 0 rows"),
    ],
)
def test_where_nothing_can_be_loaded_there_is_one_error_and_the_next_run_loads_all(
    sandbox: Sandbox, tmp_path: Path, switches: dict[str, object], exit_code: int, words: str
) -> None:
    turn(sandbox, switches)
    pipeline = SharedTimePipeline(sandbox, tmp_path)

    failed = pipeline.run()

    assert failed.target_exit == exit_code, failed.target_log
    assert words in sole_error(failed)
    assert failed.state is None
    turn(sandbox, {"activeState": "UNLOCKED", "workspace": "has_room"})
    pipeline.run_well()
    assert find_differences(sandbox) == []


def test_an_import_that_clears_first_is_named_and_made_good(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    turn(sandbox, {"clear_target": "all_items"})
    pipeline = SharedTimePipeline(sandbox, tmp_path)
    pipeline.run_well()
    assert find_differences(sandbox) == []
    edit_books(sandbox)

    cleared = pipeline.run()

    assert cleared.target_exit == FAILED, cleared.target_log
    assert "clears its target before it loads" in sole_error(cleared)
    pipeline.run_well()
    assert find_differences(sandbox) == []


def test_a_vendor_s_import_that_clears_first_is_made_good_too(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    turn(sandbox, {"clear_target": "all_items"})
    pipeline = SharedTimePipeline(sandbox, tmp_path)
    pipeline.run_well()
    sandbox.sage("PATCH", f"{VENDORS}/1000", {"City": "Neustadt"})

    cleared = pipeline.run()

    assert cleared.target_exit == FAILED, cleared.target_log
    assert "vendors" in sole_error(cleared)
    pipeline.run_well()
    assert find_differences(sandbox) == []


def is_of_misfit(difference: str, sandbox: Sandbox) -> bool:
    """Tell whether a difference is of what `add_misfits` added; the order has the last key."""
    return any(f" {code}" in difference for code in ("MISFIT", max(expected_lines(sandbox))))
