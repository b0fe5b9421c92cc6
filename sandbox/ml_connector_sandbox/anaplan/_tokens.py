"""Tokens of the Authentication API: 35 minutes, moved on by a refresh (Anaplan sheet §1.3)."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ml_connector_sandbox._clock import VirtualClock
    from ml_connector_sandbox.anaplan._users import User

LIFETIME = dt.timedelta(minutes=35)


@dataclass
class Token:
    """A live token; only `expires_at` ever changes."""

    value: str
    id: str
    refresh_id: str
    user: User
    expires_at: dt.datetime
    is_oauth: bool = False
    """Given out by the OAuth2 API (§1.5), not by the Authentication API."""

    @property
    def expires_at_ms(self) -> int:
        """The end of the token in milliseconds since 1970."""
        return int(self.expires_at.timestamp() * 1000)


class TokenStore:
    """All tokens given out; two logins give two independent ones (I)."""

    def __init__(self, clock: VirtualClock) -> None:
        """Start without any."""
        self._clock = clock
        self._tokens: dict[str, Token] = {}
        self._logins: dict[str, dt.datetime] = {}

    def issue(self, user: User, *, is_oauth: bool = False) -> Token:
        """Give `user` a new token."""
        token = Token(
            value=secrets.token_urlsafe(48),
            id=str(uuid.uuid4()),
            refresh_id=str(uuid.uuid4()),
            user=user,
            expires_at=self._clock.now() + LIFETIME,
            is_oauth=is_oauth,
        )
        self._tokens[token.value] = token
        self._logins[user.id] = self._clock.now()
        return token

    def find_last_login(self, user: User) -> dt.datetime | None:
        """Return when `user` was given a token last, if ever."""
        return self._logins.get(user.id)

    def find(self, value: str) -> Token | None:
        """Return the token if it is known and has not expired."""
        token = self._tokens.get(value)
        return token if token is not None and token.expires_at > self._clock.now() else None

    def refresh(self, token: Token) -> None:
        """Move the token's end; its value stays."""
        token.expires_at = self._clock.now() + LIFETIME

    def revoke(self, token: Token) -> None:
        """End the token at once."""
        self._tokens.pop(token.value, None)

    def revoke_all(self) -> None:
        """End every token, as an administrator may."""
        self._tokens.clear()
