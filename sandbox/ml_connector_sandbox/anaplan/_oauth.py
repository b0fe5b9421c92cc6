"""OAuth2: clients, device and authorization-code grants, refresh tokens (Anaplan sheet §1.5).

Clients of the two grants are separate registrations. A rotating client gets a new refresh token
with each refresh, and the old one is spent; life and rotation are open question 15 of §11.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ml_connector_sandbox._clock import VirtualClock
    from ml_connector_sandbox._switches import Switches
    from ml_connector_sandbox.anaplan._tokens import Token, TokenStore
    from ml_connector_sandbox.anaplan._users import User

DEVICE_LIFETIME = dt.timedelta(seconds=900)
INTERVAL_S = 5
_CODE_LIFETIME = dt.timedelta(minutes=10)
_FIXED_LIFETIME = dt.timedelta(days=365)
_SLOWER_S = 5
_SCOPES = ("openid", "email", "offline_access")
"""Granted scopes, in the order of the answer; `profile` is dropped without a word (L)."""
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ0123456789"


class GrantType(Enum):
    """What a client is registered for."""

    DEVICE = "device"
    CODE = "authorization_code"


class OAuthError(Exception):
    """A refusal in the shape of OAuth: a code and a description, with an HTTP status."""

    def __init__(self, code: str, description: str, *, status: int | None = None) -> None:
        """Refuse with `code`; without a status, the one that is switched."""
        super().__init__(description)
        self.code = code
        self.description = description
        self.status = status


@dataclass(frozen=True, kw_only=True)
class OAuthClient:
    """An application registered by the tenant's security administrator."""

    id: str
    grant: GrantType
    rotates: bool
    secret: str = ""
    redirect_uri: str = ""


@dataclass
class DeviceRequest:
    """A device that waits for somebody to approve it."""

    device_code: str
    user_code: str
    client: OAuthClient
    scopes: tuple[str, ...]
    expires_at: dt.datetime
    interval_s: int = INTERVAL_S
    asked_at: dt.datetime | None = None
    user: User | None = None
    is_denied: bool = False


@dataclass(frozen=True, kw_only=True)
class AuthorizationCode:
    """What a browser brings back from the login page; worth one exchange."""

    value: str
    client: OAuthClient
    user: User
    scopes: tuple[str, ...]
    expires_at: dt.datetime


@dataclass
class RefreshToken:
    """A refresh token; `family` names the login that it and its successors come from."""

    value: str
    client: OAuthClient
    user: User
    scopes: tuple[str, ...]
    issued_at: dt.datetime
    family: str
    is_spent: bool = False


@dataclass(frozen=True, kw_only=True)
class Issued:
    """What a successful token request yields."""

    token: Token
    scopes: tuple[str, ...]
    refresh_token: str = ""


CLIENTS = (
    OAuthClient(id="0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e01", grant=GrantType.DEVICE, rotates=True),
    OAuthClient(id="0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e02", grant=GrantType.DEVICE, rotates=False),
    OAuthClient(
        id="0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e03",
        grant=GrantType.CODE,
        rotates=True,
        secret="Code-4-Sandbox",  # noqa: S106  # the sandbox's own, shown by its control endpoint
        redirect_uri="https://www.example.com/callback",
    ),
)


class OAuthStore:
    """Every client, grant and refresh token of the tenant."""

    def __init__(self, clock: VirtualClock, switches: Switches, tokens: TokenStore) -> None:
        """Start with the clients of `CLIENTS`; access tokens are given out by `tokens`."""
        self._clock = clock
        self._switches = switches
        self._tokens = tokens
        self.clients = {client.id: client for client in CLIENTS}
        self.devices: dict[str, DeviceRequest] = {}
        self._codes: dict[str, AuthorizationCode] = {}
        self._refresh_tokens: dict[str, RefreshToken] = {}

    def register(self, grant: GrantType, *, rotates: bool, redirect_uri: str = "") -> OAuthClient:
        """Register a client, as an administrator does.

        Raises:
            ValueError: A redirect URI on the local host, which Anaplan refuses (D).
        """
        if "//localhost" in redirect_uri or "//127.0.0.1" in redirect_uri:
            message = f"redirect_uri: {redirect_uri} is on the local host, which is refused"
            raise ValueError(message)
        client = OAuthClient(
            id=secrets.token_hex(16),
            grant=grant,
            rotates=rotates,
            secret=secrets.token_urlsafe(24) if grant is GrantType.CODE else "",
            redirect_uri=redirect_uri,
        )
        self.clients[client.id] = client
        return client

    def find_client(self, client_id: object, grant: GrantType) -> OAuthClient:
        """Return the client registered for `grant`.

        Raises:
            OAuthError: Unknown, or registered for the other grant.
        """
        client = self.clients.get(client_id) if isinstance(client_id, str) else None
        if client is None or client.grant is not grant:
            raise OAuthError("unauthorized_client", "The client is unknown here.", status=403)
        return client

    # --- device grant -----------------------------------------------------------------------

    def start_device(self, client: OAuthClient, scope: str) -> DeviceRequest:
        """Begin a device grant; without a scope the server has a default (§1.5)."""
        wanted = scope or self._switches.text("oauth_default_scope")
        code = "".join(secrets.choice(_LETTERS) for _ in range(8))
        request = DeviceRequest(
            device_code=secrets.token_urlsafe(24),
            user_code=f"{code[:4]}-{code[4:]}",
            client=client,
            scopes=choose_scopes(wanted),
            expires_at=self._clock.now() + DEVICE_LIFETIME,
        )
        self.devices[request.device_code] = request
        return request

    def find_device(self, user_code: str) -> DeviceRequest | None:
        """Return the live request a user has typed the code of."""
        live = (one for one in self.devices.values() if one.expires_at > self._clock.now())
        return next((one for one in live if one.user_code == user_code), None)

    def redeem_device(self, client: OAuthClient, device_code: object) -> Issued:
        """Give tokens to an approved device; once."""
        request = self.devices.get(str(device_code))
        if request is None or request.client is not client:
            raise OAuthError("invalid_grant", "Invalid or expired device code.")
        self._check_pace(request)
        if request.expires_at <= self._clock.now():
            raise OAuthError("expired_token", "The device code has expired.")
        if request.is_denied:
            raise OAuthError("access_denied", "The user has denied the request.")
        if request.user is None:
            raise OAuthError("authorization_pending", "The user has not decided yet.")
        del self.devices[request.device_code]
        return self._issue(client, request.user, request.scopes, family=secrets.token_hex(8))

    def _check_pace(self, request: DeviceRequest) -> None:
        """Refuse polls below the interval, which then grows (RFC 8628 §3.5, I)."""
        now, before = self._clock.now(), request.asked_at
        request.asked_at = now
        if before is None or (now - before).total_seconds() >= request.interval_s:
            return
        request.interval_s += _SLOWER_S
        raise OAuthError("slow_down", "Polling faster than the interval allows.")

    # --- authorization-code grant -----------------------------------------------------------

    def issue_code(self, client: OAuthClient, user: User, scope: str) -> AuthorizationCode:
        """Give a code to somebody who has logged in on the login page."""
        code = AuthorizationCode(
            value=secrets.token_urlsafe(32),
            client=client,
            user=user,
            scopes=choose_scopes(scope),
            expires_at=self._clock.now() + _CODE_LIFETIME,
        )
        self._codes[code.value] = code
        return code

    def redeem_code(self, client: OAuthClient, *, code: object, redirect_uri: object) -> Issued:
        """Exchange a code for tokens; once, and with the redirect URI it was asked for with."""
        found = self._codes.pop(str(code), None)
        now = self._clock.now()
        if found is None or found.client is not client or found.expires_at <= now:
            raise OAuthError("invalid_grant", "Invalid authorization code.")
        if redirect_uri != client.redirect_uri:
            raise OAuthError("invalid_grant", "The redirect URI does not match.")
        return self._issue(client, found.user, found.scopes, family=secrets.token_hex(8))

    # --- refresh ----------------------------------------------------------------------------

    def refresh(self, client_id: object, *, secret: object, refresh_token: object) -> Issued:
        """Exchange a refresh token; a rotating client's is spent by it."""
        client = self.clients.get(str(client_id))
        if client is None:
            raise OAuthError("unauthorized_client", "The client is unknown here.", status=403)
        if client.secret and secret != client.secret:
            raise OAuthError("access_denied", "Unauthorized", status=401)
        held = self._refresh_tokens.get(str(refresh_token))
        if held is None or held.client is not client or self._has_ended(held):
            raise OAuthError("invalid_grant", "Unknown or invalid refresh token.")
        if held.is_spent:
            self._punish(held)
            raise OAuthError("invalid_grant", "The refresh token has been used before.")
        if client.rotates:
            held.is_spent = True
            return self._issue(client, held.user, held.scopes, family=held.family)
        repeated = self._switches.text("fixed_refresh_answer") == "with_token"
        return Issued(
            token=self._tokens.issue(held.user, is_oauth=True),
            scopes=held.scopes,
            refresh_token=held.value if repeated else "",
        )

    def _has_ended(self, held: RefreshToken) -> bool:
        age = self._clock.now() - held.issued_at
        if held.client.rotates:
            return age.total_seconds() >= int(self._switches.text("refresh_token_lifetime_s"))
        ends = self._switches.text("fixed_refresh_token") == "ends_after_a_year"
        return ends and age >= _FIXED_LIFETIME

    def _punish(self, held: RefreshToken) -> None:
        if self._switches.text("spent_refresh_token") == "ends_family":
            for one in self._refresh_tokens.values():
                one.is_spent = one.is_spent or one.family == held.family

    def _issue(
        self, client: OAuthClient, user: User, scopes: tuple[str, ...], *, family: str
    ) -> Issued:
        """Give out an access token, and a refresh token with `offline_access` only (D)."""
        token = self._tokens.issue(user, is_oauth=True)
        if "offline_access" not in scopes:
            return Issued(token=token, scopes=scopes)
        refresh = RefreshToken(
            value=secrets.token_urlsafe(32),
            client=client,
            user=user,
            scopes=scopes,
            issued_at=self._clock.now(),
            family=family,
        )
        self._refresh_tokens[refresh.value] = refresh
        return Issued(token=token, scopes=scopes, refresh_token=refresh.value)


def choose_scopes(scope: str) -> tuple[str, ...]:
    """Return the scopes granted of those asked for."""
    wanted = scope.split()
    return tuple(one for one in _SCOPES if one in wanted)
