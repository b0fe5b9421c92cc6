"""Runs the jobs of meltano.yml, as a scheduler would."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from rich.console import Console

ROOT = Path(__file__).resolve().parents[1]
console = Console(width=132)


def run_job(job: str, environment: dict[str, str], *, codes: tuple[int, ...] = (0,)) -> str:
    """Run a job and return its output; if it does not end with one of `codes`, the demo ends."""
    ended = subprocess.run(
        ["meltano", "run", job],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    printed = ended.stdout + ended.stderr
    if ended.returncode not in codes:
        fail(printed, f"meltano run {job} ended with {ended.returncode}.")
    return printed


def fail(printed: str, message: str) -> NoReturn:
    """Show what a program printed, and end the demo."""
    console.print(printed, markup=False, highlight=False)
    sys.exit(message)
