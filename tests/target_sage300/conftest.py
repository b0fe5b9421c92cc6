"""The target against a sandbox of the Sage 300 side, over real HTTP."""

from __future__ import annotations

import base64
import json
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from ml_connector.clock import Clock, SystemClock
from ml_connector.ledger import open_ledger
from ml_connector.places import ledger_path
from target_sage300 import TargetSage300
from target_sage300._settings import parse_settings
from typing_extensions import override

from tests.support.in_process import run_command
from tests.support.sandbox import Sandbox, call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pendulum
    from ml_connector.ledger import EntryState, RecordedEntry


class SkippingClock(Clock):
    """The computer's clock, moved on by whatever is slept: waiting costs nothing."""

    def __init__(self) -> None:
        self._system = SystemClock()
        self._skipped_s = 0.0

    @override
    def now(self) -> pendulum.DateTime:
        return self._system.now().add(seconds=self._skipped_s)

    @override
    def monotonic(self) -> float:
        return self._system.monotonic() + self._skipped_s

    @override
    def sleep(self, seconds: float) -> None:
        self._skipped_s += max(0.0, seconds)


class QuickTarget(TargetSage300):
    """The target, with a clock that does not wait."""

    clock: ClassVar[Clock] = SkippingClock()


@dataclass
class Result:
    """How a run ended."""

    exit_code: int
    states: list[dict[str, Any]]
    log: str


@dataclass
class Books:
    """A fresh company of the sandbox, and the target's settings for it."""

    sandbox: Sandbox
    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)
    last_batch: str = ""

    def __post_init__(self) -> None:
        newest = self.get("GL/GLJournalBatches?$orderby=BatchNumber%20desc&$top=1")
        self.last_batch = newest["value"][0]["BatchNumber"]

    def arguments(self, **changes: Any) -> list[str]:
        settings = {**self.sandbox.info["sage300"], **self.settings, **changes}
        path = self.folder / "target.json"
        path.write_text(json.dumps(settings), encoding="utf-8")
        return ["--config", str(path)]

    def run(self, messages: bytes, **changes: Any) -> Result:
        """Run the target over `messages`; `changes` are settings."""
        code, printed, log = run_command(QuickTarget, self.arguments(**changes), stdin=messages)
        return Result(code, [json.loads(line) for line in printed.splitlines()], log)  # noqa: TID251

    def post(self, messages: bytes, **changes: Any) -> Result:
        """Run and insist on exit code 0."""
        result = self.run(messages, **changes)
        assert result.exit_code == 0, result.log
        return result

    def control(self, method: str, path: str, body: object = None) -> Any:
        return self.sandbox.sage(method, path, body)

    def switch(self, **positions: Any) -> None:
        self.control("POST", "switches", positions)

    def fault(self, kind: str, path: str, **fields: Any) -> None:
        self.control("POST", "faults", {"kind": kind, "path": path, **fields})

    def get(self, path: str) -> Any:
        """Read over the Web API, with the sandbox's own user."""
        return self.send("GET", path)

    def send(self, method: str, path: str, body: object = None) -> Any:
        """Call the Web API, with the sandbox's own user."""
        info = self.sandbox.info["sage300"]
        url = f"{info['base_url']}/{info['company']}/{path}"
        return call(method, url, body, headers={"Authorization": _basic(info)})

    def batches(self) -> list[dict[str, Any]]:
        """Journal batches that hold lines of planning, as Sage shows them."""
        return [
            batch
            for batch in self.new_batches()
            if any(planned(entry) for entry in entries_of(batch))
        ]

    def new_batches(self) -> list[dict[str, Any]]:
        """Journal batches that were not there in the fresh company."""
        found, last = [], self.last_batch
        query = "GL/GLJournalBatches?$orderby=BatchNumber&$filter=BatchNumber%20gt%20"
        while page := self.get(f"{query}'{last}'")["value"]:
            found += page
            last = page[-1]["BatchNumber"]
        return found

    def standing(self) -> Counter[str]:
        """How often each reference stands in batches that are neither deleted nor refused."""
        return Counter(
            line["Reference"]
            for batch in self.batches()
            if batch["Status"] != "Deleted" and batch["JournalBatchType"] != "Generated"
            for entry in entries_of(batch)
            if planned(entry) and not entry["ErrorBatch"]
            for line in entry["JournalDetails"]
        )

    def assert_stands_once(self, *references: str) -> None:
        """Each reference stands exactly once, nothing else does, and each entry balances."""
        assert self.standing() == Counter(references)
        for batch in self.batches():
            for entry in entries_of(batch):
                assert sum((line["Amount"] for line in entry["JournalDetails"]), Decimal(0)) == 0

    def find_in(self, *states: EntryState, kind: str = "gl_journal") -> list[RecordedEntry]:
        """Entries in these states, by the ledger."""
        settings = parse_settings(self.sandbox.info["sage300"], known=self.sandbox.info["sage300"])
        with open_ledger(settings.ledger_place) as ledger:
            postings = ledger.postings(subject=settings.connection.subject)
            return postings.find_in(states, kind=kind)

    @property
    def ledger_place(self) -> Path:
        """The company's ledger."""
        return ledger_path("sage300-127.0.0.1-SAMLTD")

    @property
    def ledger_folder(self) -> Path:
        """Where the company's ledger is."""
        return self.ledger_place.parent

    def ledger_files(self) -> list[Path]:
        """The files of the company's ledger, its log of writes included."""
        return [path for path in self.ledger_folder.iterdir() if path.is_file()]

    def period_of(self, day: str) -> str:
        """The fiscal period of a day, as the switch `locked_periods` names it."""
        for year in self.get("CS/CSFiscalCalendars")["value"]:
            for number in range(1, 14):
                first = year[f"FiscalPeriod{number}StartDate"] or "9999"
                last = year[f"FiscalPeriod{number}EndDate"] or "0000"
                if first[:10] <= day <= last[:10]:
                    return f"{year['FiscalYear']}-{number:02}"
        raise LookupError(day)


def entries_of(batch: dict[str, Any]) -> list[dict[str, Any]]:
    return list(batch["JournalHeaders"])


def planned(entry: dict[str, Any]) -> bool:
    return bool(entry["SourceType"] == "PL")


def _basic(info: dict[str, str]) -> str:
    return "Basic " + base64.b64encode(f"{info['username']}:{info['password']}".encode()).decode()


def open_books(sandbox: Sandbox, folder: Path) -> Books:
    """Have the sandbox make its company anew: that of one day, for each day has another one."""
    sandbox.sage("POST", "clock", {"set": "2026-11-26T12:00:00Z"})
    sandbox.sage("POST", "reset")
    return Books(sandbox, folder)


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[Sandbox]:
    """One sandbox process for all tests of this folder."""
    sandbox = Sandbox.start("--orders", "1")
    yield sandbox
    sandbox.stop()


@pytest.fixture
def books(shared_sandbox: Sandbox, tmp_path: Path, connector_home: Path) -> Books:
    """A fresh company, and a fresh ledger in `connector_home`."""
    del connector_home
    return open_books(shared_sandbox, tmp_path)


@pytest.fixture
def renew_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], None]:
    """Give the next run a home of its own."""

    def change() -> None:
        monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path_factory.mktemp("home")))

    return change
