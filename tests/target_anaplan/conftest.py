"""The installed target against a sandbox of the Anaplan side, over real HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from ml_connector.wire import decode_json
from target_anaplan.target import TargetAnaplan

from tests.core.anaplan.oauth import SandboxClock
from tests.support.in_process import run_command
from tests.support.sandbox import Sandbox, command
from tests.target_anaplan.singer import Message, encode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


USE_PROCESSES = os.environ.get("TARGET_TESTS_INSTALLED") == "1"
"""Whether every test of this folder starts the installed command as a process of its own."""


@dataclass
class Result:
    """How a run ended."""

    exit_code: int
    states: list[dict[str, Any]]
    log: str

    @property
    def bookmarks(self) -> dict[str, Any]:
        """Of the last STATE written."""
        return dict(self.states[-1]["bookmarks"]) if self.states else {}


@dataclass
class Model:
    """A fresh model of the sandbox, and the target's settings for it."""

    sandbox: Sandbox
    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)

    def command(self, **changes: Any) -> list[str]:
        settings = {**self.sandbox.info["anaplan"], "poll_seconds": 1, **self.settings, **changes}
        path = self.folder / "target.json"
        path.write_text(json.dumps(settings), encoding="utf-8")
        return [command("target-anaplan"), "--config", str(path)]

    def run(self, messages: Sequence[Message | str | bytes], **changes: Any) -> Result:
        """Run the installed target over `messages`; `changes` are settings."""
        line, given = self.command(**changes), encode(messages)
        if not USE_PROCESSES:
            code, printed, log = run_command(TargetAnaplan, line[1:], stdin=given)
            return self._result(code, printed, log.encode())
        done = subprocess.run(line, input=given, capture_output=True, check=False, timeout=300)
        return self._result(done.returncode, done.stdout, done.stderr)

    def load(self, messages: Sequence[Message | str | bytes], **changes: Any) -> Result:
        """Run and insist on exit code 0."""
        result = self.run(messages, **changes)
        assert result.exit_code == 0, result.log
        return result

    def start(self, messages: Sequence[Message], **changes: Any) -> subprocess.Popen[bytes]:
        """Start the installed target and give it its whole input."""
        process = subprocess.Popen(
            self.command(**changes),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdin is not None
        process.stdin.write(encode(messages))
        process.stdin.close()
        process.stdin = None
        return process

    def run_until_held(
        self, messages: Sequence[Message], *, send: signal.Signals, **changes: Any
    ) -> Result | None:
        """Run until an armed `hang` fault holds a call, then send a signal and let the call go.

        `None` when the run made fewer calls and ended by itself.
        """
        process = self.start(messages, **changes)
        held = self.wait_for_hold(process)
        if held:
            process.send_signal(send)
            if send is not signal.SIGKILL:
                _pause(0.2)
                self.control("POST", "faults/release", {})
        out, err = process.communicate(timeout=300)
        self.control("DELETE", "faults")
        return self._result(process.returncode, out, err) if held else None

    def wait_for_hold(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            if any(fault["holding"] for fault in self.control("GET", "faults")):
                return True
            _pause(0.02)
        return False

    @staticmethod
    def _result(exit_code: int, out: bytes, err: bytes) -> Result:
        lines = out.decode().splitlines()
        return Result(exit_code, [decode_json(line) for line in lines], err.decode())

    def control(self, method: str, path: str, body: object = None) -> Any:
        return self.sandbox.anaplan(method, path.replace(" ", "%20"), body)

    def codes(self, name: str) -> set[str]:
        """Codes of a list's items."""
        return {item["code"] for item in self.control("GET", f"lists/{name}")}

    def cells(self, module: str) -> dict[str, dict[str, str]]:
        return dict(self.control("GET", f"cells/{module}"))

    def counters(self) -> dict[str, Any]:
        return dict(self.control("GET", "counters"))

    def uploaded(self, file: str) -> list[str]:
        """Lines of a file as last uploaded."""
        content = self.control("GET", f"files/{file}")["content"]
        return [] if content is None else str(content).splitlines()

    def amounts(self) -> dict[str, Decimal]:
        """Functional Amount per order line."""
        return {
            code: Decimal(cells["Functional Amount"] or 0)
            for code, cells in self.cells("DAT PO Lines").items()
        }

    def fault(self, kind: str, path: str, **fields: Any) -> None:
        self.control("POST", "faults", {"kind": kind, "path": path, **fields})

    def switch(self, **positions: Any) -> None:
        self.control("POST", "switches", positions)


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[Sandbox]:
    """One sandbox process for all tests of this folder."""
    sandbox = Sandbox.start("--orders", "1")
    yield sandbox
    sandbox.stop()


@pytest.fixture
def model(shared_sandbox: Sandbox, tmp_path: Path, connector_home: Path) -> Model:
    """A fresh model, built as far as order lines, and a fresh ledger in `connector_home`."""
    shared_sandbox.anaplan("POST", "reset")
    shared_sandbox.anaplan("POST", "switches", {"process_imports": "orders"})
    assert os.environ["ML_CONNECTOR_HOME"] == str(connector_home)
    return Model(shared_sandbox, tmp_path)


@pytest.fixture
def clocked(model: Model, monkeypatch: pytest.MonkeyPatch) -> Iterator[Model]:
    """A fresh model of three loads, and a target whose waiting moves the sandbox's clock."""
    monkeypatch.setattr(TargetAnaplan, "clock", SandboxClock(model.sandbox))
    model.switch(process_imports="orders")
    yield model
    model.control("POST", "clock", {"reset": True})


def _pause(seconds: float) -> None:
    threading.Event().wait(seconds)
