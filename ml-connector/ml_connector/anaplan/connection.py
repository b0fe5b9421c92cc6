"""The settings of a connection as a plugin is given them, references still unresolved.

A plugin's own settings extend `ConnectionSettings`; their description is in `config_schema`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from ml_connector.anaplan.logins import LOGIN_NAME
from ml_connector.anaplan.settings import NEEDED, OAUTH_URL, AnaplanSettings, AuthMethod
from ml_connector.errors import build_missing_remedy
from ml_connector.secrets import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_REFERENCES: Mapping[AuthMethod, tuple[str, ...]] = {
    AuthMethod.BASIC: ("username", "password"),
    AuthMethod.CERTIFICATE: ("certificate", "private_key", "private_key_passphrase"),
    AuthMethod.OAUTH: (),
}
"""What is resolved; a reference of another way to sign in may lead nowhere."""
_PLAIN = (
    *("api_url", "auth_url", "oauth_url", "workspace_id", "model_id", "auth_method"),
    *("oauth_login", "ca_bundle", "allow_http", "requests_per_minute"),
)


class ConnectionSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the model is, how to sign in, how fast to call."""

    workspace_id: str
    model_id: str
    auth_method: AuthMethod = AuthMethod.BASIC
    username: str | None = None
    password: str | None = None
    certificate: str | None = None
    private_key: str | None = None
    private_key_passphrase: str | None = None
    oauth_login: str = LOGIN_NAME
    api_url: str = "https://api.anaplan.com"
    auth_url: str = "https://auth.anaplan.com"
    oauth_url: str = OAUTH_URL
    requests_per_minute: int = 300
    allow_http: bool = False
    ca_bundle: str | None = None
    ledger_url: str | None = None


class SettingProblem(NamedTuple):
    """One setting that cannot work, and what to do about it."""

    setting: str
    value: object
    problem: str
    remedy: str


def check_connection(settings: ConnectionSettings, *, plugin: str) -> Iterable[SettingProblem]:
    """Name what is missing for the chosen way to sign in, and addresses that are none."""
    for name in NEEDED[settings.auth_method]:
        if not getattr(settings, name):
            yield SettingProblem(
                name,
                None,
                f"is missing; auth_method {settings.auth_method.value} needs it",
                f"{build_missing_remedy(name, plugin=plugin)} vault:NAME/FIELD, env:NAME and"
                " file:PATH are understood.",
            )
    for name in ("api_url", "auth_url", "oauth_url"):
        value = getattr(settings, name)
        if not value.startswith(("https://", "http://")):
            yield SettingProblem(name, value, "is not a URL", "Begin it with https://.")


def resolve_connection(settings: ConnectionSettings) -> AnaplanSettings:
    """Return the settings of a client, the references it needs resolved in memory.

    Raises:
        SettingError: a secret is not where it is said to be.
    """
    fields: dict[str, object] = {name: getattr(settings, name) for name in _PLAIN}
    for name in (*_REFERENCES[settings.auth_method], "ledger_url"):
        fields[name] = resolve(getattr(settings, name) or "", setting=name)
    return msgspec.convert(fields, AnaplanSettings)
