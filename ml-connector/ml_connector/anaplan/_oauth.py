"""OAuth2 without the network: requests to Anaplan's endpoints, and what their answers mean (§1.5).

Every request may be repeated. A refresh whose answer was lost has spent its token or it has not: a
second one gets the same refusal or the same success, and the successor that was lost helps nobody.
Who renews wants to know of the loss first, and repeats it then (`Repeat.NEVER`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from ml_connector.anaplan._errors import Refusal, build_broken, build_error
from ml_connector.anaplan.auth import choose_lifetime
from ml_connector.anaplan.protocol import SYSTEM
from ml_connector.errors import AccessError, SettingError
from ml_connector.transport import Problem, Repeat, Reply, Request
from ml_connector.wire import WireError, as_object, decode_as, decode_json, encode_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector.anaplan.logins import Login
    from ml_connector.errors import ConnectorError
    from ml_connector.transport import BrokenReplyError

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SCOPE = "openid profile email offline_access"
"""Without `offline_access` there is no refresh token."""
_JSON = {"Accept": "application/json", "Content-Type": "application/json"}


class IssuedTokens(NamedTuple):
    """What a token request yields; `refresh_token` is empty when the old one stays good."""

    access_token: str
    lifetime_s: float
    refresh_token: str


class DeviceCode(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in that waits for somebody to approve it in a browser."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str = ""
    expires_in: float = 900.0
    interval: float = 5.0


class Waiting(NamedTuple):
    """Nobody has decided yet; `slow_down` asks for longer pauses."""

    slow_down: bool


def build_refresh(login: Login, *, repeat: Repeat) -> Request:
    """Build the exchange of a refresh token; only clients that have a secret send one."""
    body = {
        "grant_type": "refresh_token",
        "client_id": login.client_id,
        "refresh_token": login.refresh_token,
    } | ({"client_secret": login.client_secret} if login.client_secret else {})
    return _build(login.oauth_url, "/oauth/token", body, repeat=repeat)


def build_device_start(oauth_url: str, *, client_id: str) -> Request:
    """Build the request for a device code."""
    return _build(oauth_url, "/oauth/device/code", {"client_id": client_id, "scope": SCOPE})


def build_device_poll(oauth_url: str, *, client_id: str, device_code: str) -> Request:
    """Build the question whether somebody has approved."""
    return _build(
        oauth_url,
        "/oauth/token",
        {"grant_type": DEVICE_GRANT, "client_id": client_id, "device_code": device_code},
    )


def parse_tokens(request: Request, reply: Reply) -> IssuedTokens:
    """Return the tokens of a successful answer.

    Raises:
        BrokenReplyError: it holds no access token; its content is not shown.
    """
    try:
        body = as_object(decode_json(reply.body), "the body")
    except WireError as error:
        raise _without_excerpt(request, reply, str(error)) from error
    access, refresh = body.get("access_token"), body.get("refresh_token")
    if not isinstance(access, str) or not access:
        raise _without_excerpt(request, reply, "it holds no access_token")
    return IssuedTokens(
        access, choose_lifetime(body.get("expires_in")), refresh if isinstance(refresh, str) else ""
    )


def parse_device_code(request: Request, reply: Reply) -> DeviceCode:
    """Return the codes of a successful answer.

    Raises:
        BrokenReplyError: it is no such answer; its content is not shown.
    """
    try:
        return decode_as(reply.body, DeviceCode)
    except WireError as error:
        raise _without_excerpt(request, reply, str(error)) from error


def parse_device_answer(
    request: Request, reply: Reply, *, account: str, refusals: Mapping[str, Refusal]
) -> IssuedTokens | Waiting:
    """Return the tokens, or that nobody has decided yet."""
    code, _ = parse_refusal(reply)
    if code in ("authorization_pending", "slow_down"):
        return Waiting(code == "slow_down")
    return parse_tokens(request, judge_oauth(request, reply, account=account, refusals=refusals))


def judge_oauth(
    request: Request, reply: Reply, *, account: str, refusals: Mapping[str, Refusal]
) -> Reply:
    """Return `reply` when it is a success; `refusals` say what each of OAuth's codes means here.

    Raises:
        AccessError: login, client or user are refused.
        RemoteError: anything else that went wrong.
        SettingError: whatever answered is not Anaplan.
    """
    if 200 <= reply.status < 300:  # noqa: PLR2004 - the class of successes
        return reply
    code, message = parse_refusal(reply)
    refusal = refusals.get(code) or _REFUSALS.get(code)
    if refusal is not None:
        raise _refused(Problem(request, reply, code, message, account), refusal)
    raise _by_status(request, reply, account)


def parse_refusal(reply: Reply) -> tuple[str, str]:
    """Return code and description of an OAuth error; both empty when it is none."""
    try:
        body = as_object(decode_json(reply.body), "the body")
    except WireError:
        return "", ""
    code, message = body.get("error"), body.get("error_description")
    return (
        code if isinstance(code, str) else "",
        " ".join(message.split())[:1000] if isinstance(message, str) else "",
    )


def _refused(problem: Problem, refusal: Refusal) -> AccessError:
    return AccessError(
        f"Anaplan does not accept {refusal.what} ({problem.message or 'no explanation'})",
        remedy=refusal.remedy,
        account=problem.account,
        **problem.where,
    )


def _by_status(request: Request, reply: Reply, account: str) -> ConnectorError:
    if reply.status in _NO_OAUTH:
        return SettingError(
            request.setting,
            request.url.split("/oauth/")[0],
            f"answers {reply.status} without an OAuth error, not as Anaplan",
            remedy="Give the address of your region, such as https://us1a.app.anaplan.com",
        )
    return build_error(request, reply, account=account)


def _build(
    oauth_url: str, path: str, body: Mapping[str, str], *, repeat: Repeat = Repeat.SAFE
) -> Request:
    return Request(
        method="POST",
        url=f"{oauth_url.strip().rstrip('/')}{path}",
        system=SYSTEM,
        setting="oauth_url",
        repeat=repeat,
        read_timeout_s=60.0,
        headers=_JSON,
        body=encode_json(body),
    )


def _without_excerpt(request: Request, reply: Reply, problem: str) -> BrokenReplyError:
    # Such an answer could hold a token in a form we do not know.
    return build_broken(request, reply, problem, excerpt="")


_NO_OAUTH = (400, 401, 403, 404)
_CLIENT = Refusal(
    "this OAuth client",
    "Check client id (and secret, if the client has one) and that oauth_url is the address of your"
    " region. A client registered for one grant is unknown to the other: signing in by device needs"
    " a client registered for the device grant.",
)
_REFUSALS: Mapping[str, Refusal] = {
    "access_denied": _CLIENT,
    "unauthorized_client": _CLIENT,
    "invalid_client": _CLIENT,
    "invalid_request": Refusal("the request", "Report this message."),
    "invalid_scope": Refusal(
        "the scope", "Let the OAuth client be allowed openid, email and offline_access."
    ),
}
