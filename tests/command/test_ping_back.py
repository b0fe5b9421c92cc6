"""`ml-connector ping` looks at the way back: what the tap brings, and what may be posted.

Method: an administrator takes rights away, a builder changes the model, settings are wrong; the
command is asked over real HTTP. Afterwards both systems are as they were.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from ml_connector_command.cli import main

from tests.target_sage300 import payables

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.sandbox import Sandbox

BACK = ("tap-anaplan", "target-sage300", "target-posting-results")
RESULTS = "Load Posting Results"
POSTINGS = [{"stream": "gl_adjustments", "kind": "gl_journal"}, *payables.POSTINGS]
POSTED = {"post": "posted", "allow_auto_post": True}
Row = dict[str, str]


@dataclass
class Back:
    """Both systems, and the settings of the way back."""

    sandbox: Sandbox
    folder: Path

    def ping(self, *options: str, tap: Any = (), target: Any = ()) -> tuple[int, list[Row]]:
        """Run the command in this process; `tap` and `target` change settings."""
        settings = {
            "tap-anaplan": {**self.sandbox.info["anaplan"], **dict(tap)},
            "target-sage300": {
                **self.sandbox.info["sage300"],
                "postings": POSTINGS,
                **dict(target),
            },
            "target-posting-results": {**self.sandbox.info["anaplan"], "process": RESULTS},
        }
        files = []
        for plugin, content in settings.items():
            path = self.folder / f"{plugin}.json"
            path.write_text(json.dumps(content), encoding="utf-8")
            files += [f"--{plugin}", str(path)]
        chosen = options or [word for plugin in BACK for word in ("--only", plugin)]
        ended = CliRunner().invoke(main, ["ping", "--json", *chosen, *files])
        rows = [json.loads(line) for line in ended.stdout.splitlines()]  # noqa: TID251
        return ended.exit_code, rows


@pytest.fixture
def back(posting_sandbox: Sandbox, tmp_path: Path, connector_home: Path) -> Back:
    del connector_home
    posting_sandbox.sage("POST", "reset")
    posting_sandbox.anaplan("POST", "reset")
    posting_sandbox.anaplan("POST", "adjustments/items")
    return Back(posting_sandbox, tmp_path)


def problems(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["verdict"] in ("missing", "different")]


def find(rows: list[Row], what: str) -> Row:
    """The one row about `what`, which says what to do."""
    (row,) = [row for row in rows if row["what"] == what]
    assert row["remedy"] or row["verdict"] == "fine"
    return row


def test_nothing_is_wrong_with_systems_set_up_as_documented(
    back: Back, connector_home: Path
) -> None:
    before = [getattr(back.sandbox, side)("GET", "counters") for side in ("sage", "anaplan")]

    code, rows = back.ping(target=POSTED)

    assert (code, problems(rows)) == (0, [])
    assert {row["plugin"] for row in rows} == set(BACK)
    assert "Transaction ID" in find(rows, "export GL Adjustments")["found"]
    assert "one batch at a time" in find(rows, "posting of ap_adjustment")["found"]
    assert find(rows, "right to post gl_journal")["verdict"] == "note"
    sage, anaplan = (getattr(back.sandbox, side)("GET", "counters") for side in ("sage", "anaplan"))
    # The templates of three processes are asked for by POST; they change nothing.
    assert sage["requests"].get("POST", 0) - before[0]["requests"].get("POST", 0) == 3
    assert anaplan["tasks"] == before[1]["tasks"]
    assert not list(connector_home.rglob("ledger*"))


def test_a_stream_is_held_against_the_posting_that_takes_it(back: Back) -> None:
    views = {"views": [{"view": "GL Adjustments.Approved", "stream": "gl_adjustments"}]}
    postings = [{"stream": "gl_adjustments", "fields": {"debit": "Soll"}}, {"stream": "accruals"}]

    code, rows = back.ping(tap=views, target={"postings": postings})

    assert code == 2
    assert "Soll (debit)" in find(rows, "stream gl_adjustments for gl_journal")["found"]
    assert "found gl_adjustments" in find(rows, "stream accruals for gl_journal")["found"]


@pytest.mark.switch("modules_without_right", "withheld_rights", "not_installed")
@pytest.mark.parametrize(
    ("switches", "named"),
    [
        ({"modules_without_right": ["AP"]}, {"module AP"}),
        ({"withheld_rights": {"GL": ["read"]}}, {"resource GLJournalBatches"}),
        ({"not_installed": ["APInvoiceBatches"]}, {"resource APInvoiceBatches"}),
        ({"not_installed": ["APVendorStatistics"]}, set()),
    ],
    ids=["module", "records", "resource", "what-may-be-lacking"],
)
def test_a_right_that_is_lacking_is_named(
    back: Back, switches: dict[str, Any], named: set[str]
) -> None:
    back.sandbox.sage("POST", "switches", switches)

    code, rows = back.ping("--only", "target-sage300")

    assert code == (2 if named else 0)
    assert named <= {row["what"] for row in problems(rows)}
    assert bool(problems(rows)) == bool(named)
    assert all(row["remedy"] for row in problems(rows))


@pytest.mark.switch("process_spelling", "ready_field")
def test_a_process_that_cannot_be_kept_to_one_batch_is_named(back: Back) -> None:
    back.sandbox.sage("POST", "switches", {"process_spelling": "numbers"})

    code, rows = back.ping("--only", "target-sage300", target=POSTED)

    assert code == 2
    assert "post_call" in find(rows, "posting of gl_journal")["remedy"]
    assert back.ping("--only", "target-sage300", target={"post": "ready"})[0] == 0


@pytest.mark.parametrize(
    ("settings", "what", "said"),
    [
        ({"postings": [{"stream": "x", "source_type": "ZZ"}]}, "source code GL-ZZ of stream x", ""),
        ({"ledger_url": "/dev/null/ledger.sqlite3"}, "ledger", "cannot be written"),
        ({"ledger_url": "postgresql://nobody@127.0.0.1:1/none"}, "ledger", "127.0.0.1"),
        ({"password": "WRONG"}, "connection", "password"),
    ],
    ids=["source-code", "ledger-file", "ledger-server", "password"],
)
def test_what_the_target_lacks_is_named(
    back: Back, settings: dict[str, Any], what: str, said: str
) -> None:
    code, rows = back.ping("--only", "target-sage300", target=settings)

    assert code in (1, 2)
    assert said in find(rows, what)["found"]


@pytest.mark.parametrize(
    ("settings", "what", "said"),
    [
        ({"exports": [{"export": "GL Adjustment"}]}, "export GL Adjustment", "GL Adjustments"),
        ({"views": [{"view": "GL Adjustments.Gone"}]}, "view GL Adjustments.Gone", "one view"),
        ({"lists": [{"list": "GL Account"}]}, "list GL Account", "GL Accounts"),
        (
            {"exports": [{"export": "GL Adjustments", "key_properties": ["Id"]}]},
            "export GL Adjustments",
            "a column 'Id'",
        ),
        (
            {"exports": [{"export": "GL Adjustments", "replication_key": "Debit"}]},
            "stream gl_adjustments",
            "never marked complete",
        ),
        ({"username": "outsider@example.com"}, "connection", ""),
    ],
    ids=["export", "view", "list", "column", "changes-only", "role"],
)
def test_what_the_tap_lacks_is_named(
    back: Back, settings: dict[str, Any], what: str, said: str
) -> None:
    code, rows = back.ping("--only", "tap-anaplan", tap=settings)

    found = find(rows, what)
    assert said in found["found"]
    assert (code == 0) == (found["verdict"] == "note")


@pytest.mark.parametrize("is_chosen", [True, False], ids=["chosen", "one-of-all"])
def test_a_grid_is_refused_where_it_is_chosen(back: Back, *, is_chosen: bool) -> None:
    grid = "Commitments - Grid.csv"

    code, rows = back.ping(
        "--only", "tap-anaplan", tap={"exports": [{"export": grid}]} if is_chosen else {}
    )

    found = find(rows, f"export {grid}")
    assert "GRID_CURRENT_PAGE" in found["found"]
    assert "Tabular Multiple Column" in found["remedy"]
    assert (code, found["verdict"]) == ((2, "different") if is_chosen else (0, "note"))


@pytest.mark.parametrize(
    ("method", "path", "body", "what"),
    [
        ("DELETE", f"objects/{RESULTS}", None, f"process {RESULTS}"),
        (
            "PATCH",
            f"processes/{RESULTS}",
            {"actions": ["SYS Posting Status from posting_results.csv"]},
            f"process {RESULTS}, step Posting Status from posting_results.csv",
        ),
        (
            "PATCH",
            "files/posting_results.csv",
            {"headers": ["TransactionId", "Status", "Reason"]},
            "import SYS Posting Status from posting_results.csv",
        ),
    ],
    ids=["process", "step", "columns"],
)
def test_a_model_that_cannot_take_the_results_is_named(
    back: Back, method: str, path: str, body: Any, what: str
) -> None:
    assert back.ping()[0] == 0
    back.sandbox.anaplan(method, quote(path), body)

    code, rows = back.ping()

    assert code == 2
    assert find(problems(rows), what)["plugin"] == "target-posting-results"


def test_the_way_back_is_looked_at_where_it_has_settings(
    back: Back, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(back.folder)
    for prefix, side in (("TAP_SAGE300", "sage300"), ("TARGET_ANAPLAN", "anaplan")):
        for name, value in back.sandbox.info[side].items():
            monkeypatch.setenv(f"{prefix}_{name.upper()}", str(value))

    def plugins() -> set[str]:
        ended = CliRunner().invoke(main, ["ping", "--json"])
        return {json.loads(line)["plugin"] for line in ended.stdout.splitlines()}  # noqa: TID251

    assert plugins() == {"tap-sage300", "target-anaplan"}
    lines = [f"TARGET_SAGE300_{k.upper()}={v}" for k, v in back.sandbox.info["sage300"].items()]
    (back.folder / ".env").write_text("\n".join(lines), encoding="utf-8")
    assert plugins() == {"tap-sage300", "target-anaplan", "target-sage300"}
