"""The demo ends well and shows what the README says it shows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.sandbox import command

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


def test_demo_shows_equal_money_and_exactly_what_moved() -> None:
    path = os.pathsep.join((str(Path(command("meltano")).parent), os.environ["PATH"]))

    ended = subprocess.run(
        [sys.executable, "scripts/demo.py"],
        cwd=ROOT,
        env={**os.environ, "PATH": path, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=900,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    rows = [
        [cell.strip() for cell in line.strip("│ ").split("│")]
        for line in ended.stdout.splitlines()
        if "purchase_order_lines" in line
    ]
    assert [row[-1] for row in rows] == ["0.00", "0.00"]
    first, second = rows
    assert first[1] == first[2] == first[3]
    moved = [line for line in ended.stdout.splitlines() if "│ SAMLTD:PO:" in line]
    assert second[2] == second[3] == str(len(moved))
    deleted = int(ended.stdout.split(": deleted, ")[1].split(" ")[0])
    assert len(moved) == 3 + deleted
    assert sum("false → true" in line.split("│")[2] for line in moved) == deleted
