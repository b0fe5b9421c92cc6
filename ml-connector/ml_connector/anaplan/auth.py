"""Signing in: a token that is renewed before it ends, and after Anaplan refused it (§1.3)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from typing_extensions import override

from ml_connector.anaplan._credentials import SignIn
from ml_connector.anaplan._errors import build_broken
from ml_connector.anaplan.protocol import build_token_request, judge_reply
from ml_connector.errors import (
    AccessError,
    RefusedError,
    RemoteError,
    UnexpectedReplyError,
)
from ml_connector.events import event
from ml_connector.transport import BrokenReplyError, Reply, Request, Transport, parse_http_date
from ml_connector.wire import WireError, as_object, decode_json

if TYPE_CHECKING:
    from ml_connector.anaplan._credentials import Credentials
    from ml_connector.anaplan.settings import AnaplanSettings
    from ml_connector.clock import Clock

log = logging.getLogger(__name__)

REFRESH_S_LEFT = 300.0
LIFETIME_S = 35 * 60.0


class Auth(Protocol):
    """A way to sign in."""

    account: str
    """Who is signed in, as errors name them."""

    def fetch_authorization(self) -> str:
        """Return the value of the Authorization header, signing in when it is time to."""
        ...

    def renew(self) -> None:
        """Sign in anew, after Anaplan refused the token."""
        ...

    def close(self) -> None:
        """Give the token back."""
        ...


class TokenAuth(Auth):
    """A token of the Authentication API, which lives for 35 minutes."""

    def __init__(
        self,
        settings: AnaplanSettings,
        *,
        credentials: Credentials,
        transport: Transport,
        clock: Clock,
    ) -> None:
        """Sign in with `credentials` through `transport` at the first call that needs it."""
        self.account = credentials.account
        self._settings = settings
        self._credentials = credentials
        self._transport = transport
        self._clock = clock
        self._token = ""
        self._ends_at = 0.0
        for secret in credentials.secrets():
            transport.add_secret(secret)

    @override
    def fetch_authorization(self) -> str:
        """Return the header's value; refreshes a token with less than five minutes left.

        Raises:
            AccessError: the credentials are not accepted.
        """
        left_s = self._ends_at - self._clock.monotonic()
        if not self._token or left_s <= 0:
            self.renew()
        elif left_s < REFRESH_S_LEFT:
            self._refresh()
        return f"AnaplanAuthToken {self._token}"

    @override
    def renew(self) -> None:
        """Sign in with the credentials, in each of their forms until one is accepted.

        Raises:
            AccessError: none is; what was said of the first is shown.
        """
        first, *others = self._credentials.build_sign_ins()
        try:
            self._sign_in(first)
        except AccessError:
            if not any(self._is_accepted(other) for other in others):
                raise

    @override
    def close(self) -> None:
        """Log out. A token that stays behind ends by itself, so failing here is no failure."""
        token, self._token = self._token, ""
        if not token:
            return
        request = build_token_request(
            self._settings, "logout", authorization=f"AnaplanAuthToken {token}"
        )
        try:
            self._transport.send(request, judge=self._judge, attempts_max=1)
        except RemoteError as error:
            event(log, "anaplan.logout_failed", level=logging.DEBUG, reason=error.problem)

    def _refresh(self) -> None:
        try:
            self._call("refresh", SignIn(f"AnaplanAuthToken {self._token}"))
        except (AccessError, RefusedError, UnexpectedReplyError):
            # The token may have been ended elsewhere; only the credentials decide.
            self.renew()

    def _sign_in(self, attempt: SignIn) -> None:
        self._transport.add_secret(attempt.secret)
        self._call("authenticate", attempt)

    def _is_accepted(self, attempt: SignIn) -> bool:
        try:
            self._sign_in(attempt)
        except AccessError:
            return False
        return True

    def _call(self, action: str, attempt: SignIn) -> None:
        request = build_token_request(
            self._settings, action, authorization=attempt.authorization, body=attempt.body
        )
        token, lifetime_s = self._transport.send(request, judge=self._judge_token)
        self._transport.add_secret(token)
        self._token = token
        self._ends_at = self._clock.monotonic() + lifetime_s

    def _judge(self, request: Request, reply: Reply) -> Reply:
        return judge_reply(request, reply, account=self.account, refusal=self._credentials.refusal)

    def _judge_token(self, request: Request, reply: Reply) -> tuple[str, float]:
        return parse_token(request, self._judge(request, reply))


def parse_token(request: Request, reply: Reply) -> tuple[str, float]:
    """Return the token and for how many seconds it lives.

    Its end is told as a moment of the server's clock, so it is compared with the answer's own
    `Date`; when that gives nonsense, the documented 35 minutes hold, and a 401 tells us anyway.

    Raises:
        BrokenReplyError: the answer holds no token; its content is not shown.
    """
    try:
        info = as_object(
            as_object(decode_json(reply.body), "the body").get("tokenInfo"), "tokenInfo"
        )
    except WireError as error:
        raise _no_token(request, reply, str(error)) from error
    token, expires_at = info.get("tokenValue"), info.get("expiresAt")
    if not isinstance(token, str) or not token:
        raise _no_token(request, reply, "it holds no tokenValue")
    now = parse_http_date(reply.headers.get("Date", "")) or reply.received_at
    left_s = expires_at / 1000 - now.timestamp() if isinstance(expires_at, int) else None
    return token, choose_lifetime(left_s)


def choose_lifetime(told: object) -> float:
    """Return for how many seconds a token lives, where what was `told` may be nonsense."""
    if isinstance(told, int | float) and 0 < told <= 2 * LIFETIME_S:
        return told
    return LIFETIME_S


def _no_token(request: Request, reply: Reply, problem: str) -> BrokenReplyError:
    # Without an excerpt: such an answer could hold a token in a form we do not know.
    return build_broken(request, reply, problem, excerpt="")
