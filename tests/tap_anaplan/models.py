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
    def marks(self) -> list[bool]:
        states = [one["value"]["bookmarks"] for one in self.messages if one["type"] == "STATE"]
        return [each["complete"] for state in states for each in state.values()]


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
        lines = out.decode().splitlines() if "--discover" not in options else []
        return Run(code, [json.loads(one, parse_float=Decimal) for one in lines], log)  # noqa: TID251
