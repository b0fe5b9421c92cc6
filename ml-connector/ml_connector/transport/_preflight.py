"""What is refused before anything is sent: clear-text passwords and unusable certificates."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ml_connector.errors import SettingError

if TYPE_CHECKING:
    from ml_connector.transport._messages import Request, TransportSettings

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def check_address(setting: str, value: str, *, remedy: str) -> None:
    """Refuse what is no plain address of a server: scheme, host, and a path at the most.

    Raises:
        SettingError: naming `setting`; user, password, query and fragment are never shown.
    """
    if "@" in value:
        raise SettingError(
            setting, value, "holds a user or password", remedy="Use username and password."
        )
    problem = _find_problem(value.strip())
    if problem:
        raise SettingError(setting, value, problem, remedy=remedy)


def _find_problem(address: str) -> str | None:
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return "is not an address"
    if parts.query or parts.fragment:
        return "goes on behind the address, with a question mark or a hash sign"
    return None if usable else "is not an address"


def check_plain_http(request: Request, settings: TransportSettings) -> None:
    """Allow plain HTTP to this computer only, unless the settings say otherwise.

    Raises:
        SettingError: the address is not https.
    """
    try:
        parts = urlsplit(request.url)
        scheme, host = parts.scheme, parts.hostname or ""
    except ValueError:
        raise SettingError(
            request.setting,
            None,
            "is not a usable address",
            remedy=f"Check the address in {request.setting}.",
        ) from None
    if scheme == "https" or (scheme == "http" and (settings.allow_http or host in _LOOPBACK)):
        return
    raise SettingError(
        request.setting,
        f"{scheme}://{host}",
        "is not https, so the password would cross the network in clear text",
        remedy=f"Use https in {request.setting}; in a closed network set allow_http.",
    )


def check_ca_bundle(ca_bundle: str | None) -> None:
    """Make sure that the file of trusted certificates can be used.

    Raises:
        SettingError: it is missing, unreadable or holds no certificate.
    """
    if ca_bundle is None:
        return
    try:
        ssl.create_default_context(cafile=ca_bundle)
    except (OSError, ValueError) as error:
        reason = "holds no certificate in PEM form"
        if not isinstance(error, ssl.SSLError):
            reason = f"cannot be read ({getattr(error, 'strerror', None) or error})"
        raise SettingError(
            "ca_bundle",
            ca_bundle,
            reason,
            remedy="Name a PEM file with the certificate authority that signed the server's"
            " certificate.",
        ) from error
