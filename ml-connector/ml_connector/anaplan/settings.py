"""Where an Anaplan model is and who calls it."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec
from typing_extensions import override

from ml_connector.errors import SettingError
from ml_connector.transport import check_address
from ml_connector.urls import redact_url

if TYPE_CHECKING:
    from collections.abc import Mapping


OAUTH_URL = "https://us1a.app.anaplan.com"


class AuthMethod(StrEnum):
    """How to sign in."""

    BASIC = "basic"
    CERTIFICATE = "certificate"
    OAUTH = "oauth"


class AnaplanSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Connection to one model. Times are seconds; secrets are resolved, not references."""

    api_url: str = "https://api.anaplan.com"
    auth_url: str = "https://auth.anaplan.com"
    oauth_url: str = OAUTH_URL
    workspace_id: str
    """32 hex digits, lower case (Anaplan sheet §3.1)."""
    model_id: str
    """32 hex digits, upper case."""
    auth_method: AuthMethod = AuthMethod.BASIC
    username: str = ""
    password: str = ""
    certificate: str = ""
    """PEM text, with or without its chain."""
    private_key: str = ""
    """PEM text of the certificate's RSA key."""
    private_key_passphrase: str = ""
    oauth_login: str = ""
    """Name under which the vault holds the tokens."""
    ca_bundle: str | None = None
    allow_http: bool = False
    read_timeout_s: float = 300.0
    """A model that sleeps is loaded by the first call, which takes minutes (§3.4, §8)."""
    requests_per_minute: int = 300
    """Of everybody who shares the limit; the tenant may have 600 (§8)."""
    ledger_url: str = ""
    """Resolved. On PostgreSQL the limit is shared through it by all computers, else it is shared
    by the processes of this user on this computer."""

    @override
    def __repr__(self) -> str:
        """Show where and who, never a secret."""
        return f"AnaplanSettings({redact_url(self.api_url)}, {self.model_id}, {self.username})"

    @property
    def base_url(self) -> str:
        """The Integration API, without a slash at its end."""
        return f"{_host_of(self.api_url)}/2/0"

    @property
    def model_url(self) -> str:
        """The model in the form with its workspace, which writes are documented with (§3.2)."""
        return f"{self.base_url}/workspaces/{self.workspace_id}/models/{self.model_id}"

    @property
    def token_url(self) -> str:
        """The Authentication API's token resource."""
        return f"{self.auth_url.strip().rstrip('/')}/token"


def check_settings(settings: AnaplanSettings) -> None:
    """Refuse what cannot work, before anything is called.

    Raises:
        SettingError: an address, an id or a credential cannot be used as it is.
    """
    for setting in ("api_url", "auth_url", "oauth_url"):
        check_address(
            setting,
            getattr(settings, setting),
            remedy="Give the address of your region, such as https://api.anaplan.com",
        )
    _check_id("workspace_id", settings.workspace_id, pattern="[0-9a-f]{32}", case="lower case")
    _check_id("model_id", settings.model_id, pattern="[0-9A-F]{32}", case="upper case")
    method = settings.auth_method
    for setting in NEEDED[method]:
        if not getattr(settings, setting):
            raise SettingError(
                setting,
                None,
                "is empty",
                remedy=f"Set {setting}; auth_method {method.value} needs it.",
            )
    if ":" in settings.username:
        raise SettingError(
            "username", settings.username, "holds a colon", remedy="Give the e-mail address."
        )


NEEDED: Mapping[AuthMethod, tuple[str, ...]] = {
    AuthMethod.BASIC: ("username", "password"),
    AuthMethod.CERTIFICATE: ("certificate", "private_key"),
    AuthMethod.OAUTH: ("oauth_login",),
}
"""The settings that each way to sign in cannot do without."""


def _check_id(setting: str, value: str, *, pattern: str, case: str) -> None:
    if re.fullmatch(pattern, value):
        return
    # Another case is the usual slip, and Anaplan would only answer "not found" (§2.4).
    if re.fullmatch(pattern, value, re.IGNORECASE):
        problem, remedy = "is in the wrong case", f"Write it in {case}; ids are case-sensitive."
    else:
        problem = "is not an id of 32 hexadecimal digits"
        remedy = "Copy it from the model's address in the browser."
    raise SettingError(setting, value, problem, remedy=remedy)


def _host_of(api_url: str) -> str:
    # Anaplan's own documents show the address with the version, so people paste it.
    return api_url.strip().rstrip("/").removesuffix("/2/0")
