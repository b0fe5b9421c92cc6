"""A real-world company arrives to the last digit, and afterwards only what changed moves."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.pipeline import AnaplanReader, Pipeline, by_vendor_month
from tests.support.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow
ORDERS = "records/PO/POPurchaseOrders"


@pytest.fixture(scope="module")
def loaded(
    adventure_works: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Any:
    """The company after one run of the installed commands with default settings."""
    folder = tmp_path_factory.mktemp("adventure-works")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ML_CONNECTOR_HOME", str(folder / "home"))
        sandbox = Sandbox.start("--data", str(adventure_works))
        pipeline = Pipeline(sandbox, folder)
        pipeline.run_well()
        yield pipeline
        sandbox.stop()


@pytest.fixture
def home(loaded: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """The loaded company, with its own home in the environment of this test."""
    monkeypatch.setenv("ML_CONNECTOR_HOME", str(loaded.folder / "home"))
    return loaded


def totals(folder: Path) -> dict[str, Any]:
    """The control totals computed from the original tables."""
    return json.loads((folder / "totals.json").read_text())  # noqa: TID251  (not product code)


def decimals(figures: dict[str, str]) -> dict[str, Decimal]:
    """Control totals as numbers; zero sums are left out."""
    return {key: Decimal(value) for key, value in figures.items() if Decimal(value)}


def requests_of(sandbox: Sandbox) -> int:
    """How many requests both servers have counted."""
    counted = (sandbox.sage("GET", "counters"), sandbox.anaplan("GET", "counters"))
    return sum(sum(counters["requests"].values()) for counters in counted)


def work_of(sandbox: Sandbox) -> tuple[int, int]:
    """Uploads and tasks Anaplan has counted."""
    counters = sandbox.anaplan("GET", "counters")
    return counters["uploads"], counters["tasks"]


def test_every_order_line_arrives_to_the_last_digit(home: Pipeline, adventure_works: Path) -> None:
    expected = totals(adventure_works)

    lines = AnaplanReader(home.sandbox).cells("DAT PO Lines")

    assert len(lines) == expected["lines"] == 8845
    assert len({cells["Order Number"] for cells in lines.values()}) == expected["orders"] == 4012
    ordered = by_vendor_month(lines, date="Order Date", amount="Amount")
    assert ordered == decimals(expected["by_vendor_month"])
    open_lines = {key: cells for key, cells in lines.items() if cells["Completed"] == "false"}
    outstanding = by_vendor_month(
        open_lines, date="Expected Arrival Date", amount="Outstanding Amount"
    )
    assert outstanding == decimals(expected["outstanding_by_vendor_month"])


def test_control_totals_in_the_model_agree(home: Pipeline, adventure_works: Path) -> None:
    expected = totals(adventure_works)

    loads = AnaplanReader(home.sandbox).cells("CTL Loads")

    assert Decimal(loads["purchase_order_lines"]["Rows"]) == expected["lines"]
    assert Decimal(loads["purchase_order_lines"]["Amount"]) == Decimal(expected["line_total"])
    assert Decimal(loads["vendors"]["Rows"]) == 104
    assert Decimal(loads["vendor_groups"]["Rows"]) == 5


def test_a_second_run_without_news_uploads_nothing(home: Pipeline) -> None:
    home.run_well()  # a run on the same day may find stamps of that day once more
    requests, work = requests_of(home.sandbox), work_of(home.sandbox)

    home.run_well()

    assert work_of(home.sandbox) == work
    assert requests_of(home.sandbox) - requests <= 40


def commitments(sandbox: Sandbox) -> Decimal:
    """The sum of Commitments by vendor and month; groups, quarters and years repeat it."""
    model = AnaplanReader(sandbox)
    vendors = {line["Vendor"] for line in model.cells("DAT PO Lines").values()}
    cells = (row for item, row in model.cells("Commitments").items() if item in vendors)
    months = re.compile(r"[A-Z][a-z]{2} \d\d")
    found = (
        Decimal(value)
        for row in cells
        for period, value in row.items()
        if value and months.fullmatch(period)
    )
    return sum(found, Decimal(0))


def outstanding_of(sandbox: Sandbox, key: int) -> Decimal:
    """What one order still commits in the model: its lines that are open, active and not held."""
    lines = AnaplanReader(sandbox).cells("DAT PO Lines")
    return sum(
        (
            Decimal(cells["Functional Outstanding"] or 0)
            for cells in lines.values()
            if cells["Order Number"] == f"PO{key:06}"
            and cells["Order Type"] == "Active"
            and "true" not in (cells["On Hold"], cells["Completed"], cells["Deleted"])
        ),
        Decimal(0),
    )


def open_orders(folder: Path) -> list[dict[str, Any]]:
    """Open orders with something outstanding, those with most lines first."""
    text = (folder / "PO.POPurchaseOrders.jsonl").read_text(encoding="utf-8")
    orders = [json.loads(line) for line in text.splitlines()]  # noqa: TID251  (not product code)
    wanted = [
        order
        for order in orders
        if not order["Completed"]
        and any(line["QuantityOutstanding"] for line in order["PurchaseOrderLines"])
    ]
    return sorted(wanted, key=lambda order: -len(order["PurchaseOrderLines"]))


def outstanding_line(order: dict[str, Any]) -> dict[str, Any]:
    """The first line of which something is outstanding."""
    return next(line for line in order["PurchaseOrderLines"] if line["QuantityOutstanding"])


def test_only_edited_deleted_and_completed_lines_move(
    home: Pipeline, adventure_works: Path
) -> None:
    sandbox = home.sandbox
    several, *others = open_orders(adventure_works)
    assert len(others) >= 5
    for order in (several, *others[:5]):  # nearly all of them are held, and commit nothing
        sandbox.sage("PATCH", f"{ORDERS}/{order['PurchaseOrderSequenceKey']}", {"OnHold": False})
    home.run_well()
    edited, (deleted, completed) = others[:3], others[3:5]
    for order in edited:
        key, line = order["PurchaseOrderSequenceKey"], outstanding_line(order)
        change = {"LineNumber": line["LineNumber"], "QuantityCanceled": line["QuantityOutstanding"]}
        sandbox.sage("PATCH", f"{ORDERS}/{key}", {"PurchaseOrderLines": [change]})
    gone = outstanding_line(several)["LineNumber"]
    several_key = several["PurchaseOrderSequenceKey"]
    sandbox.sage(
        "PATCH",
        f"{ORDERS}/{several_key}",
        {"PurchaseOrderLines": [{"LineNumber": gone, "UpdateOperation": "Delete"}]},
    )
    sandbox.sage("DELETE", f"{ORDERS}/{deleted['PurchaseOrderSequenceKey']}")
    sandbox.sage(
        "PATCH",
        f"{ORDERS}/{completed['PurchaseOrderSequenceKey']}",
        {"Completed": True, "stamp": None},
    )
    touched = [*edited, several, deleted, completed]
    keys = [order["PurchaseOrderSequenceKey"] for order in touched]
    before = commitments(sandbox)
    before_by_order = {key: outstanding_of(sandbox, key) for key in keys}
    rows_before = AnaplanReader(sandbox).cells("DAT PO Lines")

    home.run_well()

    rows_after = AnaplanReader(sandbox).cells("DAT PO Lines")
    moved = {key for key, cells in rows_after.items() if rows_before.get(key) != cells}
    expected = {
        f"ADVWKS:PO:{o['PurchaseOrderNumber']}:{outstanding_line(o)['LineNumber']}" for o in edited
    }
    expected |= {f"ADVWKS:PO:{several['PurchaseOrderNumber']}:{gone}"}
    for order in (deleted, completed):
        expected |= {
            f"ADVWKS:PO:{order['PurchaseOrderNumber']}:{line['LineNumber']}"
            for line in order["PurchaseOrderLines"]
        }
    assert moved == expected
    fallen = sum((before_by_order[key] - outstanding_of(sandbox, key) for key in keys), Decimal(0))
    assert fallen > 0
    assert before - commitments(sandbox) == fallen
