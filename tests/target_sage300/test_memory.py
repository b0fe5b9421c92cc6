"""100,000 lines: memory does not grow with them, and requests only with the batches they make.

Goal: design §6.7. Method: the installed command posts 10,000 entries of ten lines in batches of
1,000. The ledger's audit trail is asked for the calls; Sage for what stands there.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from ml_connector.ledger import open_ledger

from tests.support.memory import LIMIT_BYTES, watch
from tests.support.sandbox import command
from tests.target_sage300.singer import export, make_entry

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target_sage300.conftest import Books

pytestmark = pytest.mark.slow
ENTRIES = 10_000
AMOUNTS = ("12.50", "-12.50") * 5
LINES_PER_BATCH = 1000


def calls_of_the_last_run(books: Books) -> list[tuple[str, str]]:
    """Method and path of every call of the newest run."""
    with open_ledger(books.ledger_place) as ledger:
        (run,) = ledger.recent_runs(1)
        return [(call.method, call.path) for call in ledger.calls_of(run.run_id)]


def test_a_hundred_thousand_lines_need_little_memory_and_few_requests(
    books: Books, tmp_path: Path
) -> None:
    # The first look through the company is behind it: it would wait for late effects.
    books.post(export(make_entry("GLE-0")))
    given = tmp_path / "export.jsonl"
    given.write_bytes(export(*(make_entry(f"E{number}", *AMOUNTS) for number in range(ENTRIES))))

    with given.open("rb") as messages, (tmp_path / "log").open("wb") as log:
        target = subprocess.Popen(
            [command("target-sage300"), *books.arguments(batch_lines=LINES_PER_BATCH)],
            stdin=messages,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        peak = watch({"target": target})["target"]

    batches = ENTRIES * len(AMOUNTS) // LINES_PER_BATCH
    calls = calls_of_the_last_run(books)
    posts = [path for method, path in calls if method == "POST"]
    print(f"{peak / 1e6:.0f} MB, {len(calls)} calls, {len(posts)} batches")  # noqa: T201  (figures)
    assert target.returncode == 0, (tmp_path / "log").read_text(encoding="utf-8")[-2000:]
    assert len(posts) == batches
    assert len(calls) <= 4 * batches
    assert peak < LIMIT_BYTES
    standing = books.standing()
    assert len(standing) == ENTRIES * len(AMOUNTS) + 2
    assert set(standing.values()) == {1}
