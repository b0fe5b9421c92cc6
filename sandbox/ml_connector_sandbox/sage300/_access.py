"""Who may call, and what: Basic authentication, rights by module and kind (Sage sheet §2)."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Literal, cast

from ml_connector_sandbox._switches import Switch
from ml_connector_sandbox.sage300._errors import WebApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox._switches import Switches

USERNAME = "WEBAPI"
PASSWORD = "WEBAPI-300"  # noqa: S105  # the sandbox's own, printed when it starts
_ADMIN = "ADMIN"
_USERS = {USERNAME: PASSWORD, _ADMIN: PASSWORD}
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="Sage 300 Web API"'}
_YES_NO = (True, False)

Right = Literal["read", "maintain", "post"]

SWITCHES: Mapping[str, Switch] = {
    "admin_allowed": Switch(
        default=False,
        positions=_YES_NO,
        about="§2: AllowWebApiAccessForAdmin of the site's web.config",
    ),
    "security": Switch(
        default=True,
        positions=_YES_NO,
        about="§2: Sage 300 security; switched off, the password sent must be empty and no"
        " right is asked for",
    ),
    "modules_without_right": Switch(
        default=[],
        shape=list[str],
        about="§2: modules whose Web API right the user lacks",
    ),
    "withheld_rights": Switch(
        default={},
        shape=dict[str, list[Right]],
        about="§2: ordinary rights the user lacks, by module: read, maintain, post",
    ),
    "challenge": Switch(
        default=True,
        positions=_YES_NO,
        about="unknown 20: a 401 carries a WWW-Authenticate challenge",
    ),
    "unauthorized_body": Switch(
        default="json",
        positions=("json", "html", "empty"),
        about="unknown 20: body of a 401: the Web API's error, IIS's page, or nothing",
    ),
}


def check_credentials(authorization: str | None, *, switches: Switches) -> str:
    """Return the caller's user id; refuse who is nobody, or ADMIN where it is not allowed.

    User id and password must be upper case, as sent: nothing is folded.

    Raises:
        WebApiError: `Unauthorized` or `Forbidden`.
    """
    username, password = _split_basic(authorization)
    expected = _USERS.get(username)
    if expected is not None and not switches.is_on("security"):
        expected = ""
    if expected is None or password != expected:
        headers = _CHALLENGE if switches.is_on("challenge") else {}
        raise WebApiError("Unauthorized", "Invalid user ID or password.", headers=headers)
    if username == _ADMIN and not switches.is_on("admin_allowed"):
        raise WebApiError("Forbidden", "ADMIN is not allowed to access the Web API.")
    return username


def check_module_right(module: str, *, switches: Switches) -> None:
    """Refuse a module whose "Sage 300 Web API" right the user lacks.

    Raises:
        WebApiError: `Forbidden`.
    """
    withheld = switches["modules_without_right"]
    is_withheld = isinstance(withheld, list) and module in withheld
    if is_withheld and switches.is_on("security"):
        message = f"User {USERNAME} has no right to access {module} through the Web API."
        raise WebApiError("Forbidden", message)


def check_right(module: str, right: Right, *, switches: Switches) -> None:
    """Refuse what the user may not do in a module, though it may use the Web API there.

    Raises:
        WebApiError: `Forbidden`.
    """
    withheld = cast("Mapping[str, list[Right]]", switches["withheld_rights"])
    if right in withheld.get(module, []) and switches.is_on("security"):
        raise WebApiError("Forbidden", f"User {USERNAME} has no right to {right} in {module}.")


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
