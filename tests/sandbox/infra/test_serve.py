"""`ml-sandbox serve` as a process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.sandbox import Sandbox, command

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_serve_says_where_both_servers_are(start_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = start_sandbox("--orders", "3")

    assert sandbox.info["sage300"].keys() == {"base_url", "company", "username", "password"}
    assert sandbox.info["sage300"]["company"] == "SAMLTD"
    assert sandbox.info["sage300"]["base_url"].endswith("/Sage300WebApi/v1.0/-")
    assert sandbox.sage("GET", "counters")["requests"] == {}


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_ends_well_when_interrupted(
    start_sandbox: Callable[..., Sandbox], number: signal.Signals
) -> None:
    sandbox = start_sandbox("--orders", "3")

    sandbox.process.send_signal(number)

    assert sandbox.process.wait(20) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_serve_ends_although_a_fault_holds_a_request(
    start_sandbox: Callable[..., Sandbox],
) -> None:
    sandbox = start_sandbox("--orders", "3")
    sandbox.sage("POST", "faults", {"kind": "hang"})
    held = subprocess.Popen(
        [sys.executable, "-c", f"import urllib.request as u; u.urlopen('{sandbox.sage_root}/x')"],
        stderr=subprocess.DEVNULL,
    )
    while not any(fault["holding"] for fault in sandbox.sage("GET", "faults")):
        pass

    sandbox.process.send_signal(signal.SIGTERM)

    assert sandbox.process.wait(20) == 0
    held.wait(20)


def test_port_file_holds_the_ready_line(
    start_sandbox: Callable[..., Sandbox], tmp_path: Path
) -> None:
    path = tmp_path / "ready.json"

    sandbox = start_sandbox("--orders", "3", "--port-file", str(path))

    assert json.loads(path.read_text()) == sandbox.info  # noqa: TID251  # not product code


def test_broken_data_is_named_by_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "AP.APVendors.jsonl").write_text('{"VendorNumber": "1"}\n{"Vendor\n')

    done = subprocess.run(
        [command("ml-sandbox"), "serve", "--data", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert "AP.APVendors.jsonl, line 2" in done.stderr
    assert "Traceback" not in done.stderr
