"""`ml-connector reconcile` is silent on an equal pair and names each of ten seeded errors.

Method: the installed tap and target load the sandbox's company whole, once. Then one thing is made
wrong, in the model, in Sage 300 or in what its server answers, and the installed command is asked.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.support.pipeline import Pipeline
from tests.support.sandbox import Sandbox, command
from tests.tap_sage300.runs import Tap
from tests.tap_sage300.test_batches_over_http import enter, make_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ORDERS, PAYABLES, LEDGER = "DAT PO Lines", "DAT AP Invoice Lines", "DAT GL Actuals"
PLAIN = {"read_page_rows": 10000, "read_page_header": "first", "blank_numbers": "zero"}
Cells = dict[str, dict[str, str]]

pytestmark = pytest.mark.slow


@dataclass
class Reconciled:
    """What the command said."""

    exit_code: int
    rows: list[dict[str, str]]
    said: str

    @property
    def lines(self) -> dict[str, dict[str, str]]:
        return {row["line"]: row for row in self.rows if "line" in row}

    @property
    def groups(self) -> list[dict[str, str]]:
        return [row for row in self.rows if "group" in row and "line" not in row]

    @property
    def thirds(self) -> list[dict[str, str]]:
        return [row for row in self.rows if "lines of Sage 300" in row]


@dataclass
class Pair:
    """A company, a model that holds all of it, and the ledger that says so."""

    sandbox: Sandbox
    folder: Path
    home: Path

    def run(self, *options: str, tap: str = "tap.json") -> subprocess.CompletedProcess[str]:
        """Run the installed command."""
        files = (
            "--tap",
            str(self.folder / tap),
            "--target",
            str(self.folder / "target.json"),
        )
        return subprocess.run(
            [command("ml-connector"), "reconcile", *files, *options],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            env={**os.environ, "ML_CONNECTOR_HOME": str(self.home)},
        )

    def reconcile(self, *options: str, **settings: str) -> Reconciled:
        """Ask for every line, as a machine; the tap with other settings, if given."""
        config = json.loads((self.folder / "tap.json").read_text())  # noqa: TID251
        (self.folder / "changed.json").write_text(json.dumps(config | settings))
        ended = self.run("--json", "--lines", *options, tap="changed.json")
        rows = [json.loads(line) for line in ended.stdout.splitlines()]  # noqa: TID251
        return Reconciled(ended.returncode, rows, ended.stderr)

    def cells(self, module: str) -> Cells:
        found: Cells = self.sandbox.anaplan("GET", f"cells/{quote(module)}")
        return found

    def write(self, module: str, line: str, **cells: str) -> None:
        """Write cells of a line by hand."""
        changed = {name.replace("_", " "): value for name, value in cells.items()}
        self.sandbox.anaplan("PATCH", f"cells/{quote(module)}", {line: changed})

    def find(self, module: str, wanted: Callable[[dict[str, str]], bool]) -> tuple[str, Any]:
        """Return a line of the model that is as wanted, with its cells."""
        return next((line, cells) for line, cells in self.cells(module).items() if wanted(cells))

    def find_order(self, number: str) -> int:
        """Return an order's key in Sage 300."""
        found = self.sandbox.sage("GET", "records/PO/POPurchaseOrders")
        rows = found if isinstance(found, list) else found["value"]
        return next(
            row["PurchaseOrderSequenceKey"] for row in rows if row["PurchaseOrderNumber"] == number
        )


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """A company of 120 orders, loaded whole."""
    folder = tmp_path_factory.mktemp("reconcile")
    sandbox = Sandbox.start("--orders", "120")
    sandbox.anaplan("POST", "switches", {"task_ms": 10})
    pipeline = Pipeline(
        sandbox,
        folder,
        streams=None,
        tap_settings={"cost_center_segment": "2"},
        target_settings={"process": "Load Sage 300", "poll_seconds": 1},
    )
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ML_CONNECTOR_HOME", str(folder / "home"))
        pipeline.run_well()
    sandbox.anaplan("POST", "snapshot", {"name": "loaded"})
    yield Pair(sandbox, folder, folder / "home")
    sandbox.stop()


@pytest.fixture
def pair(loaded: Pair) -> Pair:
    """The pair as it was loaded: equal."""
    loaded.sandbox.sage("POST", "reset", {})
    loaded.sandbox.anaplan("POST", "restore", {"name": "loaded"})
    return loaded


def test_an_equal_pair_is_one_line_and_quietly_nothing(pair: Pair) -> None:
    told, quiet = pair.run(), pair.run("--quiet", "--formulas")

    assert (told.returncode, quiet.returncode) == (0, 0), told.stdout + told.stderr
    [line] = told.stdout.splitlines()
    assert line.startswith("Equal: orders ")
    assert "payables" in line
    assert "ledger" in line
    assert quiet.stdout == ""


@pytest.mark.parametrize(
    ("sage", "anaplan"),
    [
        ({"property_casing": "lowered", "booleans": "words"}, {"read_page_rows": 50}),
        (
            {"order": "shuffled", "orderby": False},
            {"read_page_rows": 50, "read_page_header": "every"},
        ),
        ({"decimals": "exponent", "dates": "zoneless"}, {"blank_numbers": "blank"}),
    ],
)
def test_an_equal_pair_is_equal_whichever_way_the_servers_speak(
    pair: Pair, sage: dict[str, object], anaplan: dict[str, object]
) -> None:
    pair.sandbox.sage("POST", "switches", sage)
    pair.sandbox.anaplan("POST", "switches", anaplan)

    ended = pair.run()

    pair.sandbox.anaplan("POST", "switches", PLAIN)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_an_unposted_batch_that_is_counted_is_named(pair: Pair) -> None:
    line, _ = pair.find(PAYABLES, lambda cells: cells["Posted"] == "false")
    pair.write(PAYABLES, line, Posted="true")

    found = pair.reconcile()

    assert found.exit_code == 3
    assert list(found.lines) == [line]
    assert found.lines[line]["kind"] == "posted"
    assert found.lines[line]["details"].startswith("posted 0 in Sage 300")
    assert "changed in Anaplan" in found.lines[line]["who moved"]


def test_a_credit_s_sign_is_named(pair: Pair) -> None:
    line, cells = pair.find(
        PAYABLES,
        lambda cells: (
            cells["Document Type"] == "CreditNote" and Decimal(cells["Functional Amount"]) < 0
        ),
    )
    pair.write(PAYABLES, line, Functional_Amount=cells["Functional Amount"].lstrip("-"))

    found = pair.reconcile()

    assert found.lines[line]["kind"] == "sign"
    [group] = found.groups[:1]
    assert f"sign: {line}" in group["why"]


def test_an_order_deleted_in_sage_is_named(pair: Pair) -> None:
    line, cells = pair.find(ORDERS, lambda cells: Decimal(cells["Functional Amount"]) > 0)
    key = pair.find_order(cells["Order Number"])
    pair.sandbox.sage("DELETE", f"records/PO/POPurchaseOrders/{key}")

    found = pair.reconcile()

    assert found.lines[line]["kind"] == "not in Sage 300"
    assert found.lines[line]["Sage 300"] == ""
    assert "not as the link last loaded it" in found.lines[line]["who moved"]
    assert all(cells["Order Number"] in name for name in found.lines)


def test_a_wrong_rate_is_named_with_both_rates(pair: Pair) -> None:
    line, cells = pair.find(
        PAYABLES,
        lambda cells: cells["Currency"] != "CAD" and Decimal(cells["Functional Amount"]) > 100,
    )
    wrong = Decimal(cells["Functional Amount"]) * Decimal("1.25")
    pair.write(PAYABLES, line, Functional_Amount=f"{wrong:f}")

    found = pair.reconcile()

    assert found.lines[line]["kind"] == "rate"
    assert "at a rate of" in found.lines[line]["details"]


@pytest.mark.parametrize("module", [PAYABLES, LEDGER])
def test_a_wrong_period_is_named_in_both_groups(pair: Pair, module: str) -> None:
    line, cells = pair.find(module, lambda cells: cells["Fiscal Period"] == "3")
    pair.write(module, line, Fiscal_Period="4")

    found = pair.reconcile()

    assert found.lines[line]["kind"] == "period"
    assert found.lines[line]["details"] == "period 3 in Sage 300, 4 in Anaplan"
    assert len(found.groups) >= 2
    assert cells["Fiscal Year"] in found.groups[0]["group"]


def test_a_missing_vendor_is_named(pair: Pair) -> None:
    line, cells = pair.find(ORDERS, lambda cells: Decimal(cells["Functional Amount"]) > 0)
    pair.write(ORDERS, line, Vendor="")

    found = pair.reconcile()

    assert found.lines[line]["kind"] == "vendor"
    assert f"vendor {cells['Vendor']} in Sage 300, blank in Anaplan" in found.lines[line]["details"]


def test_a_doubled_line_is_named_with_its_twin(pair: Pair) -> None:
    line, cells = pair.find(ORDERS, lambda cells: Decimal(cells["Functional Amount"]) > 0)
    twin = f"{line}:AGAIN"
    pair.sandbox.anaplan("POST", "lists/PO%20Lines", {"items": [{"code": twin, "name": twin}]})
    pair.sandbox.anaplan("PATCH", f"cells/{quote(ORDERS)}", {twin: cells})

    found = pair.reconcile()

    assert list(found.lines) == [twin]
    assert found.lines[twin]["kind"] == "doubled line"
    assert line in found.lines[twin]["details"]
    assert "not by the link" in found.lines[twin]["who moved"]


@pytest.mark.parametrize("module", [ORDERS, PAYABLES, LEDGER])
def test_a_changed_cent_is_named_with_both_amounts(pair: Pair, module: str) -> None:
    line, cells = pair.find(module, lambda cells: Decimal(cells["Functional Amount"]) > 1)
    right = Decimal(cells["Functional Amount"])
    pair.write(module, line, Functional_Amount=f"{right + Decimal('0.01'):f}")

    found = pair.reconcile()

    assert list(found.lines) == [line]
    assert found.lines[line]["kind"] == "amount"
    assert Decimal(found.lines[line]["Anaplan"]) - Decimal(found.lines[line]["Sage 300"]) == (
        Decimal("0.01")
    )
    assert found.groups[0]["difference"] == "0.01"
    assert found.exit_code == 3


def test_a_page_that_did_not_arrive_is_one_run_of_lines(pair: Pair) -> None:
    page = sorted(pair.cells(ORDERS))[40:120]
    pair.sandbox.anaplan("DELETE", "lists/PO%20Lines", {"codes": page})

    found = pair.reconcile()

    assert sorted(found.lines) == page
    assert {row["kind"] for row in found.lines.values()} == {"missing in Anaplan"}
    assert {row["who moved"] for row in found.lines.values()} == {
        "deleted in Anaplan since it was loaded"
    }
    assert f"80 lines in a row are missing in Anaplan, {page[0]} to {page[-1]}" in found.said


def test_a_page_that_sage_left_out_is_seen_by_the_third_figure(pair: Pair) -> None:
    empty = {"@odata.context": "$metadata", "@odata.count": 0, "value": []}
    pair.sandbox.sage(
        "POST",
        "faults",
        {
            "kind": "status",
            "status": 200,
            "method": "GET",
            "path": "POPurchaseOrders",
            "body": json.dumps(empty),
            "headers": {"content-type": "application/json"},
            "times": 1,
        },
    )

    found = pair.reconcile("--area", "orders")

    assert {row["kind"] for row in found.lines.values()} == {"line not read"}
    assert all("its lines did not come" in row["why"] for row in found.thirds)
    assert len(found.thirds) > 50
    assert found.exit_code == 3


@pytest.mark.parametrize("day", ["2025-09-01", "2026-03-17"])
def test_what_lies_before_the_start_date_is_missing_in_no_third_figure(
    pair: Pair, day: str
) -> None:
    found = pair.reconcile(start_date=day)

    assert found.thirds == []
    assert {row["area"] for row in found.lines.values()} == {"orders", "payables", "ledger"}
    kinds = {row["kind"] for row in found.lines.values()}
    assert kinds <= {"not in Sage 300", "doubled line"}


def test_a_payable_entered_twice_is_named_with_both_places(pair: Pair, tmp_path: Path) -> None:
    batch = next(
        one
        for one in pair.sandbox.sage("GET", "records/AP/APInvoiceBatches")
        if one["BatchStatus"] == "Open" and one["Invoices"]
    )
    entry = batch["Invoices"][0]
    number = entry["DocumentNumber"]
    pair.sandbox.sage("POST", "switches", {"ap_duplicates": "posted"})
    again = enter(
        Tap(pair.sandbox, tmp_path), make_document(number, VendorNumber=entry["VendorNumber"])
    )

    found = pair.reconcile("--area", "payables")

    assert found.exit_code == 3
    assert found.lines == {}
    [row] = found.rows
    assert row["of"] == f"{entry['VendorNumber']}:{number}"
    assert row["documents of Sage 300"] == (
        f"batch {batch['BatchNumber']} entry {entry['EntryNumber']} and batch {again} entry 1"
    )
    assert "1 numbers in Sage 300 have more than one document" in found.said


def test_a_stale_model_is_named_by_what_sage_changed_since(pair: Pair) -> None:
    line, cells = pair.find(
        ORDERS,
        lambda cells: cells["Completed"] == "false" and Decimal(cells["Quantity Outstanding"]) > 1,
    )
    key = pair.find_order(cells["Order Number"])
    edit = {"PurchaseOrderLines": [{"LineNumber": int(line.split(":")[-1]), "UnitCost": 4321}]}
    pair.sandbox.sage("PATCH", f"records/PO/POPurchaseOrders/{key}", edit)

    found = pair.reconcile()

    assert line in found.lines
    assert "amount" in found.lines[line]["kind"]
    assert {row["who moved"] for row in found.lines.values()} == {
        "not as the link last loaded it: run the link; if it stays, with --full-refresh"
    }


def test_people_are_told_the_largest_difference_first(pair: Pair) -> None:
    lines = [
        line for line, cells in pair.cells(ORDERS).items() if Decimal(cells["Functional Amount"])
    ][:2]
    for line, amount in zip(lines, ("1", "999999999"), strict=True):
        pair.write(ORDERS, line, Functional_Amount=amount)

    ended = pair.run("--area", "orders")

    assert ended.returncode == 3
    assert ended.stdout.index(lines[1]) < ended.stdout.index(lines[0])
    assert "groups differ" in ended.stdout


def test_nothing_is_written_anywhere(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(tmp_path))
    before = {path: path.stat().st_mtime_ns for path in pair.home.rglob("ledger*")}
    serial = pair.sandbox.anaplan("GET", "model")["lastSavedSerialNumber"]

    pair.run("--lines")

    assert pair.sandbox.anaplan("GET", "model")["lastSavedSerialNumber"] == serial
    after = set(pair.home.rglob("ledger*"))
    assert {path.suffix for path in after} <= {path.suffix for path in before} | {".lock"}
    assert list(tmp_path.iterdir()) == []
