"""Killed where it is harder: with a ledger that is new, lost or older, and while it corrects.

Goal, method and the points are those of crash_matrix; here a run begins with an empty ledger.
"""

from __future__ import annotations

import os
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

    def die(self, indexes: Iterable[int]) -> Iterator[Ended]:
        """Yield each run that died, point after point."""
        for index in indexes:
            self._begin()
            ended = self._run(index)
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

    def _run(self, point: int | None) -> Ended:
        ended = run_until(
            self._books.arguments(**self._settings),
            MESSAGES,
            point=point,
            folder=self._books.folder,
        )
        if point is None:
            assert ended.exit_code == 0, ended.log
        else:
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


def test_killed_in_the_first_run_of_all_the_next_run_completes(
    books: Books, mortal: Mortal
) -> None:
    died = []
    for ended in mortal.die(mortal.all()):
        died.append(ended)
        finish(books)

    assert len(died) >= 20
    assert sum(ended.between_effect_and_record for ended in died) == 4


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
