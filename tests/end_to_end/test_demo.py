"""The demo ends well, shows what the README says it shows, and needs no password anywhere."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.support.processes import ProcessWatch
from tests.support.sandbox import command

ROOT = Path(__file__).parents[2]
PASSWORDS = ("WEBAPI-300", "Plan-4-Sandbox!")
pytestmark = [
    *(pytest.mark.slow, pytest.mark.timeout(1000)),
    pytest.mark.usefixtures("meltano_project"),
]


def test_demo_shows_both_directions_equal_money_and_exactly_what_moved() -> None:
    path = os.pathsep.join((str(Path(command("meltano")).parent), os.environ["PATH"]))

    with (
        subprocess.Popen(
            [sys.executable, "scripts/demo.py"],
            cwd=ROOT,
            env={**os.environ, "PATH": path, "PYTHONUTF8": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        ) as demo,
        ProcessWatch(demo.pid) if sys.platform == "linux" else nullcontext() as watch,
    ):
        printed, errors = demo.communicate(timeout=900)

    assert demo.returncode == 0, printed + errors
    assert "Both passwords are in the vault" in printed
    rows = [row for row in table_rows(printed) if row[0] == "purchase_order_lines"]
    assert [row[-1] for row in rows] == ["0.00", "0.00"]
    first, second = rows
    assert first[1] == first[2] == first[3]
    moved = [line for line in printed.splitlines() if "│ SAMLTD:PO:" in line]
    assert second[2] == second[3] == str(len(moved))
    deleted = int(printed.split(": deleted, ")[1].split(" ")[0])
    assert len(moved) == 3 + deleted
    assert sum("false → true" in line.split("│")[2] for line in moved) == deleted
    check_the_way_back(printed)
    if watch is not None:
        check_nothing_was_seen(watch)


def table_rows(printed: str) -> list[list[str]]:
    """The rows of all tables, cell by cell."""
    return [
        [cell.strip() for cell in line.strip()[1:-1].split("│")]
        for line in printed.splitlines()
        if line.startswith("│")
    ]


def check_the_way_back(printed: str) -> None:
    """Each entry has its status, what is posted is what was approved, and once."""
    rows = table_rows(printed)
    entries = [row for row in rows if row[0].startswith(("GLE-", "APE-"))]
    # Each day has another company: on some, a vendor that a document is of is on hold.
    counts = Counter(row[3] for row in entries)
    assert (counts["left_out"], counts["created"] + counts["refused"]) == (4, 20)
    assert counts["created"] >= 12
    entered, refused = counts["created"], counts["refused"]
    assert f"24 entries: {entered} entered (created: in an open batch), {refused} ref" in printed
    assert all((row[4] != "-") == (row[3] == "created") for row in entries)
    assert all((row[5] != "-") != (row[3] == "created") for row in entries)
    assert {row[2] for row in entries if row[3] == "created"} >= {"Journal", "Invoice", "DebitNote"}
    assert "Second run: 0 batches entered." in printed
    totals = [row for row in rows if row[0] in ("General ledger", "Payables")]
    assert [(row[0], row[1]) for row in totals] == [
        *(("General ledger", currency) for currency in ("CAD", "EUR", "USD")),
        *(("Payables", currency) for currency in ("CAD", "USD")),
    ]
    for ledger, _, _, debits, debits_posted, credits_, credits_posted, difference in totals:
        assert (debits, credits_, difference) == (debits_posted, credits_posted, "0.00")
        assert debits == credits_ or ledger == "Payables"


def check_nothing_was_seen(watch: ProcessWatch) -> None:
    """No process of the demo carried a password where others can look, the plugins included."""
    plugins = ("tap-sage300", "target-anaplan", "tap-anaplan", "target-sage300")
    for program in ("ml-sandbox", "credentials", "meltano", *plugins):
        assert watch.seen(program), program
    seen = watch.command_lines | watch.environments
    assert not any(password.encode() in each for password in PASSWORDS for each in seen)
    files = [ROOT / "meltano.yml", *ROOT.glob(".env*")]
    assert not any(password in file.read_text() for password in PASSWORDS for file in files)
