"""Have runs of target-sage300 die at random, and name the seeds that fail.

Started by `make soak`; tests/target_sage300/soak.py says what a seed draws.

    make soak                      100 seeds from a random one on
    make soak ARGS="--count 500"   more of them
    make soak ARGS="--minutes 30"  as many as that time allows
    make soak ARGS="--seed 4711"   one of them again
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.sandbox import Sandbox  # noqa: E402 - from the workspace's root
from tests.target_sage300.conftest import open_books  # noqa: E402
from tests.target_sage300.soak import draw_case, play  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator


def main() -> None:
    """Play seeds, and name those that fail."""
    parser = argparse.ArgumentParser(prog="make soak", description="Runs that die at random.")
    parser.add_argument("--seed", type=int, help="play this one only")
    parser.add_argument("--first", type=int, default=time.time_ns() % 10**6, help="begin here")
    parser.add_argument("--count", type=int, default=100, help="how many seeds")
    parser.add_argument("--minutes", type=float, help="how long, in place of how many")
    options = parser.parse_args()
    failed = []
    sandbox = Sandbox.start("--orders", "1")
    try:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["ML_CONNECTOR_HOME"] = folder
            books = open_books(sandbox, Path(folder))
            for seed in _seeds(options):
                case = draw_case(seed)
                try:
                    play(books, case)
                except Exception:  # noqa: BLE001 - the next seed is played all the same
                    traceback.print_exc()
                    failed.append(seed)
                    print(f'FAILED {case}\nagain: make soak ARGS="--seed {seed}"', flush=True)
                else:
                    print(case, flush=True)
    finally:
        sandbox.stop()
    sys.exit(f"failed: {', '.join(map(str, failed))}" if failed else 0)


def _seeds(options: argparse.Namespace) -> Iterator[int]:
    if options.seed is not None:
        yield options.seed
        return
    end = None if options.minutes is None else time.monotonic() + 60 * options.minutes
    seed = options.first
    while seed < options.first + options.count if end is None else time.monotonic() < end:
        yield seed
        seed += 1


if __name__ == "__main__":
    main()
