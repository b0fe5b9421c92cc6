"""The `ml-connector` command on a real ledger, in both of its forms."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from ml_connector.ledger import (
    RowProblem,
    ScopeKey,
    StagedRow,
    TaskOutcome,
    open_ledger,
    row_digest,
)

from tests.support.sandbox import command

if TYPE_CHECKING:
    from pathlib import Path

WORKSPACE, MODEL = "8a81b09d", "DE2F1A"


def ml_connector(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command."""
    return subprocess.run(
        [command("ml-connector"), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture
def ledger_file(connector_home: Path) -> Path:
    """A ledger in which Anaplan has accepted V1 and refused V2."""
    path = connector_home / f"anaplan-{WORKSPACE}-{MODEL}" / "ledger.sqlite3"
    path.parent.mkdir(parents=True)
    with open_ledger(path) as ledger:
        run = ledger.start_run(plugin="target-anaplan", version="0.1.0", subject=MODEL)
        key = ScopeKey(workspace=WORKSPACE, model=MODEL, load="vendors", mapping_digest="m")
        scope = ledger.open_scope(key, columns=("VendorNumber", "GroupCode"))
        load = scope.begin_load(run)
        contents = [("V1", "GOOD"), ("V2", "NOGRP")]
        load.stage(
            [
                StagedRow(
                    row_key=content[0],
                    content=content,
                    digest=row_digest(content),
                    amount=Decimal(0),
                )
                for content in contents
            ]
        )
        task = ledger.record_task_intent(
            [load], kind="imports", object_id="112", object_name="Vendors", known_task_ids=[]
        )
        task.record_started("T1")
        problem = RowProblem(row_key="V2", source="Vendors", status="W", reason="Invalid parent")
        load.record_problems([problem])
        load.settle()
        task.record_judged(TaskOutcome.GOOD, details="")
        run.finish("rejects kept", exit_code=3)
    return path


@pytest.mark.usefixtures("ledger_file")
def test_rejects_are_listed_with_their_reasons() -> None:
    ended = ml_connector("rejects", "list", "--json")

    [row] = [json.loads(line) for line in ended.stdout.splitlines()]  # noqa: TID251
    assert (row["load"], row["key"]) == ("vendors", "V2")
    assert row["reasons"] == "Vendors: Invalid parent"


@pytest.mark.usefixtures("ledger_file")
def test_a_reject_is_shown_column_by_column() -> None:
    ended = ml_connector("rejects", "show", "vendors", "V2")

    assert "GroupCode" in ended.stdout
    assert "NOGRP" in ended.stdout
    assert "load the stream that brings it" in ended.stdout


@pytest.mark.usefixtures("ledger_file")
def test_a_dismissed_reject_is_gone() -> None:
    first = ml_connector("rejects", "dismiss", "vendors", "V2")
    second = ml_connector("rejects", "dismiss", "vendors", "V2")

    assert first.returncode == 0
    assert second.returncode == 2
    assert "rejects list" in second.stderr
    assert "Traceback" not in second.stderr
    assert "No row is waiting" in ml_connector("rejects", "list").stdout


@pytest.mark.usefixtures("ledger_file")
def test_runs_are_listed_with_outcome_and_exit_code() -> None:
    ended = ml_connector("audit", "runs", "--json")

    row: dict[str, Any] = json.loads(ended.stdout)  # noqa: TID251
    assert (row["outcome"], row["exit code"]) == ("rejects kept", 3)


def test_a_changed_row_breaks_the_chain(ledger_file: Path) -> None:
    assert ml_connector("audit", "verify").returncode == 0
    with sqlite3.connect(ledger_file) as database:
        database.execute("UPDATE loaded_rows SET content = replace(content, 'GOOD', 'BAD')")
    database.close()

    ended = ml_connector("audit", "verify")

    assert ended.returncode == 1
    assert "was changed after it was written" in ended.stdout


@pytest.mark.usefixtures("ledger_file")
def test_a_run_nobody_made_is_said_to_be_none() -> None:
    ended = ml_connector("audit", "calls", "99")

    assert ended.returncode == 2
    assert "no ledger has a run 99" in ended.stderr
    assert ml_connector("audit", "calls", "1").returncode == 0


def test_a_run_number_of_several_ledgers_names_each_with_its_plugin(
    ledger_file: Path, connector_home: Path
) -> None:
    other = connector_home / "sage300-x" / "ledger.sqlite3"
    other.parent.mkdir()
    with open_ledger(other) as ledger:
        ledger.start_run(plugin="tap-sage300", version="0.1.0", subject="SAMLTD")

    ended = ml_connector("audit", "calls", "1")

    assert ended.returncode == 2
    assert "2 ledgers have a run 1" in ended.stderr
    assert "tap-sage300 over SAMLTD" in ended.stderr
    assert f"--ledger {other}" in ended.stderr.replace("\n", "")
    assert f"target-anaplan over {MODEL}" in ended.stderr
    named = ml_connector("audit", "calls", "1", "--ledger", str(ledger_file))
    assert named.returncode == 0


def test_without_a_ledger_the_command_says_what_to_do() -> None:
    ended = ml_connector("rejects", "list")

    assert ended.returncode == 2
    assert "Run a plugin first" in ended.stderr


def test_looking_for_a_ledger_that_is_not_there_makes_none(tmp_path: Path) -> None:
    path = tmp_path / "typo" / "ledger.sqlite3"

    for place in (str(path), f"sqlite:///{path}"):
        ended = ml_connector("audit", "runs", "--ledger", place)

        assert ended.returncode == 2
        assert f"there is no file {path}" in ended.stderr
    assert not path.parent.exists()


@pytest.mark.parametrize("command_words", [("rejects", "show"), ("rejects", "dismiss")])
@pytest.mark.usefixtures("ledger_file")
def test_a_row_that_waits_for_nothing_is_said_to_be_none(command_words: tuple[str, ...]) -> None:
    ended = ml_connector(*command_words, "vendors", "V9")

    assert ended.returncode == 2
    assert "no reject of load 'vendors' with the key 'V9' is kept" in ended.stderr


def test_the_ledger_is_named_by_reference_and_its_password_never_shown(
    ledger_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_LEDGER", str(ledger_file))
    monkeypatch.setenv("ML_CONNECTOR_LEDGER", "postgresql://u:geheim@127.0.0.1:9/x")

    assert ml_connector("audit", "runs", "--ledger", "env:THE_LEDGER").returncode == 0
    ended = ml_connector("audit", "runs")

    assert ended.returncode == 1
    assert "127.0.0.1:9/x cannot be used" in ended.stderr
    assert "geheim" not in ended.stderr


@pytest.mark.usefixtures("ledger_file")
def test_a_head_is_of_one_ledger(connector_home: Path) -> None:
    other = connector_home / "sage300-x" / "ledger.sqlite3"
    other.parent.mkdir()
    open_ledger(other).close()

    ended = ml_connector("audit", "verify", "--head", "abc")

    assert ended.returncode == 2
    assert "name it with --ledger" in ended.stderr


def test_a_run_without_an_end_says_so(ledger_file: Path) -> None:
    with open_ledger(ledger_file) as ledger:
        ledger.start_run(plugin="tap-sage300", version="0.1.0", subject="SAMLTD")

    ended = ml_connector("audit", "runs", "--json", "--limit", "1")

    assert json.loads(ended.stdout)["outcome"] == "not ended"  # noqa: TID251
    assert ml_connector("audit", "runs", "--limit", "0").returncode == 2


@pytest.mark.parametrize("group", [(), ("audit",), ("credentials",), ("rejects",)])
def test_no_line_of_the_help_is_cut(group: tuple[str, ...]) -> None:
    assert "..." not in ml_connector(*group, "--help").stdout.replace("[ARGS]...", "")
