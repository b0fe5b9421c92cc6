"""`ml-connector credentials`, installed: secrets go in by standard input or unseen typing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from ml_connector.anaplan import LoginStore, logins
from ml_connector.secrets import Key, VaultError, open_vault
from ml_connector_command.credentials import group

from tests.core.anaplan.oauth import make_store, sign_in
from tests.support.sandbox import command

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.sandbox import Sandbox

SECRET = "Tr0ub4dor&3-hunter2"


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ML_CONNECTOR_KEY", "ML_CONNECTOR_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)


def credentials(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[str]:
    """Run the installed command with `given` on its standard input."""
    ended = subprocess.run(
        [command("ml-connector"), "credentials", *arguments],
        input=given,
        capture_output=True,
        check=False,
    )
    out, err = ended.stdout.decode(), ended.stderr.decode()
    assert SECRET not in out + err
    return subprocess.CompletedProcess(ended.args, ended.returncode, out, err)


def test_a_password_is_stored_from_standard_input_and_the_key_is_made() -> None:
    ended = credentials("set", "sage300", given=f"{SECRET}\n".encode())

    assert ended.returncode == 0, ended.stderr
    assert "vault:sage300/password" in ended.stdout
    assert "vault.key" in ended.stdout
    assert open_vault().read("sage300", "password") == SECRET


def test_a_second_password_needs_no_second_key() -> None:
    credentials("set", "sage300", given=SECRET.encode())

    ended = credentials("set", "anaplan", given=b"other")

    assert "vault.key" not in ended.stdout
    assert open_vault().read("sage300", "password") == SECRET
    assert open_vault().read("anaplan", "password") == "other"


def test_several_fields_are_a_line_each() -> None:
    ended = credentials(
        "set", "anaplan", "client_id", "token", given=f"abc\r\n{SECRET}\r\n".encode()
    )

    assert ended.returncode == 0, ended.stderr
    vault = open_vault()
    assert vault.read("anaplan", "client_id") == "abc"
    assert vault.read("anaplan", "token") == SECRET


def test_one_field_takes_all_lines() -> None:
    pem = "-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----"

    credentials("set", "anaplan", "private_key", given=f"{pem}\n".encode())

    assert open_vault().read("anaplan", "private_key") == pem


@pytest.mark.parametrize(
    ("fields", "given"),
    [
        ((), b""),
        ((), b"\n"),
        ((), b"\xff\xfe" + SECRET.encode()),
        (("a", "b"), SECRET.encode()),
        (("a", "b"), SECRET.encode() + b"\n\n"),
        (("a", "b"), SECRET.encode() + b"\nx\ny\n"),
    ],
)
def test_input_that_is_no_secret_is_refused_and_nothing_stored(
    fields: tuple[str, ...], given: bytes, connector_home: Path
) -> None:
    ended = credentials("set", "sage300", *fields, given=given)

    assert ended.returncode == 2
    assert "Standard input" in ended.stderr
    assert not list(connector_home.glob("vault.*"))


def typed(*arguments: str, answers: Callable[[], list[str]]) -> tuple[int, str]:
    """Run the command on a terminal and answer each of its questions; return code and screen."""
    master, slave = os.openpty()
    with subprocess.Popen(
        [command("ml-connector"), "credentials", *arguments],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    ) as process:
        os.close(slave)
        screen = b""
        for answer in answers():
            asked = screen.count(b": ")
            while screen.count(b": ") == asked:
                screen += os.read(master, 1024)
            os.write(master, answer.encode() + b"\n")
        screen += read_rest(master)
    os.close(master)
    return process.returncode, screen.decode()


def read_rest(master: int) -> bytes:
    """Read a terminal until its last program has ended."""
    screen = b""
    while True:
        try:
            part = os.read(master, 1024)
        except OSError:  # how Linux tells that nobody is there any more
            part = b""
        if not part:
            return screen
        screen += part


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_on_a_terminal_it_asks_twice_and_shows_nothing() -> None:
    code, screen = typed("set", "sage300", answers=lambda: [SECRET, SECRET])

    assert code == 0, screen
    assert "sage300 password" in screen
    assert SECRET not in screen
    assert open_vault().read("sage300", "password") == SECRET


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_key_typed_line_by_line_is_refused() -> None:
    first = "-----BEGIN PRIVATE KEY-----"

    code, screen = typed("set", "anaplan", "private_key", answers=lambda: [first, first])

    assert code == 2
    assert "set anaplan private_key < FILE" in " ".join(screen.split())


def test_the_list_shows_names_and_when_and_needs_no_key(connector_home: Path) -> None:
    credentials("set", "sage300", given=SECRET.encode())
    (connector_home / "vault.key").unlink()

    table, lines = credentials("list"), credentials("list", "--json")

    assert "sage300" in table.stdout
    shown = json.loads(lines.stdout)  # noqa: TID251
    assert (shown["name"], shown["field"]) == ("sage300", "password")
    assert shown["stored (UTC)"].endswith("Z")


def test_an_empty_vault_is_said_to_be_empty() -> None:
    assert credentials("list").stdout == "The vault is empty.\n"


def test_a_test_opens_every_field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials("set", "sage300", "username", "password", given=f"WEBAPI\n{SECRET}".encode())

    monkeypatch.chdir(tmp_path)
    well = credentials("test", "sage300")
    monkeypatch.setenv("ML_CONNECTOR_KEY", Key.make().text)
    badly = credentials("test", "sage300")

    assert well.returncode == 0
    assert well.stdout.count("can be read") == 2
    assert badly.returncode == 2
    assert badly.stdout.count("Give the right key") == 2


@pytest.fixture
def site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start_sandbox: Callable[..., Sandbox]
) -> Sandbox:
    """A folder without a project, and settings of both systems that refer to the vault."""
    monkeypatch.chdir(tmp_path)
    sandbox = start_sandbox("--orders", "5")
    for prefix, system in (("TAP_SAGE300", "sage300"), ("TARGET_ANAPLAN", "anaplan")):
        for name, value in sandbox.info[system].items():
            monkeypatch.setenv(f"{prefix}_{name.upper()}", value)
        monkeypatch.setenv(f"{prefix}_PASSWORD", f"vault:{system}/password")
        credentials("set", system, given=sandbox.info[system]["password"].encode())
    return sandbox


def test_a_test_signs_in_where_settings_refer_to_the_name(site: Sandbox) -> None:
    sage, anaplan = credentials("test", "sage300"), credentials("test", "anaplan")

    assert "sage300: lets us in" in sage.stdout
    assert "anaplan: not tried" in sage.stdout
    assert "anaplan: lets us in" in anaplan.stdout
    assert (sage.returncode, anaplan.returncode) == (0, 0)
    counters = site.anaplan("GET", "counters")
    assert (counters["uploads"], counters["tasks"]) == (0, 0)


@pytest.mark.usefixtures("site")
def test_a_test_tells_a_password_that_is_not_accepted() -> None:
    for system in ("sage300", "anaplan"):
        credentials("set", system, given=SECRET.encode())

        ended = credentials("test", system)

        assert ended.returncode == 1
        assert "can be read" in ended.stdout
        assert f"{system}: " in ended.stdout
        assert "password" in ended.stdout


def test_a_test_of_nothing_says_how_to_store_it() -> None:
    ended = credentials("test", "sage300")

    assert ended.returncode == 2
    assert "ml-connector credentials set sage300" in ended.stderr


def test_what_is_deleted_is_gone() -> None:
    credentials("set", "sage300", "username", "password", given=f"WEBAPI\n{SECRET}".encode())

    assert credentials("delete", "sage300", "username").returncode == 0
    assert credentials("delete", "sage300", "username").returncode == 2
    assert credentials("delete", "sage300").returncode == 0
    assert credentials("list").stdout == "The vault is empty.\n"


def test_a_login_is_not_deleted_while_somebody_renews_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logins, "_LOCK_WAIT_S", 0.01)
    vault = open_vault()
    vault.make_key()
    with vault.writing() as draft:
        draft.put("anaplan", {"oauth": SECRET})

    with LoginStore("anaplan", vault=vault).lock():
        refused = CliRunner().invoke(group, ["delete", "anaplan"])

    assert isinstance(refused.exception, VaultError)
    assert "another process has been working on anaplan" in str(refused.exception)
    assert vault.read("anaplan", "oauth") == SECRET
    assert CliRunner().invoke(group, ["delete", "anaplan", "oauth"]).exit_code == 0
    assert vault.list() == []


def test_a_test_signs_in_with_the_login_that_settings_name(
    site: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_store(sign_in(site), name="planning")
    monkeypatch.setenv("TARGET_ANAPLAN_AUTH_METHOD", "oauth")
    monkeypatch.setenv("TARGET_ANAPLAN_OAUTH_LOGIN", "planning")

    used, other = credentials("test", "planning"), credentials("test", "anaplan")

    assert "anaplan: lets us in" in used.stdout, used.stdout
    assert "anaplan: not tried" in other.stdout
    login = make_store(name="planning").read()
    assert login.begun_at == 0 < login.renewed_at
    assert login.refresh_token not in used.stdout + used.stderr


def test_a_made_key_works_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, connector_home: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    old = credentials("make-key").stdout.strip()
    monkeypatch.setenv("ML_CONNECTOR_KEY", old)
    credentials("set", "sage300", given=SECRET.encode())
    assert not (connector_home / "vault.key").exists()
    new = credentials("make-key").stdout.strip()
    monkeypatch.setenv("ML_CONNECTOR_KEY", f"{new} {old}")

    assert credentials("rekey").returncode == 0

    monkeypatch.setenv("ML_CONNECTOR_KEY", new)
    assert credentials("test", "sage300").returncode == 0
    monkeypatch.setenv("ML_CONNECTOR_KEY", old)
    assert credentials("test", "sage300").returncode == 2
