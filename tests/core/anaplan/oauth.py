"""OAuth against the sandbox: logins as a person makes them, and time that goes on in both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ml_connector.anaplan import AnaplanSettings, AuthMethod, Login, LoginStore
from ml_connector.clock import SystemClock
from ml_connector.secrets import open_vault
from typing_extensions import override

from tests.support.sandbox import call

if TYPE_CHECKING:
    import pendulum

    from tests.support.sandbox import Sandbox

ROTATING = "0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e01"
FIXED = "0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e02"
FOR_CODES = "0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e03"
"""Clients that are registered in the sandbox; the last one for the other grant."""
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SCOPE = "openid email offline_access"


@dataclass
class SandboxClock(SystemClock):
    """The sandbox's clock: sleeping moves it on at once."""

    sandbox: Sandbox
    slept_s: float = 0.0

    @override
    def now(self) -> pendulum.DateTime:
        return super().now().add(microseconds=int(self.slept_s * 1e6))

    @override
    def monotonic(self) -> float:
        return super().monotonic() + self.slept_s

    @override
    def sleep(self, seconds: float) -> None:
        self.slept_s += seconds
        self.sandbox.anaplan("POST", "clock", {"advance_s": seconds})


def sign_in(sandbox: Sandbox, client_id: str = ROTATING) -> Login:
    """Sign in by device, the person included; the access token counts as ended."""
    given = {"client_id": client_id, "scope": SCOPE}
    device = call("POST", f"{sandbox.anaplan_root}/oauth/device/code", given)
    sandbox.anaplan("POST", f"oauth/devices/{device['user_code']}", {"decision": "approve"})
    given = {
        "grant_type": DEVICE_GRANT,
        "client_id": client_id,
        "device_code": device["device_code"],
    }
    tokens = call("POST", f"{sandbox.anaplan_root}/oauth/token", given)
    return Login(
        oauth_url=sandbox.anaplan_root,
        client_id=client_id,
        refresh_token=tokens["refresh_token"],
        access_token=tokens["access_token"],
    )


def make_store(login: Login | None = None, *, name: str = "anaplan") -> LoginStore:
    """The vault's store of one login, with a key; `login` is put there."""
    vault = open_vault()
    vault.make_key()
    store = LoginStore(name, vault=vault)
    if login is not None:
        store.write(login)
    return store


def settings_of(server: str, **fields: Any) -> AnaplanSettings:
    known: dict[str, Any] = {
        "api_url": server,
        "auth_url": server,
        "oauth_url": server,
        "workspace_id": "8a81b09d5e8c6f27015ece3402487d33",
        "model_id": "DE2F1A7C3B9D4E8F9A0B1C2D3E4F5A6B",
        "auth_method": AuthMethod.OAUTH,
        "oauth_login": "anaplan",
    }
    return AnaplanSettings(**{**known, **fields})


def count_exchanges(sandbox: Sandbox) -> None:
    """Let the sandbox count requests for tokens, from now on; see `exchanges`."""
    fault = {"kind": "stall", "path": "^/oauth/token$", "times": 0, "seconds": 0}
    sandbox.anaplan("POST", "faults", fault)


def spoil_exchange(sandbox: Sandbox, kind: str, **fields: Any) -> None:
    """Let a fault strike the next request for tokens, in place of the counting."""
    sandbox.anaplan("DELETE", "faults")
    sandbox.anaplan("POST", "faults", {"kind": kind, "path": "^/oauth/token$", **fields})


def exchanges(sandbox: Sandbox) -> int:
    return int(sandbox.anaplan("GET", "counters")["faults"].get("stall", 0))
