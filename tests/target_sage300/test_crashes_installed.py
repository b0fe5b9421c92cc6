"""The installed command, killed while Sage 300 holds its call: the next run completes.

Nothing within the process says where it dies: the sandbox holds one changing call after the other,
with its effect done or to come when the command is dead.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.sandbox import command
from tests.target_sage300.trials import KINDS, Trial, Work

if TYPE_CHECKING:
    from tests.target_sage300.conftest import Books

CALLS = {"open": 1, "ready": 2, "posted": 3}
"""How many calls change something, in each mode, when there is one batch."""
CASES = [
    *((kind, post, "done") for kind in KINDS for post in CALLS),
    *((kind, "open", "later") for kind in KINDS),
]
assert sum(CALLS[post] for _, post, _ in CASES) >= 20


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process in another way")
@pytest.mark.fault("hang")
@pytest.mark.parametrize(("kind", "post", "effect"), CASES)
def test_killed_while_its_call_is_held_the_next_run_completes(
    books: Books, kind: str, post: str, effect: str
) -> None:
    trial = Trial(books, Work(kind=KINDS[kind], post=post, entry_count=1))
    for number in range(CALLS[post]):
        trial.begin()
        trial.lose(number, {"kind": "hang", "effect": effect})

        process = subprocess.Popen(
            [command("target-sage300"), *books.arguments(**trial.settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdin is not None
        process.stdin.write(trial.work.messages)
        process.stdin.flush()
        process.stdin.close()
        process.stdin = None
        books.sandbox.wait_for_held_request(books.control)
        process.kill()
        printed, _ = process.communicate(timeout=60)
        books.control("POST", "faults/release", {})

        assert process.returncode == -signal.SIGKILL
        assert printed == b""
        trial.finish()
        trial.assert_lost()

    assert len(trial.effects) == CALLS[post]
