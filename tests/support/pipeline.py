"""Runs `tap-sage300 | target-anaplan` as a shell would, and reads both sides by other means.

Nothing here shares code with the product: what it finds in the sandbox is found over HTTP.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from subprocess import DEVNULL, PIPE, Popen
from typing import IO, TYPE_CHECKING, Any

from tap_sage300.tap import TapSage300
from target_anaplan.target import TargetAnaplan
from typing_extensions import override

from tests.support.catalogs import ORDER_STREAMS, write_catalog
from tests.support.in_process import on_clock, run_command
from tests.support.sandbox import Sandbox, call, command
from tests.support.shared_time import SharedTime

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from ml_connector.clock import Clock

Stream = int | IO[str]
"""What `Popen` takes for one of a process's streams."""


@dataclass
class Run:
    """How one run ended: both exit codes, both logs, and the last STATE of the target."""

    tap_exit: int
    target_exit: int
    tap_log: str
    target_log: str
    state: dict[str, Any] | None


@dataclass
class Pipeline:
    """One company linked to one model, with the state the runs leave."""

    sandbox: Sandbox
    folder: Path
    tap_settings: dict[str, Any] = field(default_factory=dict)
    target_settings: dict[str, Any] = field(default_factory=dict)
    streams: Collection[str] | None = ORDER_STREAMS
    """What is read, and as far as the model has been built; `None` for the tap's own choice."""
    state: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        """Fill in the connection settings the sandbox printed."""
        if self.streams == ORDER_STREAMS:
            self.sandbox.anaplan("POST", "switches", {"process_imports": "orders"})
        sage, anaplan = self.sandbox.info["sage300"], self.sandbox.info["anaplan"]
        self.tap_settings = {**sage, "start_date": "2000-01-01", **self.tap_settings}
        self.target_settings = {**anaplan, **self.target_settings}

    def write(self, name: str, value: object) -> str:
        """Write a settings file of this pipeline and return its path."""
        path = self.folder / name
        path.write_text(json.dumps(value, default=str), encoding="utf-8")
        return str(path)

    def tap_command(self, *options: str) -> list[str]:
        """The tap's command line, with the state of the run before."""
        line = [command("tap-sage300"), "--config", self.write("tap.json", self.tap_settings)]
        if self.state is not None:
            line += ["--state", self.write("state.json", self.state)]
        if self.streams is not None:
            catalog = write_catalog(self.sandbox.info["sage300"], self.streams, self.folder)
            line += ["--catalog", str(catalog)]
        return [*line, *options]

    def target_command(self) -> list[str]:
        """The target's command line."""
        settings = self.write("target.json", self.target_settings)
        return [command("target-anaplan"), "--config", settings]

    def start(
        self, *, tap_log: Stream = DEVNULL, target_log: Stream = DEVNULL, printed: Stream = PIPE
    ) -> tuple[Popen[bytes], Popen[bytes]]:
        """Start tap and target, joined by a pipe that nobody else holds."""
        tap = Popen(self.tap_command(), stdout=PIPE, stderr=tap_log)
        target = Popen(self.target_command(), stdin=tap.stdout, stdout=printed, stderr=target_log)
        assert tap.stdout is not None
        tap.stdout.close()
        return tap, target

    def run(self) -> Run:
        """Run tap and target once, joined by a pipe, and keep the state."""
        with (
            (self.folder / "tap.log").open("w+", encoding="utf-8") as tap_log,
            (self.folder / "target.log").open("w+", encoding="utf-8") as target_log,
        ):
            tap, target = self.start(tap_log=tap_log, target_log=target_log)
            printed, _ = target.communicate(timeout=1800)
            tap_exit = tap.wait(60)
            tap_log.seek(0)
            target_log.seek(0)
            return self.keep(
                Run(tap_exit, target.returncode, tap_log.read(), target_log.read(), last(printed))
            )

    def run_in_process(self, *, clock: Clock | None = None) -> Run:
        """Run tap and target one after the other, without processes, and keep the state.

        The tap's output is given to the target when the tap has ended, whole or cut short. `clock`
        is what both go by; the computer's own by default.
        """
        tap, target = on_clock(TapSage300, clock), on_clock(TargetAnaplan, clock)
        tap_exit, messages, tap_log = run_command(tap, self.tap_command()[1:])
        target_exit, printed, target_log = run_command(
            target, self.target_command()[1:], stdin=messages
        )
        return self.keep(Run(tap_exit, target_exit, tap_log, target_log, last(printed)))

    def run_well(self) -> Run:
        """Run once and insist that both ended with 0."""
        run = self.run()
        assert (run.tap_exit, run.target_exit) == (0, 0), run.tap_log + run.target_log
        return run

    def keep(self, run: Run) -> Run:
        """Carry the state of a run into the next one, as a runner does."""
        if run.state is not None:
            self.state = run.state
        return run


class SharedTimePipeline(Pipeline):
    """The same without processes, and without sitting through what client and sandbox wait for."""

    @cached_property
    def clock(self) -> SharedTime:
        """The pipeline's clock; a later run does not go back in time."""
        return SharedTime(self.sandbox)

    @override
    def run(self) -> Run:
        return self.run_in_process(clock=self.clock)


def last(printed: bytes) -> dict[str, Any] | None:
    """Return the last STATE on a target's standard output."""
    lines = printed.decode().splitlines()
    return json.loads(lines[-1]) if lines else None  # noqa: TID251  (not product code)


class AnaplanReader:
    """Reads the model through Anaplan's own API, as a planner's other tools would."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Log in."""
        self.info = sandbox.info["anaplan"]
        pair = b64encode(f"{self.info['username']}:{self.info['password']}".encode()).decode()
        answer = call(
            "POST",
            f"{self.info['auth_url']}/token/authenticate",
            headers={"Authorization": f"Basic {pair}"},
        )
        self.token = answer["tokenInfo"]["tokenValue"]
        self.model = f"{self.info['api_url']}/2/0/models/{self.info['model_id']}"

    def get(self, path: str) -> Any:
        """GET below the model."""
        return call(
            "GET",
            f"{self.model}/{path}",
            headers={
                "Authorization": f"AnaplanAuthToken {self.token}",
                "Accept": "application/json",
            },
        )

    def module(self, name: str) -> str:
        """Return a module's id, which is its default view's id as well."""
        found = self.get("modules?limit=5000")["modules"]
        return next(module["id"] for module in found if module["name"] == name)

    def cells(self, module: str) -> dict[str, dict[str, str]]:
        """Read a module by one list: item to line item to cell text."""
        view = self.get(f"views/{self.module(module)}/data?format=v1")
        names = [coordinates[-1] for coordinates in view["columnCoordinates"]]
        return {
            row["rowCoordinates"][0]: dict(zip(names, row["cells"], strict=True))
            for row in view.get("rows", [])
        }


def by_vendor_month(
    lines: dict[str, dict[str, str]], *, date: str, amount: str
) -> dict[str, Decimal]:
    """Add up `amount` of DAT PO Lines by vendor and month of `date`; zero sums are left out."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for cells in lines.values():
        if cells[amount]:
            sums[f"{cells['Vendor']}|{cells[date][:7]}"] += Decimal(cells[amount])
    return {key: value for key, value in sums.items() if value}
