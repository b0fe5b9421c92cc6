"""Goal: interrupted input is never taken for complete input."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from singer_sdk.testing import get_target_test_class

from tests.core.singer.processes import record, schema
from tests.core.singer.small_target import AtEndTarget, SmallTarget

if TYPE_CHECKING:
    from pathlib import Path

import pytest


@pytest.fixture
def target(tmp_path: Path) -> AtEndTarget:
    return AtEndTarget(config={"output": str(tmp_path / "output")})


def marks(**streams: bool) -> str:
    bookmarks = {stream: {"complete": mark} for stream, mark in streams.items()}
    return json.dumps({"type": "STATE", "value": {"bookmarks": bookmarks}})


def read(target: AtEndTarget, *lines: str) -> dict[str, bool]:
    target.process_lines(io.StringIO("".join(f"{line}\n" for line in lines)))
    return target.complete_marks


def test_stream_begun_and_finished_is_complete(target: AtEndTarget) -> None:
    found = read(target, schema(), marks(s=False), record(1), marks(s=True))

    assert found == {"s": True}


def test_what_comes_behind_the_mark_is_not_covered_by_it(target: AtEndTarget) -> None:
    lines = (schema(), marks(s=False, t=False), marks(s=True, t=True), record(1))

    assert read(target, *lines) == {"s": False, "t": True}
    # Nor does the mark come back with the STATE of another stream.
    assert read(target, marks(s=True, t=True)) == {"s": False, "t": True}


def test_stream_begun_and_not_finished_is_not_complete(target: AtEndTarget) -> None:
    assert read(target, schema(), marks(s=False), record(1)) == {"s": False}


def test_mark_repeated_from_the_last_run_says_nothing(target: AtEndTarget) -> None:
    found = read(target, marks(s=True, t=True), schema(), marks(s=False, t=True), record(1))

    assert found == {"s": False, "t": False}


def test_bookmarks_of_foreign_taps_are_no_marks(target: AtEndTarget) -> None:
    state: dict[str, Any] = {"bookmarks": {"s": "2024", "t": {"complete": "yes"}, "u": None}}

    assert read(target, json.dumps({"type": "STATE", "value": state})) == {}


def test_deletion_mark_reaches_the_sink(tmp_path: Path) -> None:
    target = SmallTarget(config={"output": str(tmp_path / "output")})
    target.process_lines(
        io.StringIO(f"{schema()}\n{record(1, _sdc_deleted_at='2024-01-01T00:00:00Z')}\n")
    )

    target.process_endofpipe()

    assert '"_sdc_deleted_at":"2024-01-01T00:00:00Z"' in (tmp_path / "output").read_text()


class TestStandard(get_target_test_class(SmallTarget, config={"output": "unused"})):  # type: ignore[misc]
    """The SDK's own sixteen tests of a target."""

    @pytest.fixture(autouse=True)
    def in_a_folder_of_its_own(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
