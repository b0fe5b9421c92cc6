"""Each plugin works with any other Singer plugin, installed as its authors published it."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import venv
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.pipeline import AnaplanReader, Pipeline
from tests.support.sandbox import command

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
PINS = ROOT / "tests" / "support" / "foreign"
pytestmark = pytest.mark.slow


def install(name: str) -> str:
    """Install a foreign plugin in an environment of its own, once, and return its command."""
    folder = ROOT / ".venv-foreign" / f"{name}-{sys.version_info.major}.{sys.version_info.minor}"
    scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")
    if not (folder / "installed").is_file():
        venv.EnvBuilder(with_pip=True, clear=True).create(folder)
        subprocess.run(
            [
                str(scripts / "python"),
                "-m",
                "pip",
                "install",
                "-q",
                "-r",
                str(PINS / f"{name}.txt"),
            ],
            check=True,
            # Without our pins: a foreign plugin comes as its authors published it.
            env={key: value for key, value in os.environ.items() if "CONSTRAINT" not in key},
        )
        (folder / "installed").touch()
    return str(scripts / name)


def test_the_tap_feeds_a_foreign_target(
    tmp_path: Path, start_sandbox: Callable[..., Sandbox]
) -> None:
    pipeline = Pipeline(start_sandbox("--orders", "250"), tmp_path)
    (tmp_path / "out").mkdir()
    settings = pipeline.write("jsonl.json", {"destination_path": str(tmp_path / "out")})
    messages = subprocess.run(pipeline.tap_command(), capture_output=True, check=True).stdout

    ended = subprocess.run(
        [install("target-jsonl"), "--config", settings],
        input=messages,
        capture_output=True,
        check=True,
    )

    written = next((tmp_path / "out").glob("purchase_order_lines-*.jsonl")).read_text("utf-8")
    lines = [json.loads(line, parse_float=Decimal) for line in written.splitlines()]  # noqa: TID251
    assert len({line["PurchaseOrderNumber"] for line in lines}) == 250
    assert len({line["TransactionId"] for line in lines}) == len(lines)
    state = json.loads(ended.stdout.splitlines()[-1])  # noqa: TID251
    assert state["bookmarks"]["purchase_order_lines"]["complete"] is True


def test_what_anaplan_holds_feeds_a_foreign_target(
    tmp_path: Path, start_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = start_sandbox("--orders", "5")
    sandbox.anaplan("POST", "adjustments/items")
    (tmp_path / "out").mkdir()
    pipeline = Pipeline(sandbox, tmp_path)
    settings = {
        **sandbox.info["anaplan"],
        "exports": [{"export": "GL Adjustments"}],
        "views": [{"view": "GL Adjustments.Approved", "stream": "approved"}],
        "lists": [{"list": "GL Accounts"}],
        "metadata": ["line_items"],
    }
    tap = [command("tap-anaplan"), "--config", pipeline.write("anaplan.json", settings)]
    target = pipeline.write("jsonl.json", {"destination_path": str(tmp_path / "out")})
    messages = subprocess.run(tap, capture_output=True, check=True).stdout

    ended = subprocess.run(
        [install("target-jsonl"), "--config", target],
        input=messages,
        capture_output=True,
        check=True,
    )

    def written(stream: str) -> list[dict[str, object]]:
        lines = next((tmp_path / "out").glob(f"{stream}-*.jsonl")).read_text("utf-8").splitlines()
        return [json.loads(line, parse_float=Decimal) for line in lines]  # noqa: TID251

    cells = sandbox.anaplan("GET", "cells/GL%20Adjustments")
    approved = {code for code, line in cells.items() if line["Approved"] == "true"}
    for stream in ("gl_adjustments", "approved"):
        found = {str(line["Transaction ID"]): line for line in written(stream)}
        assert found.keys() == approved
        for code, line in found.items():
            assert Decimal(str(line["Debit"])) == Decimal(cells[code]["Debit"] or 0)
    assert written("gl_accounts")
    assert written("line_items")
    state = json.loads(ended.stdout.splitlines()[-1])  # noqa: TID251
    assert {name: mark["complete"] for name, mark in state["bookmarks"].items()} == dict.fromkeys(
        ("gl_adjustments", "approved", "gl_accounts", "line_items"), True
    )


def test_a_foreign_tap_feeds_the_target(
    tmp_path: Path, start_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = start_sandbox("--orders", "10")
    names = {"V1": 'A "quoted", comma & Söhne', "V2": "Zweite Zeile\nmit Umbruch", "V3": "普通"}
    (tmp_path / "in").mkdir()
    with (tmp_path / "in" / "vendor_groups.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [
                ("GroupCode", "Description", "Status", "CurrencyCode", "Terms"),
                ("G", "Group", "", "", ""),
            ]
        )
    with (tmp_path / "in" / "vendors.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(
            [
                "VendorNumber",
                "VendorName",
                "ShortName",
                "GroupCode",
                "Status",
                "OnHold",
                "CurrencyCode",
                "Terms",
                "City",
                "Country",
            ]
        )
        rows.writerows(
            (code, name, "", "G", "", "", "EUR", "", "", "") for code, name in names.items()
        )
    pipeline = Pipeline(sandbox, tmp_path)
    settings = pipeline.write(
        "csv.json",
        {"path": str(tmp_path / "in"), "read_mode": "one_stream_per_file", "filesystem": "local"},
    )
    messages = subprocess.run(
        [install("tap-csv-folder"), "--config", settings], capture_output=True, check=True
    ).stdout

    ended = subprocess.run(
        pipeline.target_command(), input=messages, capture_output=True, check=False
    )

    assert ended.returncode == 0, ended.stderr.decode()
    vendors = AnaplanReader(sandbox).cells("SYS Vendors")
    assert {code: vendors[code]["Vendor Name"] for code in names} == names


def test_a_foreign_tap_feeds_the_target_that_posts(
    tmp_path: Path, start_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = start_sandbox("--orders", "1")
    (tmp_path / "in").mkdir()
    lines = [
        {
            **dict.fromkeys(("Currency", "Debit", "Credit", "Reversal"), ""),
            "Transaction ID": f"CSV-1-{side}",
            side: "1234567.89",
            "Account": account,
            "Company": "SAMLTD",
            "Entry": "CSV-1",
            "Lines In Entry": "2",
            "Approved": "true",
            "Posting Date": "2026-10-31",
            "Description": "Miete",
            "Comment": "für Köln",
        }
        for side, account in (("Debit", "6100100"), ("Credit", "2100"))
    ]
    with (tmp_path / "in" / "adjustments.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, sorted(lines[0]))
        rows.writeheader()
        rows.writerows(lines)
    pipeline = Pipeline(sandbox, tmp_path)
    tap = pipeline.write(
        "csv.json",
        {"path": str(tmp_path / "in"), "read_mode": "one_stream_per_file", "filesystem": "local"},
    )
    # The shortest wait there is on a new ledger, and a tap that does not mark its streams.
    settings = {"settle_minutes": 0, "read_timeout_s": 1, "trust_end_of_input": True}
    posting = {"stream": "adjustments", "kind": "gl_journal"}
    target = pipeline.write(
        "sage.json", {**sandbox.info["sage300"], **settings, "postings": [posting]}
    )

    for _ in range(2):
        messages = subprocess.run(
            [install("tap-csv-folder"), "--config", tap], capture_output=True, check=True
        ).stdout
        ended = subprocess.run(
            [command("target-sage300"), "--config", target],
            input=messages,
            capture_output=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr.decode()

    found = sorted(
        (line["Reference"], line["AccountNumber"], line["Amount"], line["Comment"])
        for batch in sandbox.sage("GET", "records/GL/GLJournalBatches")
        for entry in batch["JournalHeaders"]
        for line in entry["JournalDetails"]
        if entry["SourceType"] == "PL"
    )
    assert found == [
        ("CSV-1-Credit", "2100", Decimal("-1234567.89"), "für Köln"),
        ("CSV-1-Debit", "6100100", Decimal("1234567.89"), "für Köln"),
    ]
