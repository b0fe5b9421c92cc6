"""Rules of the code that no linter knows."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "ml-connector/ml_connector",
    "tap-sage300/tap_sage300",
    "target-anaplan/target_anaplan",
    "tap-anaplan/tap_anaplan",
    "target-sage300/target_sage300",
    "command/ml_connector_command",
    "sandbox/ml_connector_sandbox",
)
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
# Seconds may be binary fractions; money never is. Each of these turns a waiting time into seconds.
FLOAT_ALLOWED = {
    "ml-connector/ml_connector/transport/_limiter.py",
    "ml-connector/ml_connector/transport/_retry_after.py",
    "sandbox/ml_connector_sandbox/_control.py",
    "target-anaplan/target_anaplan/_session.py",
}


def float_calls(path: Path) -> list[int]:
    """Line numbers of `float(...)` in a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "float"
    ]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_turns_numbers_into_binary_fractions(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()

    assert name in FLOAT_ALLOWED or not float_calls(path)


def test_the_rule_would_notice_a_binary_fraction(tmp_path: Path) -> None:
    sample = tmp_path / "sample.py"
    sample.write_text("amount = float('0.1')\n")

    assert float_calls(sample) == [1]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_is_too_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < 500
