"""Memory does not grow with what is read.

Method: the installed command reads 1,000 lines, then 20,000, each in pieces as small as a real
file's are beside the whole. One record holds about two kilobytes.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.memory import LIMIT_BYTES, watch
from tests.support.sandbox import command
from tests.tap_anaplan.models import GL, Model

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.slow
FEW, MANY, AT_ONCE = 1_000, 20_000, 5_000
GROWTH_BYTES_MAX = 8_000_000
WHAT: Mapping[str, dict[str, Any]] = {
    "export": {"exports": [GL]},
    "view": {"views": [{"view": "GL Adjustments.Approved"}]},
    "list": {"lists": [{"list": "GL Adjustment Lines"}]},
}


def enter_lines(model: Model, count: int) -> None:
    for _ in range(0, count, AT_ONCE):
        lines = [
            {
                "Company": "SAMLTD",
                "Entry": "E1",
                "Approved": True,
                "Debit": "12.50",
                "Posting Date": "2026-01-31",
                "Description": "a line of an entry that is long " * 3,
            }
        ] * min(count, AT_ONCE)
        model.control("POST", "adjustments/GL Adjustments", {"lines": lines})


def peak_of(model: Model, what: str) -> tuple[int, int]:
    """Return the most memory of a run, and how many records it wrote."""
    settings = model.write_settings(**WHAT[what])
    out = model.folder / "tap.out"
    with out.open("wb") as printed, (model.folder / "tap.log").open("wb") as log:
        tap = subprocess.Popen(
            [command("tap-anaplan"), "--config", settings], stdout=printed, stderr=log
        )
        peak = watch({"tap": tap})["tap"]
    assert tap.returncode == 0, (model.folder / "tap.log").read_text(encoding="utf-8")
    with out.open("rb") as printed:
        return peak, sum(line.startswith(b'{"type":"RECORD"') for line in printed)


def test_twenty_times_the_rows_need_the_same_memory(model: Model) -> None:
    switches = {"export_chunk_bytes": 262_144, "read_page_rows": 1_000}
    model.control("POST", "switches", switches)
    enter_lines(model, FEW)
    few = {what: peak_of(model, what) for what in WHAT}
    enter_lines(model, MANY)

    many = {what: peak_of(model, what) for what in WHAT}

    print(few, many)  # noqa: T201  (figures)
    for what in WHAT:
        assert few[what][1] >= FEW
        assert many[what][1] >= MANY
        assert many[what][0] < few[what][0] + GROWTH_BYTES_MAX, (what, few, many)
        assert many[what][0] < LIMIT_BYTES
