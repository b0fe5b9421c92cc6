"""Twenty seeds of faults over both systems: a run ends right, or says why and the next does.

Goal: whatever the network and two servers do to single calls, nothing is lost, doubled or changed:
after a run that ended well both sides are equal; a run that did not says so once, and the next run,
undisturbed, makes them equal.
Method: both commands, tap into target, with all ten loads of a small company; the sandbox strews
faults over the calls of both servers by seed: over a first load, then over runs that bring a few
days' work each. Every fourth seed is an outage, which no client can sit out. What the model must
hold is counted from Sage's records, without product code.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from ml_connector.transport import _policy
from target_anaplan import _tasks
from typing_extensions import override

from tests.support.expected import Books, show_month, without_zeros
from tests.support.pipeline import Pipeline
from tests.support.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.support.expected import Sums
    from tests.support.pipeline import Run

pytestmark = pytest.mark.slow

SEEDS = [range(first, first + 5) for first in range(0, 20, 5)]
"""Twenty, five to a company: its first load, and four runs with changes."""
RATE, OUTAGE = 0.1, 0.7
USUAL: list[dict[str, object]] = [
    {"kind": "error", "status": 429, "retry_after": 0},
    {"kind": "error", "status": 500},
    {"kind": "error", "status": 502},
    {"kind": "error", "status": 503},
    {"kind": "cut_before"},
    {"kind": "cut_after"},
    {"kind": "truncate"},
    {"kind": "stall", "seconds": 0.1},
]
SAGE = [*USUAL, {"kind": "shuffle"}, {"kind": "wrong_type"}]
ANAPLAN = [
    *USUAL,
    {"kind": "expired_token"},
    {"kind": "vanished_dump"},
    {"kind": "cancelled_task"},
    {"kind": "error", "status": 403},
    {"kind": "late", "seconds": 0.5},
]
COMMANDS = {"tap-sage300": "tap_exit", "target-anaplan": "target_exit"}


class TenLoads(Pipeline):
    """The pipeline with all streams, without processes."""

    @override
    def run(self) -> Run:
        return self.run_in_process()


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[Sandbox]:
    """One small company and one model for all seeds."""
    sandbox = Sandbox.start("--orders", "12", "--seed", "7")
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Sandbox:
    """The company as it was generated, and an empty model of the whole blueprint."""
    shared_sandbox.sage("POST", "reset")
    shared_sandbox.anaplan("POST", "reset")
    return shared_sandbox


def strew(sandbox: Sandbox, seed: int) -> None:
    """Arm both servers."""
    rate = OUTAGE if seed % 4 == 3 else RATE
    for control, kinds in ((sandbox.sage, SAGE), (sandbox.anaplan, ANAPLAN)):
        control("POST", "faults/schedule", {"seed": seed, "rate": rate, "kinds": kinds})


def clear(sandbox: Sandbox) -> int:
    """Disarm both servers; return how many calls were struck."""
    struck = 0
    for control in (sandbox.sage, sandbox.anaplan):
        struck += sum(control("GET", "counters")["faults"].values())
        control("DELETE", "faults")
    return struck


def check_end(run: Run) -> None:
    """A program that did not end well says why once, and never with a traceback."""
    logs = {"tap-sage300": run.tap_log, "target-anaplan": run.target_log}
    for name, log in logs.items():
        assert "Traceback" not in log, log
        exit_code = getattr(run, COMMANDS[name])
        said = [line for line in log.splitlines() if f"| ERROR    | {name} |" in line]
        stopped = [line for line in log.splitlines() if "streams.interrupted" in line]
        assert exit_code in (0, 1, 3), log
        # What stopped the tap and what stopped the target are two things, each said once.
        assert len(said) <= 1, log
        assert len(stopped) <= 1, log
        assert bool(said or stopped) == (exit_code == 1), log


def check_equal(sandbox: Sandbox) -> None:
    """The model holds what the books say, to the cent and neither more nor less."""
    books = Books(lambda resource: sandbox.sage("GET", f"records/{resource}"), functional="CAD")

    assert sum_orders(sandbox) == books.commitments()
    assert sum_payables(sandbox) == books.payables()
    assert sum_postings(sandbox) == sum_records(books)
    assert sandbox.anaplan("GET", "cells/SYS%20Vendors")["1000"]["City"] == next(
        vendor["City"]
        for vendor in books.records("AP/APVendors")
        if vendor["VendorNumber"] == "1000"
    )


def sum_orders(sandbox: Sandbox) -> Sums:
    """What DAT PO Lines says is outstanding, by vendor and month of arrival."""
    sums: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for cells in read_cells(sandbox, "DAT PO Lines"):
        if cells["Order Type"] == "Active" and cells["On Hold"] == "false":
            month = show_month(cells["Expected Arrival Date"])
            sums[cells["Vendor"], month] += Decimal(cells["Functional Outstanding"])
    return without_zeros(sums)


def sum_payables(sandbox: Sandbox) -> dict[str, Sums]:
    """What DAT AP Invoice Lines says, by vendor, account, cost centre and period, posted or not."""
    names = ("Vendor", "GL Account", "Cost Center", "Fiscal Year", "Fiscal Period")
    sums: dict[str, dict[tuple[str, ...], Decimal]] = {
        "true": defaultdict(Decimal),
        "false": defaultdict(Decimal),
    }
    for cells in read_cells(sandbox, "DAT AP Invoice Lines"):
        where = tuple(cells[name] for name in names)
        sums[cells["Posted"]][where] += Decimal(cells["Functional Amount"])
    return {is_posted: without_zeros(found) for is_posted, found in sums.items()}


def sum_postings(sandbox: Sandbox) -> Counter[tuple[object, ...]]:
    """Count the postings of DAT GL Actuals, each by all that is said of it."""
    return Counter(
        (
            *(cells["GL Account"], cells["Cost Center"]),
            *(int(cells["Fiscal Year"]), int(cells["Fiscal Period"])),
            Decimal(cells["Functional Amount"]),
        )
        for cells in read_cells(sandbox, "DAT GL Actuals")
    )


def sum_records(books: Books) -> Counter[tuple[object, ...]]:
    """Count the postings of Sage, likewise."""
    centers = books.cost_centers()
    return Counter(
        (
            *(row["AccountNumber"], centers[row["AccountNumber"]]),
            *(int(row["FiscalYear"]), int(row["FiscalPeriod"])),
            Decimal(row["JournalTransactionAmount"]),
        )
        for row in books.records("GL/GLPostedTransactions")
    )


def read_cells(sandbox: Sandbox, module: str) -> Iterable[dict[str, str]]:
    """The rows of a module by one list."""
    found: dict[str, dict[str, str]] = sandbox.anaplan("GET", f"cells/{module.replace(' ', '%20')}")
    return found.values()


def edit_books(sandbox: Sandbox) -> None:
    """A working day: orders, receipts, invoices, postings, payments; and a vendor that moves."""
    sandbox.sage("POST", "business/advance", {"days": 3})
    sandbox.sage("PATCH", "records/AP/APVendors/1000", {"City": "Neustadt"})


@pytest.mark.parametrize("seeds", SEEDS, ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")
def test_under_faults_a_run_ends_right_or_the_next_one_does(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seeds: range
) -> None:
    # The waits between tries are a matter of the policy's own tests.
    monkeypatch.setattr(_policy, "_WAIT_S_FIRST", 0.05)
    monkeypatch.setattr(_policy, "_WAIT_S_SLOW", 0.1)
    monkeypatch.setattr(_policy, "_WAIT_S_RATE_LIMIT", 0.1)
    monkeypatch.setattr(_tasks, "LOOKS_S", (0.0, 0.3, 1.0))
    pipeline = TenLoads(
        sandbox,
        tmp_path,
        tap_settings={"cost_center_segment": "2"},
        target_settings={
            "process": "Load Sage 300",
            "poll_seconds": 1,
            "requests_per_minute": 600,
        },
    )
    stopped = 0

    for seed in seeds:
        strew(sandbox, seed)
        run = pipeline.run()
        assert clear(sandbox) > 0
        check_end(run)
        if (run.tap_exit, run.target_exit) != (0, 0):
            stopped += 1
            pipeline.run_well()
        check_equal(sandbox)
        edit_books(sandbox)

    assert stopped
