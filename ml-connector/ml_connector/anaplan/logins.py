"""OAuth logins in the vault: what a person has signed in for once, and runs renew from then on.

A login is one field of the vault, so a look sees it whole. Whoever renews it holds its lock, reads
it again, and stores the new tokens before anybody uses them.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
import pendulum
from typing_extensions import override

from ml_connector.errors import SettingError
from ml_connector.secrets import VaultError
from ml_connector.wire import WireError, decode_as, encode_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml_connector.secrets import Vault

FIELD = "oauth"
SETTING = "oauth_login"
LOGIN_NAME = "anaplan"
"""Of a login for which no other name is chosen."""
_LOCK_WAIT_S = 600.0


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens of one login and where they come from. Moments are seconds since 1970."""

    oauth_url: str
    """They are sent to no other address."""
    client_id: str
    client_secret: str = ""
    refresh_token: str
    access_token: str = ""
    renewed_at: float = 0.0
    ends_at: float = 0.0
    """Of the access token."""
    begun_at: float = 0.0
    """A renewal that was begun then has not been stored: if Anaplan carried it out, its answer is
    lost."""

    @override
    def __repr__(self) -> str:
        """Show where and which client, never a token."""
        return f"Login({self.oauth_url}, {self.client_id})"

    @property
    def history(self) -> str:
        """When it was renewed, for people."""
        told = f"last renewed {_moment(self.renewed_at)}"
        if self.begun_at:
            told += f"; the answer to a renewal begun {_moment(self.begun_at)} was never stored"
        return told


class LoginStore:
    """The login of one name, shared by all processes that use the vault."""

    def __init__(self, name: str, *, vault: Vault) -> None:
        """Name it; nothing is read yet."""
        self.name = name
        self._vault = vault

    def read(self) -> Login:
        """Return the login as it is now.

        Raises:
            SettingError: nobody has signed in under this name, or the vault cannot be read.
        """
        if not any(
            entry.name == self.name and FIELD in entry.fields for entry in self._vault.list()
        ):
            raise self._unusable("nobody has signed in under this name")
        try:
            return decode_as(self._vault.read(self.name, FIELD), Login)
        except VaultError as error:
            if error.setting != f"vault:{self.name}/{FIELD}":
                raise
            # No password that somebody could store again.
            raise self._unusable(error.reason) from error
        except WireError:
            # Without `from`: the decoder's words may quote what they stumbled over.
            raise self._unusable("what the vault holds under this name is no login") from None

    def write(self, login: Login) -> None:
        """Store `login`; it is on disk when this returns. The caller holds the lock.

        Raises:
            VaultError: it cannot be written; the old one stands.
        """
        with self._vault.writing() as draft:
            draft.put(self.name, {FIELD: encode_json(login).decode()})

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the only one who renews, replaces or deletes this login; who dies lets go.

        Raises:
            VaultError: another process does not end in time, or nothing can be written here.
        """
        with self._vault.holding(self.name, wait_s=_LOCK_WAIT_S):
            yield

    def _unusable(self, problem: str) -> SettingError:
        return SettingError(
            SETTING,
            self.name,
            problem,
            remedy=f"Sign in once: ml-connector credentials login {self.name}",
        )


def _moment(seconds: float) -> str:
    return pendulum.from_timestamp(seconds).format("YYYY-MM-DD HH:mm [UTC]")
