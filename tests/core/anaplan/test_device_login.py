"""Signing in by device: the pauses Anaplan wants, and every way in which it can end."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from ml_connector.anaplan import LoginStore, open_device_login
from ml_connector.errors import AccessError, ConnectorError, SettingError
from ml_connector.secrets import open_vault
from typing_extensions import override

from tests.core.anaplan.oauth import (
    FIXED,
    FOR_CODES,
    ROTATING,
    SandboxClock,
    settings_of,
    spoil_exchange,
)
from tests.core.anaplan.test_oauth import open_client, sandbox, shared_sandbox
from tests.core.fakes import FakeClock
from tests.core.raw_server import RawServer, reply
from tests.support.sandbox import Sandbox, command

if TYPE_CHECKING:
    from ml_connector.anaplan import DeviceLogin

__all__ = ["sandbox", "shared_sandbox"]


class ClockWithPerson(SandboxClock):
    """While the program sleeps for the `after`-th time, somebody decides."""

    def __init__(self, sandbox: Sandbox, *, decision: str, after: int = 1) -> None:
        super().__init__(sandbox)
        self.decision = decision
        self.left = after
        self.sleeps: list[float] = []

    @override
    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.sleeps.append(seconds)
        self.left -= 1
        if self.left == 0 and self.decision:
            decide(self.sandbox, self.decision)


def decide(sandbox: Sandbox, decision: str, **fields: str) -> None:
    (device,) = sandbox.anaplan("GET", "oauth/devices")
    path = f"oauth/devices/{device['user_code']}"
    sandbox.anaplan("POST", path, {"decision": decision, **fields})


def open_login(sandbox: Sandbox, clock: SandboxClock, client_id: str = ROTATING) -> DeviceLogin:
    return open_device_login(sandbox.anaplan_root, client_id, clock=clock)


@pytest.mark.parametrize("status", [403, 400])
@pytest.mark.parametrize("client_id", [ROTATING, FIXED])
def test_an_approved_device_yields_a_login_that_can_be_renewed(
    sandbox: Sandbox, client_id: str, status: int
) -> None:
    sandbox.anaplan("POST", "switches", {"oauth_refusal_status": status})
    clock = ClockWithPerson(sandbox, decision="approve", after=3)
    device = open_login(sandbox, clock, client_id)

    login = device.wait_for_approval(device.start())

    assert clock.sleeps == [5, 5, 5]
    vault = open_vault()
    vault.make_key()
    LoginStore("anaplan", vault=vault).write(login)
    for _ in range(2):
        assert open_client(sandbox, clock=clock).fetch_me() == "planner@example.com"
        clock.sleep(31 * 60)


def test_asking_too_fast_makes_the_pauses_longer(sandbox: Sandbox) -> None:
    clock = ClockWithPerson(sandbox, decision="approve", after=4)
    device = open_login(sandbox, clock)
    code = device.start()
    slow = {"error": "slow_down", "error_description": "Polling faster than allowed."}
    spoil_exchange(sandbox, "status", status=400, body=_json(slow), times=2)

    device.wait_for_approval(code)

    assert clock.sleeps == [5, 10, 15, 15]


def test_a_denied_device_is_told(sandbox: Sandbox) -> None:
    device = open_login(sandbox, ClockWithPerson(sandbox, decision="deny"))

    with pytest.raises(AccessError, match="denied") as caught:
        device.wait_for_approval(device.start())

    assert "exception users" in caught.value.remedy


def test_a_user_of_single_sign_on_cannot_approve(sandbox: Sandbox) -> None:
    sandbox.anaplan("POST", "switches", {"sso": "on"})
    device = open_login(sandbox, ClockWithPerson(sandbox, decision="approve"))

    with pytest.raises(AccessError, match="denied"):
        device.wait_for_approval(device.start())


def test_a_code_that_nobody_approves_ends(sandbox: Sandbox) -> None:
    clock = ClockWithPerson(sandbox, decision="")
    device = open_login(sandbox, clock)
    code = device.start()

    with pytest.raises(AccessError, match="in time"):
        device.wait_for_approval(code)

    assert 800 <= clock.slept_s <= code.expires_in + 10


def test_an_answer_that_was_lost_ends_the_login_clearly(sandbox: Sandbox) -> None:
    device = open_login(sandbox, ClockWithPerson(sandbox, decision="approve"))
    code = device.start()
    spoil_exchange(sandbox, "cut_after")

    with pytest.raises(AccessError, match="Start the login again"):
        device.wait_for_approval(code)


def test_a_client_of_the_other_grant_is_refused_with_what_is_needed(sandbox: Sandbox) -> None:
    with pytest.raises(AccessError, match="device grant"):
        open_login(sandbox, SandboxClock(sandbox), FOR_CODES).start()


def test_tokens_without_a_refresh_token_are_no_login() -> None:
    code = {"device_code": "D-1", "user_code": "U", "verification_uri": "https://x"}
    with RawServer([reply(200, code), reply(200, {"access_token": "A-1"})]) as server:
        device = open_device_login(server.url, ROTATING, clock=FakeClock())
        code_given = device.start()
        with pytest.raises(AccessError, match="no refresh token") as caught:
            device.wait_for_approval(code_given)

    assert "A-1" not in str(caught.value)


@pytest.mark.parametrize("body", [b"secret", b'{"user_code": "secret"}'])
def test_an_answer_without_codes_is_told_without_its_content(body: bytes) -> None:
    with RawServer([reply(200, body)]) as server, pytest.raises(ConnectorError) as caught:
        open_device_login(server.url, ROTATING, clock=FakeClock()).start()

    assert "secret" not in str(caught.value)


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(SettingError, match="not an address"):
        open_device_login("app.anaplan.com", ROTATING, clock=FakeClock())


@pytest.mark.slow
def test_the_installed_command_signs_in_and_a_client_uses_it(sandbox: Sandbox) -> None:
    line = [command("ml-connector"), "credentials", "login", "planning"]
    line += ["--client-id", ROTATING, "--oauth-url", sandbox.anaplan_root]
    with subprocess.Popen(
        line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=os.environ, text=True
    ) as process:
        assert process.stdout is not None
        shown = [process.stdout.readline() for _ in range(3)]
        decide(sandbox, "approve")
        shown += process.stdout.readlines()

    said = "".join(shown)
    assert process.returncode == 0, said
    assert "https://iam.anaplan.com/activate?user_code=" in said
    assert "oauth_login: planning" in said
    login = LoginStore("planning", vault=open_vault()).read()
    assert login.refresh_token not in said
    assert login.access_token not in said
    client = open_client(sandbox, oauth_login="planning")
    assert client.fetch_me() == "planner@example.com"
    assert settings_of("x", oauth_login="planning").oauth_login == "planning"


def test_the_installed_command_explains_a_refusal(sandbox: Sandbox) -> None:
    line = [command("ml-connector"), "credentials", "login", "--client-id", FOR_CODES]
    ended = subprocess.run(
        [*line, "--oauth-url", sandbox.anaplan_root], capture_output=True, check=False, text=True
    )

    assert ended.returncode == 1
    assert "device grant" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_name_that_the_vault_cannot_hold_is_refused_before_anybody_approves(
    sandbox: Sandbox,
) -> None:
    line = [command("ml-connector"), "credentials", "login", "a/b", "--client-id", ROTATING]
    ended = subprocess.run(
        [*line, "--oauth-url", sandbox.anaplan_root], capture_output=True, check=False, text=True
    )

    assert ended.returncode == 2
    assert "'a/b' cannot be a name" in ended.stderr
    assert sandbox.anaplan("GET", "oauth/devices") == []


def _json(value: dict[str, str]) -> str:
    return "{" + ", ".join(f'"{name}": "{text}"' for name, text in value.items()) + "}"
