"""Every setting marked secret, of every plugin, may say where its secret is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import tap_sage300
import target_anaplan
from ml_connector.errors import ConnectorError
from ml_connector.secrets import Key, open_vault
from ml_connector.singer.settings import find_secrets_in_clear

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

SECRET = "Tr0ub4dor-hunter2"
TAP = {
    "base_url": "http://127.0.0.1:9/Sage300WebApi/v1.0/-",
    "company": "SAMLTD",
    "username": "WEBAPI",
    "password": "x",
}
TARGET = {
    "workspace_id": "8a81b09d5e8c6f27015ece3402487d33",
    "model_id": "DE2F1A7C3B9D4E8F9A0B1C2D3E4F5A6B",
    "api_url": "http://127.0.0.1:9",
    "auth_url": "http://127.0.0.1:9",
    "username": "planner@example.com",
    "password": "x",
    "certificate": "x",
    "private_key": "x",
}
PLUGINS: dict[str, tuple[Any, Mapping[str, object], Callable[[Mapping[str, object]], object]]] = {
    "tap-sage300": (tap_sage300.TapSage300, TAP, tap_sage300.check),
    "target-anaplan": (target_anaplan.TargetAnaplan, TARGET, target_anaplan.check),
}
NEEDS = {name: {"auth_method": "certificate"} for name in ("private_key", "private_key_passphrase")}
"""What else has to be set for a secret to be used at all."""


def secret_settings() -> list[tuple[str, str]]:
    """Each plugin with each of its settings that is marked."""
    return [
        (plugin, name)
        for plugin, (kind, *_) in PLUGINS.items()
        for name, described in kind.config_jsonschema["properties"].items()
        if described.get("secret")
    ]


def refusal(plugin: str, setting: str, value: str) -> str:
    """Use a plugin with one setting as given; return why it could not be used."""
    _, settings, check = PLUGINS[plugin]
    with pytest.raises(ConnectorError) as caught:
        check({**settings, **NEEDS.get(setting, {}), setting: value})
    return str(caught.value)


def test_the_known_secrets_are_marked() -> None:
    assert {name for _, name in secret_settings()} >= {
        *("password", "ledger_url", "private_key", "private_key_passphrase")
    }


@pytest.mark.parametrize(("plugin", "setting"), secret_settings())
@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("vault:nowhere/field", "the vault has no entry nowhere"),
        ("env:NOT_SET_ANYWHERE", "NOT_SET_ANYWHERE is not set"),
        ("file:/nowhere/at/all", "the file cannot be read"),
    ],
)
def test_a_secret_that_is_not_where_it_is_said_to_be_is_named(
    plugin: str, setting: str, reference: str, reason: str
) -> None:
    told = refusal(plugin, setting, reference)

    assert told.startswith(f"Setting {setting} = '{reference}'"), told
    assert reason in told


@pytest.mark.parametrize(("plugin", "setting"), secret_settings())
@pytest.mark.parametrize("scheme", ["vault", "env", "file"])
def test_a_secret_that_is_there_is_used_and_not_told(
    plugin: str, setting: str, scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ML_CONNECTOR_KEY", Key.make().text)
    monkeypatch.setenv("THE_SECRET", SECRET)
    with open_vault().writing() as draft:
        draft.put("the", {"secret": SECRET})
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "secret").chmod(0o600)
    where = {"vault": "the/secret", "env": "THE_SECRET", "file": str(tmp_path / "secret")}

    told = refusal(plugin, setting, f"{scheme}:{where[scheme]}")

    # It fails later, for what is behind the reference or since nobody answers at the address.
    assert SECRET not in told
    assert where[scheme] not in told


@pytest.mark.parametrize(
    ("setting", "value", "in_clear"),
    [
        ("password", "hunter2", ["password"]),
        ("password", "", []),
        ("password", "vault:sage300/password", []),
        ("password", "env:X", []),
        ("password", "file:/x", []),
        ("company", "SAMLTD", []),
        ("ledger_url", "sqlite:////data/ledger.sqlite3", []),
        ("ledger_url", "postgresql+psycopg://reader@db/ledger", ["ledger_url"]),
        ("ledger_url", "postgresql+psycopg://reader:hunter2@db/ledger", ["ledger_url"]),
    ],
)
def test_only_a_secret_in_clear_is_found(setting: str, value: str, in_clear: list[str]) -> None:
    schema = tap_sage300.TapSage300.config_jsonschema

    assert find_secrets_in_clear({setting: value}, schema) == in_clear


def test_a_secret_in_clear_is_warned_of_and_not_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("WARNING"), pytest.raises(ConnectorError):
        tap_sage300.TapSage300(config={**TAP, "password": "hunter2"}, validate_config=True)

    assert "settings.secret_in_clear settings=password" in caplog.text
    assert "hunter2" not in caplog.text
