"""A ledger that is put back from an older copy, or that is new, while a call is still on its way.

Goal: nothing twice although the ledger knows nothing of what was sent. Method: a run dies whose
POST takes effect only after the next run has looked; the ledger is then exchanged. What this
computer sent last stands outside the ledger, and is enough to look twice.
"""

from __future__ import annotations

import datetime as dt
import sys
from typing import TYPE_CHECKING

import pytest
from ml_connector.places import home
from ml_connector.wire import decode_json, encode_json

from tests.target_sage300.payables import POSTINGS, export_payables, make_adjustment, make_document
from tests.target_sage300.singer import export, make_entry
from tests.target_sage300.trials import KINDS, Kind, Trial, Work

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.target_sage300.conftest import Books

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has neither fork nor signals"
)


def departure() -> Path:
    """Where it stands what was sent last."""
    (path,) = (home() / "departures").iterdir()
    return path


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    """A kind of entries."""
    return request.param  # type: ignore[no-any-return]


def lose_batch(trial: Trial) -> None:
    """Have a run die whose batch is still on its way; it comes after a look."""
    first = trial.effects[0]
    trial.begin()
    trial.lose(0, {"kind": "late", "until": trial.work.kind.look})
    trial.die(first)
    trial.assert_lost(pending=1)


@pytest.mark.fault("late")
@pytest.mark.parametrize(
    ("change", "mode"), [("restore", "open"), ("restore", "posted"), ("delete", "open")]
)
def test_a_batch_that_comes_late_is_found_by_a_ledger_that_does_not_know_it(
    books: Books, kind: Kind, change: str, mode: str
) -> None:
    trial = Trial(books, Work(kind=kind, post=mode, entry_count=1))
    lose_batch(trial)
    getattr(trial.ledger, change)()

    trial.finish()

    trial.assert_lost()


def test_what_left_so_long_ago_that_it_cannot_come_late_is_not_waited_for(books: Books) -> None:
    trial = Trial(books, Work(kind=KINDS["gl_journal"], entry_count=1))
    first = trial.effects[0]
    trial.begin()
    trial.die(first)
    trial.ledger.restore()
    left = decode_json(departure().read_bytes())
    an_hour_ago = dt.datetime.fromisoformat(left["left_at"]) - dt.timedelta(hours=1)
    departure().write_bytes(encode_json({**left, "left_at": an_hour_ago}))

    result = books.post(trial.work.messages)

    assert "settling" not in result.log
    trial.assert_finished()


def test_a_clock_that_was_put_back_is_no_reason_to_wait_longer(books: Books) -> None:
    trial = Trial(books, Work(kind=KINDS["gl_journal"], entry_count=1))
    lose_batch(trial)
    trial.ledger.restore()
    left = decode_json(departure().read_bytes())
    tomorrow = dt.datetime.fromisoformat(left["left_at"]) + dt.timedelta(days=1)
    departure().write_bytes(encode_json({**left, "left_at": tomorrow}))

    result = books.post(trial.work.messages)

    assert "settling seconds=600" in result.log
    trial.assert_finished()


def damage(path: Path) -> None:
    path.write_bytes(b'{"token":')


def hide(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("harm", [damage, hide])
def test_what_cannot_be_read_stops_the_run_before_anything_is_posted(
    books: Books, harm: Callable[[Path], None]
) -> None:
    work = Work(kind=KINDS["gl_journal"], entry_count=1)
    books.post(work.messages)
    harm(departure())

    result = books.run(work.kind.export(make_entry("GLE-9")))

    assert (result.exit_code, result.states) == (1, [])
    assert str(departure()) in result.log
    assert "Nothing was posted" in result.log
    work.kind.assert_stands_once(books, *work.ids)


def test_a_new_ledger_waits_once_for_all_kinds(books: Books) -> None:
    messages = export(make_entry("G-1")) + export_payables(
        make_document("D-1"), make_adjustment("A-1")
    )

    result = books.post(messages, postings=[{"stream": "gl_adjustments"}, *POSTINGS])

    assert result.log.count("settling seconds=600") == 1
    assert result.log.count("batch.created") == 3
