"""`ml-connector ping` names what is missing or different in two systems, and what to do about it.

Method: a builder changes the sandbox's model, or an administrator takes rights away; the installed
command is asked over real HTTP.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from ml_connector_sandbox.anaplan._blueprint import Scope, build_load_process

from tests.support.sandbox import Sandbox, command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PROCESS = "Load Sage 300"
LISTS_FIRST = "SYS Vendors from vendors.csv"
PAGE = "docs/anaplan-model.md"


@dataclass
class Pinged:
    """What the command said."""

    exit_code: int
    rows: list[dict[str, str]]
    errors: str

    @property
    def problems(self) -> list[dict[str, str]]:
        return [row for row in self.rows if row["verdict"] in ("missing", "different")]

    def find(self, what: str) -> dict[str, str]:
        """The one problem about `what`."""
        [row] = [row for row in self.problems if row["what"] == what]
        return row


@dataclass
class Site:
    """Both systems, and the settings for them."""

    sandbox: Sandbox
    folder: Path

    def ping(self, *options: str, sage: Any = (), anaplan: Any = ()) -> Pinged:
        """Run the installed command; `sage` and `anaplan` change settings."""
        settings = {
            "--tap": {**self.sandbox.info["sage300"], **dict(sage)},
            "--target": {**self.sandbox.info["anaplan"], "process": PROCESS, **dict(anaplan)},
        }
        files = []
        for option, content in settings.items():
            path = self.folder / f"{option[2:]}.json"
            path.write_text(json.dumps(content), encoding="utf-8")
            files += [option, str(path)]
        ended = subprocess.run(
            [command("ml-connector"), "ping", "--json", *files, *options],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        rows = [json.loads(line) for line in ended.stdout.splitlines()]  # noqa: TID251
        return Pinged(ended.returncode, rows, ended.stderr)

    def steps(self) -> list[str]:
        """The steps of the process as it is served."""
        return list(build_load_process(Scope.ALL).actions)

    def set_steps(self, steps: list[str]) -> None:
        self.sandbox.anaplan("PATCH", f"processes/{quote(PROCESS)}", {"actions": steps})

    def patch_file(self, name: str, **changes: Any) -> Any:
        return self.sandbox.anaplan("PATCH", f"files/{name}", changes)

    def delete(self, name: str) -> None:
        self.sandbox.anaplan("DELETE", f"objects/{quote(name)}")


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    """Both systems, small."""
    sandbox = Sandbox.start("--orders", "20")
    yield sandbox
    sandbox.stop()


@pytest.fixture
def site(running: Sandbox, tmp_path: Path) -> Site:
    """Both systems as new, the process as the blueprint has it."""
    running.sage("POST", "reset", {})
    running.anaplan("POST", "reset", {})
    running.anaplan("POST", "switches", {"process_imports": "all"})
    return Site(running, tmp_path)


@pytest.mark.parametrize("key", ["id", "code"])
def test_nothing_is_wrong_with_a_model_built_as_documented(site: Site, key: str) -> None:
    site.sandbox.anaplan("POST", "switches", {"line_item_key": key})

    pinged = site.ping()

    assert pinged.problems == []
    assert pinged.exit_code == 0, pinged.errors
    assert {"fine"} == {row["verdict"] for row in pinged.rows}
    assert f"it is built as {PAGE} says" in {row["found"] for row in pinged.rows}


def _read_another_file(site: Site) -> None:
    name = "Items from items.csv"
    site.delete(name)
    made = {"name": name, "file": "vendors.csv", "target": "Items"}
    site.sandbox.anaplan("POST", "objects", {"imports": [made]})


def _drop_a_column(site: Site) -> None:
    headers = site.patch_file("vendors.csv")["headers"]
    site.patch_file("vendors.csv", headers=[name for name in headers if name != "City"])


def _turn_the_order(site: Site) -> None:
    site.set_steps(site.steps()[::-1])


def _leave_out_a_step(site: Site) -> None:
    site.set_steps([name for name in site.steps() if name != LISTS_FIRST])


def _double_a_step(site: Site) -> None:
    site.set_steps([*site.steps(), LISTS_FIRST])


def _add_a_stranger(site: Site) -> None:
    site.sandbox.anaplan(
        "POST",
        "objects",
        {
            "files": [{"name": "budget.csv", "headers": ["Code"]}],
            "imports": [{"name": "Budget", "file": "budget.csv", "target": "Items"}],
        },
    )
    site.set_steps([*site.steps(), "Budget"])


def _load_orders_only(site: Site) -> None:
    site.sandbox.anaplan("POST", "switches", {"process_imports": "orders"})


def _point_an_import_elsewhere(site: Site) -> None:
    name = "SYS Items from items.csv"
    site.delete(name)
    made = {"name": name, "file": "items.csv", "target": "Items"}
    site.sandbox.anaplan("POST", "objects", {"imports": [made]})


_STRANGER = (
    "expected no step that reads another file, found one that reads budget.csv, which no run"
    " uploads"
)
DEFECTS: dict[str, tuple[Callable[[Site], None], str, str]] = {
    "file": (lambda site: site.delete("items.csv"), "file items.csv", "is missing"),
    "file of an import": (
        _read_another_file,
        "import Items from items.csv",
        "expected to read the file items.csv, found vendors.csv",
    ),
    "column": (
        _drop_a_column,
        "import SYS Vendors from vendors.csv",
        "expected the columns City in its source, found none of that name",
    ),
    "order": (
        _turn_the_order,
        "process Load Sage 300, step Vendors from vendors.csv",
        "expected it after Vendor Groups from vendor_groups.csv, found it at place 19, before",
    ),
    "step": (_leave_out_a_step, f"process Load Sage 300, step {LISTS_FIRST}", "is missing"),
    "step twice": (
        _double_a_step,
        f"process Load Sage 300, step {LISTS_FIRST}",
        "expected it once, found it 2 times",
    ),
    "stranger": (
        _add_a_stranger,
        "process Load Sage 300, step Budget",
        _STRANGER,
    ),
    "import": (lambda site: site.delete(LISTS_FIRST), f"import {LISTS_FIRST}", "is missing"),
    "process": (lambda site: site.delete(PROCESS), f"process {PROCESS}", "is missing"),
    "control": (
        lambda site: site.delete("CTL Loads.Amount"),
        "line item CTL Loads.Amount",
        "is missing",
    ),
    "calculated": (
        lambda site: site.delete("Actuals.Functional Amount"),
        "line item Actuals.Functional Amount",
        "is missing",
    ),
    "format": (
        _load_orders_only,
        "line item DAT PO Lines.Item",
        "expected the format list Items, found text",
    ),
    "target": (
        _point_an_import_elsewhere,
        "import SYS Items from items.csv",
        "expected an import into a module, found HIERARCHY_DATA",
    ),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_of_the_model_is_named_with_its_remedy(site: Site, defect: str) -> None:
    spoil, what, said = DEFECTS[defect]
    spoil(site)

    pinged = site.ping("--only", "anaplan")

    found = pinged.find(what)
    assert found["found"] == said
    assert found["remedy"]
    assert pinged.exit_code == 2
    assert pinged.rows[0] in pinged.problems


@pytest.mark.parametrize(
    ("switches", "what"),
    [
        ({"modules_without_right": ["PO"]}, "stream purchase_order_lines"),
        ({"withheld_rights": {"AP": ["read"]}}, "streams vendor_groups, vendors"),
        ({"not_installed": ["POPurchaseOrders"]}, "stream purchase_order_lines"),
    ],
)
def test_a_right_that_is_lacking_in_sage_is_named(
    site: Site, switches: dict[str, object], what: str
) -> None:
    site.sandbox.sage("POST", "switches", switches)

    pinged = site.ping("--only", "sage300")

    named = {name.strip(",") for row in pinged.problems for name in row["what"].split()}
    assert {name.strip(",") for name in what.split()[1:]} <= named
    assert all("right" in row["remedy"] for row in pinged.problems)
    assert pinged.exit_code == 2


def test_one_system_that_cannot_be_used_does_not_hide_the_other(site: Site) -> None:
    pinged = site.ping(sage={"password": "WRONG"})

    [problem] = pinged.problems
    assert (problem["plugin"], problem["what"]) == ("tap-sage300", "connection")
    assert "WRONG" not in str(pinged.rows) + pinged.errors
    assert pinged.exit_code == 1
    assert {row["plugin"] for row in pinged.rows} == {"tap-sage300", "target-anaplan"}


def test_somebody_without_a_role_in_the_model_is_told_so(site: Site) -> None:
    pinged = site.ping("--only", "anaplan", anaplan={"username": "outsider@example.com"})

    [problem] = pinged.problems
    assert problem["what"] == "connection"
    assert pinged.exit_code == 1


def test_many_pages_are_worth_a_hint(site: Site) -> None:
    site.sandbox.sage("POST", "switches", {"page_size": 1})

    pinged = site.ping("--only", "sage300", sage={"page_size": 0})

    hints = {row["what"]: row for row in pinged.rows if row["what"].startswith("page size of")}
    assert "PageSize" in hints["page size of GLPostedTransactions"]["remedy"]
    assert pinged.exit_code == 0


def test_configured_loads_are_not_held_to_the_blueprint(site: Site) -> None:
    site.delete(PROCESS)
    loads = [{"stream": "vendors", "imports": ["Vendors from vendors.csv"]}]

    pinged = site.ping("--only", "anaplan", anaplan={"loads": loads, "process": None})

    assert pinged.exit_code == 0, pinged.rows
    assert "loads are configured" in next(
        row["found"] for row in pinged.rows if row["verdict"] == "note"
    )


def test_settings_come_from_the_environment_and_env_file(site: Site) -> None:
    info = site.sandbox.info["sage300"]
    lines = [f"TAP_SAGE300_{name.upper()}={value}" for name, value in info.items()]
    (site.folder / ".env").write_text("\n".join(lines[:-1]), encoding="utf-8")
    name, _, value = lines[-1].partition("=")

    ended = subprocess.run(
        [command("ml-connector"), "ping", "--only", "sage300"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        cwd=site.folder,
        env={**os.environ, name: value},
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "SAMLTD" in ended.stdout


@pytest.mark.slow
def test_settings_come_from_the_meltano_project(site: Site, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    info = site.sandbox.info["sage300"]
    config = {**info, "password": "env:SAGE300_PASSWORD"}
    entry = {"name": "tap-sage300", "namespace": "tap_sage300", "config": config}
    text = json.dumps({"project_id": "x", "plugins": {"extractors": [entry]}})
    (project / "meltano.yml").write_text(text, encoding="utf-8")

    ended = subprocess.run(
        [command("ml-connector"), "ping", "--only", "sage300"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        cwd=project,
        env={**os.environ, "SAGE300_PASSWORD": info["password"]},
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "SAMLTD" in ended.stdout
    assert info["password"] not in ended.stdout
