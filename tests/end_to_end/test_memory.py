"""Memory does not grow with the number of orders."""

from __future__ import annotations

from subprocess import DEVNULL
from typing import TYPE_CHECKING

import pytest

from tests.support.memory import LIMIT_BYTES, watch
from tests.support.pipeline import Pipeline
from tests.support.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


def peaks_with(orders: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Load a company of `orders` orders and return the peak memory of tap and target in bytes."""
    folder.mkdir()
    monkeypatch.setenv("ML_CONNECTOR_HOME", str(folder / "home"))
    sandbox = Sandbox.start("--orders", str(orders))
    pipeline = Pipeline(sandbox, folder)
    try:
        tap, target = pipeline.start(printed=DEVNULL)
        peaks = watch({"tap": tap, "target": target})
        assert (tap.wait(), target.wait()) == (0, 0)
    finally:
        sandbox.stop()
    return peaks


def test_ten_times_the_orders_need_the_same_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = peaks_with(10_000, tmp_path / "few", monkeypatch)
    many = peaks_with(100_000, tmp_path / "many", monkeypatch)

    print(few, many)  # noqa: T201  (figures for the closing note)
    for name in ("tap", "target"):
        assert many[name] < LIMIT_BYTES, (name, few, many)
        assert many[name] <= few[name] * 1.2, (name, few, many)
