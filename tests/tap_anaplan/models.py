"""A model of the sandbox and runs of the tap over it, over real HTTP."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tap_anaplan import TapAnaplan

from tests.support.in_process import on_clock, run_command

if TYPE_CHECKING:
    from pathlib import Path

    from ml_connector.clock import Clock

    from tests.support.sandbox import Sandbox

GL = {"export": "GL Adjustments"}


@dataclass
class Run:
    """What a run of the tap wrote."""

    code: int
    messages: list[dict[str, Any]]
    log: str

    @property
    def records(self) -> list[dict[str, Any]]:
        return [one["record"] for one in self.messages if one["type"] == "RECORD"]

    @property
    def states(self) -> list[dict[str, dict[str, Any]]]:
        """The bookmarks of each STATE."""
        return [one["value"]["bookmarks"] for one in self.messages if one["type"] == "STATE"]

    @property
    def marks(self) -> list[bool]:
        found = [each for state in self.states for each in state.values()]
        return [each["complete"] for each in found if "complete" in each]


@dataclass
class Model:
    """A fresh model of the sandbox."""

    sandbox: Sandbox
    folder: Path

    clock: Clock | None = None

    def write_settings(self, **settings: Any) -> str:
        path = self.folder / "tap.json"
        path.write_text(json.dumps({**self.sandbox.info["anaplan"], **settings}), encoding="utf-8")
        return str(path)

    def control(self, method: str, path: str, body: object = None) -> Any:
        return self.sandbox.anaplan(method, path.replace(" ", "%20"), body)

    def run(self, *options: str, **settings: Any) -> Run:
        tap = on_clock(TapAnaplan, self.clock)
        arguments = ["--config", self.write_settings(**settings), *options]
        code, out, log = run_command(tap, arguments)
        return Run(code, read_messages(out) if "--discover" not in options else [], log)

    def discover(self, **settings: Any) -> dict[str, Any]:
        arguments = ["--config", self.write_settings(**settings), "--discover"]
        code, out, log = run_command(TapAnaplan, arguments)
        assert code == 0, log
        return dict(json.loads(out))  # noqa: TID251


def read_messages(out: bytes) -> list[dict[str, Any]]:
    """Return the messages a run wrote, numbers exact."""
    return [json.loads(one, parse_float=Decimal) for one in out.decode().splitlines()]  # noqa: TID251
