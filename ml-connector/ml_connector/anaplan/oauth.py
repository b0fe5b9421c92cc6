"""Calling with OAuth tokens that all processes share and one of them renews (§1.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from typing_extensions import override

from ml_connector.anaplan._errors import Refusal
from ml_connector.anaplan._oauth import build_refresh, judge_oauth, parse_tokens
from ml_connector.anaplan.auth import REFRESH_S_LEFT, Auth
from ml_connector.errors import (
    AccessError,
    OutcomeUnknownError,
    SettingError,
    TransientError,
)
from ml_connector.transport import BrokenReplyError, Repeat

if TYPE_CHECKING:
    from ml_connector.anaplan._oauth import IssuedTokens
    from ml_connector.anaplan.logins import Login, LoginStore
    from ml_connector.anaplan.settings import AnaplanSettings
    from ml_connector.clock import Clock
    from ml_connector.transport import Reply, Request, Transport

_ATTEMPTS_MAX = 4  # others wait meanwhile


class OAuthAuth(Auth):
    """An access token from the vault, renewed there by whoever first finds it near its end.

    The refresh token may rotate: each exchange spends it and yields its successor. So the vault is
    proved to take a write before the exchange, and the successor is stored before the access token
    that came with it is used. A process that dies in between leaves a login that its next user
    either finds good or can say to be lost.
    """

    def __init__(
        self, settings: AnaplanSettings, *, store: LoginStore, transport: Transport, clock: Clock
    ) -> None:
        """Use the login in `store` from the first call on; nothing is read yet."""
        self.account = f"OAuth login {store.name}"
        self._oauth_url = settings.oauth_url
        self._store = store
        self._transport = transport
        self._clock = clock
        self._login: Login | None = None

    @override
    def fetch_authorization(self) -> str:
        """Return the header's value, renewing the login when its access token nears its end.

        Raises:
            AccessError: the login is not accepted any more.
            SettingError: there is no such login, or it was made elsewhere.
        """
        if self._login is None or not self._is_good(self._login):
            self._login = self._find_good(refused="")
        return f"Bearer {self._login.access_token}"

    @override
    def renew(self) -> None:
        """Take another access token than the one that Anaplan has refused.

        Raises:
            AccessError: the login is not accepted any more.
        """
        refused = self._login.access_token if self._login else ""
        self._login = self._find_good(refused=refused)

    @override
    def close(self) -> None:
        """Leave the access token alone: others use it."""

    def _find_good(self, *, refused: str) -> Login:
        login = self._read()
        if self._is_good(login) and login.access_token != refused:
            return login
        with self._store.lock():
            # Whoever held the lock before us has renewed it by now.
            login = self._read()
            if self._is_good(login) and login.access_token != refused:
                return login
            return self._renew(login)

    def _read(self) -> Login:
        login = self._store.read()
        if login.oauth_url != self._oauth_url:
            raise SettingError(
                "oauth_url",
                self._oauth_url,
                f"the login {self._store.name} was made at {login.oauth_url} and is sent nowhere"
                " else",
                remedy=f"Set oauth_url to it, or run: ml-connector credentials login"
                f" {self._store.name} --oauth-url {self._oauth_url}",
            )
        for secret in (login.refresh_token, login.access_token, login.client_secret):
            self._transport.add_secret(secret)
        return login

    def _is_good(self, login: Login) -> bool:
        lifetime_s = login.ends_at - login.renewed_at
        left_s = login.ends_at - self._clock.now().timestamp()
        return bool(login.access_token) and left_s >= min(REFRESH_S_LEFT, lifetime_s / 2)

    def _renew(self, login: Login) -> Login:
        # The first one whose answer was lost may have spent the token, whatever came after it.
        begun_at = login.begun_at or self._clock.now().timestamp()
        begun = msgspec.structs.replace(login, begun_at=begun_at)
        # Written before the exchange: a vault that cannot be written must not cost the token.
        self._store.write(begun)
        try:
            issued = self._exchange(login, repeat=Repeat.NEVER)
        except (OutcomeUnknownError, BrokenReplyError):
            # When this one is refused, the vault goes on to say that an answer was lost.
            issued = self._exchange(begun, repeat=Repeat.SAFE)
        except (AccessError, TransientError):
            self._store.write(login)
            raise
        renewed = renew_login(login, issued, now=self._clock.now().timestamp())
        self._store.write(renewed)
        return renewed

    def _exchange(self, login: Login, *, repeat: Repeat) -> IssuedTokens:
        request = build_refresh(login, repeat=repeat)
        refusals = {"invalid_grant": self._build_refusal(login)}

        def judge(request: Request, reply: Reply) -> IssuedTokens:
            judged = judge_oauth(request, reply, account=self.account, refusals=refusals)
            issued = parse_tokens(request, judged)
            self._transport.add_secret(issued.access_token)
            self._transport.add_secret(issued.refresh_token)
            return issued

        return self._transport.send(request, judge=judge, attempts_max=_ATTEMPTS_MAX)

    def _build_refusal(self, login: Login) -> Refusal:
        return Refusal(
            f"the login {self._store.name} any more, {login.history}",
            "Its refresh token has expired, was revoked, or was spent by a renewal whose answer was"
            f" lost. Sign in again: ml-connector credentials login {self._store.name}",
        )


def renew_login(login: Login, issued: IssuedTokens, *, now: float) -> Login:
    """Return `login` with the tokens that were issued `now`; a token that does not rotate stays."""
    return msgspec.structs.replace(
        login,
        refresh_token=issued.refresh_token or login.refresh_token,
        access_token=issued.access_token,
        renewed_at=now,
        ends_at=now + issued.lifetime_s,
        begun_at=0.0,
    )
