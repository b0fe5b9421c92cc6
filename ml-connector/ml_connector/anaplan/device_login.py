"""Signing in by device: a person approves in a browser what a program asks for (§1.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector.anaplan._errors import Refusal
from ml_connector.anaplan._oauth import (
    DeviceCode,
    Waiting,
    build_device_poll,
    build_device_start,
    judge_oauth,
    parse_device_answer,
    parse_device_code,
)
from ml_connector.anaplan.logins import Login
from ml_connector.anaplan.oauth import renew_login
from ml_connector.anaplan.protocol import SYSTEM
from ml_connector.errors import AccessError
from ml_connector.transport import NoAudit, Transport, TransportSettings, check_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector.anaplan._oauth import IssuedTokens
    from ml_connector.clock import Clock
    from ml_connector.transport import Reply, Request

_SLOWER_S = 5.0  # RFC 8628 §3.5
_INTERVAL_S_MIN = 1.0
_AGAIN = "Start the login again"
_REFUSALS: Mapping[str, Refusal] = {
    "access_denied": Refusal(
        "the sign-in: it was denied",
        f"{_AGAIN} and approve it. Where single sign-on is in force, only exception users can"
        " approve a device.",
    ),
    "expired_token": Refusal("the code: nobody approved it in time", f"{_AGAIN}."),
    "invalid_grant": Refusal("the code any more", f"{_AGAIN}."),
}


class DeviceLogin:
    """One sign-in by device, from the code to the login."""

    def __init__(
        self, oauth_url: str, client_id: str, *, transport: Transport, clock: Clock
    ) -> None:
        """Sign in for `client_id`, registered for the device grant; nothing is called yet."""
        self._oauth_url = oauth_url
        self._client_id = client_id
        self._transport = transport
        self._clock = clock

    def start(self) -> DeviceCode:
        """Ask for a code that a person can approve.

        Raises:
            AccessError: the client is unknown, or registered for the other grant.
        """
        request = build_device_start(self._oauth_url, client_id=self._client_id)

        def judge(request: Request, reply: Reply) -> DeviceCode:
            judged = judge_oauth(request, reply, account=self._client_id, refusals={})
            return parse_device_code(request, judged)

        code = self._transport.send(request, judge=judge)
        self._transport.add_secret(code.device_code)
        return code

    def wait_for_approval(self, code: DeviceCode) -> Login:
        """Ask, in the pauses Anaplan wants, until somebody has decided.

        Raises:
            AccessError: it was denied, or not approved before the code ended.
        """
        request = build_device_poll(
            self._oauth_url, client_id=self._client_id, device_code=code.device_code
        )
        ends_at = self._clock.monotonic() + code.expires_in
        interval_s = max(code.interval, _INTERVAL_S_MIN)
        while self._clock.monotonic() < ends_at:
            self._clock.sleep(interval_s)
            answer = self._transport.send(request, judge=self._judge)
            if not isinstance(answer, Waiting):
                return self._build_login(answer, request)
            interval_s += _SLOWER_S if answer.slow_down else 0.0
        raise _refuse("nobody approved the code in time", f"{_AGAIN}.", request)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _judge(self, request: Request, reply: Reply) -> IssuedTokens | Waiting:
        return parse_device_answer(request, reply, account=self._client_id, refusals=_REFUSALS)

    def _build_login(self, issued: IssuedTokens, request: Request) -> Login:
        if not issued.refresh_token:
            raise _refuse(
                "Anaplan gave no refresh token, so this login would end within the hour",
                "Let the OAuth client be allowed offline access, and sign in again.",
                request,
            )
        login = Login(
            oauth_url=self._oauth_url,
            client_id=self._client_id,
            refresh_token=issued.refresh_token,
        )
        return renew_login(login, issued, now=self._clock.now().timestamp())


def open_device_login(
    oauth_url: str,
    client_id: str,
    *,
    clock: Clock,
    ca_bundle: str | None = None,
    allow_http: bool = False,
) -> DeviceLogin:
    """Return a sign-in by device on a transport of its own; nothing is called yet.

    Raises:
        SettingError: the address cannot be used.
    """
    check_address(
        "oauth_url",
        oauth_url,
        remedy="Give the address of your region, such as https://us1a.app.anaplan.com",
    )
    transport = Transport(
        system=SYSTEM,
        settings=TransportSettings(allow_http=allow_http, ca_bundle=ca_bundle),
        clock=clock,
        audit=NoAudit(),
    )
    return DeviceLogin(oauth_url, client_id, transport=transport, clock=clock)


def _refuse(problem: str, remedy: str, request: Request) -> AccessError:
    return AccessError(problem, remedy=remedy, system=SYSTEM, call=request.call)
