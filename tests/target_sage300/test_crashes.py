"""Killed anywhere, each line stands in Sage exactly once after the next run.

Goal: design §6.1, nothing twice and nothing lost. Method: a run of two batches goes to its end and
says which points it came to; then it dies at one of them after the other. After each death a run
goes to its end, and Sage is asked by a client that shares no code with ours. The points are not
listed anywhere: a call or a write that is added is killed as well.

What has no effect leaves nothing behind, so a death before a read or a write is the death after the
write before it. CRASH_POINTS=all dies there as well.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import pytest
from ml_connector.ledger import EntryState

from tests.target_sage300.crashing import run_until
from tests.target_sage300.singer import export, make_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from tests.target_sage300.conftest import Books
    from tests.target_sage300.crashing import Ended

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither fork nor signals"),
]

MESSAGES = export(make_entry("GLE-1"), make_entry("GLE-2"))
ALL = ("GLE-1-1", "GLE-1-2", "GLE-2-1", "GLE-2-2")
DISTINCT = {"after a write", "before POST", "after POST", "after PATCH"}
EVERYWHERE = os.environ.get("CRASH_POINTS") == "all"
POST = {"method": "POST", "path": "GLJournalBatches$"}
LOOK = {"method": "GET", "path": r"GLJournalBatches\?"}


@pytest.fixture
def fresh(
    books: Books, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], None]:
    """Give the next run a fresh company and an empty ledger of its own."""
    books.find_in(EntryState.POSTED)
    empty = {path.name: path.read_bytes() for path in books.ledger_files()}

    def change() -> None:
        books.control("POST", "reset")
        monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path_factory.mktemp("home")))
        for name, content in empty.items():
            (books.ledger_folder / name).write_bytes(content)

    return change


class Mortal:
    """Runs of two batches that die."""

    def __init__(
        self,
        books: Books,
        fresh: Callable[[], None],
        *,
        prepare: Callable[[], object] = lambda: None,
        **settings: Any,
    ) -> None:
        """`prepare` makes whatever is to be there before the run begins."""
        self._settings = {"batch_lines": 2, **settings}
        self._books = books
        self._fresh = fresh
        self._prepare = prepare
        self._begin()
        self.points = self._run(None).points

    def die(
        self,
        indexes: Iterable[int],
        *,
        send: signal.Signals = signal.SIGKILL,
        fault: dict[str, Any] | None = None,
    ) -> Iterator[Ended]:
        """Yield each run that died, point after point; a `fault` meets its first POST."""
        for index in indexes:
            self._begin()
            if fault is not None:
                self._books.fault(**POST, **fault)
            ended = self._run(index, send=send)
            if ended.states:
                self._books.assert_stands_once(*ALL)
            yield ended

    def all(self) -> list[int]:
        """Every point that leaves something else behind than the one before."""
        return self._distinct(0, len(self.points))

    def of_the_first_batch(self) -> list[int]:
        """Those from where the first batch leaves to where the second does."""
        first, second = (index for index, name in enumerate(self.points) if name == "before POST")
        return self._distinct(first, second + 1)

    def _begin(self) -> None:
        self._fresh()
        self._prepare()

    def _distinct(self, first: int, end: int) -> list[int]:
        return [
            index for index in range(first, end) if EVERYWHERE or self.points[index] in DISTINCT
        ]

    def _run(self, point: int | None, *, send: signal.Signals = signal.SIGKILL) -> Ended:
        ended = run_until(
            self._books.arguments(**self._settings),
            MESSAGES,
            point=point,
            folder=self._books.folder,
            send=send,
        )
        if point is None:
            assert ended.exit_code == 0, ended.log
        elif send is signal.SIGKILL:
            assert ended.was_killed
            assert len(ended.points) == point + 1
        return ended


@pytest.fixture
def mortal(books: Books, fresh: Callable[[], None]) -> Mortal:
    """Runs that die."""
    return Mortal(books, fresh)


def finish(books: Books, **settings: Any) -> None:
    """Run to the end, and look what stands in Sage."""
    books.post(MESSAGES, **{"batch_lines": 2, **settings})
    books.assert_stands_once(*ALL)


def test_killed_at_every_point_the_next_run_completes(books: Books, mortal: Mortal) -> None:
    died = []
    for ended in mortal.die(mortal.all()):
        died.append(ended)
        finish(books)

    assert len(died) >= 20
    assert sum(ended.between_effect_and_record for ended in died) == 2


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ({"post": "ready", "batch_lines": 9}, "ReadyToPost"),
        ({"post": "posted", "allow_auto_post": True, "batch_lines": 9}, "Posted"),
    ],
    ids=["ready", "posted"],
)
def test_killed_on_the_way_to_the_ledger_the_next_run_goes_on(
    books: Books, fresh: Callable[[], None], settings: dict[str, Any], status: str
) -> None:
    mortal = Mortal(books, fresh, **settings)
    # The last POST of a run that is not killed is the one that posts, or made the batch.
    effects = [index for index, name in enumerate(mortal.points) if name.startswith("after P")]
    died = []
    for ended in mortal.die(mortal.all()):
        died.append(ended.points[-1])
        finish(books, **settings)
        assert [batch["Status"] for batch in books.batches()] == [status]

    assert len(died) >= 15
    assert sum(point in ("after POST", "after PATCH") for point in died) == len(effects)


def test_killed_while_it_corrects_the_next_run_goes_on(
    books: Books, fresh: Callable[[], None]
) -> None:
    settings = {"on_change": "revise", "post": "posted", "allow_auto_post": True}
    after = export(make_entry("GLE-1", "99", "-99"))

    def correct(point: int | None) -> Ended:
        fresh()
        books.post(export(make_entry("GLE-1")), **settings)
        return run_until(books.arguments(**settings), after, point=point, folder=books.folder)

    points = correct(None).points
    # The first POST asks for the template of the posting process.
    _, entered, _ = (index for index, name in enumerate(points) if name == "before POST")
    for index in range(entered, len(points)):
        if points[index] in DISTINCT:
            assert correct(index).was_killed
            books.post(after, **settings)
            marks = ("", "~1~r2", "~2")
            books.assert_stands_once(*(f"GLE-1-{n}{mark}" for n in (1, 2) for mark in marks))
            assert {batch["Status"] for batch in books.batches()} == {"Posted"}


def test_a_ledger_deleted_after_the_kill_is_no_harm(books: Books, mortal: Mortal) -> None:
    for _ in mortal.die(mortal.of_the_first_batch()):
        for path in books.ledger_files():
            path.unlink()
        finish(books)


def test_a_ledger_restored_from_an_older_copy_is_no_harm(
    books: Books, fresh: Callable[[], None]
) -> None:
    older: dict[Path, bytes] = {}

    def back_up() -> None:
        books.post(export())
        older.clear()
        older.update({path: path.read_bytes() for path in books.ledger_files()})

    mortal = Mortal(books, fresh, prepare=back_up)
    for _ in mortal.die(mortal.of_the_first_batch()):
        for path in books.ledger_files():
            path.unlink()
        for path, content in older.items():
            path.write_bytes(content)
        finish(books)


@pytest.mark.fault("cut_before", "cut_after", "late")
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "cut_before"},
        {"kind": "cut_after"},
        {"kind": "late", "until": LOOK},
    ],
    ids=["never", "done", "after-a-look"],
)
def test_killed_after_an_answer_was_lost_the_next_run_completes(
    books: Books, mortal: Mortal, fault: dict[str, Any]
) -> None:
    died = 0
    points = mortal.of_the_first_batch()[1:-1]
    for _ in mortal.die(points, fault=fault):
        died += 1
        finish(books)

    assert died >= 2


def test_told_to_stop_a_run_finishes_the_write_under_way(books: Books, mortal: Mortal) -> None:
    for ended in mortal.die(mortal.of_the_first_batch(), send=signal.SIGTERM):
        assert ended.exit_code in (0, 128 + signal.SIGTERM), ended.log
        finish(books)
