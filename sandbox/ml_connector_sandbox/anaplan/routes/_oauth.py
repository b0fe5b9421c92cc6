"""The OAuth2 API (Anaplan sheet §1.5).

Bodies are JSON as documented, or forms as `oauthlib` sends them (C). Errors have the shape of
OAuth, not the Integration API's envelope.
"""

from __future__ import annotations

import base64
import html
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from ml_connector_sandbox._wire import decode_object, encode_json
from ml_connector_sandbox.anaplan._http import JsonObject, answer_json
from ml_connector_sandbox.anaplan._oauth import (
    DEVICE_LIFETIME,
    GrantType,
    Issued,
    OAuthError,
)
from ml_connector_sandbox.anaplan._switchboard import read_number
from ml_connector_sandbox.anaplan._tokens import LIFETIME

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from ml_connector_sandbox.anaplan._tenant import Tenant

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
LOGIN_PATH = "/_sandbox/oauth/login"
_FORM_TYPE = "application/x-www-form-urlencoded"
_ACTIVATE_URL = "https://iam.anaplan.com/activate"


def build_oauth_routes(tenant: Tenant) -> list[Route]:
    """Return the routes of the OAuth2 API."""
    answers = _OAuthAnswers(tenant)
    routes: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
        ("GET", "/auth/authorize", answers.authorize),
        ("GET", "/auth/prelogin", answers.show_login),
        ("POST", "/oauth/device/code", answers.start_device),
        ("POST", "/oauth/token", answers.issue_tokens),
    ]
    return [
        Route(path, _with_refusals(tenant, handler), methods=[method])
        for method, path, handler in routes
    ]


def _with_refusals(
    tenant: Tenant, handler: Callable[[Request], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except OAuthError as refusal:
            status = refusal.status or read_number(tenant.switches, "oauth_refusal_status")
            body: JsonObject = {
                "error": refusal.code,
                "error_description": refusal.description,
            }
            return answer_json(body, status=status)

    return answer


class _OAuthAnswers:
    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def authorize(self, request: Request) -> Response:
        """302 to the login page."""
        query = self._check_authorization(request)
        return RedirectResponse(f"/auth/prelogin?{urlencode(query)}", status_code=302)

    async def show_login(self, request: Request) -> Response:
        """The login page itself; a browser can use it."""
        return HTMLResponse(_render_login(self._check_authorization(request)))

    async def start_device(self, request: Request) -> Response:
        """Codes for a device and for the person who approves it."""
        given = await _read_body(request)
        client_id = given.get("client_id")
        if not client_id:
            raise OAuthError("invalid_request", "client_id is required", status=400)
        store = self._tenant.oauth
        client = store.find_client(client_id, GrantType.DEVICE)
        device = store.start_device(client, str(given.get("scope") or ""))
        body: JsonObject = {
            "device_code": device.device_code,
            "user_code": device.user_code,
            "verification_uri": _ACTIVATE_URL,
            "verification_uri_complete": f"{_ACTIVATE_URL}?user_code={device.user_code}",
            "expires_in": int(DEVICE_LIFETIME.total_seconds()),
            "interval": device.interval_s,
        }
        return answer_json(body)

    async def issue_tokens(self, request: Request) -> Response:
        """Tokens for one of three grants; a missing `grant_type` is a 401 (L)."""
        given = await _read_body(request)
        match given.get("grant_type"):
            case "authorization_code":
                issued = self._redeem_code(given)
            case "refresh_token":
                issued = self._tenant.oauth.refresh(
                    given.get("client_id"),
                    secret=given.get("client_secret"),
                    refresh_token=given.get("refresh_token"),
                )
            case grant if grant == DEVICE_GRANT:
                client = self._tenant.oauth.find_client(given.get("client_id"), GrantType.DEVICE)
                issued = self._tenant.oauth.redeem_device(client, given.get("device_code"))
            case None | "":
                raise OAuthError("access_denied", "Unauthorized", status=401)
            case _:
                raise OAuthError("invalid_request", "Unsupported grant_type", status=400)
        return answer_json(_describe(issued))

    def _redeem_code(self, given: JsonObject) -> Issued:
        store = self._tenant.oauth
        client = store.find_client(given.get("client_id"), GrantType.CODE)
        if given.get("client_secret") != client.secret:
            raise OAuthError("access_denied", "Unauthorized", status=401)
        return store.redeem_code(
            client, code=given.get("code"), redirect_uri=given.get("redirect_uri")
        )

    def _check_authorization(self, request: Request) -> dict[str, str]:
        """Check what a browser brings; the redirect URI must be the registered one."""
        query = dict(request.query_params)
        missing = [name for name in ("client_id", "redirect_uri", "scope") if not query.get(name)]
        if missing:
            raise OAuthError("invalid_request", f"{missing[0]} is required", status=400)
        if query.get("response_type") != "code":
            raise OAuthError("invalid_request", "response_type must be code", status=400)
        client = self._tenant.oauth.clients.get(query["client_id"])
        if client is None or client.grant is not GrantType.CODE:
            raise OAuthError("unauthorized_client", "The client is unknown here.", status=401)
        if query["redirect_uri"] != client.redirect_uri:
            raise OAuthError("invalid_request", "redirect_uri is not registered", status=400)
        return query


async def _read_body(request: Request) -> JsonObject:
    content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    raw = await request.body()
    try:
        if content_type == _FORM_TYPE:
            return dict(parse_qsl(raw.decode("utf-8")))
        return decode_object(raw)
    except ValueError:
        raise OAuthError("invalid_request", "The body cannot be read", status=400) from None


def _describe(issued: Issued) -> JsonObject:
    body: JsonObject = {
        "access_token": issued.token.value,
        "scope": " ".join(issued.scopes),
        "expires_in": int(LIFETIME.total_seconds()),
        "token_type": "Bearer",
    }
    if "openid" in issued.scopes:
        body["id_token"] = _make_id_token(issued)
    if issued.refresh_token:
        body["refresh_token"] = issued.refresh_token
    return body


def _make_id_token(issued: Issued) -> str:
    """Return a JWT in form only: nobody can check its signature, and no client needs to."""
    user = issued.token.user
    claims = {"sub": user.id, "email": user.email, "exp": issued.token.expires_at_ms // 1000}
    parts = (encode_json({"alg": "RS256", "typ": "JWT"}), encode_json(claims), b"sandbox")
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def _render_login(query: dict[str, str]) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in query.items()
    )
    return (
        "<!DOCTYPE html><html><head><title>Log in</title></head><body>"
        f'<form method="post" action="{LOGIN_PATH}">{hidden}'
        '<input name="email" placeholder="E-mail">'
        '<input name="password" type="password" placeholder="Password">'
        '<button name="decision" value="approve">Allow</button>'
        '<button name="decision" value="deny">Deny</button>'
        "</form></body></html>"
    )
