"""Who may call: Basic authentication and rights (Sage sheet §2)."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._errors import WebApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox._switches import Switches

USERNAME = "WEBAPI"
PASSWORD = "WEBAPI-300"  # noqa: S105  # the sandbox's own, printed when it starts
_ADMIN = "ADMIN"
_USERS = {USERNAME: PASSWORD, _ADMIN: PASSWORD}
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="Sage 300 Web API"'}


def check_credentials(authorization: str | None, *, switches: Switches) -> str:
    """Return the caller's user id; refuse who is nobody, or ADMIN where it is not allowed.

    User id and password must be upper case, as sent: nothing is folded.

    Raises:
        WebApiError: `Unauthorized` or `Forbidden`.
    """
    username, password = _split_basic(authorization)
    if _USERS.get(username) != password:
        raise WebApiError("Unauthorized", "Invalid user ID or password.", headers=_CHALLENGE)
    if username == _ADMIN and not switches.is_on("admin_allowed"):
        raise WebApiError("Forbidden", "ADMIN is not allowed to access the Web API.")
    return username


def check_right(module: str, *, switches: Switches) -> None:
    """Refuse a module whose "Sage 300 Web API" right the user lacks.

    Raises:
        WebApiError: `Forbidden`.
    """
    withheld = switches["modules_without_right"]
    if isinstance(withheld, list) and module in withheld:
        message = f"User {USERNAME} has no right to access {module} through the Web API."
        raise WebApiError("Forbidden", message)


def check_content_type(headers: Mapping[str, str], *, switches: Switches) -> None:
    """Refuse a request without `Content-Type`, on GET as well (documented, §1.3).

    Raises:
        WebApiError: `InternalServerError`.
    """
    if switches.text("missing_content_type") == "refused" and "content-type" not in headers:
        raise WebApiError("InternalServerError", "An error has occurred.")


def _split_basic(authorization: str | None) -> tuple[str, str]:
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        text = base64.b64decode(encoded, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return "", ""
    username, _, password = text.partition(":")
    return username, password
