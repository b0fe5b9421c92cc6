"""Goal: trying out a configuration leaves no trace in a ledger, and says why it fails.

Method: the installed Meltano with its add-on, against the sandbox.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.test_meltano import meltano, variables

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.sandbox import Sandbox

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("meltano_project")]


@pytest.mark.parametrize(
    "plugin", ["tap-sage300", "target-anaplan", "tap-anaplan", "target-sage300"]
)
def test_config_test_records_no_run(
    plugin: str, tmp_path: Path, connector_home: Path, start_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = start_sandbox("--orders", "20")

    ended = meltano("config", "test", plugin, environment=variables(sandbox, tmp_path))

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert not list(connector_home.rglob("ledger*"))


def test_a_failed_config_test_shows_the_reason_and_the_remedy(
    tmp_path: Path, connector_home: Path, start_sandbox: Callable[..., Sandbox]
) -> None:
    settings = variables(start_sandbox("--orders", "20"), tmp_path)
    assert meltano("select", "tap-sage300", "--list", environment=settings).returncode == 0
    settings["TAP_SAGE300_PASSWORD"] = "vault:sage300/password"

    ended = meltano("config", "test", "tap-sage300", environment=settings)

    assert ended.returncode != 0
    assert not list(connector_home.rglob("vault.json"))
    assert "ml-connector credentials set sage300 password" in ended.stdout + ended.stderr
