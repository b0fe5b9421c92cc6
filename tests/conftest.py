"""What every part's tests share: the sandbox as a process, and real-world data."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from hypothesis import settings

from tests.support.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[1]

# How long an example takes says something about the machine, and nothing about the code.
settings.register_profile("workspace", deadline=None)
settings.load_profile("workspace")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Shared out among workers, files with slow tests come first: none runs alone at the end."""
    if hasattr(config, "workerinput"):
        slow = {item.path for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def adventure_works() -> Path:
    """The folder of the real-world company, where a checkout has it beside it."""
    folder = ROOT.parent / "shared" / "data" / "adventure-works"
    if not folder.is_dir():
        pytest.skip("the Adventure Works data does not lie beside this checkout")
    return folder


@pytest.fixture(scope="session")
def anaplan_contracts() -> Path:
    """The folder of the published OpenAPI descriptions, where a checkout has it beside it."""
    folder = ROOT.parent / "shared" / "contracts" / "anaplan"
    if not folder.is_dir():
        pytest.skip("the OpenAPI descriptions do not lie beside this checkout")
    return folder


@pytest.fixture
def start_sandbox() -> Iterator[Callable[..., Sandbox]]:
    """A factory: `start_sandbox("--orders", "50")` serves a fresh company for one test."""
    running: list[Sandbox] = []

    def start(*options: str) -> Sandbox:
        sandbox = Sandbox.start(*options)
        running.append(sandbox)
        return sandbox

    yield start
    for sandbox in running:
        sandbox.stop()


@pytest.fixture
def meltano_project() -> Iterator[Path]:
    """The workspace's own Meltano project, for one test at a time: runs share files in it."""
    with FileLock(ROOT / ".meltano" / "tests.lock", timeout=500):
        yield ROOT


@pytest.fixture(autouse=True)
def connector_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own for each test: ledgers and limiters never leak between tests."""
    home = tmp_path / "ml-connector-home"
    monkeypatch.setenv("ML_CONNECTOR_HOME", str(home))
    for name in list(os.environ):
        if name.startswith(("TAP_SAGE300_", "TARGET_ANAPLAN_", "TARGET_SAGE300_", "TAP_ANAPLAN_")):
            monkeypatch.delenv(name)
    return home
