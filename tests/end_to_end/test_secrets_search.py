"""Goal: whatever becomes of the job, no secret stands anywhere, and no row's value in a log.

Method: the installed job runs under Meltano with all folders it may write to moved below one, the
passwords in the vault, the vault's key in the environment. Between the target and Anaplan sits a
wiretap, which hears every token and header that is a secret. Afterwards everything that was written
is searched for all of them in many forms; while it ran, the process list was looked at. Values of
rows that no text of a program holds are seeded, and searched for in what was logged.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from ml_connector.secrets import Key, open_vault

from tests.end_to_end.test_meltano import ROOT, variables
from tests.support.processes import ProcessWatch
from tests.support.sandbox import Sandbox, command
from tests.support.searching import find_anywhere, read_files
from tests.support.wiretap import Wiretap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.usefixtures("meltano_project"),
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes under /proc"),
]

VENDORS, ORDERS = "records/AP/APVendors", "records/PO/POPurchaseOrders"
NAME, DESCRIPTION, COST = "Zebrafink Umbrellas KG", "Quagga-hide valve", "917263.41"
WRONG = "Wr0ng-And-Recognisable"


@dataclass
class Job:
    """One company, one model, and the job between them with a folder for all it may write."""

    sandbox: Sandbox
    wiretap: Wiretap
    folder: Path
    key: Key
    began: float
    printed: bytes = b""
    watches: list[ProcessWatch] = field(default_factory=list)

    def store(self, name: str, password: str) -> None:
        """Put a password into the vault."""
        with open_vault().writing() as draft:
            draft.put(name, {"password": password})

    def environment(self, level: str) -> dict[str, str]:
        """What the job is started with; the only secret in it is the vault's key."""
        sage, anaplan = (self.sandbox.info[system]["password"] for system in ("sage300", "anaplan"))
        found = {
            name: value
            for name, value in variables(self.sandbox, self.folder).items()
            if value not in {sage, anaplan} and not name.endswith("_PASSWORD")
        }
        for name in ("API", "AUTH", "OAUTH"):
            found[f"TARGET_ANAPLAN_{name}_URL"] = self.wiretap.address
        for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
            path = self.folder / name.lower()
            path.mkdir(exist_ok=True)
            found[name] = str(path)
        return found | {"MELTANO_CLI_LOG_LEVEL": level, "LOGLEVEL": level}

    def start(self, level: str = "info") -> subprocess.Popen[bytes]:
        """Start the job."""
        return subprocess.Popen(
            [command("meltano"), "run", "--force", "sage300-to-anaplan"],
            cwd=ROOT,
            env=self.environment(level),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, level: str = "info") -> str:
        """Run the job to its end; return what it logged."""
        with self.start(level) as process, ProcessWatch(process.pid) as watch:
            printed, _ = process.communicate(timeout=900)
        self.watches.append(watch)
        self.printed += printed
        return printed.decode()

    def run_plugins(self) -> str:
        """Run tap and target as a shell would, without Meltano; return what both logged."""
        lines = []
        for plugin, system in (("tap-sage300", "sage300"), ("target-anaplan", "anaplan")):
            settings = self.sandbox.info[system] | {"password": f"vault:{system}/password"}
            if system == "anaplan":
                settings |= dict.fromkeys(("api_url", "auth_url"), self.wiretap.address)
            file = self.folder / f"{plugin}.json"
            file.write_text(json.dumps(settings))
            lines.append(f"{command(plugin)} --config {file}")
        with (
            subprocess.Popen(
                ["bash", "-c", " | ".join(lines)],
                env=self.environment("info"),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            ) as process,
            ProcessWatch(process.pid) as watch,
        ):
            printed, _ = process.communicate(timeout=300)
        self.watches.append(watch)
        self.printed += printed
        return printed.decode()

    def run_and_kill(self, control: Callable[..., object], **fault: object) -> str:
        """Run the job until a request is held, then kill all its processes at once (-9)."""
        control("POST", "faults", {"kind": "hang", "times": 1, **fault})
        with self.start() as process, ProcessWatch(process.pid) as watch:
            self.sandbox.wait_for_held_request(control)
            for pid in sorted(watch.pids):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            printed, _ = process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL
        control("DELETE", "faults")
        self.watches.append(watch)
        self.printed += printed
        return printed.decode()

    def secrets(self) -> dict[str, str]:
        """Everything nobody may find."""
        sage = self.sandbox.info["sage300"]
        return self.wiretap.secrets() | {
            "Sage password": sage["password"],
            "Sage header": f"{sage['username']}:{sage['password']}",
            "Anaplan password": self.sandbox.info["anaplan"]["password"],
            "wrong password": WRONG,
            "vault key": self.key.text,
        }

    def places(self) -> dict[str, bytes]:
        """Everything that was written: files, logs, and what the process list showed."""
        written = {path for watch in self.watches for path in watch.written}
        roots = [self.folder, ROOT / ".meltano", ROOT / ".env", *written]
        found = {"printed": self.printed, **read_files(roots, since=self.began)}
        found |= {str(path): path.read_bytes() for path in written if path.is_file()}
        given = f"ML_CONNECTOR_KEY={self.key.text}".encode()
        for number, watch in enumerate(self.watches):
            found[f"command lines {number}"] = b"\n".join(watch.command_lines)
            found[f"environments {number}"] = b"\n".join(watch.environments).replace(given, b"")
        return found

    def check_nothing_found(self) -> None:
        """No secret anywhere; the places are those where one would be."""
        places = self.places()
        names = " ".join(places)
        for expected in ("vault.json", "printed", "environments"):
            assert expected in names, expected
        assert all(watch.seen("tap-sage300") for watch in self.watches)
        assert find_anywhere(places, self.secrets()) == []

    def row_values(self) -> dict[str, str]:
        """Values that stand in rows and in no text of any program."""
        vendors = self.sandbox.sage("GET", VENDORS)
        return {
            "vendor name": NAME,
            "description": DESCRIPTION,
            "amount": COST,
            # One is called Null, to try out those who read it; such names stand everywhere.
            **{
                f"name of {one['VendorNumber']}": one["VendorName"]
                for one in vendors
                if len(one["VendorName"]) > 12
            },
        }


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


def seed_values(sandbox: Sandbox) -> None:
    """Put values into the company that can be told from every other text."""
    vendor = sandbox.sage("GET", VENDORS)[0]["VendorNumber"]
    sandbox.sage("PATCH", f"{VENDORS}/{vendor}", {"VendorName": NAME})
    order = next(one for one in sandbox.sage("GET", ORDERS) if not one["Completed"])
    line = {
        "LineNumber": order["PurchaseOrderLines"][0]["LineNumber"],
        "ItemDescription": DESCRIPTION,
        "UnitCost": COST,
    }
    change = {"PurchaseOrderLines": [line]}
    sandbox.sage("PATCH", f"{ORDERS}/{order['PurchaseOrderSequenceKey']}", change)


def test_success_leaves_neither_secrets_nor_values_in_logs(job: Job) -> None:
    log = job.run()

    assert "load.finished" in log, log
    assert len(job.wiretap.secrets()) >= 2, "a password and a token went over the wire"
    assert job.watches[0].seen("target-anaplan")
    job.check_nothing_found()
    assert find_anywhere({"log": log.encode()}, job.row_values()) == []
    ledger = {name: raw for name, raw in job.places().items() if "ledger.sqlite3" in name}
    assert find_anywhere(ledger, {"seeded": NAME}), "the search does not see what is there"
    elsewhere = {name: raw for name, raw in job.places().items() if name not in ledger}
    assert find_anywhere(elsewhere, job.row_values()) == []


def test_success_with_the_most_talkative_logs_tells_no_secret(job: Job) -> None:
    log = job.run("debug")

    assert "load.finished" in log, log
    assert "[debug" in log
    job.check_nothing_found()


def test_failures_tell_no_secret_and_no_value(job: Job) -> None:
    logs = [job.run_plugins()]
    assert "load.finished" in logs[0], logs[0]
    for reached, cause in FAILURES.items():
        cause(job)
        logs.append(job.run_plugins())
        assert reached in logs[-1], logs[-1]
        put_right(job)

    job.check_nothing_found()
    assert find_anywhere({"logs": "".join(logs).encode()}, job.row_values()) == []


def test_a_failure_under_meltano_tells_no_secret_and_no_value(job: Job) -> None:
    job.store("sage300", WRONG)

    log = job.run()

    assert "(401, Unauthorized)" in log, log
    job.check_nothing_found()
    assert find_anywhere({"log": log.encode()}, job.row_values()) == []


def wrong_password_of(system: str) -> Callable[[Job], None]:
    """Store a wrong password."""
    return lambda job: job.store(system, WRONG)


def damage(_: Job) -> None:
    """Damage the vault."""
    raw = open_vault().path.read_bytes()
    open_vault().path.write_bytes(raw.replace(b'"sealed":"', b'"sealed":"AAAA', 1))


def cut_page(job: Job) -> None:
    """Let a page of vendors end in the middle of a row, as if it were whole."""
    fault = {"kind": "truncate", "how": "length", "path": "APVendors", "times": 0}
    job.sandbox.sage("POST", "faults", fault)


def missing_group(job: Job) -> None:
    """Let Anaplan refuse a vendor, whose group it does not have."""
    vendor = job.sandbox.sage("GET", VENDORS)[0]["VendorNumber"]
    job.sandbox.sage("PATCH", f"{VENDORS}/{vendor}", {"GroupCode": "NOGRP"})


def echo(job: Job) -> None:
    """Let Anaplan quote the sign-in and the password, as a careless server might."""
    anaplan = job.sandbox.info["anaplan"]
    pair = b64encode(f"{anaplan['username']}:{anaplan['password']}".encode()).decode()
    fault = {"kind": "status", "status": 400, "body": f"Bad: {pair}, {anaplan['password']}"}
    job.sandbox.anaplan("POST", "faults", fault | {"path": "/models/", "times": 0})


FAILURES: dict[str, Callable[[Job], None]] = {
    "is damaged": damage,
    "account 'WEBAPI'": wrong_password_of("sage300"),
    "account 'planner@example.com'": wrong_password_of("anaplan"),
    "APVendors": cut_page,
    "(400": echo,
    "Invalid parent": missing_group,
}


def put_right(job: Job) -> None:
    """Take the causes away again, a missing group apart, which comes last."""
    open_vault().path.unlink()
    for system in ("sage300", "anaplan"):
        job.store(system, job.sandbox.info[system]["password"])
    job.sandbox.sage("DELETE", "faults")
    job.sandbox.anaplan("DELETE", "faults")


@pytest.mark.parametrize(
    ("side", "path"),
    [("sage", "POPurchaseOrders"), ("anaplan", "token/authenticate"), ("anaplan", "tasks")],
)
def test_a_killed_job_leaves_neither_secrets_nor_values_in_logs(
    side: str, path: str, job: Job
) -> None:
    log = job.run_and_kill(getattr(job.sandbox, side), path=path)
    after = job.run()

    assert "load.finished" in after, after
    job.check_nothing_found()
    assert find_anywhere({"logs": (log + after).encode()}, job.row_values()) == []
