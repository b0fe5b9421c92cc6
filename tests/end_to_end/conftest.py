"""The job under watch, shared by the searches for secrets."""

from __future__ import annotations

import shutil
import subprocess
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from ml_connector.secrets import Key

from tests.end_to_end.watched_job import Job, seed_values
from tests.support.sandbox import command
from tests.support.wiretap import Wiretap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.sandbox import Sandbox


@pytest.fixture
def plugins(meltano_project: Path) -> None:
    """The plugins are installed by `make setup`, which every documented command runs first."""
    names = (
        *("extractors/tap-sage300", "loaders/target-anaplan"),
        *("extractors/tap-anaplan", "loaders/target-sage300"),
    )
    if not all((meltano_project / ".meltano" / name).is_dir() for name in names):
        ended = subprocess.run([command("meltano"), "install"], cwd=meltano_project, check=False)
        assert ended.returncode == 0
    assert shutil.which(command("meltano"))


@pytest.fixture
def job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start_sandbox: Callable[..., Sandbox]
) -> Iterator[Job]:
    """A job that has run never, with recognisable values in its company."""
    key = Key.make()
    monkeypatch.setenv("ML_CONNECTOR_KEY", key.text)
    sandbox = start_sandbox("--orders", "150")
    seed_values(sandbox)
    port = urlsplit(sandbox.anaplan_root).port
    assert port is not None
    with Wiretap(port) as wiretap:
        # A file system may round the moment of writing down.
        job = Job(sandbox, wiretap, tmp_path, key, time.time() - 2)
        for system in ("sage300", "anaplan"):
            job.store(system, sandbox.info[system]["password"])
        yield job
