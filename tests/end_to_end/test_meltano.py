"""The job runs under Meltano from the project's own meltano.yml, and testing writes nothing."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.pipeline import AnaplanReader
from tests.support.sandbox import Sandbox, command

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("meltano_project", "plugins")]


def variables(sandbox: Sandbox, folder: Path) -> dict[str, str]:
    """What a user puts into `.env`, with both passwords in the environment."""
    sage, anaplan = sandbox.info["sage300"], sandbox.info["anaplan"]
    settings = {
        f"TAP_SAGE300_{key.upper()}": sage[key] for key in ("base_url", "company", "username")
    }
    names = ("api_url", "auth_url", "oauth_url", "workspace_id", "model_id", "username")
    settings |= {f"TARGET_ANAPLAN_{key.upper()}": anaplan[key] for key in names}
    return {
        **os.environ,
        **settings,
        "TAP_SAGE300_PASSWORD": "env:SAGE300_PASSWORD",
        "TARGET_ANAPLAN_PASSWORD": "env:ANAPLAN_PASSWORD",
        "TARGET_SAGE300_PASSWORD": "env:SAGE300_PASSWORD",
        "TAP_ANAPLAN_PASSWORD": "env:ANAPLAN_PASSWORD",
        # How long the first run on a ledger waits between its two looks.
        "TARGET_SAGE300_SETTLE_MINUTES": "0",
        "TARGET_SAGE300_READ_TIMEOUT_S": "5",
        "SAGE300_PASSWORD": sage["password"],
        "ANAPLAN_PASSWORD": anaplan["password"],
        "MELTANO_STATE_BACKEND_URI": (folder / "state").as_uri(),
        "MELTANO_DATABASE_URI": f"sqlite:///{folder / 'meltano.db'}",
        "PATH": os.pathsep.join((str(Path(command("meltano")).parent), os.environ["PATH"])),
    }


def meltano(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run Meltano in the workspace, where its plugins are installed."""
    return subprocess.run(
        [command("meltano"), *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def test_the_job_loads_the_model(tmp_path: Path, start_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = start_sandbox("--orders", "300")
    environment = variables(sandbox, tmp_path)

    ended = meltano("run", "sage300-to-anaplan", environment=environment)

    assert ended.returncode == 0, ended.stderr
    loads = AnaplanReader(sandbox).cells("CTL Loads")
    assert int(loads["purchase_order_lines"]["Rows"]) >= 300
    log = ended.stdout + ended.stderr
    assert "load.finished load=purchase_order_lines" in log, "Meltano lost the target's events"
    assert list((tmp_path / "state").rglob("*")), "Meltano kept no state"


def test_a_second_job_moves_nothing(tmp_path: Path, start_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = start_sandbox("--orders", "300")
    environment = variables(sandbox, tmp_path)
    assert meltano("run", "sage300-to-anaplan", environment=environment).returncode == 0
    before = sandbox.anaplan("GET", "counters")

    ended = meltano("run", "sage300-to-anaplan", environment=environment)

    assert ended.returncode == 0, ended.stderr
    after = sandbox.anaplan("GET", "counters")
    assert (after["uploads"], after["tasks"]) == (before["uploads"], before["tasks"])


def test_rejects_and_their_reasons_reach_meltanos_log(
    tmp_path: Path, start_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = start_sandbox("--orders", "20")
    sandbox.sage("DELETE", f"records/AP/APVendorGroups/{first_group(sandbox)}")

    ended = meltano("run", "sage300-to-anaplan", environment=variables(sandbox, tmp_path))

    log = ended.stdout + ended.stderr
    assert ended.returncode == 1  # Meltano knows no other code for a failure
    assert "Invalid parent" in log
    assert "exit_code=3" in log
    assert "Traceback" not in log
    assert list((tmp_path / "state").rglob("*")), "the state did not advance"


def first_group(sandbox: Sandbox) -> str:
    """A vendor group that vendors belong to."""
    vendors: list[dict[str, str]] = sandbox.sage("GET", "records/AP/APVendors")
    return vendors[0]["GroupCode"]


@pytest.mark.parametrize(
    "plugin", ["tap-sage300", "target-anaplan", "tap-anaplan", "target-sage300"]
)
def test_config_test_passes_and_writes_nothing(
    plugin: str, tmp_path: Path, start_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = start_sandbox("--orders", "50")

    ended = meltano("config", "test", plugin, environment=variables(sandbox, tmp_path))

    assert ended.returncode == 0, ended.stdout + ended.stderr
    counters = sandbox.anaplan("GET", "counters")
    assert (counters["uploads"], counters["tasks"]) == (0, 0)
    assert set(sandbox.sage("GET", "counters")["requests"]) <= {"GET"}
