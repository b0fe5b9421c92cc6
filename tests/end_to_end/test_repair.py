"""A model changed behind the link's back is noticed by the next run and repaired."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.support.pipeline import AnaplanReader, SharedTimePipeline

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.sandbox import Sandbox

MODULE_BY_LIST = {
    "Vendor Groups": "SYS Vendor Groups",
    "Vendors": "SYS Vendors",
    "PO Lines": "DAT PO Lines",
}
MODULES = ("SYS Vendor Groups", "SYS Vendors", "DAT PO Lines", "CTL Loads")


def content(sandbox: Sandbox) -> dict[str, dict[str, dict[str, str]]]:
    """Everything the link loads."""
    model = AnaplanReader(sandbox)
    return {name: model.cells(name) for name in MODULES}


@pytest.mark.parametrize("name", ["Vendor Groups", "Vendors", "PO Lines"])
def test_items_deleted_by_hand_come_back(
    name: str, tmp_path: Path, start_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = start_sandbox("--orders", "60")
    pipeline = SharedTimePipeline(sandbox, tmp_path)
    pipeline.run_well()
    before = content(sandbox)
    items = sorted(AnaplanReader(sandbox).cells(MODULE_BY_LIST[name]))[:3]

    sandbox.anaplan("DELETE", f"lists/{quote(name)}", {"codes": items})
    assert content(sandbox) != before
    pipeline.run_well()

    assert content(sandbox) == before


def test_a_restored_model_is_brought_up_to_date(
    tmp_path: Path, start_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = start_sandbox("--orders", "60")
    pipeline = SharedTimePipeline(sandbox, tmp_path)
    pipeline.run_well()
    sandbox.anaplan("POST", "snapshot")
    order = sandbox.sage("GET", "records/PO/POPurchaseOrders")[0]
    key = order["PurchaseOrderSequenceKey"]
    sandbox.sage(
        "PATCH",
        f"records/PO/POPurchaseOrders/{key}",
        {"Vendor": order["Vendor"], "OnHold": not order["OnHold"]},
    )
    pipeline.run_well()
    after = content(sandbox)

    sandbox.anaplan("POST", "restore")
    assert content(sandbox) != after
    pipeline.run_well()

    assert content(sandbox) == after


def test_a_restored_model_whose_serial_number_has_grown_again_is_brought_up_to_date(
    tmp_path: Path, start_sandbox: Callable[..., Sandbox]
) -> None:
    # A receipt changes what is outstanding, not the amount that the control module adds up.
    sandbox = start_sandbox("--orders", "60")
    pipeline = SharedTimePipeline(sandbox, tmp_path)
    pipeline.run_well()
    sandbox.anaplan("POST", "snapshot")
    receive_everything(sandbox)
    pipeline.run_well()
    after, serial = content(sandbox), sandbox.anaplan("GET", "model")["lastSavedSerialNumber"]

    sandbox.anaplan("POST", "restore")
    code, cells = next(iter(AnaplanReader(sandbox).cells("DAT PO Lines").items()))
    while int(sandbox.anaplan("GET", "model")["lastSavedSerialNumber"]) <= int(serial) + 5:
        written = {code: {"Order Number": cells["Order Number"]}}
        sandbox.anaplan("PATCH", "cells/DAT%20PO%20Lines", written)
    assert content(sandbox) != after
    run = pipeline.run_well()

    assert "the model holds other contents than were confirmed" in run.target_log
    assert content(sandbox) == after


def receive_everything(sandbox: Sandbox) -> None:
    """Receive what is outstanding of the first line of an open order."""
    orders = sandbox.sage("GET", "records/PO/POPurchaseOrders")
    order = next(
        order
        for order in orders
        if any(line["QuantityOutstanding"] for line in order["PurchaseOrderLines"])
    )
    line = next(line for line in order["PurchaseOrderLines"] if line["QuantityOutstanding"])
    received = line["QuantityReceived"] + line["QuantityOutstanding"]
    sandbox.sage(
        "PATCH",
        f"records/PO/POPurchaseOrders/{order['PurchaseOrderSequenceKey']}",
        {
            "Vendor": order["Vendor"],
            "PurchaseOrderLines": [
                {"LineNumber": line["LineNumber"], "QuantityReceived": received}
            ],
        },
    )


@pytest.mark.parametrize("name", ["Vendors", "PO Lines"])
def test_one_item_deleted_and_another_made_by_hand_is_repaired(
    name: str, tmp_path: Path, start_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = start_sandbox("--orders", "60")
    pipeline = SharedTimePipeline(sandbox, tmp_path)
    pipeline.run_well()
    module = MODULE_BY_LIST[name]
    before = AnaplanReader(sandbox).cells(module)
    code = next(iter(sorted(before)))

    sandbox.anaplan("DELETE", f"lists/{quote(name)}", {"codes": [code]})
    sandbox.anaplan("POST", f"lists/{quote(name)}", {"items": [{"code": "BYHAND"}]})
    told = pipeline.run_well()
    silent = pipeline.run_well()

    after = AnaplanReader(sandbox).cells(module)
    assert after.keys() - before.keys() == {"BYHAND"}
    assert {code: after[code] for code in before} == before
    assert "rows_not_loaded_through_this_ledger=1" in told.target_log
    assert "model.changed" not in silent.target_log


def test_deleted_lines_that_a_builder_removes_stay_removed(
    tmp_path: Path, start_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = start_sandbox("--orders", "60")
    pipeline = SharedTimePipeline(sandbox, tmp_path)
    pipeline.run_well()
    order = next(
        order
        for order in sandbox.sage("GET", "records/PO/POPurchaseOrders")
        if any(line["QuantityOutstanding"] for line in order["PurchaseOrderLines"])
    )
    key = order["PurchaseOrderSequenceKey"]
    sandbox.sage("DELETE", f"records/PO/POPurchaseOrders/{key}")
    pipeline.run_well()
    lines = AnaplanReader(sandbox).cells("DAT PO Lines")
    deleted = [code for code, cells in lines.items() if cells["Deleted"] == "true"]
    assert deleted

    sandbox.anaplan("DELETE", "lists/PO%20Lines", {"codes": deleted})
    first, second = pipeline.run_well(), pipeline.run_well()

    assert "control.deleted_rows_gone" in first.target_log
    assert "model.changed" not in first.target_log + second.target_log
    assert AnaplanReader(sandbox).cells("DAT PO Lines").keys() == lines.keys() - set(deleted)
