"""Goal: whatever becomes of the job, no secret stands anywhere, and no row's value in a log.

Method: the installed job runs under Meltano with all folders it may write to moved below one, the
passwords in the vault, the vault's key in the environment. Between the target and Anaplan sits a
wiretap, which hears every token and header that is a secret. Afterwards everything that was written
is searched for all of them in many forms; while it ran, the process list was looked at. Values of
rows that no text of a program holds are seeded, and searched for in what was logged.
"""

from __future__ import annotations

import sys
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest
from ml_connector.secrets import open_vault

from tests.end_to_end.watched_job import MESSAGES, NAME, VENDORS, WRONG
from tests.support.searching import find_anywhere

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.end_to_end.watched_job import Job

pytestmark = [
    pytest.mark.usefixtures("meltano_project"),
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes under /proc"),
]


def test_success_leaves_neither_secrets_nor_values_in_logs(job: Job) -> None:
    log = job.run()

    assert "load.finished" in log, log
    assert len(job.wiretap.secrets()) >= 2, "a password and a token went over the wire"
    assert job.watches[0].seen("target-anaplan")
    job.check_nothing_found("ledger.sqlite3", "meltano.db", "/state/")
    assert find_anywhere({"log": log.encode()}, job.row_values()) == []
    ledger = {name: raw for name, raw in job.places().items() if "ledger.sqlite3" in name}
    assert find_anywhere(ledger, {"seeded": NAME}), "the search does not see what is there"
    elsewhere = {name: raw for name, raw in job.places().items() if name not in ledger}
    assert find_anywhere(elsewhere, job.row_values()) == []


def test_success_with_the_most_talkative_logs_tells_no_secret(job: Job) -> None:
    job.sign_in_by_certificate()

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

    job.check_nothing_found(MESSAGES)
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
    ("side", "path", "by_oauth"),
    [
        ("sage", "POPurchaseOrders", False),
        ("anaplan", "token/authenticate", False),
        ("anaplan", "tasks", True),
    ],
)
def test_a_killed_job_leaves_neither_secrets_nor_values_in_logs(
    side: str, path: str, job: Job, *, by_oauth: bool
) -> None:
    if by_oauth:
        job.sign_in_by_oauth()
    log = job.run_and_kill(getattr(job.sandbox, side), path=path)
    after = job.run()

    assert "load.finished" in after, after
    # The killed run has left the settings that Meltano wrote for its plugins.
    job.check_nothing_found("config.json", "ledger.sqlite3")
    assert find_anywhere({"logs": (log + after).encode()}, job.row_values()) == []
