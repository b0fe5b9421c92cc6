"""What Anaplan refuses is kept with its reason, and delivered once the cause is mended."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

from tests.support.pipeline import AnaplanReader, Pipeline
from tests.support.sandbox import command

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.sandbox import Sandbox

REJECTS_KEPT = 3
LONG_CODE = "V" * 61


def write_company(folder: Path) -> None:
    """Write a small company whose books do not fit together."""
    files: dict[str, list[dict[str, Any]]] = {
        "CS.CSCompanyProfile": [
            {"DatabaseID": "SMALL", "Name": "Small & Söhne", "FunctionalCurrency": "EUR"}
        ],
        "CS.CSFiscalCalendars": [],
        "AP.APVendorGroups": [
            {"GroupCode": "GOOD", "Description": "Good", "Status": "Active", "CurrencyCode": "EUR"}
        ],
        "AP.APVendors": [
            vendor("V1", group="GOOD"),
            vendor("V2", group="NOGRP"),
            vendor(LONG_CODE, group="GOOD"),
        ],
        "PO.POPurchaseOrders": [order(1, vendor="V1"), order(2, vendor="V9")],
    }
    folder.mkdir()
    for name, records in files.items():
        text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")


def vendor(number: str, *, group: str) -> dict[str, Any]:
    """A vendor as the Web API shows it."""
    return {
        "VendorNumber": number,
        "ShortName": number[:10],
        "VendorName": f"Vendor {number[:10]}",
        "GroupCode": group,
        "Status": "Active",
        "OnHold": "NotOnHold",
        "CurrencyCode": "EUR",
        "DateLastMaintained": "2026-01-05T00:00:00Z",
    }


def order(key: int, *, vendor: str) -> dict[str, Any]:
    """An open order of one line."""
    line = {
        "LineNumber": 1000,
        "ItemNumber": "A-1",
        "QuantityOrdered": 4,
        "QuantityReceived": 0,
        "QuantityCanceled": 0,
        "QuantityOutstanding": 4,
        "UnitCost": 2.5,
        "ExtendedCost": 10,
        "ExpectedArrivalDate": "2026-02-01T00:00:00Z",
        "CompletionStatus": "No",
    }
    return {
        "PurchaseOrderSequenceKey": key,
        "PurchaseOrderNumber": f"PO{key:06}",
        "OrderDate": "2026-01-10T00:00:00Z",
        "Vendor": vendor,
        "PurchaseOrderType": "Active",
        "OnHold": False,
        "Completed": False,
        "LastPostingDate": "2026-01-10T00:00:00Z",
        "Currency": "EUR",
        "ExchangeRate": 1,
        "ExtendedCost": 10,
        "PurchaseOrderLines": [line],
    }


def kept_rejects() -> dict[str, str]:
    """What `ml-connector rejects list` shows: key to reasons."""
    printed = subprocess.run(
        [command("ml-connector"), "rejects", "list", "--json"], capture_output=True, check=True
    ).stdout
    rows = [json.loads(line) for line in printed.splitlines()]  # noqa: TID251  (not product code)
    return {row["key"]: row["reasons"] for row in rows}


def test_rejects_are_kept_and_delivered_once_the_cause_is_mended(
    tmp_path: Path, start_sandbox: Callable[..., Sandbox]
) -> None:
    write_company(tmp_path / "company")
    sandbox = start_sandbox("--data", str(tmp_path / "company"))
    pipeline = Pipeline(sandbox, tmp_path)

    first = pipeline.run()

    assert (first.tap_exit, first.target_exit) == (0, REJECTS_KEPT), first.target_log
    assert first.state is not None
    assert first.state["bookmarks"]["purchase_order_lines"]["complete"] is True
    for word in ("Invalid parent", "V2", "SMALL:PO:PO000002:1000", LONG_CODE):
        assert word in first.target_log, word
    kept = kept_rejects()
    assert kept.keys() == {"V2", LONG_CODE, "SMALL:PO:PO000002:1000"}
    assert "Invalid parent" in kept["V2"]
    assert "Invalid list identifier: V9" in kept["SMALL:PO:PO000002:1000"]
    assert "Invalid code" in kept[LONG_CODE]
    model = AnaplanReader(sandbox)
    assert model.cells("DAT PO Lines")["SMALL:PO:PO000002:1000"]["Vendor"] == ""
    assert LONG_CODE not in model.cells("SYS Vendors")

    sandbox.sage("POST", "records/AP/APVendorGroups", {"GroupCode": "NOGRP", "Status": "Active"})
    sandbox.sage("POST", "records/AP/APVendors", vendor("V9", group="GOOD"))
    sandbox.sage("DELETE", f"records/AP/APVendors/{LONG_CODE}")
    sandbox.sage("POST", "records/AP/APVendors", vendor("V" * 12, group="GOOD"))
    mended = pipeline.run()

    model = AnaplanReader(sandbox)
    assert model.cells("DAT PO Lines")["SMALL:PO:PO000002:1000"]["Vendor"] == "V9"
    assert "V" * 12 in model.cells("SYS Vendors")
    assert mended.tap_exit == 0, mended.tap_log
    # A code of 61 characters cannot be mended under its own name: its reject stays until it is
    # dismissed, and the exit code keeps saying so.
    assert mended.target_exit == REJECTS_KEPT, mended.target_log
    assert kept_rejects().keys() == {LONG_CODE}
    ended = subprocess.run(
        [command("ml-connector"), "rejects", "dismiss", "vendors", LONG_CODE], check=False
    )
    assert ended.returncode == 0
    pipeline.run_well()
    assert not kept_rejects()
