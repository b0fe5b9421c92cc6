"""The demo ends well, shows what the README says it shows, and needs no password anywhere."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.support.processes import ProcessWatch
from tests.support.sandbox import command

ROOT = Path(__file__).parents[2]
PASSWORDS = ("WEBAPI-300", "Plan-4-Sandbox!")
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("meltano_project")]


def test_demo_shows_equal_money_and_exactly_what_moved() -> None:
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
    rows = [
        [cell.strip() for cell in line.strip("│ ").split("│")]
        for line in printed.splitlines()
        if "purchase_order_lines" in line
    ]
    assert [row[-1] for row in rows] == ["0.00", "0.00"]
    first, second = rows
    assert first[1] == first[2] == first[3]
    moved = [line for line in printed.splitlines() if "│ SAMLTD:PO:" in line]
    assert second[2] == second[3] == str(len(moved))
    deleted = int(printed.split(": deleted, ")[1].split(" ")[0])
    assert len(moved) == 3 + deleted
    assert sum("false → true" in line.split("│")[2] for line in moved) == deleted
    if watch is not None:
        check_nothing_was_seen(watch)


def check_nothing_was_seen(watch: ProcessWatch) -> None:
    """No process of the demo carried a password where others can look, the plugins included."""
    for program in ("ml-sandbox", "credentials", "meltano", "tap-sage300", "target-anaplan"):
        assert watch.seen(program), program
    seen = watch.command_lines | watch.environments
    assert not any(password.encode() in each for password in PASSWORDS for each in seen)
    files = [ROOT / "meltano.yml", *ROOT.glob(".env*")]
    assert not any(password in file.read_text() for password in PASSWORDS for file in files)
