"""Plugins as processes: started, fed, signalled, and what they left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


def schema(stream: str = "s", **properties: Any) -> str:
    """A SCHEMA message with the key `id`."""
    described = {"id": {"type": "integer"}, **properties}
    return json.dumps(
        {
            "type": "SCHEMA",
            "stream": stream,
            "schema": {"type": "object", "properties": described},
            "key_properties": ["id"],
        }
    )


def record(number: Any, stream: str = "s", **fields: Any) -> str:
    """A RECORD message."""
    return json.dumps({"type": "RECORD", "stream": stream, "record": {"id": number, **fields}})


def state(number: int) -> str:
    """A STATE message."""
    return json.dumps({"type": "STATE", "value": {"bookmarks": {"s": {"at": number}}}})


@dataclass
class Plugin:
    """A running plugin and the file its settings call `output`."""

    process: subprocess.Popen[str]
    output: Path
    said: str = ""
    log: str = ""

    def feed(self, *lines: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{line}\n" for line in lines))
        self.process.stdin.flush()

    def wait_for(self, suffix: str) -> None:
        """Wait until the plugin has left its sign `<output>.<suffix>`."""
        deadline = time.monotonic() + 60
        while not Path(f"{self.output}.{suffix}").exists():
            assert self.process.poll() is None, self.finish()
            assert time.monotonic() < deadline
            time.sleep(0.02)  # noqa: TID251 - a test waiting for a process

    def wait_for_log(self, words: str) -> None:
        """Read the log until `words` appear."""
        assert self.process.stderr is not None
        while words not in self.log:
            line = self.process.stderr.readline()
            assert line, self.log
            self.log += line

    def signal(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def finish(self) -> int:
        """End the input, wait, and return the exit code."""
        said, log = self.process.communicate(timeout=60)
        self.said += said
        self.log += log
        return self.process.returncode

    @property
    def states(self) -> list[int]:
        """The positions of the STATE messages written."""
        return [json.loads(line)["bookmarks"]["s"]["at"] for line in self.said.splitlines()]  # noqa: TID251 - independent of the product

    @property
    def rows(self) -> list[Any]:
        """The ids of the rows written."""
        if not self.output.exists():
            return []
        lines = self.output.read_text().splitlines()
        return [json.loads(line)["id"] for line in lines]  # noqa: TID251 - independent


@dataclass
class Starter:
    """Starts plugins whose settings and output lie in one folder."""

    folder: Path
    running: list[Plugin] = field(default_factory=list)

    def start(self, *program: str, **settings: Any) -> Plugin:
        output = self.folder / "output"
        config = self.folder / "config.json"
        config.write_text(json.dumps({"output": str(output), **settings}))
        return self.start_with(*program, "--config", str(config))

    def start_with(self, *program: str, env: dict[str, str] | None = None) -> Plugin:
        script, *options = program
        process = subprocess.Popen(
            [sys.executable, HERE / script, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env={**os.environ, **(env or {})},
        )
        plugin = Plugin(process, self.folder / "output")
        self.running.append(plugin)
        return plugin

    def stop_all(self) -> None:
        for plugin in self.running:
            plugin.process.kill()
            plugin.process.wait()
            for pipe in (plugin.process.stdin, plugin.process.stdout, plugin.process.stderr):
                if pipe is not None and not pipe.closed:
                    try:
                        pipe.close()
                    except BrokenPipeError:
                        continue
