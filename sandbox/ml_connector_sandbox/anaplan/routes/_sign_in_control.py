"""What administrators, and people at a login page, do about signing in, under `/_sandbox`.

===============================  ================================================================
GET oauth/clients                registered clients with their secrets
POST oauth/clients               register one: `{"grant": "device" | "authorization_code",
                                 "rotates"?: true, "redirect_uri"?: "https://…"}`
GET oauth/devices                devices waiting for somebody, by user code
POST oauth/devices/{user_code}   decide: `{"decision": "approve" | "deny", "user"?: e-mail}`
POST oauth/login                 the form of the login page: redirects with a code
POST certificates                map one: `{"user"?: e-mail, "certificate": PEM}`; without a
                                 certificate one is made and answered with its key
===============================  ================================================================

The user is the planner where none is named.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ml_connector_sandbox._control import control_route, json_response
from ml_connector_sandbox._wire import decode_object
from ml_connector_sandbox.anaplan._oauth import GrantType
from ml_connector_sandbox.anaplan._users import PLANNER, User, find_user, find_user_by_email

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from ml_connector_sandbox.anaplan._http import JsonObject
    from ml_connector_sandbox.anaplan._oauth import OAuthClient
    from ml_connector_sandbox.anaplan._tenant import Tenant


def build_sign_in_controls(tenant: Tenant) -> list[BaseRoute]:
    """Return the control routes of signing in."""
    controls = _SignInControls(tenant)
    return [
        control_route("/oauth/clients", controls.show_clients, methods=["GET"]),
        control_route("/oauth/clients", controls.register_client, methods=["POST"]),
        control_route("/oauth/devices", controls.show_devices, methods=["GET"]),
        control_route("/oauth/devices/{code}", controls.decide_device, methods=["POST"]),
        control_route("/certificates", controls.map_certificate, methods=["POST"]),
        Route("/oauth/login", controls.log_in, methods=["POST"]),
    ]


class _SignInControls:
    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def show_clients(self, _request: Request) -> object:
        return [_describe(client) for client in self._tenant.oauth.clients.values()]

    async def register_client(self, request: Request) -> object:
        given = decode_object(await request.body())
        client = self._tenant.oauth.register(
            GrantType(str(given.get("grant"))),
            rotates=given.get("rotates", True) is True,
            redirect_uri=str(given.get("redirect_uri", "")),
        )
        return _describe(client)

    async def show_devices(self, _request: Request) -> object:
        return [
            {"user_code": one.user_code, "client_id": one.client.id, "scope": " ".join(one.scopes)}
            for one in self._tenant.oauth.devices.values()
        ]

    async def decide_device(self, request: Request) -> object:
        """Approve or deny; single sign-on users cannot approve a device (§1.5)."""
        code = request.path_params["code"]
        device = self._tenant.oauth.find_device(code)
        if device is None:
            raise KeyError(code)
        given = decode_object(await request.body())
        user = _find_user(given)
        match given.get("decision"):
            case "approve" if self._tenant.switches.text("sso") == "on" and not user.is_exception:
                device.is_denied = True
            case "approve":
                device.user = user
            case "deny":
                device.is_denied = True
            case other:
                message = f"decision: approve or deny expected, not {other}"
                raise ValueError(message)
        return {"decision": "deny" if device.is_denied else "approve"}

    async def log_in(self, request: Request) -> Response:
        """Send the browser back with a code, or with the refusal of its user."""
        given = dict(parse_qsl((await request.body()).decode("utf-8", errors="replace")))
        store = self._tenant.oauth
        client = store.clients.get(given.get("client_id", ""))
        if client is None or client.redirect_uri != given.get("redirect_uri"):
            return json_response({"error": "unknown client or redirect URI"}, status=400)
        answer = {"state": given["state"]} if "state" in given else {}
        if given.get("decision") == "deny":
            answer = {"error": "access_denied"} | answer
        else:
            user = find_user(email=given.get("email", ""), password=given.get("password", ""))
            if user is None:
                return json_response({"error": "wrong e-mail or password"}, status=401)
            code = store.issue_code(client, user, given.get("scope", ""))
            answer = {"code": code.value} | answer
        return RedirectResponse(f"{client.redirect_uri}?{urlencode(answer)}", status_code=302)

    async def map_certificate(self, request: Request) -> object:
        given = decode_object(await request.body())
        user = _find_user(given)
        if "certificate" not in given:
            return dataclasses.asdict(self._tenant.certificates.issue(user))
        self._tenant.certificates.map(str(given["certificate"]), user=user)
        return {"user": user.email}


def _find_user(given: JsonObject) -> User:
    email = str(given.get("user", PLANNER.email))
    user = find_user_by_email(email)
    if user is None:
        raise KeyError(email)
    return user


def _describe(client: OAuthClient) -> JsonObject:
    row: JsonObject = {
        "client_id": client.id,
        "grant": client.grant.value,
        "rotates": client.rotates,
    }
    if client.grant is GrantType.CODE:
        row |= {"client_secret": client.secret, "redirect_uri": client.redirect_uri}
    return row
